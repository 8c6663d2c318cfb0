"""A training from dataset to run: out-of-fold predictions of every picture, then a final fit on all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

from backend import __version__
from backend.data.dataset import TESTED, Dataset
from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.training_set import TrainingSet, build_training_set
from backend.evaluation.cross_validation import CrossValidation, all_of, cross_validate, predict
from backend.evaluation.test_set import HeldOut, held_out
from backend.models.calibration import Probabilities
from backend.models.head import Fitted
from backend.models.prior import Prior
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe, load_backbone
from backend.models.run import Run, load_run
from backend.models.weights import Weights
from backend.training.artifacts import Repeat, Result, Tested, run_files
from backend.training.checkpoint import Checkpoint
from backend.training.report_data import add_report_data
from backend.utils import progress

SEEDS_APART = 1000  # between repeats: a fold's own seed is the training's plus its number


def train(
    dataset: Dataset,
    out: Path,
    settings: TrainSettings,
    weights_path: Path | None = None,
    background: Dataset | None = None,
    force: bool = False,
    command: Sequence[str] = (),
    prior: Path | bool = True,
) -> Run:
    """Cross-validate a recipe on a dataset, fit it on all pictures, and write the run to `out`.

    Pictures that the dataset keeps for a test are not among them, and are judged once, by the final fit.
    Takes up the finished folds of an earlier, interrupted training with the same settings, data and weights. Raises
    ThumbprintError for everything that the caller can mend.
    """
    with Checkpoint(out, force).open() as checkpoint:
        _train(checkpoint, dataset, settings, weights_path, background, command, prior)
    return load_run(out)


def _train(
    checkpoint: Checkpoint,
    dataset: Dataset,
    settings: TrainSettings,
    weights_path: Path | None,
    background: Dataset | None,
    command: Sequence[str],
    prior: Path | bool,
) -> None:
    started = time.monotonic()
    untrained = get_recipe(settings.recipe, epochs=settings.epochs, augment=settings.augment)
    backbone = load_backbone(untrained, weights_path, prior)
    weights = backbone.weights
    # Photos have a head of their own, which no prior knows anything of.
    draw = backbone.prior is None or settings.augment in ("camera", "all")
    training_set = build_training_set(dataset, background, settings, untrained.knows_background, draw)
    recipe = get_recipe(settings.recipe, weights, settings.epochs, settings.augment, backbone.prior)
    identity = {
        "settings": asdict(settings),
        "weights": weights.identity,
        "prior": backbone.prior.sha256 if backbone.prior else None,
        "data": training_set.digest(),
        "version": __version__,
    }
    with checkpoint.training(identity):
        x = recipe.features(training_set.sources, weights)
        recipe = recipe.without_own(all_of(x, training_set))
        _say_prior(backbone.prior, recipe)
        validated = cross_validate(recipe, training_set, x, weights.layers, settings, checkpoint.resume_or_fit)
        repeats = []
        for number in range(1, settings.repeats):
            other = replace(settings, seed=settings.seed + SEEDS_APART * number)
            parted = build_training_set(dataset, background, other, recipe.knows_background, draw)
            resume = partial(checkpoint.resume_or_fit, prefix=f"{other.seed}-")
            again = cross_validate(recipe, parted, x, weights.layers, other, resume)
            repeats.append(Repeat(other.seed, parted, again))
        everything = all_of(x, training_set)
        channels = len(training_set.channels)
        final = checkpoint.resume_or_fit(
            "final", lambda: recipe.fit(everything, channels, settings.seed, None, "Final fit")
        )
        variants = _variants(recipe, training_set, validated, weights)
        tested = _tested(recipe, dataset, training_set, final, weights)
        seconds = time.monotonic() - started
        result = Result(recipe, settings, training_set, weights, validated, final, seconds, repeats, variants, tested)
        files = run_files(result, str(dataset.root.absolute()), command)
        checkpoint.publish(add_report_data(files, checkpoint.draft, checkpoint.resume_or_make))


def _say_prior(prior: Prior | None, recipe: Recipe) -> None:
    """Say what is known before the training, and which of its channels are the training's own."""
    if prior is None or recipe.prior is None:
        return
    left = set(prior.names) - set(recipe.prior.names)
    own = f"; left out, as they are like yours: {', '.join(sorted(left))}" if left else ""
    progress.say(
        f"Starting from what {len(prior.real)} channels and {prior.random.count:,} random thumbnails taught{own}."
    )


def _variants(
    recipe: Recipe, training_set: TrainingSet, validated: CrossValidation, weights: Weights
) -> Probabilities | None:
    """Predict other sizes of known pictures, in the training set's order, by folds that have seen none of the sizes."""
    if not training_set.variants:
        return None
    heads = [validated.folds[str(fold)].head for fold in range(len(validated.folds))]
    turn = training_set.folds[[variant.row for variant in training_set.variants]]
    sources = [variant.source for variant in training_set.variants]
    return predict(recipe, heads, turn, sources, len(training_set.channels), weights)


def _tested(
    recipe: Recipe, dataset: Dataset, training_set: TrainingSet, final: Fitted, weights: Weights
) -> Tested | None:
    """Predict the pictures that are kept for a test by the final model; None where there are none of its channels."""
    names = [channel.name for channel in dataset.known]
    held = held_out(dataset, (TESTED,), names, recipe.knows_background)
    if not held.known:
        return None
    _say_copies(training_set, held)
    sources = [Source(dataset.path(picture), picture.sha256) for picture in held.pictures]
    turn = np.zeros(len(sources), np.int64)
    return Tested(held, predict(recipe, [final.head], turn, sources, len(names), weights), dataset.rule)


def _say_copies(training_set: TrainingSet, held: HeldOut) -> None:
    """Warn where the same bytes are learnt from and kept for a test, as two videos of a series may have them."""
    learnt = {file.sha256 for source in training_set.sources for file in (source, *source.variants)}
    if copies := learnt & {picture.sha256 for picture in held.pictures[: held.counted]}:
        progress.say(
            f"Warning: copies of {len(copies)} pictures that are kept for a test are learnt from; the test's figures "
            "flatter. `audit` names them."
        )
