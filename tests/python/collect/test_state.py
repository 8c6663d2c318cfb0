"""What stops a collection: another one, a folder or a journal that is not its own, a disk that is full."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from collecting import Forks, Watched, files, forks, manifest, repeated, wait_until, write_channels
from youtube_pages import entries, video_id

from backend.collect.sqlite import open_store, transaction
from backend.data.dataset import load_dataset

pytestmark = pytest.mark.slow

COUNTS = ("--train-size", "10", "--test-size", "2")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Forks, Path]]:
    """A process for all tests, and a collection that they copy."""
    folder = tmp_path_factory.mktemp("internet")
    net = Watched(folder / "ca.pem")
    net.add("aero", entries("aero", 12))
    with net.running(), forks(folder, net) as processes:
        assert processes.run(write_channels(folder / "c.toml", "aero"), folder / "data", *COUNTS) == 0
        yield processes, folder


@pytest.fixture
def processes(started: tuple[Forks, Path]) -> Forks:
    started[0].net.sent.clear()
    return started[0]


@pytest.fixture
def channels(started: tuple[Forks, Path]) -> Path:
    return started[1] / "c.toml"


@pytest.fixture
def data(started: tuple[Forks, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(started[1] / "data", tmp_path / "data"))


def refused(processes: Forks, channels: Path, data: Path, first: str = "") -> str:
    """Collect what cannot be collected; returns the one line that says why."""
    assert processes.run(channels, data, *COUNTS, first=first) == 2, processes.err.read_text()
    (line,) = processes.err.read_text().splitlines()
    assert not processes.out.read_text()
    return line.removeprefix("Error: ")


def test_two_at_once(tmp_path: Path, processes: Forks, channels: Path) -> None:
    data, net = tmp_path / "data", processes.net
    (tmp_path / "second").mkdir()
    with forks(tmp_path / "second", net) as others:
        net.delay = 0.5
        try:
            processes.start(channels, data, *COUNTS, "--concurrency", "1")
            wait_until(lambda: bool(net.sent))
            said = refused(others, channels, data)
        finally:
            net.delay = 0.0
            code = processes.end()
    assert code == 0
    assert said == f"{data}: another collection is writing it: wait for it, or choose another --out"
    assert not repeated(net)
    assert len(load_dataset(data).pictures) == 12


def test_a_collection_that_was_killed_holds_nobody_off(tmp_path: Path, processes: Forks, channels: Path) -> None:
    data = tmp_path / "data"
    processes.start(channels, data, *COUNTS)
    wait_until((data / "collection.sqlite3").exists)
    processes.kill()
    assert (data / ".lock").exists()
    assert processes.run(channels, data, *COUNTS) == 0


@pytest.mark.parametrize("killed_after", ["nothing", "lock", "an empty journal"])
def test_killed_when_it_had_hardly_begun(tmp_path: Path, processes: Forks, channels: Path, killed_after: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in {"nothing": [], "lock": [".lock"]}.get(killed_after, [".lock", "collection.sqlite3"]):
        (data / name).touch()
    assert processes.run(channels, data, *COUNTS) == 0
    assert len(load_dataset(data).pictures) == 12


def test_a_newer_journal(processes: Forks, channels: Path, data: Path) -> None:
    with closing(sqlite3.connect(data / "collection.sqlite3")) as db:
        db.execute("pragma user_version = 7")
    before = files(data)
    said = refused(processes, channels, data)
    assert said == f"{data}/collection.sqlite3: schema 7 is newer than 2, the newest known: update Thumbprint"
    assert files(data) == before


def test_no_journal_at_all(processes: Forks, channels: Path, data: Path) -> None:
    (data / "collection.sqlite3").write_bytes(b"not a database, but long enough to be one" * 100)
    said = refused(processes, channels, data)
    assert said == (
        f"{data}/collection.sqlite3: cannot be read (file is not a database); restore it, or choose another --out"
    )


def test_a_damaged_journal(processes: Forks, channels: Path, data: Path) -> None:
    path = data / "collection.sqlite3"
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):  # all pages but the first
        content[start + 4 : start + 400] = os.urandom(396)
    path.write_bytes(content)
    said = refused(processes, channels, data)
    assert said.startswith(f"{path}: ")
    assert "damaged" in said or "malformed" in said
    assert said.endswith("restore it, or choose another --out")


def test_a_dataset_that_was_not_collected(processes: Forks, channels: Path, data: Path) -> None:
    (data / "collection.sqlite3").unlink()
    said = refused(processes, channels, data)
    assert said == f"{data}: is a dataset that was not collected, and would be mixed with one: choose another --out"


def test_a_folder_of_something_else(tmp_path: Path, processes: Forks, channels: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/dear.txt").touch()
    said = refused(processes, channels, tmp_path / "letters")
    assert said == f"{tmp_path}/letters: is not a collection, and would be mixed with one: choose another --out"
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["dear.txt"]


def test_a_file_in_place_of_a_folder(tmp_path: Path, processes: Forks, channels: Path) -> None:
    (tmp_path / "file").touch()
    assert "file: cannot be written (File exists): choose another --out" in refused(
        processes, channels, tmp_path / "file"
    )


def test_a_file_in_place_of_the_pictures(tmp_path: Path, processes: Forks, channels: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "collection.sqlite3").touch()
    (data / "images").touch()
    said = refused(processes, channels, data)
    assert said == f"{data}/images/aero: is in the way (Not a directory): remove it"
    (data / "images").unlink()
    assert processes.run(channels, data, *COUNTS) == 0
    assert len(load_dataset(data).pictures) == 12


def test_a_channel_whose_folder_is_that_of_another(processes: Forks, data: Path, tmp_path: Path) -> None:
    said = refused(processes, write_channels(tmp_path / "c.toml", "Aero"), data)
    assert said == f"{data}: has a channel 'aero', whose folder may be that of 'Aero': rename [Aero]"
    assert processes.run(write_channels(tmp_path / "c.toml", "aero"), data, *COUNTS) == 0


# The disk is full from the nth picture on, before or in the middle of it; what is smaller may fit again.
FULL_DISK = """
import errno, os
import backend.models.run
count = 0
def fsync(number, real=os.fsync):
    global count
    count += 1
    if count >= {after}:
        raise OSError(errno.ENOSPC, "No space left on device")
    real(number)
