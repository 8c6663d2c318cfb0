"""What a report says, built from a run and what was computed for it; what is drawn and written of it is elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.data.dataset import Channel
from backend.data.images import Box
from backend.evaluation.audit.findings import Check
from backend.evaluation.open_set import bars
from backend.evaluation.predictions import Epoch, Row
from backend.models.run import Run
from backend.utils.errors import ThumbprintError

if TYPE_CHECKING:
    from backend.evaluation.compare import Comparison

SCHEMA = 1
Robustness = Mapping[str, Any]  # what `evaluate --stress` wrote into metrics.json


@dataclass(frozen=True)
class ChannelContents:
    """One channel's part: sizes are (width, height, images) in pixels, the commonest first; samples are data URIs."""

    name: str
    display_name: str
    role: str
    drawn: bool
    images: int
    videos: int
    sizes: tuple[tuple[int, int, int], ...]
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """What a run was trained on. present: how many of its images are still where they were; checks: what was found."""

    path: str
    images: int
    present: int
    channels: tuple[ChannelContents, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Shot:
    """A picture and what was said of it: index of the true channel (None: background) and of the most probable one.

    uri: the picture itself, empty where it is not shown.
    """

    image: str
    sha256: str
    channel: str
    true: int | None
    predicted: int
    probability_true: float | None
    probability_predicted: float
    unknown: float | None
    uri: str


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: how many, and some of them."""

    true: int
    predicted: int
    count: int
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Mistake:
    """A picture taken for another channel's; heatmaps for both channels; a right one of each, for comparison."""

    shot: Shot
    heat_true: str
    heat_predicted: str
    right_true: Shot | None
    right_predicted: Shot | None


@dataclass(frozen=True)
class Explained:
    """A picture that was answered rightly, and a heatmap of what spoke for it."""

    shot: Shot
    heat: str


@dataclass(frozen=True)
class Steps:
    """A picture's way into the model: as given, cropped, scaled; and the views that training makes of it."""

    image: str
    channel: str
    size: tuple[int, int]
    box: Box
    given: str
    cropped: str
    fed: str
    fed_size: tuple[int, int]
    views: tuple[str, ...]

    @property
    def is_cropped(self) -> bool:
        return self.box != (0, 0, *self.size)


@dataclass(frozen=True)
class Tap:
    """A layer that is read: its name and its size, in positions and in channels."""

    name: str
    height: int
    width: int
    channels: int


@dataclass(frozen=True)
class ModelFacts:
    """What the model is. bytes: of model.npz; answers: how many classes its head tells apart."""

    recipe: str
    input: Mapping[str, Any]
    taps: tuple[Tap, ...]
    answers: int
    bytes: int


@dataclass(frozen=True)
class ReportData:
    """All of a report. Labels are indices of `channels`, in the run's order, everywhere.

    left_out: pictures that there was no room for; curve, faithfulness: the files given, as they are; stress: what
    `evaluate --stress` wrote into this run and those it is compared with, by their names.
    """

    run: Run
    metrics: Mapping[str, Any]
    rows: tuple[Row, ...]
    history: tuple[Epoch, ...]
    contents: Contents
    steps: tuple[Steps, ...]
    model: ModelFacts
    cells: tuple[Cell, ...]
    mistakes: tuple[Mistake, ...]
    gallery: tuple[Explained, ...]
    alarms: tuple[Shot, ...]
    comparisons: tuple[Comparison, ...]
    curve: Mapping[str, Any] | None
    faithfulness: Mapping[str, Any] | None
    pictures: int
    left_out: int
    stress: Mapping[str, Robustness] = field(default_factory=dict)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels to recognise, in label order."""
        return self.run.channels

    @property
    def known(self) -> list[Row]:
        """Predictions of pictures of these channels."""
        return [row for row in self.rows if row.label is not None]

    @property
    def wrong(self) -> int:
        """How many of them were taken for another channel's."""
        return sum(not row.right for row in self.known)

    @property
    def folds(self) -> list[str]:
        """The folds that history.csv knows, without the final fit."""
        return list(dict.fromkeys(row.fold for row in self.history if row.fold != "final"))

    @property
    def epochs(self) -> int:
        """How many epochs a fold took."""
        return max((row.epoch for row in self.history), default=0)

    def unknown_histograms(self) -> tuple[list[float], list[float], float]:
        """Return shares of known and of other pictures by the probability of 'none of these', and the threshold."""
        threshold = self.run.threshold
        if "unknown" not in self.metrics or threshold is None:
            raise ThumbprintError(f"{self.run.root}: recipe {self.run.recipe!r} does not know 'none of these'")
        shares = []
        for is_known in (True, False):
            scores = [r.unknown for r in self.rows if (r.label is not None) == is_known and r.unknown is not None]
            shares.append(bars(np.array(scores)))
        # A prior's random thumbnails are no rows of the run; older runs keep no bars of others.
        return shares[0], self.metrics["unknown"].get("bars", shares[1]), threshold


def to_json(data: ReportData) -> dict[str, Any]:
    """Return everything but the pictures themselves, as JSON types."""
    content: dict[str, Any] = {"schema": SCHEMA, "run": data.run.description, "wrong": data.wrong}
    for item in fields(data):
        if item.name != "run":
            content[item.name] = _plain(getattr(data, item.name))
    return content


def _plain(value: Any) -> Any:
    """Turn dataclasses, mappings and sequences into JSON types; data URIs become None."""
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such number
    return None if isinstance(value, str) and (value.startswith("data:") or not value) else value
