"""Commands that evaluate a run, and compare it with others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from backend.cli.common import (
    COUNT,
    FOLDER,
    JSON_OPTION,
    SEED_OPTION,
    ThumbprintCommand,
    defaulted_option,
    renamed_option,
    show_errors,
    show_figures,
    variant_lines,
)
from backend.utils.errors import ThumbprintError


@renamed_option("--stress", "--corruptions")
@click.command("evaluate", cls=ThumbprintCommand, epilog="runs/mine --corruptions")
@click.argument("run", type=FOLDER)
@click.option("--data", type=FOLDER, help="The dataset to evaluate the run on.")
@click.option(
    "--corruptions",
    is_flag=True,
    help="Evaluate it on its own images as pages and cameras show them, with the models of its folds.",
)
@defaulted_option("--pictures", COUNT, 60, "With --corruptions: images of each channel.")
@SEED_OPTION
@JSON_OPTION
@show_errors
def evaluate_command(run: Path, data: Path | None, corruptions: bool, pictures: int, seed: int, as_json: bool) -> None:
    """Evaluate RUN on a dataset that it was not trained on, or on corrupted images of its own.

    With --corruptions, the figures go into the run's metrics.json; --data then says where its images are now.
    """
    from backend.models.run import ROBUSTNESS, load_run

    loaded = load_run(run)
    if corruptions:
        from backend.evaluation.robustness import lines, measure_robustness

        robustness = measure_robustness(loaded, [data] if data else [], pictures, seed)
        loaded.add_to_metrics(ROBUSTNESS, robustness)
        show_figures(robustness, lines(robustness), as_json)
    elif data:
        from backend.data.dataset import load_dataset
        from backend.evaluation.evaluate import evaluate

        metrics = evaluate(loaded, load_dataset(data))
        show_figures(metrics, _lines(metrics), as_json)
    else:
        raise ThumbprintError("nothing to evaluate the run on: name it with --data DATA, or add --corruptions")


def _lines(metrics: dict[str, Any]) -> Iterator[str]:
    test = metrics["test"]
    yield f"macro F1 {test['macro_f1']['mean']:.3f}, accuracy {test['accuracy']['mean']:.3f}"
    for name, row in test["per_channel"].items():
        figures = f"F1 {row['f1']:.3f}, precision {row['precision']:.3f}, recall {row['recall']:.3f}"
        yield f"{name}: {figures}, {row['support']} images"
    yield from variant_lines(metrics)


@click.command("compare", cls=ThumbprintCommand, epilog="runs/mine runs/other")
@click.argument("baseline", metavar="RUN", type=FOLDER)
@click.argument("others", metavar="RUN...", type=FOLDER, nargs=-1, required=True)
@JSON_OPTION
@show_errors
def compare_command(baseline: Path, others: tuple[Path, ...], as_json: bool) -> None:
    """Say how much better or worse than the first RUN the others are, on the same images."""
    from backend.evaluation.compare import compare
    from backend.evaluation.robustness import beside
    from backend.models.run import load_run

    runs = [load_run(root) for root in (baseline, *others)]
    results = compare(runs)
    lines = [*(line for result in results for line in result.lines()), *beside(runs)]
    show_figures([dataclasses.asdict(result) for result in results], lines, as_json)
