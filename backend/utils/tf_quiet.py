"""Keeping TensorFlow's chatter off the terminal.

Its libraries write pages about missing accelerators straight to file descriptor 2, before any of their settings apply.
What they write is held back, and shown if the work fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from backend.utils.errors import ThumbprintError

INSTALL = "pip install '.[tensorflow]' in Thumbprint's folder"


@contextmanager
def held_stderr() -> Iterator[None]:
    """Hold back what is written to file descriptor 2; it appears only where the block raises what nobody foresaw."""
    sys.stderr.flush()
    kept = os.dup(2)
    with _scratch() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except (ThumbprintError, OSError):
            raise  # its message says it all
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


def _scratch() -> IO[bytes]:
    """Open a file that nobody sees, or none where no folder for such files can be written."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return open(os.devnull, "r+b")


def import_tensorflow() -> None:
    """Import TensorFlow without its greetings. Raises ThumbprintError where it is not installed."""
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with held_stderr():
            import tensorflow  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise ThumbprintError(f"TensorFlow is not installed, which this needs; run: {INSTALL}") from None
