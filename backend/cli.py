"""Thumbprint's commands: what a person types, and errors put plainly. The work is done elsewhere."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec

import click

from backend import __version__, progress
from backend.config import TrainSettings
from backend.errors import ImageError, ThumbprintError
from backend.recipes import NAMES

FOLDER = click.Path(path_type=Path)
DEFAULTS = TrainSettings()
P = ParamSpec("P")


def show_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Make a command end with one line and exit code 2 where a person can mend what went wrong."""

    @functools.wraps(command)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ThumbprintError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)

    return shown


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="thumbprint")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def main(quiet: bool) -> None:
    """Learn whose YouTube thumbnail it is: datasets, training, predictions."""
    progress.set_quiet(quiet)
    # Pillow warns of odd EXIF in pictures that decode well.
    warnings.filterwarnings("ignore", category=UserWarning, module="PIL")


@main.command("import")
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The dataset to write.")
@click.option("--force", is_flag=True, help="Replace an existing dataset.")
@show_errors
def import_command(folder: Path, out: Path, force: bool) -> None:
    """Make a dataset of FOLDER, which holds a folder of thumbnails for each channel."""
    from backend.importing import import_folder

    summary = import_folder(folder, out, force=force, progress=not progress.is_quiet())
    for left in summary.left_out:
        progress.say(f"Left out {left.source}: {left.reason}")
    _say_dataset(summary.dataset)


@main.command("demo-data")
@click.option("--out", type=FOLDER, required=True, help="The dataset to write.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--force", is_flag=True, help="Replace an existing dataset.")
@show_errors
def demo_data_command(out: Path, seed: int, force: bool) -> None:
    """Draw the demo: thumbnails of made-up channels, for a machine without any."""
    from backend.demo_data import make_demo_data

    _say_dataset(make_demo_data(out, seed=seed, force=force, progress=not progress.is_quiet()))


def _say_dataset(dataset: Any) -> None:
    for channel in dataset.channels:
        images = sum(picture.channel == channel.name for picture in dataset.pictures)
        click.echo(f"{channel.name}: {images} images ({channel.role})")
    click.echo(f"Wrote {len(dataset.pictures)} images to {dataset.root}")


@main.command("train")
@click.argument("data", type=FOLDER)
@click.option("--recipe", type=click.Choice(NAMES), default=DEFAULTS.recipe, show_default=True)
@click.option("--folds", type=click.IntRange(min=2), help="Cross-validation folds.  [default: style 5, lab 2]")
@click.option("--seed", type=click.IntRange(min=0), default=DEFAULTS.seed, show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), help="For recipe lab.  [default: 30]")
@click.option("--out", type=FOLDER, required=True, help="The run to write.")
@click.option("--background", type=FOLDER, help="A dataset whose channels are all 'none of these'.")
@click.option("--weights", type=FOLDER, help="Keras weights of MobileNetV2.  [env: THUMBPRINT_WEIGHTS]")
@click.option(
    "--known-recall",
    type=click.FloatRange(0.5, 1),
    default=DEFAULTS.known_recall,
    show_default=True,
    help="Share of your channels' thumbnails to recognise; more means more false alarms.",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=DEFAULTS.repeats,
    show_default=True,
    help="Cross-validate so many times, on other folds each time.",
)
@click.option("--force", is_flag=True, help="Replace an existing run.")
@show_errors
def train_command(
    data: Path,
    recipe: str,
    folds: int | None,
    seed: int,
    epochs: int | None,
    out: Path,
    background: Path | None,
    weights: Path | None,
    known_recall: float,
    repeats: int,
    force: bool,
) -> None:
    """Cross-validate a recipe on the dataset DATA, fit it on all of it, and write a run."""
    from backend.dataset import load_dataset
    from backend.recipes import get_recipe
    from backend.training import train

    chosen = folds or get_recipe(recipe).default_folds
    settings = TrainSettings(recipe, chosen, seed, epochs, known_recall, repeats)
    dataset, others = load_dataset(data), load_dataset(background) if background else None
    run = train(dataset, out, settings, weights, others, force, ["backend", *sys.argv[1:]])
    for line in _verdict(run.metrics()):
        click.echo(line)
    click.echo(f"Wrote {run.root}")


