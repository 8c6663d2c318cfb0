"""Fetching a file by HTTPS: within bounds, again where it failed in passing, and never faster than a server bears."""

from __future__ import annotations

import os
import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError

from backend import __version__
from backend.collect.rate_limit import Pace, RateLimit, backoff
from backend.utils.errors import ThumbprintError

MAX_BYTES = 8 * 1024 * 1024
CHUNK = 64 * 1024
REDIRECTS = 3
SLOW_TRIES = 2
UNREAD, UNREAD_SECONDS = 64 * 1024, 1.0  # of an error's page, that are read for the sake of the connection
STATUSES = (429, 500, 502, 503, 504)  # that pass
THUMBNAILS = "i.ytimg.com"
CA_FILE = "SSL_CERT_FILE"  # as OpenSSL calls it: more certificates to trust


class FetchError(Exception):
    """A file cannot be had, and why; passing: it may be there another time; slow: waiting for it would be as long."""

    def __init__(self, reason: str, *, passing: bool = False, status: int = 0, slow: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.passing, self.status, self.slow = reason, passing, status, slow


class PutOff(ThumbprintError):
    """A server asks for a longer wait than anybody sits through."""


@dataclass(frozen=True)
class Reply:
    """A file, or word that it has not changed (`body` None), with what tells its version next time."""

    body: bytes | None
    kind: str
    etag: str
    modified: str


class Client:
    """One session of connections, used by several threads. Only hosts below `domains` are asked, by HTTPS."""

    def __init__(self, rate_limit: RateLimit, domains: tuple[str, ...], proxy: str = "") -> None:
        self._rate_limit, self._domains = rate_limit, domains
        self.pace = Pace(rate_limit.rate)
        self.put_off: PutOff | None = None
        self._in_vain: tuple[float, float] | None = None  # the first and last failure since anything was answered
        self._pool = _pool(rate_limit, proxy)

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def get(self, url: str, etag: str = "", modified: str = "") -> Reply:
        """Fetch a file; with what an earlier reply told of its version, only if it is another one now.

        Raises FetchError with a reason for people, PutOff, and Stopped.
        """
        failure, failures = FetchError("not asked"), 0
        while failures < (min(SLOW_TRIES, self._rate_limit.tries) if failure.slow else self._rate_limit.tries):
            if failures:
                self.pace.sleep(backoff(self._rate_limit, failures))
            try:
                reply = self._follow(url, etag, modified)
            except FetchError as error:
                if not error.passing:
                    self._in_vain = None  # an answer, too
                    raise
                failure, failures = error, failures + 1
                self._check_patience(url, failure)
            else:
                self._in_vain = None
                self.pace.succeed()
                return reply
        raise FetchError(f"{failure.reason}, {failures} times", passing=True, status=failure.status)

    def _check_patience(self, url: str, failure: FetchError) -> None:
        """Put the collection off where everything has failed for longer than anybody sits through."""
        now, patience = time.monotonic(), self._rate_limit.patience
        since, last = self._in_vain or (now, now)
        since = now if now - last > 2 * patience else since  # nothing was asked for meanwhile
        self._in_vain = since, now
        if now - since > patience:
            minutes = patience / 60
            raise self._put_it_off(
                f"{urlsplit(url).hostname} has given nothing for {minutes:.0f} minutes ({failure.reason}); all that was"
                " fetched is kept: run the same command again later"
            )

    def _put_it_off(self, why: str) -> PutOff:
        self.put_off = self.put_off or PutOff(why)
        self.pace.stop()
        return self.put_off

    def _follow(self, url: str, etag: str, modified: str) -> Reply:
        known = {"If-None-Match": etag, "If-Modified-Since": "" if etag else modified}
        headers = {name: value for name, value in known.items() if value}
        for _ in range(REDIRECTS + 1):
            self._check_place(url)
            with self._ask(url, headers) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return self._read(response, url)
                url = urljoin(url, response.headers.get("Location", ""))
        raise FetchError(f"more than {REDIRECTS} redirects")

    def _check_place(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" or not any(host == name or host.endswith(f".{name}") for name in self._domains):
            raise FetchError(f"redirected to {parts.scheme}://{host}, which is not asked")

    @contextmanager
    def _ask(self, url: str, headers: dict[str, str]) -> Iterator[urllib3.BaseHTTPResponse]:
        began = self.pace.wait()
        try:
            response = self._pool.request("GET", url, headers=headers, preload_content=False, redirect=False)
        except HTTPError as error:
            raise FetchError(f"no connection ({_short(error)})", passing=True) from None
        response.began = began  # type: ignore[attr-defined]
        try:
            yield response
        finally:
            _finish(response, began + self._rate_limit.seconds)

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> Reply:
        status, headers = response.status, response.headers
        told = headers.get("ETag", ""), headers.get("Last-Modified", "")
        if status == 304:
            return Reply(None, "", *told)
        if status in STATUSES:
            self._respect(response, url)
            raise FetchError(f"HTTP {status}", passing=True, status=status)
        if status != 200:
            raise FetchError(f"HTTP {status}", status=status)
        if encoding := headers.get("Content-Encoding", "").lower().replace("identity", ""):
            raise FetchError(f"sent as {encoding}, which pictures never are")
        return Reply(self._body(response), headers.get("Content-Type", ""), *told)

    def _respect(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        """Wait as long as a server asks; without a word of it, only "too many requests" makes everybody slower."""
        asked = retry_after(response.headers.get("Retry-After", ""))
        if asked is not None and asked > self._rate_limit.patience:
            raise self._put_it_off(
                f"{urlsplit(url).hostname} asks to wait {asked / 60:.0f} minutes (HTTP "
                f"{response.status}); all that was fetched is kept: run the same command again after that"
            )
        if asked is not None or response.status == 429:
            began: float = response.began  # type: ignore[attr-defined]
            self.pace.slow_down(asked if asked is not None else backoff(self._rate_limit, 2), began)

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        deadline: float = response.began + self._rate_limit.seconds  # type: ignore[attr-defined]
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.read1(CHUNK, decode_content=False):
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    raise FetchError(f"over {MAX_BYTES // 1024 // 1024} MB")
                if time.monotonic() > deadline:
                    raise FetchError(f"not whole after {self._rate_limit.seconds:.0f} s", passing=True, slow=True)
        except (IncompleteRead, ProtocolError):
            raise FetchError("ended early", passing=True) from None
        except HTTPError as error:
            raise FetchError(f"no more data ({_short(error)})", passing=True) from None
        return b"".join(parts)


def _finish(response: urllib3.BaseHTTPResponse, deadline: float) -> None:
    """Give the connection back where its answer was read, or the rest of it is short and quick; else close it."""
    deadline = min(deadline, time.monotonic() + UNREAD_SECONDS)
    try:
        while 0 < (response.length_remaining or 0) <= UNREAD and time.monotonic() < deadline:
            if not response.read1(CHUNK, decode_content=False):
                break
    except HTTPError:
        pass  # what is closed next
    if response.length_remaining == 0:
        response.drain_conn()  # reads nothing more, but lets the connection know
    else:
        response.close()
    response.release_conn()


def retry_after(text: str) -> float | None:
    """Read a Retry-After header, seconds or a date, as seconds from now; None where it says nothing."""
    try:
        return float(urllib3.Retry().parse_retry_after(text))
    except (HTTPError, ValueError, OverflowError):
        return None


def proxy_of(proxy: str) -> str:
    """Return the proxy to use: the one given, else the environment's (`HTTPS_PROXY`, `NO_PROXY`)."""
    if proxy or urllib.request.proxy_bypass(THUMBNAILS):
        return proxy
    return urllib.request.getproxies().get("https", "")


def ca_file() -> str | None:
    """Return the file of certificates that the environment names."""
    return os.environ.get(CA_FILE) or None


def _pool(rate_limit: RateLimit, proxy: str) -> urllib3.PoolManager:
    context = ssl.create_default_context(cafile=ca_file() or certifi.where())
    settings = {
        "maxsize": rate_limit.concurrency,
        "block": True,
        "retries": False,
        "timeout": urllib3.Timeout(connect=10.0, read=min(15.0, rate_limit.seconds)),
        "ssl_context": context,
        "headers": {"User-Agent": f"thumbprint/{__version__}", "Accept": "image/*", "Accept-Encoding": "identity"},
    }
    if not (chosen := proxy_of(proxy)):
        return urllib3.PoolManager(**settings)  # type: ignore[arg-type]
    try:
        password = urllib3.util.parse_url(chosen).auth
        told = urllib3.make_headers(proxy_basic_auth=unquote(password)) if password else None
        return urllib3.ProxyManager(chosen, proxy_headers=told, **settings)  # type: ignore[arg-type]
    except (HTTPError, ValueError):
        shown = chosen.rpartition("@")[2]  # without a password
        raise ThumbprintError(f"--proxy {shown}: thumbnails can be fetched through http:// and https:// only") from None


def _short(error: BaseException) -> str:
    """Say what is at the bottom of a chain of errors."""
    while (inner := error.__cause__ or getattr(error, "reason", None)) is not None and isinstance(inner, BaseException):
        error = inner
    text = str(error) or type(error).__name__
    return text.split(">: ")[-1][:120]
