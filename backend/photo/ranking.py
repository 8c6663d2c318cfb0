"""Which rectangle of a page is the thumbnail that a phone is pointed at.

One with a quiet page around it and edges along all sides, with the photo's middle in it or near it; and rather a
picture than what holds one, such as the screen. The twin in the browser: `extension/src/photo/ranking.ts`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backend.photo.quad import Matrix, project
from backend.photo.rectangles import FlatPage
from backend.photo.rectify import sample

Boxes = NDArray[np.float64]  # (n, 4): left, top, right, bottom

POINTS = 24  # a side
CLEAR = 0.08  # of a side at each end is not looked at: corners may be round
NEAR, FAR, DEEP = 3.0, 5.0, 6.0  # pixels of the flattened page, outside of a side and inside of it
STEP = 2.5  # times the gradient of an edge in full: a difference between colours from here on is one in full
CENTRED = 0.2  # of the photo's shorter side: so far from its middle, what a photo is of may hardly lie
POWER = 2.0  # of the edge along a box: nothing tells as much
LOUD = 0.4  # of its looks is lost to a box with no quiet around it
CLEAR_CUT = 0.93  # of an edge along what is held: less is likelier a part of a picture
PAGED = 0.4  # of what is just inside of a holder is of the page
GOOD = 0.85  # of a holder's looks and place, for what it holds
SAME = 0.9  # of a step: colours that differ by less are those of one page
HELD = 0.4  # of its score is left to a rectangle that holds another
HOLDS = 0.7  # a rectangle with so much of another's height or less inside, and its page, holds it


def rank(page: FlatPage, boxes: Boxes, edges: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return how much each box, with so much edge along it (n,), is the thumbnail wanted: (n,), 0 to 1.

    size: of the photo that the page was flattened from, width and height.
    """
    if not len(boxes):
        return np.zeros(0)
    quiet, contrast, around, within = surroundings(page, boxes)
    looks = edges**POWER * (1 - LOUD + LOUD * quiet) * (0.5 + 0.5 * contrast)
    wanted = looks * _aimed(page.to_photo, boxes, size)
    holders = _holders(boxes, STEP * page.full, edges, wanted, around, within)
    scores: NDArray[np.float64] = wanted * np.where(holders, HELD, 1.0)
    return scores


def surroundings(page: FlatPage, boxes: Boxes) -> tuple[NDArray[np.float64], ...]:
    """Look at both sides of the boxes' edges; returns, for each box, how quiet it is outside and how different inside.

    Both (n,), 0 to 1; and the colours that are usual just outside (n, 3), and those just inside (n, 4 POINTS, 3).
    """
    # (n, 4, POINTS, 3) each
    near, far, inside, deep = (sample(page.colours, _ring(boxes, out)) for out in (NEAR, FAR, -NEAR, -DEEP))
    step = STEP * page.full
    usual = np.median(near, axis=2, keepdims=True)
    restless = np.maximum(_difference(near, far, step), _difference(near, usual, step))
    quiet = 1 - restless.mean(axis=2)  # (n, 4)
    contrast = _difference(near, inside, step).mean(axis=2)
    around = np.median(near.reshape(len(boxes), -1, 3), axis=1)
    return quiet.mean(axis=1), contrast.mean(axis=1), around, deep.reshape(len(boxes), -1, 3)


def _difference(one: NDArray[np.float64], other: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return how different colours (..., 3) are, 0 to 1."""
    apart: NDArray[np.float64] = np.minimum(np.abs(one - other).max(axis=-1) / step, 1)
    return apart


def _ring(boxes: Boxes, out: float) -> NDArray[np.float64]:
    """Return points along the sides of boxes, so far outside of them: (n, 4, POINTS, 2)."""
    left, top, right, bottom = (boxes[:, k, None] for k in range(4))
    along = CLEAR + (1 - 2 * CLEAR) * (np.arange(POINTS) + 0.5) / POINTS
    x, y = left + (right - left) * along, top + (bottom - top) * along
    still = np.zeros_like(x)
    sides = ((x, top - out + still), (right + out + still, y), (x, bottom + out + still), (left - out + still, y))
    return np.stack([np.stack(side, axis=-1) for side in sides], axis=1)


def _aimed(to_photo: Matrix, boxes: Boxes, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return how well the photo is aimed at each box: 1 in its middle, less away from it, and more for large ones."""
    left, top, right, bottom = boxes.T
    middles = project(to_photo, np.stack([left + right, top + bottom], axis=-1) / 2)
    away = np.hypot(*((middles - np.array(size) / 2) / (CENTRED * min(size))).T)
    corners = project(to_photo, np.stack([boxes[:, [0, 1]], boxes[:, [2, 3]]], axis=1))
    share = np.hypot(*(corners[:, 1] - corners[:, 0]).T) / np.hypot(*size)
    well: NDArray[np.float64] = np.exp(-(away**2) / 2) * np.minimum(1, 0.7 + share)
    return well


def _holders(
    boxes: Boxes,
    step: float,
    edges: NDArray[np.float64],
    wanted: NDArray[np.float64],
    around: NDArray[np.float64],
    within: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Say which boxes hold another that is wanted as much, on the page that they have inside."""
    inside = (boxes[:, None, :2] <= boxes[None, :, :2] + 2).all(axis=-1)
    inside &= (boxes[:, None, 2:] >= boxes[None, :, 2:] - 2).all(axis=-1)
    heights = boxes[:, 3] - boxes[:, 1]
    inside &= heights[None, :] <= HOLDS * heights[:, None]
    inside &= (edges[None, :] >= CLEAR_CUT) & (wanted[None, :] >= GOOD * wanted[:, None])
    holds = np.zeros(len(boxes), np.bool_)
    for outer, inner in zip(*np.nonzero(inside), strict=True):
        holds[outer] |= np.mean(_difference(within[outer], around[inner], step) < SAME) >= PAGED
    return holds
