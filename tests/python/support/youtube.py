"""A fake internet for the tests: a proxy on this machine that ends TLS itself, and plays YouTube and its thumbnails."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import trustme
from PIL import Image
from youtube_pages import ChannelPage, Entry, more, page

# Where a browser would be asked for consent, or whether it is a robot; and a place that has nothing to do with it.
ELSEWHERE = ("consent.youtube.com", "www.google.com", "elsewhere.example")
HOSTS = ("www.youtube.com", "i.ytimg.com", "i9.ytimg.com", *ELSEWHERE)
THUMBNAIL = re.compile(r"/vi(?:_webp)?/([\w-]{11})/(\w+)default\.(?:jpg|webp)")
SIZES = ("maxres", "sd", "hq", "mq")


@dataclass(frozen=True)
class Answer:
    """What to answer once. promised: the length that is named, where it is not the body's; drip: seconds a byte."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    drip: float = 0.0
    delay: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request in the log, with how many were under way when it came; times are of the monotonic clock."""

    time: float
    host: str
    path: str
    status: int
    under_way: int
    conditional: bool


@lru_cache(maxsize=4096)
def picture(name: str, size: tuple[int, int] = (320, 180), kind: str = "JPEG") -> bytes:
    """Encode a picture that no other name has."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    blocks = Image.fromarray(rng.integers(0, 256, (9, 16, 3), dtype=np.uint8))
    file = io.BytesIO()
    blocks.resize(size, Image.Resampling.NEAREST).save(file, kind)
    return file.getvalue()


@lru_cache(maxsize=1)
def placeholder() -> bytes:
    """Encode YouTube's grey stand-in for a missing thumbnail."""
    image = Image.new("RGB", (120, 90), (230, 230, 230))
    image.paste((180, 180, 180), (45, 30, 75, 60))
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def image(body: bytes, status: int = 200) -> Answer:
    """Answer with a picture."""
    tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
    return Answer(status, body, {"Content-Type": "image/jpeg", "ETag": tag})


MISSING = Answer(404, placeholder(), {"Content-Type": "image/jpeg"})
STAND_IN = image(placeholder())
BUSY = Answer(503, b"busy")
WRONG_TYPE = Answer(200, b"<html>no</html>", {"Content-Type": "text/html"})
UNDECODABLE = Answer(200, b"\xff\xd8\xff" + bytes(500), {"Content-Type": "image/jpeg"})
OVERSIZED = Answer(200, b"\xff\xd8\xff" + bytes(9_000_000), {"Content-Type": "image/jpeg"})
BOMB = Answer(200, gzip.compress(bytes(10_000_000)), {"Content-Type": "image/jpeg", "Content-Encoding": "gzip"})


