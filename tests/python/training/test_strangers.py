"""What a training says of strangers: up to where a picture passes for known, and up to where for a look-alike."""

from __future__ import annotations

import numpy as np
import pytest

from backend.data.settings import TrainSettings
from backend.models.head import Fitted
from backend.training.strangers import LOOKALIKE_SHARE, lookalike_threshold, rejection_threshold

SETTINGS = TrainSettings("style", folds=5)


def fitted(random: int, near: int = 0, seed: int = 0) -> Fitted:
    """A fit whose strangers score anything from 0 to 1, known pictures little."""
    rng = np.random.default_rng(seed)
    return Fitted({}, reference=rng.random(50) / 4, near=rng.random(near), random=rng.random(random))


@pytest.mark.parametrize("random", [1, 99, 199, 200, 201, 1000, 1999])
@pytest.mark.parametrize("near", [0, 40])
@pytest.mark.parametrize("recall", [None, 0.3, 0.99])
def test_at_most_one_stranger_in_two_hundred_is_called_a_lookalike(
    random: int, near: int, recall: float | None
) -> None:
    """Of less than two hundred, none."""
    settings = TrainSettings("style", folds=5, known_recall=recall)
    fit = fitted(random, near, seed=random)
    threshold = lookalike_threshold(fit, settings)
    assert threshold is not None
    passed = int((fit.random <= threshold).sum())
    assert passed <= LOOKALIKE_SHARE * random
    assert threshold <= rejection_threshold(fit, settings)
    if threshold < rejection_threshold(fit, settings):
        assert passed == random // 200, "as large as may be"


def test_it_is_stricter_than_what_a_channel_is_named_by() -> None:
    fit = fitted(1000)
    assert lookalike_threshold(fit, SETTINGS) == np.nextafter(np.sort(fit.random)[5], -np.inf)
    assert lookalike_threshold(fit, SETTINGS) < rejection_threshold(fit, SETTINGS)  # type: ignore[operator]


def test_without_random_strangers_nothing_can_be_promised() -> None:
    assert lookalike_threshold(fitted(0, near=40), SETTINGS) is None
