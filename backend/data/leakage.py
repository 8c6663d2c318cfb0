"""What would leak from one side of a split to the other: versions of a video, and near-duplicates.

A model that has learnt from a picture knows its near-duplicate by heart, and its figures would flatter. So these form
groups that no split parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Picture

Pairs = Iterable[tuple[int, int]]  # of positions


def group_pictures(pictures: Sequence[Picture], alike: Pairs = ()) -> NDArray[np.int64]:
    """Number the groups that may not be parted, (n,): versions of a video, and pairs of positions that are `alike`.

    A group is numbered by its first picture.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first: dict[tuple[str, str], int] = {}
    versions = [(first.setdefault((p.channel, p.key), i), i) for i, p in enumerate(pictures)]
    begins, ends = np.array([*versions, *alike], np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(ends)), (begins, ends)), (len(pictures), len(pictures)))
    _, place, group = np.unique(connected_components(graph)[1], return_index=True, return_inverse=True)
    first_of_group: NDArray[np.int64] = place[group].astype(np.int64)
    return first_of_group
