"""Where in a photo the thumbnail is that the phone was pointed at.

1. Straight segments say how the camera was turned against the page (`segments`, `pose`).
2. The page is flattened, and every rectangle of 16:9 with edges along its sides is a proposal (`rectangles`).
3. Proposals are ranked by what surrounds them and by where they are (`ranking`).
4. The sides of the best are fitted to the photo's edges (`refine`).

The browser does the same in `extension/src/photo/`: whoever changes a rule here changes it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.images import Pixels, resize
from backend.photo.pose import find_cameras
from backend.photo.quad import Quad, is_convex, project
from backend.photo.ranking import rank
from backend.photo.rectangles import find_rectangles, flatten_page
from backend.photo.refine import refine
from backend.photo.segments import blurred, find_segments

LARGE, SMALL = 1024, 512  # pixels of the longer side: where sides are fitted, where all else is looked for
MOST = 5
LOOKED_AT = 8  # proposals, whose sides are fitted
DARKEST = 0.01  # of the pixels are darker than what is taken for black, and as many brighter than white
FLATTEST = 64  # grey levels: no less is stretched
LEAST = 0.1  # of a score: nothing below looks like a thumbnail
SECOND = 0.85  # of the best camera's score: a second camera from here on is tried too
SMALLEST = 48  # pixels of the shorter side: there is nothing to find in less


@dataclass(frozen=True)
class Found:
    """A thumbnail in a photo: its corners (4, 2), and how much it looks like the one wanted, 0 to 1."""

    quad: Quad
    score: float


def find_thumbnails(photo: Pixels) -> list[Found]:
    """Find thumbnails in a photo (h, w, 3), at most five, the likeliest first; none where nothing looks like one."""
    height, width = photo.shape[:2]
    if min(height, width) < SMALLEST:
        return []
    large = _scaled(photo, LARGE)
    small = _scaled(large, SMALL)
    low, high = _levels(small)
    proposals = sorted(_proposals(_stretched(small, low, high)), key=lambda one: -one.score)[:LOOKED_AT]
    scale = np.array([large.shape[1] / small.shape[1], large.shape[0] / small.shape[0]])
    fine = _stretched(large, low, high)
    found = []
    for one in proposals:
        quad, edge = refine(fine, one.quad * scale)
        if is_convex(quad):
            found.append(Found(quad * np.array([width / large.shape[1], height / large.shape[0]]), one.score * edge))
    found.sort(key=lambda one: -one.score)
    return [one for one in found if one.score >= LEAST][:MOST]


def _levels(pixels: Pixels) -> tuple[int, int]:
    """Return the grey levels between which nearly all of a picture's colours lie."""
    counts = np.bincount(pixels.reshape(-1), minlength=256).cumsum()
    low, high = (int(np.searchsorted(counts, share * counts[-1])) for share in (DARKEST, 1 - DARKEST))
    return low, max(high, low + FLATTEST)


def _stretched(pixels: Pixels, low: int, high: int) -> NDArray[np.float32]:
    """Stretch a picture's levels to 0..255: what was exposed too short has its edges too."""
    stretched: NDArray[np.float32] = (np.clip(pixels.astype(np.float32), low, high) - low) * np.float32(
        255 / (high - low)
    )
    return stretched


def _proposals(small: NDArray[np.float32]) -> Iterator[Found]:
    """Find rectangles of the page in a photo (h, w, 3) of the size in which they are looked for."""
    size = (small.shape[1], small.shape[0])
    soft = blurred(small)
    cameras = find_cameras(find_segments(soft), size)
    for camera in cameras:
        if camera.score < SECOND * cameras[0].score:
            continue
        page = flatten_page(soft, camera)
        boxes, edges = find_rectangles(page, size[0])
        for (left, top, right, bottom), score in zip(boxes, rank(page, boxes, edges, size), strict=True):
            corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
            yield Found(project(page.to_photo, corners), float(score))


def _scaled(photo: Pixels, longest: int) -> Pixels:
    height, width = photo.shape[:2]
    if max(height, width) <= longest:
        return photo
    # Whole numbers, halves up, so that the browser agrees.
    sides = [(2 * side * longest + max(height, width)) // (2 * max(height, width)) for side in (height, width)]
    return resize(photo, *sides)
