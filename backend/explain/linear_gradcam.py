"""Grad-CAM in closed form, where the head is linear in the taps' means and standard deviations: without TensorFlow.

The same maps as `backend.explain.gradcam` draws (a test holds the two together): the gradient of a mean is 1 / n at
each of its n positions, and that of a standard deviation (activation - mean) / (n * standard deviation). LiteRT runs
the network, as in training, so that a training need not wait for TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import baked_bars, decode, prepare
from backend.data.pixels import Pixels
from backend.explain.heatmap import Heatmap, picture_area
from backend.models.features import colours, normalise, pooled
from backend.models.head import Head
from backend.models.litert import network
from backend.models.mobilenet_v2 import Layers, forward, tap_shapes
from backend.models.photo_gate import GATE_BIAS, GATE_KERNEL, PHOTO_BIAS, PHOTO_KERNEL
from backend.models.registry import get_recipe
from backend.models.run import Run

VERSION = 1  # of what is compiled
Values = NDArray[np.float64]


def is_linear(head: Head) -> bool:
    """Tell whether a head has no hidden layer, as this needs."""
    return "hidden_kernel" not in head


class LinearGradcam:
    """The network of a run whose head is linear, opened at its taps."""

    def __init__(self, run: Run) -> None:
        self._names, self._head = [channel.name for channel in run.channels], run.head
        recipe = get_recipe(run.recipe)
        self._spec, layers, taps = recipe.spec, run.layers, recipe.taps
        self._shapes = tap_shapes(self._spec.height, self._spec.width, taps)
        name = "|".join(["gradcam", str(VERSION), *taps])
        self._network = network(lambda pixels: _opened(pixels, layers, taps), layers, self._spec, name)
        features = [self._run(pixels)[0] for pixels in run.check_pixels()]
        self._typical: Values = np.mean(features, axis=0)[:, None] * run.head["kernel"]  # (features, classes)

    def explain(self, picture: Path, *, channel: str) -> Heatmap:
        """Say where the evidence for a channel lies in a picture. Raises ImageError."""
        pixels = decode(picture)
        left, top, right, bottom = box = baked_bars(pixels)
        grid, logit = self._map(prepare(pixels, self._spec), self._names.index(channel))
        rows, columns = picture_area((bottom - top, right - left), self._spec)
        return Heatmap(channel, "gradcam", grid[rows, columns], box, (pixels.shape[1], pixels.shape[0]), logit)

    def _run(self, pixels: Pixels) -> tuple[Values, NDArray[np.float32]]:
        """Return features (features,) and the taps' activations one after the other, flat."""
        features = len(self._head["kernel"])
        outputs = self._network(pixels[None])[0]
        return outputs[:features].astype(np.float64), outputs[features:]

    def _map(self, pixels: Pixels, target: int) -> tuple[NDArray[np.float32], float]:
        """Return a map over the model's input (H, W), 0 to 1, and the target's logit."""
        features, flat = self._run(pixels)
        gradient, logit = logit_gradient(self._head, features, target)
        total, row = np.zeros((self._spec.height, self._spec.width)), 0
        for height, width, channels in self._shapes.values():
            positions = height * width
            activation, flat = flat[: positions * channels].reshape(positions, channels), flat[positions * channels :]
            of_means, of_deviations = slice(row, row + channels), slice(row + channels, row + 2 * channels)
            slopes = gradient[of_deviations] / features[of_deviations]
            evidence = (activation * (gradient[of_means] + slopes * (activation - features[of_means]))).sum(axis=1)
            row += 2 * channels
            # Of each position the part that it adds to the logit, times the positions: per area, as taps keep sums.
            evidence -= self._typical[of_means.start : row, target].sum()
            total += self._enlarged(evidence.reshape(height, width))
        seen = total.clip(0)
        return (seen / max(float(seen.max()), np.finfo(np.float32).tiny)).astype(np.float32), logit

    def _enlarged(self, evidence: Values) -> NDArray[np.float32]:
        image = Image.fromarray(evidence.astype(np.float32))
        return np.asarray(image.resize((self._spec.width, self._spec.height), Image.Resampling.BILINEAR))


def _opened(pixels: Any, layers: Layers, taps: tuple[str, ...]) -> Any:
    """Build the network: (1, H, W, 3) pixels to features and activations, (1, outputs)."""
    import tensorflow as tf

    activations = forward(normalise(pixels), layers, taps)
    flat = [tf.reshape(activation, [1, -1]) for activation in activations.values()]
    return tf.concat([tf.reshape(pooled(activations), [1, -1]), colours(pixels), *flat], axis=1)


def logit_gradient(head: Head, features: Values, target: int) -> tuple[Values, float]:
    """Return the gradient of a class's logit by the features, (features,), and the logit; features: (features,)."""
    kernel: Values = head["kernel"][:, target].astype(np.float64)
    logit = float(features @ kernel + head["bias"][target])
    if GATE_KERNEL not in head:
        return kernel, logit
    photo: Values = head[PHOTO_KERNEL][:, target].astype(np.float64)
    further = float(features @ photo + head[PHOTO_BIAS][target]) - logit
    gate: Values = head[GATE_KERNEL][:, 0].astype(np.float64)
    opened = 0.5 * (1 + np.tanh((features @ gate + head[GATE_BIAS][0]) / 2))
    gradient = kernel + opened * (photo - kernel) + opened * (1 - opened) * further * gate
    return gradient, logit + float(opened) * further
