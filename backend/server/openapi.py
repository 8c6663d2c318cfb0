"""The description of every route, for programs: GET /openapi.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from backend import __version__
from backend.server import model_files, try_page
from backend.server.api import METHODS
from backend.server.context import ID_LENGTH
from backend.server.upload import FIELD, FORM, MAX_BYTES, PARTS, PICTURE_TYPES, TYPES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
BINARY: Schema = {"type": "string", "format": "binary"}
ANYTHING: Schema = {"type": "object"}
PART_SCHEMAS = {"image/png": BINARY, "application/wasm": BINARY, "application/manifest+json": ANYTHING}

ASSET_TYPES = ("text/css", "text/javascript", "image/svg+xml")

REFUSALS = {"403": "Host or Origin may not ask for this; with `serve --lan`, also who is not let in."}
UPLOADS = {
    "400": f"No picture, a form of over {PARTS} parts, or a parameter that is given twice or not one of its values.",
    "413": f"More than {MAX_BYTES} bytes.",
    "415": "Not a JPEG, PNG or WebP picture.",
    "422": "A damaged picture, one of over 40 megapixels, or one that cannot be drawn.",
    "429": "Too many at once: ask again after Retry-After seconds.",
    "503": "Not done in time: ask again after Retry-After seconds.",
}
SECONDS = {"required": True, "schema": {"type": "integer", "minimum": 1}}
HEADERS = {"429": {"Retry-After": SECONDS}, "503": {"Retry-After": {**SECONDS, "required": False}}}
UNBUILT = {"503": "The page is not built; the message says how."}
REPORTS = {"429": UPLOADS["429"], "503": "The report cannot be made of this run; the message says why."}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Schema, size: int | None = None) -> Schema:
    return {"type": "array", "items": items} | ({} if size is None else {"minItems": size, "maxItems": size})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Schema] = {
    "Error": _object({"error": _object({"status": {"type": "integer"}, "kind": TEXT, "message": TEXT})}),
    "Run": _object(
        {
            "name": TEXT,
            "created": TEXT,
            "recipe": TEXT,
            "demo": FLAG,
            "threshold": MAYBE_NUMBER,
            "channels": _list(_object({"name": TEXT, "display_name": TEXT})),
        }
    ),
    "Health": _object({"ok": FLAG, "version": TEXT, "run": _ref("Run"), "model": FLAG}),
    "Answer": _object(
        {
            "channel": TEXT,
            "known": FLAG,
            "probability": SHARE,
            "probabilities": {"type": "object", "additionalProperties": SHARE},
            "unknown": MAYBE_NUMBER,
            "threshold": MAYBE_NUMBER,
        }
    ),
    "Heat": _object(
        {
            "channel": TEXT,
            "method": {"type": "string", "enum": list(METHODS)},
            "grid": _list(_list(SHARE)),
            "box": _list({"type": "integer"}, 4),
            "size": _list({"type": "integer"}, 2),
        }
    ),
}


@dataclass(frozen=True)
class Names:
    """What can be asked for by name: a run's channels, the parts of the pages, the figures of a report."""

    channels: Sequence[str]
    assets: Sequence[str]
    parts: Sequence[str]
    figures: Sequence[str]


