"""The converted model, for the extension to take: the files that its description names, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

from flask import Blueprint, Response

from backend.server.context import ServerContext
from backend.server.problems import Problem
from backend.utils.program import command

METADATA = "metadata.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def model_files(context: ServerContext) -> Blueprint:
    """Return the route."""
    routes = Blueprint("model", __name__)

    @routes.get("/model/<name>")
    def file(name: str) -> Response:
        names = listed(context.model_folder)
        if names is None:
            raise Problem(404, f"there is no converted model; make one with `{command('RUN', 'converter')}`")
        if name not in names:
            raise Problem(404, f"{name!r}: not a file of the model; use one of {', '.join(names)}")
        kind = "application/json" if name.endswith(".json") else "application/octet-stream"
        return Response(_read(context.model_folder / name), mimetype=kind)

    return routes


def listed(folder: Path) -> list[str] | None:
    """Return the names of a converted model's files, its description first; None where there is no whole one."""
    try:
        files = json.loads((folder / METADATA).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(files, dict):
        return None
    names = [METADATA, *files]
    return names if all(NAME.fullmatch(name) and (folder / name).is_file() for name in names) else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"{path.name}: cannot be read ({error.strerror}); ask again, or convert the run anew"
        raise Problem(503, reason, 1) from None
