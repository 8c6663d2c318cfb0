"""The tools that every demo thumbnail is drawn with: colours, gradients, smooth shapes, light, a font."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Rng = np.random.Generator
Colour = tuple[int, int, int]
Point = tuple[float, float]

WIDTH, HEIGHT = 1280, 720
SIZE = (WIDTH, HEIGHT)
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (10, 10, 14)


@dataclass(frozen=True)
class Colours:
    """The colours of one video: two for the ground, one that stands out, one for words."""

    ground: Colour
    deep: Colour
    accent: Colour
    text: Colour


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Blend two colours; `share` is that of b, and may pass 0 and 1 to exaggerate."""
    red, green, blue = (round(min(255, max(0, x + (y - x) * share))) for x, y in zip(a, b, strict=True))
    return red, green, blue


def gradient(start: Colour, end: Colour, angle: float) -> Image.Image:
    """Draw a linear gradient over the whole canvas; angle in degrees, 0 from left to right, 90 downwards."""
    y, x = np.mgrid[-1:1:72j, -1:1:128j]
    radians = np.deg2rad(angle)
    along = x * np.cos(radians) + y * np.sin(radians)
    along = (along - along.min()) / (along.max() - along.min())
    pixels = np.asarray(start) + along[..., None] * (np.asarray(end, float) - np.asarray(start))
    return _enlarged(pixels)


def halo(centre: Point, radius: float, strength: float = 1.0) -> Image.Image:
    """Return a mask of soft light, brightest at the centre and gone at the radius, in pixels of the canvas."""
    y, x = np.mgrid[0:HEIGHT:72j, 0:WIDTH:128j]
    distance = np.hypot(x - centre[0], y - centre[1]) / radius
    return _enlarged(255 * strength * np.clip(1 - distance, 0, 1) ** 1.5)


def shade(angle: float, reach: float) -> Image.Image:
    """Return a mask that is full at one edge and gone after `reach` of the canvas: a ground for words."""
    y, x = np.mgrid[0:1:72j, 0:1:128j]
    radians = np.deg2rad(angle)
    along = (x - 0.5) * np.cos(radians) + (y - 0.5) * np.sin(radians) + 0.5
    return _enlarged(255 * np.clip(1 - along / reach, 0, 1))


def _enlarged(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(values.round().astype(np.uint8)).resize(SIZE, Image.Resampling.BILINEAR)


def shape(draw_on: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
    """Return a smooth-edged mask of the canvas; `draw_on(draw, scale)` fills it with 255 at `scale` times the size."""
    large = Image.new("L", (WIDTH * 2, HEIGHT * 2))
    draw_on(ImageDraw.Draw(large), 2.0)
    return large.reduce(2)


def polygons(corners: Sequence[Sequence[Point]]) -> Image.Image:
    """Return the mask of filled polygons in pixels of the canvas."""

    def draw_on(draw: ImageDraw.ImageDraw, scale: float) -> None:
        for points in corners:
            draw.polygon([(x * scale, y * scale) for x, y in points], 255)

    return shape(draw_on)


def glow(canvas: Image.Image, mask: Image.Image, colour: Colour, radius: float, strength: float = 1.0) -> None:
    """Lay a blurred mask onto the canvas: light around what is drawn next, or its shadow."""
    small = mask.reduce(8).filter(ImageFilter.GaussianBlur(radius / 8))
    soft = small.point([round(min(255, value * strength)) for value in range(256)])
    canvas.paste(colour, mask=soft.resize(SIZE, Image.Resampling.BILINEAR))


def shifted(mask: Image.Image, dx: int, dy: int) -> Image.Image:
    """Move a mask without wrapping it around."""
    moved = Image.new("L", mask.size)
    moved.paste(mask, (dx, dy))
    return moved


def graded(picture: Image.Image, rng: Rng) -> Image.Image:
    """Vary brightness, contrast, saturation and warmth a little, as between one video and the next."""
    red, green, blue = 0.299, 0.587, 0.114
    keep = rng.uniform(0.8, 1.15)
    gains = rng.uniform(0.9, 1.1) * np.array([rng.uniform(0.95, 1.05), 1.0, rng.uniform(0.95, 1.05)])
    offset = rng.uniform(-12, 8)
    rows = np.eye(3) * keep + (1 - keep) * np.array([[red, green, blue]] * 3)
    matrix = np.concatenate([rows * gains[:, None], np.full((3, 1), offset)], axis=1)
    return picture.convert("RGB", tuple(matrix.flatten().tolist()))


def sticker(side: int, draw_on: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
    """Draw in units of which 100 make the side, at twice the size, and shrink with smooth edges."""
    large = Image.new("RGBA", (2 * side, 2 * side))
    draw_on(ImageDraw.Draw(large), 2 * side / 100)
    # Premultiplied, or the transparent black around would darken the edges.
    return large.convert("RGBa").reduce(2).convert("RGBA")


def ring(draw: ImageDraw.ImageDraw, s: float, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
    draw.ellipse([(x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s], fill)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font at a size in pixels."""
    face = ImageFont.load_default(size)
    assert isinstance(face, ImageFont.FreeTypeFont)  # a Pillow without FreeType has but a bitmap of one size
    return face
