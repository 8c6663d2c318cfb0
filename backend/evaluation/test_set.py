"""Pictures that a model was not trained on, and its figures on them, however it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Dataset, Picture, Split
from backend.data.image_sizes import largest_first, with_variants, without_variants
from backend.evaluation import metrics
from backend.models.calibration import Probabilities

KINDS = {
    "lab": "the {test_next} videos of each channel after its newest {newest}",
    "newest": "the newest videos of each channel",
    "random": "videos of each channel drawn at random",
}


@dataclass(frozen=True)
class HeldOut:
    """Pictures to judge a model on: those of its channels, then those of others, then other sizes of the first.

    labels: (n,), the index of the channel, the number of channels for others; counted: how many are no other sizes.
    """

    channels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    labels: NDArray[np.int64]
    counted: int

    @property
    def known(self) -> int:
        """How many pictures, the first ones, are of the channels."""
        return int((self.labels[: self.counted] < len(self.channels)).sum())

    @property
    def unknown_channels(self) -> list[str]:
        """Names of channels that the model does not have."""
        return sorted({picture.channel for picture in self.pictures[self.known : self.counted]})


def held_out(data: Dataset, splits: Sequence[Split], channels: Sequence[str], with_others: bool = True) -> HeldOut:
    """Put pictures of some splits in order to judge a model of some channels on them.

    Pictures of other channels that are also of one of these, whatever they are kept for, are left out: they are not
    unknown.
    """
    pictures, claimed = data.part(*splits).pictures, data.checksums(channels)
    known = with_variants(picture for picture in pictures if picture.channel in channels)
    others = [picture for picture in without_variants(pictures) if picture.sha256 not in claimed]
    firsts = [*(picture for picture, _ in known), *(others if with_others else ())]
    ordered = (*firsts, *(variant for _, variants in known for variant in variants))
    label = {name: index for index, name in enumerate(channels)}
    labels = np.array([label.get(picture.channel, len(channels)) for picture in ordered], np.int64)
    return HeldOut(tuple(channels), ordered, labels, len(firsts))


def figures(held: HeldOut, chances: Probabilities, threshold: float | None) -> dict[str, Any]:
    """Return `images` a channel and the figures of `test`; of `unknown` and `variants`, where there are such pictures.

    chances: (n, channels), or a column more for 'none of these'; threshold: of that column, None where it has none.
    """
    known, counted, names = held.known, held.counted, held.channels
    numbers: dict[str, Any] = {
        "images": {name: int((held.labels[:counted] == index).sum()) for index, name in enumerate(names)},
        "test": metrics.held_out(_scored(held.pictures[:known], held.labels[:known], chances[:known], names), names),
    }
    if threshold is not None and counted > known:
        numbers["unknown"] = metrics.unknown(chances[:known, -1], chances[known:counted, -1], threshold)
    if len(held.pictures) > counted:
        rows = np.r_[np.arange(known), np.arange(counted, len(held.pictures))]
        pictures = [held.pictures[row] for row in rows]
        numbers["variants"] = variant_figures(pictures, held.labels[rows], chances[rows], names)
    return numbers


def variant_figures(
    pictures: Sequence[Picture], labels: NDArray[np.int64], chances: Probabilities, channels: Sequence[str]
) -> dict[str, Any]:
    """Score every size of the channels' pictures by itself, the largest first.

    labels: (n,); chances: (n, channels), or a column more.
    """
    scored = _scored(pictures, labels, chances, channels)
    sizes = np.array([picture.variant for picture in pictures], np.str_)
    return {
        name: metrics.of_size(metrics.scored_part(scored, sizes == name), channels) for name in largest_first(pictures)
    }


def rule_in_words(rule: Mapping[str, Any] | None) -> str:
    """Say which videos a dataset keeps for a test; empty where it does not say."""
    kind = str(rule["kind"]) if rule else ""
    return KINDS[kind].format_map(rule) if rule and kind in KINDS else kind


def _scored(
    pictures: Sequence[Picture], labels: NDArray[np.int64], chances: Probabilities, channels: Sequence[str]
) -> metrics.Scored:
    keys = np.array([f"{picture.channel}/{picture.key}" for picture in pictures], np.str_)
    return metrics.Scored(labels, chances[:, : len(channels)], np.zeros(len(labels), np.int64), keys)
