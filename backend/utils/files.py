"""Files: written whole or not at all and never over what is somebody's own, and packed into bytes."""

from __future__ import annotations

import io
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from backend.utils.errors import RunError, ThumbprintError, cannot_write
from backend.utils.reading import DAMAGED, parse_json, read_file
from backend.utils.tables import write_table


def check_out_file(
    out: Path,
    example: str,
    kind: str,
    is_own: Callable[[bytes], bool],
    inputs: Sequence[Path] = (),
    option: str = "--out",
) -> None:
    """Raise ThumbprintError where --out cannot be a file, or is one that Thumbprint did not write: better before the
    work than after it.

    kind: what is written; is_own: tells by its content a file of that kind that Thumbprint wrote, and may replace;
    inputs: files that are read, which are never replaced.
    """
    if os.path.isdir(out):
        raise ThumbprintError(f"{option} {out}: is a folder; name a file in it, such as {out / example}")
    if not os.path.isdir(out.parent):
        raise ThumbprintError(f"{option} {out}: there is no folder {out.parent}; make it, or name another file")
    if not os.path.lexists(out):
        return
    if os.path.islink(out):
        raise ThumbprintError(f"{option} {out}: is a link; name another file, such as the one that it leads to")
    if any(os.path.exists(path) and os.path.samefile(out, path) for path in inputs):
        raise ThumbprintError(f"{option} {out}: is read, and would be lost; name another file")
    try:
        content = read_file(out)
        replaceable = not content or is_own(content)  # nothing is lost with an empty one
    except DAMAGED:
        replaceable = False
    if not replaceable:
        raise ThumbprintError(f"{option} {out}: is there already, and no {kind}; name another file")


def has_keys(content: bytes, *keys: str) -> bool:
    """Tell JSON of Thumbprint's from other JSON: by what is in it. Raises ValueError for what is none."""
    parsed = parse_json(content)
    return isinstance(parsed, dict) and parsed.keys() >= {*keys}


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
