"""Pictures far larger than a thumbnail, scaled down before heat is drawn on them: that looks at each pixel often."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from backend.data.images import claimed_size, decode, encode
from backend.server.problems import Problem

if TYPE_CHECKING:
    from backend.explain.heatmap import Heatmap

LARGE = 4_000_000  # pixels; YouTube's largest thumbnail has half of that
SMALLEST, LONGEST = 16, 50  # pixels of a side; how often the shorter side may go into the longer


def check_shape(picture: bytes) -> tuple[int, int]:
    """Return the size that a picture claims. Raises Problem (422) for one too small or too long to be looked at."""
    width, height = claimed_size(picture)
    short, long = sorted((width, height))
    if short and (short < SMALLEST or long > LONGEST * short):
        raise Problem(422, f"a picture of {width}x{height} pixels cannot be drawn; send one of a thumbnail's shape")
    return width, height


def downscale(picture: bytes) -> tuple[bytes, tuple[int, int] | None]:
    """Return a picture of about LARGE pixels at most, and its upright size if it was larger.

    Raises ImageError, and Problem (422) as `check_shape` does.
    """
    width, height = check_shape(picture)
    if width * height <= LARGE:
        return picture, None
    whole = Image.fromarray(decode(picture))
    smaller = whole.reduce(math.ceil(math.sqrt(whole.width * whole.height / LARGE)))
    return encode(smaller, compress_level=0), whole.size


def rescale(heat: Heatmap, size: tuple[int, int]) -> Heatmap:
    """Return the heatmap of a downscaled picture in the pixels of the picture as given."""
    across, down = size[0] / heat.size[0], size[1] / heat.size[1]
    left, top, right, bottom = heat.box
    box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    return replace(heat, box=box, size=size)
