"""The threshold of 'none of these'."""

from __future__ import annotations

import numpy as np
import pytest

from backend.openset import threshold_at_recall


@pytest.mark.parametrize(
    ("recall", "threshold"), [(1.0, 1.0), (0.95, 1.0), (0.9, 0.9), (0.89, 0.9), (0.81, 0.9), (0.8, 0.8), (0.5, 0.5)]
)
def test_it_is_the_smallest_that_keeps_the_share(recall: float, threshold: float) -> None:
    scores = np.arange(1, 11) / 10
    assert threshold_at_recall(scores, recall) == threshold


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("recall", [0.5, 0.9, 0.95, 1.0])
def test_it_keeps_its_promise_and_no_smaller_score_would(seed: int, recall: float) -> None:
    scores = np.random.default_rng(seed).beta(1, 5, 137)
    threshold = threshold_at_recall(scores, recall)
    assert (scores <= threshold).mean() >= recall
    assert (scores < threshold).mean() < recall


def test_ties_are_kept_together() -> None:
    assert threshold_at_recall(np.array([0.0, 0.2, 0.2, 0.2, 0.9]), 0.6) == 0.2
