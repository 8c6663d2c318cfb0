"""Whether a probability means what it says: of the answers shown with 80 %, 80 % should be right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.evaluation.bootstrap import Floats, bootstrap, interval, totals
from backend.models.calibration import Probabilities

BINS = 15
FLOOR = 1e-12  # of a probability, so that a single impossible picture does not make the likelihood infinite


def calibration_error(
    probabilities: Probabilities,
    unknown: Floats | None,
    labels: NDArray[np.int64],
    keys: NDArray[np.str_] | None = None,
) -> dict[str, Any]:
    """Judge the probability of the answer that would be shown: the largest of the channels' and of 'none of these'.

    probabilities: (n, channels); unknown: that of 'none of these', (n,), None where the model does not know it; labels:
    (n,), `channels` for a picture of no known channel; keys: videos, (n,), for the intervals, by default one a picture.

    ece: the expected calibration error over at most 15 bins of equal mass (pictures of equal probability share a bin);
    nll: the mean negative logarithm of the true answer's probability; brier: the mean squared distance to the truth,
    summed over answers, 0 to 2. The interval of `ece` is mirrored at the estimate (the basic bootstrap), cut at 0 and
    made to hold the estimate: chance adds to absolute differences, in the estimate over the truth as in a resample over
    the estimate, so that the true error is rather below. Of few pictures even perfect probabilities have some error:
    with 800 pictures about 0.04. (Guo et al., On Calibration of Modern Neural Networks, 2017; Nixon et al., Measuring
    Calibration in Deep Learning, 2019.)
    """
    chances = np.column_stack([probabilities, np.zeros(len(labels)) if unknown is None else unknown])
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == labels
    loss = -np.log(np.maximum(chances[np.arange(len(labels)), labels], FLOOR))
    bins = _equal_mass(confidence)

    def figures(weights: Floats) -> Floats:
        gap = np.abs(totals(weights * (right - confidence), bins, BINS)).sum(axis=1)
        means: Floats = np.stack([gap, weights @ loss], axis=1) / weights.sum(axis=1, keepdims=True)
        return means

    (ece, nll), *_ = figures(np.ones((1, len(labels))))
    videos = np.arange(len(labels)).astype(str) if keys is None else keys
    low, high = interval(bootstrap(figures, videos, labels))
    truth = np.eye(chances.shape[1])[labels]
    return {
        "ece": float(ece),
        "ece_low": float(min(ece, max(0.0, 2 * ece - high[0]))),
        "ece_high": float(max(ece, 2 * ece - low[0])),
        "nll": float(nll),
        "nll_low": float(low[1]),
        "nll_high": float(high[1]),
        "brier": float(((chances - truth) ** 2).sum(axis=1).mean()),
        "images": len(labels),
        "bins": [_bin(confidence[bins == b], right[bins == b]) for b in np.unique(bins)],
    }


def _equal_mass(confidence: Floats) -> NDArray[np.int64]:
    """Give each picture its bin, (n,): nearly as many pictures in each, equal ones never parted."""
    edges = np.quantile(confidence, np.arange(1, BINS) / BINS, method="inverted_cdf")
    return np.searchsorted(edges, confidence).astype(np.int64)


def _bin(confidence: Floats, right: NDArray[np.bool_]) -> dict[str, float]:
    return {
        "low": float(confidence.min()),
        "high": float(confidence.max()),
        "confidence": float(confidence.mean()),
        "accuracy": float(right.mean()),
        "images": len(right),
    }
