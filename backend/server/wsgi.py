"""The WSGI server: waitress on 127.0.0.1 or an address of the local network, for as long as nobody presses Ctrl-C."""

from __future__ import annotations

import errno
import json
import logging
import socket
from typing import Any

from flask import Flask
from waitress.task import ErrorTask

from backend.server.connections import BoundedServer, Connection
from backend.server.origin_policy import HEADERS
from backend.server.problems import error_body
from backend.server.upload import MAX_BYTES
from backend.server.workers import RUNNING, WAITING
from backend.utils.errors import ServerError

HOST = "127.0.0.1"
THREADS = 2 * (RUNNING + WAITING)  # half of them are left for quick answers, also for "too many"
# What is a little too large is read and refused in so many words; a browser whose connection is cut sees no words.
MAX_READ = 4 * MAX_BYTES


class JsonErrorTask(ErrorTask):  # type: ignore[misc]  # waitress ships no types
    """What waitress refuses before the application sees it: a request that is not HTTP, or far too large."""

    def execute(self) -> None:
        error = self.request.error
        message = f"{error.reason}: {error.body}; GET /openapi.json says how to ask"
        content = json.dumps(error_body(error.code, message)).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.response_headers.extend(HEADERS.items())
        self.set_close_on_finish()
        self.content_length = len(content)
        self.write(content)


class JsonConnection(Connection):
    """A connection whose errors are JSON too."""

    error_task_class = JsonErrorTask


def listen(app: Flask, port: int, host: str = HOST) -> Any:
    """Take a port of an address, any free one for 0; returns waitress' server. Raises ServerError if it is taken."""
    # It warns whenever requests wait for a thread, which is what they are meant to do.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = BoundedServer(app, _bind(host, port), threads=THREADS, ident=None, max_request_body_size=MAX_READ)
    server.channel_class = JsonConnection
    return server


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "another program has it; end that one, or" if taken else f"{error.strerror};"
        step = "name another --host" if error.errno == errno.EADDRNOTAVAIL else "choose another --port"
        raise ServerError(f"port {port} of {host}: {reason} {step}") from None
    return bound
