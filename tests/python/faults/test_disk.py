"""Disks that are full, or may only be read: one clear line, nothing half written, and the next run works."""

from __future__ import annotations

import errno
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from collecting import Watched, arguments, write_channels
from disks import Disk, small_disk
from helpers import write_source
from once import copied_cache
from youtube_pages import entries

from backend.data.dataset import Dataset
from backend.models.features import fingerprint
from backend.models.run import Run
from backend.models.style import Style
from backend.models.weights import load_weights
from backend.utils import progress
from backend.utils.cache import cache_dir, keep

pytestmark = pytest.mark.slow

FULL = "cannot be written (No space left on device); free some space or name another --out"
READ_ONLY = "cannot be written (Read-only file system); name another --out"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A disk of 12 MB for all tests, in a folder of its own."""
    with small_disk(tmp_path_factory.mktemp("disk") / "disk", "12m") as made:
        yield made


@pytest.fixture
def disk(shared: Disk) -> Iterator[Disk]:
    """That disk, empty."""
    yield shared
    shared.read_only(False)
    shared.free()
    for name in shared.folders():
        shared.remove(name)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_source(tmp_path_factory.mktemp("source") / "source")


def checksums(folder: Path, name: str) -> dict[str, str]:
    """Return the checksums of a folder's files, under the name that its copy has."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def chances(files: dict[str, str]) -> dict[str, str]:
    """Return those of a run's files that are the same from training to training."""
    return {name: checksum for name, checksum in files.items() if name.endswith(("predictions.csv", "history.csv"))}


# --- Full --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 60])
def test_an_import_to_a_full_disk(disk: Disk, source: Path, data: Dataset, left: int) -> None:
    out = disk.root / "data"
    disk.fill(left)
    assert disk.run("backend", "import", source, "--out", out, TMPDIR=disk.root).refusal() == f"{out}: {FULL}"
    assert disk.folders() == []
    disk.free()
    assert disk.run("backend", "import", source, "--out", out, TMPDIR=disk.root).code == 0
    assert disk.files() == checksums(data.root, "data")


def test_an_import_over_a_dataset_on_a_full_disk(disk: Disk, source: Path, data: Dataset) -> None:
    out = disk.copy(data.root, "data")
    before = disk.files()
    disk.fill(60)
    assert disk.run("backend", "import", source, "--out", out, "--force").refusal() == f"{out}: {FULL}"
    assert (disk.files(), disk.folders()) == (before, ["data"])


# Before the first fold, between two, and while the run is written.
@pytest.mark.parametrize("left", [0, 60, 500])
def test_a_training_to_a_full_disk(disk: Disk, data: Dataset, style_run: Run, weights_file: Path, left: int) -> None:
    older = disk.copy(style_run.root, "older")
    before, out = disk.files(), disk.root / "run"
    dataset = disk.copy(data.root, "data")
    disk.fill(left)
    for place, options in ((out, ()), (older, ("--force",))):
        ended = disk.run(
            *("backend", "train", dataset, "--out", place, "--folds", "3", "--weights", weights_file, *options),
            TMPDIR=disk.root,
        )
        assert ended.refusal() == f"{place}: {FULL}"
    assert {name: checksum for name, checksum in disk.files().items() if name.startswith("older/")} == before
    assert "run" not in disk.folders()
    disk.free()
    ended = disk.run("backend", "train", dataset, "--out", out, "--folds", "3", "--weights", weights_file)
    assert ended.code == 0, ended.stderr
    assert chances(disk.files()).items() >= chances(checksums(style_run.root, "run")).items()
    assert {"data", "older", "run"} <= {*disk.folders()} <= {"data", "older", "run", ".older.partial"}


def folded(weights_file: Path, folder: Path) -> Path:
    """Copy what the session's cache has of the weights for `style`; other tests may have left more there."""
    begin = hashlib.sha256(weights_file.read_bytes()).hexdigest()[:16]
    (kept,) = (cache_dir() / "weights").glob(f"folded-*-{begin}-{Style.taps[-1]}.npz")
    folder.mkdir(parents=True)
    shutil.copy(kept, folder)
    return folder


