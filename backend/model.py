"""A trained model at work: pictures in, probabilities out, by the very network that the converter exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend import progress
from backend.images import Pixels, preprocess
from backend.quiet import import_tensorflow
from backend.recipes import Probabilities, Recipe, get_recipe
from backend.run import Run

BATCH = 8  # with more, what the network computes leaves the processor's cache


@dataclass(frozen=True)
class Answer:
    """What a model says of one picture.

    channel: name of the most probable channel; probabilities: of every channel, by name; unknown: the probability of
    'none of these', or None where the model knows no background. All together sum to 1. known: whether the channel is
    claimed.
    """

    channel: str
    known: bool
    probability: float
    probabilities: dict[str, float]
    unknown: float | None


class Model:
    """The whole network of a run, built once."""

    def __init__(self, run: Run) -> None:
        import_tensorflow()
        import tensorflow as tf

        self.run = run
        self.recipe: Recipe = get_recipe(run.recipe)
        spec = self.recipe.spec
        shape = tf.TensorSpec((None, spec.height, spec.width, 3), tf.uint8)
        self._predict = tf.function(self.probabilities, input_signature=[shape])

    def logits(self, pixels: Any) -> Any:
        """Build the network in TensorFlow: (B, H, W, 3) pixels 0..255 to (B, classes) logits."""
        return self.recipe.logits(pixels, self.run.layers, self.run.head)

    def probabilities(self, pixels: Any) -> Any:
        """Build the network in TensorFlow: (B, H, W, 3) pixels to (B, channels), or one column more for 'none'."""
        import tensorflow as tf

        chances, channels = tf.nn.softmax(self.logits(pixels)), len(self.run.channels)
        if chances.shape[1] == channels:
            return chances
        unknown = tf.reduce_sum(chances[:, channels:], axis=1, keepdims=True)
        return tf.concat([chances[:, :channels], unknown], axis=1)

    def predict_proba(self, pixels: Pixels) -> Probabilities:
        """Return (n, channels), or (n, channels + 1) with 'none' last, for preprocessed pictures (n, H, W, 3)."""
        parts = [self._predict(pixels[i : i + BATCH]).numpy() for i in range(0, len(pixels), BATCH)]
        chances: Probabilities = np.concatenate(parts).astype(np.float64)
        return chances

    def answer(self, picture: Path | bytes) -> Answer:
        """Say whose thumbnail one picture is. Raises ImageError."""
        return self.explain_row(self.predict_proba(preprocess(picture, self.recipe.spec)[None])[0])

    def explain_row(self, chances: NDArray[np.float64]) -> Answer:
        """Turn one row of `predict_proba` into an answer."""
        names = [channel.name for channel in self.run.channels]
        best = int(chances[: len(names)].argmax())
        unknown = float(chances[-1]) if len(chances) > len(names) else None
        threshold = self.run.threshold
        known = unknown is None or threshold is None or unknown <= threshold
        by_name = {name: float(chance) for name, chance in zip(names, chances, strict=False)}
        return Answer(names[best], known, float(chances[best]), by_name, unknown)

    def predict_files(self, paths: Sequence[Path]) -> Probabilities:
        """Return (n, classes) for picture files, under a progress bar. Raises ImageError."""
        parts = []
        with progress.bar("Pictures", "picture", len(paths)) as bar:
            for start in range(0, len(paths), BATCH):
                batch = paths[start : start + BATCH]
                parts.append(self.predict_proba(np.stack([preprocess(path, self.recipe.spec) for path in batch])))
                bar.update(len(batch))
        return np.concatenate(parts)
