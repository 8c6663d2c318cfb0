"""The out-of-fold predictions of a run, a row a picture, with the file that the picture is."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from backend.data.negatives import is_drawn
from backend.models.run import DAMAGED, HISTORY, PREDICTIONS, UNKNOWN, Run
from backend.utils.errors import RunError

NUMBERS = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Row:
    """What a model that had not seen a picture said of it.

    label: index of the true channel, None for background; probabilities: of the channels, in label order; unknown: that
    of 'none of these', None where the model does not know it.
    """

    image: str
    key: str
    sha256: str
    channel: str
    fold: int
    label: int | None
    probabilities: tuple[float, ...]
    unknown: float | None

    @property
    def predicted(self) -> int:
        """Index of the most probable channel."""
        return self.probabilities.index(max(self.probabilities))

    @property
    def drawn(self) -> bool:
        """Whether it is of a drawn channel that stands in for background."""
        return is_drawn(self.channel)

    @property
    def right(self) -> bool:
        """Whether the most probable channel is the true one."""
        return self.predicted == self.label

    @property
    def margin(self) -> float:
        """By how much the predicted channel is ahead of the true one, 0 where that is right; of a known picture."""
        true = self.probabilities[self.label] if self.label is not None else 0.0
        return max(self.probabilities) - true


@dataclass(frozen=True)
class Epoch:
    """One epoch of one fold; a figure that was not measured is None."""

    fold: str
    epoch: int
    loss: float | None
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None


def read_rows(run: Run) -> tuple[Row, ...]:
    """Read predictions.csv. Raises RunError where it is damaged."""
    names = [channel.name for channel in run.channels]
    path = run.root / PREDICTIONS
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_row(line, names) for line in csv.DictReader(file))
    except (*DAMAGED, csv.Error) as error:
        raise RunError(f"{path}: damaged or missing ({error}); train the run again") from None


def _row(line: dict[str, str], names: Sequence[str]) -> Row:
    label = names.index(line["channel"]) if line["channel"] in names else None
    chances = tuple(float(line[name]) for name in names)
    unknown = float(line[UNKNOWN]) if UNKNOWN in line else None
    place = line["image"], line["key"], line["sha256"], line["channel"], int(line["fold"])
    return Row(*place, label, chances, unknown)


def read_history(run: Run) -> tuple[Epoch, ...]:
    """Read history.csv, the final fit's rows too. Raises RunError where it is damaged."""
    path = run.root / HISTORY
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_epoch(line) for line in csv.DictReader(file))
    except (*DAMAGED, csv.Error) as error:
        raise RunError(f"{path}: damaged or missing ({error}); train the run again") from None


def _epoch(line: dict[str, str]) -> Epoch:
    return Epoch(line["fold"], int(line["epoch"]), *(float(line[n]) if line[n] else None for n in NUMBERS))
