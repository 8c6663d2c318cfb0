"""Who is in a training set: the pictures of the channels to recognise, and those of a person's own background.

Pictures that are kept for a test, or out of everything, are in neither.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from backend.data.dataset import AGAIN, LEARNT, RESERVED, Dataset, Picture
from backend.data.image_sizes import with_variants
from backend.data.sources import Source
from backend.utils import progress
from backend.utils.errors import DataError


@dataclass(frozen=True)
class Sample:
    """A picture of a dataset, with its other sizes."""

    dataset: Dataset
    picture: Picture
    variants: tuple[Picture, ...] = ()

    @property
    def source(self) -> Source:
        """The picture's file, and those of its other sizes."""
        first, *others = (
            Source(self.dataset.path(picture), picture.sha256) for picture in (self.picture, *self.variants)
        )
        return replace(first, variants=tuple(others))


def samples_of(dataset: Dataset) -> list[Sample]:
    """Return the pictures of a dataset, each with its other sizes."""
    return [Sample(dataset, picture, variants) for picture, variants in with_variants(dataset.pictures)]


def select_known(dataset: Dataset) -> list[Sample]:
    """Return the pictures to learn from of the channels to recognise, in the dataset's order.

    Raises DataError where there are fewer than two channels, or one without pictures or with a name that is taken.
    """
    names = [channel.name for channel in dataset.known]
    if len(names) < 2:
        raise DataError(f"{dataset.root}: {len(names)} known channel; at least 2 are needed to tell them apart")
    for name in names:
        if name in RESERVED:
            raise DataError(f"channel {name!r}: the name is taken by a column of predictions.csv; rename its folder")
    known = [sample for sample in samples_of(dataset.part(*LEARNT)) if sample.picture.channel in names]
    if missing := set(names) - {sample.picture.channel for sample in known}:
        raise DataError(
            f"{dataset.root}: channel {min(missing)!r} has no pictures to learn from; add some, and {AGAIN}"
        )
    return known


def select_background(dataset: Dataset, background: Dataset | None, use: bool) -> list[Sample]:
    """Return the pictures of a person's own background: that of the dataset itself, and a dataset of its own.

    Those that are also of a channel to recognise are left out; all are where the background is not used. Raises
    DataError where a channel of the background is one to recognise.
    """
    names = {channel.name for channel in dataset.known}
    there = [sample for sample in samples_of(dataset.part(*LEARNT)) if sample.picture.channel not in names]
    there += samples_of(background.part(*LEARNT)) if background else []
    # Of all files of the known channels, those kept for a test too: learning that one is none of these gives it away.
    claimed = dataset.checksums(names)
    selected = [sample for sample in there if sample.picture.sha256 not in claimed] if use else []
    _check_channels(selected, names)
    _say_left_out(there, selected, use)
    return selected


def _check_channels(background: Iterable[Sample], known: Container[str]) -> None:
    for sample in background:
        if sample.picture.channel in known:
            raise DataError(
                f"{sample.dataset.root}: channel {sample.picture.channel!r} is also one to recognise; "
                "take it out of the background"
            )


def _say_left_out(there: Sequence[Sample], selected: Sequence[Sample], use: bool) -> None:
    if there and not use:
        progress.say(f"This recipe knows no 'none of these': {len(there)} background pictures are not used.")
    elif len(there) > len(selected):
        progress.say(f"{len(there) - len(selected)} background pictures are also of a known channel, and not used.")
