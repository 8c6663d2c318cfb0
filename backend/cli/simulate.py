"""The command that shows what is simulated."""

from __future__ import annotations

from pathlib import Path

import click

from backend.cli.common import DEFAULTS, FOLDER, show_errors
from backend.utils import progress


@click.command("simulate")
@click.argument("pictures", type=FOLDER, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="The sheet to write, .png or .jpg.")
@click.option("--seed", type=click.IntRange(min=0), default=DEFAULTS.seed, show_default=True)
@show_errors
def simulate_command(pictures: tuple[Path, ...], out: Path, seed: int) -> None:
    """Draw a sheet of PICTURES under every disturbance of camera and page, at three strengths."""
    from backend.data.augment.contact_sheet import write_sheet

    write_sheet(pictures, out, seed)
    progress.say(f"Wrote {out}")
