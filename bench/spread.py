"""Times and what is told of them: medians with their spread, of contenders that take turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Spread:
    """The median of n measurements, and where nine tenths of them lie; the browsers' part has the same fields."""

    median: float
    p5: float
    p95: float
    n: int


def spread(values: Sequence[float], digits: int = 4) -> Spread:
    """Summarise measurements."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return Spread(round(float(middle), digits), round(float(low), digits), round(float(high), digits), len(values))


def rates(count: int, seconds: Sequence[float]) -> Spread:
    """Summarise how many a second there were, of the seconds that `count` of them took."""
    return spread([count / taken for taken in seconds], 1)


def take_turns(contenders: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return each contender's seconds in each round, after a round to warm up.

    Whoever comes first changes from round to round, so that what slows a machine down for a while slows all.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            began = time.perf_counter()
            contenders[name]()
            if number:
                seconds[name].append(time.perf_counter() - began)
    return seconds
