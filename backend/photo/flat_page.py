"""A page as a photo shows it, flattened coarsely, and how much edge is along its rows and columns.

Sums of edges make it cheap to ask that of any stretch of a row or column.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from backend.photo.pose import Camera
from backend.photo.quad import Matrix, project
from backend.photo.rectify import sample
from backend.photo.segments import gradients

Plane = NDArray[np.float32]  # (height, width)
Boxes = NDArray[np.float64]  # (n, 4): left, top, right, bottom
Array = NDArray[np.float64]
Places = NDArray[np.int64]

COARSE = 2.0  # pixels of the photo for one of the flattened page, in its middle
REACH = 0.68  # of the photo's longer side: the page is flattened so far from the photo's middle
FULL = (4.0, 12.0)  # grey levels a pixel: a gradient from here on is an edge in full, at least and at most
RESTLESS = 3.0  # times the gradient that is usual nearby, where there is moire, noise or much to see
CELL = 16  # pixels: nearby is a square of so many a side
STEP = (20.0, 30.0)  # grey levels: a difference between colours from here on is one in full, at least and at most
STEPS = 7.5  # times the gradient that is usual in the photo: the same
WHOLE = 255.0  # an edge in full
UNSEEN = 77.0  # of an edge is taken for granted outside of the photo
OUTSIDE = 4  # pixels outside of a side, there should be no other edge
LOUD = 0.5  # of an edge is lost for one there
SIDES = ((0, -1), (1, -1), (0, 1), (1, 1))  # left, top, right, bottom: across or down, and which way is out


@dataclass(frozen=True)
class FlatPage:
    """A flattened page (h, w): colours, edges, what the photo shows of it, and the way to the photo.

    upright, level: edges of things to the left and right, and of things above and below, 0 to WHOLE.
    step: a difference between colours from here on is one in full, in grey levels.
    """

    colours: NDArray[np.float32]
    upright: Plane
    level: Plane
    seen: NDArray[np.bool_]
    step: float
    to_photo: Matrix

    @cached_property
    def wide(self) -> tuple[Plane, Plane]:
        """Sums of edges that count one pixel to either side of them too, down columns and along rows."""
        return self._summed(_widened(self.upright, 1), _widened(self.level, 0), UNSEEN)

    @cached_property
    def sharp(self) -> tuple[Plane, Plane]:
        """Sums of edges where they are."""
        return self._summed(self.upright, self.level, UNSEEN)

    @cached_property
    def loud(self) -> tuple[Plane, Plane]:
        """Sums of edges of both kinds."""
        both = np.maximum(self.upright, self.level)
        return self._summed(both, both, 0.0)

    def _summed(self, upright: Plane, level: Plane, unseen: float) -> tuple[Plane, Plane]:
        """Sum edges down columns and along rows; unseen: of an edge, outside of the photo."""
        down, along = (np.where(self.seen, edges, np.float32(unseen)) for edges in (upright, level))
        return _sums(down, 0), _sums(along, 1)

    def shown(self, points: Array) -> NDArray[np.bool_]:
        """Say whether the photo shows points (..., 2) of the page."""
        height, width = self.seen.shape
        x, y = np.floor(points).astype(np.int64)[..., 0], np.floor(points).astype(np.int64)[..., 1]
        within = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        shown: NDArray[np.bool_] = within & self.seen[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        return shown


def flatten_page(small: NDArray[np.float32], camera: Camera) -> FlatPage:
    """Flatten what a blurred photo (h, w, 3) shows, as the camera says."""
    height, width = small.shape[:2]
    matrix = camera.matrix()
    left, top, right, bottom = _bounds(matrix, width, height)
    to_photo = matrix @ np.array([[COARSE, 0, left], [0, COARSE, top], [0, 0, 1]])
    columns, rows = int((right - left) / COARSE), int((bottom - top) / COARSE)
    y, x = np.mgrid[0:rows, 0:columns]
    points = project(to_photo, np.stack([x + 0.5, y + 0.5], axis=-1))
    seen = (points >= 0).all(axis=-1) & (points[..., 0] <= width) & (points[..., 1] <= height)
    colours = sample(small, points).astype(np.float32)
    gx, gy = gradients(colours)
    gx, gy = np.abs(gx), np.abs(gy)
    strength = np.hypot(gx, gy)
    full = _full(strength, seen)
    # Whole numbers, so that sums are exact.
    upright = np.where(gx >= gy, np.floor(np.minimum(gx / full, 1) * WHOLE + 0.5), 0).astype(np.float32)
    level = np.where(gy >= gx, np.floor(np.minimum(gy / full, 1) * WHOLE + 0.5), 0).astype(np.float32)
    step = float(np.clip(STEPS * np.median(strength[seen]), *STEP)) if seen.any() else STEP[0]
    return FlatPage(colours, upright, level, seen, step, to_photo)


def _bounds(matrix: Matrix, width: int, height: int) -> tuple[float, float, float, float]:
    """Return what of the plane the photo shows: left, top, right, bottom around its middle, within the reach."""
    inverse, reach = np.linalg.inv(matrix), REACH * max(width, height)
    along = np.linspace(0, 1, 9)
    still = np.zeros(9)
    sides = ((along, still), (along, still + 1), (still, along), (still + 1, along))
    rim = np.concatenate([np.stack(side, axis=-1) for side in sides])
    mapped = np.column_stack([rim * [width, height], np.ones(len(rim))]) @ inverse.T
    ahead = mapped[:, 2] > 0.2 * (inverse @ [width / 2, height / 2, 1])[2]  # not beyond the horizon
    if not ahead.all():
        return -reach, -reach, reach, reach
    flat = np.clip(mapped[:, :2] / mapped[:, 2:], -reach, reach)
    (left, top), (right, bottom) = flat.min(axis=0), flat.max(axis=0)
    return left, top, right, bottom


def _full(strength: Plane, seen: NDArray[np.bool_]) -> Plane:
    """Return from which gradient on an edge is one in full, (h, w): where it is quiet, faint edges are edges too."""
    full = np.empty_like(strength)
    for top in range(0, strength.shape[0], CELL):
        for left in range(0, strength.shape[1], CELL):
            cell = (slice(top, top + CELL), slice(left, left + CELL))
            here = strength[cell][seen[cell]]
            full[cell] = np.clip(np.float32(RESTLESS) * np.median(here), *FULL) if len(here) else FULL[0]
    return full


def _widened(edges: Plane, axis: int) -> Plane:
    """Let an edge count one pixel to either side of it too."""
    before, after = np.roll(edges, 1, axis), np.roll(edges, -1, axis)
    wide: Plane = np.maximum(edges, np.maximum(before, after))
    return wide


def _sums(edges: Plane, axis: int) -> Plane:
    """Return the sums of edges before each place along an axis, and of all of them last."""
    whole = edges.cumsum(axis=axis, dtype=np.float32)
    return np.concatenate([np.zeros_like(whole[:1] if axis == 0 else whole[:, :1]), whole], axis=axis)


def along(
    sums: tuple[Plane, Plane], axis: int, at: Places, start: Places, end: Places, beyond: float = UNSEEN
) -> Array:
    """Return how much edge is along a column (axis 0) or row (1) from start to before end: all alike in shape, 0 to 1.

    beyond: of an edge that is taken for granted beyond the page.
    """
    summed = sums[0] if axis == 0 else sums[1].T
    length, count = len(summed) - 1, summed.shape[1]
    start, end = np.clip(start, 0, length), np.clip(end, 0, length)
    line = np.clip(at, 0, count - 1)
    share = (summed[end, line] - summed[start, line]).astype(float) / (np.maximum(end - start, 1) * WHOLE)
    known = (at >= 0) & (at < count) & (end > start)
    shares: Array = np.where(known, share, beyond / WHOLE)
    return shares


def sides_of(boxes: Boxes) -> tuple[tuple[int, int, Places, Places, Places], ...]:
    """Return the four sides of boxes: axis, which way is out, where it lies, where it starts and ends, (n,) each."""
    left, top, right, bottom = np.floor(boxes).astype(np.int64).T
    places, starts, ends = (left, top, right, bottom), (top, left), (bottom, right)
    return tuple((axis, out, places[k], starts[axis], ends[axis]) for k, (axis, out) in enumerate(SIDES))


def edge_along(page: FlatPage, boxes: Boxes) -> Array:
    """Return how much edge is along the sides of boxes on average, less what is just outside of them: (n,)."""
    total = np.zeros(len(boxes))
    for axis, out, at, start, end in sides_of(boxes):
        total += along(page.wide, axis, at, start, end)
        total -= LOUD * along(page.loud, axis, at + OUTSIDE * out, start, end, beyond=0.0)
    return total / 4
