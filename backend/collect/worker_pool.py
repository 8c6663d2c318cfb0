"""Threads that fetch thumbnails, and one that keeps what they bring, whatever ends the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Generic, Protocol, TypeVar

from backend.collect.http_client import Client, PutOff
from backend.collect.rate_limit import Stopped

GIVE_UP_AFTER = 25  # answers in a row that failed in passing: then a server is down, or lets nobody in


class Answer(Protocol):
    """What a thread brings; `passing`: why it failed, where asking another time may help."""

    @property
    def passing(self) -> str: ...


ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT", bound=Answer)
Settle = Callable[[Sequence[tuple[ItemT, "AnswerT | None"]]], None]


class WorkerPool(Generic[ItemT, AnswerT]):
    """Threads for one kind of request: `ask` is called in them, `settle` in the thread that calls `work`.

    settle: takes what came, some at a time; None for what had been begun when the work was ended.
    """

    def __init__(
        self, client: Client, threads: int, ask: Callable[[ItemT], AnswerT], settle: Settle[ItemT, AnswerT]
    ) -> None:
        self._client, self._threads, self._ask, self._settle = client, threads, ask, settle
        self._under_way: dict[Future[AnswerT], ItemT] = {}
        self._failed_in_a_row = 0

    def work(self, items: Iterator[ItemT], wanted: Callable[[], int] = lambda: sys.maxsize) -> None:
        """Ask for the items one after the other, of which never more than `wanted` are under way.

        Raises PutOff, Stopped, and what `ask` or `settle` raises. What is under way then is ended and settled first.
        """
        pool = ThreadPoolExecutor(self._threads)
        try:
            while self._send(pool, items, wanted()):
                self._receive()
        except BaseException as error:
            self._client.pace.stop()  # what waits for its turn gives up
            pool.shutdown(cancel_futures=True)
            if isinstance(error, (PutOff, Stopped, KeyboardInterrupt)):
                self._settle([(item, _answer(future)) for future, item in self._under_way.items()])
            raise
        pool.shutdown()

    def _send(self, pool: ThreadPoolExecutor, items: Iterator[ItemT], wanted: int) -> bool:
        """Keep the threads busy; tells whether anything is under way."""
        room = min(wanted, 2 * self._threads) - len(self._under_way)
        for item in islice(items, max(0, room)):
            self._under_way[pool.submit(self._ask, item)] = item
        return bool(self._under_way)

    def _receive(self) -> None:
        done = wait(self._under_way, return_when=FIRST_COMPLETED).done
        came = [future for future in done if future.exception() is None]
        self._settle([(self._under_way[future], future.result()) for future in came])
        for future in came:  # only now: Ctrl-C in the middle of it settles them once more
            del self._under_way[future]
        for future in done:
            passing = future.result().passing
            self._failed_in_a_row = self._failed_in_a_row + 1 if passing else 0
            if self._failed_in_a_row >= GIVE_UP_AFTER:
                raise PutOff(
                    f"{GIVE_UP_AFTER} thumbnails in a row could not be had (the last: {passing}); all that was fetched "
                    "is kept: check the connection, or --proxy, and run the same command again later"
                )


def _answer(future: Future[AnswerT]) -> AnswerT | None:
    """Return what a thread brought before the end, None where it was not done."""
    return None if future.cancelled() or future.exception() is not None else future.result()
