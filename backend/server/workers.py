"""How much at once: a few jobs run, a few wait, and whoever comes then is told to come back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime  # another class than the built-in one in Python 3.10
from threading import BoundedSemaphore
from typing import TypeVar

from backend.server.problems import Problem

T = TypeVar("T")

RUNNING = 2
WAITING = 6


class Workers:
    """A bounded pool of threads for heavy work. A job keeps its place until it has ended, also when given up on."""

    def __init__(self, running: int = RUNNING, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(running, "thumbprint")
        self._places = BoundedSemaphore(running + waiting)
        self._limit = running + waiting

    def run(self, job: Callable[[], T], seconds: float) -> T:
        """Run a job and return what it returns, or raise what it raises.

        Raises Problem: 429 where every place is taken, 503 where it has not ended after so many seconds.
        """
        if not self._places.acquire(blocking=False):
            raise Problem(429, f"{self._limit} requests are being worked on already; ask again in a second", 1)
        future = self._pool.submit(job)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return future.result(seconds)
        except OutOfTime:
            if future.done():
                raise
            if future.cancel():
                raise Problem(503, f"still waiting after {seconds:g} s; ask again when less is going on", 5) from None
            raise Problem(503, f"not done after {seconds:g} s; send a smaller picture, or ask again", 5) from None

    def close(self) -> None:
        """Forget what waits; what runs may end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
