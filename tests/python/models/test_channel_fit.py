"""Channels learnt from few thumbnails: the same numbers as in the browser, by one fixture, and what they promise."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.models.channel_fit import ChannelFit, LearntClass, like_classes
from backend.models.lda import StandardizedPCA
from backend.models.learning_prior import (
    LearningPrior,
    Places,
    learning_prior,
    pack_learning_prior,
    read_learning_prior,
)
from backend.models.prior import Prior, Random, load_prior, rounded_basis

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "channel_fit.json"
FEATURES, COMPONENTS, REAL, DRAWN, EACH, RANDOM = 12, 8, 3, 1, 9, 60
TOLERANCE = 1e-9


def small_prior() -> Prior:
    """Return a prior of few numbers, drawn with a fixed seed."""
    rng = np.random.default_rng(22)
    basis, step = rounded_basis(np.linalg.qr(rng.normal(size=(FEATURES, COMPONENTS)))[0])
    pca = StandardizedPCA(rng.normal(size=FEATURES), rng.uniform(0.5, 2, FEATURES), basis * step)
    labels = np.repeat(np.arange(REAL + DRAWN), EACH)
    centres = 3 * rng.normal(size=(REAL + DRAWN, COMPONENTS))
    places = (centres[labels] + rng.normal(size=(len(labels), COMPONENTS))).astype(np.float32)
    random = 2 * rng.normal(size=(2 * RANDOM, COMPONENTS))
    mean = random[:RANDOM].mean(axis=0)
    apart = random[:RANDOM] - mean
    names = (*(f"channel_{label}" for label in range(REAL)), "drawn:one")
    summed = Random(RANDOM, mean, apart.T @ apart, random[RANDOM:].astype(np.float32))
    return Prior("none", pca, names, places, labels, np.ones(len(labels), np.bool_), summed, {})


@dataclass(frozen=True)
class Case:
    channels: list[LearntClass]
    negatives: list[LearntClass]


def cases(prior: LearningPrior) -> dict[str, Case]:
    """Return what is fitted: channels of many and of few examples, one alone, one of the prior's own, none."""
    rng = np.random.default_rng(7)

    def draw(count: int, centre: NDArray[np.float64] | None = None) -> Places:
        middle = 2.5 * rng.normal(size=COMPONENTS) if centre is None else centre
        rows = middle + rng.normal(size=(count, COMPONENTS))
        return _levels(rows, prior)

    own = draw(6, prior.means[1])
    total = rng.normal(size=COMPONENTS) * 4
    several = [LearntClass(draw(12)), LearntClass(draw(5), 3, total), LearntClass(own, like=like_classes(prior, own))]
    negatives = [LearntClass(draw(3)), LearntClass(np.zeros((0, COMPONENTS), np.int8), 40, total * 2)]
    return {
        "several": Case(several, []),
        "corrected": Case(several, negatives),
        "alone": Case([LearntClass(draw(7))], []),
        "none": Case([], negatives[:1]),
    }


def _levels(numbers: NDArray[Any], prior: LearningPrior) -> Places:
    levels: Places = np.clip(np.rint(numbers / prior.step), -127, 127).astype(np.int8)
    return levels


def described(learnt: LearntClass) -> dict[str, Any]:
    total = None if learnt.total is None else learnt.total.tolist()
    return {
        "places": [place.tolist() for place in learnt.places],
        "added": learnt.added,
        "total": total,
        "like": learnt.like,
    }


def fixture() -> dict[str, Any]:
    """Compute what the browser is held to."""
    layout, packed = pack_learning_prior(small_prior())
    prior = read_learning_prior(layout, packed)
    features = np.random.default_rng(3).normal(size=(4, FEATURES)).astype(np.float32)
    made: dict[str, Any] = {
        "layout": {"file": "prior.bin", **layout},
        "prior": base64.b64encode(packed).decode(),
        "features": features.tolist(),
        "places": prior.places(features).tolist(),
        "cases": {},
    }
    for name, case in cases(prior).items():
        fit = ChannelFit(prior, case.channels, case.negatives)
        asked = np.concatenate([prior.places(features), prior.held[:4]])
        made["cases"][name] = {
            "channels": [described(learnt) for learnt in case.channels],
            "negatives": [described(learnt) for learnt in case.negatives],
            "like": [list(like_classes(prior, learnt.places)) for learnt in case.channels],
            "asked": asked.tolist(),
            "chances": fit.predict_proba(asked).tolist(),
            "base": fit.base_unknown(asked).tolist(),
            "left_out": fit.left_out()[1].tolist(),
            "threshold": fit.threshold,
            "lookalike_threshold": fit.lookalike_threshold,
            "curve": fit.operating_points(),
        }
    return made


