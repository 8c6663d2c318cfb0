"""Rectangles of 16:9 on a flattened page: every place and size is tried, and judged by the edges along its sides.

Sums of edges along rows and columns make a rectangle cheap, so none has to be guessed from contours, and a side may be
missing in part. The twins in the browser: `extension/src/photo/flat-page.ts` and `rectangles.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.photo.pose import Camera
from backend.photo.quad import Matrix, project
from backend.photo.rectify import sample
from backend.photo.segments import gradients

Plane = NDArray[np.float32]  # (height, width)

COARSE = 2.0  # pixels of the photo for one of the flattened page, in its middle
REACH = 0.68  # of the photo's longer side: the page is flattened so far from the photo's middle
NARROWEST = 0.2  # of the photo's width: no thumbnail smaller than that is what the phone is pointed at
GROWTH = 1.035  # from one width that is tried to the next
SHAPES = (0.9, 0.95, 1.0, 1.05, 1.1)  # heights that are tried, for one of 16:9: the camera is known but roughly
FULL = (8.0, 12.0)  # grey levels a pixel: a gradient from here on is an edge in full, at least and at most
RESTLESS = 3.0  # times the gradient that is usual in the photo, where it has moire, noise or much to see
WHOLE = 255.0  # an edge in full
UNSEEN = 77.0  # of an edge is taken for granted outside of the photo
BLOCK = 8  # pixels: of the places in a block of so many a side, only the best is kept
LEAST = 0.5  # of an edge along all sides, on average
SAME = 0.6  # overlap (intersection over union) from which on two rectangles are one
MOST = 48  # rectangles
SNAP = 4  # pixels


@dataclass(frozen=True)
class FlatPage:
    """A page flattened coarsely: colours (h, w, 3), edges and where the photo shows it (h, w), the way to the photo."""

    colours: NDArray[np.float32]
    upright: Plane  # edges of things to the left and right, 0 to WHOLE
    level: Plane  # edges of things above and below
    seen: NDArray[np.bool_]  # whether the photo shows it
    full: float  # the gradient of an edge in full, in grey levels a pixel
    to_photo: Matrix


def flatten_page(small: NDArray[np.float32], camera: Camera) -> FlatPage:
    """Flatten what a blurred photo (h, w, 3) shows, as the camera says."""
    height, width = small.shape[:2]
    matrix = camera.matrix()
    left, top, right, bottom = _bounds(matrix, width, height)
    place = np.array([[COARSE, 0, left], [0, COARSE, top], [0, 0, 1]])
    to_photo = matrix @ place
    columns, rows = int((right - left) / COARSE), int((bottom - top) / COARSE)
    y, x = np.mgrid[0:rows, 0:columns]
    points = project(to_photo, np.stack([x + 0.5, y + 0.5], axis=-1))
    seen = (points >= 0).all(axis=-1) & (points[..., 0] <= width) & (points[..., 1] <= height)
    colours = sample(small, points).astype(np.float32)
    gx, gy = gradients(colours)
    gx, gy = np.abs(gx), np.abs(gy)
    full = float(np.clip(RESTLESS * np.median(np.hypot(gx, gy)[seen]), *FULL))
    # Whole numbers, so that sums are exact, here and in the browser.
    upright = np.where(gx >= gy, np.floor(np.minimum(gx / full, 1) * WHOLE + 0.5), 0).astype(np.float32)
    level = np.where(gy >= gx, np.floor(np.minimum(gy / full, 1) * WHOLE + 0.5), 0).astype(np.float32)
    return FlatPage(colours, upright, level, seen, full, to_photo)


def _bounds(matrix: Matrix, width: int, height: int) -> tuple[float, float, float, float]:
    """Return what of the plane the photo shows: left, top, right, bottom around its middle, within the reach."""
    inverse, reach = np.linalg.inv(matrix), REACH * max(width, height)
    along = np.linspace(0, 1, 9)
    still = np.zeros(9)
    sides = ((along, still), (along, still + 1), (still, along), (still + 1, along))
    rim = np.concatenate([np.stack(side, axis=-1) for side in sides])
    mapped = np.column_stack([rim * [width, height], np.ones(len(rim))]) @ inverse.T
    ahead = mapped[:, 2] > 0.2 * (inverse @ [width / 2, height / 2, 1])[2]  # not beyond the horizon
    flat = np.clip(mapped[ahead, :2] / mapped[ahead, 2:], -reach, reach)
    (left, top), (right, bottom) = flat.min(axis=0), flat.max(axis=0)
    if not ahead.all():
        left, top, right, bottom = -reach, -reach, reach, reach
    return left, top, right, bottom


def _widened(edges: Plane, axis: int) -> Plane:
    """Let an edge count one pixel to either side of it too."""
    before, after = np.roll(edges, 1, axis), np.roll(edges, -1, axis)
    wide: Plane = np.maximum(edges, np.maximum(before, after))
    return wide


def find_rectangles(page: FlatPage, photo_width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find rectangles of about 16:9: boxes (n, 4), left, top, right, bottom, and how much edge is along them (n,)."""
    height, width = page.seen.shape
    unseen = np.float32(UNSEEN)
    downwards = _sums(np.where(page.seen, _widened(page.upright, 1), unseen), 0)
    rightwards = _sums(np.where(page.seen, _widened(page.level, 0), unseen), 1)
    found, wide = [], NARROWEST * photo_width / COARSE
    while wide < width:
        across = int(wide + 0.5)
        beams = (rightwards[:, across:] - rightwards[:, :-across]) / np.float32(across * WHOLE)
        for down in sorted({int(across * 9 / 16 * shape + 0.5) for shape in SHAPES}):
            if down < height:
                found.append(_best_places(downwards, beams, across, down))
        wide *= GROWTH
    rows = np.concatenate(found) if found else np.zeros((0, 5))
    boxes, scores = rows[:, :4], rows[:, 4]
    kept = _distinct(boxes, scores)
    return _snapped(page, boxes[kept]), scores[kept]


