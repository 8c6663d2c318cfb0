"""Who is predicted by whom: cross-validation folds that never part the versions of one video.

Known pictures are spread evenly over folds, by channel. Background channels leave a fold's training whole, so that a
figure for 'none of these' speaks of channels that the model has never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.dataset import Picture
from backend.errors import DataError


def known_folds(pictures: Sequence[Picture], folds: int, seed: int) -> NDArray[np.int64]:
    """Give each known picture the fold that predicts it, (n,), 0 to folds - 1. Raises DataError where videos are too
    few.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if folds < 2:
        raise DataError(f"--folds {folds}: at least 2 are needed to predict pictures that were not trained on")
    videos = Counter(channel for channel, _ in {(picture.channel, picture.key) for picture in pictures})
    name, fewest = min(videos.items(), key=lambda item: item[1])
    if fewest < folds:
        raise DataError(
            f"channel {name!r} has {fewest} videos, too few for {folds} folds; take --folds {fewest} or less"
        )
    channels = [picture.channel for picture in pictures]
    keys = [f"{picture.channel}/{picture.key}" for picture in pictures]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    assigned = np.zeros(len(pictures), np.int64)
    for fold, (_, test) in enumerate(splitter.split(np.zeros(len(pictures)), channels, keys)):
        assigned[test] = fold
    return assigned


def background_folds(pictures: Sequence[Picture], folds: int) -> NDArray[np.int64]:
    """Give each background picture the fold that leaves its channel out, (n,). Raises DataError for a single video.

    A single background channel cannot be left out whole; its videos are dealt out instead.
    """
    names = sorted({picture.channel for picture in pictures})
    units = names if len(names) > 1 else sorted({picture.key for picture in pictures})
    if len(units) == 1:
        raise DataError("the background has 1 video, and at least 2 are needed; add pictures to it, or leave it out")
    place = {unit: index % folds for index, unit in enumerate(units)}
    return np.array([place[p.channel if len(names) > 1 else p.key] for p in pictures], np.int64)
