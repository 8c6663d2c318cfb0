"""What the bench runs: our commands in fresh processes, as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.utils.files import check_out_file, write_atomically
from backend.utils.reading import parse_json

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "bench"
PEERS = WORK / "python"  # what is installed for the bench alone
CACHE = WORK / "cache"  # the bench's own, so that nothing is measured that an earlier use left
TIMEOUT_S = 900


def say(message: str) -> None:
    """Tell progress on stderr."""
    print(message, file=sys.stderr, flush=True)


def python(*arguments: str | Path, cache: Path = CACHE) -> float:
    """Run a Python process from the repository's root, drop what it prints, and return the seconds that it took.

    Raises subprocess.CalledProcessError where it fails; its message is on stderr.
    """
    began = time.perf_counter()
    run([sys.executable, *map(str, arguments)], ROOT, environment(cache))
    return time.perf_counter() - began


def run(command: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command, and drop what it prints."""
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)


def write_figures(out: Path, figures: Any) -> None:
    """Write figures as JSON, in the place of earlier ones of the same kind alone. Raises ThumbprintError."""
    check_out_file(out, "figures.json", "figures of this bench", lambda old: _kind(parse_json(old)) == _kind(figures))
    write_atomically(out, (json.dumps(figures, indent=2) + "\n").encode())


def _kind(figures: Any) -> Any:
    """Tell figures of one bench from others by the names of their first row, or of all."""
    return [_kind(figures[0])] if isinstance(figures, list) and figures else sorted(figures)


def environment(cache: Path) -> dict[str, str]:
    """Return this process' environment, with a cache of its own for Thumbprint."""
    return {**os.environ, "THUMBPRINT_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
