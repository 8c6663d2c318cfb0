"""From scores to probabilities that mean what they say, and to the rejection threshold.

A model scores every channel and, where it knows background, some classes that are none of the channels. One number, the
sharpness (an inverse temperature: Guo et al., "On Calibration of Modern Neural Networks", 2017), turns scores into
probabilities, and another, the offset, says how likely 'none of these' is to begin with. Both are fitted on scores of
pictures that were not trained on.

A picture is rejected, and called 'none of these', where that probability is above the rejection threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]  # (pictures, classes), channels first
Probabilities = NDArray[np.float64]  # (pictures, channels) or (pictures, channels + 1 for 'none'); rows sum to 1
Labels = NDArray[np.int64]  # (pictures,), the number of channels for 'none of these'

SMALLEST = 1e-12
RANDOM_SHARE, NEAR_SHARE = 0.01, 0.10  # of strangers that may pass for known: of any, and of channels like these
# Of the log of the sharpness, and of the offset: noise has no finite optimum.
LOWEST, HIGHEST = np.array([np.log(1e-3), -20.0]), np.array([np.log(1e2), 20.0])


@dataclass(frozen=True)
class Calibration:
    """probabilities = softmax(sharpness * scores + offset for every class that is no channel)."""

    sharpness: float = 1.0
    offset: float = 0.0

    @property
    def temperature(self) -> float:
        """The inverse of the sharpness, as it is usually given."""
        return 1 / self.sharpness


def probabilities(scores: Scores, channels: int, calibration: Calibration) -> Probabilities:
    """Turn scores (n, classes) into (n, channels) or, where there are more classes, (n, channels + 1) that sum to 1."""
    logits = scores * calibration.sharpness
    logits[:, channels:] += calibration.offset
    by_class = softmax(logits)
    if scores.shape[1] == channels:
        return by_class
    return np.column_stack([by_class[:, :channels], by_class[:, channels:].sum(axis=1)])


def softmax(logits: Scores) -> NDArray[np.float64]:
    """Turn logits (n, classes) into probabilities (n, classes)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return probabilities


def negative_log_likelihood(scores: Scores, labels: Labels, channels: int, calibration: Calibration) -> float:
    """Return the mean negative log-probability of the true answers."""
    chances = probabilities(scores, channels, calibration)
    right = chances[np.arange(len(labels)), np.minimum(labels, chances.shape[1] - 1)]
    return float(-np.log(np.maximum(right, SMALLEST)).mean())


def fit_calibration(scores: Sequence[Scores], labels: Sequence[Labels], channels: int) -> Calibration:
    """Fit sharpness and offset to out-of-fold scores, a block a fold, by maximum likelihood.

    Blocks may have different numbers of classes beyond the channels. The offset stays 0 where no picture is beyond
    them.
    """
    from scipy.optimize import minimize

    # Without a picture of 'none of these', the likelihood would call it impossible.
    open_set = any((block >= channels).any() for block in labels)
    pairs = [(s, y) for s, y in zip(scores, labels, strict=True) if len(y)]

    def calibration(parameters: NDArray[np.float64]) -> Calibration:
        log_sharpness, offset = np.clip(parameters, LOWEST, HIGHEST)
        return Calibration(float(np.exp(log_sharpness)), float(offset) if open_set else 0.0)

    def loss(parameters: NDArray[np.float64]) -> float:
        losses = [negative_log_likelihood(s, y, channels, calibration(parameters)) for s, y in pairs]
        return float(np.average(losses, weights=[len(y) for _, y in pairs]))

    options = {"xatol": 1e-3, "fatol": 1e-6, "maxiter": 200}
    return calibration(minimize(loss, np.array([np.log(0.2), 0.0]), method="Nelder-Mead", options=options).x)


def threshold_at_recall(known: NDArray[np.float64], recall: float) -> float:
    """Return the smallest rejection threshold that keeps at least a share `recall` of known pictures.

    known: scores for 'none of these' of known pictures that were not trained on, (n,); one is kept where its score is
    at most the threshold.
    """
    return float(np.quantile(known, recall, method="inverted_cdf"))


def threshold_at_false_alarms(strangers: NDArray[np.float64], share: float) -> float:
    """Return the largest rejection threshold that lets at most a share of strangers pass for known.

    strangers: scores for 'none of these' of pictures of no channel, from which nothing was fitted, (n,). Without any,
    it rejects nothing.
    """
    if not len(strangers):
        return 1.0
    ordered = np.sort(strangers)
    first_rejected = min(int(np.floor(share * len(ordered) + 1e-9)), len(ordered) - 1)
    return float(np.nextafter(ordered[first_rejected], -np.inf))


def promised_threshold(near: NDArray[np.float64], random: NDArray[np.float64]) -> float:
    """Return the rejection threshold at which both kinds of strangers pass as seldom as is promised.

    near, random: scores for 'none of these' of pictures of other channels, and of any thumbnails, (n,), (m,).
    """
    return min(threshold_at_false_alarms(near, NEAR_SHARE), threshold_at_false_alarms(random, RANDOM_SHARE))
