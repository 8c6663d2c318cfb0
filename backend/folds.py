"""Who is predicted by whom: cross-validation folds that never part what belongs together.

Known pictures are dealt evenly to folds, by channel; versions of one video, and pictures that are all but the same, go
as one. Background channels leave a fold's training whole, so that a figure for 'none of these' speaks of channels that
the model has never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.dataset import Picture
from backend.errors import DataError

Pairs = Iterable[tuple[int, int]]


def units(pictures: Sequence[Picture], alike: Pairs = ()) -> NDArray[np.int64]:
    """Number what may not be parted, (n,): versions of a video, and pairs of positions that are `alike`."""
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


def known_folds(pictures: Sequence[Picture], folds: int, seed: int, alike: Pairs = ()) -> NDArray[np.int64]:
    """Give each known picture the fold that predicts it, (n,), 0 to folds - 1.

    Every channel's units are shuffled and dealt to the fold that has the fewest pictures of the channel, and among
    those the fewest of all. Raises DataError where a channel has fewer units than folds.
    """
    if folds < 2:
        raise DataError(f"--folds {folds}: at least 2 are needed to predict pictures that were not trained on")
    unit = units(pictures, alike)
    sizes = Counter(unit.tolist())
    owners = {int(u): pictures[int(u)].channel for u in np.unique(unit)}  # a unit is numbered by its first picture
    _check_enough(Counter(owners.values()), {picture.channel for picture in pictures}, folds)
    rng = np.random.default_rng(seed)
    place: dict[int, int] = {}
    total = [0] * folds
    for channel in sorted(set(owners.values())):
        mine = [0] * folds
        for u in rng.permutation([u for u, owner in owners.items() if owner == channel]).tolist():
            fold = min(range(folds), key=lambda f: (mine[f], total[f], f))
            place[u] = fold
            mine[fold] += sizes[u]
            total[fold] += sizes[u]
    return np.array([place[int(u)] for u in unit], np.int64)


def _check_enough(videos: Counter[str], channels: Iterable[str], folds: int) -> None:
    name, fewest = min(((channel, videos[channel]) for channel in sorted(channels)), key=lambda item: item[1])
    if fewest < folds:
        advice = f"take --folds {fewest} or less" if fewest > 1 else "add pictures of other videos"
        raise DataError(f"channel {name!r} has {fewest} videos, too few for {folds} folds; {advice}")


def background_folds(pictures: Sequence[Picture], folds: int) -> NDArray[np.int64]:
    """Give each background picture the fold that leaves its channel out, (n,). Raises DataError for a single video.

    A single background channel cannot be left out whole; its videos are dealt out instead.
    """
    names = sorted({picture.channel for picture in pictures})
    dealt = names if len(names) > 1 else sorted({picture.key for picture in pictures})
    if len(dealt) == 1:
        raise DataError("the background has 1 video, and at least 2 are needed; add pictures to it, or leave it out")
    place = {unit: index % folds for index, unit in enumerate(dealt)}
    return np.array([place[p.channel if len(names) > 1 else p.key] for p in pictures], np.int64)
