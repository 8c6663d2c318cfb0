"""Commands that ask a run, and judge it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend.cli.common import DEFAULTS, FOLDER, show_errors, size_lines
from backend.utils.errors import ThumbprintError

if TYPE_CHECKING:
    from backend.models.run import Run


@click.command("evaluate")
@click.argument("run", type=FOLDER)
@click.option("--data", type=FOLDER, help="The dataset to judge the run on.")
@click.option("--stress", is_flag=True, help="Judge its own pictures as pages and cameras show them, by its folds.")
@click.option("--pictures", type=click.IntRange(min=1), default=60, show_default=True, help="A channel, for --stress.")
@click.option("--seed", type=click.IntRange(min=0), default=DEFAULTS.seed, show_default=True, help="For --stress.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def evaluate_command(run: Path, data: Path | None, stress: bool, pictures: int, seed: int, as_json: bool) -> None:
    """Judge RUN on a dataset that it was not trained on, or on disturbed pictures of its own.

    With --stress, the figures go into the run's metrics.json; --data then says where its pictures are now.
    """
    from backend.models.run import ROBUSTNESS, load_run

    loaded = load_run(run)
    shown: Iterable[str]
    if stress:
        from backend.evaluation.robustness import lines, measure_robustness

        numbers = measure_robustness(loaded, [data] if data else [], pictures, seed)
        loaded.add_to_metrics(ROBUSTNESS, numbers)
        shown = [json.dumps(numbers, indent=2, ensure_ascii=False)] if as_json else lines(numbers)
    elif data:
        shown = _on_other_data(loaded, data, as_json)
    else:
        raise ThumbprintError("nothing to judge the run on: name it with --data DATA, or add --stress")
    for line in shown:
        click.echo(line)


def _on_other_data(run: Run, data: Path, as_json: bool) -> Iterator[str]:
    from backend.data.dataset import load_dataset
    from backend.evaluation.evaluate import evaluate

    numbers = evaluate(run, load_dataset(data))
    if as_json:
        yield json.dumps(numbers, indent=2, ensure_ascii=False)
        return
    test = numbers["test"]
    yield f"macro F1 {test['macro_f1']['mean']:.3f}, accuracy {test['accuracy']['mean']:.3f}"
    for name, row in test["per_channel"].items():
        figures = f"F1 {row['f1']:.3f}, precision {row['precision']:.3f}, recall {row['recall']:.3f}"
        yield f"{name}: {figures}, {row['support']} images"
    yield from size_lines(numbers)


@click.command("compare")
@click.argument("baseline", metavar="RUN", type=FOLDER)
@click.argument("others", metavar="RUN...", type=FOLDER, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def compare_command(baseline: Path, others: tuple[Path, ...], as_json: bool) -> None:
    """Say how much better or worse than the first RUN the others are, on the same images."""
    from backend.evaluation.compare import compare
    from backend.evaluation.robustness import beside
    from backend.models.run import load_run

    runs = [load_run(root) for root in (baseline, *others)]
    found = compare(runs)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    for line in [*(line for one in found for line in one.lines()), *beside(runs)]:
        click.echo(line)
