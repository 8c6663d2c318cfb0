"""What an earlier Thumbprint left is used as it was then, or refused with the next step (`tests/fixtures/earlier`)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from serving import quick_app

from backend.cli.main import main
from backend.data.dataset import Dataset
from backend.models.predictor import Model
from backend.models.run import MODEL, load_run, pack_model
from backend.models.weights import load_shipped
from backend.utils.files import pack_json, unpack_arrays
from converter.__main__ import main as convert_main
from converter.metadata import describe

EARLIER = Path(__file__).resolve().parents[2] / "fixtures" / "earlier"
COLOURS = {
    "ember": ((255, 85, 0), (90, 20, 0), (255, 200, 60), (60, 0, 0)),
    "fjord": ((85, 170, 255), (10, 40, 90), (230, 240, 250), (0, 90, 120)),
}
ASKED = ("ember", "ember", "fjord", "fjord", "random", "random")  # whose pictures the answers are of
TOLERANCE = 1e-3  # of a probability


def mosaic(channel: str, number: int) -> Image.Image:
    """Draw what the earlier Thumbprint was asked: tiles of a channel's colours, a quarter of them of any."""
    rng = np.random.default_rng([sum(channel.encode()), number])
    tiles = rng.integers(0, 256, (3, 4, 3))
    if channel in COLOURS:
        own = np.array(COLOURS[channel])[rng.integers(0, 4, (3, 4))]
        tiles = np.where(rng.random((3, 4, 1)) < 0.75, own, tiles)
    return Image.fromarray(tiles.astype(np.uint8)).resize((320, 180), Image.Resampling.NEAREST)


def read(name: str) -> Any:
    return json.loads((EARLIER / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run, whole again: its network is the one that is shipped."""
    root = tmp_path_factory.mktemp("earlier") / "run"
    shutil.copytree(EARLIER / "run", root)
    packed = unpack_arrays((root / "head.npz").read_bytes())
    (root / "head.npz").unlink()
    head = {name.removeprefix("head/"): array for name, array in packed.items()}
    (root / MODEL).write_bytes(pack_model(load_shipped().layers, head))
    description = read("run/run.json")
    # The same arrays: how small they become is the compressor's.
    description["files"][MODEL] = hashlib.sha256((root / MODEL).read_bytes()).hexdigest()
    (root / "run.json").write_bytes(pack_json(description))
    return root


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("asked")
    paths = [folder / f"{number}.png" for number in range(len(ASKED))]
    for number, (path, channel) in enumerate(zip(paths, ASKED, strict=True)):
        mosaic(channel, 1000 + number).save(path)
    return paths


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["-q", *map(str, arguments)])


def same(answer: dict[str, Any], expected: dict[str, Any]) -> bool:
    chances, before = ({**one["probabilities"], "": one["unknown"]} for one in (answer, expected))
    return bool(
        (answer["channel"], answer["known"]) == (expected["channel"], expected["known"])
        and chances == pytest.approx(before, abs=TOLERANCE)
    )


def test_a_run_predicts_what_it_did(run: Path, pictures: list[Path]) -> None:
    result = command("predict", run, *pictures)
    assert result.exit_code == 0, result.output
    expected = read("answers.json")
    assert [answer["known"] for answer in expected] == [True] * 4 + [False] * 2
    for answer, before in zip(json.loads(result.stdout), expected, strict=True):
        assert same(answer, before), (answer, before)


def test_a_run_is_served(run: Path, pictures: list[Path]) -> None:
    loaded = load_run(run)
    client = quick_app(loaded, model=Model(loaded)).test_client()
    for picture, before in zip(pictures, read("answers.json"), strict=True):
        assert same(client.post("/predict", data=picture.read_bytes()).get_json(), before)
    assert client.get("/report").status_code == 200


def test_a_run_is_reported(run: Path, tmp_path: Path) -> None:
    result = command("report", run, "--out", tmp_path / "report.html")
    assert result.exit_code == 0, result.output
    page, metrics = (tmp_path / "report.html").read_text(encoding="utf-8"), read("run/metrics.json")
    assert metrics["unknown"]["strangers"] == "random" and "random thumbnails" in page
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["metrics"] == metrics


def test_its_model_is_described_as_it_was_and_has_no_threshold_of_lookalikes(run: Path, tmp_path: Path) -> None:
    before, found = read("metadata.json"), describe(load_run(run), tmp_path, "int8")
    assert found["unknown"].pop("lookalike_threshold", 0) is None
    assert "lookalike_threshold" not in before["unknown"]
    assert (
        found.pop("features") is None and found.pop("heat") is None and before.keys().isdisjoint({"features", "heat"})
    )
    changing = ("version", "created", "files")
    assert {name: value for name, value in found.items() if name not in changing} == {
        name: value for name, value in before.items() if name not in changing
    }


@pytest.mark.slow
def test_a_run_is_converted(run: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(convert_main, ["-q", str(run), "--out", str(tmp_path / "model")])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "model" / "metadata.json").read_text())["unknown"]["lookalike_threshold"] is None


def test_an_unfinished_training_is_refused_with_the_next_step(data: Dataset, tmp_path: Path) -> None:
    partial = tmp_path / ".run.partial"
    shutil.copytree(EARLIER / "partial", partial)
    kept = {path.name: path.read_bytes() for path in partial.iterdir()}
    result = command("train", data.root, "--out", tmp_path / "run")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: {partial}: an unfinished training of another version of Thumbprint; delete this folder to train anew, "
        "or finish it with that version\n"
    )
    assert {path.name: path.read_bytes() for path in partial.iterdir()} == kept, "nothing of it is lost"
