"""The run folder: whole or not at all, one training at a time, finished folds kept, and damage named."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import described, exactly
from numpy.typing import NDArray

from backend.evaluation.predictions import trained_on
from backend.models.head import Fitted, Head
from backend.models.mobilenet_v2 import Folded
from backend.models.run import CHECK, DESCRIPTION, METRICS, MODEL, PREDICTIONS, load_run, pack_model
from backend.training.checkpoint import Checkpoint
from backend.utils.errors import RunError
from backend.utils.files import pack_arrays, pack_csv, pack_json, write_atomically, write_whole

ROOT = Path(__file__).resolve().parents[3]
IDENTITY = {"seed": 0, "data": "abc"}


def files(name: str = "one", **changes: Any) -> dict[str, bytes]:
    """The files of a small run."""
    kernel, bias = np.arange(27, dtype=np.float32).reshape(3, 3, 3, 1), np.ones(1, np.float32)
    model = pack_model({"Conv1": Folded(kernel, bias)}, {"kernel": np.eye(2, dtype=np.float32)})
    content = {
        MODEL: model,
        METRICS: pack_json({"channels": [name, "two"]}),
        PREDICTIONS: pack_csv(["image", "sha256"], [["a.jpg", "aa"], ["b.jpg", "bb"]]),
        CHECK: pack_arrays({"pixels": np.zeros((2, 4, 5, 3), np.uint8)}),
    }
    return {**content, DESCRIPTION: pack_json(described([name, "two"], content, **changes))}


@contextmanager
def checkpoint_of(out: Path, identity: dict[str, Any] = IDENTITY, force: bool = True) -> Iterator[Checkpoint]:
    with Checkpoint(out, force).open() as checkpoint, checkpoint.training(identity):
        yield checkpoint


def publish(out: Path, name: str = "one", force: bool = False, **changes: Any) -> None:
    with checkpoint_of(out, force=force) as checkpoint:
        checkpoint.publish(files(name, **changes))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def published(out: Path) -> Path:
    publish(out)
    return out


def names(run: Path) -> list[str]:
    return [channel.name for channel in load_run(run).channels]


# --- Written and read back ---------------------------------------------------------------------------------------


def test_a_run_is_read_back_whole(published: Path) -> None:
    run = load_run(published)
    assert (run.root, run.recipe, run.threshold) == (published, "style", 0.25)
    assert np.array_equal(run.layers["Conv1"].kernel, np.arange(27, dtype=np.float32).reshape(3, 3, 3, 1))
    assert np.array_equal(run.layers["Conv1"].bias, [1])
    assert np.array_equal(run.head["kernel"], np.eye(2))
    assert run.metrics()["channels"] == ["one", "two"]
    assert trained_on(run) == {"aa", "bb"}
    assert run.check_pixels().shape == (2, 4, 5, 3)


def test_a_model_without_background_has_no_threshold(out: Path) -> None:
    publish(out, unknown=None)
    assert load_run(out).threshold is None
    assert load_run(out).lookalike_threshold is None


def test_a_run_has_a_threshold_of_lookalikes_only_where_its_training_chose_one(out: Path) -> None:
    for unknown, expected in (
        ({}, None),
        ({"lookalike_threshold": None}, None),
        ({"lookalike_threshold": 0.125}, 0.125),
    ):
        publish(out, unknown={"threshold": 0.25, **unknown}, force=True)
        assert load_run(out).lookalike_threshold == expected


def test_only_the_run_is_left(published: Path) -> None:
    assert sorted(path.name for path in published.parent.iterdir()) == ["run"]
    assert sorted(path.name for path in published.iterdir()) == sorted(files())


def test_an_existing_run_is_replaced_only_with_force(published: Path) -> None:
    with pytest.raises(RunError, match=f"^{published}: exists already; name another --out, or add --force"):
        publish(published, "new")
    assert names(published) == ["one", "two"]
    publish(published, "new", force=True)
    assert names(published) == ["new", "two"]
    assert sorted(path.name for path in published.parent.iterdir()) == ["run"]


def test_an_empty_folder_may_be_used_with_force(out: Path) -> None:
    out.mkdir()
    with Checkpoint(out, force=True).open():
        pass
    with pytest.raises(RunError, match="exists already"), Checkpoint(out).open():
        pass


def test_what_is_not_a_run_is_never_replaced(tmp_path: Path) -> None:
    photos, file = tmp_path / "photos", tmp_path / "file"
    photos.mkdir()
    (photos / "holiday.jpg").touch()
    file.touch()
    for place in (photos, file):
        with pytest.raises(RunError) as caught, Checkpoint(place, force=True).open():
            pass
        assert str(caught.value) == f"{place}: is not a run, so --force will not replace it; name another --out"
        with pytest.raises(RunError):
            publish(place, force=True)
    assert (photos / "holiday.jpg").exists()
    assert file.is_file()


def test_a_folder_that_appears_while_training_is_not_replaced(out: Path) -> None:
    with checkpoint_of(out) as checkpoint:
        out.mkdir()
        (out / "thesis.txt").write_text("years of work")
        with pytest.raises(RunError, match="is not a run"):
            checkpoint.publish(files())
    assert (out / "thesis.txt").read_text() == "years of work"


def test_a_failure_while_writing_keeps_the_old_run(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        if path.name == CHECK:
            raise OSError(28, "No space left on device")
        write_whole(path, content)

    monkeypatch.setattr("backend.training.checkpoint.write_whole", full)
    with pytest.raises(RunError, match="No space left on device"):
        publish(published, "new", force=True)
    assert names(published) == ["one", "two"]


def test_a_failure_while_replacing_keeps_the_old_run(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step, putting the new run in the place of the old one, is refused by the system."""
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if target == published and (self / DESCRIPTION).is_file() and "new" in (self / DESCRIPTION).read_text():
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(RunError, match=re.escape(f"{published}: cannot be written (Permission denied)")):
        publish(published, "new", force=True)
    assert names(published) == ["one", "two"]


