"""How far a figure may be off by chance: the bootstrap over videos.

Versions of one video's thumbnail are not independent, so whole videos are drawn with replacement. Every channel keeps
its number of videos: none is lost, and a channel of a single video adds no spread. An interval says what other videos
of these channels would have given, not another training; one of no width means that no picture was wrong, not that none
ever will be. (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13: the percentile interval.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# From how often each picture is drawn, (resamples, pictures), to figures, (resamples, figures).
Statistic = Callable[[Floats], Floats]

RESAMPLES = 1000
LEVEL = 0.95
BLOCK = 1_000_000  # cells of a block of draws: 8 MB, so that many pictures need no more memory than few


def bootstrap(
    statistic: Statistic, keys: NDArray[np.str_], strata: NDArray[np.int64], seed: int = 0, resamples: int = RESAMPLES
) -> Floats:
    """Return figures of resampled videos, (resamples, figures).

    keys: the video of each picture, (n,); strata: its channel, (n,). A video is of one channel: the same key in two
    strata is two videos.
    """
    return np.concatenate([statistic(weights) for weights in _resamples(keys, strata, seed, resamples)])


def interval(values: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % percentile interval of figures (resamples, ...): low and high, (...) each."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def two_sided_p(differences: Floats) -> float:
    """Return how seldom a difference as far from none comes by chance, from resampled differences (resamples,).

    Twice the smaller tail beyond zero, at least 2 / (resamples + 1); 1 where there is no difference at all.
    """
    tails = (differences <= 1e-12).sum(), (differences >= -1e-12).sum()  # equal figures differ by rounding at most
    return min(1.0, 2 * (float(min(tails)) + 1) / (len(differences) + 1))


def totals(weights: Floats, groups: NDArray[np.int64], count: int) -> Floats:
    """Sum weights (resamples, n) over the pictures of each group (n,), 0 to count - 1: (resamples, count)."""
    order = np.argsort(groups, kind="stable")
    present, starts = np.unique(groups[order], return_index=True)
    sums = np.zeros((len(weights), count))
    sums[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums


def _resamples(keys: NDArray[np.str_], strata: NDArray[np.int64], seed: int, resamples: int) -> Iterator[Floats]:
    """Yield how often each picture is in each resample, (some resamples, n), until there are `resamples`."""
    video, sizes = _videos(keys, strata)
    videos = int(sizes.sum())
    size, first = np.repeat(sizes, sizes), np.repeat(np.cumsum(sizes) - sizes, sizes)  # of each video's stratum
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, rows := max(1, BLOCK // len(keys))):
        rows = min(rows, resamples - start)
        chosen = first + rng.integers(0, size, (rows, videos))
        cells = chosen + videos * np.arange(rows)[:, None]
        counts = np.bincount(cells.ravel(), minlength=rows * videos).reshape(rows, videos)
        yield counts[:, video].astype(np.float64)


def _videos(keys: NDArray[np.str_], strata: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number videos by stratum: that of each picture, (n,), and how many there are in each stratum, (strata,)."""
    names, name = np.unique(keys, return_inverse=True)
    _, stratum = np.unique(strata, return_inverse=True)
    codes, video = np.unique(stratum * len(names) + name, return_inverse=True)
    return video, np.bincount(codes // len(names))
