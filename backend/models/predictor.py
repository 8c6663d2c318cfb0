"""A trained model at work: pictures in, probabilities out, by the very network that the converter exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.images import preprocess
from backend.data.pixels import Pixels
from backend.models.calibration import Calibration, Probabilities, Scores, probabilities
from backend.models.litert import THREADS
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe
from backend.models.run import Run
from backend.utils import progress
from backend.utils.errors import ImageError

BLOCK = 64  # pictures that are read and classified between two steps of the progress bar


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
        self.run = run
        self.recipe: Recipe = get_recipe(run.recipe)
        self._extract = self.recipe.extractor(run.layers)
        self._score = self.recipe.scorer(run.layers, run.head)

    def logits(self, pixels: Any) -> Any:
        """Build the network in TensorFlow: (B, H, W, 3) pixels 0..255 to (B, classes) logits."""
        return self.recipe.logits(pixels, self.run.layers, self.run.head)

    def probabilities(self, logits: Any) -> Any:
        """Go on in TensorFlow from logits (B, classes) to (B, channels), or one column more for 'none'."""
        import tensorflow as tf

        chances, channels = tf.nn.softmax(logits), len(self.run.channels)
        if chances.shape[1] == channels:
            return chances
        unknown = tf.reduce_sum(chances[:, channels:], axis=1, keepdims=True)
        return tf.concat([chances[:, :channels], unknown], axis=1)

    def scores(self, pixels: Pixels) -> Scores:
        """Return logits (n, classes) for preprocessed pictures (n, H, W, 3)."""
        return self._score(self._extract(pixels))

    def predict_proba(self, pixels: Pixels) -> Probabilities:
        """Return (n, channels), or (n, channels + 1) with 'none' last, for preprocessed pictures (n, H, W, 3)."""
        return probabilities(self.scores(pixels), len(self.run.channels), Calibration())

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
        rows = []
        for row in self.predict_each(paths):
            if isinstance(row, ImageError):
                raise row
            rows.append(row)
        return np.stack(rows)

    def predict_each(self, paths: Sequence[Path]) -> Iterator[NDArray[np.float64] | ImageError]:
        """Yield a row of probabilities for each picture file, or what is wrong with it, under a progress bar."""
        with progress.bar("Pictures", "picture", len(paths), in_logs=False) as bar, ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(paths), BLOCK):
                for row in pool.map(self._predict, paths[start : start + BLOCK]):
                    bar.update(1)
                    yield row

    def _predict(self, path: Path) -> NDArray[np.float64] | ImageError:
        """Read a picture and classify it, in a thread."""
        try:
            pixels = preprocess(path, self.recipe.spec)
        except ImageError as error:
            return error
        row: NDArray[np.float64] = self.predict_proba(pixels[None])[0]
        return row
