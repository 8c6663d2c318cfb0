"""Channels that were learnt in the browser, as the extension's options export them, to collect thumbnails of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.collect.channel_file import CHANNEL_ID, HANDLE
from backend.data.filenames import portable
from backend.utils.errors import DataError
from backend.utils.files import write_atomically
from backend.utils.reading import read_file
from backend.utils.toml import quoted

KIND = "thumbprint-channels"
SCHEMA = 1
MOST_BYTES = 100_000_000
MOST_CHANNELS = 500
MOST_NAME = 200
MOST_TABLE = 80  # letters of a name that a folder has, with room for a number
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
HEAD = (
    "# Written by `thumbprint import` from channels that were learnt in the browser.\n"
    "# Collect thumbnails of them: thumbprint collect {path} --out data/mine\n"
)


def import_learnt(source: Path, out: Path, force: bool) -> tuple[str, ...]:
    """Write a `channels.toml` with the channels of an exported file; their tables' names.

    Raises DataError for a file that is none, and for a file to write that exists already, unless forced.
    """
    channels = _read(source)
    if not out.parent.is_dir():
        raise DataError(f"{out}: there is no folder {out.parent}: make it, or name another file with --out")
    if out.is_dir() or (out.exists() and not force):
        raise DataError(f"{out}: exists already: name another file with --out, or replace it with --force")
    names: list[str] = []
    tables: list[str] = []
    for number, channel in enumerate(channels, 1):
        identifier, handle, name = _identity(channel, f"{source}: channel {number}")
        table = _free(portable(name[:MOST_TABLE]), names)
        names.append(table)
        tables.append(_table(table, identifier, handle, name))
    write_atomically(out, "\n".join([HEAD.format(path=out), *tables]).encode())
    return tuple(names)


def _read(source: Path) -> list[Any]:
    try:
        file = json.loads(read_file(source, MOST_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise DataError(f"{source}: cannot be read ({error.strerror or error}): correct its permissions") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}: not JSON ({error}): export the channels again in the options") from None
    kind = file.get("kind") if isinstance(file, Mapping) else None
    if kind != KIND:
        raise DataError(f"{source}: kind is {kind!r}, not {KIND!r}: name a file that the extension's options exported")
    schema = file.get("schema")
    if schema != SCHEMA:
        raise DataError(f"{source}: schema {schema!r} is not {SCHEMA}: update Thumbprint, or export the channels again")
    channels = file.get("channels")
    if not isinstance(channels, list) or not 0 < len(channels) <= MOST_CHANNELS:
        raise DataError(f"{source}: channels is no list of 1 to {MOST_CHANNELS}: learn a channel, and export again")
    return channels


def _identity(channel: Any, where: str) -> tuple[str, str, str]:
    """Return the id and handle of a channel, either may be empty but not both, and its name."""
    fields = channel if isinstance(channel, Mapping) else {}
    identifier, handle, name = (fields.get(key) for key in ("id", "handle", "name"))
    if not isinstance(name, str) or not name.strip() or len(name) > MOST_NAME or UNPRINTABLE.search(name):
        raise DataError(f"{where}: name is {name!r}, not a name in one line: correct it, or remove the channel")
    if not isinstance(identifier, str) or (identifier and not CHANNEL_ID.fullmatch(identifier)):
        raise DataError(f"{where} ({name}): id is {identifier!r}, not UC and 22 characters: correct it, or remove it")
    if not isinstance(handle, str) or (handle and not HANDLE.fullmatch(f"@{handle}")):
        raise DataError(f"{where} ({name}): handle is {handle!r}, not one of YouTube's: correct it, or remove it")
    if not identifier and not handle:
        raise DataError(f"{where} ({name}): has no id and no handle: add the handle of its page, or remove the channel")
    return identifier, handle, name.strip()


def _free(name: str, taken: list[str]) -> str:
    """Return a name for a table, with a number where another channel has it; systems differ on upper case."""
    known = {other.casefold() for other in taken}
    candidates = [name, *(f"{name} {number}" for number in range(2, MOST_CHANNELS + 2))]
    return next(candidate for candidate in candidates if candidate.casefold() not in known)


def _table(table: str, identifier: str, handle: str, name: str) -> str:
    address = f"https://www.youtube.com/channel/{identifier}" if identifier else f"https://www.youtube.com/@{handle}"
    lines = [f"[{quoted(table)}]", f"url = {json.dumps(address)}"]
    lines += [f"handle = {json.dumps('@' + handle, ensure_ascii=False)}"] if handle else []
    return "\n".join([*lines, f"display_name = {json.dumps(name, ensure_ascii=False)}", ""])
