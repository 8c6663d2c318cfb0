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
from backend.data.augment.views import Source
from backend.data.dataset import UNKNOWN, Picture
from backend.data.images import preprocess
from backend.data.negatives import is_drawn
from backend.data.settings import TrainSettings
from backend.data.training_set import Material
from backend.evaluation import metrics
from backend.evaluation.calibration_error import calibration
from backend.evaluation.cross_validation import CrossValidated
from backend.evaluation.test_set import HeldOut, figures, variant_figures
from backend.models.base import Fitted, Recipe
from backend.models.calibration import Probabilities, levels_in_folds, threshold_at_recall
from backend.models.mobilenet_v2 import multiply_adds, parameters
from backend.models.weights import Weights
from backend.utils.files import pack_csv
from backend.utils.versions import versions

CHECK_PER_CHANNEL = 8


@dataclass(frozen=True)
class Repeat:
    """A cross-validation on other folds: their seed, who was in them, and what came out."""

    seed: int
    material: Material
    validated: CrossValidated


@dataclass(frozen=True)
class Tested:
    """The pictures that were kept for a test, what the final model says of them, and by which rule they were kept."""

    held: HeldOut
    probabilities: Probabilities
    rule: Mapping[str, Any] | None


@dataclass(frozen=True)
class Result:
    """A finished training: its cross-validation, and the final fit.

    variants: what the folds say of known pictures in their other sizes, in the material's order.
    """

    recipe: Recipe
    settings: TrainSettings
    material: Material
    weights: Weights
    validated: CrossValidated
    final: Fitted
    seconds: float
    repeats: Sequence[Repeat] = ()
    variants: Probabilities | None = None
    tested: Tested | None = None

    @property
    def threshold(self) -> float | None:
        """Of the final model; None where it does not know 'none of these'."""
        reference = self.final.reference
        return threshold_at_recall(reference, self.settings.known_recall) if len(reference) else None


