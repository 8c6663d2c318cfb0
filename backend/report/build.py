"""From a run, and what was computed for its report, to everything that the report says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backend.evaluation.predictions import read_history, read_rows
from backend.models.mobilenet_v2 import tap_shapes
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe
from backend.models.run import FAITHFULNESS, MODEL, Run
from backend.report import examples
from backend.report.dataset_summary import contents
from backend.report.given_figures import read_faithfulness
from backend.report.images import Album
from backend.report.model import ModelFacts, ReportData, Tap
from backend.report.robustness import measured

if TYPE_CHECKING:
    from backend.training.report_data import ReportInputs


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
    if faithfulness is None and os.path.isfile(run.root / FAITHFULNESS):
        faithfulness = read_faithfulness(run.root / FAITHFULNESS)
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
    size = len(run.read(MODEL))
    shapes = tap_shapes(recipe.spec.height, recipe.spec.width, recipe.taps)
    taps = tuple(Tap(name, *shape) for name, shape in shapes.items())
    return ModelFacts(recipe.name, asdict(recipe.spec), taps, answers, size)
