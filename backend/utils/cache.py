"""Files in the cache: whole or not at all, and with a checksum, so that a damaged one counts as missing."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

SIZE = hashlib.sha256().digest_size  # bytes of the checksum, which come first


def read(file: Path) -> bytes | None:
    """Return what was kept, or None where it is missing, damaged, or cannot be read."""
    with suppress(OSError):
        whole = file.read_bytes()
        if hashlib.sha256(whole[SIZE:]).digest() == whole[:SIZE]:
            return whole[SIZE:]
    return None


def keep(file: Path, content: bytes) -> None:
    """Keep a file; a cache that cannot be written is no reason to stop."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            fresh = Path(folder) / file.name
            fresh.write_bytes(hashlib.sha256(content).digest() + content)
            os.replace(fresh, file)


def cache_dir() -> Path:
    """Name the folder for downloads and features: THUMBPRINT_CACHE, or the user's cache."""
    override = os.environ.get("THUMBPRINT_CACHE")
    return Path(override) if override else user_cache_path("thumbprint", appauthor=False)
