"""From a run, and what was computed for its report, to everything that the report says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.evaluation.predictions import read_history, read_rows
from backend.models.mobilenet_v2 import tap_shapes
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe
from backend.models.run import MODEL, Run
from backend.report import examples
from backend.report.dataset_summary import contents
from backend.report.images import Album
from backend.report.model import ModelFacts, ReportData, Tap
from backend.report.robustness import measured
from backend.utils.errors import RunError

if TYPE_CHECKING:
    from backend.training.report_data import ReportInputs

FAITHFULNESS = Path("extra", "faithfulness.json")  # in a run, where `faithfulness` was called for it


def build(
    run: Run,
    inputs: ReportInputs,
    others: Sequence[Run] = (),
    *,
    learning_curve: Mapping[str, Any] | None = None,
    faithfulness: Mapping[str, Any] | None = None,
) -> ReportData:
    """Read a run, and show its pictures as far as its dataset is still there.

    inputs: what `backend.training.report_data.complete` returned for the run; others: runs that it is compared with;
    learning_curve: what `learning-curve --out` wrote, by default the run's own; faithfulness: what `faithfulness`
    wrote, by default into the run. Raises RunError for damaged files.
    """
    if faithfulness is None and (run.root / FAITHFULNESS).is_file():
        faithfulness = read_figures(run.root / FAITHFULNESS)
    rows, album, files = read_rows(run), Album(), inputs.files
    recipe = get_recipe(run.recipe, augment=run.augment)
    # The album fills up in this order: what a reader would miss most comes first.
    mistakes = examples.mistakes(run, rows, inputs, album)
    steps = examples.steps(run, rows, inputs, album)
    described = contents(run, rows, inputs, album)
    gallery = examples.gallery(run, rows, inputs, album)
    alarms = examples.alarms(rows, run.threshold, files, album)
    cells = examples.cells(rows, files, album)
    return ReportData(
        run=run,
        metrics=run.metrics(),
        rows=rows,
        history=read_history(run),
        contents=described,
        steps=steps,
        model=_model(run, recipe),
        cells=cells,
        mistakes=mistakes,
        gallery=gallery,
        alarms=alarms,
        comparisons=tuple(inputs.comparisons),
        curve=learning_curve or inputs.curve,
        faithfulness=faithfulness,
        pictures=album.shown,
        left_out=album.left_out,
        stress=measured([run, *others]),
    )


def _model(run: Run, recipe: Recipe) -> ModelFacts:
    answers = len(run.head["bias"]) if "bias" in run.head else len(run.channels)
    size = (run.root / MODEL).stat().st_size
    shapes = tap_shapes(recipe.spec.height, recipe.spec.width, recipe.taps)
    taps = tuple(Tap(name, *shape) for name, shape in shapes.items())
    return ModelFacts(recipe.name, asdict(recipe.spec), taps, answers, size)


def read_figures(path: Path) -> dict[str, Any]:
    """Read a JSON file of figures. Raises RunError where it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error}); name a file that Thumbprint wrote") from None
    if not isinstance(content, dict):
        raise RunError(f"{path}: holds no figures; name a file that Thumbprint wrote")
    return content