def test_a_run_stranded_by_a_kill_between_two_renames_comes_back(published: Path) -> None:
    hidden = published.parent / f".{published.name}.partial" / "old"
    hidden.parent.mkdir()
    published.rename(hidden)
    with checkpoint_of(published):
        assert names(published) == ["one", "two"]


def test_a_half_written_file_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def broken(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(RunError, match=re.escape(f"{path}: cannot be written (No space left on device)")):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "run"
    with (
        pytest.raises(RunError, match=rf"^{out}: cannot be written \(.+\); name another --out$"),
        checkpoint_of(out),
    ):
        pass


# --- Damage ------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_no_run_says_how_to_make_one(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError) as caught:
            load_run(place)
        hint = f"train one with `python -m backend train DATA --out {place}`"
        assert str(caught.value) == f"{place}: not a run (no run.json); {hint}"


def test_a_run_of_an_older_network_is_to_be_trained_again(out: Path) -> None:
    publish(out, schema=1)
    expected = f"{out}: run of schema 1, made by an older Thumbprint whose network was another; train it again"
    with pytest.raises(RunError, match=exactly(expected)):
        load_run(out)


@pytest.mark.parametrize("schema", [3, "1", None])
def test_a_run_of_a_newer_thumbprint_is_named(out: Path, schema: Any) -> None:
    publish(out, schema=schema)
    with pytest.raises(RunError) as caught:
        load_run(out)
    expected = f"{out}: run of schema {schema!r}, and this Thumbprint reads up to 2; update Thumbprint"
    assert str(caught.value) == expected


def scribble(path: Path) -> None:
    """Overwrite the middle half."""
    content = path.read_bytes()
    quarter = len(content) // 4
    path.write_bytes(content[:quarter] + b"\xa5" * (len(content) - 2 * quarter) + content[-quarter:])


def test_a_changed_model_is_noticed(published: Path) -> None:
    scribble(published / MODEL)
    off = "damaged or missing (not what Thumbprint wrote: its checksum is off); train the run again"
    with pytest.raises(RunError, match=exactly(f"{published / MODEL}: {off}")):
        load_run(published)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (MODEL, Path.unlink),
        (DESCRIPTION, cut),
        (DESCRIPTION, empty),
        (DESCRIPTION, lambda path: path.write_text("[]")),
        (DESCRIPTION, lambda path: path.write_text('{"schema": 1}')),
        (DESCRIPTION, lambda path: path.write_text(9999 * "[")),
        (DESCRIPTION, lambda path: path.write_bytes(b"\xff\xfe")),
    ],
    ids=["no model", "cut", "empty", "list", "no content", "deep", "not text"],
)
def test_a_damaged_run_is_named(published: Path, name: str, damage: Damage) -> None:
    damage(published / name)
    with pytest.raises(RunError, match=rf"^{published / name}: damaged or missing \(.*\); train the run again$"):
        load_run(published)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (METRICS, lambda run: run.metrics()),
        (PREDICTIONS, trained_on),
        (CHECK, lambda run: run.check_pixels()),
    ],
    ids=["metrics", "predictions", "check"],
)
@pytest.mark.parametrize("damage", [Path.unlink, empty, scribble, cut], ids=["missing", "empty", "scribbled", "cut"])
def test_damaged_files_beside_the_model_are_named(
    published: Path, name: str, read: Callable[[Any], object], damage: Damage
) -> None:
    run = load_run(published)
    read(run)
    damage(published / name)
    with pytest.raises(RunError, match=rf"^{published / name}: damaged or missing \(.+\); train the run again$"):
        read(run)


# --- One training at a time, and one that goes on -----------------------------------------------------------------


