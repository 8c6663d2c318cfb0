"""The address of this machine in its local network, and the invitation that a phone's camera reads."""

from __future__ import annotations

import ipaddress
import socket

import click

from backend.server.pairing import DEVICES, ENTRANCE, TOKEN
from backend.utils.errors import ServerError

# Of a block that no network uses: nothing is sent there, the system only says from which address it would be.
ELSEWHERE = ("198.51.100.1", 9)


def lan_address(host: str | None) -> str:
    """Return the IPv4 address to listen on: the one named, or that of the way out of this machine.

    Raises ServerError for what is no address of this machine, and where there is no network.
    """
    address = _way_out() if host is None else host
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        raise ServerError(f"--host {address}: not an IPv4 address; give one of this machine's{_known()}") from None
    if parsed.is_unspecified or parsed.is_multicast:
        raise ServerError(f"--host {address}: not the address of one network; give one of this machine's{_known()}")
    return str(parsed)


def _way_out() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
            return str(probe.getsockname()[0])
        except OSError:
            raise ServerError(
                "--lan: this machine is in no network; connect it to the phone's Wi-Fi, or name its address with --host"
            ) from None


def _known() -> str:
    """Return this machine's addresses in words, as far as its own name leads to them."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        return ""
    return f", such as {', '.join(sorted(found))}" if found else ""


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
