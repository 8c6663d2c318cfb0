"""What may be sent to the local server, and how much at once."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from helpers import draw, encode
from memory import resident_mb
from PIL import Image
from serving import PICTURE, HeldModel, ask, message_of, on_socket, quick_app, write_model

from backend.models.run import Run
from backend.server.app import create_app
from backend.server.upload import MAX_BYTES
from backend.server.workers import Workers

GROWTH = 30.0  # MB


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("converted"))


@pytest.fixture(scope="module")
def app(style_run: Run, model_folder: Path) -> Flask:
    return quick_app(style_run, model_folder=model_folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", ["/predict", "/saliency", "/photo"])
def test_more_than_8_mb_is_refused(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=PICTURE + bytes(MAX_BYTES - len(PICTURE))).status_code == 200
    wrong = client.post(path, data=PICTURE + bytes(MAX_BYTES - len(PICTURE) + 1))
    assert message_of(wrong, 413).endswith("send at most 8 MB: a thumbnail is far smaller")
    form = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n%b\r\n--x--\r\n'
    kind = "multipart/form-data; boundary=x"
    assert client.post(path, data=form % (PICTURE + bytes(2_000_000)), content_type=kind).status_code == 200
    assert message_of(client.post(path, data=form % bytes(MAX_BYTES), content_type=kind), 413)


@pytest.mark.parametrize("excess", [1, 40_000_000])
def test_too_large_a_body_is_an_answer_on_the_socket_too(app: Flask, excess: int) -> None:
    """Waitress refuses the larger one by its Content-Length, before it is sent."""
    with on_socket(app) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        size = MAX_BYTES + excess
        head = (
            f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode() + (bytes(size) if excess == 1 else b""))
        with connection.makefile("rb") as answered:
            answer = answered.read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/json" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["status"] == 413


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"GIF89a" + bytes(50), "image/gif"),
        (encode(draw("moss", 1), "GIF"), None),
        (encode(draw("moss", 1), "BMP"), "image/png"),
        (encode(draw("moss", 1), "TIFF"), None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<html>", "text/html"),
        (b'{"url": "https://i.ytimg.com/vi/x/hqdefault.jpg"}', "application/json"),
        (b"url=https%3A%2F%2Fi.ytimg.com%2F", "application/x-www-form-urlencoded"),
        (b"https://i.ytimg.com/vi/x/hqdefault.jpg", "text/plain"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
    ],
)
def test_only_jpeg_png_and_webp_are_taken(client: FlaskClient, body: bytes, kind: str | None) -> None:
    for path in ("/predict", "/photo"):
        assert "send" in message_of(client.post(path, data=body, content_type=kind), 415)


def test_an_empty_body_is_no_picture(client: FlaskClient) -> None:
    assert message_of(client.post("/predict"), 400).startswith("no picture was sent; ")


def test_damaged_and_oversized_pictures_say_so(client: FlaskClient) -> None:
    assert "damaged picture" in message_of(client.post("/predict", data=PICTURE[:-200]), 422)
    huge = encode(Image.new("1", (20_000, 2_001)))
    for path in ("/predict", "/photo"):
        assert "20000x2001 pixels, over the 40,000,000 allowed" in message_of(client.post(path, data=huge), 422)


def test_a_jpeg_of_very_many_scans_is_not_decoded(client: FlaskClient) -> None:
    """Each scan goes over the whole picture again: a few bytes that cost minutes."""
    scans = encode(draw("moss", 1), "JPEG", progressive=True)
    start = scans.rindex(b"\xff\xda")
    bomb = scans[:-2] + scans[start:-2] * 100 + scans[-2:]
    assert "scans" in message_of(client.post("/predict", data=bomb), 422)
    film = b"\xff\xda" * 100  # behind the end of a motion photo
    assert client.post("/predict", data=scans + film).status_code == 200


def test_more_than_the_places_are_told_to_come_back_and_then_are_served(style_run: Run) -> None:
    model = HeldModel()
    app = quick_app(style_run, model=model, workers=Workers(running=1, waiting=2))
    with ThreadPoolExecutor(3) as pool:
        held = [pool.submit(lambda: app.test_client().post("/predict", data=PICTURE).status_code) for _ in range(3)]
        assert model.begun.acquire(timeout=30)
        full = app.test_client().post("/predict", data=PICTURE)
        while full.status_code != 429:  # until all three have their places
            full = app.test_client().post("/saliency", data=PICTURE)
        assert message_of(full, 429) == "3 requests are being worked on already; ask again in a second"
        assert full.headers["Retry-After"] == "1"
        assert app.test_client().get("/health").status_code == 200
        model.let_go.set()
        assert [future.result(30) for future in held] == [200, 200, 200]
    assert app.test_client().post("/predict", data=PICTURE).status_code == 200


def test_what_takes_too_long_is_given_up_but_keeps_its_place_until_it_ends(
    style_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.server.api.SECONDS", 0.05)
    model, workers = HeldModel(), Workers(running=1, waiting=1)
    client = quick_app(style_run, model=model, workers=workers).test_client()
    slow = client.post("/predict", data=PICTURE)
    assert message_of(slow, 503) == "not done after 0.05 s; send a smaller picture, or ask again"
    assert slow.headers["Retry-After"] == "5"
    waited = client.post("/predict", data=PICTURE)
    assert message_of(waited, 503) == "still waiting after 0.05 s; ask again when less is going on"
    model.let_go.set()
    assert workers.run(lambda: "free", 30) == "free"


def test_a_photo_is_given_up_too(style_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.server.api.PHOTO_SECONDS", 0.05)
    begun = threading.Event()

    def find(pixels: object) -> list[object]:
        begun.wait(30)
        return []

    monkeypatch.setattr("backend.photo.find.find_thumbnails", find)
    slow = quick_app(style_run).test_client().post("/photo", data=PICTURE)
    begun.set()
    assert message_of(slow, 503) == "not done after 0.05 s; send a smaller picture, or ask again"


@pytest.mark.slow
def test_sixteen_at_once_get_answers_or_are_told_to_come_back(app: Flask, model_folder: Path) -> None:
    """3200 requests over the socket: nothing but 200 and 429, and every answer the right one's."""
    picture = encode(draw("ember", 1), "PNG")
    metadata = (model_folder / "metadata.json").read_bytes()

    def asker(port: int, number: int) -> Counter[int]:
        seen: Counter[int] = Counter()
        for turn in range(200):
            if (number + turn) % 4:
                reply = ask(port, "POST", f"/predict?{number}", picture)
                assert reply.status != 200 or reply.json["channel"] == "ember"
                assert reply.status != 429 or reply.headers["retry-after"] == "1"
            else:
                reply = ask(port, "GET", "/model/metadata.json")
                assert reply.body == metadata
            seen[reply.status] += 1
        return seen

    with on_socket(app) as port, ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(asker, port, number) for number in range(16)]
        total = sum((future.result() for future in futures), Counter[int]())
    assert total.total() == 3200
    assert set(total) <= {200, 429}
    assert total[200] > 800 + 100  # the quick answers, and more than a few of the heavy ones


@pytest.mark.slow
def test_two_hundred_requests_at_once_leave_no_memory_behind(style_run: Run) -> None:
    """The run's own network, sixteen at a time: nothing but 200 and 429, and memory stays as after the first round."""
    picture = encode(draw("ember", 1, (320, 180)), "JPEG")

    def round_of(port: int) -> Counter[int]:
        with ThreadPoolExecutor(16) as pool:
            paths = ["/predict", "/saliency"] * 100
            return Counter(reply.status for reply in pool.map(lambda path: ask(port, "POST", path, picture), paths))

    held, total = [], Counter[int]()
    with on_socket(create_app(style_run)) as port:
        for _ in range(4):  # the second still warms up what each thread keeps for itself
            total += round_of(port)
            held.append(resident_mb())
    assert total.total() == 800 and set(total) <= {200, 429} and total[200] >= 4 * 8
    assert held[-1] - held[1] < GROWTH, held
