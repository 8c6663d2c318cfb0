"""From a training's results to the files of its run."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

import backend.run as run_folder
from backend import __version__, metrics
from backend.backbone import multiply_adds, parameters
from backend.config import TrainSettings
from backend.features import Source
from backend.images import preprocess
from backend.material import Material
from backend.openset import Calibration, threshold_at_recall
from backend.recipes import Fitted, Probabilities, Recipe
from backend.strangers import is_drawn
from backend.weights import Weights

CHECK_PER_CHANNEL = 8
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "pillow")


@dataclass(frozen=True)
class CrossValidated:
    """Each fold's fit by its number, out-of-fold probabilities of every picture, and the calibration of the final fit.

    probabilities: (n, channels), or (n, channels + 1) with 'none of these' last; of a background picture that several
    folds predict, the mean. unknown: what each fold says of 'none of these', (tested,) for the pictures it tests.
    """

    folds: Mapping[str, Fitted]
    probabilities: Probabilities
    unknown: Sequence[NDArray[np.float64]]
    calibration: Calibration


@dataclass(frozen=True)
class Result:
    """A finished training: its cross-validation, and the calibrated final fit."""

    recipe: Recipe
    settings: TrainSettings
    material: Material
    weights: Weights
    validated: CrossValidated
    final: Fitted
    seconds: float


def run_files(result: Result, dataset_path: str, command: Sequence[str]) -> dict[str, bytes]:
    """Return every file of the run; run.json knows the checksums of the others."""
    numbers = compute_metrics(result)
    files = {
        run_folder.METRICS: run_folder.pack_json(numbers),
        run_folder.PREDICTIONS: _predictions(result.material, result.validated.probabilities),
        run_folder.HISTORY: _history(_fits(result)),
        run_folder.MODEL: run_folder.pack_model(result.weights.layers, result.final.head),
        run_folder.CHECK: run_folder.pack_arrays({"pixels": _check_pixels(result.recipe, result.material)}),
    }
    unknown = numbers.get("unknown")
    material = result.material
    description = {
        "schema": run_folder.SCHEMA,
        "version": __version__,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": list(command),
        "demo": material.demo,
        "settings": asdict(result.settings),
        "shrinkage": {n: f.history[-1]["shrinkage"] for n, f in _fits(result).items() if "shrinkage" in f.history[-1]},
        "channels": [asdict(channel) for channel in material.channels],
        "background": sorted({picture.channel for picture in material.pictures} - {c.name for c in material.channels}),
        "input": asdict(result.recipe.spec),
        "normalisation": {"scale": result.recipe.scale, "offset": result.recipe.offset},
        "unknown": None if unknown is None else {"threshold": unknown["threshold"]},
        "weights": result.weights.describe(),
        "dataset": {"path": dataset_path, "images": len(material.pictures), "digest": material.digest()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return {**files, run_folder.DESCRIPTION: run_folder.pack_json(description)}


def _fits(result: Result) -> dict[str, Fitted]:
    return {**result.validated.folds, "final": result.final}


def compute_metrics(result: Result) -> dict[str, Any]:
    """Return metrics.json, computed from the out-of-fold predictions."""
    material, chances = result.material, result.validated.probabilities
    names = [channel.name for channel in material.channels]
    known = material.known
    keys = np.array([f"{picture.channel}/{picture.key}" for picture in material.pictures])
    scored = metrics.Scored(material.labels[known], chances[known, : len(names)], material.folds[known], keys[known])
    numbers: dict[str, Any] = {
        "channels": names,
        "images": {name: int((material.labels == position).sum()) for position, name in enumerate(names)},
        "recipe": result.recipe.name,
        "cv": metrics.cross_validation(scored, names),
        "cost": _cost(result),
    }
    if chances.shape[1] > len(names):
        numbers["unknown"] = _unknown(material, chances[:, -1], result.settings.known_recall)
    if result.recipe.knows_background:
        numbers["calibration"] = {"temperature": result.validated.calibration.temperature}
    return numbers


def _unknown(material: Material, scores: NDArray[np.float64], known_recall: float) -> dict[str, Any]:
    """Judge 'none of these' on background channels, each predicted by a fold that has not seen any of it."""
    known, background = material.known, material.judged & ~material.known
    names = sorted({picture.channel for picture, taken in zip(material.pictures, background, strict=True) if taken})
    threshold = threshold_at_recall(scores[known], known_recall)
    return {
        **metrics.unknown(scores[known], scores[background], threshold),
        "channels": names,
        # Drawn pictures are easier than thumbnails of real channels: their figure is an optimistic one.
        "drawn": all(is_drawn(name) for name in names),
    }


def _cost(result: Result) -> dict[str, float]:
    spec = result.recipe.spec
    backbone, trained = parameters(result.weights.layers), sum(array.size for array in result.final.head.values())
    return {
        "params": backbone + trained,
        "backbone_params": backbone,
        "trained_params": trained,
        "multiply_adds": multiply_adds(spec.height, spec.width, result.recipe.taps[-1]),
        "seconds": round(result.seconds, 2),
    }


def _predictions(material: Material, chances: Probabilities) -> bytes:
    names = [channel.name for channel in material.channels]
    header = ["image", "key", "sha256", "channel", "fold", *names]
    header += [run_folder.UNKNOWN] if chances.shape[1] > len(names) else []
    rows = [
        [picture.file, picture.key, picture.sha256, picture.channel, fold, *(f"{chance:.8g}" for chance in row)]
        for picture, fold, row, judged in zip(material.pictures, material.folds, chances, material.judged, strict=True)
        if judged
    ]
    return run_folder.pack_csv(header, rows)


def _history(fits: Mapping[str, Fitted]) -> bytes:
    columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
    rows = [
        [fold, int(row["epoch"]), *(f"{row[column]:.8g}" if column in row else "" for column in columns)]
        for fold, fitted in fits.items()
        for row in fitted.history
    ]
    return run_folder.pack_csv(["fold", "epoch", *columns], rows)


def _check_pixels(recipe: Recipe, material: Material) -> NDArray[np.uint8]:
    """Choose some pictures of every channel and mirror them, so that the model was fitted on none of them."""
    chosen: list[Source] = []
    for label in np.unique(material.labels):
        number = CHECK_PER_CHANNEL if label < len(material.channels) else 1
        chosen += [material.sources[i] for i in np.flatnonzero(material.labels == label)[:number]]
    return np.stack([preprocess(source.path, recipe.spec)[:, ::-1] for source in chosen])
