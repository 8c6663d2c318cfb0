"""Pictures of every format, damaged at random: pixels or a line of why not, soon, from decoding and the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from flask.testing import FlaskClient
from hostile import harmful_pictures, mutated, whole_pictures
from memory import growth_mb
from serving import quick_app
from time_limit import within

from backend.data.images import decode
from backend.data.picture_headers import MAX_PIXELS
from backend.models.run import Run
from backend.utils.errors import ImageError

EVERY = 5000
SEED = 8
SECONDS = 20  # for one picture, on a machine with other things to do
GROWTH_MB = 16.0
QUESTIONS = ("/predict", "/saliency", "/photo")


def outcome(picture: bytes) -> str:
    """Decode a picture; returns in a word what came of it."""
    try:
        with within(SECONDS, f"decoding {picture[:60].hex()}"):
            pixels = decode(picture)
    except ImageError as error:
        assert str(error).startswith("picture: ")
        assert str(error).isprintable(), "one line"
        return str(error).split(" ")[1]
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert 0 < pixels.shape[0] * pixels.shape[1] <= MAX_PIXELS
    return "pixels"


def test_whole_pictures_have_pixels() -> None:
    assert {outcome(picture) for picture in whole_pictures()} == {"pixels"}


def test_what_was_made_to_do_harm_has_pixels_or_a_reason() -> None:
    for picture in harmful_pictures():
        outcome(picture)


def test_damaged_pictures_have_pixels_or_a_reason(cases: Callable[[int, int], range]) -> None:
    seeds = cases(500, EVERY)
    pictures, seen = mutated(len(seeds), SEED), Counter[str]()

    def work() -> None:
        seen[outcome(next(pictures))] += 1

    assert growth_mb(work, len(seeds)) < GROWTH_MB
    assert seen.total() == len(seeds)
    assert {"pixels", "damaged", "not"} <= set(seen), seen


def test_damaged_pictures_that_are_sent_are_answered_or_refused(
    style_run: Run, cases: Callable[[int, int], range]
) -> None:
    client, seen = quick_app(style_run).test_client(), Counter[int]()
    seeds = cases(100, EVERY)
    for number, picture in zip(seeds, mutated(len(seeds), SEED + 1), strict=True):
        seen[send(client, QUESTIONS[number % len(QUESTIONS)], picture)] += 1
    assert {200, 415, 422} <= set(seen) <= {200, 400, 415, 422}, seen


def send(client: FlaskClient, address: str, picture: bytes) -> int:
    """Send a picture; returns the status of the answer, which is a refusal in one line where it is no answer."""
    with within(SECONDS, f"{address} of {picture[:60].hex()}"):
        response = client.post(address, data=picture)
    if response.status_code != 200:
        assert response.get_json()["error"]["message"].isprintable()
    return int(response.status_code)
