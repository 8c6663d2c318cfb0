"""Commands that show what a run knows: heat, the report, the server."""

from __future__ import annotations

from pathlib import Path

import click

from backend.cli.common import (
    COUNT,
    FOLDER,
    JSON_OPTION,
    ThumbprintCommand,
    defaulted_option,
    show_errors,
    show_figures,
)
from backend.utils import progress


@click.command("explain", cls=ThumbprintCommand, epilog="runs/mine picture.jpg --out heat.png")
@click.argument("run", type=FOLDER)
@click.argument("image", type=FOLDER)
@defaulted_option("--method", click.STRING, "gradcam", "gradcam, gradcam++ or scorecam.")
@click.option("--channel", help="The channel to explain.  [default: the most probable]")
@click.option("--out", type=FOLDER, required=True, help="The PNG to write.")
@show_errors
def explain_command(run: Path, image: Path, method: str, channel: str | None, out: Path) -> None:
    """Draw where in IMAGE the evidence for a channel lies."""
    from backend.explain.gradcam import Explainer, overlay
    from backend.models.run import load_run
    from backend.utils.files import write_atomically

    heat = Explainer(load_run(run)).explain(image, method, channel)
    write_atomically(out, overlay(image, heat))
    click.echo(f"{heat.channel}: logit {heat.logit:.2f}; wrote {out}")


@click.command("faithfulness", cls=ThumbprintCommand, epilog="runs/mine")
@click.argument("run", type=FOLDER)
@click.option("--against", type=FOLDER, help="Another run, judged on the same pictures.")
@defaulted_option("--pictures", COUNT, 60, "How many to judge on.")
@JSON_OPTION
@show_errors
def faithfulness_command(run: Path, against: Path | None, pictures: int, as_json: bool) -> None:
    """Say whether the heat maps of RUN tell the truth, on pictures of its dataset."""
    from backend.explain.faithfulness import faithfulness, write_faithfulness
    from backend.models.run import load_run

    runs = [load_run(root) for root in (run, against) if root]
    results = faithfulness(runs, pictures)
    path = write_faithfulness(runs[0], results)
    lines = [line for result in results for line in result.lines()]
    show_figures([result.to_json() for result in results], lines, as_json)
    progress.say(f"Wrote {path}")
