"""The one description of a converted model that everything in the browser reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.models.run import Run
from converter.names import FEATURES, PROBABILITIES, UNKNOWN

if TYPE_CHECKING:
    from converter.learning import Learning

Heat = Mapping[str, Any]

SCHEMA = 3
PACKAGED = "packaged"  # in the place of the time of a training that there was not


def describe(
    run: Run, folder: Path, dtype: str, learning: Learning | None = None, heat: Heat | None = None
) -> dict[str, Any]:
    """Return metadata.json for the model files in a folder.

    learning, heat: what channels are learnt with in the browser, and what heat maps are computed with.
    """
    metrics = run.metrics()
    cv, calibration = metrics["cv"], metrics["calibration"]
    content = {
        "schema": SCHEMA,
        "recipe": run.recipe,
        "demo": run.description["demo"],
        "dtype": dtype,
        "channels": [
            {"name": c.name, "display_name": c.display_name, "handle": c.handle, "url": c.url} for c in run.channels
        ],
        "input": {"crop": "baked-bars", "filter": "triangle", **run.description["input"]},
        "normalisation": {**run.description["normalisation"], "applied_in": "graph"},
        "outputs": {"probabilities": PROBABILITIES, "unknown": None if run.threshold is None else UNKNOWN},
        "features": None if learning is None else learning.describe(FEATURES),
        "heat": heat,
        "unknown": _unknown(run, metrics.get("unknown", {})),
        # The temperature is applied in the graph already.
        "calibration": {"ece": calibration["ece"], "temperature": calibration["temperature"]},
        "metrics": {
            "macro_f1": cv["macro_f1"]["mean"],
            "accuracy": cv["accuracy"]["mean"],
            "images": sum(metrics["images"].values()),
            "folds": cv["folds"],
        },
    }
    # When it was trained, as the extension says; by the time of the conversion, the same run would give other bytes.
    return _versioned(content, folder, str(run.description["created"]).replace("+00:00", "Z"))


def describe_without_channels(learning: Learning, folder: Path, dtype: str, heat: Heat) -> dict[str, Any]:
    """Return metadata.json for a model that knows no channel yet."""
    spec = learning.recipe.spec
    content = {
        "schema": SCHEMA,
        "recipe": learning.recipe.name,
        "demo": False,
        "dtype": dtype,
        "channels": [],
        "input": {"crop": "baked-bars", "filter": "triangle", **asdict(spec)},
        "normalisation": {"scale": learning.recipe.scale, "offset": learning.recipe.offset, "applied_in": "graph"},
        "outputs": {"probabilities": None, "unknown": None},
        "features": learning.describe(FEATURES),
        "heat": heat,
        "unknown": None,
        "metrics": {},
    }
    return _versioned(content, folder, PACKAGED)


def _versioned(content: dict[str, Any], folder: Path, created: str) -> dict[str, Any]:
    """Add the checksums of the files, and a version that is of all that is said."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    content = {**content, "files": files}
    checksum = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"version": checksum[:12], "created": created, **content}


def _unknown(run: Run, scores: dict[str, Any]) -> dict[str, Any] | None:
    """Return the thresholds of rejection and of look-alikes, how good the first is, and what others would bring.

    Figures are None, and the curve is empty, where there was no background channel to judge it on. Where `drawn` is
    true they speak of drawn pictures alone, and flatter.
    """
    if run.threshold is None:
        return None
    figures = {name: scores.get(name) for name in ("auroc", "known_recall", "false_known", "images")}
    thresholds = {"threshold": run.threshold, "lookalike_threshold": run.lookalike_threshold}
    return {**thresholds, **figures, "drawn": scores.get("drawn", True), "curve": scores.get("curve", [])}
