"""kill -9 while a dataset, a run or a model is written: what was there stays, and the next try comes to the same."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from collecting import wait_until
from helpers import write_source

from backend.data.dataset import Dataset
from backend.models.run import Run
from converter.__main__ import main as convert_command

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[3]

# Runs a job again and again, each time in a copy of this process that is killed one step later, before or after what
# it does to the disk; after each kill the job runs undisturbed. Prints what was there after the kill and then.
KILLED = """
import hashlib, json, os, pathlib, shutil, signal, sys

root, job, places = pathlib.Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
first, stride = map(int, sys.argv[4:])

def files():
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*")) if path.is_file()
    }

def forked(step):
    pid = os.fork()
    if not pid:
        code = 1
        try:
            watch(step)
            run()
            code = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def watch(last):
    steps = 0
    def step():
        nonlocal steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
    def watched(place, name):
        real = getattr(place, name)
        def call(*values, **named):
            step()
            found = real(*values, **named)
            step()
            return found
        setattr(place, name, call)
    watched(os, "replace"), watched(os, "rename"), watched(os, "mkdir"), watched(os, "rmdir"), watched(os, "unlink")
    for name in ("rename", "replace", "mkdir", "unlink", "rmdir", "write_bytes"):
        watched(pathlib.Path, name)

exec(job)
step, code = first, -9
while code == -9:
    shutil.rmtree(root, ignore_errors=True)
    begin()
    code = forked(step)
    after_kill = files()
    again = forked(0)
    print(json.dumps([step, code, after_kill, again, files()]), flush=True)
    step += stride
"""

IMPORT = """
import backend.data.folder_import
def begin():
    root.mkdir()
    if places["older"]:
        shutil.copytree(places["older"], root / "data")
def run():
    backend.data.folder_import.import_folder(pathlib.Path(places["source"]), root / "data", force=True)
"""

TRAIN = """
import backend.training.train
from backend.data.settings import TrainSettings
from backend.data.dataset import load_dataset
from backend.utils.progress import set_quiet
set_quiet(True)
def begin():
    root.mkdir()
    if places["older"]:
        shutil.copytree(places["older"], root / "run")
def run():
    data, weights = load_dataset(pathlib.Path(places["data"])), pathlib.Path(places["weights"])
    backend.training.train.train(data, root / "run", TrainSettings("style", folds=3, seed=0), weights, force=True)
"""

# What TensorFlow and TensorFlow.js do is not of interest here: the files are there already.
CONVERT = """
import converter.__main__ as converting
from converter.verify import Parity
from types import SimpleNamespace
converting.progress.set_quiet(True)
converting.import_tensorflow = lambda: None
converting.Model = lambda run: SimpleNamespace(predict_proba=lambda pixels: None, recipe=None)
converting.classify_in_tfjs = lambda *values: None
converting.verify = lambda *values: Parity(0, 1, 0)
converting.click.echo = lambda text: None
converting.describe = lambda *values: {"version": "x"}
def export(model, folder, dtype):
    for number in range(2):
        (folder / f"group1-shard{number + 1}of2.bin").write_bytes(b"converted" * 1000)
converting.export_graph_model = export
def begin():
    (root / "model").mkdir(parents=True)
    (root / "model" / "metadata.json").write_bytes(b"older")
def run():
    converting.convert(pathlib.Path(places["run"]), root / "model", "int8", True)
"""


def checksums(folder: Path, name: str) -> dict[str, str]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def kills(tmp_path: Path, job: str, first: int, stride: int, **places: Path | str) -> list[tuple[int, Any, Any]]:
    """Kill a job at one step after the other; returns each exit code, and what was there then and after another try.

    The last one is of a job that ended before it was to be killed.
    """
    told = json.dumps({name: str(place) for name, place in places.items()})
    command = [sys.executable, "-c", KILLED, str(tmp_path / "work"), job, told, str(first), str(stride)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = []
    for step, code, after, again, ended in map(json.loads, done.stdout.splitlines()):
        assert again == 0, f"the try after step {step} failed: {done.stderr}"
        found.append((code, after, ended))
    assert [code for code, *_ in found] == [-9] * (len(found) - 1) + [0], done.stderr
    return found


def visible(files: dict[str, str], name: str) -> dict[str, str]:
    return {path: checksum for path, checksum in files.items() if path.startswith(f"{name}/")}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One channel, so that there are not too many steps."""
    folder = write_source(tmp_path_factory.mktemp("source") / "source", ("ember",))
    (folder / "channels.toml").unlink()
    return folder


@pytest.mark.parametrize("over", [False, True], ids=["new", "over an older one"])
def test_an_import_killed_at_any_step(tmp_path: Path, source: Path, over: bool) -> None:
    older = tmp_path / "older"
    older.mkdir()
    (older / "dataset.json").write_text("an older one")
    before = checksums(older, "data") if over else {}
    found = kills(tmp_path, IMPORT, *((44, 1) if over else (1, 4)), source=source, older=older if over else "")
    assert len(found) > 10, "the steps are not seen any more"
    *_, (_, _, whole) = found
    assert len(whole) == 10 + 3
    states = [visible(after, "data") for _, after, _ in found]
    assert all(state in ({}, before, whole) for state in states), "half of one is never seen"
    assert before in states and whole in states
    assert all(ended == whole for _, _, ended in found), "nothing is lost, and nothing else left"
    if over:
        assert states.count({}) <= 4, "the older one is out of its place between two renames alone"


def test_a_training_killed_while_it_keeps_folds_and_writes_the_run(
    tmp_path: Path, data: Dataset, style_run: Run, weights_file: Path
) -> None:
    before = checksums(style_run.root, "run")
    found = kills(tmp_path, TRAIN, 9, 75, data=data.root, weights=weights_file, older=style_run.root)
    assert len(found) >= 3, "the steps are not seen any more"
    names = ("run/predictions.csv", "run/history.csv")
    for _, after, ended in found:
        assert (
            visible(after, "run") == before
            or before.keys() == visible(after, "run").keys()
            or (set(before.values()) <= set(after.values()))
        )
        assert {name: ended[name] for name in names} == {name: before[name] for name in names}
        assert ended.keys() == before.keys(), "nothing else is left"


def test_a_conversion_killed_at_any_step(tmp_path: Path, style_run: Run) -> None:
    older = hashlib.sha256(b"older").hexdigest()
    found = kills(tmp_path, CONVERT, 1, 2, run=style_run.root)
    whole = found[-1][2]
    assert whole.keys() == {"model/group1-shard1of2.bin", "model/group1-shard2of2.bin", "model/metadata.json"}
    for _, after, ended in found:
        assert visible(after, "model") in (whole, {"model/metadata.json": older}) or older in after.values()
        assert ended == whole, "nothing else is left"


def test_a_conversion_killed_while_tensorflow_writes(tmp_path: Path, style_run: Run) -> None:
    out = tmp_path / "model"
    command = [sys.executable, "-m", "converter", "--quiet", str(style_run.root), "--out", str(out)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        wait_until(lambda: any(tmp_path.glob(".model.partial/new/saved/*")) or process.poll() is not None)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()
    result = CliRunner().invoke(convert_command, ["--quiet", str(style_run.root), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert {path.name for path in out.iterdir()} == {"model.json", "group1-shard1of1.bin", "metadata.json"}
