"""Questions about a picture: whose it is, and where that is seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from backend.server.context import ServerContext
from backend.server.downscale import enlarge, reduce
from backend.server.problems import Problem
from backend.server.upload import read_picture

if TYPE_CHECKING:
    from backend.explain.heatmap import Heatmap

METHODS = ("gradcam", "gradcam++", "scorecam")
SECONDS = 8.0  # for one picture: several times what the largest takes
SCORECAM_SECONDS = 20.0  # it tries many masks on it
OVERLAY_SIDE = 1280  # pixels, at most


def answers(context: ServerContext) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("answers", __name__)

    @routes.post("/predict")
    def predict() -> Response:
        picture = read_picture()
        answer = context.workers.do(lambda: context.model.answer(picture), SECONDS)
        return jsonify({**asdict(answer), "threshold": context.run.threshold})

    @routes.post("/saliency")
    def saliency() -> Response:
        method, channel = _method(), _channel(context)
        picture, as_json = read_picture(), _wants_json()
        seconds = SCORECAM_SECONDS if method == "scorecam" else SECONDS

        def explain() -> dict[str, Any] | bytes:
            smaller, size = reduce(picture)
            heat = context.explainer.explain(smaller, method, channel)
            return _describe(enlarge(heat, size) if size else heat) if as_json else _draw(smaller, heat)

        explained = context.workers.do(explain, seconds)
        return Response(explained, mimetype="image/png") if isinstance(explained, bytes) else jsonify(explained)

    return routes


def _method() -> str:
    method = _given("method")
    if method is None:
        return METHODS[0]
    if method not in METHODS:
        raise Problem(400, f"method {method!r}: use one of {', '.join(METHODS)}")
    return method


def _channel(context: ServerContext) -> str | None:
    channel, names = _given("channel"), [channel.name for channel in context.run.channels]
    if channel is not None and channel not in names:
        raise Problem(400, f"channel {channel!r}: not one of the run's; use one of {', '.join(names)}")
    return channel


def _given(name: str) -> str | None:
    values = request.args.getlist(name)
    if len(values) > 1:
        raise Problem(400, f"{name} is given {len(values)} times; give it once")
    return values[0] if values else None


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["image/png", "application/json"]) == "application/json"


def _describe(heat: Heatmap) -> dict[str, Any]:
    return {
        "channel": heat.channel,
        "method": heat.method,
        "grid": heat.grid.tolist(),
        "box": list(heat.box),
        "size": list(heat.size),
    }


def _draw(picture: bytes, heat: Heatmap) -> bytes:
    from backend.explain.heatmap import overlay

    width, height = heat.size
    return overlay(picture, heat, min(width, OVERLAY_SIDE, OVERLAY_SIDE * width // height))
