"""Folds: videos stay together, channels are spread evenly, background channels leave whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pytest
from helpers import exactly
from numpy.typing import NDArray

from backend.data.dataset import Picture
from backend.data.splits import (
    Pairs,
    group_pictures,
    leave_one_background_out,
    stratified_group_folds,
    stratified_group_k_fold,
)
from backend.utils.errors import DataError


def picture(channel: str, key: str, version: int = 0) -> Picture:
    return Picture(channel, f"images/{channel}/{key}-{version}.jpg", key, "0" * 64, 160, 90, "")


def pictures(channel: str, videos: int, versions: Iterable[int] = (1,)) -> list[Picture]:
    """A channel's pictures; video i has versions[i % ...] thumbnails."""
    counts = list(versions)
    return [picture(channel, f"video{i}", v) for i in range(videos) for v in range(counts[i % len(counts)])]


def folds_of(shown: list[Picture], folds: int, seed: int, alike: Pairs = ()) -> NDArray[np.int64]:
    """Group pictures and give the groups to folds."""
    return stratified_group_folds(shown, group_pictures(shown, alike), folds, seed)


KEYS = [f"video{i}" for i in range(12)]
MANY = [*pictures("a", 25, (1, 3)), *pictures("b", 40), *pictures("c", 10, (1, 1, 2))]


@pytest.mark.parametrize("seed", range(5))
def test_versions_of_a_video_are_never_parted(seed: int) -> None:
    places = defaultdict(set)
    for shown, fold in zip(MANY, folds_of(MANY, 5, seed), strict=True):
        places[shown.channel, shown.key].add(fold)
    assert all(len(folds) == 1 for folds in places.values())


def test_videos_of_different_channels_may_share_a_name() -> None:
    """`cover.jpg` in every folder is not one video, and must not pull the channels into one fold."""
    same = [picture(channel, f"{i}") for i in range(10) for channel in "abc"]
    found = folds_of(same, 5, 0)
    parted = [len({*found[3 * i : 3 * i + 3]}) > 1 for i in range(10)]
    assert any(parted)


@pytest.mark.parametrize("seed", range(5))
def test_channels_are_spread_evenly(seed: int) -> None:
    found = folds_of(MANY, 5, seed)
    channels = np.array([shown.channel for shown in MANY])
    for channel in "abc":
        counts = np.bincount(found[channels == channel], minlength=5)
        share = (channels == channel).sum() / 5
        assert counts.min() >= 1
        assert np.abs(counts - share).max() <= 3


def test_every_fold_has_every_channel_at_the_least_number_of_videos() -> None:
    few = [*pictures("a", 5), *pictures("b", 50)]
    found = folds_of(few, 5, 3)
    assert sorted(found[:5]) == [0, 1, 2, 3, 4]


def test_the_seed_decides() -> None:
    assert np.array_equal(folds_of(MANY, 5, 1), folds_of(MANY, 5, 1))
    assert not np.array_equal(folds_of(MANY, 5, 1), folds_of(MANY, 5, 2))


def test_too_few_videos_are_an_error_that_says_how_many_folds_are_possible() -> None:
    few = [*pictures("plenty", 20), *pictures("scarce", 3, (4,))]
    with pytest.raises(DataError) as caught:
        folds_of(few, 5, 0)
    assert str(caught.value) == "channel 'scarce' has 3 videos, too few for 5 folds; take --folds 3 or less"
    assert len(folds_of(few, 3, 0)) == 32


def test_a_channel_of_one_video_needs_more_pictures() -> None:
    """There is no number of folds to advise."""
    message = "channel 'b' has 1 videos, too few for 2 folds; add pictures of other videos"
    with pytest.raises(DataError, match=exactly(message)):
        folds_of([*pictures("a", 4), *pictures("b", 1, (6,))], 2, 0)


@pytest.mark.parametrize("seed", range(5))
def test_pictures_that_are_all_but_the_same_are_never_parted(seed: int) -> None:
    """Neither two videos of a channel, nor of two channels, nor what hangs together only by a third."""
    shown = [*pictures("a", 12, (1, 2)), *pictures("b", 12)]
    alike = [(0, 5), (5, 11), (3, 20)]
    found = folds_of(shown, 3, seed, alike)
    assert found[0] == found[5] == found[11]
    assert found[3] == found[20]
    assert all(
        len({*found[[i for i, p in enumerate(shown) if p.key == key and p.channel == "a"]]}) == 1 for key in KEYS
    )
    for channel in "ab":
        counts = np.bincount(found[[p.channel == channel for p in shown]], minlength=3)
        assert counts.min() >= 1


