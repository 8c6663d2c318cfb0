"""Connections: how long one may keep the server waiting, and which one makes room for another.

Waitress starts its clock anew with every byte, so that a few hundred clients that send a byte now and then shut
everybody out. Here, a connection has PATIENCE seconds for the whole head of a request, from its opening or its last
answer on; and as long for a body and for an answer, where what goes through earns more at MIN_RATE, so that nobody is
cut off for a slow network. Where CONNECTIONS are open, the client that has the most of them loses one for the next to
come: the one that has sent least of a body, and of such the one whose time is up first; never one whose request is
being worked on.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

PATIENCE = 10.0  # seconds; a pause of a phone that changes its Wi-Fi is shorter
MIN_RATE = 4096  # bytes a second, far below the worst Wi-Fi
CONNECTIONS = 100  # a browser opens six, and eight devices may be let in
CHECK_SECONDS = 1.0
# What lies in the system's buffer counts as sent: a larger one would take longer than PATIENCE at MIN_RATE.
SEND_BUFFER = 64 * 1024
# Answers wait in a file, not in a thread: whoever does not read them must not hold one.
LARGEST_ANSWER = 1 << 30


class Phase(Enum):
    """What is waited for."""

    HEAD = auto()
    BODY = auto()
    WORK = auto()
    SENDING = auto()


Stage = tuple[Phase, int]  # and which request of the connection


class Deadline:
    """When a stage must be over; `ends` is a time as `now` is, in seconds."""

    def __init__(self, now: float, stage: Stage) -> None:
        self.ends, self._stage, self._moved = now + PATIENCE, stage, 0

    def update(self, now: float, stage: Stage, moved: int) -> None:
        """Give a new stage its time, and the same one what `moved`, its bytes until now, have earned since."""
        if stage == self._stage:
            self.ends = min(self.ends + (moved - self._moved) / MIN_RATE, now + PATIENCE)
        else:
            self.ends, self._stage = now + PATIENCE, stage
        self._moved = moved


class Connection(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection with a deadline."""

    begun = 0  # requests
    sent = 0  # bytes

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.deadline = Deadline(time.monotonic(), (Phase.HEAD, 0))

    @property
    def client(self) -> str:
        """The address that it comes from."""
        return str(self.addr[0])

    @property
    def phase(self) -> Phase:
        """What is waited for now."""
        if self.total_outbufs_len:
            return Phase.SENDING
        if self.requests:
            return Phase.WORK
        request = self.request
        return Phase.BODY if request is not None and request.headers_finished else Phase.HEAD

    @property
    def body_bytes(self) -> int:
        """How many bytes of a body have come, until it is whole."""
        request = self.request
        return 0 if request is None or self.phase is not Phase.BODY else int(request.body_bytes_received)

    def update_deadline(self, now: float) -> None:
        """Say how far it has come."""
        phase = self.phase
        self.deadline.update(now, (phase, self.begun), self.sent if phase is Phase.SENDING else self.body_bytes)

    def service(self) -> None:
        """Answer a request; it is the last where further ones came with it, whose answers would fill the disk."""
        with self.requests_lock:  # until all that came at once is taken in
            self.begun += 1
            if len(self.requests) > 1 or self.request is not None:
                self.requests[0].headers["CONNECTION"] = "close"
        super().service()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the system takes, and count it."""
        count: int = super().send(data, do_close)
        self.sent += count
        return count

    # One that was closed a moment ago may still be asked.
    def readable(self) -> bool:
        """Say whether to wait for its bytes."""
        return bool(self.connected and super().readable())

    def writable(self) -> bool:
        """Say whether to wait for room for ours."""
        return bool(self.connected and super().writable())


class BoundedServer(TcpWSGIServer):  # type: ignore[misc]
    """Waitress' server, whose connections are bounded in time and number.

    application, bound: the socket; the rest as waitress' `create_server`.
    """

    channel_class = Connection
    _next_check = 0.0

    def __init__(self, application: Callable[..., Any], bound: socket.socket, **options: Any) -> None:
        address = (bound.family, bound.type, bound.proto, bound.getsockname())
        # Waitress counts its own two descriptors among the connections.
        limits = {"connection_limit": CONNECTIONS + 2, "outbuf_high_watermark": LARGEST_ANSWER}
        super().__init__(application, _sock=bound, sockinfo=address, bind_socket=False, **limits, **options)

    def set_socket_options(self, conn: socket.socket) -> None:
        """Prepare a new connection's socket."""
        super().set_socket_options(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def readable(self) -> bool:
        """Say whether to accept connections; asked at least every second, which is when to close some."""
        now = time.monotonic()
        full = len(self.active_channels) >= CONNECTIONS
        if full or now >= self._next_check:
            self._next_check = now + CHECK_SECONDS
            self._close_late(now)
        if len(self.active_channels) >= CONNECTIONS:
            self._make_room()
        return bool(super().readable())

    def _close_late(self, now: float) -> None:
        for connection in list(self.active_channels.values()):
            connection.update_deadline(now)
            if connection.phase is not Phase.WORK and connection.deadline.ends < now:
                connection.handle_close()

    def _make_room(self) -> None:
        connections: list[Connection] = list(self.active_channels.values())
        held = Counter(connection.client for connection in connections)
        waiting = [connection for connection in connections if connection.phase is not Phase.WORK]
        if waiting:
            min(waiting, key=lambda c: (-held[c.client], c.body_bytes, c.deadline.ends)).handle_close()
