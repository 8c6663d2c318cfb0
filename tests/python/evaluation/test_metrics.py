"""Figures from predictions: scikit-learn's, and some by hand; intervals that hold the truth as often as they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import exactly
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from backend.evaluation.bootstrap import bootstrap, interval, totals, two_sided_p
from backend.evaluation.calibration_error import calibration_error
from backend.evaluation.metrics import Scored, cross_validation, held_out, macro_f1, scored_part, unknown
from backend.utils.errors import DataError

NAMES = ["a", "b", "c", "d"]
POINTS = ("precision", "recall", "f1", "support")


def random_scored(seed: int, pictures: int = 120) -> Scored:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, pictures)
    chances = rng.dirichlet(np.ones(4), pictures) + 0.4 * np.eye(4)[labels]
    keys = np.array([f"{NAMES[label]}/{i // 2}" for i, label in enumerate(labels)])
    return Scored(labels, chances / 1.4, rng.integers(0, 5, pictures), keys)


def certain(labels: list[int], predicted: list[int], classes: int) -> Scored:
    keys = np.array([f"video{i}" for i in range(len(labels))])
    return Scored(np.array(labels), np.eye(classes)[predicted], np.zeros(len(labels), np.int64), keys)


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_scikit_learns(seed: int) -> None:
    scored = random_scored(seed)
    numbers = cross_validation(scored, NAMES)
    truth, guess = scored.labels, scored.predicted
    columns = precision_recall_fscore_support(truth, guess, labels=range(4), zero_division=0)
    for position, name in enumerate(NAMES):
        row = numbers["per_channel"][name]
        found = [row["precision"], row["recall"], row["f1"], row["support"]]
        assert found == pytest.approx([column[position] for column in columns])
    assert numbers["confusion"] == confusion_matrix(truth, guess, labels=range(4)).tolist()
    assert macro_f1(truth, guess, 4) == pytest.approx(f1_score(truth, guess, average="macro"))


def test_means_and_deviations_are_over_folds() -> None:
    scored = random_scored(1)
    numbers = cross_validation(scored, NAMES)
    expected: dict[str, list[float]] = {"macro_f1": [], "accuracy": []}
    for fold in range(5):
        rows = scored.folds == fold
        truth, guess = scored.labels[rows], scored.predicted[rows]
        expected["macro_f1"].append(f1_score(truth, guess, labels=range(4), average="macro", zero_division=0))
        expected["accuracy"].append(accuracy_score(truth, guess))
        found = numbers["per_fold"][fold]
        assert (found["fold"], found["images"]) == (fold, rows.sum())
        assert found["macro_f1"] == pytest.approx(expected["macro_f1"][-1])
        assert found["accuracy"] == pytest.approx(expected["accuracy"][-1])
    assert numbers["folds"] == 5
    for name, values in expected.items():
        assert numbers[name]["mean"] == pytest.approx(np.mean(values))
        assert numbers[name]["sd"] == pytest.approx(np.std(values, ddof=1))


def test_rows_of_the_confusion_are_the_truth() -> None:
    """Three pictures of `a` taken for `b` stand in row a, column b."""
    numbers = cross_validation(certain([0, 0, 0, 0, 1], [1, 1, 1, 0, 1], 2), ["a", "b"])
    assert numbers["confusion"] == [[1, 3], [0, 1]]
    points = {name: [row[key] for key in POINTS] for name, row in numbers["per_channel"].items()}
    assert points == {"a": [1.0, 0.25, 0.4, 4], "b": [0.25, 1.0, 0.4, 1]}


def test_a_class_that_is_neither_there_nor_predicted_counts_as_zero() -> None:
    truth = np.array([0, 0, 1, 1])
    assert macro_f1(truth, truth, 2) == 1
    assert macro_f1(truth, truth, 4) == 0.5


def test_one_fold_has_no_deviation() -> None:
    found = cross_validation(certain([0, 1], [0, 1], 2), ["a", "b"])["macro_f1"]
    assert found == {"mean": 1.0, "sd": 0.0, "low": 1.0, "high": 1.0}


def test_a_probability_for_none_of_these_does_not_enter_the_channels_figures() -> None:
    """The most probable channel counts, however probable; columns are what the caller gives."""
    scored = Scored(np.array([0]), np.array([[0.02, 0.01]]), np.array([0]), np.array(["a/1"]))
    assert cross_validation(scored, ["a", "b"])["accuracy"]["mean"] == 1


def test_held_out_figures_are_of_all_pictures() -> None:
    scored = random_scored(2)
    numbers = held_out(scored, NAMES)
    assert numbers["macro_f1"]["mean"] == pytest.approx(f1_score(scored.labels, scored.predicted, average="macro"))
    assert numbers["accuracy"]["mean"] == pytest.approx(accuracy_score(scored.labels, scored.predicted))
    assert numbers["confusion"] == confusion_matrix(scored.labels, scored.predicted).tolist()


def test_the_bootstrap_is_the_same_every_time_and_as_wide_as_theory_says() -> None:
    scored = random_scored(3)
    singles = Scored(scored.labels, scored.probabilities, scored.folds, np.arange(120).astype(str))
    numbers = held_out(singles, NAMES)
    assert numbers == held_out(singles, NAMES)
    assert numbers["accuracy"] != held_out(singles, NAMES, seed=1)["accuracy"]
    accuracy = numbers["accuracy"]["mean"]
    assert numbers["accuracy"]["sd"] == pytest.approx(np.sqrt(accuracy * (1 - accuracy) / 120), rel=0.1)


def test_the_bootstrap_draws_whole_videos() -> None:
    """Ten copies of each picture say no more than one: the deviation stays, where drawing pictures would shrink it."""
    single = random_scored(4, 60)
    keys = np.arange(60).astype(str)
    tenfold = scored_part(Scored(single.labels, single.probabilities, single.folds, keys), np.repeat(np.arange(60), 10))
    once = held_out(Scored(single.labels, single.probabilities, single.folds, keys), NAMES)
    assert held_out(tenfold, NAMES)["accuracy"]["sd"] == pytest.approx(once["accuracy"]["sd"], rel=1e-6)


# --- Intervals ---------------------------------------------------------------------------------------------------


def test_intervals_are_percentiles_of_the_resamples() -> None:
    """Of each figure on its own, drawn here by hand from the same weights."""
    scored = random_scored(5)
    numbers = cross_validation(scored, NAMES, seed=3)
    draws = bootstrap(lambda weights: weights, scored.keys, scored.labels, seed=3).astype(int)
    drawn = [np.repeat(np.arange(120), row) for row in draws]
    f1s = [f1_score(scored.labels[rows], scored.predicted[rows], average=None) for rows in drawn]
    hits = [(scored.labels[rows] == scored.predicted[rows]).mean() for rows in drawn]
    assert_interval(numbers["accuracy"], "", hits)
    assert_interval(numbers["macro_f1"], "", [f1.mean() for f1 in f1s])
    for position, name in enumerate(NAMES):
        assert_interval(numbers["per_channel"][name], "f1_", [f1[position] for f1 in f1s])
    assert numbers == cross_validation(scored, NAMES, seed=3)
    assert numbers["accuracy"]["low"] != cross_validation(scored, NAMES, seed=4)["accuracy"]["low"]


def assert_interval(row: dict[str, float], prefix: str, values: list[float]) -> None:
    expected = np.quantile(values, [0.025, 0.975])
    assert [row[f"{prefix}low"], row[f"{prefix}high"]] == pytest.approx(expected.tolist())


def test_precision_recall_and_f1_lie_within_their_intervals() -> None:
    for row in cross_validation(random_scored(6), NAMES)["per_channel"].values():
        for name in ("precision", "recall", "f1"):
            assert 0 < row[f"{name}_low"] < row[name] < row[f"{name}_high"] <= 1


def test_draws_keep_videos_whole_and_every_channel_as_large_as_it_is() -> None:
    keys = np.array(["a/1", "a/1", "a/2", "b/1", "b/2", "b/3", "c/1"])
    strata = np.array([0, 0, 0, 1, 1, 1, 2])
    draws = bootstrap(lambda weights: weights, keys, strata, resamples=500)
    assert draws.shape == (500, 7)
    assert (draws[:, 0] == draws[:, 1]).all()
    assert (draws[:, 0] + draws[:, 2] == 2).all()
    assert (draws[:, 3:6].sum(axis=1) == 3).all()
    assert (draws[:, 6] == 1).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)


def test_the_same_key_in_two_channels_is_two_videos() -> None:
    draws = bootstrap(lambda weights: weights, np.array(["1", "2", "1", "2"]), np.array([0, 0, 1, 1]))
    assert (draws[:, 0] != draws[:, 2]).any()


def test_resamples_do_not_depend_on_the_blocks_they_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    scored = random_scored(7)
    whole = held_out(scored, NAMES)
    monkeypatch.setattr("backend.evaluation.bootstrap.BLOCK", 7 * 120)
    assert held_out(scored, NAMES) == whole


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Accuracy of videos with two versions each that are right or wrong together, true value 0.8."""
    rng = np.random.default_rng(0)
    hits = 0
    for seed in range(200):
        right = np.repeat(rng.random(100) < 0.8, 2)
        keys = np.repeat(np.arange(100), 2).astype(str)
        draws = bootstrap(lambda weights: weights, keys, np.repeat([0, 1], 100), seed, resamples=300)
        low, high = interval(draws @ right / 200)
        hits += bool(low <= 0.8 <= high)
    assert 0.88 <= hits / 200 <= 0.99


