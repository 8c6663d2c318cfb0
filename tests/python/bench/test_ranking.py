"""The fit of what ranks the finder's proposals: the photos that it learns from, and that it learns."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from backend.photo.ranking import EDGE, SEEN, weights_from

# By name: mypy knows these files as the package `bench`.
bench = import_module("bench.ranking")


@pytest.mark.slow
def test_the_same_seed_takes_the_same_photo_and_some_show_no_thumbnail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "NONE", 0.5)
    photos = [bench.take((6, number)) for number in range(3)]
    assert (bench.take((6, 1)).pixels == photos[1].pixels).all()
    empty = [photo.quad is None for photo in photos]
    assert 0 < sum(empty) < 3
    for photo in photos:
        assert max(photo.pixels.shape) <= 1024
        assert photo.quad is None or (photo.quad < photo.pixels.shape[1::-1]).all()


@pytest.mark.slow
def test_the_fit_learns_which_proposal_is_the_one_and_that_there_may_be_none() -> None:
    """The proposal with most edge lies where the thumbnail is; where all have little, there is none."""
    rng = np.random.default_rng(0)
    seen = []
    for number in range(96):
        numbers = rng.uniform(0, 0.4, (5, SEEN)).astype(np.float32)
        overlaps = rng.uniform(0, 0.5, 5)
        if number % 4:
            best = int(rng.integers(5))
            numbers[best, EDGE], overlaps[best] = 1.0, 0.96
        seen.append((numbers, overlaps))
    weights = weights_from(bench.fit(seen, seed=0))
    for numbers, overlaps in seen:
        logits = weights(numbers.astype(float))
        if overlaps.max() > 0.9:
            assert logits.argmax() == overlaps.argmax() and logits.max() > 0
        else:
            assert logits.max() < 0
