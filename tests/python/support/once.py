"""What a session makes once: by whichever of pytest-xdist's workers comes first, and read by all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from backend.utils.cache import cache_dir


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of the whole session, filled by `make` where no worker has filled it; others wait for it.

    It is filled in its place, so that paths in it stay right. What a failed `make` leaves is cleared away by the next.
    """
    own = factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "once"
    root.mkdir(exist_ok=True)
    folder, made = root / name, root / f"{name}.made"
    with FileLock(root / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def copied_cache(folder: Path, *left_out: str) -> Path:
    """Copy the session's cache but for features, and for what another worker is just writing."""
    ignored = shutil.ignore_patterns("features-*", "tmp*", ".*", *left_out)
    return Path(shutil.copytree(cache_dir(), folder, ignore=ignored))
