"""Sizes of one picture: YouTube serves a thumbnail in several, and a collection may hold some beside the largest.

Pages show the small ones, each compressed by itself. They are no pictures of their own: a picture counts once, and its
other sizes lend their looks to training, and say how well a model does on what is really shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from backend.data.dataset import LEARNT, Dataset, Picture


def with_variants(pictures: Iterable[Picture]) -> list[tuple[Picture, tuple[Picture, ...]]]:
    """Return pictures, each with the other sizes of it, in order.

    The first row of a version of a video's thumbnail is the picture. Rows that name no variant, which is how files are
    imported, are pictures of their own, whatever their video.
    """
    groups: dict[object, list[Picture]] = defaultdict(list)
    for number, picture in enumerate(pictures):
        same = (picture.channel, picture.key, picture.version) if picture.variant else number
        groups[same].append(picture)
    return [(first, tuple(others)) for first, *others in groups.values()]


def without_variants(pictures: Iterable[Picture]) -> tuple[Picture, ...]:
    """Return every picture once, in the size that is learnt from."""
    return tuple(picture for picture, _ in with_variants(pictures))


def learnt(dataset: Dataset) -> tuple[Picture, ...]:
    """Return every picture that a training learns from, once, in the size that it is learnt from."""
    return without_variants(dataset.part(*LEARNT).pictures)


def largest_first(pictures: Iterable[Picture]) -> list[str]:
    """Name the variants of pictures by their mean area, the largest first."""
    areas: dict[str, list[int]] = defaultdict(list)
    for picture in pictures:
        if picture.variant:
            areas[picture.variant].append(picture.width * picture.height)
    return sorted(areas, key=lambda name: (-sum(areas[name]) / len(areas[name]), name))
