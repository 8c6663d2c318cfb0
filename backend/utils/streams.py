"""Stdout and stderr: where they are closed, or cannot write every letter, no work stops and no error is hidden."""

from __future__ import annotations

import io
import os
import sys

from backend.utils import progress


def prepare_streams() -> None:
    """Make stdout and stderr take whatever is written to them. What one of them cannot take the other one gets."""
    _reserve_descriptors()
    if sys.stderr is None:
        progress.set_closed()
        sys.stderr = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  # errors, where the results would be
    if sys.stdout is None:
        sys.stdout = sys.stderr
        print("Note: stdout is closed, so that results are shown here", file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="namereplace")  # as in \N{GREEK SMALL LETTER PI}


def _reserve_descriptors() -> None:
    """Open the descriptors of the standard streams, or the next file would be opened as stdout, and be written over."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free


def can_show(text: str) -> bool:
    """Tell whether stdout can write every letter of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
