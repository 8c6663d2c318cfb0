"""What lies behind a demo thumbnail's words: parts of photographs, lights out of focus, hills in the haze."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from backend.data.synthetic.drawing import HEIGHT, SIZE, WHITE, WIDTH, Colour, Rng, gradient, mix


def backdrop(rng: Rng, shadow: Colour, light: Colour, tint: float, blur: float) -> Image.Image:
    """Draw something like a photograph, its darks and lights pulled towards two colours.

    `tint` from 0 (as it is) to 1 (only the two colours); `blur` in pixels of the canvas.
    """
    kind = rng.random()
    if kind < 0.25:
        return _lights(rng, shadow, light)
    if kind < 0.45:
        return _hills(rng, shadow, light)
    return _photograph(rng, shadow, light, tint, blur)


@cache
def _photographs() -> tuple[Image.Image, ...]:
    # scikit-learn brings these two, by danielbuechele and vultilion (Creative Commons Attribution 2.0).
    from sklearn.datasets import load_sample_image

    return tuple(Image.fromarray(load_sample_image(name)) for name in ("china.jpg", "flower.jpg"))


def _photograph(rng: Rng, shadow: Colour, light: Colour, tint: float, blur: float) -> Image.Image:
    """Crop a random part of a photograph, and do with it what `backdrop` says."""
    photographs = _photographs()
    whole = photographs[int(rng.integers(len(photographs)))]
    width = rng.uniform(0.3, 0.95) * whole.width
    height = min(width * 9 / 16, whole.height)
    left, top = rng.uniform(0, whole.width - width), rng.uniform(0, whole.height - height)
    # Blurring a small picture and enlarging it looks the same, and takes a sixteenth of the time.
    small = whole.resize((320, 180), Image.Resampling.BILINEAR, (left, top, left + width, top + height))
    picture = (
        small.filter(ImageFilter.GaussianBlur(blur / 4))
        if blur >= 6
        else whole.resize(SIZE, Image.Resampling.BILINEAR, (left, top, left + width, top + height))
    )
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _duotone(picture, shadow, light, tint).resize(SIZE, Image.Resampling.BILINEAR)


def _duotone(picture: Image.Image, shadow: Colour, light: Colour, tint: float) -> Image.Image:
    grey = picture.convert("L")
    curves = [np.linspace(a, b, 256).round().astype(int).tolist() for a, b in zip(shadow, light, strict=True)]
    toned = Image.merge("RGB", [grey.point(curve) for curve in curves])
    return Image.blend(picture, toned, tint)


def _lights(rng: Rng, shadow: Colour, light: Colour) -> Image.Image:
    """Draw a street at night as a lens out of focus sees it: discs of light, brighter at their edges."""
    canvas = gradient(mix(shadow, light, 0.08), mix(shadow, light, 0.4), rng.uniform(0, 180)).reduce(2)
    for _ in range(int(rng.integers(18, 40))):
        radius, x, y = rng.uniform(10, 58), rng.uniform(0, WIDTH / 2), rng.uniform(0, HEIGHT / 2)
        strength, tone = rng.uniform(30, 120), mix(light, WHITE, rng.uniform(0, 0.6))
        disc = Image.new("L", (round(4 * radius) + 4, round(4 * radius) + 4))
        box = [2, 2, 4 * radius, 4 * radius]
        ImageDraw.Draw(disc).ellipse(box, round(strength), outline=round(min(255, 1.5 * strength)), width=4)
        disc = disc.reduce(2)
        canvas.paste(tone, (round(x - radius), round(y - radius)), disc)
    return canvas.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 2))).resize(SIZE, Image.Resampling.BILINEAR)


def _hills(rng: Rng, shadow: Colour, light: Colour) -> Image.Image:
    """Draw ridges one behind the other, paler with distance."""
    canvas = gradient(mix(light, WHITE, 0.25), light, 90).reduce(2)
    draw = ImageDraw.Draw(canvas)
    count = int(rng.integers(3, 6))
    x = np.linspace(0, WIDTH / 2, 81)
    for ridge in range(count):
        waves = zip(rng.uniform(0.004, 0.03, 4), rng.uniform(0, 2 * np.pi, 4), (38, 22, 10, 5), strict=True)
        y = HEIGHT / 2 * (0.35 + 0.6 * ridge / count) + sum(size * np.sin(f * x + phase) for f, phase, size in waves)
        tops = list(zip(x.tolist(), y.tolist(), strict=True))
        tone = mix(light, shadow, (ridge + 1) / count)
        draw.polygon([*tops, (WIDTH / 2, HEIGHT / 2), (0, HEIGHT / 2)], tone)
    return canvas.filter(ImageFilter.GaussianBlur(1)).resize(SIZE, Image.Resampling.BILINEAR)
