"""The converted model, for the extension to take: the files that it is made of, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wsgi import wrap_file

from backend.server.context import ServerContext
from backend.server.own_files import OwnFile, is_own_file, read_own_file
from backend.server.problems import Problem
from backend.utils.program import command

METADATA, GRAPH = "metadata.json", "model.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_JSON, MAX_FILES = 8 * 1024 * 1024, 100  # as the extension bounds them
MAX_WEIGHTS = 256 * 1024 * 1024


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
        opened = _open(context.model_folder, name)
        # In no thread's memory: whoever does not read it costs nothing.
        response = Response(wrap_file(request.environ, opened), mimetype=kind, direct_passthrough=True)
        response.content_length = opened.size
        return response

    return routes


def listed(folder: Path) -> list[str] | None:
    """Return the names of a converted model's files, its description first; None where there is no whole one.

    They are those that its description lists and it or its graph names, and lie in the folder: whoever made the model
    may have listed, or linked to, what is nobody's business.
    """
    try:
        description = _read_json(folder, METADATA)
        described, features = description["files"].keys(), description.get("features")
        groups = _read_json(folder, GRAPH)["weightsManifest"]
        weights = [path for group in groups for path in group["paths"]]
        names = [METADATA, GRAPH, *weights, *([features["prior"]["file"]] if features else [])]
        whole = described == {*names[1:]} and len(names) <= MAX_FILES
    # RecursionError: JSON that is nested thousands of times.
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return names if whole and all(_is_own(folder, name) for name in names) else None


def _read_json(folder: Path, name: str) -> Any:
    return json.loads(read_own_file(folder, name, MAX_JSON))


def _is_own(folder: Path, name: str) -> bool:
    return NAME.fullmatch(name) is not None and is_own_file(folder, name, _most(name))


def _most(name: str) -> int:
    return MAX_JSON if name in (METADATA, GRAPH) else MAX_WEIGHTS


def _open(folder: Path, name: str) -> OwnFile:
    try:
        return OwnFile(folder, name, _most(name))
    except OSError as error:
        reason = f"{name}: cannot be read ({error.strerror}); ask again, or convert the run anew"
        raise Problem(503, reason, 1) from None