def _verdict(numbers: dict[str, Any]) -> list[str]:
    cv = numbers["cv"]
    lines = [
        f"{numbers['recipe']}: macro F1 {cv['macro_f1']['mean']:.3f} (sd {cv['macro_f1']['sd']:.3f}), "
        f"accuracy {cv['accuracy']['mean']:.3f}, {cv['folds']} folds, {numbers['cost']['seconds']:.0f} s"
    ]
    if "unknown" in numbers:
        unknown = numbers["unknown"]
        lines.append(
            f"none of these: AUROC {unknown['auroc']:.3f}; finds {unknown['known_recall']:.0%} of the channels' "
            f"thumbnails, {unknown['false_known']:.0%} false alarms on others"
        )
        if unknown["drawn"]:
            lines.append("  (the others are drawn, easier than real ones: --background with real channels tells more)")
    return lines


@main.command("predict")
@click.argument("run", type=FOLDER)
@click.argument("images", type=FOLDER, nargs=-1, required=True)
@show_errors
def predict_command(run: Path, images: tuple[Path, ...]) -> None:
    """Print as JSON whose thumbnails IMAGES are. Exit code 2 if one of them cannot be read."""
    from backend.model import Model
    from backend.run import load_run

    loaded = load_run(run)
    model = Model(loaded)
    answers: list[dict[str, Any]] = []
    for image in images:
        try:
            answers.append({"file": str(image), **dataclasses.asdict(model.answer(image))})
        except ImageError as error:
            answers.append({"file": str(image), "error": str(error)})
    click.echo(json.dumps(answers, indent=2, ensure_ascii=False))
    failed = [answer["error"] for answer in answers if "error" in answer]
    if failed:
        raise ImageError("; ".join(failed))


