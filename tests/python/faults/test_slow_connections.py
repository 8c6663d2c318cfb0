"""Three hundred connections that keep the server waiting: whoever asks in earnest is answered meanwhile."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from serving import PICTURE, ask, quick_app, running, write_model
from slow import kinds, slow_clients

from backend.models.run import Run
from backend.server import connections
from backend.server.pairing import Pairing

pytestmark = pytest.mark.slow

COUNT = 300
LAN = "127.0.0.3" if sys.platform == "linux" else "127.0.0.1"
LATE = 2.0  # seconds
EVERY = 0.1
SHORT, LONG = (1.5, 4.0), (connections.PATIENCE, 25.0)  # patience, and how long to ask for, in seconds
PARTS = 40
LARGEST = 8_000_000


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted model whose weights fit into no buffer of the system's."""
    return write_model(tmp_path_factory.mktemp("converted"), bytes(LARGEST))


def waits(port: int, host: str, seconds: float, status: int) -> list[float]:
    """Ask again and again, on connections of their own; returns how long each answer took."""
    taken, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        assert ask(port, "GET", "/health", host=host).status == status
        assert ask(port, "POST", "/predict", PICTURE, host).status == status
        taken.append(time.monotonic() - began)
        time.sleep(EVERY)
    return taken


def upload(port: int, host: str, seconds: float) -> bytes:
    """Send a picture in many parts, as over a slow network; returns the beginning of the answer."""
    size = int(1.5 * connections.MIN_RATE * seconds / PARTS)
    body = PICTURE + bytes(size * PARTS - len(PICTURE))
    head = f"POST /predict HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, port), 30) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), size):
            connection.sendall(body[start : start + size])
            time.sleep(seconds / PARTS)
        return connection.recv(100)


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("paired", [False, True])
def test_whoever_asks_in_earnest_is_answered_and_the_slow_are_closed(
    style_run: Run,
    model_folder: Path,
    paired: bool,
    cases: Callable[[int, int], range],
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also over the local network, before any device was let in. With --soak as patient as the server is."""
    patience, seconds = LONG if pytestconfig.getoption("--soak") else SHORT
    monkeypatch.setattr(connections, "PATIENCE", patience)
    host, status = (LAN, 403) if paired else ("127.0.0.1", 200)
    app = quick_app(style_run, model_folder=model_folder, hosts=[host], pairing=Pairing() if paired else None)
    for seed in cases(1, 2):
        with running(app, host) as server, ThreadPoolExecutor(2) as pool:
            port = int(server.effective_port)
            uploading = pool.submit(upload, port, host, seconds)
            with slow_clients(host, port, COUNT, seed):
                taken = waits(port, host, seconds, status)
                assert uploading.result().startswith(f"HTTP/1.1 {status} ".encode())
                wait_until(lambda: not server.active_channels)
        late = [seconds for seconds in taken if seconds > LATE]
        print(f"\nSlow connections, seed {seed}: {len(taken)} asked, {len(late)} late, longest {max(taken):.2f} s")
        assert not late


def test_every_kind_is_closed_when_its_time_is_up(
    style_run: Run, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As few as they are here, none makes room for another."""
    monkeypatch.setattr(connections, "PATIENCE", 0.5)
    with running(quick_app(style_run, model_folder=model_folder)) as server:
        count = len(kinds(server.effective_port, "127.0.0.1"))
        with slow_clients("127.0.0.1", int(server.effective_port), count, 0):
            wait_until(lambda: not server.active_channels)
