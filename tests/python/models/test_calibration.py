"""Calibrated probabilities, and the threshold of 'none of these'."""

from __future__ import annotations

import numpy as np
import pytest

from backend.models.calibration import (
    Calibration,
    Labels,
    Scores,
    fit_calibration,
    negative_log_likelihood,
    probabilities,
    threshold_at_recall,
)

# --- Probabilities -----------------------------------------------------------------------------------------------


def test_classes_beyond_the_channels_become_one_and_all_sum_to_one() -> None:
    scores = np.array([[2.0, 0.0, 1.0, -1.0], [0.0, 0.0, 0.0, 0.0]])
    found = probabilities(scores, 2, Calibration(0.5, 1.0))
    raised = np.exp([[1.0, 0.0, 1.5, 0.5], [0.0, 0.0, 1.0, 1.0]])
    shares = raised / raised.sum(axis=1, keepdims=True)
    assert found == pytest.approx(np.column_stack([shares[:, :2], shares[:, 2:].sum(axis=1)]))
    assert scores[0].tolist() == [2.0, 0.0, 1.0, -1.0], "the scores are as they were"


def test_without_more_classes_there_is_no_none() -> None:
    assert probabilities(np.array([[0.0, np.log(3)]]), 2, Calibration()) == pytest.approx(np.array([[0.25, 0.75]]))


def test_probabilities_of_extreme_scores_are_finite() -> None:
    scores = np.array([[1e5, 0, -1e5], [-1e5, -1e5, 0], [0, 0, 0]])
    found = probabilities(scores, 2, Calibration())
    assert found == pytest.approx(np.array([[1, 0, 0], [0, 0, 1], [1 / 3, 1 / 3, 1 / 3]]))
    assert np.isfinite(negative_log_likelihood(scores, np.array([1, 0, 2]), 2, Calibration()))


def test_the_likelihood_is_that_of_the_true_answers() -> None:
    """All numbers beyond the channels are one answer."""
    scores = np.log(np.array([[0.5, 0.2, 0.2, 0.1], [0.1, 0.3, 0.4, 0.2], [0.1, 0.3, 0.4, 0.2]]))
    found = negative_log_likelihood(scores, np.array([0, 2, 3]), 2, Calibration())
    assert found == pytest.approx(-np.log([0.5, 0.6, 0.6]).mean())


# --- Calibration -------------------------------------------------------------------------------------------------


def simulated(truth: Calibration, seed: int, rows: int = 6000, others: int = 3) -> tuple[Scores, Labels]:
    """Scores of four channels and other classes, and answers drawn from the probabilities they truly mean."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2 / truth.sharpness, (rows, 4 + others))
    logits = scores * truth.sharpness + truth.offset * (np.arange(4 + others) >= 4)
    return scores, (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


@pytest.mark.parametrize(("sharpness", "offset"), [(0.05, 0.0), (0.2, 1.5), (1.0, -1.0), (3.0, 0.5)])
def test_calibration_finds_the_true_sharpness_and_offset(sharpness: float, offset: float) -> None:
    truth = Calibration(sharpness, offset)
    blocks = [simulated(truth, seed, rows) for seed, rows in enumerate((3000, 4000, 5000))]
    found = fit_calibration([scores for scores, _ in blocks], [labels for _, labels in blocks], 4)
    assert found.sharpness == pytest.approx(sharpness, rel=0.05)
    assert found.offset == pytest.approx(offset, abs=0.1)
    assert found.temperature == pytest.approx(1 / sharpness, rel=0.05)


def test_calibrated_probabilities_come_true() -> None:
    truth = Calibration(0.2, 1.0)
    scores, labels = simulated(truth, 0)
    found = fit_calibration([scores], [labels], 4)
    fresh, answers = simulated(truth, 1)
    chances = probabilities(fresh, 4, found)
    best, right = chances.argmax(axis=1), chances.max(axis=1)
    for low, high in ((0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        there = (right > low) & (right <= high)
        hits = np.minimum(answers[there], 4) == best[there]
        assert hits.mean() == pytest.approx(right[there].mean(), abs=0.04)


def test_blocks_count_by_their_pictures_and_may_have_other_numbers_of_classes() -> None:
    truth = Calibration(0.3, 0.7)
    many, few = simulated(truth, 0, 8000, others=2), simulated(Calibration(5.0, -3.0), 1, 80, others=5)
    found = fit_calibration([many[0], few[0]], [many[1], few[1]], 4)
    assert found.sharpness == pytest.approx(0.3, rel=0.1)
    assert found.offset == pytest.approx(0.7, abs=0.2)


def test_without_classes_beyond_the_channels_the_offset_stays_zero() -> None:
    scores, labels = simulated(Calibration(0.4), 0, others=0)
    found = fit_calibration([scores], [labels], 4)
    assert found.offset == 0.0
    assert found.sharpness == pytest.approx(0.4, rel=0.05)


# --- The threshold -----------------------------------------------------------------------------------------------


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
