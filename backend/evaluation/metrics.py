"""Numbers from saved predictions alone: no model, no pictures.

Where a model also knows 'none of these', scores of known pictures are of the most probable channel, so that recipes
with and without it compare on the same question; how well unknown pictures are told apart is a figure of its own.

Figures come with 95 % intervals, `low` to `high`: see `backend.evaluation.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.evaluation.bootstrap import Floats, bootstrap, interval, totals
from backend.models.calibration import Probabilities
from backend.utils.errors import DataError

CURVE = 101  # points, at most: one for every percent of recall
RECALL = 0.95  # at which `fpr95` is taken


@dataclass(frozen=True)
class Scored:
    """Predictions of known pictures: true labels (n,), probabilities (n, channels), fold (n,) and video key (n,)."""

    labels: NDArray[np.int64]
    probabilities: Probabilities
    folds: NDArray[np.int64]
    keys: NDArray[np.str_]

    @property
    def predicted(self) -> NDArray[np.int64]:
        best: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return best


def macro_f1(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> float:
    """Average the F1 of each class; one that is neither there nor predicted counts as 0."""
    return float(summary(confusions(np.ones((1, len(labels))), labels, predicted, classes))[0, 0])


def confusions(
    weights: Floats, labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Count how often a channel is taken for another one, (resamples, truth, predicted).

    weights: how often each picture counts, (resamples, n).
    """
    return totals(weights, labels * classes + predicted, classes**2).reshape(-1, classes, classes)


def summary(confusion: Floats) -> Floats:
    """Return macro F1 and accuracy, (resamples, 2), of confusions (resamples, classes, classes)."""
    hits = np.trace(confusion, axis1=1, axis2=2) / confusion.sum(axis=(1, 2))
    return np.stack([_per_class(confusion)[2].mean(axis=-1), hits], axis=1)


def _per_class(confusion: Floats) -> Floats:
    """Return precision, recall and F1, (3, resamples, classes); 0 where undefined, as zero_division=0 does."""
    hits, rows, columns = np.diagonal(confusion, axis1=1, axis2=2), confusion.sum(axis=2), confusion.sum(axis=1)
    return np.stack(
        [hits / np.maximum(columns, 1), hits / np.maximum(rows, 1), 2 * hits / np.maximum(rows + columns, 1)]
    )


