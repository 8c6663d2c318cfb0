"""Cross-validation: each fold is fitted without its pictures, and each picture predicted by folds that never saw it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.training_set import TrainingSet
from backend.models.calibration import Probabilities
from backend.models.head import Fitted, Head
from backend.models.mobilenet_v2 import Layers
from backend.models.recipe import FeatureRows, LabeledFeatures, Recipe
from backend.models.weights import Weights
from backend.utils import progress


@dataclass(frozen=True)
class CrossValidation:
    """Each fold's fit by its number, and out-of-fold probabilities of every picture.

    probabilities: (n, channels), or (n, channels + 1) with 'none of these' last; of a background picture that several
    folds predict, the mean. unknown: what each fold says of 'none of these', (tested,) for the pictures it tests;
    strangers: and what of the prior's pictures that it was fitted without, of each kind, where there is a prior.
    """

    folds: Mapping[str, Fitted]
    probabilities: Probabilities
    unknown: Sequence[NDArray[np.float64]]
    strangers: Sequence[Mapping[str, NDArray[np.float64]]] = ()


T = TypeVar("T")
AT_ONCE = 2048  # pictures that are read to be predicted: `lab` has them in memory


def cross_validate(
    recipe: Recipe,
    training_set: TrainingSet,
    x: FeatureRows,
    layers: Layers,
    settings: TrainSettings,
    resume_or_fit: Callable[[str, Callable[[], Fitted]], Fitted] = lambda name, fit: fit(),
) -> CrossValidation:
    """Fit every fold, and predict each picture by the fold that has not seen it.

    x: the recipe's features, a row a picture; layers: of the backbone; `resume_or_fit` may give a finished fold back
    instead of fitting it.
    """

    channels = len(training_set.channels)

    def fit_fold(fold: int) -> FoldResult:
        test = training_set.tests[:, fold]
        train, held_out = (labeled_features(x, training_set, rows) for rows in (~test, test))
        label, seed = f"Fold {fold + 1}/{settings.folds}", settings.seed + fold + 1
        part, left_out = recipe.leave_out(fold, settings.folds)
        fitted = resume_or_fit(str(fold), lambda: part.fit(train, channels, seed, held_out, label))
        predicted = recipe.predict_proba(layers, fitted.head, held_out.x, channels)
        strangers = part.judge(fitted.head, left_out, channels) if left_out else {}
        return fitted, predicted, strangers

    if recipe.uses_epochs:  # each fold shows a bar of its epochs
        folds = [fit_fold(fold) for fold in range(settings.folds)]
    else:
        folds = side_by_side([partial(fit_fold, fold) for fold in range(settings.folds)], "Folds", "fold")
    fits = {str(fold): fitted for fold, (fitted, *_) in enumerate(folds)}
    by_fold = [predicted for _, predicted, _ in folds]
    strangers = [of_fold for *_, of_fold in folds if of_fold]
    unknown = [block[:, -1] for block in by_fold]
    return CrossValidation(fits, mean_of_folds(by_fold, training_set.tests), unknown, strangers)


FoldResult = tuple[Fitted, Probabilities, Mapping[str, NDArray[np.float64]]]


def side_by_side(fits: Sequence[Callable[[], T]], name: str, unit: str) -> list[T]:
    """Fit on all cores, each fit on one of them: on matrices of this size that is the faster way to share them.

    name, unit: for the progress bar.
    """
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(fit) for fit in fits]
        try:
            return [fit.result() for fit in progress.track(running, name, unit)]
        except BaseException:
            for fit in running:
                fit.cancel()
            raise


def predict(
    recipe: Recipe,
    heads: Sequence[Head],
    turn: NDArray[np.int64],
    sources: Sequence[Source],
    channels: int,
    weights: Weights,
) -> Probabilities:
    """Predict pictures as they are, each by one head: (n, channels), or a column more for 'none of these'.

    turn: which head predicts a picture, (n,).
    """
    blocks = []
    for start in range(0, len(sources), AT_ONCE):
        which = turn[start : start + AT_ONCE]
        x = recipe.features(sources[start : start + AT_ONCE], weights, learn=False)
        here = np.unique(which)
        predicted = [recipe.predict_proba(weights.layers, heads[h], x[which == h], channels) for h in here]
        order = np.concatenate([np.flatnonzero(which == h) for h in here])
        blocks.append(np.concatenate(predicted)[np.argsort(order)])
    return np.concatenate(blocks)


def labeled_features(x: FeatureRows, training_set: TrainingSet, rows: NDArray[np.bool_]) -> LabeledFeatures:
    """Take some rows of a training set; x: the recipe's features of all, rows: (n,)."""
    return LabeledFeatures(x[rows], training_set.labels[rows], training_set.groups[rows], training_set.judged[rows])


def all_of(x: FeatureRows, training_set: TrainingSet) -> LabeledFeatures:
    """Take all of a training set; x: the recipe's features."""
    return labeled_features(x, training_set, np.ones(len(x), np.bool_))


def mean_of_folds(by_fold: Sequence[Probabilities], tests: NDArray[np.bool_]) -> Probabilities:
    """Turn every fold's probabilities, (tested, columns), into those of every picture; tests: (n, folds)."""
    mean = np.zeros((len(tests), by_fold[0].shape[1]))
    for test, predicted in zip(tests.T, by_fold, strict=True):
        mean[test] += predicted
    # A background picture may be predicted by several folds; one that is only learned from keeps zeros.
    mean /= np.maximum(tests.sum(axis=1, keepdims=True), 1)
    return mean
