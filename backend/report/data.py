"""Everything that a report says, built from a run alone; what is drawn and written from it is elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.data.dataset import Channel
from backend.evaluation.compare import Comparison, compare
from backend.evaluation.predictions import Epoch, Library, Row, read_history, read_rows
from backend.models.mobilenet_v2 import blocks
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe
from backend.models.run import MODEL, Run
from backend.report import examples
from backend.report.dataset_summary import Contents, contents, listed
from backend.report.images import Album
from backend.report.robustness import Stress, measured
from backend.utils.errors import RunError

if TYPE_CHECKING:
    from backend.explain.gradcam import Explainer

SCHEMA = 1
FAITHFULNESS = Path("extra", "faithfulness.json")  # in a run, where `faithfulness` was called for it


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
    steps: tuple[examples.Steps, ...]
    model: ModelFacts
    cells: tuple[examples.Cell, ...]
    mistakes: tuple[examples.Mistake, ...]
    gallery: tuple[examples.Explained, ...]
    alarms: tuple[examples.Shot, ...]
    comparisons: tuple[Comparison, ...]
    curve: Mapping[str, Any] | None
    faithfulness: Mapping[str, Any] | None
    pictures: int
    left_out: int
    stress: Mapping[str, Stress] = field(default_factory=dict)

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


def build(
    run: Run,
    others: Sequence[Run] = (),
    *,
    learning_curve: Mapping[str, Any] | None = None,
    faithfulness: Mapping[str, Any] | None = None,
) -> ReportData:
    """Read a run, and look at its pictures as far as its dataset is still there.

    others: runs to compare it with; learning_curve: what `learning-curve --out` wrote; faithfulness: what
    `faithfulness` wrote, by default into the run. Raises RunError for damaged files, and for runs that cannot be
    compared.
    """
    comparisons = compare([run, *others]) if others else ()
    if faithfulness is None and (run.root / FAITHFULNESS).is_file():
        faithfulness = read_figures(run.root / FAITHFULNESS)
    metrics, rows, history = run.metrics(), read_rows(run), read_history(run)
    recipe, library, album = get_recipe(run.recipe, augment=run.augment), Library(run), Album()
    found = ((row.sha256, library.find(row.image, row.sha256)) for row in rows)
    files = {sha256: path for sha256, path in found if path is not None}
    known = [row for row in rows if row.label is not None]
    explainer = _explainer(run) if files else None
    # The album fills up in this order: what a reader would miss most comes first.
    mistakes = examples.mistakes(run, rows, files, album, explainer)
    there = listed(library)
    sources = {sha256: one.source for sha256, one in there.items()}
    sizes = {sha256: (one.picture.width, one.picture.height) for sha256, one in there.items()}
    steps = examples.steps(run, recipe, rows, files, sources, album)
    described = contents(run, rows, files, sizes, album)
    gallery = examples.gallery(run, rows, files, album, explainer)
    alarms = examples.alarms(rows, run.threshold, files, album)
    cells = examples.cells(known, files, album)
    return ReportData(
        run,
        metrics,
        rows,
        history,
        described,
        steps,
        _model(run, recipe),
        cells,
        mistakes,
        gallery,
        alarms,
        comparisons,
        learning_curve,
        faithfulness,
        album.shown,
        album.left_out,
        measured([run, *others]),
    )


def _explainer(run: Run) -> Explainer:
    from backend.explain.gradcam import Explainer

    return Explainer(run)


def _model(run: Run, recipe: Recipe) -> ModelFacts:
    answers = len(run.head["bias"]) if "bias" in run.head else len(run.channels)
    size = (run.root / MODEL).stat().st_size
    return ModelFacts(recipe.name, asdict(recipe.spec), tuple(_taps(recipe)), answers, size)


def _taps(recipe: Recipe) -> Iterator[Tap]:
    height, width = math.ceil(recipe.spec.height / 2), math.ceil(recipe.spec.width / 2)
    for block in blocks():
        if (name := f"{block.prefix}_expand_relu") in recipe.taps:
            yield Tap(name, height, width, block.inputs * block.expansion)
        height, width = math.ceil(height / block.stride), math.ceil(width / block.stride)
    if "out_relu" in recipe.taps:
        yield Tap("out_relu", height, width, 1280)


def read_figures(path: Path) -> dict[str, Any]:
    """Read a JSON file of figures. Raises RunError where it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error}); name a file that Thumbprint wrote") from None
    if not isinstance(content, dict):
        raise RunError(f"{path}: holds no figures; name a file that Thumbprint wrote")
    return content


def to_json(data: ReportData) -> dict[str, Any]:
    """Return everything but the pictures themselves, as JSON types."""
    content: dict[str, Any] = {"schema": SCHEMA, "run": data.run.description, "wrong": data.wrong}
    for one in fields(data):
        if one.name != "run":
            content[one.name] = _plain(getattr(data, one.name))
    return content


def _plain(value: Any) -> Any:
    """Turn dataclasses, mappings and sequences into JSON types; data URIs become None."""
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, str) and (value.startswith("data:") or not value) else value
