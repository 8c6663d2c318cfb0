"""Folders of pictures as people have them: FOLDER/CHANNEL/*, and what of them can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from backend.data.images import decode
from backend.data.picture_files import find_pictures
from backend.data.sources import Source
from backend.utils import progress
from backend.utils.errors import DataError, ImageError


def channel_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, in the order of their names. Raises DataError where there is none."""
    names = [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
    if not names:
        raise DataError(f"{folder}: no folder of channels; name one that holds a folder of thumbnails for each channel")
    return names


def read_pictures(folder: Path) -> Iterator[Source]:
    """Yield the pictures below a folder that can be read, in the order of their names; the others are said on stderr.

    Raises ImageError for a folder without pictures.
    """
    for path in find_pictures([folder]):
        try:
            decode(path)
        except ImageError as error:
            progress.say(f"Left out: {error}")
            continue
        yield Source(path, hashlib.sha256(path.read_bytes()).hexdigest())
