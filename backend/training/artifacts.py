"""From a training's results to the files of its run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

import backend.models.run as run_folder
from backend import __version__
from backend.data.dataset import UNKNOWN, Picture, is_drawn
from backend.data.images import preprocess
from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.training_set import TrainingSet
from backend.evaluation import metrics
from backend.evaluation.calibration_error import calibration_error
from backend.evaluation.cross_validation import CrossValidation
from backend.evaluation.test_set import HeldOut, figures, variant_figures
from backend.models.calibration import Probabilities
from backend.models.head import Fitted
from backend.models.mobilenet_v2 import multiply_adds, parameters
from backend.models.recipe import Recipe
from backend.models.weights import Weights
from backend.training import strangers
from backend.utils.files import pack_arrays, pack_csv, pack_json
from backend.utils.versions import versions

CHECK_PER_CHANNEL = 8
NAMED = ("image", "key", "sha256", "channel")  # columns that say which picture it is

# A picture that was only judged, the fold that did it or "final", and its probabilities, (columns,).
Judged = tuple[Picture, object, NDArray[np.float64]]


@dataclass(frozen=True)
class Repeat:
    """A cross-validation on other folds: their seed, who was in them, and what came out."""

    seed: int
    training_set: TrainingSet
    validated: CrossValidation


@dataclass(frozen=True)
class Tested:
    """The pictures that were kept for a test, what the final model says of them, and by which rule they were kept."""

    held: HeldOut
    probabilities: Probabilities
    rule: Mapping[str, Any] | None


@dataclass(frozen=True)
class Result:
    """A finished training: its cross-validation, and the final fit.

    variants: what the folds say of known pictures in their other sizes, in the training set's order.
    """

    recipe: Recipe
    settings: TrainSettings
    training_set: TrainingSet
    weights: Weights
    validated: CrossValidation
    final: Fitted
    seconds: float
    repeats: Sequence[Repeat] = ()
    variants: Probabilities | None = None
    tested: Tested | None = None

    @property
    def threshold(self) -> float | None:
        """Of the final model; None where it does not know 'none of these'."""
        return strangers.rejection_threshold(self.final, self.settings) if len(self.final.reference) else None

    @property
    def lookalike_threshold(self) -> float | None:
        """Of the final model; None where there were no random strangers to choose it by."""
        return strangers.lookalike_threshold(self.final, self.settings)


def run_files(result: Result, dataset_path: str, command: Sequence[str]) -> dict[str, bytes]:
    """Return every file of the run; run.json knows the checksums of the others."""
    numbers = compute_metrics(result)
    files = {
        run_folder.METRICS: pack_json(numbers),
        run_folder.PREDICTIONS: predictions_table(result.training_set, result.validated.probabilities),
        run_folder.HISTORY: history_table(_fits(result)),
        run_folder.MODEL: run_folder.pack_model(result.weights.layers, result.final.head),
        run_folder.FOLDS: run_folder.pack_folds(
            [result.validated.folds[str(n)].head for n in range(len(result.validated.folds))],
            result.training_set.tests[result.training_set.judged],
        ),
        run_folder.CHECK: pack_arrays({"pixels": _check_pixels(result.recipe, result.training_set)}),
    }
    if judged := _judged(result):
        files[run_folder.JUDGED] = judged_table(result.training_set, result.validated.probabilities, judged)
    training_set, threshold = result.training_set, result.threshold
    real = [picture.channel for picture in training_set.pictures if not is_drawn(picture.channel)]
    description = {
        "schema": run_folder.SCHEMA,
        "version": __version__,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": list(command),
        "demo": training_set.demo,
        "settings": asdict(result.settings),
        "shrinkage": {n: f.history[-1]["shrinkage"] for n, f in _fits(result).items() if "shrinkage" in f.history[-1]},
        "channels": [asdict(channel) for channel in training_set.channels],
        "background": sorted(set(real) - {channel.name for channel in training_set.channels}),
        "input": asdict(result.recipe.spec),
        "normalisation": {"scale": result.recipe.scale, "offset": result.recipe.offset},
        "unknown": None
        if threshold is None
        else {"threshold": threshold, "lookalike_threshold": result.lookalike_threshold},
        "weights": result.weights.describe(),
        "prior": _prior(result.recipe),
        "dataset": {"path": dataset_path, "images": len(real), "digest": training_set.digest()},
        "versions": versions(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return {**files, run_folder.DESCRIPTION: pack_json(description)}


def _prior(recipe: Recipe) -> dict[str, Any] | None:
    """Say which prior the training started from, and which of its classes were in it."""
    prior = recipe.prior
    return (
        None if prior is None else {"sha256": prior.sha256, "classes": list(prior.names), "random": prior.random.count}
    )


def _fits(result: Result) -> dict[str, Fitted]:
    return {**result.validated.folds, run_folder.FINAL: result.final}


def compute_metrics(result: Result) -> dict[str, Any]:
    """Return metrics.json, computed from the out-of-fold predictions."""
    training_set = result.training_set
    names = [channel.name for channel in training_set.channels]
    scored = _scored(training_set, result.validated, _keys(result))
    numbers: dict[str, Any] = {
        "channels": names,
        "images": {name: int((training_set.labels == position).sum()) for position, name in enumerate(names)},
        "recipe": result.recipe.name,
        "cv": {**metrics.cross_validation(scored, names), "repeats": _repeats(result)},
        "calibration": _calibration(result),
        "cost": _cost(result),
    }
    if len(result.final.reference) and (
        result.validated.strangers or (training_set.judged & ~training_set.known).any()
    ):
        numbers["unknown"] = strangers.figures(
            training_set, result.validated, result.final, result.settings, _keys(result)
        )
    if result.variants is not None:
        numbers["variants"] = _variants(result.training_set, result.validated.probabilities, result.variants)
    if result.tested is not None:
        numbers["test"] = _test(result.tested, result.threshold)
    return numbers


def _variants(training_set: TrainingSet, chances: Probabilities, of_variants: Probabilities) -> dict[str, Any]:
    """Score each size of the known pictures: the size that is learnt from, and the others."""
    known, rows = np.flatnonzero(training_set.known), [variant.row for variant in training_set.variants]
    pictures = [training_set.pictures[row] for row in known] + [variant.picture for variant in training_set.variants]
    names = [channel.name for channel in training_set.channels]
    return variant_figures(
        pictures, training_set.labels[[*known, *rows]], np.concatenate([chances[known], of_variants]), names
    )


def _test(tested: Tested, threshold: float | None) -> dict[str, Any]:
    """Say what `evaluate` says of these pictures, and by which rule they were kept."""
    numbers = figures(tested.held, tested.probabilities, threshold)
    rule = dict(tested.rule) if tested.rule else None
    return {"rule": rule, "images": numbers.pop("images"), **numbers.pop("test"), **numbers}


def _repeats(result: Result) -> list[dict[str, float]]:
    """Score every cross-validation, the saved one first."""
    first = Repeat(result.settings.seed, result.training_set, result.validated)
    return [
        {"seed": repeat.seed, **metrics.pooled_scores(_scored(repeat.training_set, repeat.validated, _keys(result)))}
        for repeat in (first, *result.repeats)
    ]


def _scored(training_set: TrainingSet, validated: CrossValidation, keys: NDArray[np.str_]) -> metrics.Scored:
    known, channels = training_set.known, len(training_set.channels)
    chances = validated.probabilities[known, :channels]
    return metrics.Scored(training_set.labels[known], chances, training_set.folds[known], keys[known])


def _keys(result: Result) -> NDArray[np.str_]:
    return np.array([f"{picture.channel}/{picture.key}" for picture in result.training_set.pictures])


def _calibration(result: Result) -> dict[str, Any]:
    """Judge the probabilities on every picture that was predicted, known or not."""
    training_set, judged, channels = result.training_set, result.training_set.judged, len(result.training_set.channels)
    chances, labels = result.validated.probabilities[judged], np.minimum(training_set.labels[judged], channels)
    unknown = chances[:, channels] if chances.shape[1] > channels else None
    numbers = calibration_error(chances[:, :channels], unknown, labels, _keys(result)[judged])
    return {**numbers, "temperature": result.final.history[-1].get("temperature", 1.0)}


def _cost(result: Result) -> dict[str, float]:
    spec = result.recipe.spec
    backbone, trained = parameters(result.weights.layers), sum(array.size for array in result.final.head.values())
    return {
        "params": backbone + trained,
        "backbone_params": backbone,
        "trained_params": trained,
        "multiply_adds": multiply_adds(spec.height, spec.width, result.weights.layers),
        "seconds": round(result.seconds, 2),
    }


def _judged(result: Result) -> list[Judged]:
    """Take together what was not learnt from and only judged: by its video's fold, or by the final fit."""
    judged: list[Judged] = []
    training_set, sizes, tested = result.training_set, result.variants, result.tested
    if sizes is not None:
        of_variants = zip(training_set.variants, sizes, strict=True)
        judged += [(variant.picture, training_set.folds[variant.row], row) for variant, row in of_variants]
    if tested is not None:
        of_test = zip(tested.held.pictures, tested.probabilities, strict=True)
        judged += [(picture, run_folder.FINAL, row) for picture, row in of_test]
    return judged


