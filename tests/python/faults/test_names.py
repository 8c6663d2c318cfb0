"""Folders, channels and files whose names have spaces and are in any script, from an import to the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers import KNOWN, write_channel
from once import copied_cache

from backend.cli.main import main
from backend.models.run import load_run
from backend.server.app import create_app
from converter.__main__ import main as convert

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[3]
NAMES = dict(zip(KNOWN, ("Кулинария и сад", "料理 チャンネル", "Ñandú & Œuvre 🎨"), strict=True))


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["--quiet", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, weights_file: Path) -> Iterator[Path]:
    """A folder with a dataset and a run, the cache and the temporary files below it too."""
    home = tmp_path_factory.mktemp("names") / "Мои данные" / "日本 語"
    source = home / "source"
    for channel, name in NAMES.items():
        write_channel(source / name, channel)
        first = sorted((source / name).iterdir())[-1]
        first.rename(first.with_name("видео é 動画 №1.jpg"))
    (home / "временные").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        copied_cache(home / "кэш")
        patch.setenv("THUMBPRINT_CACHE", str(home / "кэш"))
        patch.setenv("TMPDIR", str(home / "временные"))
        run("import", source, "--out", home / "мой набор")
        run("train", home / "мой набор", "--out", home / "мой запуск", "--folds", "2", "--weights", weights_file)
        yield home


def test_a_training_names_channels_as_they_are_called(home: Path) -> None:
    names = [channel.display_name for channel in load_run(home / "мой запуск").channels]
    assert sorted(names) == sorted(NAMES.values())


def test_predict_in_a_process_of_its_own_whatever_the_locale(home: Path) -> None:
    picture = home / "source" / NAMES["moss"] / "видео é 動画 №1.jpg"
    command = [sys.executable, "-m", "backend", "--quiet", "predict", str(home / "мой запуск"), str(picture)]
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert NAMES["moss"] in json.dumps(answer, ensure_ascii=False)
    assert "видео é 動画 №1.jpg" in json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_predict_on_any_terminal(home: Path, encoding: str) -> None:
    picture = home / "source" / NAMES["moss"] / "видео é 動画 №1.jpg"
    command = [sys.executable, "-m", "backend", "--quiet", "predict", str(home / "мой запуск"), str(picture)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    answer = json.loads(done.stdout.decode(encoding))
    assert NAMES["moss"] in json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "| true", "2>&1 | true"])
def test_predict_with_nobody_who_reads(home: Path, closed: str) -> None:
    picture = home / "source" / NAMES["moss"] / "видео é 動画 №1.jpg"
    script = f'"$PYTHON" -m backend predict "{home}/мой запуск" "{picture}" {closed}'
    environment = {**os.environ, "PYTHON": sys.executable}
    command = ["bash", "-c", script]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if "|" not in closed:
        assert done.returncode == 0
        assert NAMES["moss"] in done.stdout + done.stderr


def test_evaluate(home: Path) -> None:
    assert "macro F1" in run("evaluate", home / "мой запуск", "--data", home / "мой набор").stdout


def test_the_converter(home: Path) -> None:
    """On a terminal that cannot write its name."""
    result = CliRunner(charset="latin-1").invoke(
        convert, ["-q", str(home / "мой запуск"), "--out", str(home / "моя модель")]
    )
    assert result.exit_code == 0, result.output
    assert r"\N{CYRILLIC SMALL LETTER EM}" in result.output
    metadata = json.loads((home / "моя модель" / "metadata.json").read_text(encoding="utf-8"))
    assert {channel["display_name"] for channel in metadata["channels"]} == set(NAMES.values())


def test_the_server_and_its_report(home: Path) -> None:
    client = create_app(load_run(home / "мой запуск")).test_client()
    local = {"base_url": "http://127.0.0.1:8765"}
    picture = next((home / "source" / NAMES["fjord"]).iterdir())
    answer = client.post("/predict", data=picture.read_bytes(), content_type="image/jpeg", **local)
    assert answer.status_code == 200, answer.text
    assert NAMES["fjord"] in json.dumps(answer.get_json(), ensure_ascii=False)
    page = client.get("/report", **local)
    assert page.status_code == 200, page.text
    assert NAMES["ember"] in page.text
    assert NAMES["fjord"] in page.text


def test_nothing_is_left_anywhere(home: Path) -> None:
    assert not [path for path in home.rglob(".*")]
