"""Who may ask: this machine's programs, the server's own pages, and browser extensions. No other page of the web may.

Over the local network, who asks must have been let in besides (pairing.py).

A browser lets any page send requests to 127.0.0.1. Three rules keep such pages out:

- Host must be a name of this machine with the server's port. A page whose own name was made to point to 127.0.0.1 (DNS
  rebinding) sends its own name.
- Origin, where there is one, must be the server itself or one that was configured. Extensions may also ask for answers
  and for the model: the id of an extension that is loaded unpacked is another on every machine, so it cannot be known
  here, and no page of the web can have an origin of these schemes.
- A request that a page of another site makes without telling its origin (an <img>, a <script>) is known by
  Sec-Fetch-Site. Following a link is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import Flask, Response, request
from flask_cors import CORS

from backend.server.problems import Problem
from backend.utils.errors import ServerError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
OPEN = r"/(?:health|predict|saliency|model/[^/]+)\Z"
EXTENSION = r"(?:chrome-extension://[a-p]{32}|moz-extension://[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z"
ORIGIN = (
    r"(?:https?|chrome-extension|moz-extension)://[a-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9a-f:]+\](?::[0-9]{1,5})?"
)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def check_origin(origin: str) -> str:
    """Return an origin as browsers write it. Raises ServerError for anything that is not one."""
    if not re.fullmatch(ORIGIN, origin.lower()):
        raise ServerError(
            f"--origin {origin}: not an origin; give scheme and host as browsers do, such as http://localhost:3000 "
            "or chrome-extension://ID"
        )
    return origin.lower()


def enforce_origin_policy(
    app: Flask,
    origins: Sequence[str],
    hosts: Sequence[str] = LOOPBACK,
    check_device: Callable[[], Response | None] | None = None,
) -> None:
    """Refuse foreign requests, allow the others to be read, and put the safe headers on every response.

    hosts: the names that the server goes by; check_device: refuses who is not let in, where others than this machine
    can connect.
    """
    allowed = tuple(check_origin(origin) for origin in origins)
    app.before_request(lambda: _check_host(hosts))
    if check_device is not None:
        app.before_request(check_device)
    app.before_request(lambda: _check_page(allowed))
    named = [re.compile(re.escape(origin) + r"\Z") for origin in allowed]
    CORS(
        app,
        resources={OPEN: {"origins": [re.compile(EXTENSION), *named]}, r"/.*": {"origins": named}},
        methods=["GET", "POST"],
        expose_headers=["Retry-After"],
        max_age=600,
        always_send=False,
        allow_private_network=True,
    )
    app.after_request(_add_headers)


def _check_host(hosts: Sequence[str]) -> None:
    host, port = request.headers.get("Host", "").lower(), request.environ["SERVER_PORT"]
    names = {f"{name}:{port}" for name in hosts} | (set(hosts) if port == "80" else set())
    if host not in names:
        raise Problem(403, f"Host {host!r}: not this server; ask for http://{hosts[0]}:{port}")


def _check_page(allowed: Sequence[str]) -> None:
    origin, is_open = request.headers.get("Origin"), re.match(OPEN, request.path) is not None
    if origin is None:
        _check_site(is_open)
        return
    origin = origin.lower()
    own = origin == f"http://{request.headers['Host'].lower()}"
    if own or origin in allowed or (is_open and re.match(EXTENSION, origin)):
        return
    raise Problem(403, f"Origin {origin!r}: may not ask for {request.path}; if it is yours, start with --origin")


def _check_site(is_open: bool) -> None:
    site, mode = request.headers.get("Sec-Fetch-Site", "none"), request.headers.get("Sec-Fetch-Mode")
    if site in ("cross-site", "same-site") and mode != "navigate" and not is_open:
        raise Problem(403, f"{request.path}: asked for by a page of another site ({site}); open it in a tab of its own")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.vary.add("Origin")
    return response
