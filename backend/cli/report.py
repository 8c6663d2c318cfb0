"""Write the report of a run."""

from __future__ import annotations

from pathlib import Path

import click

from backend.cli.common import FOLDER, ThumbprintCommand, defaulted_option, show_errors


@click.command("report", cls=ThumbprintCommand, epilog="runs/mine --out report.html")
@click.argument("run", type=FOLDER)
@click.argument("others", metavar="[RUN...]", type=FOLDER, nargs=-1)
@defaulted_option("--out", FOLDER, Path("report.html"), "The page to write.")
@click.option("--learning-curve", "curve", type=FOLDER, help="What `learning-curve --out` wrote.")
@click.option("--faithfulness", type=FOLDER, help="What `faithfulness` wrote.  [default: the run's own]")
@show_errors
def report_command(
    run: Path, others: tuple[Path, ...], out: Path, curve: Path | None, faithfulness: Path | None
) -> None:
    """Write all about RUN as one HTML page, and beside it the same as JSON; OTHERS are compared with it."""
    from backend.models.run import load_run
    from backend.report.build import build, read_figures
    from backend.report.page import write
    from backend.training.report_data import complete

    figures = [read_figures(path) if path else None for path in (curve, faithfulness)]
    loaded = [load_run(root) for root in (run, *others)]
    inputs = complete(loaded[0], loaded[1:])
    data = build(loaded[0], inputs, loaded[1:], learning_curve=figures[0], faithfulness=figures[1])
    for path in write(data, out):
        click.echo(f"Wrote {path}")
