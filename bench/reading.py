"""Reads pictures as a plain script would: on two threads, a batch ahead of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from backend.data.images import Pixels, preprocess
from backend.models.style import Style


def read(paths: Sequence[Path]) -> Pixels:
    """Decode and scale pictures, as `style` does: (n, height, width, 3)."""
    return np.stack([preprocess(path, Style.spec) for path in paths])


def read_ahead(paths: Sequence[Path], batch: int, threads: int) -> Iterator[Pixels]:
    """Yield batches of pictures, of which the next is being read while one is used."""
    with ThreadPoolExecutor(threads) as pool:

        def begin(start: int) -> list[Future[Pixels]]:
            return [pool.submit(preprocess, path, Style.spec) for path in paths[start : start + batch]]

        ahead = begin(0)
        for start in range(0, len(paths), batch):
            now, ahead = ahead, begin(start + batch)
            yield np.stack([one.result() for one in now])
