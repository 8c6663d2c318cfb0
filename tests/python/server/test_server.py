"""The local server: every route and what it answers, errors, starting and ending."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from helpers import KNOWN, encode, exactly, rewrite
from PIL import Image
from serving import EVIL, PAGE, PICTURE, BrokenModel, ask, message_of, on_socket, quick_app, write_model

from backend import __version__
from backend.cli.main import main
from backend.data.dataset import Dataset
from backend.data.images import decode
from backend.data.synthetic.demo_dataset import drawn_picture
from backend.models.run import PREDICTIONS, Run, load_run
from backend.photo.find import find_thumbnails
from backend.report.charts.figures import FIGURES
from backend.server.app import create_app
from backend.server.wsgi import listen
from backend.training.report_data import ReportInputs
from backend.utils.errors import ImageError, RunError, ServerError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("converted"))


@pytest.fixture(scope="module")
def app(style_run: Run, model_folder: Path) -> Flask:
    return quick_app(style_run, model_folder=model_folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/try"])
def test_the_page_has_no_inline_code(client: FlaskClient, path: str) -> None:
    class Tags(HTMLParser):
        linked: list[str] = []  # noqa: RUF012
        policies: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            named = dict(attrs)
            assert tag != "style" and not {name for name in named if name == "style" or name.startswith("on")}
            if tag == "script":
                assert named.get("src") == "try/main.js", "code in the page"
            if tag == "link":
                self.linked.append(str(named["href"]))
            if named.get("http-equiv") == "Content-Security-Policy":
                self.policies.append(str(named["content"]))

    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "'unsafe" not in policy and "frame-ancestors 'none'" in policy
    tags = Tags()
    tags.feed(response.get_data(as_text=True))
    assert {"try/try.css", "try/app.webmanifest"} < set(tags.linked)
    for address in {*tags.linked} - {"try/icon.svg"}:  # which is put there when the page is built
        assert client.get(f"/{address}").status_code == 200
    # On a static host, the page's own policy is the only one.
    assert policy == f"{tags.policies[0]}; frame-ancestors 'none'"


def test_the_page_learns_from_the_server_alone_that_it_answers(client: FlaskClient) -> None:
    named = re.findall('<meta name="server" content="(.*?)">', client.get("/").get_data(as_text=True))
    source = (PAGE / "index.html").read_text(encoding="utf-8")
    assert (named, re.findall('<meta name="server" content="(.*?)">', source)) == (["thumbprint"], [""])


@pytest.mark.parametrize("name", ["..%2findex.html", "../../server.py", "..%5c..%5cserver.py", "nothing.js", "main.ts"])
def test_parts_are_those_of_the_page_alone(client: FlaskClient, name: str) -> None:
    assert client.get(f"/try/{name}").status_code == 404


def test_health_says_what_is_served_and_not_where(client: FlaskClient, style_run: Run) -> None:
    health = client.get("/health").get_json()
    assert (health["ok"], health["version"], health["model"]) == (True, __version__, True)
    assert [channel["name"] for channel in health["run"]["channels"]] == list(KNOWN)
    assert health["run"]["threshold"] == style_run.threshold
    assert str(style_run.root.parent) not in json.dumps(health)


def test_predict_answers_as_the_model_does(style_run: Run) -> None:
    from backend.models.predictor import Model

    model = Model(style_run)
    client = quick_app(style_run, model=model).test_client()
    answer = client.post("/predict", data=PICTURE, content_type="image/jpeg").get_json()
    expected = model.answer(PICTURE)
    assert (answer["channel"], answer["known"], answer["unknown"]) == (
        expected.channel,
        expected.known,
        expected.unknown,
    )
    assert answer["probabilities"] == pytest.approx(expected.probabilities)
    assert answer["threshold"] == style_run.threshold


@pytest.mark.slow
def test_by_default_the_runs_own_network_answers(style_run: Run) -> None:
    client = create_app(style_run).test_client()
    assert client.post("/predict", data=PICTURE).status_code == 200
    heat = client.post("/saliency?channel=moss", data=PICTURE, headers={"Accept": "application/json"}).get_json()
    assert (heat["channel"], heat["method"], heat["size"]) == ("moss", "gradcam", [160, 90])


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "image/jpeg",
        "image/png",
        "image/webp",
        "application/octet-stream",
        "image/jpg",
        "IMAGE/PJPEG",
        "image/apng",
    ],
)
def test_the_bytes_decide_what_a_picture_is(client: FlaskClient, kind: str | None) -> None:
    """An extension posts without a Content-Type."""
    assert client.post("/predict", data=PICTURE, content_type=kind).status_code == 200


def test_a_form_may_bring_the_picture_and_its_name_is_not_looked_at(client: FlaskClient) -> None:
    for name in ("a.jpg", "../../../etc/passwd", "/etc/passwd", "\u202egpj.exe", "x" * 300):
        response = client.post("/predict", data={"picture": (io.BytesIO(PICTURE), name)})
        assert response.status_code == 200
    wrong = client.post("/predict", data={"file": (io.BytesIO(PICTURE), "a.jpg")})
    assert "the form has no file 'picture'" in message_of(wrong, 400)


def test_saliency_is_a_picture_or_numbers(client: FlaskClient) -> None:
    drawn = client.post("/saliency?method=scorecam&channel=fjord", data=PICTURE)
    assert drawn.mimetype == "image/png"
    with Image.open(io.BytesIO(drawn.data)) as image:
        assert image.size == (160, 90)
    heat = client.post(
        "/saliency?method=gradcam%2B%2B", data=PICTURE, headers={"Accept": "application/json"}
    ).get_json()
    assert (heat["channel"], heat["method"]) == ("ember", "gradcam++")
    assert (heat["box"], heat["size"]) == ([0, 0, 160, 90], [160, 90])
    assert heat["grid"] == [[1] * 7 + [0] * 7] * 8


@pytest.mark.parametrize(("size", "drawn"), [((3000, 2000), (1280, 853)), ((600, 3000), (256, 1280))])
def test_a_large_picture_is_drawn_smaller(client: FlaskClient, size: tuple[int, int], drawn: tuple[int, int]) -> None:
    response = client.post("/saliency", data=encode(Image.new("RGB", size, (9, 90, 200)), "JPEG"))
    with Image.open(io.BytesIO(response.data)) as image:
        assert image.size == drawn


def test_the_numbers_of_a_large_picture_are_in_its_own_pixels(client: FlaskClient) -> None:
    large = encode(Image.new("RGB", (6001, 3375), (9, 90, 200)), "JPEG")
    heat = client.post("/saliency", data=large, headers={"Accept": "application/json"}).get_json()
    assert (heat["box"], heat["size"]) == ([0, 0, 6001, 3375], [6001, 3375])


@pytest.mark.parametrize("size", [(2, 9000), (900, 17), (3, 4), (15, 15)])
def test_a_picture_of_no_thumbnails_shape_is_not_drawn(client: FlaskClient, size: tuple[int, int]) -> None:
    for path in ("/saliency", "/photo"):
        wrong = message_of(client.post(path, data=encode(Image.new("L", size), "PNG")), 422)
        assert wrong == f"a picture of {size[0]}x{size[1]} pixels cannot be drawn; send one of a thumbnail's shape"


@pytest.fixture(scope="module")
def screen() -> bytes:
    """A photo of a light page with a drawn thumbnail on it."""
    photo = Image.new("RGB", (800, 600), (240, 240, 240))
    photo.paste(Image.open(io.BytesIO(drawn_picture(3, 1, 0)[1])).resize((400, 225)), (200, 150))
    return encode(photo, "PNG")


def test_a_photo_has_its_thumbnail_found_as_on_the_command_line(client: FlaskClient, screen: bytes) -> None:
    answer = client.post("/photo", data=screen).get_json()
    found = find_thumbnails(decode(screen))
    assert answer["size"] == [800, 600]
    assert [one["score"] for one in answer["found"]] == [pytest.approx(one.score, abs=1e-3) for one in found]
    assert np.array(answer["found"][0]["quad"]) == pytest.approx(found[0].quad, abs=0.051)
    assert np.abs(found[0].quad - [[200, 150], [600, 150], [600, 375], [200, 375]]).max() < 3


def test_a_photo_of_nothing_has_none(client: FlaskClient) -> None:
    answer = client.post("/photo", data=encode(Image.new("RGB", (320, 200), (90, 90, 90)), "PNG")).get_json()
    assert answer == {"size": [320, 200], "found": []}


def test_a_photo_is_not_stored(
    client: FlaskClient, screen: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written meanwhile: no file is opened for it, also where Python would put temporary ones."""
    written: list[str] = []

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and listening and set(str(arguments[1])) & set("wax+"):
            written.append(str(arguments[0]))

    listening = True
    sys.addaudithook(note)
    assert client.post("/photo", data=screen).status_code == 200
    listening = False
    assert written == []


