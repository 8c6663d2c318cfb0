"""A training from dataset to run: out-of-fold predictions of every picture, then a final fit on all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from backend import __version__
from backend.data.dataset import TESTED, Dataset
from backend.data.settings import TrainSettings
from backend.data.training_set import Material, gather
from backend.evaluation.test_set import HeldOut, held_out
from backend.models.base import Fitted, Head, Inputs, Labelled, Probabilities, Recipe, get_recipe
from backend.models.calibration import Calibration, Scores, probabilities
from backend.models.features import Source
from backend.models.run import Run, Workspace, check_out, load_run
from backend.models.weights import Weights, load_weights
from backend.training.artifacts import CrossValidated, Repeat, Result, Tested, run_files
from backend.utils import progress

AT_ONCE = 2048  # pictures that are read to be predicted: `lab` has them in memory
SEEDS_APART = 1000  # between repeats: a fold's own seed is the training's plus its number


def train(
    dataset: Dataset,
    out: Path,
    settings: TrainSettings,
    weights_path: Path | None = None,
    background: Dataset | None = None,
    force: bool = False,
    command: Sequence[str] = (),
) -> Run:
    """Cross-validate a recipe on a dataset, fit it on all pictures, and write the run to `out`.

    Pictures that the dataset keeps for a test are not among them, and are judged once, by the final fit.
    Takes up the finished folds of an earlier, interrupted training with the same settings, data and weights. Raises
    ThumbprintError for everything that the caller can mend.
    """
    check_out(out, force)
    with Workspace(out).open() as workspace:
        check_out(out, force)  # again: an earlier run may be back that a kill had taken away
        _train(workspace, dataset, settings, weights_path, background, force, command)
    return load_run(out)


def _train(
    workspace: Workspace,
    dataset: Dataset,
    settings: TrainSettings,
    weights_path: Path | None,
    background: Dataset | None,
    force: bool,
    command: Sequence[str],
) -> None:
    started = time.monotonic()
    untrained = get_recipe(settings.recipe, epochs=settings.epochs, augment=settings.augment)
    weights = untrained.prepared(load_weights(weights_path, untrained.taps[-1]))
    material = gather(dataset, background, settings, untrained.knows_background)
    recipe = get_recipe(settings.recipe, weights, settings.epochs, settings.augment)
    identity = {
        "settings": asdict(settings),
        "weights": weights.identity,
        "data": material.digest(),
        "version": __version__,
    }
    with workspace.training(identity):
        x = recipe.inputs(material.sources, weights)
        validated = cross_validate(recipe, material, x, settings, workspace.remembered)
        again = [
            _repeat(recipe, gather(dataset, background, other, recipe.knows_background), x, other, workspace)
            for other in (replace(settings, seed=settings.seed + SEEDS_APART * n) for n in range(1, settings.repeats))
        ]
        everything = _part(x, material, np.ones(len(x), np.bool_))
        channels = len(material.channels)
        final = workspace.remembered(
            "final", lambda: recipe.fit(everything, channels, settings.seed, None, "Final fit")
        )
        variants = _variants(recipe, material, validated, weights)
        tested = _tested(recipe, dataset, material, final, weights)
        seconds = time.monotonic() - started
        result = Result(recipe, settings, material, weights, validated, final, seconds, again, variants, tested)
        workspace.publish(run_files(result, str(dataset.root.absolute()), command), force)


def _repeat(recipe: Recipe, material: Material, x: Inputs, settings: TrainSettings, workspace: Workspace) -> Repeat:
    """Cross-validate once more, on the folds of another seed."""

    def remembered(name: str, fit: Callable[[], Fitted]) -> Fitted:
        return workspace.remembered(f"{settings.seed}-{name}", fit)

    return Repeat(settings.seed, material, cross_validate(recipe, material, x, settings, remembered))


def fit_anew(name: str, fit: Callable[[], Fitted]) -> Fitted:
    """Fit, where nothing is remembered."""
    return fit()


def cross_validate(
    recipe: Recipe,
    material: Material,
    x: Inputs,
    settings: TrainSettings,
    remembered: Callable[[str, Callable[[], Fitted]], Fitted] = fit_anew,
) -> CrossValidated:
    """Fit every fold, and predict each picture by the fold that has not seen it.

    x: the recipe's inputs, a row a picture; `remembered` may give a finished fold back instead of fitting it.
    """

    def one(fold: int) -> tuple[Fitted, Scores]:
        test = material.tests[:, fold]
        train, held = _part(x, material, ~test), _part(x, material, test)
        label, seed = f"Fold {fold + 1}/{settings.folds}", settings.seed + fold + 1
        fitted = remembered(str(fold), lambda: recipe.fit(train, len(material.channels), seed, held, label))
        return fitted, recipe.scores(fitted.head, held.x)

    found = _in_turn(one, settings.folds) if recipe.uses_epochs else _side_by_side(one, settings.folds)
    fits = {str(fold): fitted for fold, (fitted, _) in enumerate(found)}
    return _collect(material, fits, [scores for _, scores in found])


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


def _variants(recipe: Recipe, material: Material, validated: CrossValidated, weights: Weights) -> Probabilities | None:
    """Predict other sizes of known pictures, in the material's order, by the folds that have seen none of the sizes."""
    if not material.variants:
        return None
    heads = [validated.folds[str(fold)].head for fold in range(len(validated.folds))]
    turn = material.folds[[variant.row for variant in material.variants]]
    sources = [variant.source for variant in material.variants]
    return predict(recipe, heads, turn, sources, len(material.channels), weights)


def _tested(recipe: Recipe, dataset: Dataset, material: Material, final: Fitted, weights: Weights) -> Tested | None:
    """Predict the pictures that are kept for a test by the final model; None where there are none of its channels."""
    names = [channel.name for channel in dataset.known]
    held = held_out(dataset, (TESTED,), names, recipe.knows_background)
    if not held.known:
        return None
    _say_copies(material, held)
    sources = [Source(dataset.path(picture), picture.sha256) for picture in held.pictures]
    turn = np.zeros(len(sources), np.int64)
    return Tested(held, predict(recipe, [final.head], turn, sources, len(names), weights), dataset.rule)


def _say_copies(material: Material, held: HeldOut) -> None:
    """Warn where the same bytes are learnt from and kept for a test, as two videos of a series may have them."""
    learnt = {file.sha256 for source in material.sources for file in (source, *source.variants)}
    if copies := learnt & {picture.sha256 for picture in held.pictures[: held.counted]}:
        progress.say(
            f"Warning: copies of {len(copies)} pictures that are kept for a test are learnt from; the test's figures "
            "flatter. `audit` names them."
        )


def _part(x: Inputs, material: Material, rows: NDArray[np.bool_]) -> Labelled:
    return Labelled(x[rows], material.labels[rows], material.units[rows], material.judged[rows])


def _collect(material: Material, fits: dict[str, Fitted], scores: Sequence[Scores]) -> CrossValidated:
    """Turn every fold's scores into probabilities of every picture."""
    channels = len(material.channels)
    found = [probabilities(block, channels, Calibration()) for block in scores]
    chances = np.zeros((len(material.labels), found[0].shape[1]))
    for test, block in zip(material.tests.T, found, strict=True):
        chances[test] += block
    # A background picture may be predicted by several folds; one that is only learned from keeps zeros.
    chances /= np.maximum(material.tests.sum(axis=1, keepdims=True), 1)
    return CrossValidated(fits, chances, [block[:, -1] for block in found])
