"""The address of this machine in its local network, and the invitation that a phone's camera reads."""

from __future__ import annotations

import ipaddress
import socket

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
