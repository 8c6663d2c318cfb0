"""What thumbnails are called: the video behind a file name, and file names that every system accepts."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePosixPath

SUFFIXES = {".jpg": ("", ".jpg", ".jpeg", ".jpe", ".jfif"), ".png": (".png",), ".webp": (".webp",)}
MAX_STEM = 200  # bytes; file systems allow 255 for a whole name

# The names that YouTube gives to the sizes of one video's thumbnail, and how ids and sizes make file names.
SIZE = r"(?:maxres(?:default|[123])|(?:sd|hq|mq)(?:default|[123])|hq720|default)(?:_live)?"
VIDEO_ID = r"[A-Za-z0-9_-]{11}"
ONLY_SIZE = re.compile(SIZE, re.IGNORECASE)
ID_FIRST = re.compile(rf"({VIDEO_ID})(?:[ _.-]+{SIZE})?")
ID_IN_BRACKETS = re.compile(rf".*\[({VIDEO_ID})\](?:[ _.-]*(?:{SIZE}|\d+|\(\d+\)))?", re.DOTALL)  # as yt-dlp does
ANY_WITH_SIZE = re.compile(rf"(.+?)[ _.-]+{SIZE}", re.IGNORECASE | re.DOTALL)


def video_key(path: PurePosixPath) -> str:
    """Tell which video a thumbnail shows by its path `CHANNEL/.../NAME`: its id, else its name without case and size.

    Where the name is but a size, as in `ID/hqdefault.jpg`, the folder's name is used.
    """
    stem = _stem(path.name)
    if ONLY_SIZE.fullmatch(stem) and len(path.parts) > 2:
        stem = path.parent.name
    if match := ID_FIRST.fullmatch(stem) or ID_IN_BRACKETS.fullmatch(stem):
        return match[1]
    match = ANY_WITH_SIZE.fullmatch(stem)
    return (match[1] if match else stem).casefold()


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
    return name.encode()[:MAX_STEM].decode(errors="ignore") or "_"


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
