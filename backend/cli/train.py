"""Commands that learn."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from backend.cli.common import DEFAULTS, FOLDER, figures_line, show_errors, size_lines
from backend.data.settings import AUGMENTATIONS, TrainSettings
from backend.models.registry import NAMES
from backend.utils import progress


@click.command("train")
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
@click.option(
    "--augment",
    type=click.Choice(AUGMENTATIONS),
    default=DEFAULTS.augment,
    show_default=True,
    help="Learn from simulated views too: of a page, of a camera, or of both.",
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
    augment: str,
    force: bool,
) -> None:
    """Cross-validate a recipe on the dataset DATA, fit it on all of it, and write a run.

    Where DATA keeps pictures for a test, nothing is learnt from them, and the run is judged on them at the end.
    """
    from backend.data.dataset import load_dataset
    from backend.models.registry import get_recipe
    from backend.training.train import train

    chosen = folds or get_recipe(recipe).default_folds
    settings = TrainSettings(recipe, chosen, seed, epochs, known_recall, repeats, augment)
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
    lines += size_lines(numbers)
    if "test" in numbers:
        lines.append(_test_line(numbers["test"]))
    return lines


def _test_line(test: dict[str, Any]) -> str:
    from backend.evaluation.test_set import rule_in_words

    kept = rule_in_words(test["rule"])
    return f"test: {figures_line(test)}, {sum(test['images'].values())} images kept for it{kept and f': {kept}'}"


@click.command("learning-curve")
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
    from backend.data.dataset import load_dataset
    from backend.evaluation.learning_curve import check_out, learning_curve, parse_counts, write_curve

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
