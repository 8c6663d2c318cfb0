"""How often strangers are taken for one of a person's channels, and what it costs to take them less often.

Each fold is a model of its own, with a rejection threshold of its own, chosen as the final model's is on what the fold
has not seen. So a picture's level is how far its score for 'none of these' is above its fold's threshold, in log-odds:
levels of all folds are put together, 0 is where a model of this training draws the line, and no level is the highest
that there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.evaluation import metrics
from backend.evaluation.bootstrap import LEVEL, Floats, bootstrap, interval

SMALLEST = 1e-12
BARS = 20  # of a histogram of probabilities
ONE_IN_TEN = 0.1  # of the thumbnails that a person sees are of their channels, where a precision is given
FALSE_ALARMS = (0.01, 0.05)  # shares of strangers at which recall is given


def levels(scores: Floats, threshold: float) -> Floats:
    """Return how far scores for 'none of these' (n,) are above a threshold, in log-odds; at or below 0 it is known."""
    above: Floats = _log_odds(scores) - _log_odds(np.array(threshold))
    return above


def threshold_at_level(level: float, threshold: float) -> float:
    """Return the threshold of a model that is so far above its own one."""
    return float(1 / (1 + np.exp(-(level + float(_log_odds(np.array(threshold)))))))


def _log_odds(chances: Floats) -> Floats:
    inside = np.clip(chances, SMALLEST, 1 - SMALLEST)
    odds: Floats = np.log(inside) - np.log1p(-inside)
    return odds


def levels_of_pictures(
    scores: Sequence[Floats], thresholds: Sequence[float], tests: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return each picture's level, (n,), the mean where several folds predict it.

    scores: for 'none of these', (tested,) of each fold; thresholds: of each fold; tests: (n, folds).
    """
    summed = np.zeros(len(tests))
    for test, unknown, threshold in zip(tests.T, scores, thresholds, strict=True):
        summed[test] += levels(unknown, threshold)
    mean: NDArray[np.float64] = summed / np.maximum(tests.sum(axis=1), 1)
    return mean


def bars(chances: Floats) -> list[float]:
    """Return the share of probabilities (n,) in each of BARS equal steps from 0 to 1."""
    counts, _ = np.histogram(chances, BARS, (0.0, 1.0))
    return [float(count) / max(len(chances), 1) for count in counts]


def precision(recall: Floats, false_alarms: Floats) -> Floats:
    """Return how many of the named thumbnails are right where one in ten is of a person's channels, (n,)."""
    right = ONE_IN_TEN * recall
    share: Floats = right / np.maximum(right + (1 - ONE_IN_TEN) * false_alarms, SMALLEST)
    return share


def against(
    known: Floats, right: NDArray[np.bool_], strangers: Floats, keys: NDArray[np.str_], stranger_keys: NDArray[np.str_]
) -> dict[str, Any]:
    """Say how known pictures and one kind of strangers are told apart.

    known: levels (n,); right: (n,), whether the most probable channel is the true one; strangers: levels (m,); keys,
    stranger_keys: the videos, or of strangers their channels, which are drawn anew for the intervals.
    """
    scores, is_known = np.r_[known, strangers], np.r_[np.ones(len(known), bool), np.zeros(len(strangers), bool)]
    named = np.where(right, known, np.inf)  # a picture that is taken for another channel's is never recognised

    def figures(weights: Floats) -> Floats:
        of_known, of_strangers = weights[:, : len(known)], weights[:, len(known) :]
        every = metrics.separation(scores, is_known, weights).auroc()
        recall = _share(of_known, named <= 0)
        false = _share(of_strangers, strangers <= 0)
        at = [_recall_at(of_known, named, of_strangers, strangers, share) for share in FALSE_ALARMS]
        return np.stack([every, recall, false, *at, precision(recall, false)], axis=1)

    names = ("auroc", "known_recall", "false_known", "recall_at_1", "recall_at_5", "precision")
    values = bootstrap(figures, np.r_[keys, stranger_keys], is_known.astype(np.int64))
    whole = figures(np.ones((1, len(scores))))[0]
    numbers: dict[str, Any] = {"images": len(strangers)}
    for column, name in enumerate(names):
        low, high = interval(values[:, column])
        numbers |= {name: float(whole[column]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return numbers | _widened(numbers, int((strangers <= 0).sum()))


def _widened(numbers: dict[str, Any], passed: int) -> dict[str, float]:
    """Widen the intervals of false alarms and precision to what so many strangers can tell (Wilson, 1927).

    Where none of a thousand passed, none passes in any of their resamples either, and yet one in 300 may.
    """
    from scipy.stats import binomtest

    score = binomtest(passed, numbers["images"]).proportion_ci(LEVEL, method="wilson")
    low, high = min(numbers["false_known_low"], score.low), max(numbers["false_known_high"], score.high)
    recalls = np.array([numbers["known_recall_low"], numbers["known_recall_high"]])
    least, most = precision(recalls, np.array([high, low]))
    return {
        "false_known_low": low,
        "false_known_high": high,
        "precision_low": min(numbers["precision_low"], float(least)),
        "precision_high": max(numbers["precision_high"], float(most)),
    }


def curve(
    known: Floats, right: NDArray[np.bool_], kinds: Mapping[str, Floats], threshold: float
) -> list[dict[str, float]]:
    """Return points of rising recall: its threshold in the final model, and the share of each kind that passes there.

    threshold: the final model's.
    """
    named = np.sort(known[right])
    points: list[dict[str, float]] = []
    if not len(named):
        return points
    for number in sorted({int(np.ceil(share * len(known))) for share in np.linspace(0, 1, metrics.CURVE)}):
        if number > len(named):
            break
        level = float(named[number - 1]) if number else float(np.nextafter(named[0], -np.inf))
        row = {
            "threshold": threshold_at_level(level, threshold),
            "known_recall": float((named <= level).sum() / len(known)),
        }
        points.append(row | {name: float((strangers <= level).mean()) for name, strangers in kinds.items()})
    return points


def _share(weights: Floats, passed: NDArray[np.bool_]) -> Floats:
    share: Floats = weights @ passed.astype(np.float64) / weights.sum(axis=1)
    return share


def _recall_at(known: Floats, named: Floats, strangers: Floats, scores: Floats, share: float) -> Floats:
    """Return the recall (resamples,) at the largest threshold that lets at most a share of strangers pass."""
    order, ordered = np.argsort(scores, kind="stable"), np.sort(scores)
    passed = strangers[:, order].cumsum(axis=1)
    first = (passed > share * passed[:, -1:] + 1e-9).argmax(axis=1)  # the first that is one too many
    below = np.sort(named)
    counted = np.concatenate(
        [np.zeros((len(known), 1)), known[:, np.argsort(named, kind="stable")].cumsum(axis=1)], axis=1
    )
    place = np.searchsorted(below, ordered[first], side="left")
    recall: Floats = counted[np.arange(len(known)), place] / known.sum(axis=1)
    return recall
