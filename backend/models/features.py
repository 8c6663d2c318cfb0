"""Features of pictures: what the taps of the backbone see, pooled over positions, computed once a picture and kept on
disk.

Reading a picture, running the backbone and writing the cache go batch by batch, and the features stay on disk until
somebody asks for some of them: memory does not grow with the number of pictures, and a killed run finds everything that
was finished before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.augment.views import view
from backend.data.images import DECODING
from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import Source
from backend.models.litert import Graph, Network, network
from backend.models.mobilenet_v2 import Layers, forward, used_layers
from backend.utils import progress
from backend.utils.array_cache import FeatureCache, Features, Table

BATCH = 32  # pictures between two writes to the cache
READERS = 2  # threads that read pictures
LEVELS = np.arange(4, dtype=np.float32)  # of a colour in the histogram, thirds of the whole range
EPSILON = 1e-6  # keeps the gradient of the square root finite where a channel is constant
TO_UNIT = (1 / 127.5, -1.0)  # pixels 0..255 to [-1, 1]: scale, offset
VERSION = 5  # of everything below that decides a feature's value


def normalise(pixels: Any) -> Any:
    """Map pixels 0..255 to [-1, 1], as MobileNetV2 was trained."""
    import tensorflow as tf

    scale, offset = TO_UNIT
    return tf.cast(pixels, tf.float32) * scale + offset


def pooled(activations: Mapping[str, Any]) -> Any:
    """Pool each tap to the mean and standard deviation of its channels over positions.

    activations: {tap: (B, h, w, c)}. Returns (B, sum of 2 * c). Two passes of average pooling: as exact as moments, and
    faster in TensorFlow.js.
    """
    import tensorflow as tf

    parts = []
    for activation in activations.values():
        window = activation.shape[1:3]
        mean = tf.nn.avg_pool2d(activation, window, 1, "VALID")  # (B, 1, 1, c)
        variance = tf.nn.avg_pool2d(tf.square(activation - mean), window, 1, "VALID")
        parts += [mean, tf.sqrt(variance + EPSILON)]
    return tf.squeeze(tf.concat(parts, axis=3), [1, 2])


def pooled_gradients(
    gradient: NDArray[np.float64], features: Features, activations: Sequence[Features]
) -> list[NDArray[np.float32]]:
    """Return the gradients of a number by the activations of one picture, each (h, w, c), from that by its features.

    In closed form: the gradient of a mean is 1 / n at each of its n positions, and that of a standard deviation
    (activation - mean) / (n * standard deviation).
    """
    gradients, start = [], 0
    for activation in activations:
        height, width, channels = activation.shape
        mean, deviation = slice(start, start + channels), slice(start + channels, start + 2 * channels)
        slope = gradient[deviation] / features[deviation] / (height * width)
        level = gradient[mean] / (height * width) - slope * features[mean]
        gradients.append(slope.astype(np.float32) * activation + level.astype(np.float32))
        start += 2 * channels
    return gradients


def colours(pixels: Any) -> Any:
    """Describe the colours of pictures: a coarse picture, and a joint histogram.

    pixels: (B, H, W, 3), 0 to 255. Returns (B, rows * columns * 3 + 64), with a place of the coarse picture for about
    32x32 pixels. A pixel counts towards the nearest of four levels of each of red, green and blue by its distance, so
    that the histogram has no edges to fall over.
    """
    import tensorflow as tf

    small = tf.nn.avg_pool2d(tf.cast(pixels, tf.float32), 4, 4, "VALID")  # (B, H/4, W/4, 3)
    window = [size // max(1, round(size / 8)) for size in small.shape[1:3]]  # no more than a few pixels are left over
    grid = tf.nn.avg_pool2d(small, window, window, "VALID") * (1 / 255)  # (B, rows, columns, 3)
    count = small.shape[1] * small.shape[2]
    reds, greens = _near(small, 0, LEVELS.repeat(4)), _near(small, 1, np.tile(LEVELS, 4))  # (B, H/4, W/4, 16)
    pairs = tf.reshape(reds * greens, [-1, count, 16])
    blues = tf.reshape(_near(small, 2, LEVELS), [-1, count, 4])
    histogram = tf.matmul(pairs, blues, transpose_a=True) * (1 / count)  # (B, 16, 4)
    # Square roots of shares: differences of rare colours count as those of common ones.
    flat = tf.sqrt(tf.reshape(histogram, [-1, 64]) + EPSILON)
    return tf.concat([tf.reshape(grid, [-1, grid.shape[1] * grid.shape[2] * 3]), flat], axis=1)


def _near(pixels: Any, colour: int, levels: NDArray[np.float32]) -> Any:
    """Say how near one colour of pixels (B, h, w, 3) is to levels, (B, h, w, levels): 1 at a level, 0 at the next.

    By a convolution, which also lays the levels out: TensorFlow.js is slow at taking colours apart.
    """
    import tensorflow as tf

    steps = 3 / 255  # a level is a third of the whole range away from the next
    kernel = np.zeros((1, 1, 3, len(levels)), np.float32)
    kernel[0, 0, colour] = steps
    away = tf.nn.bias_add(tf.nn.conv2d(pixels, tf.constant(kernel), 1, "VALID"), tf.constant(-levels))
    return tf.nn.relu(1 - tf.abs(away))


def describe(activations: Mapping[str, Any], pixels: Any) -> Any:
    """Compute all features of pictures, (B, features), from their taps and their pixels (B, H, W, 3), 0 to 255."""
    import tensorflow as tf

    return tf.concat([pooled(activations), colours(pixels)], axis=1)


def graph(taps: tuple[str, ...], spec: InputSpec) -> Graph:
    """Say what is compiled: pictures to their features, (1, features), and to the taps' activations."""

    def build(pixels: Any, layers: Layers) -> list[Any]:
        activations = forward(normalise(pixels), layers, taps)
        return [describe(activations, pixels), *activations.values()]

    return Graph(build, spec, "|".join(["features", str(VERSION), *taps]))


