"""The description of the local server is true: every route, and every answer to what Schemathesis asks because of it.

THUMBPRINT_SCHEMATHESIS is the number of examples of each operation, 1000 for a thorough run;
THUMBPRINT_SCHEMATHESIS_SEED draws other ones.
"""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from helpers import KNOWN
from hostile import mutated, whole_pictures
from hypothesis import strategies as st
from schemathesis import BaseSchema, Case, Response
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from serving import PICTURE, BrokenModel, on_socket, quick_app, write_model
from serving import ask as served

from backend import __version__
from backend.data.dataset import Dataset
from backend.models.predictor import Answer
from backend.models.run import Run
from backend.photo.find import MOST
from backend.report.charts.figures import FIGURES
from backend.server import try_page
from backend.server.api import METHODS
from backend.server.context import ID_LENGTH
from backend.server.upload import FORM, MAX_BYTES, TYPES
from backend.server.workers import Workers
from backend.server.wsgi import HOST
from backend.training.report_data import ReportInputs
from backend.utils.errors import RunError

# Pillow warns of odd EXIF in pictures that decode well; the command line does not show it.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning:PIL")]
EXAMPLES = int(os.environ.get("THUMBPRINT_SCHEMATHESIS", "15"))
SEED = int(os.environ.get("THUMBPRINT_SCHEMATHESIS_SEED", "0"))
SECONDS = 5.0

for kind in TYPES:  # what is described as a picture is one
    schemathesis.openapi.media_type(kind, st.sampled_from(whole_pictures()))


def describe(port: int, pictures: list[str]) -> BaseSchema:
    """Load the description from a server; pictures: what there is under /images."""
    address = f"http://{HOST}:{port}"
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "base-url": address,
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "phases": {
                "examples": {"fill-missing": True},
                "coverage": {"generate-duplicate-query-parameters": True},
            },
            "checks": {"max_response_time": SECONDS},
            "dictionaries": {"pictures": {"values": pictures}},
            "operations": [
                {"include-path": "/images/{id}", "parameters": {"path.id": {"dictionary": "pictures"}}},
                # Which channels there are depends on the run: of a name that is none of them, the answer is 400.
                {
                    "include-path": "/saliency",
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400"]}},
                },
            ],
        }
    )
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
    schema.location = None  # it would leave out the address that the description came from
    return schema


