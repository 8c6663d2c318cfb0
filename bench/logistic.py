"""The head that `style` had before its discriminant: a logistic regression, all background channels one class."""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from backend.models.head import Fitted
from backend.models.recipe import LabeledFeatures

C = 0.02  # inverse of the L2 penalty, on standardised features
MAX_ITERATIONS = 1000
SMALLEST_SCALE = 1e-3


class Logistic:
    """Standardised features of pictures as they are, and a softmax. Its probabilities are not calibrated afterwards."""

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Fit to x (n, views, features); the solver is deterministic, so `seed` changes nothing."""
        from sklearn.linear_model import LogisticRegression

        x = np.asarray(train.x)[:, 0]
        mean = x.mean(axis=0, dtype=np.float64)
        scale = np.maximum(x.std(axis=0, dtype=np.float64), SMALLEST_SCALE)
        model: Any = LogisticRegression(C=C, max_iter=MAX_ITERATIONS)
        with threadpool_limits(1):  # as `style` does: on a busy machine more threads only wait for each other
            model.fit((x - mean) / scale, np.minimum(train.y, channels))
        kernel = model.coef_.T / scale[:, None]
        bias = model.intercept_ - mean @ kernel
        head = {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
        # Of pictures that were trained on, as there are no inner folds. Only thresholds need it; no trial shows one.
        reference = model.predict_proba((x - mean) / scale)[train.y < channels, -1]
        return Fitted(head, [{"epoch": 1.0}], reference)