def openapi(names: Names) -> dict[str, Any]:
    """Return the description, in OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Thumbprint", "version": __version__, "description": "A run, served to this machine alone."},
        "paths": {**_page_paths(names), **_answer_paths(names.channels)},
        "components": {"schemas": SCHEMAS},
    }


def _page_paths(names: Names) -> dict[str, Any]:
    missing = {"404": "There is none of that name; the message says what there is."}
    image_id = {"type": "string", "pattern": f"^[0-9a-f]{{{ID_LENGTH},64}}$"}
    file_name = {"type": "string", "pattern": f"^{model_files.NAME.pattern}$", "examples": [model_files.METADATA]}
    return {
        "/": {"get": _get("A page to try a picture on.", {"text/html": TEXT})},
        "/assets/{name}": {
            "get": _get(
                "What that page needs.",
                dict.fromkeys(ASSET_TYPES, TEXT),
                missing,
                _path("name", _one_of(names.assets)),
            )
        },
        "/try": {"get": _get("A page for phones: whose thumbnail is in a photo?", {"text/html": TEXT}, UNBUILT)},
        "/try/{name}": {
            "get": _get(
                "What that page needs.",
                {kind: PART_SCHEMAS.get(kind, TEXT) for kind in try_page.TYPES.values()},
                missing | UNBUILT,
                _path("name", _one_of(names.parts)),
            )
        },
        "/health": {"get": _get("Whether it is there, and what it serves.", {"application/json": _ref("Health")})},
        "/openapi.json": {"get": _get("This description.", {"application/json": ANYTHING})},
        "/report": {"get": _get("The run's report.", {"text/html": TEXT}, REPORTS)},
        "/report.json": {"get": _get("The same in numbers.", {"application/json": ANYTHING}, REPORTS)},
        "/figures/{name}.svg": {
            "get": _get(
                "A figure of the report.",
                {"image/svg+xml": TEXT},
                missing | REPORTS,
                _path("name", _one_of(names.figures)),
            )
        },
        "/images/{id}": {
            "get": _get(
                f"A picture of the run, by the first {ID_LENGTH} or more digits of its SHA-256.",
                dict.fromkeys(PICTURE_TYPES, BINARY),
                {**missing, "503": REPORTS["503"]},
                _path("id", image_id),
            )
        },
        "/model/{name}": {
            "get": _get(
                "metadata.json of the converted model, or a file that it lists.",
                {"application/json": ANYTHING, "application/octet-stream": BINARY},
                {**missing, "503": "The file cannot be read at the moment."},
                _path("name", file_name),
            )
        },
    }


def _answer_paths(channels: Sequence[str]) -> dict[str, Any]:
    chosen = [
        {"name": "method", "in": "query", "schema": {**_one_of(METHODS), "default": METHODS[0]}},
        {
            "name": "channel",
            "in": "query",
            "schema": _one_of(channels),
            "description": "The most probable one by default.",
        },
    ]
    heat = {"image/png": BINARY, "application/json": _ref("Heat")}
    where = _post("saliency", "Where is that seen? A PNG, or the grid of its numbers.", heat, chosen)
    whose = _post("predict", "Whose thumbnail is it?", {"application/json": _ref("Answer")})
    whose["responses"]["200"]["links"] = {
        "saliency": {
            "operationId": "saliency",
            "parameters": {"channel": "$response.body#/channel"},
            "requestBody": "$request.body",
            "description": "Where in the same picture the channel of the answer is seen.",
        }
    }
    return {"/predict": {"post": whose}, "/saliency": {"post": where}}


def _one_of(names: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(names)}


def _path(name: str, schema: Schema) -> list[Schema]:
    return [{"name": name, "in": "path", "required": True, "schema": schema}]


def _get(
    summary: str,
    content: dict[str, Schema],
    errors: Mapping[str, str] = MappingProxyType({}),
    parameters: Sequence[Schema] = (),
) -> dict[str, Any]:
    responses = _responses(summary, content, {**REFUSALS, **errors})
    return {"summary": summary, "parameters": list(parameters), "responses": responses}


def _post(name: str, summary: str, content: dict[str, Schema], parameters: Sequence[Schema] = ()) -> dict[str, Any]:
    form = {
        "schema": {"type": "object", "properties": {FIELD: BINARY}, "required": [FIELD]},
        "encoding": {FIELD: {"contentType": ", ".join(TYPES)}},
    }
    sent = {**{kind: {"schema": BINARY} for kind in TYPES}, FORM: form}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "requestBody": {"required": True, "content": sent},
        "responses": _responses(summary, content, REFUSALS | UPLOADS),
    }


def _responses(summary: str, content: dict[str, Schema], errors: dict[str, str]) -> dict[str, Any]:
    success = {"description": summary, "content": {kind: {"schema": schema} for kind, schema in content.items()}}
    return {"200": success} | {status: _error(status, text) for status, text in errors.items()}


def _error(status: str, text: str) -> dict[str, Any]:
    error = {"description": text, "content": {"application/json": {"schema": _ref("Error")}}}
    return error if status not in HEADERS else {**error, "headers": HEADERS[status]}
