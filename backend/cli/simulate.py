"""The command that shows how images are corrupted."""

from __future__ import annotations

from pathlib import Path

import click

from backend.cli.common import FOLDER, SEED_OPTION, ThumbprintCommand, show_errors
from backend.utils import progress


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
