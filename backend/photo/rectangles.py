"""Rectangles of 16:9 on a flattened page: every place and size is tried, and judged by the edges along its sides.

None has to be guessed from contours, and a side may be missing in part. What is just outside of a side should be quiet.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backend.photo.flat_page import COARSE, LOUD, OUTSIDE, WHOLE, Array, Boxes, FlatPage, Plane, along, sides_of

NARROWEST = 0.2  # of the photo's width: no thumbnail smaller than that is what the phone is pointed at
GROWTH = 1.035  # from one width that is tried to the next
SHAPES = (0.95, 1.0, 1.05)  # heights that are tried, for one of 16:9: the camera is known but roughly
BLOCK = 8  # pixels: of the places in a block of so many a side, only the best is kept
LEAST = 0.1  # of an edge along all sides, on average
LOOKED_AT = 4000  # rectangles, the best
SAME = 0.7  # overlap (intersection over union) from which on two rectangles are one
MOST = 150  # rectangles
SNAP = 4  # pixels
TINY = (8, 6)  # pixels across and down: what is no larger, in a small photo, is no rectangle any more


def find_rectangles(page: FlatPage, photo_width: int) -> Boxes:
    """Find the rectangles of about 16:9 with most edge along their sides, the best first; at most 150."""
    height, width = page.seen.shape
    posts, beams = _less_outside(page, 0), _less_outside(page, 1)
    tried, wide = [np.zeros((0, 5))], NARROWEST * photo_width / COARSE
    while wide < width:
        across = int(wide + 0.5)
        bars = [(sums[:, across:] - sums[:, :-across]) / np.float32(across * WHOLE) for sums in beams]
        for down in sorted({int(across * 9 / 16 * shape + 0.5) for shape in SHAPES}):
            if down < height:
                tried.append(_best_places(posts, bars, across, down))
        wide *= GROWTH
    rows = np.concatenate(tried)
    boxes = rows[:, :4]
    boxes = snapped(page, boxes[_distinct(boxes, rows[:, 4])])
    return boxes[(boxes[:, 2] - boxes[:, 0] > TINY[0]) & (boxes[:, 3] - boxes[:, 1] > TINY[1])]


def _less_outside(page: FlatPage, axis: int) -> tuple[Plane, Plane]:
    """Return the sums of edges less those just outside of it: for left and right sides (axis 0), or top and bottom."""
    return tuple(  # type: ignore[return-value]
        page.wide[axis] - np.float32(LOUD) * _shifted(page.loud[axis], out * OUTSIDE, 1 - axis) for out in (-1, 1)
    )


def _shifted(plane: Plane, by: int, axis: int) -> Plane:
    """Bring what is so many places further along an axis here; nought comes from beyond the page."""
    moved = np.zeros_like(plane)
    here, there = [slice(None), slice(None)], [slice(None), slice(None)]
    here[axis] = slice(max(0, -by), plane.shape[axis] - max(0, by))
    there[axis] = slice(max(0, by), plane.shape[axis] - max(0, -by))
    moved[tuple(here)] = plane[tuple(there)]
    return moved


def _best_places(posts: tuple[Plane, Plane], bars: list[Plane], across: int, down: int) -> Array:
    """Return the best places (n, 5), a box and its edge, one a block, for rectangles of one size."""
    left, right = ((sums[down:] - sums[:-down]) / np.float32(down * WHOLE) for sums in posts)  # (height - down + 1, w)
    columns = min(bars[0].shape[1], left.shape[1] - across)
    rows = len(left) - 1
    edge = left[:rows, :columns] + right[:rows, across : across + columns]
    edge = (edge + bars[0][:rows, :columns] + bars[1][down : down + rows, :columns]) / np.float32(4)
    down_blocks, across_blocks = -(-rows // BLOCK), -(-columns // BLOCK)
    padded = np.full((down_blocks * BLOCK, across_blocks * BLOCK), -1, np.float32)
    padded[:rows, :columns] = edge
    blocks = padded.reshape(down_blocks, BLOCK, across_blocks, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)
    place, best = blocks.argmax(axis=-1), np.floor(blocks.max(axis=-1) * 1e4 + 0.5) / 1e4  # equal ones stay equal
    (block,) = np.nonzero(best >= LEAST)
    y = block // across_blocks * BLOCK + place[block] // BLOCK
    x = block % across_blocks * BLOCK + place[block] % BLOCK
    return np.column_stack([x + 0.5, y + 0.5, x + across + 0.5, y + down + 0.5, best[block]]).astype(float)


def _distinct(boxes: Boxes, scores: Array) -> list[int]:
    """Choose the best of rectangles that overlap much, the best first."""
    order = np.argsort(-scores, kind="stable")[:LOOKED_AT]
    kept: list[int] = []
    while len(order) and len(kept) < MOST:
        first = order[0]
        kept.append(int(first))
        order = order[overlap(boxes[first], boxes[order]) < SAME]
    return kept


def overlap(box: Array, boxes: Boxes) -> Array:
    """Return the intersection over union of a box with others."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.prod(np.maximum(0, high - low), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    shared: Array = both / (areas - both)
    return shared


