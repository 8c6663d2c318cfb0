"""What long work tells the person who waits: short lines and bars, on stderr only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from tqdm import tqdm
from tqdm.utils import ObjectWrapper

T = TypeVar("T")

_quiet = False
_closed = False


def set_quiet(quiet: bool) -> None:
    """Silence lines and bars (errors and results are printed all the same)."""
    global _quiet
    _quiet = quiet


def set_closed() -> None:
    """Show nothing as long as this process runs: stderr is closed, and what stands in for it is not for progress."""
    global _closed
    _closed = True


def is_quiet() -> bool:
    """Tell whether progress is silenced."""
    return _quiet or _closed


class _Stderr(ObjectWrapper):
    """Stderr, which may break: nobody who watches is no reason to stop the work."""

    def write(self, text: str) -> None:
        try:
            self._wrapped.write(text)
        except OSError:
            self._break_off()

    def flush(self) -> None:
        try:
            self._wrapped.flush()
        except OSError:
            self._break_off()

    def _break_off(self) -> None:
        """Lead what is still held back, and all that follows, nowhere: at its end Python would fail to write it."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._wrapped.fileno())
            os.close(nowhere)


def _interval() -> float:
    """Seconds between two drawings of a bar: in a log, each is a line."""
    return 0.1 if sys.stderr.isatty() else 10.0


def say(message: str) -> None:
    """Print one line of progress."""
    if not is_quiet():
        tqdm.write(message, file=_Stderr(sys.stderr))


def track(items: Iterable[T], label: str, unit: str, total: int | None = None) -> Iterable[T]:
    """Return items under a progress bar; the bar is left standing when done."""
    file = _Stderr(sys.stderr)
    return tqdm(items, desc=label, unit=unit, total=total, disable=is_quiet(), file=file, mininterval=_interval())


@contextmanager
def bar(label: str, unit: str, total: int, *, in_logs: bool = True) -> Iterator[Any]:
    """Give a bar that the caller moves with `.update(n)`; there is none of nothing.

    in_logs: whether to draw it where nobody watches; work of many bars would fill a log with them.
    """
    hidden = is_quiet() or not total or not (in_logs or sys.stderr.isatty())
    file = _Stderr(sys.stderr)
    with tqdm(desc=label, unit=unit, total=total, disable=hidden, file=file, mininterval=_interval()) as progress:
        yield progress
