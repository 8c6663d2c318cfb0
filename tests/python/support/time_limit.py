"""A time limit for what may hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def within(seconds: int, what: str = "it") -> Iterator[None]:
    """Raise TimeoutError where something takes longer, whatever it waits for."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"{what} took over {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
