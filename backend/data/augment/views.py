"""Other views of a training picture: what the same thumbnail looks like smaller, recompressed, a little cropped.

A channel whose pictures all come from one source has that source's sharpness and compression in all of them, and a
model would learn those in the place of the style. Views draw both at random, so that they tell nothing. Where a picture
is there in other sizes too, a view is made of any of them: what YouTube itself made smaller and compressed.

A training that is asked for it learns from simulated views too, of a page and of a camera (`backend.data.augment`).
Their numbers begin at PAGE and at CAMERA.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from backend.data.augment import VERSION as SIMULATED
from backend.data.augment.camera import camera_view
from backend.data.augment.page import page_view
from backend.data.images import InputSpec, Pixels, decode, fit, prepare, without_bars

WIDTHS = (120, 480)  # pixels: from the sidebar's smallest to twice the grid's
QUALITIES = (40, 92)  # JPEG
CROP = 0.06  # share of each side, at most
LIGHT = 0.12  # brightness and contrast, either way
DRAW = 1  # tells the draw of a file from those of its view
PAGE, CAMERA = 100, 200  # numbers of the first simulated view of each kind
PAGE_VIEWS, CAMERA_VIEWS = 2, 12  # of each picture; docs/experiments.md has what more and fewer are worth


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
    if number >= PAGE:
        return fit((page_view if number < CAMERA else camera_view)(picture, rng), spec)
    image = _shrunk(Image.fromarray(picture), rng)
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(1 - LIGHT, 1 + LIGHT))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(1 - LIGHT, 1 + LIGHT))
    return fit(decode(_jpeg(image, int(rng.integers(*QUALITIES)))), spec)


def simulated(augment: str) -> tuple[int, ...]:
    """Return the numbers of the simulated views that an augmentation adds to a picture."""
    page = range(PAGE, PAGE + PAGE_VIEWS) if augment in ("page", "all") else ()
    camera = range(CAMERA, CAMERA + CAMERA_VIEWS) if augment in ("camera", "all") else ()
    return (*page, *camera)


def view_key(number: int) -> str:
    """Name a view so that it is another one where it is simulated otherwise."""
    return f"{number}.{SIMULATED}" if number >= PAGE else str(number)


def drawn_file(sha256: str, number: int, files: int) -> int:
    """Draw which of a picture's files a view is made of, 0 to files - 1; the same every time, as the view is."""
    return int(np.random.default_rng([int(sha256[:12], 16), number, DRAW]).integers(files))


def _shrunk(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    width, height = image.size
    edges = rng.uniform(0, CROP, 4)
    box = (edges[0] * width, edges[1] * height, (1 - edges[2]) * width, (1 - edges[3]) * height)
    wanted = min(width, int(np.exp(rng.uniform(*np.log(WIDTHS)))))  # sizes differ by factors, not by pixels
    return image.resize((wanted, max(1, round(wanted * height / width))), Image.Resampling.BILINEAR, box=box)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@dataclass(frozen=True)
class Source:
    """A picture to compute features of: its file, the checksum of the file's bytes, which view of it (0: as it is),
    and its other sizes, which views may be made of.
    """

    path: Path
    sha256: str
    view: int = 0
    variants: tuple[Source, ...] = ()

    @property
    def key(self) -> str:
        """Name the picture and the view in the cache."""
        return f"{self.sha256}/{view_key(self.view)}" if self.view else self.sha256

    def seen(self, number: int) -> Source:
        """Return a view: number 0 is of this file, others are of this or of another size, drawn by the checksum."""
        files = (self, *self.variants)
        drawn = drawn_file(self.sha256, number, len(files)) if number and self.variants else 0
        return replace(files[drawn], view=number, variants=())
