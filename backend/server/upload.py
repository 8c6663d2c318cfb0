"""The picture in a request: its bytes, within bounds, of a kind that is taken. The server never fetches one."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from backend.data.images import suffix_of
from backend.server.problems import Problem

MAX_BYTES = 8 * 1024 * 1024
PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}  # by the suffix of a file
TYPES = (*PICTURE_TYPES.values(), "application/octet-stream")
OTHER_NAMES = ("image/jpg", "image/pjpeg", "image/x-png", "image/apng")  # that programs give to the same
FORM = "multipart/form-data"
FIELD = "picture"
PARTS = 10  # of a form


def read_picture() -> bytes:
    """Return the picture that was sent, as the body or in the form field `picture`; its name is not looked at.

    What it is, its bytes decide; a Content-Type may be missing, as it is when an extension posts. Raises Problem: 400
    without a picture, 415 for another kind; too large a body raises werkzeug's 413.
    """
    data = _read_form() if request.mimetype == FORM else _read_body()
    if not data:
        raise Problem(400, "no picture was sent; send its bytes as the body of the request")
    if picture_type(data) is None:
        raise Problem(415, f"a body that begins with {data[:8]!r}: send a JPEG, PNG or WebP picture")
    return data


def _read_form() -> bytes:
    try:
        part = request.files.get(FIELD)
    except RequestEntityTooLarge:
        if (request.content_length or 0) > MAX_BYTES:
            raise
        # werkzeug says the same of a form of many parts or of a long text, whatever its size.
        raise Problem(400, f"a form of over {PARTS} parts or with a long text; send the file {FIELD!r} alone") from None
    if part is None:
        raise Problem(400, f"the form has no file {FIELD!r}; call the field so, or send the picture as the body")
    data: bytes = part.read()
    return data


def _read_body() -> bytes:
    if request.mimetype not in ("", *TYPES, *OTHER_NAMES):
        raise Problem(415, f"Content-Type {request.mimetype}: send one of {', '.join(TYPES)}, or {FORM}")
    return request.get_data(cache=False)


def picture_type(data: bytes) -> str | None:
    """Return the Content-Type of a picture by its first bytes, or None for anything else."""
    return PICTURE_TYPES.get(suffix_of(data))
