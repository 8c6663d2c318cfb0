"""What the tests of the local server share: quick stand-ins for the network, and the server on a real socket."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from helpers import draw, encode
from waitress import wasyncore
from werkzeug.test import TestResponse

from backend.data.images import decode
from backend.explain.heatmap import Heatmap
from backend.models.predictor import Answer
from backend.models.run import Run
from backend.server.app import create_app
from backend.server.wsgi import HOST, listen
from backend.utils.errors import ImageError

PAGE = Path(__file__).resolve().parents[3] / "extension" / "src" / "try"  # unbuilt, but a page with parts
CHROME = f"chrome-extension://{'abcdefgh' * 4}"
PICTURE = encode(draw("ember", 900), "JPEG", quality=90)
EVIL = "<script>alert(1)</script>"


class QuickModel:
    """Decodes the picture as the model does, and then knows the answer."""

    def __init__(self, run: Run) -> None:
        self.names = [channel.name for channel in run.channels]

    def answer(self, picture: Path | bytes) -> Answer:
        decode(picture)
        share = 0.8 / len(self.names)
        return Answer(self.names[0], True, share, dict.fromkeys(self.names, share), 0.2)


class QuickExplainer:
    """Finds everything in the left half."""

    def __init__(self, run: Run) -> None:
        self.names = [channel.name for channel in run.channels]

    def explain(self, picture: Path | bytes, method: str = "gradcam", channel: str | None = None) -> Heatmap:
        height, width = decode(picture).shape[:2]
        grid = np.zeros((8, 14), np.float32)
        grid[:, :7] = 1
        return Heatmap(channel or self.names[0], method, grid, (0, 0, width, height), (width, height), 1.5)


class BrokenModel:
    """Raises what it is told to."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def answer(self, picture: Path | bytes) -> Answer:
        raise self.error


class HeldModel:
    """Answers once it is let go; `begun` counts the pictures that it holds."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()

    def answer(self, picture: Path | bytes) -> Answer:
        self.begun.release()
        if not self.let_go.wait(30):
            raise ImageError("nobody let it go")
        return Answer("ember", True, 1.0, {"ember": 1.0}, None)


@dataclass(frozen=True)
class Reply:
    """What came back over the socket."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def on_socket(app: Flask, host: str = HOST) -> Iterator[int]:
    """Serve on a free port as `serve` does; yields the port."""
    with running(app, host) as server:
        yield int(server.effective_port)


@contextmanager
def running(app: Flask, host: str = HOST) -> Iterator[Any]:
    """Serve on a free port as `serve` does; yields waitress' server."""
    server, stop = listen(app, 0, host), threading.Event()

    def loop() -> None:
        while not stop.is_set():
            wasyncore.loop(0.05, map=server._map, count=1)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(server._map)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def ask(port: int, method: str, path: str, body: bytes | None = None, host: str = HOST, **headers: str) -> Reply:
    """Ask once, on a connection of its own; `_` in a header's name stands for `-`."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


def write_model(folder: Path, weights: bytes = bytes(range(256))) -> Path:
    """Write a converted model as far as the server knows one, and a file beside it that is not the model's."""
    graph = {"modelTopology": {}, "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": []}]}
    files = {"model.json": json.dumps(graph).encode(), "group1-shard1of1.bin": weights}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (folder / "metadata.json").write_text(json.dumps({"version": "1", "files": sums}), encoding="utf-8")
    (folder / "secret.json").write_text("{}", encoding="utf-8")
    return folder


def quick_app(run: Run, **options: Any) -> Flask:
    """Return the application of a run, with the stand-ins for its network."""
    made: dict[str, Any] = {"model": QuickModel(run), "explainer": QuickExplainer(run), "page_folder": PAGE}
    return create_app(run, **{**made, **options})


def message_of(response: TestResponse, status: int) -> str:
    """Check an error's form and headers, and return its message."""
    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    error = response.get_json()["error"]
    assert error["status"] == status
    assert re.fullmatch("[a-z-]+", error["kind"])
    return str(error["message"])
