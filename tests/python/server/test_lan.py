"""Over the local network: nobody learns anything without a token, which lets one device in, once."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from serving import CHROME, PICTURE, Reply, ask, message_of, on_socket, quick_app, write_model
from werkzeug.test import TestResponse

from backend.cli.main import main
from backend.cli.serve import qr_code
from backend.models.run import Run
from backend.server.lan import lan_address
from backend.server.pairing import DEVICES, GUESS_SECONDS, GUESSES, SESSION_SECONDS, Pairing
from backend.server.wsgi import listen
from backend.utils.errors import ServerError

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.3" if sys.platform == "linux" else "127.0.0.1"  # macOS has no other addresses of its own
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAMES = {"name": "metadata.json", "identity": "0123456789abcdef"}
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")


@dataclass
class Terminal:
    """What was shown to who started the server, and a clock to turn."""

    now: float = 0.0
    shown: list[str | None] = field(default_factory=list)

    @property
    def token(self) -> str:
        assert self.shown[-1] is not None
        return self.shown[-1]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def pairing(terminal: Terminal) -> Pairing:
    made = Pairing(lambda: terminal.now)
    made.open(terminal.shown.append)
    return made


@pytest.fixture
def app(style_run: Run, pairing: Pairing, tmp_path: Path) -> Flask:
    return quick_app(style_run, model_folder=write_model(tmp_path), hosts=[HOST], pairing=pairing)


class Client(FlaskClient):
    """Asks for the address in the local network."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"base_url": f"http://{HOST}", **kwargs})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = Client
    return app.test_client()


def routes(app: Flask) -> list[str]:
    """Every address that there is, and some that are not."""
    found = [re.sub(r"<(?:\w+:)?(\w+)>", lambda name: NAMES[name[1]], rule.rule) for rule in app.url_map.iter_rules()]
    assert {"/", "/try", "/health", "/report", "/openapi.json", "/model/metadata.json"} <= set(found)
    return [*found, "/nothing", "/try/nothing", "/model/../secret.json", "/%00"]


@pytest.mark.parametrize("cookie", [None, "", "0" * 43, "spent", "\u00e9"])
@pytest.mark.parametrize("token", [None, "", "0" * 22, "spent", "\u20ac"])
def test_every_route_is_closed_on_the_socket(
    app: Flask, terminal: Terminal, token: str | None, cookie: str | None
) -> None:
    """A missing, wrong or spent token or cookie; every method; also where there is nothing."""
    with on_socket(app, HOST) as port:
        if "spent" in (token, cookie):
            spent, entered = terminal.token, ask(port, "GET", f"/try?token={terminal.token}", host=HOST)
            device = cookie_of(entered)
            terminal.now += SESSION_SECONDS + 1
            token, cookie = (spent if token == "spent" else token), (device if cookie == "spent" else cookie)
        headers: dict[str, Any] = (
            {} if cookie is None else {"Cookie": f"thumbprint-{port}={cookie}".encode().decode("latin-1")}
        )
        for path in routes(app):
            query = "" if token is None else f"?token={quote(token)}"
            for method in METHODS if token is None else ("GET", "POST"):
                body = PICTURE if method == "POST" else None
                refused = ask(port, method, path + query, body, HOST, **headers)
                assert refused.status == 403, (method, path, refused)
                assert "set-cookie" not in refused.headers and "access-control-allow-origin" not in refused.headers
                check_headers(refused)


def check_headers(reply: Reply) -> None:
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-frame-options"] == "DENY"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"


def cookie_of(reply: Reply) -> str:
    assert reply.status == 303
    assert reply.headers["location"] == "/try"  # the token is no longer in the address
    found = re.fullmatch(
        r"thumbprint-\d+=([\w-]{43}); Expires=[^;]+; Max-Age=43200; HttpOnly; Path=/; SameSite=Strict",
        reply.headers["set-cookie"],
    )
    assert found, reply.headers
    return found[1]


