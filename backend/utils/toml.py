"""TOML files that people write."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from backend.utils.errors import DataError


def read_toml(path: Path) -> dict[str, object]:
    """Read a file. Raises DataError with the place of what cannot be read."""
    # In the standard library from Python 3.11 on; the same module under another name before.
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        tables: dict[str, object] = toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not valid TOML ({error}): correct it, or remove it") from None
    return tables
