"""How much memory this process holds, and whether work that is done again and again makes it grow."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress

import psutil


def resident_mb() -> float:
    """Return the resident set of this process in MB, without garbage, and without what the C library holds in reserve.

    A leak would be filled from that reserve first, and could not be seen in a process that once held more.
    """
    gc.collect()
    with suppress(OSError, AttributeError):  # only glibc has to be told
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return float(psutil.Process().memory_info().rss) / 1e6


def growth_mb(work: Callable[[], object], times: int) -> float:
    """Do something so many times; return the MB by which memory grew after the first third, which warms up."""
    before = resident_mb()
    for turn in range(times):
        if turn == times // 3:
            before = resident_mb()
        work()
    return resident_mb() - before
