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

from backend.data.dataset import Picture
from backend.utils.errors import DataError

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


def stratified_group_folds(pictures: Sequence[Picture], folds: int, seed: int, alike: Pairs = ()) -> NDArray[np.int64]:
    """Give each known picture the fold that predicts it, (n,), 0 to folds - 1; every channel is spread evenly.

    Raises DataError where a channel has fewer units than folds.
    """
    if folds < 2:
        raise DataError(f"--folds {folds}: at least 2 are needed to predict pictures that were not trained on")
    unit = units(pictures, alike)
    names = sorted({picture.channel for picture in pictures})
    labels = np.array([names.index(picture.channel) for picture in pictures], np.int64)
    # A unit is numbered by its first picture.
    _check_enough(Counter(pictures[int(u)].channel for u in np.unique(unit)), names, folds)
    return deal(labels, unit, folds, np.random.default_rng(seed))


def deal(labels: NDArray[np.int64], unit: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal units to folds, evenly by label: (n,), the fold of each row.

    Every label's units are shuffled and go, one after the other, to the fold that has the fewest rows of the label, and
    among those the fewest of all. A unit of several labels goes by its first row's.
    """
    found, first, place, sizes = np.unique(unit, return_index=True, return_inverse=True, return_counts=True)
    dealt = np.zeros(len(found), np.int64)
    total = np.zeros(folds, np.int64)
    for label in np.unique(labels):
        mine = np.zeros(folds, np.int64)
        for u in rng.permutation(np.flatnonzero(labels[first] == label)):
            fold = int(np.lexsort((total, mine))[0])
            dealt[u] = fold
            mine[fold] += sizes[u]
            total[fold] += sizes[u]
    return dealt[place]


def _check_enough(videos: Counter[str], channels: Iterable[str], folds: int) -> None:
    name, fewest = min(((channel, videos[channel]) for channel in sorted(channels)), key=lambda item: item[1])
    if fewest < folds:
        advice = f"take --folds {fewest} or less" if fewest > 1 else "add pictures of other videos"
        raise DataError(f"channel {name!r} has {fewest} videos, too few for {folds} folds; {advice}")


def leave_one_background_out(pictures: Sequence[Picture], folds: int) -> NDArray[np.bool_]:
    """Say which folds leave which background pictures out and predict them, (n, folds). Raises DataError for one video.

    Whole channels are left out. Where there are fewer than folds, they take turns, so that every fold is judged on a
    channel it has not seen. A single channel cannot be left out whole; its videos are dealt out instead.
    """
    names = sorted({picture.channel for picture in pictures})
    dealt = names if len(names) > 1 else sorted({picture.key for picture in pictures})
    if len(dealt) == 1:
        raise DataError("the background has 1 video, and at least 2 are needed; add pictures to it, or leave it out")
    place = {unit: index for index, unit in enumerate(dealt)}
    units = np.array([place[p.channel if len(names) > 1 else p.key] for p in pictures], np.int64)
    return turns(units, folds)


def turns(groups: NDArray[np.int64], folds: int) -> NDArray[np.bool_]:
    """Let groups, numbered from 0, take turns at being left out: (n, folds). Every fold leaves one out, or more."""
    fold, count = np.arange(folds)[None, :], int(groups.max()) + 1
    left_out: NDArray[np.bool_] = groups[:, None] % folds == fold if count >= folds else groups[:, None] == fold % count
    return left_out