def some_features(folder: Path, weights_file: Path) -> Path:
    """Copy the session's cache, with all features but a few."""
    kept = copied_cache(folder, "weights")
    folded(weights_file, kept / "weights")
    weights = Style().prepared(load_weights(weights_file, Style.taps[-1]))
    name = f"features-{fingerprint(weights.identity, Style.taps, Style.spec)}.sqlite"
    with closing(sqlite3.connect(cache_dir() / name)) as whole, closing(sqlite3.connect(kept / name)) as db:
        whole.backup(db)  # another worker may be adding to it
        db.execute("DELETE FROM features WHERE rowid % 8 = 0")
        db.commit()
        db.execute("VACUUM")
    return kept


def test_features_on_a_full_disk(
    tmp_path: Path, data: Dataset, style_run: Run, weights_file: Path, source: Path
) -> None:
    """The cache is on the full disk, with room for a part of what is missing; then there is more room."""
    cache = some_features(tmp_path / "cache", weights_file)
    size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    with small_disk(tmp_path / "disk", f"{size // 1024 + 2000}k") as disk:
        kept, out = disk.copy(cache, "cache"), tmp_path / "run"
        arguments = ("train", data.root, "--out", out, "--folds", "3", "--weights", weights_file)
        disk.fill(100)
        said = disk.run("backend", *arguments, THUMBPRINT_CACHE=kept).refusal()
        reason = "cannot keep features (database or disk is full); free some space or set THUMBPRINT_CACHE elsewhere"
        assert said in [f"{disk.root / name}: {reason}" for name in disk.files() if name.endswith(".sqlite")]
        assert [path.name for path in tmp_path.iterdir() if "run" in path.name] == []
        disk.free()
        ended = disk.run("backend", *arguments, THUMBPRINT_CACHE=kept)
        assert ended.code == 0, ended.stderr
    for name in ("predictions.csv", "history.csv"):
        assert (out / name).read_bytes() == (style_run.root / name).read_bytes()


def test_strangers_on_a_full_disk(
    disk: Disk, data: Dataset, style_run: Run, weights_file: Path, tmp_path: Path
) -> None:
    """An empty cache on a full disk: what is folded and compiled is not kept, and what is drawn says so."""
    disk.copy(folded(weights_file, tmp_path / "weights"), "weights")
    disk.fill(8)
    out = disk.root / "run"
    said = disk.run(
        *("backend", "train", data.root, "--out", out, "--folds", "3", "--weights", weights_file),
        THUMBPRINT_CACHE=disk.root,
    ).refusal()
    place = next(path.name for path in cache_dir().glob("strangers-*") if path.is_dir())
    reason = "cannot be written (No space left on device); free some space or set THUMBPRINT_CACHE elsewhere"
    assert said == f"{disk.root / place}: {reason}"
    assert disk.folders() == ["weights"]


