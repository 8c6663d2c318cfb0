"""Drawn negatives: channels that nobody has, drawn once, the same everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers import DRAWN

from backend.data import negatives
from backend.data.dataset import Dataset, is_drawn
from backend.data.negatives import BLANK, PER_CHANNEL, blanks, load_negatives
from backend.data.synthetic.channels import CHANNELS
from backend.data.synthetic.demo_dataset import drawn_picture


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few as can be."""
    monkeypatch.setattr(negatives, "PER_CHANNEL", 1)


def contents(data: Dataset) -> dict[str, bytes]:
    return {picture.file: data.path(picture).read_bytes() for picture in data.pictures}


def test_every_negative_is_background_under_a_name_of_its_own(drawn: Dataset) -> None:
    names = {channel.name for channel in drawn.channels}
    assert len(names) == DRAWN + 1
    assert all(is_drawn(name) for name in names)
    assert not any(is_drawn(demo.channel.name) for demo in CHANNELS)
    assert {channel.role for channel in drawn.channels} == {"background"}
    assert {picture.channel for picture in drawn.pictures} == names
    assert BLANK in names


@pytest.mark.slow
def test_they_are_other_pictures_than_the_demos(drawn: Dataset) -> None:
    demo = {drawn_picture(0, channel, 0)[0].sha256 for channel in range(DRAWN)}
    assert not demo & {picture.sha256 for picture in drawn.pictures}


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_they_are_drawn_once_and_the_same_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: Dataset
) -> None:
    first = load_negatives(tmp_path / "one")
    kept = contents(load_negatives(tmp_path / "two"))
    assert contents(first) == kept
    assert {file for file in kept if "blank" not in file} < contents(drawn).keys(), "more of them are more of the same"

    def never(*_: object) -> object:
        raise AssertionError("drawn again")

    monkeypatch.setattr("backend.data.synthetic.demo_dataset.drawn_pictures", never)
    assert contents(load_negatives(tmp_path / "one")) == kept


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_damaged_ones_are_drawn_anew(tmp_path: Path) -> None:
    first = load_negatives(tmp_path)
    kept = contents(first)
    (first.root / "manifest.csv").write_text("damaged")
    assert contents(load_negatives(tmp_path)) == kept


def test_blank_pictures_are_of_every_kind_and_the_same_every_time() -> None:
    one, again = negatives.blanks(), blanks()
    assert all(np.array_equal(a, b) for a, b in zip(again, one, strict=False))
    assert {(pixels.shape, pixels.dtype) for pixels in one} == {((180, 320, 3), np.dtype(np.uint8))}
    means = {int(pixels.min()) for pixels in one if pixels.min() == pixels.max()}
    assert {0, 255} <= means, "black and white"
    assert PER_CHANNEL >= 1


@pytest.mark.parametrize("name", ["images/drawn_blank/03.png", "manifest.csv", "dataset.json"])
def test_ones_with_a_flipped_byte_are_drawn_anew(tmp_path: Path, name: str) -> None:
    """Also where what is left can be read: it would be other pictures, or other groups of them."""
    first = load_negatives(tmp_path, blank_only=True)
    whole = (first.root / name).read_bytes()
    place = len(whole) - 12
    (first.root / name).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert contents(load_negatives(tmp_path, blank_only=True)) == contents(first)
    assert (first.root / name).read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == [first.root.name]
