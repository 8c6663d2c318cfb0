"""How politely and how stubbornly a server is asked."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimit:
    """How servers are asked.

    rate: requests a second, 0 for as many as come; concurrency: at once; tries: of a request that fails in passing;
    backoff: seconds before the second try, doubled before each further one, of which a random part is waited; patience:
    the longest time in seconds that a server may ask us to wait before the collection is put off; seconds: for one
    request, all of it.
    """

    rate: float = 10.0
    concurrency: int = 8
    tries: int = 5
    backoff: float = 1.0
    patience: float = 300.0
    seconds: float = 30.0


SLOWEST = 0.2  # requests a second: what slowing down comes to in the end
RECOVERY = 1.05  # times, with every request that goes well


class Stopped(Exception):
    """The person, or a server, has ended the collection: what is under way is given up."""


class Pace:
    """Spaces the requests of all threads, and makes all of them wait where a server asks one to.

    A server that says "too many requests" halves the rate, once for all that were under way; with every request that
    goes well it recovers a little.
    """

    def __init__(self, rate: float) -> None:
        self._wanted = rate
        self.rate = rate or float("inf")  # at this moment
        self._next = self._slowed = time.monotonic()
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End every wait, now and from now on."""
        self._stop.set()

    def wait(self) -> float:
        """Wait for one's turn, and return the moment. Raises Stopped."""
        while True:
            with self._lock:
                now = time.monotonic()
                if now >= self._next:
                    self._next = now + 1 / self.rate
                    break
                pause = self._next - now
            self.sleep(pause)
        if self._stop.is_set():
            raise Stopped
        return now

    def sleep(self, seconds: float) -> None:
        """Wait some time. Raises Stopped."""
        if self._stop.wait(seconds):
            raise Stopped

    def slow_down(self, seconds: float, began: float) -> None:
        """Keep everybody from asking for some time, and ask more rarely from then on; `began`: when a turn was given to
        what was turned down.
        """
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now + seconds)
            if began < self._slowed:
                return  # it was under way when others were turned down
            self._slowed = now
            # Without a wanted rate, what has been reached is not known: begin at a polite one.
            slower = min(self.rate, self._wanted or 2 * RateLimit.rate) / 2
            self.rate = max(min(SLOWEST, self._wanted or SLOWEST), slower)

    def succeed(self) -> None:
        """Ask a little faster, up to what is wanted."""
        with self._lock:
            if self.rate < (self._wanted or float("inf")):
                self.rate *= RECOVERY
                if self.rate >= (self._wanted or 4 * RateLimit.rate):
                    self.rate = self._wanted or float("inf")


def backoff(rate_limit: RateLimit, failures: int) -> float:
    """Say how many seconds to wait after some failures: half is drawn, so that threads do not come back together."""
    seconds: float = random.uniform(0.5, 1.0) * rate_limit.backoff * 2 ** (failures - 1)
    return seconds
