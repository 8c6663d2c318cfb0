"""What is served of a run: its report, figures and pictures, whether the server is there, and what it can be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, jsonify

from backend import __version__
from backend.server import model_files
from backend.server.context import ID_LENGTH, ServerContext
from backend.server.problems import Problem
from backend.server.upload import picture_type
from backend.utils.errors import ThumbprintError

OPENAPI = Path(__file__).with_name("openapi.yaml")
REPORT_SECONDS = 300.0  # the first time, with every picture of the dataset; then it is kept

# One file that can be kept and sent on: its styles and pictures are in it, and one script, known by its checksum.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {script}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def pages(context: ServerContext) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("pages", __name__)

    @routes.get("/health")
    def health() -> Response:
        listed = model_files.listed(context.model_folder)
        return jsonify({"ok": True, "version": __version__, "run": describe(context), "model": listed is not None})

    @routes.get("/openapi.json")
    def description() -> Response:
        return jsonify(openapi())

    @routes.get("/report")
    def report() -> Response:
        from backend.report.page import TEMPLATES, source_hash

        html = context.workers.run(context.report_html.get, REPORT_SECONDS)
        script = source_hash((TEMPLATES / "report.js").read_text(encoding="utf-8"))
        return _with_policy(Response(html, mimetype="text/html"), REPORT_POLICY.format(script=script))

    @routes.get("/report.json")
    def report_json() -> Response:
        from backend.report.model import to_json

        data = context.workers.run(context.report.get, REPORT_SECONDS)
        return Response(json.dumps(to_json(data), ensure_ascii=False, allow_nan=False), mimetype="application/json")

    @routes.get("/figures/<name>.svg")
    def figure(name: str) -> Response:
        return _with_policy(Response(_figure(context, name), mimetype="image/svg+xml"), FIGURE_POLICY)

    @routes.get("/images/<identity>")
    def image(identity: str) -> Response:
        data = _picture(context, identity)
        return Response(data, mimetype=picture_type(data))

    return routes


def openapi() -> dict[str, Any]:
    """Return the description of every route, in OpenAPI 3.1."""
    described: dict[str, Any] = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    described["info"]["version"] = __version__
    return described


def describe(context: ServerContext) -> dict[str, Any]:
    """Return what a page should know of the run; where it lies on the disk is nobody's business."""
    run = context.run
    return {
        "name": run.root.name,
        "created": run.description["created"],
        "recipe": run.recipe,
        "demo": run.description["demo"],
        "threshold": run.threshold,
        "channels": [{"name": channel.name, "display_name": channel.display_name} for channel in run.channels],
    }


def _with_policy(response: Response, policy: str) -> Response:
    response.headers["Content-Security-Policy"] = policy
    return response


def _figure(context: ServerContext, name: str) -> str:
    from backend.report.charts.figures import FIGURES, figure

    if name not in FIGURES:
        raise Problem(404, f"figure {name!r}: there is none; use one of {', '.join(FIGURES)}")
    data = context.workers.run(context.report.get, REPORT_SECONDS)
    try:
        return context.workers.run(lambda: figure(data, name), REPORT_SECONDS)
    except ThumbprintError as error:  # not every recipe has every figure
        raise Problem(404, f"figure {name!r}: {error}") from None


def _picture(context: ServerContext, identity: str) -> bytes:
    """Return a picture by the beginning of its checksum: never by a name, and only if it is still that one."""
    from backend.evaluation.predictions import Library

    image, sha256 = context.pictures.get().get(identity[:ID_LENGTH], ("", ""))
    if not sha256 or not sha256.startswith(identity):
        raise Problem(404, f"image {identity!r}: not one of the run's; use an sha256 of its predictions.csv")
    path = Library(context.run).find(image, sha256)
    data = path.read_bytes() if path is not None else b""
    if picture_type(data) is None:
        raise Problem(404, f"image {identity!r}: its file is gone from the dataset, or is another by now; put it back")
    return data
