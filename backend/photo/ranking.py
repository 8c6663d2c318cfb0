"""Which rectangle of a page is the thumbnail that a phone is pointed at.

What can be seen of a rectangle are a score of numbers: edges along its sides and beyond its corners, how quiet the page
is around it and how much of the page is in it, where the photo is aimed, what it lies in and what lies in it. A network
with one hidden layer weighs them; it was fitted to simulated photos of made-up thumbnails
(`python -m bench.ranking`), and is in `ranking.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.photo.flat_page import Array, Boxes, FlatPage, along, edge_along, sides_of
from backend.photo.quad import project
from backend.photo.rectify import sample

POINTS = 24  # a side
CLEAR = 0.08  # of a side at each end is not looked at: corners may be round
NEAR, FAR, DEEP = 3.0, 5.5, 6.0  # pixels of the flattened page, outside of a side and inside of it
SAME = 0.9  # of a step: colours that differ by less are those of one page
ACROSS, DOWN = 16, 9  # points within a rectangle
STUB = 0.15  # of the height: so far beyond its corners, a side is looked for
GAP = 3  # pixels between a corner and what is beyond it
BESIDE = (5, 7, 9)  # pixels outside of a side, where another edge would be a likelier side
LARGER = 1.3  # times the area of what it holds
PAGE = (32, 24)  # points of the page, across and down
SEEN, EDGE = 23, 18  # numbers, and which of them is the edge along a box
RELATIVES = slice(19, 21)  # those that depend on the other boxes
WEIGHTS = Path(__file__).with_name("ranking.json")


@dataclass(frozen=True)
class Weights:
    """A network from what is seen of a rectangle to how likely it is the one: (k, hidden), (hidden,), (hidden,), 1."""

    hidden: Array
    hidden_bias: Array
    out: Array
    out_bias: float

    def __call__(self, seen: Array) -> Array:
        """Return logits (n,) of what is seen (n, k): of being the thumbnail, against there being none at 0."""
        logits: Array = np.tanh(seen @ self.hidden + self.hidden_bias) @ self.out + self.out_bias
        return logits


@cache
def load_weights() -> Weights:
    """Read the network that ranks."""
    return weights_from(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def weights_from(stored: Mapping[str, Any]) -> Weights:
    """Make a network of what is stored of one."""
    hidden, bias, out = (np.array(stored[name], float) for name in ("hidden", "hidden_bias", "out"))
    return Weights(hidden, bias, out, float(stored["out_bias"]))


def describe(page: FlatPage, boxes: Boxes, size: tuple[int, int], known: Array | None = None) -> Array:
    """Return what is seen of boxes (n, 4), in numbers of about 0 to 1: (n, SEEN).

    size: of the photo that the page was flattened from, width and height; known: what was seen of the first boxes.
    """
    before = np.zeros((0, SEEN)) if known is None else known
    seen = np.concatenate([before, _alone(page, boxes[len(before) :], size)])
    seen[:, RELATIVES] = _relatives(boxes, seen[:, EDGE])
    return seen


def _alone(page: FlatPage, boxes: Boxes, size: tuple[int, int]) -> Array:
    """Return what is seen of boxes, whatever the others are."""
    if not len(boxes):
        return np.zeros((0, SEEN))
    sides = sides_of(boxes)
    return np.column_stack(
        [
            np.sort([along(page.wide, axis, at, start, end) for axis, _, at, start, end in sides], axis=0).T,
            _surroundings(page, boxes),
            _aim(page, boxes, size),
            page.shown(_ring(boxes, 1.0)).mean(axis=(1, 2)),
            np.abs(np.log((boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]) * 9 / 16)) * 5,
            _beyond_corners(page, boxes),
            edge_along(page, boxes),
            np.zeros((len(boxes), 2)),
            _beside(page, boxes),
        ]
    )


def _surroundings(page: FlatPage, boxes: Boxes) -> Array:
    """Look at both sides of the boxes' edges, within them, and at the page: (n, 8).

    How quiet it is outside; how different inside, at the side where least, and on average; how much of what is just
    outside, just inside, within and on the whole page has one colour; how various the colours within are.
    """
    count = len(boxes)
    near, far, inside, deep = (sample(page.colours, _ring(boxes, out)) for out in (NEAR, FAR, -NEAR, -DEEP))
    usual = np.median(near, axis=2, keepdims=True)
    restless = np.maximum(_difference(page, near, far), _difference(page, near, usual))
    contrast = _difference(page, near, inside).mean(axis=2)
    around = np.median(near.reshape(count, -1, 3), axis=1)[:, None]
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    y, x = (part.ravel() + 0.5 for part in np.mgrid[0:DOWN, 0:ACROSS])
    points = np.stack([boxes[:, :1] + width[:, None] * x / ACROSS, boxes[:, 1:2] + height[:, None] * y / DOWN], axis=-1)
    within = sample(page.colours, points)
    alike = [
        (_difference(page, part, around) < SAME).mean(axis=1)
        for part in (near.reshape(count, -1, 3), deep.reshape(count, -1, 3), within)
    ]
    various = np.abs(within - within.mean(axis=1, keepdims=True)).mean(axis=(1, 2)) / 64
    quiet = 1 - restless.mean(axis=(1, 2))
    everywhere = _share_of_page(page, around)
    return np.column_stack([quiet, contrast.min(axis=1), contrast.mean(axis=1), *alike, everywhere, various])


def _share_of_page(page: FlatPage, colours: Array) -> Array:
    """Return how much of the page that the photo shows has each of the colours (n, 1, 3)."""
    height, width = page.seen.shape
    y, x = (part.ravel() + 0.5 for part in np.mgrid[0 : PAGE[1], 0 : PAGE[0]])
    points = np.stack([x / PAGE[0] * width, y / PAGE[1] * height], axis=-1)
    shown = sample(page.colours, points[page.shown(points)])
    share: Array = (_difference(page, shown[None], colours) < SAME).sum(axis=1) / max(1, len(shown))
    return share


def _difference(page: FlatPage, one: NDArray[np.float64], other: NDArray[np.float64]) -> Array:
    """Return how different colours (..., 3) are, 0 to 1."""
    apart: Array = np.minimum(np.abs(one - other).max(axis=-1) / page.step, 1)
    return apart


def _ring(boxes: Boxes, out: float) -> Array:
    """Return points along the sides of boxes, so far outside of them: (n, 4, POINTS, 2)."""
    left, top, right, bottom = (boxes[:, k, None] for k in range(4))
    share = CLEAR + (1 - 2 * CLEAR) * (np.arange(POINTS) + 0.5) / POINTS
    x, y = left + (right - left) * share, top + (bottom - top) * share
    still = np.zeros_like(x)
    sides = ((x, top - out + still), (right + out + still, y), (x, bottom + out + still), (left - out + still, y))
    return np.stack([np.stack(side, axis=-1) for side in sides], axis=1)


def _aim(page: FlatPage, boxes: Boxes, size: tuple[int, int]) -> Array:
    """Return how far the boxes' middles are from the photo's, and how much of the photo they fill: (n, 2)."""
    left, top, right, bottom = boxes.T
    middles = project(page.to_photo, np.stack([left + right, top + bottom], axis=-1) / 2)
    away = np.hypot(*((middles - np.array(size) / 2) / min(size)).T)
    corners = project(page.to_photo, np.stack([boxes[:, [0, 1]], boxes[:, [2, 3]]], axis=1))
    share = np.hypot(*(corners[:, 1] - corners[:, 0]).T) / np.hypot(*size)
    return np.column_stack([np.minimum(away, 1) * 2, np.log(share)])


def _beyond_corners(page: FlatPage, boxes: Boxes) -> Array:
    """Return how much edge goes on beyond the corners, on average and at most: (n, 2). A picture's sides end there."""
    far = np.maximum(4, np.floor(STUB * (np.floor(boxes[:, 3]) - np.floor(boxes[:, 1])))).astype(np.int64)
    stubs = []
    for axis, _, at, start, end in sides_of(boxes):
        stubs.append(along(page.wide, axis, at, start - GAP - far, start - GAP))
        stubs.append(along(page.wide, axis, at, end + GAP + 1, end + GAP + 1 + far))
    return np.column_stack([np.mean(stubs, axis=0), np.max(stubs, axis=0)])


def _relatives(boxes: Boxes, edge: Array) -> Array:
    """Return how much more edge is along the best box that holds each, and along the best that each holds: (n, 2)."""
    if not len(boxes):
        return np.zeros((0, 2))
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    holds = (boxes[:, None, :2] <= boxes[None, :, :2] + 2).all(axis=-1)
    holds &= (boxes[:, None, 2:] >= boxes[None, :, 2:] - 2).all(axis=-1)
    holds &= areas[:, None] > LARGER * areas[None, :]
    outer = np.where(holds.T, edge[None, :], -1).max(axis=1) - edge
    inner = np.where(holds, edge[None, :], -1).max(axis=1) - edge
    return np.column_stack([outer, inner])


def _beside(page: FlatPage, boxes: Boxes) -> Array:
    """Return how much edge runs along just outside of the sides: at the side where least, and on average, (n, 2)."""
    beside = [
        np.max([along(page.wide, axis, at + out * far, start, end) for far in BESIDE], axis=0)
        for axis, out, at, start, end in sides_of(boxes)
    ]
    return np.column_stack([np.min(beside, axis=0), np.mean(beside, axis=0)])
