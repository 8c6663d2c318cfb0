"""A quadrilateral of a photo, flattened.

The twin in the browser, number for number: `extension/src/try/rectify.ts`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from backend.data.pixels import Pixels
from backend.photo.quad import Quad, from_unit_square, is_convex, project, size_of

MOST_SAMPLES = 4  # a side, for each pixel


def flat_size(quad: Quad) -> tuple[int, int]:
    """Return the width and height at which a quadrilateral is best flattened: as large as it is, up to 1280x720."""
    width, height = size_of(quad)
    across = min(80, max(8, math.ceil(max(width, height * 16 / 9) / 16)))
    return across * 16, across * 9


def rectify(pixels: Pixels, quad: Quad, width: int, height: int) -> Pixels:
    """Flatten what a photo (h, w, 3) shows inside a quadrilateral (4, 2); returns (height, width, 3).

    A pixel is the mean of bilinear samples, as many a side as the photo has pixels there; outside of the photo, its
    edge goes on. Raises ValueError for corners that make no convex quadrilateral.
    """
    if not is_convex(quad):
        raise ValueError(f"the corners {quad.tolist()} make no convex quadrilateral, clockwise from top-left")
    across, down = size_of(quad)
    samples = min(MOST_SAMPLES, max(1, math.floor(max(across / width, down / height) + 0.5)))
    v, u = np.mgrid[0 : height * samples, 0 : width * samples]
    unit = np.stack([(u + 0.5) / (width * samples), (v + 0.5) / (height * samples)], axis=-1)
    fine = sample(pixels, project(from_unit_square(quad), unit))
    mean = fine.reshape(height, samples, width, samples, 3).mean(axis=(1, 3))
    flat: Pixels = np.floor(mean + 0.5).astype(np.uint8)
    return flat


def sample(pixels: NDArray[np.uint8] | NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colours (..., 3) at points (..., 2), between the middles of pixels; the edge goes on outside."""
    height, width = pixels.shape[:2]
    x = np.clip(points[..., 0] - 0.5, 0, width - 1)
    y = np.clip(points[..., 1] - 0.5, 0, height - 1)
    left, top = x.astype(np.int64), y.astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = pixels[top, left] * (1 - across) + pixels[top, right] * across
    lower = pixels[bottom, left] * (1 - across) + pixels[bottom, right] * across
    colours: NDArray[np.float64] = upper * (1 - down) + lower * down
    return colours