def test_a_token_lets_one_device_in_and_the_next_is_shown(app: Flask, terminal: Terminal) -> None:
    with on_socket(app, HOST) as port:
        first = terminal.token
        cookie = cookie_of(ask(port, "GET", f"/try?token={first}", host=HOST))
        mine: dict[str, Any] = {"Cookie": f"thumbprint-{port}={cookie}"}
        for path in ("/", "/try", "/health", "/openapi.json", "/model/metadata.json", "/try/try.css"):
            answered = ask(port, "GET", path, host=HOST, **mine)
            assert answered.status == 200, path
            check_headers(answered)
        for path in ("/predict", "/photo"):
            assert ask(port, "POST", path, PICTURE, HOST, **mine).status == 200
        assert ask(port, "GET", "/nothing", host=HOST, **mine).status == 404
        assert len(terminal.shown) == 2 and terminal.token != first
        assert ask(port, "GET", f"/try?token={first}", host=HOST).status == 403
        # Whoever is in does not spend another token, and loses it from the address.
        again = ask(port, "GET", f"/try?token={terminal.token}", host=HOST, **mine)
        assert (again.status, again.headers["location"], len(terminal.shown)) == (303, "/try", 2)
        assert cookie_of(ask(port, "GET", f"/try?token={terminal.token}", host=HOST)) != cookie


def test_only_opening_the_page_spends_a_token(client: FlaskClient, terminal: Terminal) -> None:
    for method, path in (("HEAD", "/try"), ("POST", "/try"), ("OPTIONS", "/try"), ("GET", "/"), ("GET", "/health")):
        assert client.open(f"{path}?token={terminal.token}", method=method).status_code == 403
    ahead = client.get(f"/try?token={terminal.token}", headers={"Sec-Purpose": "prefetch;prerender"})
    assert ahead.status_code == 403
    assert client.get(f"/try?token={terminal.token}").status_code == 303


def test_two_at_once_do_not_both_get_in(pairing: Pairing, terminal: Terminal) -> None:
    token, found = terminal.token, []
    threads = [threading.Thread(target=lambda: found.append(pairing.admit(token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([cookie for cookie in found if cookie]) == 1


def test_devices_are_bounded_and_a_day_ends(pairing: Pairing, terminal: Terminal) -> None:
    cookies = [pairing.admit(terminal.token) for _ in range(DEVICES)]
    assert terminal.shown[-1] is None and all(pairing.knows(cookie) for cookie in cookies)
    assert pairing.admit("") is None and pairing.admit("None") is None
    terminal.now += SESSION_SECONDS + 1
    assert not any(pairing.knows(cookie) for cookie in cookies)


def test_whoever_guesses_is_not_listened_to_for_a_minute(client: FlaskClient, terminal: Terminal) -> None:
    for guess in range(GUESSES):
        assert "is not let in" in message_of(client.get(f"/try?token={guess}"), 403)
    right = client.get(f"/try?token={terminal.token}")
    assert "too many wrong tokens from 127.0.0.1; try again in 6" in message_of(right, 403)
    assert int(right.headers["Retry-After"]) in (60, 61)
    other = client.get(f"/try?token={terminal.token}", environ_base={"REMOTE_ADDR": "127.0.0.9"})
    assert other.status_code == 303
    terminal.now += GUESS_SECONDS + 1
    assert client.get(f"/try?token={terminal.token}").status_code == 303


def test_who_is_in_is_not_kept_out_by_guesses_from_the_same_address(client: FlaskClient, terminal: Terminal) -> None:
    assert client.get(f"/try?token={terminal.token}").status_code == 303
    stranger = client.application.test_client()
    for guess in range(GUESSES + 1):
        assert stranger.get(f"/try?token={guess}").status_code == 403
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("language", "words"), [("en-GB,en", "scan that with this device"), ("fr-CA,fr;q=0.9", "scannez-le")]
)
def test_a_person_reads_how_to_get_in(client: FlaskClient, language: str, words: str) -> None:
    for path in ("/", "/try?token=wrong", "/report", "/nothing"):
        page = client.get(path, headers={"Accept": BROWSER, "Accept-Language": language})
        assert (page.status_code, page.mimetype) == (403, "text/html")
        assert words in page.get_data(as_text=True)
        assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]


def test_names_and_origins_are_checked_as_on_this_machine(client: FlaskClient, terminal: Terminal) -> None:
    assert client.get(f"/try?token={terminal.token}").status_code == 303
    for host in ("127.0.0.2", "localhost", "evil.example", f"{HOST}:81"):
        assert f"ask for http://{HOST}:80" in message_of(client.get("/health", headers={"Host": host}), 403)
    assert client.post("/predict", data=PICTURE, headers={"Origin": f"http://{HOST}"}).status_code == 200
    for origin in ("http://127.0.0.1", "https://www.youtube.com", f"http://{HOST}:81", "null"):
        message_of(client.post("/predict", data=PICTURE, headers={"Origin": origin}), 403)
    bare = client.application.test_client()
    message_of(bare.post("/predict", data=PICTURE, headers={"Origin": CHROME}), 403)


def test_without_lan_nobody_needs_a_token(style_run: Run) -> None:
    client = quick_app(style_run).test_client()
    assert client.get("/try").status_code == 200
    assert "Set-Cookie" not in client.get("/try?token=any").headers


def test_the_page_is_not_built_is_one_error(style_run: Run, tmp_path: Path) -> None:
    client = quick_app(style_run, page_folder=tmp_path / "none").test_client()
    for path in ("/", "/try"):
        assert message_of(client.get(path), 503) == "the page is not built; run `make build`, then load this again"
    assert message_of(client.get("/try/main.js"), 404) == "'main.js': not part of the page; use one of none"


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "phone", "224.0.0.1", ""])
def test_what_is_no_address_of_one_network_is_named(host: str) -> None:
    with pytest.raises(ServerError, match=re.escape(f"--host {host}: not ")):
        lan_address(host)


