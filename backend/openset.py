"""The threshold of 'none of these': above which score a picture is of no channel that the model knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def threshold_at_recall(known: NDArray[np.float64], recall: float) -> float:
    """Return the smallest threshold that keeps at least a share `recall` of known pictures.

    known: scores for 'none of these' of known pictures that were not trained on, (n,); one is kept where its score is
    at most the threshold.
    """
    return float(np.quantile(known, recall, method="inverted_cdf"))