def _sums(edges: Plane, axis: int) -> Plane:
    """Return the sums of edges before each place along an axis, and of all of them last."""
    whole = edges.cumsum(axis=axis)
    return np.concatenate([np.zeros_like(whole[:1] if axis == 0 else whole[:, :1]), whole], axis=axis)


def _snapped(page: FlatPage, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move each side of boxes, by itself, to the row or column near it with most edge."""
    (left, top, right, bottom), place = boxes.astype(np.int64).T, np.arange(len(boxes))
    moved = boxes.copy()
    for sums, sides, start, end in (
        (_sums(page.upright, 0), (0, 2), top, bottom),
        (_sums(page.level, 1).T, (1, 3), left, right),
    ):
        for side in sides:
            tried = np.clip(boxes[:, side].astype(np.int64) + np.arange(-SNAP, SNAP + 1)[:, None], 0, sums.shape[1] - 1)
            edge = sums[np.minimum(end, len(sums) - 1), tried] - sums[start, tried]
            moved[:, side] = tried[edge.argmax(axis=0), place] + 0.5
    return moved


def _best_places(downwards: Plane, beams: Plane, across: int, down: int) -> NDArray[np.float64]:
    """Return the best places (n, 5), a box and its edge, one a block, for rectangles of one size."""
    posts = (downwards[down:] - downwards[:-down]) / np.float32(down * WHOLE)  # (height - down + 1, width)
    left, right = posts[:-1, : beams.shape[1]], posts[:-1, across : across + beams.shape[1]]
    left, right = left[:, : right.shape[1]], right
    top, bottom = beams[: len(posts) - 1, : right.shape[1]], beams[down:, : right.shape[1]]
    weakest = np.minimum(np.minimum(left, right), np.minimum(top, bottom))
    edge = (left + right + top + bottom) * np.float32(0.15) + weakest * np.float32(0.4)
    rows, columns = -(-edge.shape[0] // BLOCK), -(-edge.shape[1] // BLOCK)
    padded = np.zeros((rows * BLOCK, columns * BLOCK), np.float32)
    padded[: edge.shape[0], : edge.shape[1]] = edge
    blocks = padded.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(rows, columns, BLOCK * BLOCK)
    place, best = blocks.argmax(axis=-1), np.floor(blocks.max(axis=-1) * 1e4 + 0.5) / 1e4  # equal ones stay equal
    row, column = np.nonzero(best >= LEAST)
    y, x = row * BLOCK + place[row, column] // BLOCK, column * BLOCK + place[row, column] % BLOCK
    return np.column_stack([x + 0.5, y + 0.5, x + across + 0.5, y + down + 0.5, best[row, column]]).astype(float)


def _distinct(boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> list[int]:
    """Choose the best of rectangles that overlap much, the best first."""
    order = np.argsort(-scores, kind="stable")[:4000]
    kept: list[int] = []
    while len(order) and len(kept) < MOST:
        first = order[0]
        kept.append(int(first))
        order = order[_overlap(boxes[first], boxes[order]) < SAME]
    return kept


def _overlap(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intersection over union of a box with others."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.prod(np.maximum(0, high - low), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    shared: NDArray[np.float64] = both / (areas - both)
    return shared
