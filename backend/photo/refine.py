"""The sides of a quadrilateral, moved to where the picture's edge really is.

Each side is tried at many places and slants near where it was, and stays where it lies on an edge for most of its
length, with as little as possible beyond.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backend.photo.quad import Quad, size_of
from backend.photo.rectify import sample

Array = NDArray[np.float64]
Side = tuple[Array, Array]  # two points of a line

POINTS = 32  # along a side
CLEAR = 0.07  # of a side at each end is not looked at: corners may be round
# How far a side is moved, as a share of the height; and steps are taken from so many pixels inside of a place to so
# many outside. First coarsely, where blur hides no edge; at last finely.
PASSES = ((0.04, 2.5), (0.013, 2.5), (0.0, 1.5))
LEAST_REACH = 1.5  # pixels
TRIED = 10  # places of a side's end, in one direction
COUNT = 2 * TRIED + 1
FULL = 20.0  # grey levels: a step from here on is an edge in full
BEYOND = 0.35  # of an edge is lost for what lies beyond it: of two edges, the outer one
SHARPER = 0.3  # of an edge is won by a step four times as high
LAZY = 0.002  # of an edge along a side, for each place that an end of it is moved

SHARE = CLEAR + (1 - 2 * CLEAR) * (np.arange(POINTS) + 0.5) / POINTS
PLACES = np.arange(-TRIED, TRIED + 1)
AT = PLACES[:, None, None] * (1 - SHARE) + PLACES[None, :, None] * SHARE + TRIED  # (start, end, POINTS)
LOW = np.minimum(AT.astype(np.int64), COUNT - 2)
PART = AT - LOW
MOVED = LAZY * (np.abs(PLACES)[:, None] + np.abs(PLACES)[None, :])


def refine(pixels: NDArray[np.float32], quad: Quad) -> Quad:
    """Move the sides of a quadrilateral (4, 2) to edges of the picture (h, w, 3); none, where they no longer meet."""
    moved = quad
    for reach, wide in PASSES:
        far = max(LEAST_REACH, reach * size_of(moved)[1])
        ends = zip(moved, np.roll(moved, -1, axis=0), strict=True)
        lines = [_moved(pixels, start, end, far, wide) for start, end in ends]
        corners = [_crossing(*lines[k - 1], *lines[k]) for k in range(4)]
        if any(corner is None for corner in corners):
            return quad
        moved = np.array(corners)
    return moved


def _moved(pixels: NDArray[np.float32], start: Array, end: Array, reach: float, wide: float) -> Side:
    """Return two points of the line near start and end that has most edge along it; what is inside lies right of it."""
    along = (end - start) / np.hypot(*(end - start))
    out = np.array([along[1], -along[0]])
    step = reach / TRIED
    edges = _profile(pixels, start, end, out * step, max(1, int(wide / step + 0.5)))
    point = np.arange(POINTS)
    total = (edges[point, LOW] * (1 - PART) + edges[point, LOW + 1] * PART).sum(axis=-1) - MOVED
    first, last = divmod(int(total.argmax()), COUNT)
    return start + out * step * PLACES[first], end + out * step * PLACES[last]


def _profile(pixels: NDArray[np.float32], start: Array, end: Array, out: Array, apart: int) -> Array:
    """Return how good a side is at points along and places across it, from inside to outside, (POINTS, COUNT).

    out: from one place to the next; apart: as many places inside and outside of one are held against each other.
    """
    points = start + (end - start) * SHARE[:, None]
    places = np.arange(-TRIED - apart, TRIED + 4 * apart + 1)
    colours = sample(pixels, points[:, None] + out * places[:, None])  # (POINTS, places, 3)
    steps = np.abs(colours[:, 2 * apart :] - colours[:, : -2 * apart]).max(axis=-1)  # around each place
    edges = np.minimum(steps / FULL, 1)
    here, beyond = edges[:, :COUNT], edges[:, 3 * apart : 3 * apart + COUNT]
    good: Array = here - BEYOND * beyond + SHARPER * np.minimum(steps[:, :COUNT] / (4 * FULL), 1)
    return good


def _crossing(p: Array, q: Array, r: Array, s: Array) -> Array | None:
    """Return where the line through p and q crosses that through r and s; None where they hardly do."""
    a, b = q - p, s - r
    turn = a[0] * b[1] - a[1] * b[0]
    if abs(turn) < 0.1 * np.hypot(*a) * np.hypot(*b):
        return None
    share = ((r[0] - p[0]) * b[1] - (r[1] - p[1]) * b[0]) / turn
    point: Array = p + share * a
    return point
