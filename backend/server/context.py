"""What the routes share: a run, its model, and what is made of it once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from backend.explain.heatmap import Heatmap
    from backend.models.predictor import Answer
    from backend.models.run import Run
    from backend.report.model import ReportData
    from backend.server.workers import Workers

T = TypeVar("T")


class Predictor(Protocol):
    """What classifies a picture: a Model, or a test's."""

    def answer(self, picture: Path | bytes) -> Answer:
        """Raises ImageError."""


class Explaining(Protocol):
    """What says where in a picture a channel is seen: an Explainer, or a test's."""

    def explain(self, picture: Path | bytes, method: str = ..., channel: str | None = ...) -> Heatmap:
        """Raises ImageError."""


class Once(Generic[T]):
    """Something that takes long to make: made when it is first asked for, by one thread, and kept."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._lock = make, Lock()
        self._made: list[T] = []

    def get(self) -> T:
        """Return it. What making it raises, the next who asks makes it anew."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


@dataclass
class ServerContext:
    """A run, its models, its folders and its workers."""

    run: Run
    model: Predictor
    explainer: Explaining
    model_folder: Path
    page_folder: Path
    workers: Workers

    @cached_property
    def report(self) -> Once[ReportData]:
        """The run's report."""
        return Once(lambda: _build(self.run))

    @cached_property
    def report_html(self) -> Once[str]:
        """The page of it."""
        return Once(lambda: _page(self.report.get()))

    @cached_property
    def pictures(self) -> Once[dict[str, tuple[str, str]]]:
        """File and checksum of every picture of the run, by the beginning of that checksum."""
        return Once(lambda: _pictures(self.run))


ID_LENGTH = 16  # hexadecimal digits


def _pictures(run: Run) -> dict[str, tuple[str, str]]:
    from backend.evaluation.predictions import read_rows

    return {row.sha256[:ID_LENGTH]: (row.image, row.sha256) for row in read_rows(run)}


def _build(run: Run) -> ReportData:
    from backend.report.build import build
    from backend.training.report_data import complete

    return build(run, complete(run))


def _page(data: ReportData) -> str:
    from backend.report.page import to_html

    return to_html(data)