@pytest.fixture(scope="module")
def app(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return quick_app(style_run, model_folder=write_model(tmp_path_factory.mktemp("converted")))


@pytest.fixture(scope="module")
def pictures(data: Dataset) -> list[str]:
    return [picture.sha256 for picture in data.pictures if picture.channel in KNOWN]


@pytest.fixture(scope="module")
def described(app: Flask, pictures: list[str]) -> Iterator[BaseSchema]:
    with on_socket(app) as port:
        assert served(port, "GET", "/report").status == 200  # the first to ask for it waits until it is drawn
        yield describe(port, pictures)


@pytest.fixture
def succeeded(described: BaseSchema) -> Iterator[Counter[str]]:
    """Counts successes by operation, and wants some of each."""
    counts: Counter[str] = Counter()
    yield counts
    assert set(counts) == {operation.label for operation in operations(described)}


def operations(schema: BaseSchema) -> list[Any]:
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def ask(operation: Any, **given: Any) -> int:
    """Ask once, with a picture where one is wanted, and check the answer; returns its status."""
    wanted = {"body": PICTURE, "media_type": TYPES[0]} if operation.method == "post" else {}
    names = {"name": FIGURES[0], "id": "0" * 16}
    case = operation.Case(path_parameters=names, **{**wanted, **given})
    # That a request should have been taken, or not, is for who makes it to say.
    checked = case.call_and_validate(excluded_checks=[positive_data_acceptance, negative_data_rejection])
    return int(checked.status_code)


schema = schemathesis.pytest.from_fixture("described")


def test_the_description_has_every_route_and_no_other(app: Flask, described: BaseSchema) -> None:
    names = {"<name>": "{name}", "<identity>": "{id}"}
    routes = {
        f"{method} {re.sub('<.*?>', lambda name: names[name[0]], rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {operation.label for operation in operations(described)}


def test_the_description_has_the_bounds_and_choices_of_the_server(described: BaseSchema) -> None:
    schemas, responses = (described.raw_schema["components"][part] for part in ("schemas", "responses"))
    assert described.raw_schema["info"]["version"] == __version__
    assert tuple(schemas["Method"]["enum"]) == METHODS and schemas["Method"]["default"] == METHODS[0]
    assert schemas["Photo"]["properties"]["found"]["maxItems"] == MOST
    assert responses["Large"]["description"] == f"More than {MAX_BYTES >> 20} MB."
    kinds = described.raw_schema["components"]["requestBodies"]["Picture"]["content"]
    assert (*TYPES, FORM) == tuple(kinds)
    identity = described.raw_schema["paths"]["/images/{id}"]["get"]["parameters"][0]["schema"]
    assert identity["pattern"] == f"^[0-9a-f]{{{ID_LENGTH},64}}$"
    page = described.raw_schema["paths"]["/try/{name}"]["get"]["responses"]["200"]["content"]
    assert set(page) == set(try_page.TYPES.values())


@schema.parametrize()
def test_every_answer_is_one_that_the_description_has(case: Case[Any], succeeded: Counter[str]) -> None:
    """Examples, edge cases and random requests, right and wrong ones, other methods; all of Schemathesis' checks."""
    for accepted in case.operation.definition.raw["responses"]["200"]["content"]:
        response = case.call_and_validate(headers={"Accept": accepted})
        if response.status_code == 200:
            succeeded[case.operation.label] += 1


@pytest.mark.parametrize("path", ["/predict", "/saliency", "/photo"])
def test_so_is_every_answer_to_what_is_no_whole_picture(described: BaseSchema, path: str) -> None:
    bodies = [b"", b"GIF89a", PICTURE + bytes(MAX_BYTES), *mutated(EXAMPLES, SEED)]
    seen = {
        ask(described[path]["POST"], body=body, media_type=kind) for body in bodies for kind in (*TYPES, "text/html")
    }
    assert seen == {200, 400, 413, 415, 422}  # some of it still decodes


def test_so_are_answers_to_what_answers_lead_to(described: BaseSchema) -> None:
    """The channel of an answer can be asked about, with the same picture."""
    machine: Any = described.as_state_machine()
    led: Counter[tuple[str, int]] = Counter()

    class Linked(machine):  # type: ignore[misc]
        def validate_response(self, response: Response, case: Case[Any], **options: Any) -> None:
            led[case.operation.label, response.status_code] += 1
            # Bytes of a picture that a link hands on count as data against the description.
            case.validate_response(response, excluded_checks=[negative_data_rejection])

    settings = hypothesis.settings(machine.TestCase.settings, max_examples=EXAMPLES, derandomize=True, database=None)
    Linked.run(settings=settings)
    assert led["POST /predict", 200] and led["POST /saliency", 200]


def test_so_is_every_refusal(described: BaseSchema) -> None:
    foreign = {"Origin": "https://foreign.example"}
    assert {ask(operation, headers=foreign) for operation in operations(described)} == {403}


def test_so_is_being_told_to_come_back(style_run: Run) -> None:
    workers, begun, let_go = Workers(running=1, waiting=0), threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return let_go.wait(30)

    app = quick_app(style_run, workers=workers)
    with on_socket(app) as port, ThreadPoolExecutor(1) as pool:
        try:
            held = pool.submit(workers.run, hold, 30)
            assert begun.wait(30)
            found = {operation.label: ask(operation) for operation in operations(describe(port, ["none"]))}
        finally:
            let_go.set()
        assert held.result(30)
    full = {label for label, status in found.items() if status == 429}
    assert full == {
        "POST /predict",
        "POST /saliency",
        "POST /photo",
        "GET /report",
        "GET /report.json",
        "GET /figures/{name}.svg",
    }


def test_so_is_what_goes_wrong_inside(style_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(run: Run, inputs: ReportInputs) -> None:
        raise RunError("run: damaged; train again")

    monkeypatch.setattr("backend.report.build.build", build)
    with on_socket(quick_app(style_run, model=BrokenModel(RunError("run: damaged; train again")))) as port:
        schema = describe(port, ["none"])
        # That the server is at fault is described too.
        schema.config.checks.not_a_server_error.expected_statuses = ["503"]
        for path in ("/report", "/report.json", "/figures/{name}.svg"):
            assert ask(schema[path]["GET"]) == 503
        assert ask(schema["/predict"]["POST"]) == 503


def test_an_answer_that_is_none_of_the_description_is_noticed(style_run: Run) -> None:
    class Boaster:
        def answer(self, picture: Path | bytes) -> Answer:
            return Answer("ember", True, 1.5, {"ember": 1.5}, None)

    with on_socket(quick_app(style_run, model=Boaster())) as port:
        operation = describe(port, ["none"])["/predict"]["POST"]
        with pytest.raises(FailureGroup) as raised:
            ask(operation)
    assert "1.5 is greater than the maximum of 1" in str(raised.value)
