"""A photo of a screen, for the page that finds thumbnails in photos: as a phone writes it, large and on its side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 3000, 4000  # upright: 12 megapixels
SCREEN = (1600, 1300)
PLACE = (120, 150, 1080, 690)  # of the thumbnail on the screen
# Of the screen in the photo, which points at the thumbnail.
CORNERS = ((640, 1440), (2960, 1320), (2870, 3330), (710, 3180))
PAPER = (150, 158, 170, 255)  # white and black thumbnails have an edge against it
ORIENTATION, ON_ITS_SIDE = 0x0112, 6  # EXIF: turn it by 90 degrees clockwise to look at it

Points = tuple[tuple[float, float], ...]


def write_photo(thumbnail: Path, path: Path) -> list[list[float]]:
    """Write a photo of a page that shows a thumbnail; returns its corners, as shares of width and height."""
    noise = np.random.default_rng(0).normal(0, 3, (HEIGHT // 4, WIDTH // 4, 1))
    shade = np.linspace(150, 105, HEIGHT // 4)[:, None, None] + np.array([6, 0, -8]) + noise
    wall = Image.fromarray(shade.clip(0, 255).astype(np.uint8)).resize((WIDTH, HEIGHT))
    screen, corners = _screen(thumbnail), ((0, 0), (SCREEN[0], 0), SCREEN, (0, SCREEN[1]))
    coefficients = _homography(CORNERS, corners)
    seen = screen.transform((WIDTH, HEIGHT), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    wall.paste(seen, mask=seen.getchannel("A"))
    exif = Image.Exif()
    exif[ORIENTATION] = ON_ITS_SIDE
    stored = wall.filter(ImageFilter.GaussianBlur(1.2)).transpose(Image.Transpose.ROTATE_90)
    stored.save(path, "JPEG", quality=88, exif=exif)
    left, top, right, bottom = PLACE
    back = _homography(corners, CORNERS)
    found = [_project(back, x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
    return [[float(x / WIDTH), float(y / HEIGHT)] for x, y in found]


def _screen(thumbnail: Path) -> Image.Image:
    """Draw a dark frame, a grey page, the thumbnail and lines that stand for text."""
    screen = Image.new("RGBA", SCREEN, (22, 22, 26, 255))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((40, 40, SCREEN[0] - 40, SCREEN[1] - 40), fill=PAPER)
    left, top, right, bottom = PLACE
    with Image.open(thumbnail) as opened:
        screen.paste(opened.convert("RGB").resize((right - left, bottom - top)), (left, top))
    for row in range(6):
        draw.rectangle((left, bottom + 40 + 50 * row, right - 90 * row, bottom + 58 + 50 * row), fill=(70, 70, 74, 255))
    for row in range(16):
        draw.rectangle((1180, 160 + 60 * row, 1480 - 37 * (row % 4), 176 + 60 * row), fill=(70, 70, 74, 255))
    return screen


def _homography(target: Points, source: Points) -> tuple[float, ...]:
    """Return Pillow's eight coefficients, which lead from points of the output back to points of the input."""
    rows, values = [], []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(np.linalg.solve(np.array(rows, float), np.array(values, float)))


def _project(coefficients: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f, g, h = coefficients
    w = g * x + h * y + 1
    return (a * x + b * y + c) / w, (d * x + e * y + f) / w
