"""Commands that show what a run knows: heat, the report, the server."""

from __future__ import annotations

import json
from pathlib import Path

import click

from backend.cli.common import FOLDER, show_errors
from backend.utils import progress


@click.command("explain")
@click.argument("run", type=FOLDER)
@click.argument("image", type=FOLDER)
@click.option("--method", default="gradcam", show_default=True, help="gradcam, gradcam++ or scorecam.")
@click.option("--channel", help="The channel to explain.  [default: the most probable]")
@click.option("--out", type=FOLDER, required=True, help="The PNG to write.")
@show_errors
def explain_command(run: Path, image: Path, method: str, channel: str | None, out: Path) -> None:
    """Draw where in IMAGE the evidence for a channel lies."""
    from backend.explain.gradcam import Explainer, overlay
    from backend.models.run import load_run, write_atomically

    heat = Explainer(load_run(run)).explain(image, method, channel)
    write_atomically(out, overlay(image, heat))
    click.echo(f"{heat.channel}: logit {heat.logit:.2f}; wrote {out}")


@click.command("faithfulness")
@click.argument("run", type=FOLDER)
@click.option("--against", type=FOLDER, help="Another run, judged on the same pictures.")
@click.option("--pictures", type=click.IntRange(min=1), default=60, show_default=True, help="How many to judge on.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@show_errors
def faithfulness_command(run: Path, against: Path | None, pictures: int, as_json: bool) -> None:
    """Say whether the heat maps of RUN tell the truth, on pictures of its dataset."""
    from backend.explain.faithfulness import faithfulness, write_faithfulness
    from backend.models.run import load_run

    runs = [load_run(root) for root in (run, against) if root]
    found = faithfulness(runs, pictures)
    path = write_faithfulness(runs[0], found)
    shown = [line for one in found for line in one.lines()]
    for line in [json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False)] if as_json else shown:
        click.echo(line)
    progress.say(f"Wrote {path}")


@click.command("report")
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
    from backend.models.run import load_run
    from backend.report import build, write
    from backend.report.data import read_figures

    figures = [read_figures(path) if path else None for path in (curve, faithfulness)]
    loaded = [load_run(root) for root in (run, *others)]
    data = build(loaded[0], loaded[1:], learning_curve=figures[0], faithfulness=figures[1])
    for path in write(data, out):
        click.echo(f"Wrote {path}")


@click.command("serve")
@click.argument("run", type=FOLDER)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any that is free.")
@click.option("--origin", "origins", multiple=True, help="Another origin that may ask for everything; repeatable.")
@click.option("--model", type=FOLDER, help="The converted model to offer.  [default: extension/model]")
@click.option("--lan", is_flag=True, help="Serve the local network: a phone gets in by a QR code, once each.")
@click.option("--host", help="With --lan, the address to listen on.  [default: that of the way out]")
@show_errors
def serve_command(
    run: Path, port: int, origins: tuple[str, ...], model: Path | None, lan: bool, host: str | None
) -> None:
    """Serve RUN to this machine alone: its report, answers about pictures, its model. Ctrl-C ends it."""
    from backend.models.run import load_run
    from backend.server.app import create_app, serve

    if lan:
        return _serve_lan(run, port, origins, model, host)
    if host is not None:
        raise click.UsageError(f"--host {host}: goes with --lan; without it, only this machine is served")
    app = create_app(load_run(run), origins=origins, model_folder=model)
    serve(app, port, lambda address: click.echo(f"Serving {run} at {address} (Ctrl-C ends it)"))


def _serve_lan(run: Path, port: int, origins: tuple[str, ...], model: Path | None, host: str | None) -> None:
    from backend.models.run import load_run
    from backend.server.app import PAGE_FOLDER, create_app, serve
    from backend.server.lan import invite, lan_address
    from backend.server.pairing import Gate
    from backend.server.try_page import PAGE

    address, gate = lan_address(host), Gate()
    app = create_app(load_run(run), origins=origins, model_folder=model, hosts=[address], gate=gate)

    def started(server: str) -> None:
        click.echo(f"Serving {run} at {server} to whom it lets in (Ctrl-C ends it)")
        if not (PAGE_FOLDER / PAGE).is_file():
            progress.say("The page for phones is not built: run `make build`, then load it again")
        gate.open(lambda token: invite(server, token))

    serve(app, port, started, address)
