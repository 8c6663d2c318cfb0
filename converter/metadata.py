"""The one description of a converted model that everything in the browser reads."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.run import Run
from converter.export import PROBABILITIES, UNKNOWN

SCHEMA = 1


def describe(run: Run, folder: Path, dtype: str) -> dict[str, Any]:
    """Return metadata.json for the model files in a folder."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
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
        "unknown": run.description["unknown"],
        "metrics": _summary(run),
        "files": files,
    }
    checksum = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    created = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"version": checksum[:12], "created": created, **content}


def _summary(run: Run) -> dict[str, Any]:
    metrics = run.metrics()
    cv = metrics["cv"]
    return {
        "macro_f1": cv["macro_f1"]["mean"],
        "accuracy": cv["accuracy"]["mean"],
        "images": sum(metrics["images"].values()),
        "folds": cv["folds"],
    }