@main.command("evaluate")
@click.argument("run", type=FOLDER)
@click.option("--data", type=FOLDER, required=True, help="The dataset to judge the run on.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def evaluate_command(run: Path, data: Path, as_json: bool) -> None:
    """Judge RUN on a dataset that it was not trained on."""
    from backend.dataset import load_dataset
    from backend.evaluation import evaluate
    from backend.run import load_run

    loaded, dataset = load_run(run), load_dataset(data)
    numbers = evaluate(loaded, dataset)
    if as_json:
        click.echo(json.dumps(numbers, indent=2, ensure_ascii=False))
        return
    test = numbers["test"]
    click.echo(f"macro F1 {test['macro_f1']['mean']:.3f}, accuracy {test['accuracy']['mean']:.3f}")
    for name, row in test["per_channel"].items():
        figures = f"F1 {row['f1']:.3f}, precision {row['precision']:.3f}, recall {row['recall']:.3f}"
        click.echo(f"{name}: {figures}, {row['support']} images")


@main.command("audit")
@click.argument("data", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--folds", type=click.IntRange(min=2), default=DEFAULTS.folds, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=DEFAULTS.seed, show_default=True)
@click.option("--weights", type=FOLDER, help="Keras weights of MobileNetV2.  [env: THUMBPRINT_WEIGHTS]")
@click.option("--against", type=FOLDER, help="A dataset, such as a test set, that must not share pictures with DATA.")
@show_errors
def audit_command(data: Path, as_json: bool, folds: int, seed: int, weights: Path | None, against: Path | None) -> None:
    """Look for what is wrong with the dataset DATA: copies, wrong labels, odd files. Findings are no errors."""
    from backend.audit import audit
    from backend.dataset import load_dataset

    dataset, other = load_dataset(data), load_dataset(against) if against else None
    found = audit(dataset, TrainSettings(folds=folds, seed=seed), weights, other)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
        return
    for line in found.lines():
        click.echo(line)


@main.command("explain")
@click.argument("run", type=FOLDER)
@click.argument("image", type=FOLDER)
@click.option("--method", default="gradcam", show_default=True, help="gradcam, gradcam++ or scorecam.")
@click.option("--channel", help="The channel to explain.  [default: the most probable]")
@click.option("--out", type=FOLDER, required=True, help="The PNG to write.")
@show_errors
def explain_command(run: Path, image: Path, method: str, channel: str | None, out: Path) -> None:
    """Draw where in IMAGE the evidence for a channel lies."""
    from backend.run import load_run, write_atomically
    from backend.saliency import Explainer, overlay

    heat = Explainer(load_run(run)).explain(image, method, channel)
    write_atomically(out, overlay(image, heat))
    click.echo(f"{heat.channel}: logit {heat.logit:.2f}; wrote {out}")


@main.command("faithfulness")
@click.argument("run", type=FOLDER)
@click.option("--against", type=FOLDER, help="Another run, judged on the same pictures.")
@click.option("--pictures", type=click.IntRange(min=1), default=60, show_default=True, help="How many to judge on.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def faithfulness_command(run: Path, against: Path | None, pictures: int, as_json: bool) -> None:
    """Say whether the heat maps of RUN tell the truth, on pictures of its dataset."""
    from backend.faithfulness import faithfulness, write_faithfulness
    from backend.run import load_run

    runs = [load_run(root) for root in (run, against) if root]
    found = faithfulness(runs, pictures)
    path = write_faithfulness(runs[0], found)
    shown = [line for one in found for line in one.lines()]
    for line in [json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False)] if as_json else shown:
        click.echo(line)
    progress.say(f"Wrote {path}")


@main.command("compare")
@click.argument("baseline", metavar="RUN", type=FOLDER)
@click.argument("others", metavar="RUN...", type=FOLDER, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def compare_command(baseline: Path, others: tuple[Path, ...], as_json: bool) -> None:
    """Say how much better or worse than the first RUN the others are, on the same images."""
    from backend.compare import compare
    from backend.run import load_run

    found = compare([load_run(root) for root in (baseline, *others)])
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    for line in [line for one in found for line in one.lines()]:
        click.echo(line)


@main.command("report")
@click.argument("run", type=FOLDER)
@click.argument("others", metavar="[RUN...]", type=FOLDER, nargs=-1)
@click.option("--out", type=FOLDER, default=Path("report.html"), show_default=True, help="The page to write.")
@click.option("--learning-curve", "curve", type=FOLDER, help="What `learning-curve --out` wrote.")
@click.option("--faithfulness", type=FOLDER, help="What `faithfulness` wrote.  [default: the run's own]")
@show_errors
def report_command(
    run: Path, others: tuple[Path, ...], out: Path, curve: Path | None, faithfulness: Path | None
) -> None:
    """Write all about RUN as one HTML page, and beside it the same as JSON; OTHERS are compared with it."""
    from backend.report import build, write
    from backend.report.data import read_figures
    from backend.run import load_run

    figures = [read_figures(path) if path else None for path in (curve, faithfulness)]
    loaded = [load_run(root) for root in (run, *others)]
    data = build(loaded[0], loaded[1:], learning_curve=figures[0], faithfulness=figures[1])
    for path in write(data, out):
        click.echo(f"Wrote {path}")


@main.command("learning-curve")
@click.argument("data", type=FOLDER)
@click.option("--counts", default="5,10,20,40", show_default=True, help="Numbers of videos a channel to learn from.")
@click.option("--draws", type=click.IntRange(min=1), default=10, show_default=True, help="Random draws of each number.")
@click.option("--seed", type=click.IntRange(min=0), default=DEFAULTS.seed, show_default=True)
@click.option("--background", type=FOLDER, help="A dataset whose channels are all 'none of these'.")
@click.option("--weights", type=FOLDER, help="Keras weights of MobileNetV2.  [env: THUMBPRINT_WEIGHTS]")
@click.option("--out", type=FOLDER, help="A file to write the curve to, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def learning_curve_command(
    data: Path,
    counts: str,
    draws: int,
    seed: int,
    background: Path | None,
    weights: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say how good a training is with few thumbnails a channel, by drawing few of the dataset DATA."""
    from backend.dataset import load_dataset
    from backend.learning import check_out, learning_curve, parse_counts, write_curve

    tried = parse_counts(counts)
    if out:
        check_out(out)
    dataset, others = load_dataset(data), load_dataset(background) if background else None
    curve = learning_curve(dataset, tried, draws, seed, weights, others)
    shown = [json.dumps(curve.to_json(), indent=2, ensure_ascii=False)] if as_json else curve.lines()
    for line in shown:
        click.echo(line)
    if out:
        write_curve(curve, out)
        progress.say(f"Wrote {out}")


@main.command("serve")
@click.argument("run", type=FOLDER)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any that is free.")
@click.option("--origin", "origins", multiple=True, help="Another origin that may ask for everything; repeatable.")
@click.option("--model", type=FOLDER, help="The converted model to offer.  [default: extension/model]")
@show_errors
def serve_command(run: Path, port: int, origins: tuple[str, ...], model: Path | None) -> None:
    """Serve RUN to this machine alone: its report, answers about pictures, its model. Ctrl-C ends it."""
    from backend.run import load_run
    from backend.server import create_app, serve

    app = create_app(load_run(run), origins=origins, model_folder=model)
    serve(app, port, lambda address: click.echo(f"Serving {run} at {address} (Ctrl-C ends it)"))
