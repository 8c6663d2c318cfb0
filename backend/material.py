"""What a training learns from: the pictures of one or two datasets in one order, with labels and folds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend import progress
from backend.config import TrainSettings
from backend.dataset import Channel, Dataset, Picture
from backend.duplicates import Pair, fingerprints, near_duplicates
from backend.errors import DataError
from backend.features import Source
from backend.folds import background_tests, known_folds, units
from backend.run import RESERVED
from backend.strangers import BLANK, load_strangers


@dataclass(frozen=True)
class Material:
    """What there is to learn from: known pictures first, then background ones, with files, labels and folds.

    labels: (n,), the index of the channel, and beyond the channels one number for each background channel. tests:
    (n, folds), which folds leave a picture out of their training and predict it; drawn pictures beside real background
    are only learned from. units: (n,), the same number for pictures that belong together.
    """

    channels: tuple[Channel, ...]
    pictures: tuple[Picture, ...]
    sources: tuple[Source, ...]
    labels: NDArray[np.int64]
    tests: NDArray[np.bool_]
    units: NDArray[np.int64]
    demo: bool

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.labels < len(self.channels)

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which pictures have out-of-fold predictions, (n,)."""
        found: NDArray[np.bool_] = self.tests.any(axis=1)
        return found

    @property
    def folds(self) -> NDArray[np.int64]:
        """The first fold that predicts a picture, (n,); -1 for none."""
        return np.where(self.judged, self.tests.argmax(axis=1), -1)

    def digest(self) -> str:
        """Checksum of the channels, the pictures' bytes, their labels and folds."""
        rows = zip(self.sources, self.labels, self.tests.astype(int).tolist(), strict=True)
        lines = [f"{source.sha256} {label} {tests}" for source, label, tests in rows]
        return hashlib.sha256("\n".join([*(channel.name for channel in self.channels), *lines]).encode()).hexdigest()


Owned = tuple[Dataset, Picture]


def gather(dataset: Dataset, background: Dataset | None, settings: TrainSettings, use_background: bool) -> Material:
    """Put known and background pictures in order: of one or two datasets, and drawn ones. Raises DataError."""
    channels = dataset.known
    index = {channel.name: position for position, channel in enumerate(channels)}
    known = [picture for picture in dataset.pictures if picture.channel in index]
    _check_known(dataset, index, known)
    others = _others(dataset, background, index, use_background)
    strangers = _strangers(dataset) if use_background else []
    alike = _alike([dataset.path(picture) for picture in known])
    together = units(known, [(pair.first, pair.second) for pair in alike])
    outside = [*others, *strangers]
    labels = _labels([picture.channel for picture in known], [picture.channel for _, picture in outside], index)
    sources = [Source(dataset.path(picture), picture.sha256) for picture in known]
    return Material(
        channels,
        (*known, *(picture for _, picture in outside)),
        (*sources, *(Source(owner.path(picture), picture.sha256) for owner, picture in outside)),
        labels,
        np.concatenate([_known_tests(known, settings, alike), _tests(others, strangers, settings.folds)]),
        np.concatenate([together, len(known) + np.arange(len(outside))]),
        dataset.demo,
    )


def _known_tests(known: Sequence[Picture], settings: TrainSettings, alike: Sequence[Pair]) -> NDArray[np.bool_]:
    folds = known_folds(known, settings.folds, settings.seed, [(pair.first, pair.second) for pair in alike])
    tests: NDArray[np.bool_] = folds[:, None] == np.arange(settings.folds)
    return tests


def _tests(others: Sequence[Owned], strangers: Sequence[Owned], folds: int) -> NDArray[np.bool_]:
    """Judge 'none of these' on a person's own background; on the drawn channels where there is none."""
    tests = np.zeros((len(others) + len(strangers), folds), np.bool_)
    drawn = [i for i, (_, picture) in enumerate(strangers) if picture.channel != BLANK]
    judged = np.arange(len(others)) if others else np.array(drawn, np.int64)
    if len(judged):
        outside = [*others, *strangers]
        tests[judged] = background_tests([outside[i][1] for i in judged], folds)
    return tests


def _check_known(dataset: Dataset, index: Mapping[str, int], known: Sequence[Picture]) -> None:
    if len(index) < 2:
        raise DataError(f"{dataset.root}: {len(index)} known channel; at least 2 are needed to tell them apart")
    _check_names(index)
    if missing := index.keys() - {picture.channel for picture in known}:
        raise DataError(f"{dataset.root}: channel {min(missing)!r} has no pictures; add some, and import it again")


def _others(dataset: Dataset, background: Dataset | None, index: Mapping[str, int], use: bool) -> list[Owned]:
    """Collect a person's own background, without pictures that are also of a known channel."""
    found = [(dataset, picture) for picture in dataset.pictures if picture.channel not in index]
    found += [(background, picture) for picture in background.pictures] if background else []
    known = {picture.sha256 for picture in dataset.pictures if picture.channel in index}
    others = [(owner, picture) for owner, picture in found if picture.sha256 not in known] if use else []
    _check_strangers(others, index)
    _say_left_out(found, others, use)
    return others


def _strangers(dataset: Dataset) -> list[Owned]:
    """Take the drawn strangers; for the demo, whose channels they would be, the blank pictures alone."""
    drawn = load_strangers(blank_only=dataset.demo)
    return [(drawn, picture) for picture in drawn.pictures]


def _labels(known: Sequence[str], others: Sequence[str], index: Mapping[str, int]) -> NDArray[np.int64]:
    beyond = {name: len(index) + place for place, name in enumerate(sorted(set(others)))}
    return np.array([*(index[name] for name in known), *(beyond[name] for name in others)], np.int64)


def _check_strangers(others: Sequence[Owned], known: Mapping[str, int]) -> None:
    for owner, picture in others:
        if picture.channel in known:
            raise DataError(
                f"{owner.root}: channel {picture.channel!r} is also one to recognise; take it out of the background"
            )


def _alike(paths: Sequence[Path]) -> list[Pair]:
    """Find pictures that are all but the same: on both sides of a split they would be a leak."""
    return near_duplicates(fingerprints(paths))


def _check_names(names: Mapping[str, int]) -> None:
    for name in names:
        if name in RESERVED:
            raise DataError(f"channel {name!r}: the name is taken by a column of predictions.csv; rename its folder")


def _say_left_out(found: Sequence[Any], others: Sequence[Any], use_background: bool) -> None:
    if found and not use_background:
        progress.say(f"This recipe knows no 'none of these': {len(found)} background pictures are not used.")
    elif len(found) > len(others):
        progress.say(f"{len(found) - len(others)} background pictures are also of a known channel, and not used.")