def test_totals_by_hand() -> None:
    weights = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    assert totals(weights, np.array([2, 0, 2]), 4).tolist() == [[2, 0, 4, 0], [1, 0, 0, 0]]


def test_p_by_hand() -> None:
    assert two_sided_p(np.zeros(99)) == 1
    assert two_sided_p(np.ones(99)) == 2 / 100
    assert two_sided_p(np.array([-1.0] * 4 + [1.0] * 95)) == 2 * 5 / 100


# --- None of these -----------------------------------------------------------------------------------------------


def figures(known: list[float], background: list[float], threshold: float) -> dict[str, Any]:
    return unknown(np.array(known), np.array(background), threshold)


def test_unknown_by_hand() -> None:
    """Of the 4 * 2 pairs the background picture scores higher in 6, and in one they are equal."""
    numbers = figures([0.1, 0.2, 0.3, 0.7], [0.3, 0.9], 0.3)
    expected = {"auroc": 6.5 / 8, "threshold": 0.3, "known_recall": 0.75, "false_known": 0.5, "fpr95": 0.5, "images": 2}
    assert {name: numbers[name] for name in expected} == pytest.approx(expected)
    assert numbers["curve"] == [
        {"threshold": np.nextafter(0.1, 0), "known_recall": 0.0, "false_known": 0.0},
        {"threshold": 0.1, "known_recall": 0.25, "false_known": 0.0},
        {"threshold": 0.2, "known_recall": 0.5, "false_known": 0.0},
        {"threshold": 0.3, "known_recall": 0.75, "false_known": 0.5},
        {"threshold": 0.7, "known_recall": 1.0, "false_known": 0.5},
    ]


