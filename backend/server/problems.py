"""What goes wrong in a request, as JSON: `{"error": {"status", "kind", "message"}}`, whatever was asked for."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from backend.utils.errors import ImageError, ThumbprintError

NEXT_STEPS = {
    404: "GET /openapi.json lists what there is",
    405: "GET /openapi.json lists what each address takes",
    413: "send at most 8 MB: a thumbnail is far smaller",
}


class Problem(Exception):
    """A request that cannot be answered: its status, and a message that names the value and the next step.

    retry_after: seconds after which the same request may succeed.
    """

    def __init__(self, status: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return what is sent for an error; `kind` is the name of the status, in words joined by hyphens."""
    kind = HTTPStatus(status).phrase.lower().replace(" ", "-")
    return {"error": {"status": status, "kind": kind, "message": message}}


def register_error_handlers(app: Flask) -> None:
    """Make an application answer every error as JSON."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(ThumbprintError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)


def _respond(status: int, message: str) -> Response:
    response = jsonify(error_body(status, message))
    response.status_code = status
    return response


def _problem(problem: Problem) -> Response:
    response = _respond(problem.status, str(problem))
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _domain_error(error: ThumbprintError) -> Response:
    if isinstance(error, ImageError):
        return _respond(422, f"{error}; send a whole JPEG, PNG or WebP picture of at most 40 megapixels")
    return _respond(503, str(error))


def _http_error(error: HTTPException) -> Response:
    status = error.code if error.code is not None and error.code >= 400 else 500
    step = NEXT_STEPS.get(status) or error.description or "GET /openapi.json says how to ask"
    response = _respond(status, f"{request.method} {request.path}: {HTTPStatus(status).phrase.lower()}; {step}")
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    from flask import current_app

    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    step = "the server's terminal says what happened"
    return _respond(500, f"{request.method} {request.path}: failed unexpectedly; {step}")
