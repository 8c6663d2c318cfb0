"""Exceptions that a user may see: each message names the bad value and the next step."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)


class ThumbprintError(Exception):
    """Base of every error that the command line shows without a traceback."""


class ImageError(ThumbprintError):
    """A picture cannot be used: unreadable, truncated, or out of bounds."""


class DataError(ThumbprintError):
    """A dataset or a folder of thumbnails cannot be used as it is."""


class WeightsError(ThumbprintError):
    """No backbone weights, or not the ones that the recipe needs."""


class RunError(ThumbprintError):
    """A run folder is missing, damaged, of another schema, or would be overwritten."""


class ConversionError(ThumbprintError):
    """The converted model does not do what the trained one does."""


class ServerError(ThumbprintError):
    """The local server cannot be started as asked."""


def cannot_write(path: Path | str, error: OSError, instead: str = "name another --out") -> str:
    """Return the message for a place that the system does not let us write."""
    advice = f"free some space or {instead}" if error.errno in FULL else instead
    return f"{path}: cannot be written ({error.strerror or error}); {advice}"