def cross_validation(scored: Scored, channels: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """Summarise out-of-fold predictions: `mean` and `sd` are over folds, the rest is over all pictures.

    So is the interval: it is that of the pooled predictions' figure, which differs a little from the folds' mean, and
    it says how far other videos would have moved it, where `sd` says how far one fold is from another.
    """
    parts = {int(fold): scored_part(scored, scored.folds == fold) for fold in np.unique(scored.folds)}
    per_fold = [{"fold": n, "images": len(part.labels), **pooled_scores(part)} for n, part in parts.items()]
    values = _resampled(scored, len(channels), seed)
    return {
        "folds": len(per_fold),
        "macro_f1": _mean_sd([fold["macro_f1"] for fold in per_fold]) | _low_high(values[:, 0]),
        "accuracy": _mean_sd([fold["accuracy"] for fold in per_fold]) | _low_high(values[:, 1]),
        **_pooled(scored, channels, values[:, 2:]),
        "per_fold": per_fold,
    }


def pooled_scores(scored: Scored) -> dict[str, float]:
    """Return macro F1 and accuracy of all predictions together."""
    predicted = scored.predicted
    f1 = macro_f1(scored.labels, predicted, scored.probabilities.shape[1])
    return {"macro_f1": f1, "accuracy": float((predicted == scored.labels).mean())}


def held_out(scored: Scored, channels: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """Summarise predictions of one held-out set: `mean` is of all pictures, `sd` that of the bootstrap over videos."""
    values = _resampled(scored, len(channels), seed)
    spread = values.std(axis=0, ddof=1)
    return {
        **{
            name: {"mean": mean, "sd": float(spread[column]), **_low_high(values[:, column])}
            for column, (name, mean) in enumerate(pooled_scores(scored).items())
        },
        **_pooled(scored, channels, values[:, 2:]),
    }


def of_size(scored: Scored, channels: Sequence[str]) -> dict[str, Any]:
    """Summarise predictions of pictures of one size, as `held_out` does.

    Not every video has every size: macro F1 is the mean over those channels that have some of this one.
    """
    figures, there = held_out(scored, channels), len(np.unique(scored.labels))
    f1, accuracy = ({key: figures[name][key] for key in ("mean", "low", "high")} for name in ("macro_f1", "accuracy"))
    over_those = {key: value * len(channels) / there for key, value in f1.items()}
    return {"images": len(scored.labels), "channels": there, "macro_f1": over_those, "accuracy": accuracy}


def scored_part(scored: Scored, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Scored:
    """Take some rows."""
    return Scored(scored.labels[rows], scored.probabilities[rows], scored.folds[rows], scored.keys[rows])


def _resampled(scored: Scored, classes: int, seed: int) -> Floats:
    """Return macro F1, accuracy and each class's precision, recall and F1, (resamples, 2 + 3 * classes)."""
    predicted = scored.predicted

    def figures(weights: Floats) -> Floats:
        confusion = confusions(weights, scored.labels, predicted, classes)
        return np.concatenate([summary(confusion), *_per_class(confusion)], axis=1)

    return bootstrap(figures, scored.keys, scored.labels, seed)


def _mean_sd(values: Sequence[float]) -> dict[str, float]:
    """Mean and sample standard deviation."""
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0}


def _low_high(values: Floats, prefix: str = "") -> dict[str, float]:
    low, high = interval(values)
    return {f"{prefix}low": float(low), f"{prefix}high": float(high)}


def _pooled(scored: Scored, channels: Sequence[str], values: Floats) -> dict[str, Any]:
    """Return the figures of all pictures; values: precisions, recalls and F1s resampled, (resamples, 3 * channels)."""
    confusion = confusions(np.ones((1, len(scored.labels))), scored.labels, scored.predicted, len(channels))
    whole, resampled = _per_class(confusion)[:, 0], values.reshape(len(values), 3, -1)
    per_channel: dict[str, dict[str, float]] = {}
    for position, name in enumerate(channels):
        row: dict[str, float] = {}
        for kind, figure in enumerate(("precision", "recall", "f1")):
            row[figure] = float(whole[kind, position])
            row |= _low_high(resampled[:, kind, position], f"{figure}_")
        per_channel[name] = {**row, "support": int((scored.labels == position).sum())}
    # Rows are the true channel, columns the predicted one, both in the order of `channels`.
    return {"per_channel": per_channel, "confusion": confusion[0].astype(int).tolist()}


@dataclass(frozen=True)
class Separation:
    """Scores for 'none of these' in order: distinct values (g,), and how many pictures lie at or below each of them.

    known, background: (resamples, g).
    """

    scores: Floats
    known: Floats
    background: Floats

    def auroc(self) -> Floats:
        """Return the chance that a background picture scores higher than a known one, ties half, (resamples,)."""
        here = np.diff(self.background, axis=1, prepend=0)
        below = self.known - np.diff(self.known, axis=1, prepend=0) / 2
        higher: Floats = np.einsum("rg,rg->r", here, below)
        return higher / (self.known[:, -1] * self.background[:, -1])

    def at(self, positions: NDArray[np.int64]) -> Floats:
        """Return shares of known and of background pictures at or below a position of `scores`, -1 for none of them.

        positions: (resamples,); returns (2, resamples).
        """
        rows = np.arange(len(self.known))
        counts = (self.known, self.background)
        return np.stack([np.where(positions < 0, 0, count[rows, positions]) / count[:, -1] for count in counts])

    def at_threshold(self, threshold: float) -> Floats:
        """Return the same at a threshold."""
        position = int(np.searchsorted(self.scores, threshold, side="right")) - 1
        return self.at(np.full(len(self.known), position))

    def reaching(self, recall: float) -> NDArray[np.int64]:
        """Return the first position that keeps a share `recall` of known pictures, (resamples,)."""
        enough = self.known >= recall * self.known[:, -1:] - 1e-9  # 0.95 * 20 may be 19.000000000000004
        first: NDArray[np.int64] = enough.argmax(axis=1)
        return first


def separation(scores: Floats, is_known: NDArray[np.bool_], weights: Floats) -> Separation:
    """Order scores (n,) of known and background pictures that count `weights` times each, (resamples, n)."""
    distinct, group = np.unique(scores, return_inverse=True)
    known, background = (totals(weights * part, group, len(distinct)) for part in (is_known, ~is_known))
    return Separation(distinct, known.cumsum(axis=1), background.cumsum(axis=1))


def unknown(
    known: Floats,
    background: Floats,
    threshold: float,
    known_keys: NDArray[np.str_] | None = None,
    background_keys: NDArray[np.str_] | None = None,
) -> dict[str, Any]:
    """Tell how well scores for 'none of these' set background pictures apart from known ones.

    known, background: scores (n,), (m,); known_keys, background_keys: their videos, by default one a picture.
    auroc: the chance that a background picture scores higher than a known one; known_recall: share of known pictures at
    or below the threshold; false_known: share of background pictures there; fpr95: that share at the smallest threshold
    that keeps 95 % of known pictures; curve: the two shares from the smallest threshold to the largest, a point for
    every percent of recall where there are as many pictures.

    Intervals are over videos, at the given threshold. What varies most is which channels a person meets: with many
    background channels these would be the better unit to draw, and with few no interval speaks of others.
    Raises DataError where either kind has no pictures.
    """
    if not len(known) or not len(background):
        raise DataError(f"{len(known)} known and {len(background)} background pictures: both are needed; add some")
    scores, is_known = np.r_[known, background], np.r_[np.ones(len(known), bool), np.zeros(len(background), bool)]
    videos = np.r_[_or_single(known_keys, len(known)), _or_single(background_keys, len(background))]

    def figures(weights: Floats) -> Floats:
        return _unknown_figures(separation(scores, is_known, weights), threshold)

    values = bootstrap(figures, videos, is_known.astype(np.int64))
    whole = separation(scores, is_known, np.ones((1, len(scores))))
    numbers: dict[str, Any] = {"threshold": threshold, "images": len(background)}
    for column, name in enumerate(("auroc", "known_recall", "false_known", "fpr95")):
        numbers[name] = float(_unknown_figures(whole, threshold)[0, column])
        numbers |= _low_high(values[:, column], f"{name}_")
    return {**numbers, "curve": _curve(whole)}


def _or_single(keys: NDArray[np.str_] | None, pictures: int) -> NDArray[np.str_]:
    return np.arange(pictures).astype(str) if keys is None else keys


def _unknown_figures(parted: Separation, threshold: float) -> Floats:
    """Return AUROC, known recall, false known and FPR at 95 % recall, (resamples, 4)."""
    return np.stack([parted.auroc(), *parted.at_threshold(threshold), parted.at(parted.reaching(RECALL))[1]], axis=1)


def _curve(whole: Separation) -> list[dict[str, float]]:
    """Return thresholds from below every known picture to the highest of them, recall rising from 0 to 1."""
    first = int(whole.reaching(1e-6)[0])
    positions = {int(whole.reaching(percent / (CURVE - 1))[0]) for percent in range(1, CURVE)}
    below = float(np.nextafter(whole.scores[first], -np.inf))
    thresholds = [below, *(float(whole.scores[position]) for position in sorted(positions))]
    shares = [whole.at_threshold(threshold)[:, 0] for threshold in thresholds]
    return [
        {"threshold": threshold, "known_recall": float(recall), "false_known": float(false)}
        for threshold, (recall, false) in zip(thresholds, shares, strict=True)
    ]
