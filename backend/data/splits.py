"""Who is predicted by whom: cross-validation folds that never part what belongs together.

Known pictures go to folds evenly by channel (stratified group k-fold): versions of one video and near-duplicates are a
group, which goes whole: a model knows by heart what is all but a picture that it has learnt from, and its figures would
flatter. Background channels leave a fold's training whole (leave one group out), so that a figure for 'none of these'
speaks of channels that the model has never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Picture
from backend.utils.errors import DataError

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


def stratified_group_folds(
    pictures: Sequence[Picture], groups: NDArray[np.int64], folds: int, seed: int
) -> NDArray[np.int64]:
    """Give each known picture the fold that predicts it, (n,), 0 to folds - 1; every channel is spread evenly.

    groups: (n,), as `group_pictures` numbers them. Raises DataError where a channel has fewer groups than folds.
    """
    if folds < 2:
        raise DataError(f"--folds {folds}: at least 2 are needed to predict pictures that were not trained on")
    names = sorted({picture.channel for picture in pictures})
    labels = np.array([names.index(picture.channel) for picture in pictures], np.int64)
    # A group is numbered by its first picture.
    _check_enough(Counter(pictures[int(group)].channel for group in np.unique(groups)), names, folds)
    return stratified_group_k_fold(labels, groups, folds, np.random.default_rng(seed))


def stratified_group_k_fold(
    labels: NDArray[np.int64], groups: NDArray[np.int64], folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give groups to folds, evenly by label: (n,), the fold of each row.

    Every label's groups are shuffled and go, one after the other, to the fold that has the fewest rows of the label,
    and among those the fewest of all. A group of several labels goes by its first row's.
    """
    _, first, place, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    fold_of = np.zeros(len(first), np.int64)
    total = np.zeros(folds, np.int64)
    for label in np.unique(labels):
        mine = np.zeros(folds, np.int64)
        for group in rng.permutation(np.flatnonzero(labels[first] == label)):
            fold = int(np.lexsort((total, mine))[0])
            fold_of[group] = fold
            mine[fold] += sizes[group]
            total[fold] += sizes[group]
    return fold_of[place]


def _check_enough(videos: Counter[str], channels: Iterable[str], folds: int) -> None:
    name, fewest = min(((channel, videos[channel]) for channel in sorted(channels)), key=lambda item: item[1])
    if fewest < folds:
        advice = f"take --folds {fewest} or less" if fewest > 1 else "add pictures of other videos"
        raise DataError(f"channel {name!r} has {fewest} videos, too few for {folds} folds; {advice}")


def leave_one_background_out(pictures: Sequence[Picture], folds: int) -> NDArray[np.bool_]:
    """Say which folds leave which background pictures out and predict them, (n, folds). Raises DataError for one video.

    Whole channels are left out. Where there are fewer than folds, they take turns, so that every fold is judged on a
    channel it has not seen. A single channel cannot be left out whole; its videos are left out in turn instead.
    """
    names = sorted({picture.channel for picture in pictures})
    parted = names if len(names) > 1 else sorted({picture.key for picture in pictures})
    if len(parted) == 1:
        raise DataError("the background has 1 video, and at least 2 are needed; add pictures to it, or leave it out")
    place = {name: index for index, name in enumerate(parted)}
    groups = np.array([place[p.channel if len(names) > 1 else p.key] for p in pictures], np.int64)
    return leave_one_group_out(groups, folds)


def leave_one_group_out(groups: NDArray[np.int64], folds: int) -> NDArray[np.bool_]:
    """Say which folds leave which rows out, (n, folds): groups, numbered from 0, take turns, and no fold is without."""
    fold, count = np.arange(folds)[None, :], int(groups.max()) + 1
    left_out: NDArray[np.bool_] = groups[:, None] % folds == fold if count >= folds else groups[:, None] == fold % count
    return left_out
