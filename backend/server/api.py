"""Questions about a picture: whose it is, where that is seen, and where a thumbnail is in a photo of a screen."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from backend.server.context import ServerContext
from backend.server.downscale import check_shape, downscale, rescale
from backend.server.problems import Problem
from backend.server.upload import read_picture

if TYPE_CHECKING:
    from backend.explain.heatmap import Heatmap
    from backend.photo.find import Found

JSON = "application/json"
METHODS = ("gradcam", "gradcam++", "scorecam")
SECONDS = 8.0  # for one picture: several times what the largest takes
SCORECAM_SECONDS = 20.0  # it tries many masks on it
PHOTO_SECONDS = 10.0
OVERLAY_SIDE = 1280  # pixels, at most


def api(context: ServerContext) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("api", __name__)

    @routes.post("/predict")
    def predict() -> Response:
        picture = read_picture()
        answer = context.workers.run(lambda: context.model.answer(picture), SECONDS)
        return jsonify({**asdict(answer), "threshold": context.run.threshold})

    @routes.post("/saliency")
    def saliency() -> Response:
        method, channel = _method(), _channel(context)
        picture = read_picture()
        as_json = request.accept_mimetypes.best_match(["image/png", JSON]) == JSON
        seconds = SCORECAM_SECONDS if method == "scorecam" else SECONDS

        def explain() -> dict[str, Any] | bytes:
            smaller, size = downscale(picture)
            heat = context.explainer.explain(smaller, method, channel)
            return _describe(rescale(heat, size) if size else heat) if as_json else _draw(smaller, heat)

        explained = context.workers.run(explain, seconds)
        return Response(explained, mimetype="image/png") if isinstance(explained, bytes) else jsonify(explained)

    @routes.post("/photo")
    def photo() -> Response:
        picture = read_picture()
        check_shape(picture)
        return jsonify(context.workers.run(lambda: _find(picture), PHOTO_SECONDS))

    return routes


def _find(picture: bytes) -> dict[str, Any]:
    """Look for thumbnails in a photo: its size, upright, and what was found in it. Raises ImageError."""
    from backend.data.images import decode
    from backend.photo.find import find_thumbnails

    pixels = decode(picture)
    height, width = pixels.shape[:2]
    return {"size": [width, height], "found": [_place(found) for found in find_thumbnails(pixels)]}


def _place(found: Found) -> dict[str, Any]:
    return {"quad": found.quad.round(1).tolist(), "score": round(found.score, 3)}


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
