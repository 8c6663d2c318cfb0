"""Corruptions of a picture: each a pure function of the pixels, its severity, and a seeded generator.

They are what a phone's camera does to a screen (moire, glare, colour of the light, exposure, blur, noise, JPEG) and
what a page does to a thumbnail (play length, progress bar, icons, rounded corners, a dark overlay, WebP, its size).
Each is described in `CORRUPTIONS` with its range: `low` is barely seen, `high` is as bad as it gets while a person
still knows the picture. All sizes are shares of the picture's, so that one of 1600 pixels suffers as one of 320 does.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from backend.data.pixels import Pixels

Generator = np.random.Generator
Apply = Callable[[Pixels, float, Generator], Pixels]
SEVERITIES = {"mild": 1 / 3, "medium": 2 / 3, "strong": 1.0}  # of the way from `low` to `high`
PAPERS = ((255, 255, 255), (15, 15, 15), (33, 33, 33), (249, 249, 249))  # pages, light and dark
RED = (255, 0, 0)
LEVELS = np.arange(256, dtype=np.float64)
WAVE = np.sin(2 * np.pi * np.arange(256) / 256).astype(np.float32)
Plane = NDArray[np.float32]  # (h, w), or one that spans it


@dataclass(frozen=True)
class Corruption:
    """A corruption: its name, what `apply(pixels, amount, rng)` does with (h, w, 3) uint8, and the amount's range."""

    name: str
    what: str
    low: float
    high: float
    apply: Apply

    def at(self, severity: float, pixels: Pixels, rng: Generator) -> Pixels:
        """Corrupt pixels with a severity of 0 (as `low`) to 1 (as `high`)."""
        return self.apply(pixels, self.low + severity * (self.high - self.low), rng)


