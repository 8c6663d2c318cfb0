"""The tables of a run: predictions.csv and judged.csv, which `evaluation/predictions.py` reads, and history.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import UNKNOWN, Picture
from backend.data.training_set import TrainingSet
from backend.models.calibration import Probabilities
from backend.models.head import Fitted
from backend.utils.files import pack_csv

NAMED = ("image", "key", "sha256", "channel")  # columns that say which picture it is

# A picture that was only judged, the fold that did it or "final", and its probabilities, (columns,).
Judged = tuple[Picture, object, NDArray[np.float64]]


def predictions_table(training_set: TrainingSet, chances: Probabilities) -> bytes:
    """Return predictions.csv: the out-of-fold probabilities of every picture that has some.

    chances: (n, channels), or a column more.
    """
    rows = [
        [*_named(picture), fold, *_rounded(row)]
        for picture, fold, row, judged in zip(
            training_set.pictures, training_set.folds, chances, training_set.judged, strict=True
        )
        if judged
    ]
    return pack_csv([*NAMED, "fold", *_answers(training_set, chances)], rows)


def judged_table(training_set: TrainingSet, chances: Probabilities, judged: Sequence[Judged]) -> bytes:
    """Return judged.csv; chances: as of predictions.csv, for its columns."""
    rows = [[*_named(picture), by, picture.variant, *_rounded(row)] for picture, by, row in judged]
    return pack_csv([*NAMED, "fold", "variant", *_answers(training_set, chances)], rows)


def _named(picture: Picture) -> list[str]:
    return [picture.file, picture.key, picture.sha256, picture.channel]


def _answers(training_set: TrainingSet, chances: Probabilities) -> list[str]:
    """Name the columns of probabilities."""
    names = [channel.name for channel in training_set.channels]
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
