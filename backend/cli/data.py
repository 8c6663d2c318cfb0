"""Commands that make a dataset, look at one, and corrupt its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backend.cli.common import (
    DEFAULTS,
    FOLDER,
    JSON_OPTION,
    SEED_OPTION,
    WEIGHTS_OPTION,
    ThumbprintCommand,
    show,
    show_errors,
)
from backend.data.settings import TrainSettings
from backend.utils import progress


@click.command("import", cls=ThumbprintCommand, epilog="thumbnails --out data/mine")
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The dataset to write, or the list of channels, .toml.")
@click.option("--force", is_flag=True, help="Replace an existing dataset or list.")
@show_errors
def import_command(folder: Path, out: Path, force: bool) -> None:
    """Make a dataset of FOLDER, which holds a folder of thumbnails for each channel. Of a .json file with channels that
    were learnt in the browser, make a list of channels instead, to collect thumbnails of.
    """
    if folder.suffix.lower() == ".json":
        _import_learnt(folder, out, force)
        return
    from backend.data.folder_import import import_folder
    from backend.data.video_keys import assumption

    summary = import_folder(folder, out, force=force)
    for left in summary.left_out:
        progress.say(f"Left out {left.source}: {left.reason}")
    _say_dataset(summary.dataset)
    if assumed := assumption((picture.channel, picture.key) for picture in summary.dataset.pictures):
        progress.say(assumed)


@click.command("demo-data", cls=ThumbprintCommand, epilog="--out data/demo")
@click.option("--out", type=FOLDER, required=True, help="The dataset to write.")
@SEED_OPTION
@click.option("--force", is_flag=True, help="Replace an existing dataset.")
@show_errors
def demo_data_command(out: Path, seed: int, force: bool) -> None:
    """Draw the demo: thumbnails of made-up channels, for a machine without any."""
    from backend.data.synthetic.demo_dataset import make_demo_data

    _say_dataset(make_demo_data(out, seed=seed, force=force))


@click.command("audit", cls=ThumbprintCommand, epilog="data/mine")
@click.argument("data", type=FOLDER)
@JSON_OPTION
@click.option("--folds", type=click.IntRange(min=2), default=DEFAULTS.folds, help="Cross-validation folds.")
@SEED_OPTION
@WEIGHTS_OPTION
@click.option("--against", type=FOLDER, help="A dataset, such as a test set, that must not share pictures with DATA.")
@show_errors
def audit_command(data: Path, as_json: bool, folds: int, seed: int, weights: Path | None, against: Path | None) -> None:
    """Look for what is wrong with the dataset DATA: copies, wrong labels, odd files. Findings are no errors."""
    from backend.data.dataset import load_dataset
    from backend.evaluation.audit.audit import audit

    dataset, other = load_dataset(data), load_dataset(against) if against else None
    findings = audit(dataset, TrainSettings(folds=folds, seed=seed), weights, other)
    show(as_json, findings.to_json(), findings.lines())


@click.command("simulate", cls=ThumbprintCommand, epilog="picture.jpg --out sheet.jpg")
@click.argument("pictures", type=FOLDER, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="The sheet to write, .png or .jpg.")
@SEED_OPTION
@show_errors
def simulate_command(pictures: tuple[Path, ...], out: Path, seed: int) -> None:
    """Draw a sheet of PICTURES under every corruption by camera and page, at three severities."""
    from backend.data.augment.contact_sheet import write_sheet

    write_sheet(pictures, out, seed)
    progress.say(f"Wrote {out}")


def _import_learnt(source: Path, out: Path, force: bool) -> None:
    from backend.collect.learnt_channels import import_learnt

    for name in import_learnt(source, out, force):
        click.echo(name)
    click.echo(f"Wrote {out}: collect thumbnails with `thumbprint collect {out} --out data/mine`")


def _say_dataset(dataset: Any) -> None:
    for channel in dataset.channels:
        images = sum(picture.channel == channel.name for picture in dataset.pictures)
        click.echo(f"{channel.name}: {images} images ({channel.role})")
    click.echo(f"Wrote {len(dataset.pictures)} images to {dataset.root}")