def test_an_address_of_another_machine_is_named(app: Flask) -> None:
    with pytest.raises(ServerError, match=r"port 8765 of 203\.0\.113\.1: .+; name another --host"):
        listen(app, 8765, "203.0.113.1")


def test_host_goes_with_lan(style_run: Run) -> None:
    result = CliRunner().invoke(main, ["serve", str(style_run.root), "--host", HOST])
    assert (result.exit_code, "goes with --lan" in result.stderr) == (2, True)


def test_the_code_is_read_back_as_the_address() -> None:
    import cv2
    import numpy as np

    address = f"http://192.168.100.200:65535/try?token={'w' * 22}"
    lines = re.sub(r"\x1b\[[0-9;]*m", "", qr_code(address)).splitlines()
    dark = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
    halves = [[dark[letter][half] for letter in line] for line in lines for half in (0, 1)]
    picture = np.kron(255 - 255 * np.array(halves, np.uint8), np.ones((8, 8), np.uint8))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == address
    assert max(map(len, lines)) <= 60


@contextmanager
def command(run: Run, *options: str) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "backend", "serve", str(run.root), "--port", "0", *options]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        guard = threading.Timer(120, process.kill)
        guard.start()
        try:
            yield process
        finally:
            guard.cancel()
            process.kill()


@pytest.mark.slow
def test_the_command_shows_an_address_and_after_its_use_the_next(style_run: Run) -> None:
    with command(style_run, "--lan", "--host", HOST) as process:
        assert process.stdout is not None
        seen = []
        for _ in range(2):
            line = ""
            while not line.startswith("For one device, once: "):
                line = process.stdout.readline()
                assert line, process.stderr and process.stderr.read()
            found = re.fullmatch(rf"For one device, once: http://{HOST}:(\d+)(/try\?token=[\w-]{{22}})\n", line)
            assert found, line
            seen.append(found[2])
            port = int(found[1])
            assert ask(port, "GET", "/health", host=HOST).status == 403
            assert ask(port, "GET", found[2], host=HOST).status == 303
        assert len(set(seen)) == 2
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_a_body_that_is_too_large_is_refused_before_it_is_read(app: Flask) -> None:
    """By waitress, which knows no token: its answers have the headers of all others."""
    with on_socket(app, HOST) as port, socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall(
            f"POST /predict HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: 99999999\r\n\r\n".encode()
        )
        head = connection.makefile("rb").read().decode().lower()
    assert head.startswith("http/1.1 413 ")
    for header in (
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
    ):
        assert header in head
