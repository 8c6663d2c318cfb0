"""Exceptions that a user may see: each message names the bad value and the next step."""

from __future__ import annotations


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
