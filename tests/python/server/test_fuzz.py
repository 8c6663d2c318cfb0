"""The server against pictures that are damaged at random, or made to do harm: an answer or an error, and soon.

THUMBPRINT_FUZZ is the number of pictures, 5000 for a thorough run; THUMBPRINT_FUZZ_SEED draws other ones.
"""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest
from flask.testing import FlaskClient
from hostile import harmful_pictures, mutated, whole_pictures
from memory import growth_mb

from backend.models.run import Run
from backend.server.app import create_app

# Pillow warns of odd EXIF in pictures that decode well; the command line does not show it.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning:PIL")]
PICTURES = int(os.environ.get("THUMBPRINT_FUZZ", "200"))
SEED = int(os.environ.get("THUMBPRINT_FUZZ_SEED", "0"))
SECONDS = 5.0  # of work; on a machine with other things to do, the answer may take longer
GROWTH_MB = 16.0  # of 200 pictures, or of thousands: 80 kB of each of 200 would be more
ANSWERS = {200, 400, 413, 415, 422}
QUESTIONS = ("/predict", "/saliency", "/photo")


@pytest.fixture(scope="module")
def client(style_run: Run) -> FlaskClient:
    """A client of the run's own network."""
    return create_app(style_run).test_client()


def ask(client: FlaskClient, address: str, picture: bytes) -> int:
    """Send a picture; returns the status of an answer that is as it should be."""
    began, worked = time.perf_counter(), time.process_time()
    response = client.post(address, data=picture)
    seconds, waited = time.process_time() - worked, time.perf_counter() - began
    assert response.status_code in ANSWERS, (address, response.data[:300], picture[:60].hex())
    assert seconds < SECONDS and waited < 12 * SECONDS, (address, seconds, waited, picture[:60].hex())
    if response.status_code != 200:
        assert response.get_json()["error"]["message"]
    return response.status_code


def test_whole_pictures_of_every_kind_are_answered(client: FlaskClient) -> None:
    assert {ask(client, address, picture) for picture in whole_pictures() for address in QUESTIONS} == {200}


def test_pictures_made_to_do_harm_are_answered_or_refused_soon(client: FlaskClient) -> None:
    for picture in harmful_pictures():
        for address in QUESTIONS:
            ask(client, address, picture)


def test_damaged_pictures_are_answered_or_refused_soon_and_leave_nothing_behind(client: FlaskClient) -> None:
    pictures, seen = enumerate(mutated(PICTURES, SEED)), Counter[int]()

    def send() -> None:
        number, picture = next(pictures)
        seen[ask(client, QUESTIONS[number % len(QUESTIONS)], picture)] += 1

    assert growth_mb(send, PICTURES) < GROWTH_MB
    assert seen.total() == PICTURES
    # Damage of each depth was tried: what still decodes, what does not, and what is no picture any more.
    assert {200, 415, 422} <= set(seen)


def test_growth_is_noticed() -> None:
    """A decoded picture of 160x90 pixels, kept of every request, is more than is allowed; what is let go is not."""
    kept: list[bytes] = []
    assert growth_mb(lambda: kept.append(b"\x01" * 160 * 90 * 3), 600) > GROWTH_MB
    assert growth_mb(lambda: b"\x01" * 160 * 90 * 3, 600) < GROWTH_MB