def compiled(layers: Layers, taps: tuple[str, ...], spec: InputSpec) -> Network:
    """Return that, compiled."""
    return network(graph(taps, spec), used_layers(layers, taps[-1]))


class Extractor:
    """Computes all features of preprocessed pictures with a folded backbone."""

    def __init__(self, layers: Layers, taps: tuple[str, ...], spec: InputSpec) -> None:
        self._network = compiled(layers, taps, spec)

    def __call__(self, pixels: Pixels) -> Features:
        """Return (B, features) float32 for (B, H, W, 3) uint8."""
        return self._network(pixels)


def fingerprint(backbone_sha256: str, taps: Sequence[str], spec: InputSpec) -> str:
    """Name everything but the picture that decides a feature's value."""
    text = "|".join([str(VERSION), str(DECODING), backbone_sha256, *taps, f"{spec.height}x{spec.width}", spec.fit])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def extract(
    sources: Sequence[Source], spec: InputSpec, cache: FeatureCache, extractor: Callable[[], Extractor]
) -> Table:
    """Return the features of pictures, (len(sources), features), computing only what the cache lacks.

    `extractor` is called only where something is missing. Raises ImageError for a picture that cannot be read.
    """
    missing = list({source.key: source for source in sources if cache.get(source.key) is None}.values())
    if missing:
        with progress.bar("Features", "picture", len(missing)) as bar, ThreadPoolExecutor(READERS) as pool:
            batches = _read_ahead(pool, missing, spec)
            run = extractor()  # while the first pictures are being read
            for batch, pixels in batches:
                cache.put(zip((source.key for source in batch), run(pixels), strict=True))
                bar.update(len(batch))
    return Table(cache.file, np.array([source.key for source in sources], np.str_))


Batch = tuple[list[Source], Pixels]


def _read_ahead(pool: ThreadPoolExecutor, sources: list[Source], spec: InputSpec) -> Iterator[Batch]:
    """Return an iterator of batches of pictures, each of which is read while the one before is used."""

    def begin(start: int) -> list[Future[Pixels]]:
        return [pool.submit(view, s.path, s.sha256, s.view, spec) for s in sources[start : start + BATCH]]

    ahead = begin(0)

    def batches() -> Iterator[Batch]:
        nonlocal ahead
        for start in range(0, len(sources), BATCH):
            now, ahead = ahead, begin(start + BATCH)
            try:
                yield sources[start : start + BATCH], np.stack([future.result() for future in now])
            except BaseException:
                for future in ahead:
                    future.cancel()
                raise

    return batches()
