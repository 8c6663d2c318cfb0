"""What long work tells the person who waits: short lines and bars, on stderr only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Silence lines and bars (errors and results are printed all the same)."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Tell whether progress is silenced."""
    return _quiet


def _interval() -> float:
    """Seconds between two drawings of a bar: in a log, each is a line."""
    return 0.1 if sys.stderr.isatty() else 10.0


def say(message: str) -> None:
    """Print one line of progress."""
    if not _quiet:
        tqdm.write(message, file=sys.stderr)


def track(items: Iterable[T], label: str, unit: str, total: int | None = None) -> Iterable[T]:
    """Return items under a progress bar; the bar is left standing when done."""
    return tqdm(items, desc=label, unit=unit, total=total, disable=_quiet, file=sys.stderr, mininterval=_interval())


@contextmanager
def bar(label: str, unit: str, total: int, *, in_logs: bool = True) -> Iterator[Any]:
    """Give a bar that the caller moves with `.update(n)`; there is none of nothing.

    in_logs: whether to draw it where nobody watches; work of many bars would fill a log with them.
    """
    hidden = _quiet or not total or not (in_logs or sys.stderr.isatty())
    with tqdm(desc=label, unit=unit, total=total, disable=hidden, file=sys.stderr, mininterval=_interval()) as progress:
        yield progress
