"""Converted models that want to hurt the server: every route answers, and nothing outside their folder is served."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_models import FILES, SECRET, SPARSE, hostile_model
from serving import PICTURE, quick_app

from backend.models.run import Run

pytestmark = pytest.mark.slow

PAGES = ("/", "/try", "/try/try.css", "/openapi.json")
OF_THE_RUN = ("/report", "/report.json", "/figures/confusion.svg", "/images/0123456789abcdef")
SLOW = 20.0  # seconds, also of a busy machine: an answer takes milliseconds


def test_hostile_models_are_answered_without_a_fault(
    style_run: Run, tmp_path: Path, cases: Callable[[int, int], range], caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "place"
    client = quick_app(style_run, model_folder=place / "model").test_client()
    asked, slowest = 0, 0.0
    with caplog.at_level(logging.WARNING):
        for seed in cases(40, 500):
            place.mkdir()
            folder = hostile_model(place, seed)
            names = {*FILES, *os.listdir(folder), "secret", "..%2fsecret", "way%2fsecret", "x" * 300}
            for path in ("/health", *(f"/model/{name}" for name in sorted(names)), *PAGES):
                began = time.monotonic()
                response = client.get(path)
                slowest = max(slowest, time.monotonic() - began)
                asked += 1
                assert response.status_code in (200, 404, 503), (seed, path, response.status_code)
                assert response.status_code == 200 or response.get_json()["error"]["message"], (seed, path)
                assert SECRET not in response.data and len(response.data) < SPARSE, (seed, path)
            assert client.get("/health").status_code == client.post("/predict", data=PICTURE).status_code == 200
            assert seed or {client.get(path).status_code for path in OF_THE_RUN} == {200, 404}  # no file of a model's
            shutil.rmtree(place)
    print(f"\nHostile models: {asked} answers, the slowest in {1000 * slowest:.0f} ms")
    assert slowest < SLOW
    assert not caplog.records
