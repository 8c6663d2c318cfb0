"""What would leak from one side of a split to the other: versions of a video, and near-duplicates.

A model that has learnt from a picture knows its near-duplicate by heart, and its figures would flatter. So these form
groups that no split parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Picture
from backend.data.near_duplicates import fingerprints, near_duplicates

Pairs = Iterable[tuple[int, int]]  # of positions


def find_near_duplicates(paths: Sequence[Path]) -> list[tuple[int, int]]:
    """Return pairs of positions of pictures that are all but the same. Raises ImageError."""
    return [(pair.first, pair.second) for pair in near_duplicates(fingerprints(paths))]


def group_pictures(pictures: Sequence[Picture], alike: Pairs = ()) -> NDArray[np.int64]:
    """Number the groups that may not be parted, (n,): versions of a video, and pairs of positions that are `alike`.

    A group is numbered by its first picture.
    """
    parent = list(range(len(pictures)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    first: dict[tuple[str, str], int] = {}
    versions = [(first.setdefault((p.channel, p.key), i), i) for i, p in enumerate(pictures)]
    for a, b in [*versions, *alike]:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return np.array([root(position) for position in range(len(pictures))], np.int64)
