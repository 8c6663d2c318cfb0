"""The page to try pictures on, which classifies them in the browser. `make build` makes its files.

The same page lies on static hosts (`make site`): its own policy is in it, and only where this server serves it does it
say so, whereupon it offers what a server can do: find a thumbnail in a photo, say why, and show the report.
"""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response

from backend.server.context import ServerContext
from backend.server.own_files import is_own_file, read_own_file
from backend.server.problems import Problem

PAGE = "index.html"
MAX_BYTES = 64 * 1024 * 1024  # of one file
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+")
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
# As the page itself says, and what only a header can.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'"
)
NO_SERVER, SERVER = b'<meta name="server" content="">', b'<meta name="server" content="thumbprint">'


def try_page(context: ServerContext) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("try", __name__)

    @routes.get("/")
    @routes.get("/try")
    def page() -> Response:
        html = _read(context.page_folder, PAGE).replace(NO_SERVER, SERVER, 1)
        response = Response(html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    @routes.get("/try/<name>")
    def part(name: str) -> Response:
        names = parts(context.page_folder)
        if name not in names:
            raise Problem(404, f"{name!r}: not part of the page; use one of {', '.join(names) or 'none'}")
        return Response(_read(context.page_folder, name), mimetype=TYPES[Path(name).suffix])

    return routes


def parts(folder: Path) -> list[str]:
    """Return the names of the page's files beside the page itself; none where it is not built."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    known = [path.name for path in files if NAME.fullmatch(path.name) and path.suffix in TYPES]
    return [name for name in known if is_own_file(folder, name, MAX_BYTES)]


def _read(folder: Path, name: str) -> bytes:
    try:
        return read_own_file(folder, name, MAX_BYTES)
    except FileNotFoundError:
        raise Problem(503, "the page is not built; run `make build`, then load this again") from None
    except OSError as error:
        raise Problem(503, f"{name}: cannot be read ({error.strerror}); run `make build`") from None
