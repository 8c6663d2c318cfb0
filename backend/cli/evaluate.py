"""Commands that ask a run, and judge it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend.cli.common import DEFAULTS, FOLDER, show_errors, size_lines
from backend.utils import progress
from backend.utils.errors import ImageError, ThumbprintError

if TYPE_CHECKING:
    from backend.models.predictor import Model
    from backend.models.run import Run


@click.command("predict")
@click.argument("run", type=FOLDER)
@click.argument("images", type=FOLDER, nargs=-1, required=True)
@click.option("--photo", is_flag=True, help="IMAGES are photos of screens: find the thumbnail in each first.")
@click.option("--flat", type=FOLDER, help="With --photo: a folder to write the thumbnails to, flattened, as PNG.")
@show_errors
def predict_command(run: Path, images: tuple[Path, ...], photo: bool, flat: Path | None) -> None:
    """Print as JSON whose thumbnails IMAGES are; a folder stands for the pictures in it. Exit code 2 if one of them
    cannot be read.
    """
    from backend.data.images import find_pictures
    from backend.models.predictor import Model
    from backend.models.run import load_run

    if flat and not photo:
        raise click.UsageError("--flat goes with --photo: other pictures are flat already")
    loaded, paths = load_run(run), find_pictures(images)
    model = Model(loaded)
    answers = _photos(model, paths, flat) if photo else _pictures(model, paths)
    click.echo(json.dumps(answers, indent=2, ensure_ascii=False))
    failed = [answer["error"] for answer in answers if "error" in answer]
    if failed:
        raise ImageError("; ".join(failed))


def _pictures(model: Model, paths: Sequence[Path]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for image, row in zip(paths, model.predict_each(paths), strict=True):
        said = {"error": str(row)} if isinstance(row, ImageError) else dataclasses.asdict(model.explain_row(row))
        answers.append({"file": str(image), **said})
    return answers


def _photos(model: Model, paths: Sequence[Path], flat: Path | None) -> list[dict[str, Any]]:
    from backend.photo.answer import answer_photo, flat_files

    files = flat_files(paths, flat) if flat else [None] * len(paths)
    answers: list[dict[str, Any]] = []
    for path, file in progress.track(list(zip(paths, files, strict=True)), "Photos", "photo", len(paths)):
        try:
            found = answer_photo(model, path)
        except ImageError as error:
            answers.append({"file": str(path), "error": str(error)})
            continue
        written = {"flat": str(file)} if file and found.write_flat(file) else {}
        answers.append({"file": str(path), **dataclasses.asdict(found.answer), "photo": found.to_json() | written})
    return answers


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
    from backend.models.run import STRESS, load_run

    loaded = load_run(run)
    shown: Iterable[str]
    if stress:
        from backend.evaluation.robustness import lines, stressed

        numbers = stressed(loaded, [data] if data else [], pictures, seed)
        loaded.add_to_metrics(STRESS, numbers)
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
