"""Our recipe: the style of a whole 16:9 thumbnail, read where MobileNetV2 still sees strokes, edges and colours.

The network is cut at `block_13_expand_relu` (126 million multiply-adds, 0.59 million parameters at 128x224). Two taps
are pooled to the mean and standard deviation of their channels, standardised, and classified by a multinomial logistic
regression. The deeper layers, which know what is in a picture and not how it is made, are never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.backbone import Layers, forward
from backend.features import TO_UNIT, Extractor, FeatureCache, Source, extract, fingerprint, normalise, pooled
from backend.images import InputSpec
from backend.recipes import Fitted, Head, Labelled, Probabilities
from backend.weights import Weights, cache_dir

# Inverse of the L2 penalty on standardised features. Macro F1 is flat from 0.01 to 0.1 on real thumbnails.
C = 0.02
MAX_ITERATIONS = 1000
# Channels of the backbone that are all but dead must not be blown up by standardising.
SMALLEST_SCALE = 1e-3


class Style:
    """Means and standard deviations of two taps, standardised, and a softmax."""

    name = "style"
    spec = InputSpec(128, 224, "stretch")
    scale, offset = TO_UNIT  # [-1, 1], as MobileNetV2 was trained
    taps: tuple[str, ...] = (
        "block_6_expand_relu",
        "block_13_expand_relu",
    )  # strides 8 and 16: (16, 28, 192) and (8, 14, 576)
    default_folds = 5
    knows_background = True
    uses_epochs = False

    def inputs(self, sources: Sequence[Source], weights: Weights) -> NDArray[np.float32]:
        """Return pooled features (n, 1536), from the cache where it has them."""
        cache = FeatureCache(cache_dir(), fingerprint(weights.sha256, self.taps, self.spec))
        try:
            return extract(sources, self.spec, cache, lambda: Extractor(weights.layers, self.taps, self.spec))
        finally:
            cache.close()

    def fit(self, train: Labelled, classes: int, seed: int, validation: Labelled | None, label: str) -> Fitted:
        """Fit the standardisation and the softmax; the solver is deterministic, so `seed` changes nothing."""
        from sklearn.linear_model import LogisticRegression

        mean = train.x.mean(axis=0, dtype=np.float64)
        scale = np.maximum(train.x.std(axis=0, dtype=np.float64), SMALLEST_SCALE)
        model = LogisticRegression(C=C, max_iter=MAX_ITERATIONS).fit((train.x - mean) / scale, train.y)
        kernel, bias = _softmax_weights(model, classes)
        # Standardisation folds into the weights: w . (x - m) / s + b = (w / s) . x + (b - (w / s) . m).
        folded = kernel / scale[:, None]
        head = {"kernel": folded.astype(np.float32), "bias": (bias - mean @ folded).astype(np.float32)}
        row = {"epoch": float(model.n_iter_[0]), **self._scores(head, train, "")}
        return Fitted(head, [row if validation is None else {**row, **self._scores(head, validation, "val_")}])

    def _scores(self, head: Head, data: Labelled, prefix: str) -> dict[str, float]:
        chances = self.predict_proba(head, data.x)
        right = chances[np.arange(len(data.y)), data.y]
        return {
            f"{prefix}loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
            f"{prefix}accuracy": float((chances.argmax(axis=1) == data.y).mean()),
        }

    def predict_proba(self, head: Head, x: NDArray[Any]) -> Probabilities:
        """Return (n, classes) probabilities for features (n, 1536)."""
        logits = x.astype(np.float64) @ head["kernel"] + head["bias"]
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: Probabilities = raised / raised.sum(axis=1, keepdims=True)
        return chances

    def logits(self, pixels: Any, layers: Layers, head: Head) -> Any:
        """Build the network from pixels (B, 128, 224, 3) to logits (B, classes)."""
        import tensorflow as tf

        features = pooled(forward(normalise(pixels), layers, self.taps))  # (B, 1536)
        return tf.matmul(features, tf.constant(head["kernel"])) + tf.constant(head["bias"])


def _softmax_weights(model: Any, classes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return kernel (features, classes) and bias (classes,); scikit-learn keeps a single row for two classes."""
    kernel, bias = model.coef_.T, model.intercept_
    if classes == 2:
        return np.concatenate([-kernel, kernel], axis=1) / 2, np.concatenate([-bias, bias]) / 2
    return kernel, bias
