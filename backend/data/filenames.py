"""What thumbnails are called: names that every system accepts."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePosixPath

SUFFIXES = {".jpg": ("", ".jpg", ".jpeg", ".jpe", ".jfif"), ".png": (".png",), ".webp": (".webp",)}
DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)  # on Windows, whatever follows
MAX_STEM = 200  # bytes; file systems allow 255 for a whole name


def _stem(name: str) -> str:
    """Take a picture's suffix off, and nothing else: `Part 1.5` has none."""
    suffix = PurePosixPath(name).suffix
    known = any(suffix.lower() in suffixes for suffixes in SUFFIXES.values())
    return name.removesuffix(suffix) if known else name


def suffix_of(data: bytes) -> str:
    """Tell JPEG, PNG and WebP by their first bytes; empty for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    return ".webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def readable(name: str) -> str:
    """Make a file name text that can be stored and compared: composed Unicode, undecodable bytes as U+FFFD."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))


def portable(name: str) -> str:
    """Replace what other systems do not allow in a file name, and shorten it to what they hold."""
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name).strip(" .")
    name = name.encode()[:MAX_STEM].decode(errors="ignore").rstrip(" .")
    return f"_{name}" if DEVICE.fullmatch(name) else name or "_"


def free_file(folder: str, name: str, suffix: str, taken: set[str]) -> str:
    """Name a picture in a dataset's folder, with the suffix of its content, and add the name to `taken`.

    Names that differ only in case are one name on some systems: a later one gets a number, as in `cover-2.jpg`.
    """
    own = PurePosixPath(name).suffix
    stem, suffix = portable(_stem(name)), own if own and own.lower() in SUFFIXES[suffix] else suffix
    file, number = f"{folder}/{stem}{suffix}", 1
    while file.casefold() in taken:
        number += 1
        file = f"{folder}/{stem}-{number}{suffix}"
    taken.add(file.casefold())
    return file
