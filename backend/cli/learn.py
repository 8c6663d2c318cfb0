"""Learn channels from a few thumbnails each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from backend.cli.common import FOLDER, JSON_OPTION, ThumbprintCommand, show, show_errors


@click.command("learn", cls=ThumbprintCommand, epilog="thumbnails --each 20")
@click.argument("folder", type=FOLDER)
@click.option(
    "--each",
    type=click.IntRange(min=5, max=200),
    help="Learn from so many pictures of each channel, the first by their names, and ask about the others.",
)
@click.option("--strangers", type=FOLDER, help="A folder of thumbnails of none of the channels, to ask about as well.")
@JSON_OPTION
@show_errors
def learn_command(folder: Path, each: int | None, strangers: Path | None, as_json: bool) -> None:
    """Learn the channels of FOLDER, which holds a folder of thumbnails for each, from a few thumbnails as the
    extension does, and say how well they are recognised. Nothing is written: a model for good is what `train` makes.
    """
    from backend.data.picture_folders import read_pictures
    from backend.evaluation.learnt_channels import learn, read_channels

    channels = read_channels(folder, each)
    figures = learn(channels, list(read_pictures(strangers)) if strangers else []).figures()
    show(as_json, figures, _lines(figures))


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    for name, scores in figures["channels"].items():
        yield (
            f"{name}: {scores['quality']}, {scores['examples']} thumbnails, each left out in turn: "
            f"{scores['recognised']} recognised, {scores['right']} nearer to it than to any other channel"
        )
    tested = figures["tested"]
    if tested["pictures"]:
        yield (
            f"Of {tested['pictures']} others of these channels: {tested['right']} go to the right channel "
            f"({tested['accuracy']:.0%}), {tested['recognised']} are recognised"
        )
    for kind, what in (("strangers", "strangers"), ("random", "random thumbnails of the prior")):
        if figures[kind]["pictures"]:
            yield f"Of {figures[kind]['pictures']} {what}: {figures[kind]['named']} are named"
