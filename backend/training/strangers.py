"""What a training says of strangers: which score makes a picture one of "none of these", and how often that is right.

The kinds of strangers: near is the person's own background, or without a prior the drawn channels; other is the prior's
channels; random is its random thumbnails. None of them is judged by a fold that was fitted to its channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import is_drawn
from backend.data.settings import TrainSettings
from backend.data.training_set import TrainingSet
from backend.evaluation import metrics, open_set
from backend.evaluation.bootstrap import Floats
from backend.evaluation.cross_validation import CrossValidation
from backend.models.calibration import promised_threshold, threshold_at_false_alarms, threshold_at_recall
from backend.models.head import Fitted

RECALL = 0.95  # of known pictures that pass, where nothing is promised of strangers
LOOKALIKE_SHARE = 0.005  # of random thumbnails that may pass where a look-alike is claimed of somebody's video

Keys = NDArray[np.str_]


def rejection_threshold(fitted: Fitted, settings: TrainSettings) -> float:
    """Choose the rejection threshold of a model: by what it promises of strangers, unless a recall was asked for.

    Without a prior there are no strangers to promise anything of: then it keeps RECALL of the known pictures.
    """
    if settings.known_recall is None and len(fitted.random):
        return promised_threshold(fitted.near, fitted.random)
    return threshold_at_recall(fitted.reference, settings.known_recall or RECALL)


def lookalike_threshold(fitted: Fitted, settings: TrainSettings) -> float | None:
    """Choose up to where a thumbnail that another channel posted may be called a look-alike: never above the rejection
    threshold, and None without random strangers, of which alone that can be promised.
    """
    if not len(fitted.random):
        return None
    return min(rejection_threshold(fitted, settings), threshold_at_false_alarms(fitted.random, LOOKALIKE_SHARE))


def figures(
    training_set: TrainingSet, validated: CrossValidation, final: Fitted, settings: TrainSettings, keys: Keys
) -> dict[str, Any]:
    """Judge 'none of these' on strangers: `unknown` in metrics.json. keys: of the training set's videos, (n,).

    Where there is a prior, the figures are those on its random thumbnails, from which nothing was fitted, and of each
    kind of strangers by itself; else on the person's own background, or on the drawn channels where there is none.
    """
    known, background = training_set.known, _background(training_set)
    fits = [validated.folds[str(number)] for number in range(len(validated.folds))]
    limits = [rejection_threshold(fold, settings) for fold in fits]
    levels = open_set.levels_of_pictures(validated.unknown, limits, training_set.tests)
    right = validated.probabilities[known, : len(training_set.channels)].argmax(axis=1) == training_set.labels[known]
    strangers = _levels(validated, limits)
    if background.any():
        channels = np.array([picture.channel for picture in training_set.pictures])
        strangers = {"near": (levels[background], channels[background]), **strangers}
    headline = "random" if "random" in strangers else "near"
    of_headline, of_its_keys = strangers[headline]
    kinds = {
        kind: open_set.against(levels[known], right, scores, keys[known], names)
        for kind, (scores, names) in strangers.items()
    }
    passing = {"false_known": of_headline, **{f"false_{kind}": scores for kind, (scores, _) in strangers.items()}}
    threshold = rejection_threshold(final, settings)
    names = sorted({picture.channel for picture, taken in zip(training_set.pictures, background, strict=True) if taken})
    return {
        **metrics.unknown(levels[known], of_headline, 0.0, keys[known], of_its_keys),
        **kinds[headline],
        "strangers": headline,
        "kinds": kinds,
        "bars": open_set.bars(_scores(training_set, validated, headline)),
        "threshold": threshold,
        "fold_thresholds": limits,
        "lookalike_threshold": lookalike_threshold(final, settings),
        "false_lookalike": _false_lookalike(validated, fits, settings),
        "curve": open_set.curve(levels[known], right, passing, threshold),
        "channels": names,
        # Drawn pictures are easier than thumbnails of real channels: their figures are optimistic.
        "drawn": headline == "near" and all(is_drawn(name) for name in names),
    }


def _background(training_set: TrainingSet) -> NDArray[np.bool_]:
    """Say which pictures are strangers of the training set's own, (n,)."""
    return training_set.judged & ~training_set.known


def _levels(validated: CrossValidation, limits: list[float]) -> dict[str, tuple[Floats, Keys]]:
    """Return the levels of the prior's strangers, by kind, and what is drawn anew for their intervals.

    Of channels, whole ones are: pictures of one are answered alike, and strangers to come are of other channels.
    """
    found = {}
    for kind, name in (("near", "other"), ("random", "random")):
        folds = list(zip(validated.strangers, limits, strict=False))
        if any(len(of_fold[kind]) for of_fold, _ in folds):
            levels = np.concatenate([open_set.levels(of_fold[kind], limit) for of_fold, limit in folds])
            channels = np.concatenate([of_fold["channels"] for of_fold, _ in folds])
            found[name] = levels, (channels if kind == "near" else np.arange(len(levels))).astype(str)
    return found


def _false_lookalike(validated: CrossValidation, fits: list[Fitted], settings: TrainSettings) -> float | None:
    """Return the share of random strangers that folds, which had not seen them, would call look-alikes."""
    passed: list[bool] = []
    for fold, of_fold in zip(fits, validated.strangers, strict=False):
        threshold = lookalike_threshold(fold, settings)
        passed += [] if threshold is None else (of_fold["random"] <= threshold).tolist()
    return sum(passed) / len(passed) if passed else None


def _scores(training_set: TrainingSet, validated: CrossValidation, kind: str) -> Floats:
    """Return what the folds score for 'none of these' on the strangers of the headline, (n,)."""
    if kind == "random":
        return np.concatenate([of_fold["random"] for of_fold in validated.strangers])
    background, tests = _background(training_set), training_set.tests
    return np.concatenate([scores[background[test]] for scores, test in zip(validated.unknown, tests.T, strict=True)])