def test_a_full_cache(disk: Disk, data: Dataset, weights_file: Path, tmp_path: Path) -> None:
    """Whatever is kept there first, the line says which folder is full, and how another one is named."""
    disk.fill(0)
    command = ("train", data.root, "--out", tmp_path / "run", "--folds", "3", "--weights", weights_file)
    said = disk.run("backend", *command, THUMBPRINT_CACHE=disk.root / "cache").refusal()
    assert said.startswith(f"{disk.root}/cache")
    assert said.endswith("; free some space or set THUMBPRINT_CACHE elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_a_full_cache_that_is_not_needed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(progress, "say", said.append)

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("backend.utils.cache.write_whole", full)
    keep(tmp_path / "cache" / "kept", b"content")
    place = tmp_path / "cache" / "kept"
    reason = "cannot be written (No space left on device); free some space or set THUMBPRINT_CACHE elsewhere"
    assert said == [f"{place}: {reason}"]


def test_a_collection_on_a_full_disk(disk: Disk, tmp_path: Path) -> None:
    """Of thumbnails of 8 KB each a few fit; then the rest is fetched, and nothing twice."""
    net, channels, out = Watched(tmp_path / "ca.pem"), write_channels(tmp_path / "c.toml", "aero"), disk.root / "data"
    net.add("aero", entries("aero", 12))
    with net.running():
        command = arguments(channels, out, net, "--train-size", "10", "--test-size", "2")[1:]
        disk.fill(250)
        said = disk.run("backend", *command, SSL_CERT_FILE=net.ca).refusal()
        assert said.startswith(f"{out}/")
        assert "free some space" in said
        disk.free()
        kept = [name for name in disk.files() if name.startswith("data/images/")]
        assert not [name for name in kept if "/." in name]
        net.sent.clear()
        ended = disk.run("backend", *command, SSL_CERT_FILE=net.ca)
        assert ended.code == 0, ended.stderr
        assert len(net.sent) == 12 - len(kept)
    assert len([name for name in disk.files() if name.startswith("data/images/")]) == 12


def test_a_conversion_to_a_full_disk(disk: Disk, style_run: Run) -> None:
    """While TensorFlow writes what is converted; a model that was there stays."""
    out = disk.root / "model"
    disk.fill(300)
    said = disk.run("converter", style_run.root, "--out", out).refusal()
    assert said == f"{out}: {FULL}"
    assert disk.folders() == []


# --- Read only ----------------------------------------------------------------------------------------------------


def test_folders_that_may_only_be_read(
    disk: Disk, source: Path, data: Dataset, style_run: Run, weights_file: Path, tmp_path: Path
) -> None:
    """Nothing is written there, each command says so at once, and what is there can be used."""
    run, dataset, out = disk.copy(style_run.root, "run"), disk.copy(data.root, "data"), disk.root / "new" / "out"
    before = disk.files()
    disk.read_only()
    training = ("train", dataset, "--folds", "3", "--weights", weights_file)
    refused = {
        "import": disk.run("backend", "import", source, "--out", out),
        "import over": disk.run("backend", "import", source, "--out", dataset, "--force"),
        "train": disk.run("backend", *training, "--out", out),
        "train over": disk.run("backend", *training, "--out", run, "--force"),
        "convert": disk.run("converter", run, "--out", out),
    }
    places = {"import over": dataset, "train over": run}
    for name, ended in refused.items():
        assert ended.refusal() == f"{places.get(name, out)}: {READ_ONLY}", name
    collected = disk.run("backend", "collect", write_channels(tmp_path / "c.toml", "aero"), "--out", out)
    assert collected.refusal() == f"{out}: cannot be written (Read-only file system): choose another --out"
    assert disk.files() == before

    picture = next(iter(data.pictures)).file
    for command in (
        ("predict", run, dataset / picture),
        ("evaluate", run, "--data", dataset),
        (*training, "--out", tmp_path / "run"),
    ):
        ended = disk.run("backend", *command)
        assert ended.code == 0, ended.stderr
    assert disk.files() == before


def test_a_cache_that_may_only_be_read(
    disk: Disk, data: Dataset, style_run: Run, weights_file: Path, tmp_path: Path
) -> None:
    """One that is whole is used; where something is missing, that is the error."""
    kept = disk.copy(folded(weights_file, tmp_path / "weights"), "cache/weights").parent
    shutil.rmtree(tmp_path / "weights")
    disk.read_only()
    command = ("train", data.root, "--out", tmp_path / "run", "--folds", "3", "--weights", weights_file)
    said = disk.run("backend", *command, THUMBPRINT_CACHE=kept).refusal()
    assert said.startswith(f"{kept}/strangers-")
    assert said.endswith("cannot be written (Read-only file system); set THUMBPRINT_CACHE elsewhere")
    assert not (tmp_path / "run").exists()
    assert list(tmp_path.iterdir()) == []
