"""The results of a run: under which conditions they were measured, and where they are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.utils.errors import ThumbprintError
from backend.utils.versions import versions

from .command import ROOT, WORK
from .table import machine, write_json

COMMITTED = ROOT / "bench" / "results.json"
LAST = WORK / "results.json"
SCHEMA = 1


@contextmanager
def conditions(plan: str, peers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Begin results with the machine and versions; `seconds` is how long the block took, and `load` was before it."""
    began, date = time.monotonic(), datetime.now(timezone.utc).date().isoformat()
    results: dict[str, Any] = {"schema": SCHEMA, "plan": plan, "date": date, "machine": machine()}
    results["versions"] = {**versions(), **peers}
    yield results
    results["seconds"] = round(time.monotonic() - began)


def load(path: Path) -> dict[str, Any]:
    """Read results. Raises ThumbprintError where there are none, or of another kind."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ThumbprintError(
            f"{path}: no results to compare with ({error}); `make bench WRITE=1` writes them"
        ) from None
    if found.get("schema") != SCHEMA:
        raise ThumbprintError(f"{path}: results of schema {found.get('schema')}; `make bench WRITE=1` writes new ones")
    return found


def save(results: Mapping[str, Any], path: Path) -> None:
    """Write results, whole or not at all."""
    write_json(path, results)
