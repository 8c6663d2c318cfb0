"""The out-of-fold predictions of a run, a row a picture, with the file that the picture is."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backend.data.dataset import UNKNOWN, is_drawn
from backend.models.run import FINAL, HISTORY, JUDGED, PREDICTIONS, Run
from backend.utils.reading import read_file

NUMBERS = ("loss", "accuracy", "val_loss", "val_accuracy")
MISTAKES = 24
RIGHT = 4  # pictures of each channel
RIGHT_CHANNELS = 16


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
    knows_unknown = run.threshold is not None
    return tuple(run.read_table(PREDICTIONS, lambda line: _row(line, names, knows_unknown)))


def _row(line: dict[str, str], names: Sequence[str], knows_unknown: bool) -> Row:
    label = names.index(line["channel"]) if line["channel"] in names else None
    probabilities = tuple(float(line[name]) for name in names)
    unknown = float(line[UNKNOWN]) if knows_unknown or UNKNOWN in line else None
    picture = line["image"], line["key"], line["sha256"], line["channel"], int(line["fold"])
    return Row(*picture, label, probabilities, unknown)


def trained_on(run: Run) -> set[str]:
    """Return the checksums of the pictures that the model was fitted on, in all their sizes. Raises RunError."""
    checksums = set(run.read_table(PREDICTIONS, lambda line: line["sha256"]))
    if JUDGED in run.description["files"]:
        judged = run.read_table(JUDGED, lambda line: (line["sha256"], line["fold"]))
        checksums |= {sha256 for sha256, fold in judged if fold != FINAL}
    return checksums


def read_history(run: Run) -> tuple[Epoch, ...]:
    """Read history.csv, the final fit's rows too. Raises RunError where it is damaged."""
    return tuple(run.read_table(HISTORY, _epoch))


def _epoch(line: dict[str, str]) -> Epoch:
    figures = (float(line[name] or "nan") for name in NUMBERS)
    # A fit that failed has figures that are no numbers: nothing was measured.
    return Epoch(line["fold"], int(line["epoch"]), *(figure if math.isfinite(figure) else None for figure in figures))


def worst_mistakes(rows: Sequence[Row]) -> list[Row]:
    """Return the pictures taken for another channel's, by how far the wrong channel was ahead, MISTAKES at most."""
    wrong = [row for row in rows if row.label is not None and not row.right]
    return sorted(wrong, key=lambda row: -row.margin)[:MISTAKES]


def right_ones(rows: Sequence[Row], label: int, there: Container[str]) -> list[Row]:
    """Return a few of a channel's pictures that were classified correctly, evenly from the surest to the least sure.

    label: of the channel, of which those from RIGHT_CHANNELS on get none; there: checksums of pictures to choose from.
    """
    if label >= RIGHT_CHANNELS:
        return []
    own = [row for row in rows if row.right and row.label == label and row.sha256 in there]
    own.sort(key=lambda row: -row.probabilities[label])
    places = sorted({round(place * (len(own) - 1) / (RIGHT - 1)) for place in range(RIGHT)}) if own else []
    return [own[place] for place in places]


class Library:
    """Where the pictures of a run are: its dataset, and the background dataset that its command named."""

    def __init__(self, run: Run) -> None:
        self.roots = [root for root in _roots(run) if os.path.isdir(root)]

    def find(self, image: str, sha256: str) -> Path | None:
        """Return the file of a picture; None where it is gone, or is another file by now."""
        for root in self.roots:
            path = Path(os.path.realpath(root / image))
            # A run may come from anywhere: it names files of its dataset, and no others.
            if not path.is_relative_to(os.path.realpath(root)):
                continue
            with suppress(OSError):  # gone, no file, or not to be read
                if hashlib.sha256(read_file(path)).hexdigest() == sha256:
                    return path
        return None


def _roots(run: Run) -> Sequence[Path]:
    command = [str(word) for word in run.description.get("command", ())]
    named = [command[i + 1] for i, word in enumerate(command[:-1]) if word == "--background"]
    named += [word.partition("=")[2] for word in command if word.startswith("--background=")]
    path = run.description.get("dataset", {}).get("path")
    return [Path(root) for root in ([path] if path else []) + named]
