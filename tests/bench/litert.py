"""Feature extraction against LiteRT (TensorFlow Lite), the usual way to run such a network fast on a processor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.dataset import Dataset
from backend.features import BATCH, Extractor, describe
from backend.images import Pixels, preprocess
from backend.quiet import held_stderr
from backend.recipes.style import Style
from backend.variants import learnt
from backend.weights import Weights

THREADS = 2


@dataclass(frozen=True)
class Speeds:
    """Pictures a second of each, medians over rounds that take turns, and the largest difference of a feature.

    litert: at its faster batch size, which is `litert_batch`; ours always runs in batches of 32.
    """

    ours: float
    litert: float
    litert_batch: int
    difference: float


def speeds(dataset: Dataset, weights: Weights, rounds: int) -> Speeds:
    """Time both on the same pixels, already decoded and resized; each round computes 32 pictures with either."""
    pixels = np.stack([preprocess(dataset.path(picture), Style.spec) for picture in learnt(dataset)[:BATCH]])
    runners: dict[int, Callable[[Pixels], Any]] = {0: Extractor(weights.layers, Style.taps, Style.spec)}
    runners |= {batch: interpreter(weights, batch) for batch in (1, BATCH)}
    features = {batch: run(pixels) for batch, run in runners.items()}  # and warm up
    seconds: dict[int, list[float]] = {batch: [] for batch in runners}
    for _ in range(rounds):
        for batch, run in runners.items():
            began = time.perf_counter()
            run(pixels)
            seconds[batch].append(time.perf_counter() - began)
    rate = {batch: len(pixels) / statistics.median(taken) for batch, taken in seconds.items()}
    best = max((1, BATCH), key=rate.__getitem__)
    return Speeds(rate[0], rate[best], best, float(np.abs(features[0] - features[best]).max()))


def interpreter(weights: Weights, batch: int) -> Callable[[Pixels], Any]:
    """Export the folded network and all that is pooled of it to float32 TFLite, and return what runs it.

    XNNPACK is LiteRT's default for float models. The last batch is filled up.
    """
    import tensorflow as tf

    shape = tf.TensorSpec((batch, Style.spec.height, Style.spec.width, 3), tf.float32)
    graph = tf.function(lambda x: describe(x, weights.layers, Style.taps), input_signature=[shape])
    with held_stderr():
        model = tf.lite.TFLiteConverter.from_concrete_functions([graph.get_concrete_function()]).convert()
        lite = tf.lite.Interpreter(model_content=model, num_threads=THREADS)
        lite.allocate_tensors()
    taken, given = lite.get_input_details()[0]["index"], lite.get_output_details()[0]["index"]

    def run(pixels: Pixels) -> Any:
        rows = []
        for start in range(0, len(pixels), batch):
            block = pixels[start : start + batch].astype(np.float32)
            lite.set_tensor(taken, np.resize(block, (batch, *block.shape[1:])))
            lite.invoke()
            rows.append(lite.get_tensor(given)[: len(block)])
        return np.concatenate(rows)

    return run