os.fsync = fsync
"""


@pytest.mark.parametrize("after", [1, 5, 13, 14, 15], ids=["first", "picture", "description", "left out", "manifest"])
def test_a_full_disk(tmp_path: Path, processes: Forks, channels: Path, after: int) -> None:
    data = tmp_path / "data"
    said = refused(processes, channels, data, FULL_DISK.format(after=after))
    assert "cannot be written (No space left on device)" in said
    assert str(data) in said
    assert len(files(data)) == min(after - 1, 12)
    assert not [file for file in files(data) if "/." in file]
    kept = set(files(data))
    processes.net.sent.clear()
    assert processes.run(channels, data, *COUNTS) == 0
    assert len(processes.net.sent) == 12 - len(kept)
    assert files(data) == {row["file"]: row["sha256"] for row in manifest(data)}
    assert len(load_dataset(data).pictures) == 12


# No file may grow beyond this: neither may the journal.
SMALL_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


@pytest.mark.parametrize("size", [1_000, 20_000, 70_000])
def test_a_disk_that_is_full_for_the_journal_too(tmp_path: Path, processes: Forks, channels: Path, size: int) -> None:
    data = tmp_path / "data"
    said = refused(processes, channels, data, SMALL_FILES.format(size=size))
    assert str(data) in said
    before = set(files(data).values())
    processes.net.sent.clear()
    assert processes.run(channels, data, *COUNTS) == 0
    assert len(processes.net.sent) == 12 - len(before)
    assert len(load_dataset(data).pictures) == 12


def test_something_in_the_place_of_a_picture(processes: Forks, channels: Path, data: Path) -> None:
    """A file that is in the way of a picture is replaced, also by the run after the one that was stopped by it."""
    place = data / f"images/aero/{video_id('aero', 12)}_maxres.jpg"
    (place / "inside").mkdir(parents=True)
    net = processes.net
    net.add("aero", entries("aero", 13))
    try:
        assert refused(processes, channels, data) == f"{place}: is in the way (Is a directory): remove it"
        shutil.rmtree(place)
        place.write_bytes(b"half a picture that is not noted anywhere")
        assert processes.run(channels, data, *COUNTS) == 0
    finally:
        net.add("aero", entries("aero", 12))
    assert files(data) == {row["file"]: row["sha256"] for row in manifest(data)}


def test_a_file_that_is_in_the_way_is_never_taken_for_the_picture(processes: Forks, channels: Path, data: Path) -> None:
    place = data / f"images/aero/{video_id('aero', 12)}_maxres.jpg"
    place.write_bytes(b"half a picture that is not noted anywhere")
    net = processes.net
    net.add("aero", entries("aero", 13))
    try:
        refused(processes, channels, data, FULL_DISK.format(after=1))
        assert not place.exists()
        assert processes.run(channels, data, *COUNTS) == 0
    finally:
        net.add("aero", entries("aero", 12))
    assert files(data) == {row["file"]: row["sha256"] for row in manifest(data)}


def test_a_transaction_that_the_disk_has_ended_says_why(tmp_path: Path) -> None:
    """SQLite takes a transaction back itself where the disk is full; that it is gone is not what went wrong."""
    full = pytest.raises(sqlite3.OperationalError, match="disk is full")
    with closing(open_store(tmp_path / "journal")) as db, full, transaction(db):
        db.execute("rollback")
        raise sqlite3.OperationalError("database or disk is full")
