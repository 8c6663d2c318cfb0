"""Other views of a training picture: what the same thumbnail looks like smaller, recompressed, a little cropped.

A channel whose pictures all come from one source has that source's sharpness and compression in all of them, and a
model would learn those in the place of the style. Views draw both at random, so that they tell nothing. Where a picture
is there in other sizes too, a view is made of any of them: what YouTube itself made smaller and compressed.

A training that is asked for it learns from simulated views too: of a page that shows a thumbnail, and of a camera that
takes the screen. What both do to a picture is also there one by one, as groups of corruptions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from backend.data import sources
from backend.data.augment.camera import GEOMETRY, camera_view
from backend.data.augment.corruptions import CAMERA, CORRUPTIONS, PAGE, Corruption, Generator, jpeg, webp
from backend.data.images import decode, encode, fit, prepare, without_bars
from backend.data.pixels import InputSpec, Pixels

WIDTHS = (120, 480)  # pixels: from the sidebar's smallest to twice the grid's
QUALITIES = (40, 92)  # JPEG
CROP = 0.06  # share of each side, at most
LIGHT = 0.12  # brightness and contrast, either way

PAGE_WIDTHS = (94, 720)  # pixels: from the smallest list to a wide screen's grid
QUALITY_LOST = (8, 60)  # 100 less the quality of JPEG or WebP
# How often a page has each of them.
LAID_OVER = {"play length": 0.7, "progress bar": 0.3, "icons": 0.3, "dark overlay": 0.25, "rounded corners": 0.5}
AGAIN = 0.3  # how often the whole is compressed once more, as a screenshot is


def page_view(pixels: Pixels, rng: Generator) -> Pixels:
    """Return a picture (h, w, 3) as a page shows it, everything about it drawn at random: 94 to 720 pixels wide."""
    width = round(float(np.exp(rng.uniform(*np.log(PAGE_WIDTHS)))))  # sizes differ by factors, not by pixels
    size = (width, max(1, round(width * pixels.shape[0] / pixels.shape[1])))
    shown = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
    shown = _compressed(shown, rng)
    for name, often in LAID_OVER.items():
        if rng.random() < often:
            shown = CORRUPTIONS[name].at(rng.uniform(0, 1), shown, rng)
    return _compressed(shown, rng) if rng.random() < AGAIN else shown


def _compressed(pixels: Pixels, rng: Generator) -> Pixels:
    apply = (jpeg, webp)[rng.integers(2)]
    return apply(pixels, rng.uniform(*QUALITY_LOST), rng)


CLEAN = "clean"  # the name of a picture as it is, beside those of simulated views
VIEWS: dict[str, Callable[[Pixels, Generator], Pixels]] = {"page": page_view, "camera": camera_view}
CORRUPTION_GROUPS: dict[str, tuple[Corruption, ...]] = {"camera": (*GEOMETRY, *CAMERA), "page": PAGE}


def view(path: Path, sha256: str, number: int, spec: InputSpec) -> Pixels:
    """Return one view of a picture, (spec.height, spec.width, 3) uint8; number 0 is the picture as it is.

    The picture's checksum and the number are the seed, so that a view is the same wherever it is computed. Raises
    ImageError.
    """
    pixels = decode(path)
    if number == 0:
        return prepare(pixels, spec)
    rng = np.random.default_rng([int(sha256[:12], 16), number])
    picture = without_bars(pixels)
    if number >= sources.PAGE:
        return fit((page_view if number < sources.CAMERA else camera_view)(picture, rng), spec)
    image = _shrunk(Image.fromarray(picture), rng)
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(1 - LIGHT, 1 + LIGHT))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(1 - LIGHT, 1 + LIGHT))
    return fit(decode(encode(image, "JPEG", quality=int(rng.integers(*QUALITIES)))), spec)


def _shrunk(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    width, height = image.size
    edges = rng.uniform(0, CROP, 4)
    box = (edges[0] * width, edges[1] * height, (1 - edges[2]) * width, (1 - edges[3]) * height)
    wanted = min(width, int(np.exp(rng.uniform(*np.log(WIDTHS)))))  # sizes differ by factors, not by pixels
    return image.resize((wanted, max(1, round(wanted * height / width))), Image.Resampling.BILINEAR, box=box)