def flat(value: Any) -> list[float]:
    """List all numbers of a tree in order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in flat(value[key])]
    if isinstance(value, list | tuple):
        return [number for item in value for number in flat(item)]
    return [float(value)] if isinstance(value, int | float) else []


def test_the_fixture_says_what_python_says() -> None:
    kept, made = json.loads(FIXTURE.read_text(encoding="utf-8")), fixture()
    assert kept["prior"] == made["prior"]
    assert json.dumps(_shape(kept)) == json.dumps(_shape(made))
    np.testing.assert_allclose(flat(kept), flat(made), atol=TOLERANCE, rtol=0)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(value[key]) for key in sorted(value)}
    return [_shape(item) for item in value] if isinstance(value, list | tuple) else ""


def test_the_shipped_prior_fits_into_a_release() -> None:
    layout, packed = pack_learning_prior(load_prior())
    assert len(packed) <= 800_000
    prior = read_learning_prior(layout, packed)
    shipped = load_prior()
    np.testing.assert_allclose(prior.basis * prior.basis_step, shipped.pca.basis[:, :256], atol=1e-6)
    np.testing.assert_allclose(prior.means[-1], shipped.random.mean[:256], atol=1e-2)


@pytest.fixture(scope="module")
def shipped() -> tuple[Prior, LearningPrior]:
    prior = load_prior()
    return prior, learning_prior(prior)


def _class(prior: Prior, small: LearningPrior, label: int) -> Places:
    return _levels(prior.places[prior.labels == label, : len(small.step)], small)


def test_leaving_one_out_in_closed_form_is_nearly_a_fit_without_it(shipped: tuple[Prior, LearningPrior]) -> None:
    prior, small = shipped
    channels = [LearntClass(_class(prior, small, label)[:20], like=(label,)) for label in range(5)]
    fit = ChannelFit(small, channels)
    for example in (0, 7, 19):
        kept = np.delete(channels[0].places, example, axis=0)
        without = ChannelFit(small, [LearntClass(kept, like=(0,)), *channels[1:]])
        (chances,) = without.predict_proba(channels[0].places[example : example + 1])
        np.testing.assert_allclose(fit.leave_one_out(0, example), chances, atol=2e-3)


def test_a_channel_of_the_prior_is_known_for_what_it_is_and_no_other_is(shipped: tuple[Prior, LearningPrior]) -> None:
    prior, small = shipped
    for label in range(len(prior.real)):
        assert like_classes(small, _class(prior, small, label)[:20]) == (label,)
    assert like_classes(small, _class(prior, small, 0)[:1]) == ()


def test_no_more_strangers_pass_than_are_promised(shipped: tuple[Prior, LearningPrior]) -> None:
    prior, small = shipped
    for count in (1, 3):
        channels = [LearntClass(_class(prior, small, label)[:15], like=(label,)) for label in range(count)]
        fit = ChannelFit(small, channels)
        random = fit.predict_proba(small.held)[:, -1]
        assert (random <= fit.threshold).mean() <= 0.01
        assert (random <= fit.lookalike_threshold).mean() <= 0.005
        known = fit.left_out()[1][:, -1]
        assert (known <= fit.threshold).mean() > 0.5  # and the channels are recognised


def test_what_was_said_to_be_none_is_none_and_the_channels_stay(shipped: tuple[Prior, LearningPrior]) -> None:
    prior, small = shipped
    channels = [LearntClass(_class(prior, small, label)[:15], like=(label,)) for label in (3, 5)]
    others = _class(prior, small, 2)
    plain, corrected = ChannelFit(small, channels), ChannelFit(small, channels, [LearntClass(others[:3])])
    asked = others[3:]
    before, after = plain.predict_proba(asked), corrected.predict_proba(asked)
    assert after[:, -1].mean() > before[:, -1].mean()
    assert (corrected.base_unknown(asked) < after[:, -1]).all()
    (labels, chances), (_, as_before) = corrected.left_out(), plain.left_out()
    right, as_many = ((each[:, :-1].argmax(axis=1) == labels).sum() for each in (chances, as_before))
    assert right >= as_many - 1


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(fixture(), indent=1) + "\n", encoding="utf-8")