def run_files(result: Result, dataset_path: str, command: Sequence[str]) -> dict[str, bytes]:
    """Return every file of the run; run.json knows the checksums of the others."""
    numbers = compute_metrics(result)
    files = {
        run_folder.METRICS: run_folder.pack_json(numbers),
        run_folder.PREDICTIONS: predictions_table(result.material, result.validated.probabilities),
        run_folder.HISTORY: history_table(_fits(result)),
        run_folder.MODEL: run_folder.pack_model(result.weights.layers, result.final.head),
        run_folder.FOLDS: run_folder.pack_folds(
            [result.validated.folds[str(n)].head for n in range(len(result.validated.folds))],
            result.material.tests[result.material.judged],
        ),
        run_folder.CHECK: run_folder.pack_arrays({"pixels": _check_pixels(result.recipe, result.material)}),
    }
    if judged := _judged(result):
        files[run_folder.JUDGED] = judged_table(result.material, result.validated.probabilities, judged)
    material, threshold = result.material, result.threshold
    real = [picture.channel for picture in material.pictures if not is_drawn(picture.channel)]
    description = {
        "schema": run_folder.SCHEMA,
        "version": __version__,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": list(command),
        "demo": material.demo,
        "settings": asdict(result.settings),
        "shrinkage": {n: f.history[-1]["shrinkage"] for n, f in _fits(result).items() if "shrinkage" in f.history[-1]},
        "channels": [asdict(channel) for channel in material.channels],
        "background": sorted(set(real) - {channel.name for channel in material.channels}),
        "input": asdict(result.recipe.spec),
        "normalisation": {"scale": result.recipe.scale, "offset": result.recipe.offset},
        "unknown": None if threshold is None else {"threshold": threshold},
        "weights": result.weights.describe(),
        "dataset": {"path": dataset_path, "images": len(real), "digest": material.digest()},
        "versions": versions(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return {**files, run_folder.DESCRIPTION: run_folder.pack_json(description)}


def _fits(result: Result) -> dict[str, Fitted]:
    return {**result.validated.folds, run_folder.FINAL: result.final}


def compute_metrics(result: Result) -> dict[str, Any]:
    """Return metrics.json, computed from the out-of-fold predictions."""
    material = result.material
    names = [channel.name for channel in material.channels]
    scored = _scored(material, result.validated, _keys(result))
    numbers: dict[str, Any] = {
        "channels": names,
        "images": {name: int((material.labels == position).sum()) for position, name in enumerate(names)},
        "recipe": result.recipe.name,
        "cv": {**metrics.cross_validation(scored, names), "repeats": _repeats(result)},
        "calibration": _calibration(result),
        "cost": _cost(result),
    }
    if (material.judged & ~material.known).any():
        numbers["unknown"] = _unknown(result)
    if result.variants is not None:
        numbers["variants"] = _variants(result.material, result.validated.probabilities, result.variants)
    if result.tested is not None:
        numbers["test"] = _test(result.tested, result.threshold)
    return numbers


def _variants(material: Material, chances: Probabilities, of_variants: Probabilities) -> dict[str, Any]:
    """Score each size of the known pictures: the size that is learnt from, and the others."""
    known, rows = np.flatnonzero(material.known), [variant.row for variant in material.variants]
    pictures = [material.pictures[row] for row in known] + [variant.picture for variant in material.variants]
    names = [channel.name for channel in material.channels]
    return variant_figures(
        pictures, material.labels[[*known, *rows]], np.concatenate([chances[known], of_variants]), names
    )


def _test(tested: Tested, threshold: float | None) -> dict[str, Any]:
    """Say what `evaluate` says of these pictures, and by which rule they were kept."""
    found = figures(tested.held, tested.probabilities, threshold)
    rule = dict(tested.rule) if tested.rule else None
    return {"rule": rule, "images": found.pop("images"), **found.pop("test"), **found}


def _repeats(result: Result) -> list[dict[str, float]]:
    """Score every cross-validation, the saved one first."""
    first = Repeat(result.settings.seed, result.material, result.validated)
    return [
        {"seed": repeat.seed, **metrics.pooled_scores(_scored(repeat.material, repeat.validated, _keys(result)))}
        for repeat in (first, *result.repeats)
    ]


def _scored(material: Material, validated: CrossValidated, keys: NDArray[np.str_]) -> metrics.Scored:
    known, channels = material.known, len(material.channels)
    chances = validated.probabilities[known, :channels]
    return metrics.Scored(material.labels[known], chances, material.folds[known], keys[known])


def _keys(result: Result) -> NDArray[np.str_]:
    return np.array([f"{picture.channel}/{picture.key}" for picture in result.material.pictures])


def _calibration(result: Result) -> dict[str, Any]:
    """Judge the probabilities on every picture that was predicted, known or not."""
    material, judged, channels = result.material, result.material.judged, len(result.material.channels)
    chances, labels = result.validated.probabilities[judged], np.minimum(material.labels[judged], channels)
    unknown = chances[:, channels] if chances.shape[1] > channels else None
    found = calibration(chances[:, :channels], unknown, labels, _keys(result)[judged])
    return {**found, "temperature": result.final.history[-1].get("temperature", 1.0)}


def _unknown(result: Result) -> dict[str, Any]:
    """Judge 'none of these' on background channels, each predicted by folds that have not seen any of it.

    Leaving a channel out makes another model, whose probabilities are on another level, so that a picture is compared
    with the known pictures of its own fold: by the share of them that are at or below it. The thresholds are
    probabilities of the final model: those that keep as many of its known pictures when they are left out.
    """
    material, keys = result.material, _keys(result)
    known, background = material.known, material.judged & ~material.known
    levels = levels_in_folds(result.validated.unknown, material.tests, known)
    reference = result.final.reference
    names = sorted({picture.channel for picture, taken in zip(material.pictures, background, strict=True) if taken})
    level = threshold_at_recall(levels[known], result.settings.known_recall)
    numbers = metrics.unknown(levels[known], levels[background], level, keys[known], keys[background])
    curve = [
        {**point, "threshold": threshold_at_recall(reference, point["known_recall"])} for point in numbers["curve"]
    ]
    return {
        **numbers,
        "threshold": threshold_at_recall(reference, result.settings.known_recall),
        "curve": curve,
        "channels": names,
        # Drawn pictures are easier than thumbnails of real channels: their figures are optimistic.
        "drawn": all(is_drawn(name) for name in names),
    }


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
    found: list[Judged] = []
    material, sizes, tested = result.material, result.variants, result.tested
    if sizes is not None:
        folds = material.folds
        found += [Judged(one.picture, folds[one.row], row) for one, row in zip(material.variants, sizes, strict=True)]
    if tested is not None:
        of_test = zip(tested.held.pictures, tested.probabilities, strict=True)
        found += [Judged(picture, run_folder.FINAL, row) for picture, row in of_test]
    return found


def _check_pixels(recipe: Recipe, material: Material) -> NDArray[np.uint8]:
    """Choose some pictures of every channel and mirror them, so that the model was fitted on none of them."""
    chosen: list[Source] = []
    for label in np.unique(material.labels):
        number = CHECK_PER_CHANNEL if label < len(material.channels) else 1
        chosen += [material.sources[i] for i in np.flatnonzero(material.labels == label)[:number]]
    return np.stack([preprocess(source.path, recipe.spec)[:, ::-1] for source in chosen])


NAMED = ("image", "key", "sha256", "channel")  # columns that say which picture it is


@dataclass(frozen=True)
class Judged:
    """A picture that was only judged, the fold that did it or "final", and its probabilities, (columns,)."""

    picture: Picture
    by: object
    row: NDArray[np.float64]


def predictions_table(material: Material, chances: Probabilities) -> bytes:
    """Return predictions.csv: the out-of-fold probabilities of every picture that has some.

    chances: (n, channels), or a column more.
    """
    rows = [
        [*_named(picture), fold, *_rounded(row)]
        for picture, fold, row, judged in zip(material.pictures, material.folds, chances, material.judged, strict=True)
        if judged
    ]
    return pack_csv([*NAMED, "fold", *_answers(material, chances)], rows)


def judged_table(material: Material, chances: Probabilities, judged: Sequence[Judged]) -> bytes:
    """Return judged.csv; chances: as of predictions.csv, for its columns."""
    rows = [[*_named(one.picture), one.by, one.picture.variant, *_rounded(one.row)] for one in judged]
    return pack_csv([*NAMED, "fold", "variant", *_answers(material, chances)], rows)


def _named(picture: Picture) -> list[str]:
    return [picture.file, picture.key, picture.sha256, picture.channel]


def _answers(material: Material, chances: Probabilities) -> list[str]:
    """Name the columns of probabilities."""
    names = [channel.name for channel in material.channels]
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
