"""Commands that show what a run knows: heat, and the report."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import click

from backend.cli.common import FOLDER, JSON_OPTION, ThumbprintCommand, show, show_errors
from backend.utils import progress


@click.command("explain", cls=ThumbprintCommand, epilog="runs/mine picture.jpg --out heat.png")
@click.argument("run", type=FOLDER)
@click.argument("image", type=FOLDER)
@click.option("--method", default="gradcam", help="gradcam, gradcam++ or scorecam.")
@click.option("--channel", help="The channel to explain.  [default: the most probable]")
@click.option("--out", type=FOLDER, required=True, help="The picture to write, .png or .jpg.")
@show_errors
def explain_command(run: Path, image: Path, method: str, channel: str | None, out: Path) -> None:
    """Draw where in IMAGE the evidence for a channel lies."""
    from PIL import Image

    from backend.data.drawn_picture import check_picture_out, write_picture
    from backend.explain.gradcam import Explainer
    from backend.explain.heatmap import overlay
    from backend.models.run import load_run

    check_picture_out(out, [image])
    heat = Explainer(load_run(run)).explain(image, method, channel)
    write_picture(Image.open(io.BytesIO(overlay(image, heat))), out, [image])
    click.echo(f"{heat.channel}: logit {heat.logit:.2f}; wrote {out}")


@click.command("faithfulness", cls=ThumbprintCommand, epilog="runs/mine")
@click.argument("run", type=FOLDER)
@click.option("--against", type=FOLDER, help="Another run, judged on the same pictures.")
@click.option("--pictures", type=click.IntRange(min=1), default=60, help="How many to judge on.")
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
    show(as_json, [dataclasses.asdict(result) for result in results], lines)
    progress.say(f"Wrote {path}")


@click.command("report", cls=ThumbprintCommand, epilog="runs/mine --out report.html")
@click.argument("run", type=FOLDER)
@click.argument("others", metavar="[RUN...]", type=FOLDER, nargs=-1)
@click.option("--out", type=FOLDER, default=Path("report.html"), help="The page to write.")
@click.option(
    "--learning-curve", "curve", type=FOLDER, help="What `learning-curve --out` wrote.  [default: the run's own]"
)
@click.option("--faithfulness", type=FOLDER, help="What `faithfulness` wrote.  [default: the run's own]")
@show_errors
def report_command(
    run: Path, others: tuple[Path, ...], out: Path, curve: Path | None, faithfulness: Path | None
) -> None:
    """Write all about RUN as one HTML page, and beside it the same as JSON; OTHERS are compared with it."""
    from backend.models.run import load_run
    from backend.report.build import build
    from backend.report.given_figures import read_curve, read_faithfulness
    from backend.report.page import check_out, write
    from backend.training.report_data import complete

    check_out(out)
    given = read_curve(curve) if curve else None, read_faithfulness(faithfulness) if faithfulness else None
    loaded = [load_run(root) for root in (run, *others)]
    inputs = complete(loaded[0], loaded[1:])
    data = build(loaded[0], inputs, loaded[1:], learning_curve=given[0], faithfulness=given[1])
    for path in write(data, out):
        click.echo(f"Wrote {path}")
