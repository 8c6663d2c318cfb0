"""Strangers' figures: thresholds that keep their promise, levels without ties, and figures counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation import open_set
from backend.models.calibration import promised_threshold, threshold_at_false_alarms

Floats = NDArray[np.float64]


@pytest.mark.parametrize("count", [1, 2, 7, 14, 99, 100, 101, 1000])
@pytest.mark.parametrize("share", [0.01, 0.1])
@pytest.mark.parametrize("distinct", [1, 3, 10_000])
def test_no_more_strangers_pass_than_were_promised(count: int, share: float, distinct: int) -> None:
    """Also where scores are tied; and a larger threshold would let too many pass."""
    strangers = np.random.default_rng(count).integers(1, distinct + 1, count) / (distinct + 1)
    threshold = threshold_at_false_alarms(strangers, share)
    assert (strangers <= threshold).mean() <= share
    larger = np.nextafter(strangers[strangers > threshold].min(), 1)
    assert (strangers <= larger).mean() > share


def test_the_stricter_of_both_promises_counts() -> None:
    low, high = np.linspace(0.1, 1, 200), np.linspace(0.5, 1, 200)
    assert promised_threshold(low, high) == threshold_at_false_alarms(low, 0.10)
    assert promised_threshold(high, low) == threshold_at_false_alarms(low, 0.01)
    assert promised_threshold(np.zeros(0), low) == threshold_at_false_alarms(low, 0.01)


@pytest.mark.parametrize("pictures", [8, 14, 15, 19, 20, 100])
def test_a_stranger_above_every_known_picture_is_rejected_whatever_their_number(pictures: int) -> None:
    """By shares of known pictures, the best of less than 20 was at 1.0, and so was every stranger above it."""
    known = np.linspace(0.05, 0.4, pictures)
    levels = open_set.levels(known, 0.4)
    strangers = open_set.levels(np.array([0.41, 0.9, 0.999999]), 0.4)
    assert levels.max() <= 0 < strangers.min()
    assert len(np.unique(np.r_[levels, strangers])) == pictures + 3
    found = open_set.against(levels, np.ones(pictures, bool), strangers, keys(pictures), keys(3))
    assert (found["false_known"], found["known_recall"], found["auroc"], found["precision"]) == (0, 1, 1, 1)


def test_levels_lead_back_to_thresholds() -> None:
    for threshold in (0.01, 0.4, 0.97):
        for score in (1e-6, 0.2, 0.5, 0.9999):
            level = float(open_set.levels(np.array([score]), threshold)[0])
            assert open_set.threshold_at_level(level, threshold) == pytest.approx(score, rel=1e-6)


def test_figures_are_those_counted_by_hand() -> None:
    rng = np.random.default_rng(3)
    known, strangers = rng.normal(-1, 1, 60).round(1), rng.normal(1, 1, 300).round(1)
    right = rng.random(60) < 0.9
    found = open_set.against(known, right, strangers, keys(60), keys(300))
    assert found["known_recall"] == pytest.approx(((known <= 0) & right).mean())
    assert found["false_known"] == pytest.approx((strangers <= 0).mean())
    pairs = (strangers[:, None] > known).mean() + (strangers[:, None] == known).mean() / 2
    assert found["auroc"] == pytest.approx(pairs)
    for name, share in (("recall_at_1", 0.01), ("recall_at_5", 0.05)):
        limits = [t for t in np.unique(np.r_[known, -9]) if (strangers <= t).mean() <= share]
        assert found[name] == pytest.approx(((known <= max(limits)) & right).mean()), name
    recall, false = found["known_recall"], found["false_known"]
    assert found["precision"] == pytest.approx(0.1 * recall / (0.1 * recall + 0.9 * false))
    for name in ("auroc", "known_recall", "false_known", "recall_at_1", "recall_at_5", "precision"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


def test_the_interval_holds_what_is_true_as_often_as_it_says() -> None:
    """Of strangers of whom one in ten passes, in 200 draws of 150."""
    held = 0
    for number in range(200):
        rng = np.random.default_rng(number)
        strangers = np.where(rng.random(150) < 0.1, -1.0, 1.0)
        found = open_set.against(np.full(30, -1.0), np.ones(30, bool), strangers, keys(30), keys(150))
        held += found["false_known_low"] <= 0.1 <= found["false_known_high"]
    assert held >= 180


def test_none_of_a_thousand_may_still_be_one_in_three_hundred() -> None:
    found = open_set.against(np.full(30, -1.0), np.ones(30, bool), np.ones(1000), keys(30), keys(1000))
    assert found["false_known"] == found["false_known_low"] == 0
    assert 0.003 < found["false_known_high"] < 0.005
    assert 0.96 < found["precision_low"] < 0.98 < found["precision"] == found["precision_high"] == 1


def test_the_curve_rises_and_ends_where_right_answers_do() -> None:
    known, right = np.linspace(-2, 1, 20), np.arange(20) % 5 != 0
    points = open_set.curve(known, right, {"false_known": np.linspace(-1, 3, 50)}, 0.3)
    recalls = [point["known_recall"] for point in points]
    assert recalls == sorted(recalls) and recalls[-1] == pytest.approx(16 / 20)
    assert [point["threshold"] for point in points] == sorted(point["threshold"] for point in points)
    for point in points:
        level = float(open_set.levels(np.array([point["threshold"]]), 0.3)[0])
        assert point["false_known"] == pytest.approx((np.linspace(-1, 3, 50) <= level + 1e-9).mean())
    assert open_set.curve(known, np.zeros(20, bool), {}, 0.3) == []


def test_bars_are_shares() -> None:
    shares = open_set.bars(np.array([0.0, 0.02, 0.5, 1.0]))
    assert (len(shares), sum(shares), shares[0], shares[-1]) == (open_set.BARS, 1, 0.5, 0.25)


def keys(count: int) -> NDArray[np.str_]:
    return np.arange(count).astype(str)