def random_scores(seed: int) -> tuple[Any, Any]:
    """Scores with ties, of 300 known and 200 background pictures."""
    rng = np.random.default_rng(seed)
    return rng.beta(2, 4, 300).round(2), rng.beta(4, 2, 200).round(2)


@pytest.mark.parametrize("seed", range(3))
def test_unknown_is_scikit_learns(seed: int) -> None:
    known, background = random_scores(seed)
    numbers = unknown(known, background, 0.5)
    assert numbers["auroc"] == pytest.approx(roc_auc_score(np.repeat([0, 1], [300, 200]), np.r_[known, background]))
    enough = min(t for t in known if (known <= t).sum() >= 285)
    assert numbers["fpr95"] == (background <= enough).mean()
    assert numbers["known_recall"] == (known <= 0.5).mean()
    assert numbers["false_known"] == (background <= 0.5).mean()
    for name in ("auroc", "known_recall", "false_known", "fpr95"):
        assert 0 <= numbers[f"{name}_low"] <= numbers[name] <= numbers[f"{name}_high"] <= 1
        assert numbers[f"{name}_low"] < numbers[f"{name}_high"]
    assert numbers == unknown(known, background, 0.5)


def test_the_curve_rises_from_no_recall_to_all() -> None:
    known, background = random_scores(3)
    curve = unknown(known, background, 0.5)["curve"]
    assert 50 < len(curve) <= 101
    assert (curve[0]["known_recall"], curve[-1]["known_recall"]) == (0, 1)
    for name in ("threshold", "known_recall"):
        assert (np.diff([point[name] for point in curve]) > 0).all()
    assert (np.diff([point["false_known"] for point in curve]) >= 0).all()
    for point in curve:
        assert point["known_recall"] == (known <= point["threshold"]).mean()
        assert point["false_known"] == (background <= point["threshold"]).mean()


def test_the_curve_has_a_point_for_every_percent() -> None:
    curve = unknown(np.linspace(0, 1, 1000), np.linspace(0.5, 1, 10), 0.5)["curve"]
    assert [point["known_recall"] for point in curve] == pytest.approx([percent / 100 for percent in range(101)])


def test_background_of_few_videos_is_less_certain() -> None:
    known, background = random_scores(4)
    keys = np.repeat(np.arange(20), 10).astype(str)
    many, few = unknown(known, np.sort(background), 0.5), unknown(known, np.sort(background), 0.5, None, keys)
    assert few["auroc"] == many["auroc"]
    assert few["false_known_high"] - few["false_known_low"] > 1.5 * (many["false_known_high"] - many["false_known_low"])


