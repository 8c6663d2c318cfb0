"""The sides of a quadrilateral, moved to where the picture's edge really is.

Each side is tried at many places and slants near where it was, and stays where it lies on an edge for most of its
length, with as little as possible beyond. The twin in the browser: `extension/src/photo/refine.ts`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backend.photo.quad import Quad, size_of
from backend.photo.rectify import sample

POINTS = 40  # along a side
CLEAR = 0.07  # of a side at each end is not looked at: corners may be round
REACH = 0.035  # of the height, to either side
LEAST_REACH = 3.0  # pixels
TRIED = 15  # places of a side's end, in one direction
FULL = 24.0  # grey levels: a step from here on is an edge in full
BEYOND = 0.35  # of an edge, for what lies beyond it: of two edges, the outer one


def refine(pixels: NDArray[np.float32], quad: Quad) -> Quad:
    """Move the sides of a quadrilateral (4, 2) to edges of the picture (h, w, 3); returns it as it was if it breaks."""
    for narrower in (1.0, 0.4):
        sides = [_moved(pixels, quad[k], quad[(k + 1) % 4], _reach(quad) * narrower) for k in range(4)]
        corners = [_crossing(sides[k - 1], sides[k]) for k in range(4)]
        if any(corner is None for corner in corners):
            return quad
        quad = np.array(corners)
    return quad


def _reach(quad: Quad) -> float:
    return max(LEAST_REACH, REACH * size_of(quad)[1])


def _moved(
    pixels: NDArray[np.float32], start: NDArray[np.float64], end: NDArray[np.float64], reach: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two points of the line near start and end that has most edge along it; the inside is to its right."""
    along = (end - start) / np.hypot(*(end - start))
    out = np.array([along[1], -along[0]])
    step = reach / TRIED
    edges = _profile(pixels, start, end, out, step)  # (POINTS, 2 TRIED + 1)
    places = np.arange(-TRIED, TRIED + 1)
    share = CLEAR + (1 - 2 * CLEAR) * (np.arange(POINTS) + 0.5) / POINTS
    at = places[:, None, None] * (1 - share) + places[None, :, None] * share + TRIED  # (start, end, POINTS)
    low = np.minimum(at.astype(np.int64), 2 * TRIED - 1)
    point = np.arange(POINTS)
    found = edges[point, low] * (1 - (at - low)) + edges[point, low + 1] * (at - low)
    # Among equals, the least moved: a border that is thick has edges everywhere.
    total = found.sum(axis=-1) - 0.002 * (np.abs(places)[:, None] + np.abs(places)[None, :])
    first, last = np.unravel_index(int(total.argmax()), total.shape)
    return start + out * step * places[first], end + out * step * places[last]


def _profile(
    pixels: NDArray[np.float32], start: NDArray[np.float64], end: NDArray[np.float64], out: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """Return how much of an edge there is at points along a side and at places across it: (POINTS, 2 TRIED + 1)."""
    share = CLEAR + (1 - 2 * CLEAR) * (np.arange(POINTS) + 0.5) / POINTS
    points = start + (end - start) * share[:, None]  # (POINTS, 2)
    apart = max(1, round(1.0 / step))  # places for one pixel
    places = np.arange(-TRIED - apart, TRIED + 4 * apart + 1)
    colours = sample(pixels, points[:, None] + out * step * places[:, None])  # (POINTS, places, 3)
    steps = np.abs(colours[:, 2 * apart :] - colours[:, : -2 * apart]).max(axis=-1)  # around each place
    edges = np.minimum(steps / FULL, 1)
    count = 2 * TRIED + 1
    beyond = edges[:, 3 * apart : 3 * apart + count]
    sharp = edges[:, :count] - BEYOND * beyond
    # A side has the sharpest step, not all of a blurred one.
    found: NDArray[np.float64] = sharp + 0.3 * np.minimum(steps[:, :count] / (4 * FULL), 1)
    return found


def _crossing(
    one: tuple[NDArray[np.float64], NDArray[np.float64]], other: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """Return where two lines, through two points each, cross; None where they hardly do."""
    (p, q), (r, s) = one, other
    a, b = q - p, s - r
    turn = a[0] * b[1] - a[1] * b[0]
    if abs(turn) < 0.1 * np.hypot(*a) * np.hypot(*b):
        return None
    along = ((r[0] - p[0]) * b[1] - (r[1] - p[1]) * b[0]) / turn
    point: NDArray[np.float64] = p + along * a
    return point
