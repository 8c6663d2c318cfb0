"""How long a connection may keep the server waiting, and which one makes room for another."""

from __future__ import annotations

import http.client
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from serving import PICTURE, HeldModel, ask, quick_app, running

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


def opened(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 30, source_address=(source, 0))


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_where_all_are_open_the_oldest_makes_room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 5)
    with running(app) as server:
        port = server.effective_port
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
        port = server.effective_port
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
        port = server.effective_port
        held = pool.submit(ask, port, "POST", "/predict", PICTURE)
        assert model.begun.acquire(timeout=30)
        silent = [opened(port) for _ in range(9)]
        assert all(is_closed(connection) for connection in silent[:6])
        assert ask(port, "GET", "/health").status == 200
        model.let_go.set()
        assert held.result(30).status == 200
        for connection in silent:
            connection.close()


def test_who_sends_requests_unasked_gets_two_answers_at_most(app: Flask) -> None:
    with running(app) as server, opened(server.effective_port) as connection:
        request = f"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{server.effective_port}\r\n\r\n"
        connection.sendall(request.encode() * 50)
        with connection.makefile("rb") as answers:
            assert answers.read().count(b"HTTP/1.1 200 OK") in (1, 2)
