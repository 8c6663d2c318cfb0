"""Our recipe: the style of a whole 16:9 thumbnail, read where MobileNetV2 still sees strokes, edges and colours.

The network is cut at `block_13_expand_relu` (126 million multiply-adds, 0.59 million parameters at 128x224). Four taps
are pooled to the mean and standard deviation of their channels, colours are added, and a linear discriminant with
shrinkage tells the classes apart: the channels, and beside them each background and drawn channel, which together with
a class of no evidence at all are 'none of these'. The deeper layers, which know what is in a picture and not how it is
made, are never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend import discriminant
from backend.backbone import Layers
from backend.features import TO_UNIT, Extractor, FeatureCache, Source, describe, extract, fingerprint
from backend.folds import deal
from backend.images import InputSpec
from backend.openset import Calibration, Scores, fit_calibration, negative_log_likelihood
from backend.recipes import Fitted, Head, Labelled
from backend.weights import Weights, cache_dir

VIEWS = 2  # of each training picture, beside the picture as it is
SHRINKAGES = (0.02, 0.05, 0.1, 0.2, 0.4)
INNER_FOLDS = 3


class Style:
    """Means and standard deviations of four taps, colours, and a linear discriminant."""

    name = "style"
    spec = InputSpec(128, 224, "stretch")
    scale, offset = TO_UNIT  # [-1, 1], as MobileNetV2 was trained
    # strides 4, 8, 16 and 16: (32, 56, 144), (16, 28, 192), (8, 14, 384) and (8, 14, 576)
    taps: tuple[str, ...] = tuple(f"block_{index}_expand_relu" for index in (3, 6, 10, 13))
    default_folds = 5
    knows_background = True
    uses_epochs = False

    def inputs(self, sources: Sequence[Source], weights: Weights) -> NDArray[np.float32]:
        """Return features (n, 1 + VIEWS, 2740) of each picture and its views, from the cache where it has them."""
        views = [replace(source, view=view) for source in sources for view in range(1 + VIEWS)]
        cache = FeatureCache(cache_dir(), fingerprint(weights.sha256, self.taps, self.spec))
        try:
            found = extract(views, self.spec, cache, lambda: Extractor(weights.layers, self.taps, self.spec))
        finally:
            cache.close()
        return found.reshape(len(sources), 1 + VIEWS, -1)

    def fit(self, train: Labelled, channels: int, seed: int, validation: Labelled | None, label: str) -> Fitted:
        """Choose the shrinkage inside the training pictures, then fit the discriminant to all their views."""
        train = replace(train, y=_compact(train.y, channels))
        views = train.x.shape[1]
        rows, labels = train.x.reshape(-1, train.x.shape[2]), np.repeat(train.y, views)
        space = discriminant.fit_space(rows, seed)
        z = space.project(rows).reshape(len(train.y), views, -1)
        shrinkage = _choose_shrinkage(z, train, channels, seed)
        found = discriminant.fit(z.reshape(-1, z.shape[2]), labels, int(train.y.max()) + 1, shrinkage)
        # A class without evidence: what is as far from every class as from their common centre is no channel either.
        kernel = np.column_stack([found.kernel, np.zeros(len(found.kernel))])
        folded = (space.basis @ kernel) / space.scale[:, None]
        bias = np.append(found.bias, 0.0) - space.mean @ folded
        head = {"kernel": folded.astype(np.float32), "bias": bias.astype(np.float32)}
        row = {"epoch": 1.0, "shrinkage": shrinkage, **self._scored(head, train, channels, "")}
        return Fitted(
            head, [row if validation is None else {**row, **self._scored(head, validation, channels, "val_")}]
        )

    def _scored(self, head: Head, data: Labelled, channels: int, prefix: str) -> dict[str, float]:
        """Score known pictures among the channels, before calibration."""
        known = data.y < channels
        scores = self.scores(head, data.x[known])[:, :channels]
        return {
            f"{prefix}loss": negative_log_likelihood(scores, data.y[known], channels, Calibration()),
            f"{prefix}accuracy": float((scores.argmax(axis=1) == data.y[known]).mean()),
        }

    def scores(self, head: Head, x: NDArray[Any]) -> Scores:
        """Return logits (n, classes) of pictures as they are, from features (n, views, 2740)."""
        scored: Scores = x[:, 0].astype(np.float64) @ head["kernel"] + head["bias"]
        return scored

    def calibrated(self, head: Head, calibration: Calibration, channels: int) -> Head:
        """Fold a calibration into the head."""
        kernel, bias = head["kernel"] * calibration.sharpness, head["bias"] * calibration.sharpness
        bias = np.concatenate([bias[:channels], bias[channels:] + calibration.offset])
        return {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}

    def logits(self, pixels: Any, layers: Layers, head: Head) -> Any:
        """Build the network from pixels (B, 128, 224, 3) to logits (B, classes), channels first."""
        import tensorflow as tf

        features = describe(pixels, layers, self.taps)  # (B, 2740)
        return tf.matmul(features, tf.constant(head["kernel"])) + tf.constant(head["bias"])


def _compact(labels: NDArray[np.int64], channels: int) -> NDArray[np.int64]:
    """Number the background channels that are there without gaps; some may be left out of a fold."""
    there = np.unique(labels[labels >= channels])
    return np.where(labels < channels, labels, channels + np.searchsorted(there, labels))


def _choose_shrinkage(z: NDArray[np.float64], train: Labelled, channels: int, seed: int) -> float:
    """Cross-validate shrinkages on the known pictures of a training set, z: (n, views, components).

    The likelihood decides, each shrinkage at its own best temperature, because it is smoother than a count of errors.
    """
    rng = np.random.default_rng(seed)
    known = np.flatnonzero(train.y < channels)
    place = np.full(len(train.y), -1)
    place[known] = deal(train.y[known], train.units[known], INNER_FOLDS, rng)
    losses = []
    for shrinkage in SHRINKAGES:
        scores = np.zeros((len(train.y), channels))
        for fold in range(INNER_FOLDS):
            test = place == fold
            rows, labels = z[~test].reshape(-1, z.shape[2]), np.repeat(train.y[~test], z.shape[1])
            found = discriminant.fit(rows, labels, int(train.y.max()) + 1, shrinkage)
            scores[test] = found.scores(z[test, 0])[:, :channels]
        calibration = fit_calibration([scores[known]], [train.y[known]], channels)
        losses.append(negative_log_likelihood(scores[known], train.y[known], channels, calibration))
    return SHRINKAGES[int(np.argmin(losses))]
