"""Figures from predictions: scikit-learn's, and some by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from backend.metrics import Scored, cross_validation, held_out, macro_f1, scored_part, unknown

NAMES = ["a", "b", "c", "d"]


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
        assert numbers[name] == pytest.approx({"mean": np.mean(values), "sd": np.std(values, ddof=1)})


def test_rows_of_the_confusion_are_the_truth() -> None:
    """Three pictures of `a` taken for `b` stand in row a, column b."""
    numbers = cross_validation(certain([0, 0, 0, 0, 1], [1, 1, 1, 0, 1], 2), ["a", "b"])
    assert numbers["confusion"] == [[1, 3], [0, 1]]
    assert numbers["per_channel"]["a"] == {"precision": 1.0, "recall": 0.25, "f1": 0.4, "support": 4}
    assert numbers["per_channel"]["b"] == {"precision": 0.25, "recall": 1.0, "f1": 0.4, "support": 1}


def test_a_class_that_is_neither_there_nor_predicted_counts_as_zero() -> None:
    truth = np.array([0, 0, 1, 1])
    assert macro_f1(truth, truth, 2) == 1
    assert macro_f1(truth, truth, 4) == 0.5


def test_one_fold_has_no_deviation() -> None:
    assert cross_validation(certain([0, 1], [0, 1], 2), ["a", "b"])["macro_f1"] == {"mean": 1.0, "sd": 0.0}


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


def figures(known: list[float], background: list[float], threshold: float) -> dict[str, Any]:
    return unknown(np.array(known), np.array(background), threshold)


def test_unknown_by_hand() -> None:
    """Of the 4 * 2 pairs the background picture scores higher in 6, and in one they are equal."""
    assert figures([0.1, 0.2, 0.3, 0.7], [0.3, 0.9], 0.3) == {
        "auroc": pytest.approx(6.5 / 8),
        "threshold": 0.3,
        "known_recall": 0.75,
        "false_known": 0.5,
        "images": 2,
    }


def test_unknown_that_is_perfect_and_that_is_upside_down() -> None:
    assert figures([0.1, 0.2], [0.8, 0.9], 0.5)["auroc"] == 1
    assert figures([0.8, 0.9], [0.1, 0.2], 0.5)["auroc"] == 0
