"""TOML files that people write: a table a channel."""

from __future__ import annotations

import codecs
import importlib
import json
import re
import sys
from pathlib import Path

from backend.utils.errors import DataError
from backend.utils.reading import read_file

MOST_BYTES = 10_000_000  # of what a person writes
BARE = re.compile(r"[A-Za-z0-9_-]+")
HEADING = re.compile(r"\s*\[\s*([^\[\]\"']*?)\s*\]\s*(?:#.*)?")


def read_toml(path: Path) -> dict[str, object]:
    """Read a file. Raises DataError with the place of what cannot be read, and of names that lack quotes."""
    # In the standard library from Python 3.11 on; the same module under another name before.
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        text = read_text(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): correct its permissions, or remove it") from None
    except ValueError as error:
        raise DataError(f"{path}: not valid TOML ({error}): save it as UTF-8") from None
    try:
        tables: dict[str, object] = toml.loads(text)
    except RecursionError:
        raise DataError(f"{path}: not valid TOML (nested too deeply): correct it, or remove it") from None
    except ValueError as error:
        raise DataError(
            _unquoted(path, text) or f"{path}: not valid TOML ({error}): correct it, or remove it"
        ) from None
    if any(isinstance(value, dict) for table in tables.values() if isinstance(table, dict) for value in table.values()):
        raise DataError(_unquoted(path, text) or f"{path}: has a table in a table: write each channel's on its own")
    return tables


def read_text(path: Path) -> str:
    """Read a text that a person wrote, with or without a byte order mark. Raises OSError, and ValueError."""
    data = read_file(path, MOST_BYTES)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data:
        raise ValueError("it is UTF-16, or no text")
    return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def quoted(name: str) -> str:
    """Return a name as it is written in TOML, in quotes where it needs some."""
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _unquoted(path: Path, text: str) -> str:
    """Say which table's name needs quotes; "" where none does."""
    for number, line in enumerate(text.split("\n"), 1):
        match = HEADING.fullmatch(line)
        if match and match[1] and not BARE.fullmatch(match[1]):
            return f"{path}, line {number}: the name [{match[1]}] needs quotes: write [{quoted(match[1])}]"
    return ""
