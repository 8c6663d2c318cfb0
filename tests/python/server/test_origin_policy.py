"""Who may ask the local server: this machine, its own pages, extensions; no page of the web."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from serving import CHROME, PICTURE, ask, message_of, on_socket, quick_app, write_model

from backend.data.dataset import Dataset
from backend.models.run import Run
from backend.utils.errors import ServerError

FIREFOX = "moz-extension://0a1b2c3d-1111-2222-3333-444455556666"
FOREIGN = [
    "https://www.youtube.com",
    "http://localhost:3000",
    "http://127.0.0.1:81",
    "https://127.0.0.1:8765",
    "null",
    "",
    "chrome-extension://",
    "chrome-extension://not-an-id",
    f"{CHROME}.evil.example",
    "http://chrome-extension.example",
    "file://",
]
OPEN = [("GET", "/health"), ("GET", "/model/metadata.json"), ("POST", "/predict"), ("POST", "/saliency")]
CLOSED = [
    "/",
    "/report",
    "/report.json",
    "/figures/confusion.svg",
    "/images/0123456789abcdef",
    "/openapi.json",
    "/photo",
]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("converted"))


@pytest.fixture(scope="module")
def app(style_run: Run, model_folder: Path) -> Flask:
    return quick_app(style_run, model_folder=model_folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "0.0.0.0",
        "localhost:81",
        "localhost.",
        "[::]",
        "2130706433",
        "localhost, evil.example",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/health", "/nothing"])
def test_another_host_is_refused(client: FlaskClient, host: str, path: str) -> None:
    wrong = client.get(path, headers={"Host": host})
    assert message_of(wrong, 403) == f"Host {host!r}: not this server; ask for http://127.0.0.1:80"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_this_machines_names_with_the_port_are_taken(app: Flask, name: str) -> None:
    with on_socket(app) as port:
        assert ask(port, "GET", "/health", Host=f"{name}:{port}").status == 200
        assert ask(port, "GET", "/health", Host=name).status == 403
        assert ask(port, "GET", "/health", Host=f"{name}:{port + 1}").status == 403


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize(("method", "path"), [*OPEN, *(("GET", path) for path in CLOSED), ("GET", "/nothing")])
def test_a_foreign_page_is_refused_and_may_not_read_why(
    client: FlaskClient, origin: str, method: str, path: str
) -> None:
    for asked in (method, "OPTIONS"):
        headers = {"Origin": origin, "Access-Control-Request-Method": method}
        wrong = client.open(path, method=asked, data=PICTURE if asked == "POST" else None, headers=headers)
        assert message_of(wrong, 403).startswith(f"Origin {origin!r}: may not ask for ")
        assert not [name for name in wrong.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


@pytest.mark.parametrize("origin", [CHROME, FIREFOX])
@pytest.mark.parametrize(("method", "path"), OPEN)
def test_an_extension_may_ask_for_answers_and_the_model(
    client: FlaskClient, origin: str, method: str, path: str
) -> None:
    response = client.open(path, method=method, data=PICTURE if method == "POST" else None, headers={"Origin": origin})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("path", CLOSED)
def test_an_extension_may_not_ask_for_the_rest(client: FlaskClient, path: str) -> None:
    for method in ("GET", "POST"):
        wrong = client.open(path, method=method, headers={"Origin": CHROME})
        assert message_of(wrong, 403)
        assert "Access-Control-Allow-Origin" not in wrong.headers


def test_an_extension_may_read_what_is_wrong(client: FlaskClient) -> None:
    wrong = client.post("/predict", data=b"GIF89a", headers={"Origin": CHROME})
    assert message_of(wrong, 415)
    assert wrong.headers["Access-Control-Allow-Origin"] == CHROME


def test_a_preflight_of_an_extension_is_answered_also_for_a_private_network(client: FlaskClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    private = {"Access-Control-Request-Private-Network": "true"}
    response = client.options("/predict", headers={"Origin": CHROME, **asked, **private})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == CHROME
    assert response.headers["Access-Control-Allow-Headers"].lower() == "content-type"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize("origin", ["http://localhost:3000", CHROME])
def test_a_configured_origin_may_ask_for_everything(style_run: Run, origin: str) -> None:
    client = quick_app(style_run, origins=[origin]).test_client()
    response = client.get("/openapi.json", headers={"Origin": origin})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, origin)
    for other in (f"{origin}0", f"{origin}.evil.example", "http://localhostx3000"):
        assert message_of(client.get("/openapi.json", headers={"Origin": other}), 403)


@pytest.mark.parametrize(
    "origin", ["*", "null", "localhost", "http://a/b", "javascript:alert(1)", "http://*.example", ""]
)
def test_what_is_no_origin_is_not_configured(style_run: Run, origin: str) -> None:
    with pytest.raises(ServerError, match=re.escape(f"--origin {origin}: not an origin; give scheme and host")):
        quick_app(style_run, origins=[origin])


def test_the_servers_own_page_may_ask(client: FlaskClient) -> None:
    with on_socket(client.application) as port:
        own = f"http://127.0.0.1:{port}"
        assert ask(port, "POST", "/predict", PICTURE, Origin=own, Sec_Fetch_Site="same-origin").status == 200
        assert ask(port, "POST", "/predict", PICTURE, Origin=f"http://localhost:{port}").status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_foreign_page_cannot_show_pictures_of_the_run_but_may_link_to_it(
    client: FlaskClient, data: Dataset, site: str
) -> None:
    address = f"/images/{data.pictures[0].sha256}"
    for mode in ("no-cors", "cors"):
        wrong = client.get(address, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode})
        assert f"asked for by a page of another site ({site})" in message_of(wrong, 403)
    followed = client.get("/", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"})
    assert followed.status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/report", "/openapi.json", "/nothing", "/model/metadata.json"])
def test_every_response_has_the_safe_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
