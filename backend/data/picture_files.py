"""Which files are pictures, by their contents, and their bytes within bounds."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from backend.data.filenames import suffix_of
from backend.utils import progress
from backend.utils.errors import ImageError

MAX_BYTES = 100_000_000  # a photo of 40 megapixels as PNG has about 70 MB
START = 12  # bytes that tell a format
NO_PICTURE = "not a picture (JPEG, PNG or WebP)"


def find_pictures(paths: Iterable[Path]) -> list[Path]:
    """Put the pictures below a folder, in order, in the folder's place; files stay as they are.

    As for an import, contents say what a picture is, and hidden files and folders are passed over. What else is there
    is said on stderr. Raises ImageError for a folder without pictures.
    """
    pictures: list[Path] = []
    for path in paths:
        if not path.is_dir():
            pictures.append(path)
            continue
        visible = (file for file in sorted(path.rglob("*")) if not _is_hidden(file.relative_to(path)))
        problems = {file: _problem(file) for file in visible}
        below = [file for file, problem in problems.items() if not problem and not file.is_dir()]
        if not below:
            raise ImageError(f"{path}: no JPEG, PNG or WebP pictures in this folder; name another, or files")
        for file, problem in problems.items():
            if problem:
                progress.say(f"Left out {file}: {problem}")
        pictures += below
    return pictures


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _problem(path: Path) -> str:
    """Say why a file or a folder below one is passed over; empty where it is not."""
    if path.is_dir():
        if path.is_symlink():
            return "link to a folder: not followed"
        return "" if os.access(path, os.R_OK | os.X_OK) else "folder cannot be read (Permission denied)"
    try:
        return "" if suffix_of(read_file(path, START)) else NO_PICTURE
    except ImageError as error:
        return str(error).removeprefix(f"{path}: ")


def read_picture(path: Path) -> bytes:
    """Return the bytes of a file that begins as a picture does; of any other, and of a larger one, no more is read.

    Raises ImageError.
    """
    if not suffix_of(read_file(path, START)):
        raise ImageError(f"{path}: not a JPEG, PNG or WebP picture")
    data = read_file(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ImageError(f"{path}: over the {MAX_BYTES // 1_000_000} MB allowed")
    return data


def read_file(path: Path, size: int) -> bytes:
    """Return the first bytes of a file. Raises ImageError, also for a pipe or a device, which may never end."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ImageError(f"{path}: not a file but a pipe, a socket or a device; save the picture to a file")
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:  # a null byte in a name
        raise ImageError(f"{str(path)!r}: cannot be read (not a file name)") from None
