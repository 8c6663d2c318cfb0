"""How long a connection may keep the server waiting, and which one makes room for another."""

from __future__ import annotations

import http.client
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from serving import PICTURE, HeldModel, ask, quick_app, running, write_model

from backend.models.run import Run
from backend.server import connections
from backend.server.connections import MIN_RATE, PATIENCE, Deadline, Phase

HEAD, BODY = (Phase.HEAD, 0), (Phase.BODY, 0)


@pytest.fixture(scope="module")
def app(style_run: Run) -> Flask:
    return quick_app(style_run)


def test_a_stage_ends_whatever_trickles_in() -> None:
    deadline = Deadline(0, HEAD)
    for now in range(1, 20):
        deadline.update(now, HEAD, now)  # a byte a second
    assert PATIENCE <= deadline.ends < PATIENCE + 0.01


def test_the_slowest_rate_that_is_allowed_is_never_cut_off() -> None:
    deadline = Deadline(0, BODY)
    for now in range(1, 3600):
        deadline.update(now, BODY, now * MIN_RATE)
        assert deadline.ends > now


def test_a_rate_below_it_is() -> None:
    deadline, now = Deadline(0, BODY), 0
    while deadline.ends > now:
        now += 1
        deadline.update(now, BODY, now * MIN_RATE // 2)
    assert now == 2 * PATIENCE


def test_a_fast_beginning_earns_no_longer_pause() -> None:
    deadline = Deadline(0, BODY)
    deadline.update(1, BODY, 8_000_000)
    assert deadline.ends == 1 + PATIENCE


def test_another_stage_and_another_request_have_their_own_time() -> None:
    deadline = Deadline(0, HEAD)
    deadline.update(5, BODY, 100)
    assert deadline.ends == 5 + PATIENCE
    deadline.update(6, (Phase.BODY, 1), 100)
    assert deadline.ends == 6 + PATIENCE


def opened(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # a small part of a large answer
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    return connection


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_where_all_are_open_the_oldest_makes_room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 5)
    with running(app) as server:
        port = int(server.effective_port)
        silent = [opened(port) for _ in range(5)]
        assert ask(port, "GET", "/health").status == 200
        assert is_closed(silent[0])
        for connection in silent:
            connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="needs further addresses of this machine")
def test_the_client_that_has_most_of_them_makes_room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits longer keeps its connection, where it has few."""
    monkeypatch.setattr(connections, "CONNECTIONS", 8)
    with running(app) as server:
        port = int(server.effective_port)
        mine = http.client.HTTPConnection("127.0.0.1", port, 30, source_address=("127.0.0.2", 0))
        mine.request("GET", "/health")
        assert mine.getresponse().read()
        kept = mine.sock
        many = [opened(port) for _ in range(30)]
        assert all(is_closed(connection) for connection in many[:20])
        mine.request("GET", "/health")
        assert mine.getresponse().status == 200 and mine.sock is kept
        mine.close()
        for connection in many:
            connection.close()


def test_one_that_is_worked_on_is_not_closed(style_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 3)
    model = HeldModel()
    with running(quick_app(style_run, model=model)) as server, ThreadPoolExecutor(1) as pool:
        port = int(server.effective_port)
        held = pool.submit(ask, port, "POST", "/predict", PICTURE)
        assert model.begun.acquire(timeout=30)
        silent = [opened(port) for _ in range(9)]
        assert all(is_closed(connection) for connection in silent[:6])
        assert ask(port, "GET", "/health").status == 200
        model.let_go.set()
        assert held.result(30).status == 200
        for connection in silent:
            connection.close()


@pytest.mark.parametrize("further", [b"GET /health", b"POST /predict HTTP/1.1\r\nExpect: 100-continue\r\n\r\n"])
def test_who_does_not_wait_for_an_answer_gets_one(app: Flask, further: bytes) -> None:
    with running(app) as server:
        request = f"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{server.effective_port}\r\n\r\n".encode()
        for sent in (request * 50, request + further):
            with opened(int(server.effective_port)) as connection, connection.makefile("rb") as answers:
                connection.sendall(sent)
                assert answers.read().count(b"HTTP/1.1 ") == 1


@pytest.mark.slow
def test_an_answer_may_be_read_slowly(style_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For three times as long as a client may do nothing at all."""
    monkeypatch.setattr(connections, "PATIENCE", 1.0)
    weights, parts = bytes(1_500_000), 150
    app = quick_app(style_run, model_folder=write_model(tmp_path, weights))
    with running(app) as server, opened(int(server.effective_port)) as connection:
        request = f"GET /model/group1-shard1of1.bin HTTP/1.0\r\nHost: 127.0.0.1:{server.effective_port}\r\n\r\n"
        connection.sendall(request.encode())
        with connection.makefile("rb", buffering=0) as answer:
            read = 0
            while part := answer.read(len(weights) // parts):
                read += len(part)
                time.sleep(3.0 / parts)
    assert read > len(weights)