def snapped(page: FlatPage, boxes: Boxes) -> Boxes:
    """Move each side of boxes, by itself, to the row or column near it with most edge."""
    moved = boxes.copy()
    tried = np.arange(-SNAP, SNAP + 1)[:, None]
    for side, (axis, _, at, start, end) in enumerate(sides_of(boxes)):
        last = page.seen.shape[1 - axis] - 1
        places = np.clip(at + tried, 0, last)
        most = along(page.sharp, axis, places, start + 0 * tried, end + 0 * tried).argmax(axis=0)
        moved[:, side] = places[most, np.arange(len(boxes))] + 0.5
    return moved


PEAKS = 3  # places of a side that are tried
KEPT = 40  # rectangles near one
REACH = 0.22  # of its height: a side is tried so far away
LEAST_REACH = 4  # pixels
SQUEEZED = 0.07  # of 16:9: by no more may a rectangle differ from it
IMPLIED = 0.2  # of an edge, for a side that is where it has to be for 16:9


def near_rectangles(page: FlatPage, box: Array) -> Boxes:
    """Try the sides of a rectangle (4,) at other edges near it, each by itself, at most three each; at most forty.

    One of the four may be without an edge, where the other three say where it is.
    """
    places = _side_places(page, box)
    near: dict[tuple[int, ...], tuple[float, tuple[float, ...]]] = {}
    for score, (left, top, right, bottom) in _composed(places):
        across, down = right - left, bottom - top
        if across > TINY[0] and down > TINY[1] and abs(across / down * 9 / 16 - 1) <= SQUEEZED:
            key = (int(left), int(top), int(right), int(bottom))
            if key not in near or score > near[key][0]:
                near[key] = score, (left, top, right, bottom)
    best = sorted(near.values(), key=lambda scored: -scored[0])[:KEPT]
    return np.array([corners for _, corners in best], float).reshape(-1, 4)


Place = tuple[float, float]  # where a side may be, and how much edge is along it


def _side_places(page: FlatPage, box: Array) -> list[list[Place]]:
    """Return where each side of a box has most edge, near it, less what is just outside."""
    (height,) = np.floor(box[None, 3]) - np.floor(box[None, 1])
    far = max(LEAST_REACH, int(REACH * height))
    places = []
    for axis, out, at, start, end in sides_of(box[None]):
        last = page.seen.shape[1 - axis] - 1
        line = np.arange(max(0, at[0] - far), min(last, at[0] + far) + 1)
        start, end = start + 0 * line, end + 0 * line
        edge = along(page.wide, axis, line, start, end) + 0.5 * along(page.sharp, axis, line, start, end)
        edge -= LOUD * along(page.loud, axis, line + OUTSIDE * out, start, end, beyond=0.0)
        edge = np.floor(edge * 1e4 + 0.5) / 1e4  # equal ones stay equal
        peaks = [k for k in range(len(line)) if edge[k] >= edge[max(0, k - 2) : k + 3].max()]
        peaks = sorted(peaks, key=lambda k: -edge[k])[:PEAKS]
        places.append([(line[k] + 0.5, float(edge[k])) for k in peaks])
    return places


def _composed(places: list[list[Place]]) -> Iterator[tuple[float, tuple[float, float, float, float]]]:
    """Compose rectangles of places of their sides: of all four, or of three that say where the fourth is."""
    lefts, tops, rights, bottoms = places
    for left, a in lefts:
        for right, b in rights:
            high = (right - left) * 9 / 16
            for top, c in tops:
                yield a + b + c + IMPLIED, (left, top, right, np.floor(top + high) + 0.5)
                for bottom, d in bottoms:
                    yield a + b + c + d, (left, top, right, bottom)
            for bottom, d in bottoms:
                yield a + b + d + IMPLIED, (left, np.floor(bottom - high) + 0.5, right, bottom)
    for top, c in tops:
        for bottom, d in bottoms:
            across = (bottom - top) * 16 / 9
            for left, a in lefts:
                yield a + c + d + IMPLIED, (left, top, np.floor(left + across) + 0.5, bottom)
            for right, b in rights:
                yield b + c + d + IMPLIED, (np.floor(right - across) + 0.5, top, right, bottom)