def test_unknown_needs_both_kinds() -> None:
    message = "2 known and 0 background pictures: both are needed; add some"
    with pytest.raises(DataError, match=exactly(message)):
        figures([0.1, 0.2], [], 0.5)


def test_unknown_that_is_perfect_and_that_is_upside_down() -> None:
    assert figures([0.1, 0.2], [0.8, 0.9], 0.5)["auroc"] == 1
    assert figures([0.8, 0.9], [0.1, 0.2], 0.5)["auroc"] == 0


# --- Calibration -------------------------------------------------------------------------------------------------


def calibrated(seed: int, pictures: int = 3000) -> tuple[Any, Any]:
    """Probabilities of three channels and 'none of these', and answers drawn from just these probabilities."""
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(4, 0.5), pictures)
    return chances, (chances.cumsum(axis=1) < rng.random((pictures, 1))).sum(axis=1).clip(max=3)


def test_probabilities_that_mean_what_they_say() -> None:
    chances, labels = calibrated(0)
    numbers = calibration_error(chances[:, :3], chances[:, 3], labels)
    assert numbers["ece"] < 0.03
    assert numbers["ece_low"] < 0.005
    assert len(numbers["bins"]) == 15
    assert [found["images"] for found in numbers["bins"]] == [200] * 15
    for found in numbers["bins"]:
        assert found["low"] <= found["confidence"] <= found["high"]
        assert found["accuracy"] == pytest.approx(found["confidence"], abs=0.12)
    assert numbers == calibration_error(chances[:, :3], chances[:, 3], labels)


def test_probabilities_that_promise_too_much() -> None:
    """Sharpened, they are right as often as before and claim more."""
    chances, labels = calibrated(1)
    sharp = chances**4 / (chances**4).sum(axis=1, keepdims=True)
    numbers = calibration_error(sharp[:, :3], sharp[:, 3], labels)
    assert numbers["ece"] > 0.12
    assert 0.1 < numbers["ece_low"] < numbers["ece"] < numbers["ece_high"]
    assert numbers["nll_low"] > calibration_error(chances[:, :3], chances[:, 3], labels)["nll_high"]
    assert sum(found["accuracy"] < found["confidence"] for found in numbers["bins"]) >= 12


def test_likelihood_and_brier_score_are_scikit_learns() -> None:
    chances, labels = calibrated(2, 200)
    numbers = calibration_error(chances[:, :3], chances[:, 3], labels)
    assert numbers["nll"] == pytest.approx(log_loss(labels, chances, labels=range(4)))
    assert numbers["nll_low"] < numbers["nll"] < numbers["nll_high"]
    assert numbers["brier"] == pytest.approx(brier_score_loss(labels, chances, labels=range(4)))


def test_calibration_by_hand() -> None:
    """Two pictures that are equally sure share a bin, and one of them is wrong: |0.9 - 0.5| and |0.6 - 1| of one."""
    chances = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    numbers = calibration_error(chances, None, np.array([0, 1, 1]))
    assert numbers["ece"] == pytest.approx((2 * 0.4 + 0.4) / 3)
    assert numbers["nll"] == pytest.approx(-np.log([0.9, 0.1, 0.6]).mean())
    assert numbers["brier"] == pytest.approx((2 * 0.1**2 + 2 * 0.9**2 + 2 * 0.4**2) / 3)
    assert numbers["bins"] == [
        {"low": 0.6, "high": 0.6, "confidence": 0.6, "accuracy": 1.0, "images": 1},
        {"low": 0.9, "high": 0.9, "confidence": pytest.approx(0.9), "accuracy": 0.5, "images": 2},
    ]


def test_unknown_pictures_without_an_answer_for_them_are_wrong_and_the_likelihood_stays_finite() -> None:
    numbers = calibration_error(np.array([[0.9, 0.1], [0.8, 0.2]]), None, np.array([2, 2]))
    assert numbers["ece"] == pytest.approx(0.85)
    assert numbers["nll"] == pytest.approx(-np.log(1e-12))


def test_calibration_draws_whole_videos() -> None:
    chances, labels = calibrated(3, 400)
    order = np.argsort(labels, kind="stable")
    keys = np.repeat(np.arange(40), 10).astype(str)
    single = calibration_error(chances[order, :3], chances[order, 3], labels[order])
    loss = np.argsort(labels[order] * 100 - chances[order, labels[order]])  # alike pictures, one video
    grouped = calibration_error(chances[order, :3][loss], chances[order, 3][loss], labels[order][loss], keys)
    assert grouped["nll"] == pytest.approx(single["nll"])
    assert grouped["nll_high"] - grouped["nll_low"] > 1.5 * (single["nll_high"] - single["nll_low"])
