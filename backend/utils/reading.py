"""Files that may be damaged: read at once, and everything that is wrong with them told by a few exceptions."""

from __future__ import annotations

import csv
import errno
import json
import math
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

# What reading a damaged file raises, an .npz or deep JSON above all: it has the most ways to be damaged.
DAMAGED = (
    *(OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError),
    *(MemoryError, SyntaxError, struct.error, csv.Error, zipfile.BadZipFile, zlib.error),
)
MOST_BYTES = 512_000_000  # of a file that is read at once; the largest that Thumbprint writes has a tenth


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """Read a file at once. Raises OSError, also for what is no file, as a pipe that nobody writes to, and for one of
    more than `most` bytes.
    """
    # Not blocking: opening a pipe would wait for somebody to write to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file", str(path))
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"of more than {most / 1e6:.0f} MB", str(path))
        return file.read()


def reason_of(error: BaseException) -> str:
    """Say what is wrong with a file, without its name."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def parse_json(content: bytes) -> Any:
    """Read JSON. Raises ValueError, also for what others than Python would not take: NaN and Infinity, half a letter,
    and what is nested so deeply that no reader follows.
    """
    try:
        parsed = json.loads(content.decode("utf-8-sig"), parse_constant=_finite, parse_float=_finite)
        if b"\\u" in content:
            json.dumps(parsed, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return parsed


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number of JSON")
    return number
