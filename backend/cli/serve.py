"""Serve a run, its report and its model on this machine, and to phones where asked."""

from __future__ import annotations

from pathlib import Path

import click

from backend.cli.common import FOLDER, ThumbprintCommand, show_errors
from backend.server.pairing import DEVICES, ENTRANCE, TOKEN, Pairing
from backend.utils import progress


def invite(server: str, token: str | None) -> None:
    """Show how a further device gets in: its address, and the same as a QR code."""
    if token is None:
        click.echo(f"{DEVICES} devices are let in, which is as many as may be; start anew to let in others.")
        return
    address = f"{server.rstrip('/')}{ENTRANCE}?{TOKEN}={token}"
    click.echo(f"For one device, once: {address}")
    try:
        click.echo(qr_code(address))
    except UnicodeEncodeError:
        click.echo("(This terminal cannot show its QR code: type the address.)")


def qr_code(text: str) -> str:
    """Return a QR code in half blocks, two modules a character, dark on light whatever the terminal's colours."""
    import segno

    rows = [[*row] for row in segno.make(text, error="m", micro=False).matrix_iter(border=3)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ["".join(BLOCKS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
    return "\n".join(f"{BLACK_ON_WHITE}{line}{RESET}" for line in lines)


# The light modules are drawn by the ground, which is set to white: a dark terminal would show the code inverted.
BLOCKS = {(0, 0): " ", (1, 0): "\u2580", (0, 1): "\u2584", (1, 1): "\u2588"}


BLACK_ON_WHITE, RESET = "\x1b[30;107m", "\x1b[0m"


@click.command("serve", cls=ThumbprintCommand, epilog="runs/mine")
@click.argument("run", type=FOLDER)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, help="0 for any that is free.")
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
    from backend.server.app import PAGE_FOLDER, create_app, serve
    from backend.server.lan import lan_address
    from backend.server.origin_policy import LOOPBACK
    from backend.server.try_page import PAGE

    if host is not None and not lan:
        raise click.UsageError(f"--host {host}: goes with --lan; without it, only this machine is served")
    hosts, pairing = ((lan_address(host),), Pairing()) if lan else (LOOPBACK, None)
    app = create_app(load_run(run), origins=origins, model_folder=model, hosts=hosts, pairing=pairing)

    def started(server: str) -> None:
        click.echo(f"Serving {run} at {server}{' to whom it lets in' if lan else ''} (Ctrl-C ends it)")
        if not (PAGE_FOLDER / PAGE).is_file():
            progress.say("The page to try pictures is not built: run `make build`, then load it again")
        if pairing:
            pairing.open(lambda token: invite(server, token))

    serve(app, port, started, hosts[0])
