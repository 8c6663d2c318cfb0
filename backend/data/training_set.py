"""What a training learns from: the pictures of one or two datasets in one order, with labels and folds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import AGAIN, LEARNT, RESERVED, Channel, Dataset, Picture
from backend.data.image_sizes import with_variants
from backend.data.near_duplicates import Pair, fingerprints, near_duplicates
from backend.data.negatives import BLANK, load_negatives
from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.splits import leave_one_background_out, stratified_group_folds, units
from backend.utils import progress
from backend.utils.errors import DataError


@dataclass(frozen=True)
class Variant:
    """A known picture in another size: the row of the picture, what the manifest says of this file, and the file."""

    row: int
    picture: Picture
    source: Source


@dataclass(frozen=True)
class TrainingSet:
    """What there is to learn from: known pictures first, then background ones, with files, labels and folds.

    labels: (n,), the index of the channel, and beyond the channels one number for each background channel. tests:
    (n, folds), which folds leave a picture out of their training and predict it; drawn pictures beside real background
    are only learned from. units: (n,), the same number for pictures that belong together. variants: known pictures in
    their other sizes, which are no rows.
    """

    channels: tuple[Channel, ...]
    pictures: tuple[Picture, ...]
    sources: tuple[Source, ...]
    labels: NDArray[np.int64]
    tests: NDArray[np.bool_]
    units: NDArray[np.int64]
    demo: bool
    variants: tuple[Variant, ...] = ()

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
        """Checksum of the channels, the pictures' bytes in all their sizes, their labels and folds."""
        rows = zip(self.sources, self.labels, self.tests.astype(int).tolist(), strict=True)
        lines = [
            " ".join([f"{source.sha256} {label} {tests}", *(variant.sha256 for variant in source.variants)])
            for source, label, tests in rows
        ]
        return hashlib.sha256("\n".join([*(channel.name for channel in self.channels), *lines]).encode()).hexdigest()


@dataclass(frozen=True)
class Sample:
    """A picture of a dataset, with its other sizes."""

    dataset: Dataset
    picture: Picture
    variants: tuple[Picture, ...] = ()

    @property
    def source(self) -> Source:
        """The picture's file, and those of its other sizes."""
        first, *others = (Source(self.dataset.path(one), one.sha256) for one in (self.picture, *self.variants))
        return replace(first, variants=tuple(others))


def build_training_set(
    dataset: Dataset, background: Dataset | None, settings: TrainSettings, use_background: bool
) -> TrainingSet:
    """Put known and background pictures in order: of one or two datasets, and drawn ones.

    Pictures that are kept for a test, or out of everything, are left out. Raises DataError.
    """
    channels = dataset.known
    index = {channel.name: position for position, channel in enumerate(channels)}
    claimed = dataset.checksums(index)
    dataset, background = dataset.part(*LEARNT), background.part(*LEARNT) if background else None
    ours = [one for one in samples_of(dataset) if one.picture.channel in index]
    known = [one.picture for one in ours]
    _check_known(dataset, index, known)
    others = _others(dataset, background, index, claimed, use_background)
    strangers = _strangers(dataset) if use_background else []
    alike = _alike([dataset.path(picture) for picture in known])
    together = units(known, [(pair.first, pair.second) for pair in alike])
    outside = [*others, *strangers]
    return TrainingSet(
        channels,
        tuple(one.picture for one in (*ours, *outside)),
        tuple(one.source for one in (*ours, *outside)),
        _labels([picture.channel for picture in known], [one.picture.channel for one in outside], index),
        np.concatenate([_known_tests(known, settings, alike), _tests(others, strangers, settings.folds)]),
        np.concatenate([together, len(known) + np.arange(len(outside))]),
        dataset.demo,
        tuple(_variants(ours)),
    )


def samples_of(dataset: Dataset) -> list[Sample]:
    """Return the pictures of a dataset, each with its other sizes."""
    return [Sample(dataset, picture, variants) for picture, variants in with_variants(dataset.pictures)]


def _variants(known: Sequence[Sample]) -> Iterator[Variant]:
    for row, one in enumerate(known):
        for picture, source in zip(one.variants, one.source.variants, strict=True):
            yield Variant(row, picture, source)


def _known_tests(known: Sequence[Picture], settings: TrainSettings, alike: Sequence[Pair]) -> NDArray[np.bool_]:
    folds = stratified_group_folds(known, settings.folds, settings.seed, [(pair.first, pair.second) for pair in alike])
    tests: NDArray[np.bool_] = folds[:, None] == np.arange(settings.folds)
    return tests


def _tests(others: Sequence[Sample], strangers: Sequence[Sample], folds: int) -> NDArray[np.bool_]:
    """Judge 'none of these' on a person's own background; on the drawn channels where there is none."""
    tests = np.zeros((len(others) + len(strangers), folds), np.bool_)
    drawn = [i for i, one in enumerate(strangers) if one.picture.channel != BLANK]
    judged = np.arange(len(others)) if others else np.array(drawn, np.int64)
    if len(judged):
        outside = [*others, *strangers]
        tests[judged] = leave_one_background_out([outside[i].picture for i in judged], folds)
    return tests


def _check_known(dataset: Dataset, index: Mapping[str, int], known: Sequence[Picture]) -> None:
    if len(index) < 2:
        raise DataError(f"{dataset.root}: {len(index)} known channel; at least 2 are needed to tell them apart")
    _check_names(index)
    if missing := index.keys() - {picture.channel for picture in known}:
        raise DataError(
            f"{dataset.root}: channel {min(missing)!r} has no pictures to learn from; add some, and {AGAIN}"
        )


def _others(
    dataset: Dataset, background: Dataset | None, index: Mapping[str, int], claimed: Set[str], use: bool
) -> list[Sample]:
    """Collect a person's own background, without pictures that are also of a known channel.

    claimed: checksums of all files of the known channels, those that are kept for a test too: learning that a picture
    is none of these would give the test away.
    """
    found = [one for one in samples_of(dataset) if one.picture.channel not in index]
    found += samples_of(background) if background else []
    others = [one for one in found if one.picture.sha256 not in claimed] if use else []
    _check_strangers(others, index)
    _say_left_out(found, others, use)
    return others


def _strangers(dataset: Dataset) -> list[Sample]:
    """Take the drawn strangers; for the demo, whose channels they would be, the blank pictures alone."""
    drawn = load_negatives(blank_only=dataset.demo)
    return samples_of(drawn)


def _labels(known: Sequence[str], others: Sequence[str], index: Mapping[str, int]) -> NDArray[np.int64]:
    beyond = {name: len(index) + place for place, name in enumerate(sorted(set(others)))}
    return np.array([*(index[name] for name in known), *(beyond[name] for name in others)], np.int64)


def _check_strangers(others: Sequence[Sample], known: Mapping[str, int]) -> None:
    for one in others:
        if one.picture.channel in known:
            raise DataError(
                f"{one.dataset.root}: channel {one.picture.channel!r} is also one to recognise; "
                "take it out of the background"
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
