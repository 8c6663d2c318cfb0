"""Who may ask over the local network: a browser that was let in by a one-time token. Nobody else learns anything.

The terminal shows an address with a token. Its first use spends it: the browser gets a cookie in exchange, and the
terminal shows the next address, until DEVICES are in. Tokens and cookies are of 128 and 256 random bits, live in memory
alone and end with the server. The cookie is HttpOnly (no script reads it) and SameSite=Strict (no other site's page
can ask with it); it is not Secure, because a machine in a home network has no certificate.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from flask import Response, request

from backend.server.problems import Problem
from backend.server.refusal import refusal_page

ENTRANCE, TOKEN = "/try", "token"
TOKEN_BYTES, COOKIE_BYTES = 16, 32
DEVICES = 8  # at once
SESSION_SECONDS = 12 * 3600
# Guessing is hopeless anyway; this keeps whoever tries from keeping the server busy.
GUESSES, GUESS_SECONDS, GUESSERS = 200, 60, 64

Tell = Callable[[str | None], None]


@dataclass
class Guesses:
    """How often each address was wrong within the last minute; the oldest of many addresses is forgotten."""

    clock: Callable[[], float]
    seen: dict[str, list[float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def note(self, address: str) -> None:
        """Count a wrong guess."""
        now = self.clock()
        with self.lock:
            recent = [when for when in self.seen.pop(address, []) if now - when < GUESS_SECONDS]
            self.seen[address] = [*recent, now][-GUESSES:]
            while len(self.seen) > GUESSERS:
                del self.seen[next(iter(self.seen))]

    def wait(self, address: str) -> int:
        """Return for how many seconds an address is not listened to: 0 for most."""
        with self.lock:
            seen = self.seen.get(address, [])
        rest = GUESS_SECONDS - (self.clock() - seen[0]) if len(seen) >= GUESSES else 0
        return max(0, round(rest + 0.5)) if rest > 0 else 0


class Pairing:
    """Lets devices in one by one, each by a token of its own, and knows them again by their cookies."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._guesses = Guesses(clock)
        self._token: str | None = None
        self._sessions: list[tuple[str, float]] = []
        self._tell: Tell = lambda token: None

    def open(self, tell: Tell) -> None:
        """Make the first token; `tell` gets every new one, and None where no more devices are let in."""
        self._tell = tell
        with self._lock:
            token = self._next()
        tell(token)

    def check(self) -> Response | None:
        """Let a request pass, or answer it: with a redirect that spends the token, or with a refusal."""
        given, device = request.args.get(TOKEN), request.cookies.get(self._cookie)
        entering = request.method == "GET" and request.path == ENTRANCE and given is not None
        if self.knows(device):
            return _to_page() if entering else None
        wait = self._guesses.wait(_asker())
        if wait:
            return _refuse(f"too many wrong tokens from {_asker()}; try again in {wait} s", wait)
        # A browser that only looks ahead must not spend the token of who opens the page afterwards.
        if entering and given is not None and "prefetch" not in request.headers.get("Sec-Purpose", ""):
            cookie = self.admit(given)
            if cookie is not None:
                return self._welcome(cookie)
        if given is not None or device is not None:
            self._guesses.note(_asker())
        return _refuse("this device is not let in; open the address that the server's terminal shows, which works once")

    def knows(self, cookie: str | None) -> bool:
        """Say whether a cookie is that of a device that was let in."""
        if cookie is None:
            return False
        with self._lock:
            sessions = self._living()
        return any([_same(cookie, session) for session, _ in sessions])  # all of them: time tells nothing

    def admit(self, token: str) -> str | None:
        """Spend a token: returns the cookie of a new session, or None for a wrong, spent or withdrawn token."""
        with self._lock:
            if self._token is None or not _same(token, self._token):
                return None
            cookie = secrets.token_urlsafe(COOKIE_BYTES)
            self._sessions = [*self._living(), (cookie, self._clock() + SESSION_SECONDS)]
            following = self._next()
        self._tell(following)
        return cookie

    def _next(self) -> str | None:
        self._token = secrets.token_urlsafe(TOKEN_BYTES) if len(self._living()) < DEVICES else None
        return self._token

    def _living(self) -> list[tuple[str, float]]:
        return [session for session in self._sessions if session[1] > self._clock()]

    @property
    def _cookie(self) -> str:
        """The name of the cookie: browsers do not tell the ports of a machine apart."""
        return f"thumbprint-{request.environ['SERVER_PORT']}"

    def _welcome(self, cookie: str) -> Response:
        response = _to_page()
        response.set_cookie(self._cookie, cookie, SESSION_SECONDS, path="/", httponly=True, samesite="Strict")
        return response


def _to_page() -> Response:
    """Send on to the page, whose address has no token."""
    return Response(status=303, headers={"Location": ENTRANCE})


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())


def _asker() -> str:
    return request.remote_addr or "?"


def _refuse(message: str, wait: int | None = None) -> Response:
    """Refuse in JSON, or on a page of words where a browser shows the answer to a person."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        raise Problem(403, message, wait)
    response = refusal_page(request.accept_languages.best_match(["en", "fr"]) or "en", wait)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