@pytest.mark.parametrize("size", [(2400, 48), (48, 900), (50, 50)])
def test_photos_of_odd_shapes_are_answered(client: FlaskClient, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    assert client.post("/photo", data=encode(Image.fromarray(noise), "PNG")).status_code == 200


def test_unknown_methods_and_channels_are_named_with_what_there_is(client: FlaskClient) -> None:
    wrong = client.post("/saliency?method=magic", data=PICTURE)
    assert message_of(wrong, 400) == "method 'magic': use one of gradcam, gradcam++, scorecam"
    wrong = client.post("/saliency", query_string={"channel": EVIL}, data=PICTURE)
    assert message_of(wrong, 400) == f"channel {EVIL!r}: not one of the run's; use one of {', '.join(KNOWN)}"


def test_the_report_its_numbers_and_its_figures(client: FlaskClient) -> None:
    page = client.get("/report")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    (script,) = re.findall(r"<script>(.*?)</script>", page.get_data(as_text=True), re.DOTALL)
    checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{checksum}';" in page.headers["Content-Security-Policy"]
    numbers = client.get("/report.json")
    assert (numbers.status_code, numbers.mimetype) == (200, "application/json")
    json.loads(numbers.data, parse_constant=pytest.fail)  # strict: no NaN
    drawn = [name for name in FIGURES if client.get(f"/figures/{name}.svg").mimetype == "image/svg+xml"]
    assert drawn
    assert "<svg" in client.get(f"/figures/{drawn[0]}.svg").get_data(as_text=True)
    for name in set(FIGURES) - set(drawn):  # such as the training curves of what is trained in one step
        assert message_of(client.get(f"/figures/{name}.svg"), 404).startswith(f"figure {name!r}: ")
    assert message_of(client.get("/figures/nothing.svg"), 404).startswith(
        "figure 'nothing': there is none; use one of "
    )


def test_a_run_that_no_report_can_be_made_of_says_so(style_run: Run, tmp_path: Path) -> None:
    shutil.copytree(style_run.root, tmp_path / "run")
    (tmp_path / "run" / PREDICTIONS).write_text("image\n1\n", encoding="utf-8")
    client = quick_app(load_run(tmp_path / "run")).test_client()
    assert "train the run again" in message_of(client.get("/report"), 503)
    assert "train the run again" in message_of(client.get("/images/0123456789abcdef"), 503)


def test_the_report_is_built_once(style_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Run] = []

    def build(run: Run, inputs: ReportInputs) -> str:
        built.append(run)
        return "data"

    monkeypatch.setattr("backend.report.build.build", build)
    monkeypatch.setattr("backend.report.page.to_html", lambda data: f"<p>{data}</p>")
    client = quick_app(style_run).test_client()
    assert [client.get("/report").data for _ in range(3)] == [b"<p>data</p>"] * 3
    assert built == [style_run]


def test_a_picture_of_the_run_is_found_by_its_checksum(client: FlaskClient, data: Dataset) -> None:
    picture = data.pictures[0]
    for digits in (16, 40, 64):
        response = client.get(f"/images/{picture.sha256[:digits]}")
        assert (response.mimetype, response.data) == ("image/jpeg", data.path(picture).read_bytes())


@pytest.mark.parametrize("identity", ["0" * 16, "..%2f..%2fetc%2fpasswd", "ember", "images", "%00", "-1"])
def test_other_pictures_are_not_found(client: FlaskClient, identity: str) -> None:
    assert client.get(f"/images/{identity}").status_code == 404


def test_a_picture_needs_all_of_its_identity(client: FlaskClient, data: Dataset) -> None:
    sha256 = data.pictures[0].sha256
    for wrong in (sha256[:15], sha256[:16] + "x", sha256 + "0"):
        assert "use an sha256 of its predictions.csv" in message_of(client.get(f"/images/{wrong}"), 404)


@pytest.mark.parametrize("image", ["../secret.jpg", "/etc/passwd", "gone.jpg"])
def test_a_run_cannot_make_the_server_read_other_files(style_run: Run, tmp_path: Path, image: str) -> None:
    """Neither outside the dataset, even with the right checksum, nor what is gone."""
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(PICTURE)
    (tmp_path / "data").mkdir()
    shutil.copytree(style_run.root, tmp_path / "run")
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    described["dataset"]["path"] = str(tmp_path / "data")
    (tmp_path / "run" / "run.json").write_text(json.dumps(described), encoding="utf-8")
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    header = f"image,key,sha256,channel,fold,{','.join(KNOWN)},unknown"
    rewrite(tmp_path / "run", PREDICTIONS, f"{header}\n{image},k,{sha256},ember,0,1,0,0,0\n".encode())
    client = quick_app(load_run(tmp_path / "run")).test_client()
    assert "its file is gone" in message_of(client.get(f"/images/{sha256}"), 404)


def test_the_model_is_its_description_and_the_files_that_it_names(client: FlaskClient, model_folder: Path) -> None:
    for name in ("metadata.json", "model.json", "group1-shard1of1.bin"):
        response = client.get(f"/model/{name}")
        assert (response.status_code, response.data) == (200, (model_folder / name).read_bytes())
    wrong = message_of(client.get("/model/secret.json"), 404)
    assert wrong == "'secret.json': not a file of the model; use one of metadata.json, model.json, group1-shard1of1.bin"
    for name in ("..%2fsecret.json", "../secret.json", ".", "%2e%2e", "metadata.json/"):
        assert client.get(f"/model/{name}").status_code == 404


@pytest.mark.parametrize("name", ["metadata.json", "model.json", "group1-shard1of1.bin"])
@pytest.mark.parametrize("link", ["elsewhere", "inside", "by a folder", "nowhere"])
def test_a_link_in_the_models_folder_is_not_followed(style_run: Run, tmp_path: Path, name: str, link: str) -> None:
    (tmp_path / "model").mkdir()
    folder = write_model(tmp_path / "model")
    (folder / name).rename(tmp_path / "secret")
    (folder / "way").symlink_to(tmp_path)
    shutil.copy(tmp_path / "secret", folder / "inside.bin")
    leads = {"elsewhere": f"{tmp_path}/secret", "inside": "inside.bin", "by a folder": "way/secret", "nowhere": "x"}
    (folder / name).symlink_to(leads[link])
    client = quick_app(style_run, model_folder=folder).test_client()
    for asked in ("metadata.json", "model.json", "group1-shard1of1.bin", "way/secret", "way%2fsecret"):
        assert client.get(f"/model/{asked}").status_code == 404
    assert client.get("/health").get_json()["model"] is False


def test_the_models_folder_itself_may_be_a_link(style_run: Run, model_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model").symlink_to(model_folder)
    client = quick_app(style_run, model_folder=tmp_path / "model").test_client()
    assert client.get("/model/metadata.json").data == (model_folder / "metadata.json").read_bytes()


def test_what_the_graph_does_not_name_is_no_file_of_the_model(style_run: Run, tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    metadata["files"]["secret.json"] = "0" * 64
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    client = quick_app(style_run, model_folder=folder).test_client()
    assert "there is no converted model" in message_of(client.get("/model/secret.json"), 404)


def test_a_link_in_the_pages_folder_is_not_followed(style_run: Run, tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "secret.js").write_text("secret", encoding="utf-8")
    for name in ("index.html", "main.js"):
        (tmp_path / "page" / name).symlink_to(tmp_path / "secret.js")
    client = quick_app(style_run, page_folder=tmp_path / "page").test_client()
    wrong = "index.html: cannot be read (it is a link, a folder or a device); run `make build`"
    assert message_of(client.get("/try"), 503) == wrong
    assert client.get("/try/main.js").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "[]",
        "{}",
        '{"files": 1}',
        '{"files": {"../secret": "x"}}',
        '{"files": {"gone.bin": "x"}}',
        '{"files": [1]}',
        pytest.param('{"files": {"' + "x" * 300 + '": "x"}}', id="a long name"),
        pytest.param("[" * 100_000, id="deep lists"),
        pytest.param('{"files": ' + '{"a":' * 100_000, id="deep objects"),
    ],
)
def test_no_model_or_a_strange_one_is_none(style_run: Run, tmp_path: Path, content: str | None) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    if content is not None:
        (tmp_path / "model" / "metadata.json").write_text(content, encoding="utf-8")
    client = quick_app(style_run, model_folder=tmp_path / "model").test_client()
    wrong = message_of(client.get("/model/metadata.json"), 404)
    assert wrong == "there is no converted model; make one with `python -m converter RUN`"
    assert client.get("/health").get_json()["model"] is False


def test_what_there_is_not_is_an_error_with_a_next_step(client: FlaskClient) -> None:
    for path in ("/nothing", "/predict/", "/report/", f"/{EVIL}"):
        assert message_of(client.get(path), 404) == f"GET {path}: not found; GET /openapi.json lists what there is"
    wrong = client.get("/predict")
    assert message_of(wrong, 405).startswith("GET /predict: method not allowed; ")
    assert "POST" in wrong.headers["Allow"]
    assert message_of(client.delete("/health"), 405)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (
            ImageError("picture: odd"),
            422,
            "picture: odd; send a whole JPEG, PNG or WebP picture of at most 40 megapixels",
        ),
        (RunError("run: damaged; train again"), 503, "run: damaged; train again"),
        (KeyError("secret"), 500, "POST /predict: failed unexpectedly; the server's terminal says what happened"),
        (MemoryError(), 500, "POST /predict: failed unexpectedly; the server's terminal says what happened"),
    ],
)
def test_what_goes_wrong_inside(style_run: Run, error: Exception, status: int, message: str) -> None:
    client = quick_app(style_run, model=BrokenModel(error)).test_client()
    assert message_of(client.post("/predict", data=PICTURE), status) == message


