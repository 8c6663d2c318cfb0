"""What a run saves as tables: what was predicted of every picture, and how every fit went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Picture
from backend.data.training_set import Material
from backend.models.base import Fitted, Probabilities
from backend.models.run import UNKNOWN, pack_csv

NAMED = ("image", "key", "sha256", "channel")  # columns that say which picture it is


@dataclass(frozen=True)
class Judged:
    """A picture that was only judged, the fold that did it or "final", and its probabilities, (columns,)."""

    picture: Picture
    by: object
    row: NDArray[np.float64]


def predictions_table(material: Material, chances: Probabilities) -> bytes:
    """Return predictions.csv: the out-of-fold probabilities of every picture that has some.

    chances: (n, channels), or a column more.
    """
    rows = [
        [*_named(picture), fold, *_rounded(row)]
        for picture, fold, row, judged in zip(material.pictures, material.folds, chances, material.judged, strict=True)
        if judged
    ]
    return pack_csv([*NAMED, "fold", *_answers(material, chances)], rows)


def judged_table(material: Material, chances: Probabilities, judged: Sequence[Judged]) -> bytes:
    """Return judged.csv; chances: as of predictions.csv, for its columns."""
    rows = [[*_named(one.picture), one.by, one.picture.variant, *_rounded(one.row)] for one in judged]
    return pack_csv([*NAMED, "fold", "variant", *_answers(material, chances)], rows)


def _named(picture: Picture) -> list[str]:
    return [picture.file, picture.key, picture.sha256, picture.channel]


def _answers(material: Material, chances: Probabilities) -> list[str]:
    """Name the columns of probabilities."""
    names = [channel.name for channel in material.channels]
    return [*names, UNKNOWN] if chances.shape[1] > len(names) else names


def _rounded(row: NDArray[np.float64]) -> list[str]:
    return [f"{chance:.8g}" for chance in row]


def history_table(fits: Mapping[str, Fitted]) -> bytes:
    """Return history.csv: loss and accuracy of every fold and epoch."""
    columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
    rows = [
        [fold, int(row["epoch"]), *(f"{row[column]:.8g}" if column in row else "" for column in columns)]
        for fold, fitted in fits.items()
        for row in fitted.history
    ]
    return pack_csv(["fold", "epoch", *columns], rows)
