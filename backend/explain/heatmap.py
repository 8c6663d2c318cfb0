"""A heatmap: how much each place of a picture speaks for a channel, and what that looks like over it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import decode, encode, fit
from backend.data.pixels import Box, InputSpec
from backend.utils.errors import ThumbprintError

Maps = NDArray[np.float32]  # (B, H, W), 0..1, over a model's input
Targets = NDArray[np.int64]  # (B,), the channel of each picture; -1 for the most probable one

BLUR = 1 / 10  # standard deviation, of the picture's height
OPACITY = 0.8  # of the hottest place
# matplotlib's inferno (Smith and van der Walt, 2015) at nine even steps: perceptually uniform, also in grey.
INFERNO = np.array(
    [
        [0, 0, 4],
        [33, 12, 74],
        [86, 16, 110],
        [137, 34, 106],
        [187, 55, 84],
        [227, 89, 50],
        [249, 140, 10],
        [249, 201, 50],
        [252, 255, 164],
    ]
)


@dataclass(frozen=True)
class Heatmap:
    """How much each place of a picture speaks for a channel.

    grid: (h, w), 0 to 1 for the strongest place, all 0 where nothing speaks for the channel; box: the part of the
    picture that the grid covers, which leaves out baked-in bars: left, top, right, bottom in pixels of the picture as
    given, upright; size: width and height of that picture; logit: the channel's.
    """

    channel: str
    method: str
    grid: NDArray[np.float32]
    box: Box
    size: tuple[int, int]
    logit: float


def overlay(picture: Path | bytes, heatmap: Heatmap, width: int | None = None) -> bytes:
    """Lay a heatmap over its picture in grey, the hotter the more opaque; returns a PNG, `width` pixels wide.

    It is as large as the picture where no width is given. Raises ImageError, and ThumbprintError for another picture.
    """
    pixels = decode(picture)
    if (pixels.shape[1], pixels.shape[0]) != heatmap.size:
        raise ThumbprintError(f"picture of {pixels.shape[1]}x{pixels.shape[0]}, heat of another; explain this one")
    scale = 1.0 if width is None else width / heatmap.size[0]
    size = max(1, round(heatmap.size[0] * scale)), max(1, round(heatmap.size[1] * scale))
    left, top, right, bottom = (round(side * scale) for side in heatmap.box)
    grid = Image.fromarray(heatmap.grid).resize((max(1, right - left), max(1, bottom - top)), Image.Resampling.BILINEAR)
    whole = Image.new("F", size)
    whole.paste(grid, (left, top))
    warmth = np.asarray(whole).clip(0, 1)
    grey = Image.fromarray(pixels).convert("L")  # the picture's own colours could be taken for heat
    below = np.asarray(grey.resize(size, Image.Resampling.BILINEAR))[..., None]
    alpha = OPACITY * np.sqrt(warmth)[..., None]  # the root, so that what is lukewarm can be seen
    laid = (below * (1 - alpha) + inferno(warmth) * alpha).round().astype(np.uint8)
    return encode(Image.fromarray(laid))


def inferno(values: NDArray[Any]) -> NDArray[np.float64]:
    """Give numbers (...), 0 to 1, their colours (..., 3), 0 to 255."""
    steps = np.linspace(0, 1, len(INFERNO))
    return np.stack([np.interp(values, steps, band) for band in INFERNO.T], axis=-1)


def picture_area(shape: tuple[int, int], spec: InputSpec) -> tuple[slice, slice]:
    """Say which rows and columns of a model's input a picture of some height and width fills: all but the padding."""
    white = fit(np.full((*shape, 3), 255, np.uint8), spec)[:, :, 0] > 0
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def blurred(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur a picture (h, w, 3) beyond recognition, keeping its colours where they are."""
    from scipy.ndimage import gaussian_filter

    sigma = BLUR * len(pixels)
    soft: NDArray[np.float32] = gaussian_filter(pixels, (sigma, sigma, 0), mode="nearest")
    return soft
