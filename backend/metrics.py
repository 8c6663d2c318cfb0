"""Numbers from saved predictions alone: no model, no pictures.

Where a model also knows 'none of these', scores of known pictures are of the most probable channel, so that recipes
with and without it compare on the same question; how well unknown pictures are told apart is a figure of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.recipes import Probabilities

BOOTSTRAPS = 1000


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
    return float(np.mean(_per_class(_confusion(labels, predicted, classes))[2]))


def _confusion(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def _per_class(confusion: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return precision, recall and F1, each (classes,); 0 where undefined, as scikit-learn's zero_division=0."""
    hits, rows, columns = np.diag(confusion).astype(float), confusion.sum(axis=1), confusion.sum(axis=0)
    return hits / np.maximum(columns, 1), hits / np.maximum(rows, 1), 2 * hits / np.maximum(rows + columns, 1)


def cross_validation(scored: Scored, channels: Sequence[str]) -> dict[str, Any]:
    """Summarise out-of-fold predictions: means and standard deviations over folds, the rest over all pictures."""
    per_fold = [_fold_scores(scored, int(fold), len(channels)) for fold in np.unique(scored.folds)]
    return {
        "folds": len(per_fold),
        "macro_f1": _mean_sd([fold["macro_f1"] for fold in per_fold]),
        "accuracy": _mean_sd([fold["accuracy"] for fold in per_fold]),
        **_pooled(scored, channels),
        "per_fold": per_fold,
    }


def held_out(scored: Scored, channels: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """Summarise predictions of one held-out set; `sd` is that of a bootstrap over videos."""
    samples = [scored_part(scored, rows) for rows in _resampled(scored.keys, seed)]
    scores = [(macro_f1(s.labels, s.predicted, len(channels)), _accuracy(s)) for s in samples]
    spread = np.std(scores, axis=0, ddof=1)
    return {
        "macro_f1": {"mean": macro_f1(scored.labels, scored.predicted, len(channels)), "sd": float(spread[0])},
        "accuracy": {"mean": _accuracy(scored), "sd": float(spread[1])},
        **_pooled(scored, channels),
    }


def scored_part(scored: Scored, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Scored:
    """Take some rows."""
    return Scored(scored.labels[rows], scored.probabilities[rows], scored.folds[rows], scored.keys[rows])


def _resampled(keys: NDArray[np.str_], seed: int) -> list[NDArray[np.int64]]:
    """Draw rows with replacement, whole videos at a time: versions of one thumbnail are not independent."""
    rng = np.random.default_rng(seed)
    _, group = np.unique(keys, return_inverse=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    draws = rng.integers(0, len(members), (BOOTSTRAPS, len(members)))
    return [np.concatenate([members[i] for i in draw]) for draw in draws]


def _fold_scores(scored: Scored, fold: int, classes: int) -> dict[str, float]:
    part = scored_part(scored, scored.folds == fold)
    score = macro_f1(part.labels, part.predicted, classes)
    return {"fold": fold, "images": len(part.labels), "macro_f1": score, "accuracy": _accuracy(part)}


def _accuracy(scored: Scored) -> float:
    return float((scored.predicted == scored.labels).mean())


def _mean_sd(values: Sequence[float]) -> dict[str, float]:
    """Mean and sample standard deviation."""
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0}


def _pooled(scored: Scored, channels: Sequence[str]) -> dict[str, Any]:
    confusion = _confusion(scored.labels, scored.predicted, len(channels))
    columns = zip(*_per_class(confusion), confusion.sum(axis=1), strict=True)
    return {
        "per_channel": {
            name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for name, (p, r, f, n) in zip(channels, columns, strict=True)
        },
        # Rows are the true channel, columns the predicted one, both in the order of `channels`.
        "confusion": confusion.tolist(),
    }


def unknown(known: NDArray[np.float64], background: NDArray[np.float64], threshold: float) -> dict[str, float]:
    """Tell how well scores for 'none of these' set background pictures apart from known ones.

    known, background: scores (n,), (m,). auroc: the chance that a background picture scores higher than a known one;
    known_recall: share of known pictures at or below the threshold; false_known: share of background pictures there.
    """
    from sklearn.metrics import roc_auc_score

    truth = np.r_[np.zeros(len(known)), np.ones(len(background))]
    return {
        "auroc": float(roc_auc_score(truth, np.r_[known, background])),
        "threshold": threshold,
        "known_recall": float((known <= threshold).mean()),
        "false_known": float((background <= threshold).mean()),
        "images": len(background),
    }
