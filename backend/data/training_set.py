"""What a training learns from: the pictures of one or two datasets in one order, with labels and folds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Channel, Dataset, Picture
from backend.data.near_duplicates import fingerprints, near_duplicates
from backend.data.negatives import BLANK, load_negatives
from backend.data.selection import Sample, samples_of, select_background, select_known
from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.splits import group_pictures, leave_one_background_out, stratified_group_folds
from backend.data.video_keys import assumption
from backend.utils import progress


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
    are only learned from. groups: (n,), the same number for pictures that no split may part. variants: known pictures
    in their other sizes, which are no rows.
    """

    channels: tuple[Channel, ...]
    pictures: tuple[Picture, ...]
    sources: tuple[Source, ...]
    labels: NDArray[np.int64]
    tests: NDArray[np.bool_]
    groups: NDArray[np.int64]
    demo: bool
    variants: tuple[Variant, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.labels < len(self.channels)

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which pictures have out-of-fold predictions, (n,)."""
        judged: NDArray[np.bool_] = self.tests.any(axis=1)
        return judged

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


def build_training_set(
    dataset: Dataset, background: Dataset | None, settings: TrainSettings, use_background: bool, draw: bool = True
) -> TrainingSet:
    """Put known and background pictures in order: of one or two datasets, and drawn ones.

    Pictures that are kept for a test, or out of everything, are left out. Without `draw` there are no drawn ones: a
    prior has such classes already. Raises DataError.
    """
    known = select_known(dataset)
    others = select_background(dataset, background, use_background)
    # The demo's channels are the drawn ones: for it, there are the blank pictures alone.
    negatives = samples_of(load_negatives(blank_only=dataset.demo)) if use_background and draw else []
    outside = [*others, *negatives]
    pictures = [sample.picture for sample in known]
    if not dataset.demo and (assumed := assumption((picture.channel, picture.key) for picture in pictures)):
        progress.say(assumed)
    copies = near_duplicates(fingerprints([dataset.path(picture) for picture in pictures]))
    groups = group_pictures(pictures, [(copy.first, copy.second) for copy in copies])
    folds = stratified_group_folds(pictures, groups, settings.folds, settings.seed)
    known_tests: NDArray[np.bool_] = folds[:, None] == np.arange(settings.folds)
    return TrainingSet(
        dataset.known,
        tuple(sample.picture for sample in (*known, *outside)),
        tuple(sample.source for sample in (*known, *outside)),
        _labels(dataset.known, known, outside),
        np.concatenate([known_tests, _background_tests(others, negatives, settings.folds)]),
        np.concatenate([groups, len(known) + np.arange(len(outside))]),
        dataset.demo,
        tuple(_variants(known)),
    )


def _variants(known: Sequence[Sample]) -> Iterator[Variant]:
    for row, sample in enumerate(known):
        for picture, source in zip(sample.variants, sample.source.variants, strict=True):
            yield Variant(row, picture, source)


def _background_tests(others: Sequence[Sample], negatives: Sequence[Sample], folds: int) -> NDArray[np.bool_]:
    """Judge 'none of these' on a person's own background; on the drawn channels where there is none: (n, folds)."""
    pictures = [sample.picture for sample in (*others, *negatives)]
    tests = np.zeros((len(pictures), folds), np.bool_)
    drawn = [row for row, picture in enumerate(pictures) if picture.channel != BLANK]
    judged = np.arange(len(others)) if others else np.array(drawn, np.int64)
    if len(judged):
        tests[judged] = leave_one_background_out([pictures[row] for row in judged], folds)
    return tests


def _labels(channels: Sequence[Channel], known: Sequence[Sample], outside: Sequence[Sample]) -> NDArray[np.int64]:
    """Number the channels in order, and after them those of the background by name, (n,)."""
    names = [channel.name for channel in channels] + sorted({sample.picture.channel for sample in outside})
    label = {name: number for number, name in enumerate(names)}
    return np.array([label[sample.picture.channel] for sample in (*known, *outside)], np.int64)
