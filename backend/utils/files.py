"""Files: written whole or not at all, and packed into bytes."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from backend.utils.errors import RunError, ThumbprintError, cannot_write
from backend.utils.tables import write_table

# What reading a damaged file raises, an .npz above all.
DAMAGED = (OSError, EOFError, ValueError, KeyError, TypeError, csv.Error, zipfile.BadZipFile, zlib.error)


def check_out_file(out: Path, example: str) -> None:
    """Raise ThumbprintError where --out cannot be a file: better before the work than after it."""
    if out.is_dir():
        raise ThumbprintError(f"--out {out}: is a folder; name a file in it, such as {out / example}")
    if not out.parent.is_dir():
        raise ThumbprintError(f"--out {out}: there is no folder {out.parent}; make it, or name another file")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is either whole or not there, also after a loss of power. Raises RunError."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise RunError(cannot_write(path, error)) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as `write_atomically` does. Raises OSError."""
    with open_whole(path) as file:
        file.write(content)


@contextmanager
def open_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write, which replaces what is there once the block has ended well. Raises OSError."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a compressed .npz."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack_arrays(packed: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz; raises one of DAMAGED."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return dict(arrays)


def pack_json(content: Mapping[str, Any]) -> bytes:
    """Return readable JSON."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def pack_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return CSV with a header."""
    text = io.StringIO()
    write_table(text, header, rows)
    return text.getvalue().encode()
