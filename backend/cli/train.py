"""Commands that train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from backend.cli.common import (
    DEFAULTS,
    FOLDER,
    JSON_OPTION,
    NO_PRIOR_OPTION,
    PRIOR_OPTION,
    SEED_OPTION,
    WEIGHTS_OPTION,
    ThumbprintCommand,
    chosen_prior,
    promise_lines,
    renamed_option,
    score_line,
    show,
    show_errors,
    variant_lines,
)
from backend.data.settings import AUGMENTATIONS, TrainSettings
from backend.models.registry import NAMES
from backend.utils import progress


@click.command("train", cls=ThumbprintCommand, epilog="data/mine --out runs/mine")
@click.argument("data", type=FOLDER)
@click.option("--recipe", type=click.Choice(NAMES), default=DEFAULTS.recipe, help="The model to train.")
@click.option("--folds", type=click.IntRange(min=2), help="Cross-validation folds.  [default: style 5, lab 2]")
@SEED_OPTION
@click.option("--epochs", type=click.IntRange(min=1), help="With --recipe lab.  [default: 30]")
@click.option("--out", type=FOLDER, required=True, help="The run to write.")
@click.option("--background", type=FOLDER, help="A dataset whose channels are all 'none of these'.")
@WEIGHTS_OPTION
@PRIOR_OPTION
@NO_PRIOR_OPTION
@click.option(
    "--known-recall",
    type=click.FloatRange(0.5, 1),
    help="Share of your channels' thumbnails to recognise; more means more false positives.  [default: what lets 1 in "
    "100 strangers pass]",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=DEFAULTS.repeats,
    help="Cross-validate so many times, with other folds each time.",
)
@click.option(
    "--augment",
    type=click.Choice(AUGMENTATIONS),
    default=DEFAULTS.augment,
    help="Augment training with simulated views: of a page, of a camera, or of both.",
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
    prior: Path | None,
    no_prior: bool,
    known_recall: float | None,
    repeats: int,
    augment: str,
    force: bool,
) -> None:
    """Cross-validate a recipe on the dataset DATA, fit it on all of it, and write a run.

    Where DATA has a test set, the run is not trained on it, and evaluated on it at the end.
    """
    from backend.data.dataset import load_dataset
    from backend.models.registry import get_recipe
    from backend.training.train import train

    chosen = folds or get_recipe(recipe).default_folds
    settings = TrainSettings(recipe, chosen, seed, epochs, known_recall, repeats, augment)
    dataset, others = load_dataset(data), load_dataset(background) if background else None
    run = train(
        dataset, out, settings, weights, others, force, ["backend", *sys.argv[1:]], chosen_prior(prior, no_prior)
    )
    for line in _summary(run.metrics()):
        click.echo(line)
    click.echo(f"Wrote {run.root}")


def _summary(metrics: dict[str, Any]) -> list[str]:
    cv = metrics["cv"]
    lines = [
        f"{metrics['recipe']}: macro F1 {cv['macro_f1']['mean']:.3f} (sd {cv['macro_f1']['sd']:.3f}), "
        f"accuracy {cv['accuracy']['mean']:.3f}, {cv['folds']} folds, {metrics['cost']['seconds']:.0f} s"
    ]
    if "unknown" in metrics and "precision" in metrics["unknown"] and metrics["unknown"]["strangers"] == "random":
        lines += promise_lines(metrics["unknown"])
    elif "unknown" in metrics:
        unknown = metrics["unknown"]
        lines.append(
            f"none of these: AUROC {unknown['auroc']:.3f}; finds {unknown['known_recall']:.0%} of the channels' "
            f"thumbnails, {unknown['false_known']:.0%} false positives on others"
        )
        if unknown["drawn"]:
            lines.append("  (the others are drawn, easier than real ones: --background with real channels tells more)")
    lines += variant_lines(metrics)
    if "test" in metrics:
        lines.append(_test_line(metrics["test"]))
    return lines


def _test_line(test: dict[str, Any]) -> str:
    from backend.evaluation.test_set import rule_in_words

    kept = rule_in_words(test["rule"])
    return f"test: {score_line(test)}, {sum(test['images'].values())} images kept for it{kept and f': {kept}'}"


@renamed_option("--counts", "--train-sizes")
@renamed_option("--draws", "--repeats")
@click.command("learning-curve", cls=ThumbprintCommand, epilog="data/mine --train-sizes 5,10,20 --out curve.json")
@click.argument("data", type=FOLDER)
@click.option("--train-sizes", default="8,15,30,60", help="Numbers of videos of each channel to train on.")
@click.option(
    "--repeats", type=click.IntRange(min=1), default=10, help="Trainings of each size, on videos drawn at random."
)
@SEED_OPTION
@click.option("--background", type=FOLDER, help="A dataset whose channels are all 'none of these'.")
@WEIGHTS_OPTION
@PRIOR_OPTION
@NO_PRIOR_OPTION
@click.option("--out", type=FOLDER, help="A file to write the curve to, as JSON.")
@JSON_OPTION
@show_errors
def learning_curve_command(
    data: Path,
    train_sizes: str,
    repeats: int,
    seed: int,
    background: Path | None,
    weights: Path | None,
    prior: Path | None,
    no_prior: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say how good a training is with few thumbnails of each channel, by training on few of the dataset DATA.

    With a prior, each training is repeated without it, on the same pictures and the background alone.
    """
    from backend.data.dataset import load_dataset
    from backend.evaluation.learning_curve import check_curve_out, learning_curve, parse_counts, write_curve

    sizes = parse_counts(train_sizes)
    if out:
        check_curve_out(out)
    dataset, others = load_dataset(data), load_dataset(background) if background else None
    curve = learning_curve(dataset, sizes, repeats, seed, weights, others, chosen_prior(prior, no_prior))
    show(as_json, curve.to_json(), curve.lines())
    if out:
        write_curve(curve, out)
        progress.say(f"Wrote {out}")


@click.group("prior")
def prior_group() -> None:
    """What a training knows of channels and strangers before it starts."""


@prior_group.command("fit", cls=ThumbprintCommand, epilog="data/world/images --random data/random --out prior.npz")
@click.argument("folders", type=FOLDER, nargs=-1, required=True, metavar="FOLDER...")
@click.option(
    "--random",
    type=FOLDER,
    help="A folder of thumbnails of no channel in particular.  [default: every third channel is taken apart]",
)
@click.option("--out", type=FOLDER, required=True, help="The file to write, for --prior.")
@show_errors
def prior_fit_command(folders: tuple[Path, ...], random: Path | None, out: Path) -> None:
    """Fit a prior to folders of thumbnails: each FOLDER holds a folder a channel.

    Numbers of the feature space are kept, and no picture. The same pictures give the same file.
    """
    from backend.models.prior import check_prior_out, pack_prior
    from backend.models.weights import load_shipped
    from backend.training.prior_fit import fit_prior, read_folders
    from backend.utils.files import write_atomically

    check_prior_out(out)
    prior = fit_prior(read_folders(folders, random), load_shipped())
    content = pack_prior(prior)
    check_prior_out(out)  # again: somebody may have put something there meanwhile
    write_atomically(out, content)
    click.echo(
        f"Wrote {out}: {len(prior.real)} channels, {prior.random.count + len(prior.random.held):,} random thumbnails, "
        f"{len(content) / 1e6:.2f} MB"
    )
