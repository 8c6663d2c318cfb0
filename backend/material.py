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
from backend.duplicates import fingerprints, near_duplicates
from backend.errors import DataError
from backend.features import Source
from backend.folds import background_folds, known_folds
from backend.run import RESERVED


@dataclass(frozen=True)
class Material:
    """What there is to learn from: known pictures first, then background ones, with files, labels and folds.

    labels: (n,), the index of the channel; for background pictures the number of channels. folds: (n,).
    """

    channels: tuple[Channel, ...]
    pictures: tuple[Picture, ...]
    sources: tuple[Source, ...]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    demo: bool

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.labels < len(self.channels)

    @property
    def classes(self) -> int:
        return len(self.channels) + int(not self.known.all())

    def digest(self) -> str:
        """Checksum of the channels, the pictures' bytes, their labels and folds."""
        rows = zip(self.sources, self.labels, self.folds, strict=True)
        lines = [f"{source.sha256} {label} {fold}" for source, label, fold in rows]
        return hashlib.sha256("\n".join([*(channel.name for channel in self.channels), *lines]).encode()).hexdigest()


def gather(dataset: Dataset, background: Dataset | None, settings: TrainSettings, use_background: bool) -> Material:
    """Put known and background pictures of one or two datasets in order. Raises DataError."""
    channels = dataset.known
    if len(channels) < 2:
        raise DataError(f"{dataset.root}: {len(channels)} known channel; at least 2 are needed to tell them apart")
    index = {channel.name: position for position, channel in enumerate(channels)}
    _check_names(index)
    known = [picture for picture in dataset.pictures if picture.channel in index]
    if missing := index.keys() - {picture.channel for picture in known}:
        raise DataError(f"{dataset.root}: channel {min(missing)!r} has no pictures; add some, and import it again")
    found = [(dataset, picture) for picture in dataset.pictures if picture.channel not in index]
    found += [(background, picture) for picture in background.pictures] if background else []
    seen = {picture.sha256 for picture in known}
    others = [(owner, picture) for owner, picture in found if picture.sha256 not in seen] if use_background else []
    _check_strangers(others, index)
    _say_left_out(found, others, use_background)
    pictures = (*known, *(picture for _, picture in others))
    paths = [dataset.path(picture) for picture in known] + [owner.path(picture) for owner, picture in others]
    return Material(
        channels,
        pictures,
        tuple(Source(path, picture.sha256) for path, picture in zip(paths, pictures, strict=True)),
        np.array([index.get(picture.channel, len(channels)) for picture in known] + [len(channels)] * len(others)),
        np.concatenate(
            [
                known_folds(known, settings.folds, settings.seed, _alike([dataset.path(picture) for picture in known])),
                background_folds([picture for _, picture in others], settings.folds),
            ]
        ),
        dataset.demo,
    )


def _check_strangers(others: Sequence[tuple[Dataset, Picture]], known: Mapping[str, int]) -> None:
    for owner, picture in others:
        if picture.channel in known:
            raise DataError(
                f"{owner.root}: channel {picture.channel!r} is also one to recognise; take it out of the background"
            )


def _alike(paths: Sequence[Path]) -> list[tuple[int, int]]:
    """Find pictures that are all but the same: on both sides of a split they would be a leak."""
    return [(pair.first, pair.second) for pair in near_duplicates(fingerprints(paths))]


def _check_names(names: Mapping[str, int]) -> None:
    for name in names:
        if name in RESERVED:
            raise DataError(f"channel {name!r}: the name is taken by a column of predictions.csv; rename its folder")


def _say_left_out(found: Sequence[Any], others: Sequence[Any], use_background: bool) -> None:
    if found and not use_background:
        progress.say(f"This recipe knows no 'none of these': {len(found)} background pictures are not used.")
    elif len(found) > len(others):
        progress.say(f"{len(found) - len(others)} background pictures are also of a known channel, and not used.")
