"""Measurements of strangers: what a draw deals, a prior of fewer components, and whether a promise came true."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from backend.data.sources import Source
from backend.models.lda import StandardizedPCA
from backend.models.prior import Prior, Random, rounded_basis

# By name: mypy knows these files as the package `bench`.
strangers, promise = import_module("bench.strangers"), import_module("bench.promise")


def sources(name: str, count: int) -> list[Source]:
    return [Source(Path(name, f"{number}.jpg"), f"{name}{number}") for number in range(count)]


FOLDERS = strangers.Folders(
    {name: sources(name, 21) for name in ("a", "b")},
    {name: sources(name, 9) for name in ("hard1", "hard2", "hard3")},
    {f"other{number}": sources(f"other{number}", 10) for number in range(7)},
    sources("random", 101),
)


@pytest.mark.parametrize("number", range(4))
def test_a_draw_asks_about_nothing_that_is_learnt_from(number: int) -> None:
    dealt = strangers.deal(FOLDERS, number)
    assert len(dealt.learnt) == 4 and {"a", "b"} < set(dealt.learnt)
    for name, learnt in dealt.learnt.items():
        assert not set(learnt) & set(dealt.tested[name])
        assert len(learnt) == (len(learnt) + len(dealt.tested[name])) // 2
    assert not set(dealt.learnt) & {*dealt.hard, *dealt.other}
    assert sorted(dealt.asked + dealt.kept, key=str) == sorted(FOLDERS.random, key=str)
    turns = [dealt.left_out(turn) for turn in range(strangers.TURNS)]
    for kind, classes in (("hard", dealt.hard), ("other", dealt.other)):
        assert sorted(name for turn in turns for name in turn[kind]) == sorted(classes), "each is left out once"


def test_few_pictures_are_learnt_from_where_it_is_asked_for_and_the_same_are_tested() -> None:
    many, few = strangers.deal(FOLDERS, 1), strangers.deal(FOLDERS, 1, each=3)
    assert {len(learnt) for learnt in few.learnt.values()} == {3}
    assert few.tested == many.tested


def test_a_prior_of_fewer_components_is_the_leading_part_of_it() -> None:
    rng = np.random.default_rng(0)
    basis, step = rounded_basis(np.linalg.qr(rng.normal(size=(9, 6)))[0])
    places = rng.normal(size=(40, 6)).astype(np.float32)
    random = Random(50, rng.normal(size=6), np.cov(rng.normal(size=(6, 50))) * 50, places[:10] * 2)
    pca = StandardizedPCA(rng.normal(size=9), rng.uniform(0.5, 2, 9), basis * step)
    whole = Prior("x", pca, ("a", "b"), places, np.arange(40) % 2, np.ones(40, np.bool_), random, {})
    part = strangers.first_components(whole, 4)
    assert np.array_equal(part.pca.basis, whole.pca.basis[:, :4])
    step_of_places = np.concatenate([places, places[:10] * 2]).std(axis=0)[:4].max() / 16
    assert np.abs(part.places - places[:, :4]).max() <= step_of_places / 2 + 1e-6
    assert part.places.dtype == np.float32 and not np.array_equal(part.places, places[:, :4]), "rounded to eight bits"
    assert part.random.mean == pytest.approx(whole.random.mean[:4], rel=1e-6)
    assert part.random.squares == pytest.approx(whole.random.squares[:4, :4], rel=2e-3, abs=0.1)
    features = part.features(part.places)
    assert part.pca.project(features) == pytest.approx(part.places, abs=1e-4), "it is a space by itself"


def promises(rate: float, real: float, seed: int) -> list[promise.Promise]:  # type: ignore[name-defined]
    """Draw promises from 700 strangers, and 1,400 others that pass at another rate."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(400):
        passed = int(rng.binomial(700, rate))
        interval = binomtest(passed, 700).proportion_ci(0.95, method="wilson")
        found.append(
            promise.Promise("random", passed / 700, interval.low, interval.high, int(rng.binomial(1400, real)), 1400)
        )
    return found


@pytest.mark.parametrize("rate", [0.005, 0.01, 0.1])
def test_a_true_promise_agrees_as_often_as_it_says(rate: float) -> None:
    true = promises(rate, rate, seed=1)
    assert np.mean([one.agrees for one in true]) > 0.93
    assert np.mean([one.within for one in true]) <= np.mean([one.agrees for one in true]), "which is stricter"


def test_a_broken_promise_is_noticed() -> None:
    assert np.mean([one.agrees for one in promises(0.01, 0.04, seed=2)]) < 0.05
    assert np.mean([one.within for one in promises(0.01, 0.04, seed=2)]) < 0.05


def test_the_table_counts_draws() -> None:
    kept = promise.Promise("random", 0.01, 0.005, 0.02, 14, 1400)
    broken = promise.Promise("random", 0.01, 0.005, 0.02, 100, 1000)
    other = promise.Promise("other", 0.1, 0.05, 0.2, 30, 100)
    rows = promise.lines([kept, broken, other])
    assert rows[2] == "| random | 0.0100 | 0.0050 to 0.0200 | 0.0550 | 1 of 2 | 1 |"
    assert rows[3] == "| other | 0.1000 | 0.0500 to 0.2000 | 0.3000 | 0 of 1 | 0 |"