HOLDING = """
import sys, time
from pathlib import Path
from backend.training.checkpoint import Checkpoint
with Checkpoint(Path(sys.argv[1])).open():
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_training(out: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the checkpoint of a run."""
    process = subprocess.Popen([sys.executable, "-c", HOLDING, str(out)], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_second_training_of_the_same_run_is_refused_until_the_first_is_gone(out: Path) -> None:
    with another_training(out), pytest.raises(RunError) as caught:
        publish(out)
    assert str(caught.value) == f"{out}: another training is writing it; wait for it or name another --out"
    publish(out)  # the other one was killed, and its lock went with it
    assert names(out) == ["one", "two"]


class Fits:
    """Counts how often a fold was fitted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Fitted:
        self.count += 1
        head: Head = {"kernel": np.full((2, 3), self.count, np.float32), "bias": np.zeros(3, np.float32)}
        return Fitted(head, [{"epoch": 1.0, "loss": 0.5}])


def remember(out: Path, fits: Fits, identity: dict[str, Any] = IDENTITY) -> Fitted:
    with checkpoint_of(out, identity) as checkpoint:
        return checkpoint.resume_or_fit("0", fits)


def test_a_finished_fold_is_taken_up(out: Path) -> None:
    fits = Fits()
    first = remember(out, fits)
    again = remember(out, fits)
    assert fits.count == 1
    assert again.history == first.history
    assert again.head.keys() == {"kernel", "bias"}
    assert np.array_equal(again.head["kernel"], first.head["kernel"])


def test_a_fold_of_other_settings_is_not_taken_up(out: Path) -> None:
    fits = Fits()
    remember(out, fits)
    remember(out, fits, {**IDENTITY, "seed": 1})
    assert fits.count == 2
    remember(out, fits)
    assert fits.count == 3, "and what was there before is gone"


def test_folds_of_another_version_are_refused_until_their_folder_is_deleted(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits, refused = Fits(), "unfinished training of another version of Thumbprint; delete this folder"
    remember(out, fits)
    with pytest.raises(RunError, match=refused):
        remember(out, fits, {**IDENTITY, "version": "9.0"})
    monkeypatch.setattr("backend.training.checkpoint.SCHEMA", 99)
    with pytest.raises(RunError, match=refused):
        remember(out, fits)
    assert fits.count == 1
    (kept,) = out.parent.rglob("fold-0.npz")
    shutil.rmtree(kept.parent)
    remember(out, fits)
    assert fits.count == 2


def test_an_identity_that_is_no_identity_is_as_good_as_none(out: Path) -> None:
    fits = Fits()
    remember(out, fits)
    (identity,) = out.parent.rglob("identity.json")
    for text in ("[1]", "7", "{", ""):
        identity.write_text(text)
        remember(out, fits)
    assert fits.count == 5


@pytest.mark.parametrize("damage", [scribble, cut, empty, lambda path: path.write_text("text")])
def test_a_damaged_fold_is_fitted_again(out: Path, damage: Damage) -> None:
    fits = Fits()
    remember(out, fits)
    (kept,) = out.parent.rglob("fold-0.npz")
    damage(kept)
    again = remember(out, fits)
    assert fits.count == 2
    assert again.head["kernel"][0, 0] == 2
    remember(out, fits)
    assert fits.count == 2, "the mended one was kept"


def test_a_fold_without_its_history_is_fitted_again(out: Path) -> None:
    fits = Fits()
    remember(out, fits)
    (kept,) = out.parent.rglob("fold-0.npz")
    kept.write_bytes(pack_arrays({"kernel": np.zeros(3)}))
    remember(out, fits)
    assert fits.count == 2


def test_a_killed_training_leaves_its_folds_and_no_run(out: Path) -> None:
    fits = Fits()
    with pytest.raises(KeyboardInterrupt), checkpoint_of(out) as checkpoint:
        checkpoint.resume_or_fit("0", fits)
        raise KeyboardInterrupt
    assert not out.exists()
    remember(out, fits)
    assert fits.count == 1


# --- Formats -----------------------------------------------------------------------------------------------------


def test_json_is_readable_text() -> None:
    packed = pack_json({"name": "Crème Brûlée 🍮"})
    assert json.loads(packed) == {"name": "Crème Brûlée 🍮"}
    assert "Crème Brûlée 🍮" in packed.decode()
    assert packed.endswith(b"\n")


def test_csv_quotes_what_needs_it() -> None:
    assert pack_csv(["a", "b"], [["x,y", 1]]) == b'a,b\n"x,y",1\n'


def test_a_model_holds_no_pickles(published: Path) -> None:
    """Object arrays would run code when they are read."""
    evil = io.BytesIO()
    objects: NDArray[Any] = np.array([{"a": 1}], dtype=object)
    np.savez(evil, **{"head/kernel": objects})
    (published / MODEL).write_bytes(evil.getvalue())
    description = json.loads((published / DESCRIPTION).read_text())
    description["files"][MODEL] = hashlib.sha256(evil.getvalue()).hexdigest()
    (published / DESCRIPTION).write_text(json.dumps(description))
    with pytest.raises(RunError, match="Object arrays cannot be loaded when allow_pickle=False"):
        load_run(published)