def test_names_of_channels_are_never_markup(style_run: Run, tmp_path: Path) -> None:
    for path in style_run.root.iterdir():
        content = path.read_bytes()
        if path.suffix in (".json", ".csv"):
            content = content.replace(b"Ember & Ash", EVIL.encode()).replace(b"ember", EVIL.encode())
        (tmp_path / path.name).write_bytes(content)
    for path in tmp_path.glob("*.[jc]s*"):
        if path.name != "run.json":
            rewrite(tmp_path, path.name, path.read_bytes())
    client = quick_app(load_run(tmp_path)).test_client()
    assert client.get("/health").get_json()["run"]["channels"][0] == {"name": EVIL, "display_name": EVIL}
    assert client.post("/predict", data=PICTURE).get_json()["channel"] == EVIL
    assert client.get("/report").status_code == 200
    for address in ("/", "/report", *(f"/figures/{name}.svg" for name in FIGURES)):
        response = client.get(address)
        assert response.mimetype == "application/json" or EVIL not in response.get_data(as_text=True), address
    assert client.get("/report.json").mimetype == "application/json"


def test_only_this_machine_can_connect(app: Flask) -> None:
    with on_socket(app) as port, pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=5):
        pass


def test_a_taken_port_is_one_error(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = f"port {port} of 127.0.0.1: another program has it; end that one, or choose another --port"
        with pytest.raises(ServerError, match=exactly(message)):
            listen(app, port)


def test_the_command_names_what_is_no_run(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {tmp_path}: not a run")


@pytest.mark.slow
def test_the_command_prints_its_address_and_ends_with_ctrl_c(style_run: Run) -> None:
    command = [sys.executable, "-m", "backend", "serve", str(style_run.root), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        guard = threading.Timer(120, process.kill)
        guard.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(r"Serving .+ at http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\n", line)
            assert found, line or (process.stderr and process.stderr.read())
            assert ask(int(found[1]), "GET", "/health").json["ok"] is True
            assert ask(int(found[1]), "POST", "/predict", PICTURE).json["channel"] in KNOWN
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=60)
        finally:
            guard.cancel()
            process.kill()
    assert (process.returncode, rest) == (0, "")
    assert errors in ("", "The page to try pictures is not built: run `make build`, then load it again\n")