def moire(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Lay coloured fringes over a picture, as the screen's grid makes on the sensor's: amount of the light, 0 to 1.

    The fringes are wide and bent a little, and red, green and blue ones lie beside each other: a grid of three colours
    is what makes them.
    """
    x, y = _places(pixels, float(pixels.shape[0]))  # in heights
    angle, period = rng.uniform(0, np.pi), rng.uniform(0.02, 0.09)
    along, across = _turned(x, y, angle)
    waves, begin, depth = rng.uniform(1, 4), rng.uniform(0, 6), rng.uniform(0.02, 0.15)
    place = (across + np.float32(depth) * _sine(along * np.float32(waves) + np.float32(begin))) / np.float32(period)
    shift = np.array([0, 1, 2], np.float32) * np.float32(rng.uniform(0.05, 0.33))
    fringes = _sine(2 * np.pi * (place[:, :, None] + shift)) * np.float32(amount)
    return _bytes(pixels * (1 + fringes) + 40 * fringes)


def glare(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Reflect a lamp or a window in the screen: a soft patch that is whiter by `amount` at its middle, 0 to 1."""
    x, y = _places(pixels, float(pixels.shape[0]))
    turn, wide, narrow = rng.uniform(0, np.pi), rng.uniform(0.25, 0.7), rng.uniform(0.12, 0.35)
    left, top = rng.uniform(0.1, 0.9) * pixels.shape[1] / pixels.shape[0], rng.uniform(0.1, 0.9)
    along, across = _turned(x - np.float32(left), y - np.float32(top), turn)
    patch = np.exp(-((along / np.float32(wide)) ** 2) - (across / np.float32(narrow)) ** 2) * np.float32(amount)
    light = np.array([255, rng.uniform(240, 255), rng.uniform(220, 255)], np.float32)
    return _bytes(pixels + (light - pixels) * patch[:, :, None])


def white_balance(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Shift the light to warm or cold, red and blue by a share `amount` either way, and green a little."""
    warm = amount * rng.choice((-1, 1))
    gains = np.array([1 + warm, 1 + rng.uniform(-0.3, 0.3) * amount, 1 - warm])
    return _looked_up(pixels, LEVELS[:, None] * gains)


def exposure(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Expose too long or too short by `amount` stops; bright parts bend towards white as in a camera."""
    linear = (LEVELS / 255) ** 2.2 * 2 ** (amount * rng.choice((-1, 1)))
    bent = 255 * (linear / (1 + linear**8) ** (1 / 8)) ** (1 / 2.2)
    return _looked_up(pixels, np.repeat(bent[:, None], 3, axis=1))


def blur(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Blur as out of focus or, every third time, by a move: a deviation of `amount` of the height."""
    sigma = max(0.3, amount * pixels.shape[0])
    if rng.random() < 2 / 3:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
    size = 2 * int(np.ceil(1.75 * sigma)) + 1
    turn = np.asarray(cv2.getRotationMatrix2D((size // 2, size // 2), float(rng.uniform(0, 180)), 1))
    line = np.zeros((size, size), np.float32)
    line[size // 2] = 1
    kernel = cv2.warpAffine(line, turn, (size, size))
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def noise(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Add a sensor's noise: a deviation of `amount` grey levels, mostly of brightness, in grains of a pixel or two."""
    height, width = pixels.shape[:2]
    grey = rng.standard_normal((height, width, 1), np.float32) * np.float32(0.85 * amount)
    grains = rng.standard_normal((max(1, height // 2), max(1, width // 2), 3), np.float32) * np.float32(0.55 * amount)
    colour = np.asarray(cv2.resize(grains, (width, height), interpolation=cv2.INTER_LINEAR))
    return _bytes(pixels + grey + colour)


def jpeg(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Compress as JPEG of quality 100 - `amount`."""
    return _compressed(pixels, "JPEG", 100 - amount)


def webp(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Compress as WebP of quality 100 - `amount`."""
    return _compressed(pixels, "WEBP", 100 - amount)


def dark_overlay(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Lay a dark sheet over the picture that takes a share `amount` of its light, as sites do below a pointer."""
    sheet = np.array([0.0, 0.0, rng.uniform(0, 24)])
    return _looked_up(pixels, LEVELS[:, None] * (1 - amount) + sheet * amount)


def downscale(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Scale to the size that a page shows, 720 pixels of width divided by `amount`: it comes back in that size."""
    width = round(720 / amount)
    size = (width, max(1, round(width * pixels.shape[0] / pixels.shape[1])))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def rounded_corners(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Round the corners by a radius of `amount` of the height; the page shows there, light or dark."""
    height, width = pixels.shape[:2]
    mask = Image.new("L", (2 * width, 2 * height), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 2 * width - 1, 2 * height - 1), 2 * amount * height, 255)
    page = Image.new("RGB", (width, height), PAPERS[rng.integers(len(PAPERS))])
    return np.asarray(Image.composite(Image.fromarray(pixels), page, mask.reduce(2)))


def play_length(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Write a play length into the lower right corner, on a dark box of `amount` of the picture's height."""
    height, width = pixels.shape[:2]
    seconds = int(np.exp(rng.uniform(np.log(30), np.log(4 * 3600))))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
    font = ImageFont.load_default(max(5, 0.72 * amount * height))
    margin, tall = 0.03 * height, amount * height
    wide = font.getlength(text) + 0.5 * tall
    box = (width - margin - wide, height - margin - tall, width - margin, height - margin)

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.rounded_rectangle(box, 0.2 * tall, (0, 0, 0, int(rng.integers(150, 230))))
        pen.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), text, (255, 255, 255, 255), font, "mm")

    return _drawn_on(pixels, draw)


def progress_bar(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Draw how much has been watched along the lower edge: red over grey, `amount` of the height."""
    height, width = pixels.shape[:2]
    top, watched = height * (1 - amount), rng.uniform(0.05, 1) * width

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle((0, top, width, height), (160, 160, 160, 200))
        pen.rectangle((0, top, watched, height), (*RED, 255))

    return _drawn_on(pixels, draw)


def icons(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
    """Draw 'watch later' and 'add to queue' into the upper right corner: dark squares of `amount` of the height."""
    height, width = pixels.shape[:2]
    side, margin = amount * height, 0.03 * height
    count = int(rng.integers(1, 3))

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for place in range(count):
            x, y = width - margin - side, margin + place * 1.15 * side
            pen.rounded_rectangle((x, y, x + side, y + side), 0.15 * side, (20, 20, 20, 205))
            ring = (x + 0.24 * side, y + 0.24 * side, x + 0.76 * side, y + 0.76 * side)
            stroke = max(1, round(0.07 * side))
            if place == 0:  # a clock
                pen.ellipse(ring, outline=(255, 255, 255, 255), width=stroke)
                middle = (x + side / 2, y + side / 2)
                pen.line((*middle, x + side / 2, y + 0.34 * side), (255, 255, 255, 255), stroke)
                pen.line((*middle, x + 0.62 * side, y + 0.6 * side), (255, 255, 255, 255), stroke)
            else:  # a list
                for row in (0.3, 0.5, 0.7):
                    pen.line((ring[0], y + row * side, ring[2], y + row * side), (255, 255, 255, 255), stroke)

    return _drawn_on(pixels, draw)


def _drawn_on(pixels: Pixels, draw: Callable[[ImageDraw.ImageDraw], None]) -> Pixels:
    """Draw on a clear sheet, and lay it over the picture."""
    sheet = Image.new("RGBA", (pixels.shape[1], pixels.shape[0]), (0, 0, 0, 0))
    draw(ImageDraw.Draw(sheet))
    whole = Image.alpha_composite(Image.fromarray(pixels).convert("RGBA"), sheet)
    return np.asarray(whole.convert("RGB"))


def _compressed(pixels: Pixels, kind: str, quality: float) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, quality=round(quality), **({"method": 0} if kind == "WEBP" else {}))
    return np.asarray(Image.open(buffer).convert("RGB"))


def _places(pixels: Pixels, unit: float) -> tuple[Plane, Plane]:
    """Return where each pixel is, x (1, w) and y (h, 1), in a unit of so many pixels."""
    height, width = pixels.shape[:2]
    x, y = (np.arange(size, dtype=np.float32) / np.float32(unit) for size in (width, height))
    return x[None, :], y[:, None]


def _turned(x: Plane, y: Plane, angle: float) -> tuple[Plane, Plane]:
    """Return places along and across a direction, (h, w) each."""
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cosine + y * sine, y * cosine - x * sine


def _sine(phase: Plane) -> Plane:
    """Look sines up: to a 256th of a turn is as fine as grey levels can show."""
    sines: Plane = WAVE[(phase * np.float32(256 / (2 * np.pi))).astype(np.int32) & 255]
    return sines


def _looked_up(pixels: Pixels, levels: NDArray[np.float64]) -> Pixels:
    """Map each grey level of each colour to another one; levels: (256, 3)."""
    return np.asarray(cv2.LUT(pixels, _bytes(levels).reshape(1, 256, 3)), np.uint8)


def _bytes(values: NDArray[Any]) -> Pixels:
    """Round to grey levels, what is beyond black and white being that."""
    rounded: Pixels = (np.clip(values, 0, 255) + 0.5).astype(np.uint8)
    return rounded


CAMERA = (
    Corruption("moire", "coloured fringes of a screen's grid, share of the light", 0.02, 0.2, moire),
    Corruption("glare", "a lamp in the screen, how white its middle is", 0.15, 0.85, glare),
    Corruption("white balance", "light too warm or too cold, share of red and blue", 0.03, 0.25, white_balance),
    Corruption("exposure", "too bright or too dark, stops", 0.2, 1.2, exposure),
    Corruption("blur", "out of focus or moved, deviation as a share of the height", 0.002, 0.014, blur),
    Corruption("noise", "a sensor's noise, deviation in grey levels", 2, 20, noise),
    Corruption("jpeg", "JPEG, 100 less the quality", 15, 85, jpeg),
)
PAGE = (
    Corruption("play length", "the box with the play length, share of the height", 0.07, 0.19, play_length),
    Corruption("progress bar", "what has been watched, share of the height", 0.012, 0.045, progress_bar),
    Corruption("icons", "'watch later' and 'queue', share of the height", 0.08, 0.22, icons),
    Corruption("rounded corners", "radius, share of the height", 0.02, 0.16, rounded_corners),
    Corruption("dark overlay", "a dark sheet, share of the light that it takes", 0.05, 0.55, dark_overlay),
    Corruption("small", "size on the page, 720 pixels of width divided by this", 1, 720 / 94, downscale),
    Corruption("webp", "WebP, 100 less the quality", 15, 90, webp),
)
CORRUPTIONS = {effect.name: effect for effect in (*CAMERA, *PAGE)}