def truncated(name: str) -> Answer:
    """Answer with half of a picture, and close."""
    body = picture(name)
    return replace(image(body[: len(body) // 2]), promised=len(body))


def too_many(after: str = "") -> Answer:
    """Answer that there were too many requests."""
    return Answer(429, b"slow", {"Retry-After": after} if after else {})


def moved(url: str) -> Answer:
    """Answer that a file is elsewhere."""
    return Answer(302, b"", {"Location": url})


class Internet:
    """The machines that a collection talks to. Answers may be scripted, once each or for ever, by (video, size)."""

    def __init__(self, ca: Path) -> None:
        self.ca, self.channels = ca, dict[str, ChannelPage]()
        self.log: list[Asked] = []
        self.down: set[str] = set()
        self.connections: list[str] = []  # hosts, one a connection
        self.passwords: list[str] = []  # that were told to the proxy
        self.delay = 0.0  # of every thumbnail
        self.page_answer: Answer | None = None  # instead of every page of a channel
        self.page_script: list[Answer | None] = []  # instead of the next ones; None for as ever
        self.revisions: Counter[str] = Counter()  # of a video's thumbnail
        self._scripts: dict[tuple[str, str], list[Answer]] = {}
        self._always: dict[tuple[str, str], Answer] = {}
        self._under_way, self._lock = 0, threading.Lock()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(ca))
        self.contexts = {host: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for host in HOSTS}
        for host, context in self.contexts.items():
            authority.issue_cert(host).configure_cert(context)
        self._server = _Server(self)
        self.proxy = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[Internet]:
        """Answer, until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @classmethod
    @contextmanager
    def trusted(cls, folder: Path) -> Iterator[Internet]:
        """Answer, and let this process and those it starts trust the answers, until the block ends."""
        internet = cls(folder / "ca.pem")
        with pytest.MonkeyPatch.context() as patch, internet.running():
            patch.setenv("SSL_CERT_FILE", str(internet.ca))
            yield internet

    def add(self, handle: str, videos: list[Entry], **tabs: list[Entry]) -> ChannelPage:
        """Let there be a channel."""
        self.channels[handle] = ChannelPage(handle, videos, tabs)
        return self.channels[handle]

    def script(self, video: str, *answers: Answer, size: str = "") -> None:
        """Answer so, one after the other, and then as ever; without a size, whichever is asked for."""
        self._scripts[video, size] = list(answers)

    def always(self, video: str, answer: Answer, *sizes: str) -> None:
        """Answer so for ever; without sizes, whichever is asked for."""
        for size in sizes or ("",):
            self._always[video, size] = answer

    def missing(self, video: str, *sizes: str) -> None:
        """Let there be no such sizes."""
        self.always(video, MISSING, *sizes)

    def thumbnails(self) -> list[Asked]:
        """The requests for thumbnails."""
        return [asked for asked in list(self.log) if asked.host.endswith("ytimg.com")]

    def videos(self) -> list[str]:
        """The videos that thumbnails were asked of, one after the other."""
        return [match[1] for asked in self.thumbnails() if (match := THUMBNAIL.match(asked.path))]

    def pages(self) -> list[Asked]:
        """The requests for pages of channels, and for further items."""
        return [asked for asked in list(self.log) if asked.host == "www.youtube.com"]

    def answer(self, host: str, path: str, known: str, read: Callable[[], bytes]) -> Answer:
        """Say what is answered, and log it."""
        with self._lock:
            self._under_way += 1
            began, under_way = time.monotonic(), self._under_way
            if host in ELSEWHERE:
                found = Answer(200, b"<html>Before you continue</html>", {"Content-Type": "text/html"})
            else:
                found = self._page(path, read) if host == "www.youtube.com" else self._thumbnail(path, known)
            self.log.append(Asked(began, host, path, found.status, under_way, bool(known)))
        return found

    def answered(self) -> None:
        """Note that a request is over."""
        with self._lock:
            self._under_way -= 1

    def _page(self, path: str, read: Callable[[], bytes]) -> Answer:
        scripted = self.page_script.pop(0) if self.page_script else self.page_answer
        if scripted is not None:
            read()
            return scripted
        parts = urlsplit(path).path.strip("/").split("/")
        if parts[:2] == ["youtubei", "v1"]:
            question = json.loads(read())
            if "continuation" not in question:  # asked for a channel that there is not, in another way
                return Answer(404, b'{"error": {"code": 404}}', {"Content-Type": "application/json"})
            token = question["continuation"]
            body = json.dumps(more(self.channels[token.split("|")[0]], token)).encode()
            return Answer(200, body, {"Content-Type": "application/json"})
        names = {f"@{one.handle}": one for one in self.channels.values()}
        named = names.get(parts[0]) or next((c for c in names.values() if parts[1:2] == [c.channel_id]), None)
        if named is None:
            return Answer(404, b"<html>not found</html>", {"Content-Type": "text/html"})
        return Answer(200, page(named, parts[-1]).encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _thumbnail(self, path: str, known: str) -> Answer:
        if (match := THUMBNAIL.match(path)) is None:
            return MISSING
        video, size = match[1], "webp" if path.startswith("/vi_webp") else match[2]
        for key in ((video, size), (video, "")):
            if self._scripts.get(key):
                return self._scripts[key].pop(0)
        for key in ((video, size), (video, "")):
            if key in self._always:
                return self._always[key]
        kind = "WEBP" if size == "webp" else "JPEG"
        found = image(picture(f"{video} {size} {self.revisions[video]}", kind=kind))
        found.headers["Content-Type"] = f"image/{kind.lower()}"
        if known == found.headers["ETag"]:
            return Answer(304, b"", found.headers)
        return replace(found, delay=self.delay)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, internet: Internet) -> None:
        self.internet = internet
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the tests kill who asks."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    host = ""

    def do_CONNECT(self) -> None:
        """Be the machine that is asked for."""
        self.host = self.path.partition(":")[0]
        internet = self.server.internet
        internet.connections.append(self.host)
        internet.passwords += self.headers.get_all("Proxy-Authorization", [])
        if self.host in internet.down or self.host not in internet.contexts:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        # Where who asks was killed by now, this fails, and what comes next would fail too, and leave a socket open.
        self.connection.getpeername()
        self.connection = internet.contexts[self.host].wrap_socket(self.connection, server_side=True)
        try:
            self.connection.settimeout(60)
            self.rfile = self.connection.makefile("rb", -1)
            self.wfile = _Writer(self.connection)  # type: ignore[assignment]
            self.close_connection = False
            while not self.close_connection:
                self.handle_one_request()
        finally:
            self.rfile.close()
            self.connection.close()  # also where who asks is killed

    def do_GET(self) -> None:
        """Answer what the internet says."""
        read = self._read
        found = self.server.internet.answer(self.host, self.path, self.headers.get("If-None-Match", ""), read)
        try:
            self._send(found)
        finally:
            self.server.internet.answered()

    do_POST = do_GET

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, found: Answer) -> None:
        time.sleep(found.delay)
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        if found.status != 304:
            self.send_header("Content-Length", str(found.promised if found.promised is not None else len(found.body)))
        self.end_headers()
        if found.promised is not None:
            self.close_connection = True
        if found.drip:
            for byte in found.body:
                self.wfile.write(bytes([byte]))
                time.sleep(found.drip)
        else:
            self.wfile.write(found.body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _Writer:
    """A file that writes to a connection at once."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.closed = False

    def write(self, data: bytes) -> int:
        self._connection.sendall(data)
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True
