"""Files in the user's cache: whole or not at all, and with a checksum, so that a damaged one counts as missing."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from backend.utils import progress
from backend.utils.errors import FULL, cannot_write
from backend.utils.files import write_whole

CHECKSUM_BYTES = hashlib.sha256().digest_size  # in front of the content


def read(file: Path) -> bytes | None:
    """Return the content of a cached file, or None where it is missing, damaged, or cannot be read."""
    with suppress(OSError):
        whole = file.read_bytes()
        if hashlib.sha256(whole[CHECKSUM_BYTES:]).digest() == whole[:CHECKSUM_BYTES]:
            return whole[CHECKSUM_BYTES:]
    return None


def keep(file: Path, content: bytes) -> None:
    """Write a cached file; a cache that cannot be written is no reason to stop, and one that is full is said."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, hashlib.sha256(content).digest() + content)
    except OSError as error:
        if error.errno in FULL:
            progress.say(cannot_write(file, error, "set THUMBPRINT_CACHE elsewhere"))


def cache_dir() -> Path:
    """Name the folder for downloads and features: THUMBPRINT_CACHE, or the user's cache."""
    override = os.environ.get("THUMBPRINT_CACHE")
    return Path(override) if override else user_cache_path("thumbprint", appauthor=False)