def test_videos_count_once_where_they_are_all_but_the_same() -> None:
    shown = [*pictures("a", 4), *pictures("b", 9)]
    assert len(folds_of(shown, 4, 0)) == 13
    with pytest.raises(DataError, match=r"^channel 'a' has 3 videos, too few for 4 folds; take --folds 3 or less$"):
        folds_of(shown, 4, 0, [(0, 2)])


def test_a_single_fold_is_an_error() -> None:
    message = "--folds 1: at least 2 are needed to predict pictures that were not trained on"
    with pytest.raises(DataError, match=exactly(message)):
        folds_of(MANY, 1, 0)


def left_out(others: list[Picture], folds: int) -> dict[str, set[int]]:
    """The folds that leave a background channel out; all of its pictures must go together."""
    places: dict[str, set[tuple[bool, ...]]] = defaultdict(set)
    for shown, row in zip(others, leave_one_background_out(others, folds).tolist(), strict=True):
        places[shown.channel].add(tuple(row))
    assert all(len(rows) == 1 for rows in places.values()), "whole channels"
    return {name: set(np.flatnonzero(rows.pop())) for name, rows in places.items()}


def test_background_channels_are_left_out_whole() -> None:
    others = [*pictures("x", 4), *pictures("y", 9), *pictures("z", 2)]
    assert left_out(others, 2) == {"x": {0}, "y": {1}, "z": {0}}
    assert left_out(others, 3) == {"x": {0}, "y": {1}, "z": {2}}


def test_every_fold_is_judged_on_background_where_there_are_fewer_channels_than_folds() -> None:
    """And none is judged on all of it: something is left to learn from."""
    others = [*pictures("x", 4), *pictures("y", 9)]
    assert left_out(others, 5) == {"x": {0, 2, 4}, "y": {1, 3}}


def test_background_does_not_hang_on_the_order_of_its_pictures() -> None:
    others = [*pictures("x", 4), *pictures("y", 9), *pictures("z", 2)]
    assert np.array_equal(leave_one_background_out(others[::-1], 2), leave_one_background_out(others, 2)[::-1])


def test_a_single_background_channel_is_dealt_out_by_video() -> None:
    others = pictures("x", 7, (1, 2))
    found = leave_one_background_out(others, 3)
    assert found.sum(axis=1).tolist() == [1] * len(others)
    assert found.any(axis=0).all()
    places = defaultdict(set)
    for shown, row in zip(others, found.argmax(axis=1), strict=True):
        places[shown.key].add(int(row))
    assert all(len(folds) == 1 for folds in places.values())


def test_a_background_of_one_video_is_an_error() -> None:
    message = "the background has 1 video, and at least 2 are needed; add pictures to it, or leave it out"
    with pytest.raises(DataError, match=exactly(message)):
        leave_one_background_out(pictures("x", 1, (3,)), 3)


# --- Groups ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_groups_go_whole_and_evenly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 40, 90))
    labels = groups % 3
    found = stratified_group_k_fold(labels, groups, 4, rng)
    assert all(len(set(found[groups == group])) == 1 for group in np.unique(groups))
    biggest = np.bincount(groups).max()
    for label in range(3):
        counts = np.bincount(found[labels == label], minlength=4)
        assert np.ptp(counts) <= biggest


def test_folds_are_of_one_size_though_every_label_has_a_remainder() -> None:
    labels = np.repeat(np.arange(6), 4)  # four each in three folds: the rest must not all go to the first
    found = stratified_group_k_fold(labels, np.arange(24), 3, np.random.default_rng(0))
    assert np.bincount(found).tolist() == [8, 8, 8]


def test_groups_join_versions_of_a_video_and_pictures_that_are_alike() -> None:
    shown = [*pictures("a", 3, (2,)), *pictures("b", 2)]  # a0 a0 a1 a1 a2 a2 b0 b1
    assert group_pictures(shown).tolist() == [0, 0, 2, 2, 4, 4, 6, 7]
    assert group_pictures(shown, [(1, 4), (5, 7)]).tolist() == [0, 0, 2, 2, 0, 0, 6, 0]
