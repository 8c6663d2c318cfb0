"""Cross-validation: each fold is fitted without its pictures, and each picture predicted by folds that never saw it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.training_set import TrainingSet
from backend.models.base import Fitted, Head, Inputs, LabeledFeatures, Recipe
from backend.models.calibration import Calibration, Probabilities, Scores, probabilities
from backend.models.weights import Weights
from backend.utils import progress


@dataclass(frozen=True)
class CrossValidation:
    """Each fold's fit by its number, and out-of-fold probabilities of every picture.

    probabilities: (n, channels), or (n, channels + 1) with 'none of these' last; of a background picture that several
    folds predict, the mean. unknown: what each fold says of 'none of these', (tested,) for the pictures it tests.
    """

    folds: Mapping[str, Fitted]
    probabilities: Probabilities
    unknown: Sequence[NDArray[np.float64]]


AT_ONCE = 2048  # pictures that are read to be predicted: `lab` has them in memory


def fit_anew(name: str, fit: Callable[[], Fitted]) -> Fitted:
    """Fit, where nothing is remembered."""
    return fit()


def cross_validate(
    recipe: Recipe,
    training_set: TrainingSet,
    x: Inputs,
    settings: TrainSettings,
    resume_or_fit: Callable[[str, Callable[[], Fitted]], Fitted] = fit_anew,
) -> CrossValidation:
    """Fit every fold, and predict each picture by the fold that has not seen it.

    x: the recipe's inputs, a row a picture; `resume_or_fit` may give a finished fold back instead of fitting it.
    """

    def one(fold: int) -> tuple[Fitted, Scores]:
        test = training_set.tests[:, fold]
        train, held = _part(x, training_set, ~test), _part(x, training_set, test)
        label, seed = f"Fold {fold + 1}/{settings.folds}", settings.seed + fold + 1
        fitted = resume_or_fit(str(fold), lambda: recipe.fit(train, len(training_set.channels), seed, held, label))
        return fitted, recipe.scores(fitted.head, held.x)

    found = _in_turn(one, settings.folds) if recipe.uses_epochs else _side_by_side(one, settings.folds)
    fits = {str(fold): fitted for fold, (fitted, _) in enumerate(found)}
    return _collect(training_set, fits, [scores for _, scores in found])


Fold = Callable[[int], tuple[Fitted, Scores]]


def _in_turn(one: Fold, folds: int) -> list[tuple[Fitted, Scores]]:
    """Fit folds one after the other, each of which shows a bar of its epochs."""
    return [one(fold) for fold in range(folds)]


def _side_by_side(one: Fold, folds: int) -> list[tuple[Fitted, Scores]]:
    """Fit folds on all cores, each on one of them: on matrices of this size that is the faster way to share them."""
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(one, fold) for fold in range(folds)]
        try:
            return [fold.result() for fold in progress.track(running, "Folds", "fold")]
        except BaseException:
            for fold in running:
                fold.cancel()
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
        x = recipe.inputs(sources[start : start + AT_ONCE], weights, learn=False)
        heads_here = np.unique(which)
        found = [probabilities(recipe.scores(heads[h], x[which == h]), channels, Calibration()) for h in heads_here]
        order = np.concatenate([np.flatnonzero(which == h) for h in heads_here])
        blocks.append(np.concatenate(found)[np.argsort(order)])
    return np.concatenate(blocks)


def _part(x: Inputs, training_set: TrainingSet, rows: NDArray[np.bool_]) -> LabeledFeatures:
    return LabeledFeatures(x[rows], training_set.labels[rows], training_set.units[rows], training_set.judged[rows])


def _collect(training_set: TrainingSet, fits: dict[str, Fitted], scores: Sequence[Scores]) -> CrossValidation:
    """Turn every fold's scores into probabilities of every picture."""
    channels = len(training_set.channels)
    found = [probabilities(block, channels, Calibration()) for block in scores]
    chances = np.zeros((len(training_set.labels), found[0].shape[1]))
    for test, block in zip(training_set.tests.T, found, strict=True):
        chances[test] += block
    # A background picture may be predicted by several folds; one that is only learned from keeps zeros.
    chances /= np.maximum(training_set.tests.sum(axis=1, keepdims=True), 1)
    return CrossValidation(fits, chances, [block[:, -1] for block in found])
