"""Clients that keep a server waiting: hundreds of connections of every slow kind, moved on by one thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np

BEAT = 0.5  # seconds from one byte to the next
LARGE = "/model/group1-shard1of1.bin"


@dataclass
class Slow:
    """What a connection sends at once and then byte by byte; how many bytes it reads at each beat; whether it soon says
    that no more will come.
    """

    first: bytes = b""
    drip: bytes = b""
    reads: int = 0
    ends: bool = False


def kinds(port: int, host: str) -> list[Slow]:
    """Return one of every kind."""
    name = f"Host: {host}:{port}"

    def head(request: str, *lines: str) -> bytes:
        return "".join(f"{line}\r\n" for line in (f"{request} HTTP/1.1", name, *lines)).encode()

    large, page = head(f"GET {LARGE}") + b"\r\n", head("GET /health") + b"\r\n"
    body = head("POST /predict", "Content-Length: 100000") + b"\r\n"
    chunked = head("POST /predict", "Transfer-Encoding: chunked") + b"\r\n"
    waits = head("POST /predict", "Content-Length: 100000", "Expect: 100-continue") + b"\r\n"
    return [
        Slow(),
        Slow(drip=page + b"x" * 100),
        Slow(head("GET /health"), drip=b"X-Slow: " + b"a" * 100),
        Slow(drip=b"\r\n" * 100),
        Slow(body),
        Slow(body, drip=b"\xff" * 100),
        Slow(body, drip=b"\xff" * 100, ends=True),
        Slow(chunked, drip=b"1\r\nx\r\n" * 100),
        Slow(chunked + b"0\r\n", drip=b"X-Slow: " + b"a" * 100),
        Slow(waits),
        Slow(waits, reads=1, drip=b"\xff" * 100),
        Slow(head("GET /health"), ends=True),
        Slow(ends=True),
        Slow(page),
        Slow(page, reads=10_000),
        Slow(page, reads=10_000, drip=page[:20] * 10),
        Slow(large),
        Slow(large, ends=True),
        Slow(large, reads=1),
        Slow(large * 60),
        Slow(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", drip=bytes(100)),  # a browser that expects HTTPS
    ]


@contextmanager
def slow_clients(host: str, port: int, count: int, seed: int) -> Iterator[list[socket.socket]]:
    """Open so many, of kinds drawn from a seed, and move them on until the block ends. Yields their sockets."""
    rng, all_kinds = np.random.default_rng(seed), kinds(port, host)
    drawn = [*all_kinds, *(all_kinds[n] for n in rng.integers(len(all_kinds), size=max(0, count - len(all_kinds))))]
    clients = [(_connect(host, port), kind) for kind in drawn[:count]]
    stop = threading.Event()
    thread = threading.Thread(target=_move, args=(clients, stop))
    thread.start()
    try:
        yield [connection for connection, _ in clients]
    finally:
        stop.set()
        thread.join(30)
        for connection, _ in clients:
            connection.close()


def _connect(host: str, port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that an answer does not disappear in it
    connection.settimeout(30)
    connection.connect((host, port))
    connection.setblocking(False)
    return connection


def _move(clients: Sequence[tuple[socket.socket, Slow]], stop: threading.Event) -> None:
    for connection, kind in clients:
        with suppress(OSError):
            connection.send(kind.first)
    beat = 0
    while not stop.wait(BEAT):
        for connection, kind in clients:
            with suppress(OSError):  # the server has closed it, or there is nothing to read or no room just now
                _move_on(connection, kind, beat)
        beat += 1


def _move_on(connection: socket.socket, kind: Slow, beat: int) -> None:
    if kind.drip[beat : beat + 1]:
        connection.send(kind.drip[beat : beat + 1])
    if kind.ends:
        connection.shutdown(socket.SHUT_WR)
    if kind.reads:
        connection.recv(kind.reads)
