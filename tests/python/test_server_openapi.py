"""The description of the local server is true: every route, every answer to right and wrong requests."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from helpers import KNOWN
from serving import PICTURE, quick_app, write_model

from backend.dataset import Dataset
from backend.report import FIGURES
from backend.run import Run
from backend.serving.openapi import openapi
from backend.serving.upload import MAX_BYTES


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("converted"))


@pytest.fixture(scope="module")
def app(style_run: Run, model_folder: Path) -> Flask:
    return quick_app(style_run, model_folder=model_folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_description_has_every_route_and_no_other(app: Flask, client: FlaskClient) -> None:
    routes = {
        (re.sub(r"<(?:identity)>", "{id}", re.sub(r"<name>", "{name}", rule.rule)), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = client.get("/openapi.json").get_json()
    assert described == openapi()
    assert routes == {(path, method) for path, item in described["paths"].items() for method in item}


def _matches(value: Any, schema: dict[str, Any]) -> bool:
    """Check a value against as much of JSON Schema as the description uses."""
    if "$ref" in schema:
        return _matches(value, openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    of_kind = {
        "null": value is None,
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
    }
    if not any(of_kind[kind] for kind in kinds) or value not in schema.get("enum", [value]):
        return False
    if isinstance(value, list):
        fits = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return fits and all(_matches(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        named = all(_matches(value[name], part) for name, part in known.items() if name in value)
        rest = [item for name, item in value.items() if name not in known]
        allowed = others is True or not rest if isinstance(others, bool) else all(_matches(i, others) for i in rest)
        return named and allowed and set(schema.get("required", ())) <= set(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


Asked = tuple[str, str, str, dict[str, Any]]  # path as described, method, address, options of the test client


def _addresses(path: str, data: Dataset) -> list[str]:
    """Fill in the parameters of a path: rightly first, then wrongly."""
    right = {"/assets/{name}": "home.css", "/model/{name}": "model.json", "/figures/{name}.svg": FIGURES[0]}
    fillings = [right.get(path, data.pictures[0].sha256), "wrong", "%00%ff"]
    return list(dict.fromkeys(re.sub(r"\{\w+\}", filling, path) for filling in fillings))


def _queries(operation: dict[str, Any]) -> list[dict[str, str]]:
    made: list[dict[str, str]] = [{}, {"surplus": "1"}]
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            values = [*parameter["schema"].get("enum", KNOWN), "", "wrong", "\x00", "é" * 500]
            made += [{parameter["name"]: value} for value in values]
    return made


def _requests(data: Dataset) -> Iterator[Asked]:
    """Make requests of every described operation: right ones, and wrong in each way that its description allows."""
    bodies = [PICTURE, b"", b"GIF89a", PICTURE[:400], bytes(MAX_BYTES + 1)]
    for path, item in openapi()["paths"].items():
        addresses = _addresses(path, data)
        for method, operation in item.items():
            sent: dict[str, Any] = {"data": PICTURE} if method == "post" else {}
            accepted = [*operation["responses"]["200"]["content"], "*/*", "text/nothing"]
            for address, query, kind in itertools.product(addresses, _queries(operation), accepted):
                yield path, method, address, {**sent, "query_string": query, "headers": {"Accept": kind}}
            for body, kind in itertools.product(
                bodies, [*operation.get("requestBody", {}).get("content", {}), "text/x"]
            ):
                if method == "post":
                    yield path, method, path, {"data": body, "content_type": kind}
            yield path, method, addresses[0], {"headers": {"Origin": "https://foreign.example"}}


def test_every_answer_is_one_that_the_description_has(client: FlaskClient, data: Dataset) -> None:
    seen: set[tuple[str, str]] = set()
    for path, method, address, options in _requests(data):
        response = client.open(address, method=method.upper(), **options)
        status = str(response.status_code)
        described = openapi()["paths"][path][method]["responses"]
        assert status in described, (method, address, options, response.data[:200])
        assert response.mimetype in described[status]["content"], (address, status)
        if response.mimetype == "application/json":
            schema = described[status]["content"][response.mimetype]["schema"]
            assert _matches(response.get_json(), schema), (address, response.data[:200])
        seen.add((path, status))
    assert {path for path, status in seen if status == "200"} == set(openapi()["paths"])
    assert {status for _, status in seen} == {"200", "400", "403", "404", "413", "415", "422"}


def test_the_description_is_checked_by_a_check_that_refuses() -> None:
    heat = {"channel": "a", "method": "gradcam", "grid": [[0.5]], "box": [0, 0, 1, 1], "size": [1, 1]}
    reference = {"$ref": "#/components/schemas/Heat"}
    assert _matches(heat, reference)
    wrong: list[dict[str, Any]] = [{"method": "x"}, {"grid": [[2.0]]}, {"box": [1]}, {"size": [1.5, 1]}, {"more": 1}]
    assert not [change for change in wrong if _matches({**heat, **change}, reference)]
    assert not _matches({"channel": "a"}, reference)
