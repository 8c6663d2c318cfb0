"""What `pip install .` alone runs: everything of `style`, with neither TensorFlow, Keras nor h5py to be found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers import KNOWN, write_source
from PIL import Image

from backend.utils.tf_quiet import INSTALL

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
METHODS = ("gradcam", "gradcam++", "scorecam")

# As Python says it of what is not installed.
HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "tf_keras", "tensorflowjs", "h5py"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""

# Runs commands in one process, as a start takes a second: prints exit code, stdout and stderr of each.
COMMANDS = """
import json, sys
from click.testing import CliRunner
from backend.cli.main import main

done = [CliRunner().invoke(main, words) for words in json.loads(sys.argv[1])]
print(json.dumps([[each.exit_code, each.stdout, each.stderr] for each in done]))
"""

# Asks the application that `serve` runs.
REQUESTS = """
import base64, json, pathlib, sys
from backend.models.run import load_run
from backend.server.app import create_app

client, picture = create_app(load_run(pathlib.Path(sys.argv[1]))).test_client(), pathlib.Path(sys.argv[2]).read_bytes()
answers = [client.get(path) for path in ("/health", "/report")]
answers += [client.post(path, data=picture) for path in sys.argv[3:]]
print(json.dumps([[each.status_code, base64.b64encode(each.data).decode()] for each in answers]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Without TensorFlow, and with a cache that nothing is in."""
    folder = tmp_path_factory.mktemp("hidden")
    (folder / "sitecustomize.py").write_text(HIDDEN, encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "THUMBPRINT_CACHE": str(folder / "cache")}


def python(environment: Mapping[str, str], code: str, *arguments: str) -> Any:
    """Run code, and read the JSON that it prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def commands(environment: Mapping[str, str], *words: Sequence[object]) -> list[tuple[int, str, str]]:
    """Run commands; returns exit code, stdout and stderr of each."""
    lists = [["-q", *map(str, each)] for each in words]
    return [(code, out, err) for code, out, err in python(environment, COMMANDS, json.dumps(lists))]


@pytest.fixture(scope="module")
def trained(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `source`, `data` and `run`, made so."""
    folder = tmp_path_factory.mktemp("without")
    source, data, run = write_source(folder / "source"), folder / "data", folder / "run"
    done = commands(
        environment,
        ("import", source, "--out", data),
        ("audit", data),
        ("train", data, "--folds", 2, "--out", run),
    )
    assert [code for code, _, _ in done] == [0, 0, 0], done
    return folder


def test_a_model_is_trained_and_used(environment: Mapping[str, str], trained: Path, tmp_path: Path) -> None:
    run, picture = trained / "run", next((trained / "data").rglob("*.jpg"))
    words: list[Sequence[object]] = [
        ("predict", run, picture),
        ("predict", run, "--photo", picture),
        ("report", run, "--out", tmp_path / "report.html"),
        ("evaluate", run, "--data", trained / "data", "--json"),
        ("evaluate", run, "--corruptions", "--pictures", 1),
        ("faithfulness", run, "--pictures", 2),
        *(("explain", run, picture, "--method", method, "--out", tmp_path / f"{method}.png") for method in METHODS),
    ]
    done = commands(environment, *words)
    assert [code for code, _, _ in done] == [0] * len(words), done
    assert set(json.loads(done[0][1])[0]["probabilities"]) == set(KNOWN)
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")
    for method in METHODS:
        with Image.open(tmp_path / f"{method}.png") as drawn, Image.open(picture) as given:
            assert drawn.size == given.size


def test_it_is_served(environment: Mapping[str, str], trained: Path) -> None:
    picture = next((trained / "data").rglob("*.jpg"))
    paths = ["/predict", *(f"/saliency?method={method.replace('+', '%2B')}" for method in METHODS)]
    answers = python(environment, REQUESTS, str(trained / "run"), str(picture), *paths)
    assert [status for status, _ in answers] == [200] * (2 + len(paths))


def test_what_needs_tensorflow_says_so(environment: Mapping[str, str], trained: Path, tmp_path: Path) -> None:
    """`style` too, where it is to start from a weights file."""
    file = tmp_path / "weights.h5"
    file.touch()
    train = ("train", trained / "data", "--out", tmp_path / "run", "--recipe")
    words = [(*train, "style-large"), *((*train, name, "--weights", file) for name in ("lab", "style-large", "style"))]
    message = f"Error: TensorFlow is not installed, which this needs; run: {INSTALL}\n"
    assert commands(environment, *words) == [(2, "", message)] * len(words)
    assert not (tmp_path / "run").exists()


def test_a_conversion_says_so_too(environment: Mapping[str, str], trained: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "converter", str(trained / "run"), "--out", str(tmp_path / "model")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [f"Error: TensorFlow is not installed, which this needs; run: {INSTALL}"]
