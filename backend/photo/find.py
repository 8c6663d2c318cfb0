"""Where in a photo the thumbnail is that the phone was pointed at.

1. Straight segments say how the camera was turned against the page (`segments`, `pose`).
2. The page is flattened, and every rectangle of 16:9 with edges along its sides is a proposal (`flat_page`,
   `rectangles`).
3. Proposals are ranked by what can be seen of them (`ranking`), and those near the best as well.
4. The sides of the best are fitted to the photo's edges (`refine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.data.images import resize
from backend.data.pixels import Pixels
from backend.photo.flat_page import Array, Boxes, FlatPage, flatten_page
from backend.photo.pose import find_cameras
from backend.photo.quad import Quad, is_convex, project
from backend.photo.ranking import Weights, describe, load_weights
from backend.photo.rectangles import find_rectangles, near_rectangles, overlap
from backend.photo.refine import refine
from backend.photo.segments import blurred, find_segments

LARGE, SMALL = 1024, 512  # pixels of the longer side: where sides are fitted, where all else is looked for
MOST = 5
LOOKED_AT = (4, 2)  # of the best proposals so far: near these, others are tried
SAME = 0.7  # overlap (intersection over union) from which on two proposals mean one thumbnail
DARKEST = 0.01  # of the pixels are darker than what is taken for black, and as many brighter than white
FLATTEST = 64  # grey levels: no less is stretched
LEAST = 0.05  # of a score: what has less is no thumbnail
SMALLEST = 48  # pixels of the shorter side: there is nothing to find in less


@dataclass(frozen=True)
class Found:
    """A thumbnail in a photo: its corners (4, 2), and how likely it is the one wanted, 0 to 1 for all together."""

    quad: Quad
    score: float


@dataclass(frozen=True)
class Proposals:
    """Rectangles (n, 4) of a page, what is seen of each (n, k), and its logit (n,) to be the thumbnail wanted."""

    page: FlatPage
    boxes: Boxes
    seen: Array
    logits: Array

    def quads(self) -> NDArray[np.float64]:
        """Return their corners in the photo of the page, (n, 4, 2)."""
        return project(self.page.to_photo, self.boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]])


def find_thumbnails(photo: Pixels) -> list[Found]:
    """Find thumbnails in a photo (h, w, 3), at most five, the likeliest first; none where nothing looks like one."""
    height, width = photo.shape[:2]
    if min(height, width) < SMALLEST:
        return []
    large = scaled(photo, LARGE)
    small = scaled(large, SMALL)
    low, high = levels(small)
    likeliest = _likeliest(propose(stretched(small, low, high)))
    fine, found = stretched(large, low, high), []
    scale = np.array([large.shape[1] / small.shape[1], large.shape[0] / small.shape[0]])
    for thumbnail in likeliest:
        quad = refine(fine, thumbnail.quad * scale)
        if is_convex(quad):
            found.append(Found(quad * np.array([width / large.shape[1], height / large.shape[0]]), thumbnail.score))
    return found


def levels(pixels: Pixels) -> tuple[int, int]:
    """Return the grey levels between which nearly all of a picture's colours lie."""
    counts = np.bincount(pixels.reshape(-1), minlength=256).cumsum()
    low, high = (int(np.searchsorted(counts, share * counts[-1])) for share in (DARKEST, 1 - DARKEST))
    return low, max(high, low + FLATTEST)


def stretched(pixels: Pixels, low: int, high: int) -> NDArray[np.float32]:
    """Stretch a picture's levels to 0..255: what was exposed too short has its edges too."""
    stretched: NDArray[np.float32] = (np.clip(pixels.astype(np.float32), low, high) - low) * np.float32(
        255 / (high - low)
    )
    return stretched


def propose(small: NDArray[np.float32], weights: Weights | None = None) -> list[Proposals]:
    """Propose rectangles in a photo (h, w, 3) of the size in which they are looked for, for each turn of the camera."""
    network = weights or load_weights()
    size = (small.shape[1], small.shape[0])
    soft = blurred(small)
    proposals = []
    for camera in find_cameras(find_segments(soft), size):
        page = flatten_page(soft, camera)
        boxes = _without_twins([find_rectangles(page, size[0])])
        seen = describe(page, boxes, size)
        proposals.append(Proposals(page, boxes, seen, network(seen)))
    for most in LOOKED_AT:
        seeds = _apart(proposals, most)
        for number, first in enumerate(proposals):
            near = [near_rectangles(first.page, first.boxes[index]) for of, index in seeds if of == number]
            boxes = _without_twins([first.boxes, *near])
            seen = describe(first.page, boxes, size, first.seen)
            proposals[number] = Proposals(first.page, boxes, seen, network(seen))
    return proposals


def _without_twins(groups: Sequence[Boxes]) -> Boxes:
    """Put rectangles together, each once, in their order."""
    every = dict.fromkeys(tuple(box) for boxes in groups for box in boxes.tolist())
    return np.array(list(every), float).reshape(-1, 4)


def _apart(proposals: Sequence[Proposals], most: int) -> list[tuple[int, int]]:
    """Choose the best proposals that mean different thumbnails: the page's number, and the rectangle's on it."""
    numbers = [(of, index) for of, page in enumerate(proposals) for index in range(len(page.logits))]
    numbers.sort(key=lambda number: -proposals[number[0]].logits[number[1]])
    kept: list[tuple[int, int]] = []
    for of, index in numbers:
        if len(kept) == most:
            break
        boxes = proposals[of].boxes
        others = boxes[[other for at, other in kept if at == of]]
        if (overlap(boxes[index], others) < SAME).all():
            kept.append((of, index))
    return kept


def _likeliest(proposals: Sequence[Proposals]) -> list[Found]:
    """Choose the likeliest thumbnails; what is likely of one rectangle is so of all that mean the same thumbnail."""
    logits = np.concatenate([np.zeros(1), *(page.logits for page in proposals)])  # the first: there is none
    top = logits.max()
    total = np.exp(logits - top).sum()
    taken = [np.zeros(len(page.boxes), np.bool_) for page in proposals]
    found = []
    for of, index in _apart(proposals, 2 * MOST):
        page = proposals[of]
        same = (overlap(page.boxes[index], page.boxes) >= SAME) & ~taken[of]
        taken[of] |= same
        found.append(Found(page.quads()[index], float(np.exp(page.logits[same] - top).sum() / total)))
    found.sort(key=lambda thumbnail: -thumbnail.score)
    return [thumbnail for thumbnail in found if thumbnail.score >= LEAST][:MOST]


def scaled(photo: Pixels, longest: int) -> Pixels:
    """Return a photo with a longer side of so many pixels, or as it is where that has fewer."""
    height, width = photo.shape[:2]
    if max(height, width) <= longest:
        return photo
    # Whole numbers, halves up.
    sides = [(2 * side * longest + max(height, width)) // (2 * max(height, width)) for side in (height, width)]
    return resize(photo, *sides)