def _check_pixels(recipe: Recipe, training_set: TrainingSet) -> NDArray[np.uint8]:
    """Choose some pictures of every channel and mirror them, so that the model was fitted on none of them."""
    chosen: list[Source] = []
    for label in np.unique(training_set.labels):
        number = CHECK_PER_CHANNEL if label < len(training_set.channels) else 1
        chosen += [training_set.sources[i] for i in np.flatnonzero(training_set.labels == label)[:number]]
    return np.stack([preprocess(source.path, recipe.spec)[:, ::-1] for source in chosen])


# --- Tables: `evaluation/predictions.py` reads them -------------------------------------------------------------------


def predictions_table(training_set: TrainingSet, chances: Probabilities) -> bytes:
    """Return predictions.csv: the out-of-fold probabilities of every picture that has some.

    chances: (n, channels), or a column more.
    """
    rows = [
        [*_named(picture), fold, *_rounded(row)]
        for picture, fold, row, judged in zip(
            training_set.pictures, training_set.folds, chances, training_set.judged, strict=True
        )
        if judged
    ]
    return pack_csv([*NAMED, "fold", *_answers(training_set, chances)], rows)


def judged_table(training_set: TrainingSet, chances: Probabilities, judged: Sequence[Judged]) -> bytes:
    """Return judged.csv; chances: as of predictions.csv, for its columns."""
    rows = [[*_named(picture), by, picture.variant, *_rounded(row)] for picture, by, row in judged]
    return pack_csv([*NAMED, "fold", "variant", *_answers(training_set, chances)], rows)


def _named(picture: Picture) -> list[str]:
    return [picture.file, picture.key, picture.sha256, picture.channel]


def _answers(training_set: TrainingSet, chances: Probabilities) -> list[str]:
    """Name the columns of probabilities."""
    names = [channel.name for channel in training_set.channels]
    return [*names, UNKNOWN] if chances.shape[1] > len(names) else names


def _rounded(row: NDArray[np.float64]) -> list[str]:
    return [f"{chance:.8g}" for chance in row]


def history_table(fits: Mapping[str, Fitted]) -> bytes:
    """Return history.csv: loss and accuracy of every fold and epoch."""
    columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
    rows = [
        [fold, int(row["epoch"]), *(f"{row[column]:.8g}" if column in row else "" for column in columns)]
        for fold, fitted in fits.items()
        for row in fitted.history
    ]
    return pack_csv(["fold", "epoch", *columns], rows)
