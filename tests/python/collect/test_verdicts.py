"""What was said of a video and hangs on something else is looked at again once that has changed: a channel's name, a
picture of which it was a copy, what YouTube has of it, the clock.
"""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from collecting import Forks, files, manifest, repeated, write_channels
from youtube import MISSING, image, picture
from youtube_pages import Entry, entries, video_id

from backend.data.dataset import load_dataset

pytestmark = pytest.mark.slow

COUNTS = ("--train-size", "10", "--test-size", "2")
DAY = 24 * 3600
# The clock of a process: so many seconds from now.
CLOCK = "import time; real = time.time; time.time = lambda: real() + {seconds}"


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    return write_channels(tmp_path / "c.toml", "aero")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def later(days: float) -> str:
    """Say the time of some days from now to a process."""
    return CLOCK.format(seconds=days * DAY)


def called(path: Path, name: str, handle: str = "aero") -> Path:
    """Write a channels.toml of one channel under a name that is not its handle."""
    path.write_text(f'[{name}]\nhandle = "@{handle}"\n')
    return path


def left_out(data: Path) -> dict[str, str]:
    with (data / "left-out.csv").open(newline="") as file:
        return {row["source"]: row["reason"] for row in csv.DictReader(file)}


def of(data: Path, video: str) -> list[tuple[str, str]]:
    """Say what there is of a video: versions and sizes."""
    return [(row["version"], row["variant"]) for row in manifest(data) if row["key"] == video]


def videos(data: Path, channel: str) -> list[str]:
    return list(dict.fromkeys(row["key"] for row in manifest(data) if row["channel"] == channel))


def check(data: Path) -> None:
    """The dataset can be read, and has the files on the disk and no others."""
    load_dataset(data)
    assert files(data) == {row["file"]: row["sha256"] for row in manifest(data)}


# --- Names ----------------------------------------------------------------------------------------------------------


def test_a_channel_with_another_name_keeps_its_pictures(processes: Forks, channels: Path, data: Path) -> None:
    net = processes.net
    net.add("aero", entries("aero", 13))
    net.missing(video_id("aero", 5))
    assert processes.run(channels, data, *COUNTS, "--variants", "mq") == 0
    before = [{**row, "channel": "", "file": row["file"].rpartition("/")[2]} for row in manifest(data)]
    net.forget()
    assert processes.run(called(channels, "planes"), data, *COUNTS, "--variants", "mq") == 0
    assert not net.sent
    assert [{**row, "channel": "", "file": row["file"].rpartition("/")[2]} for row in manifest(data)] == before
    assert {row["channel"] for row in manifest(data)} == {"planes"}
    assert [path.name for path in (data / "images").iterdir()] == ["planes"]
    assert left_out(data) == {video_id("aero", 5): "no thumbnail"}
    check(data)
    net.add("aero", entries("aero", 15))
    assert processes.run(channels, data, *COUNTS, "--variants", "mq") == 0
    assert videos(data, "planes")[:2] == [video_id("aero", 14), video_id("aero", 13)]
    assert not repeated(net)


def test_a_channel_with_another_name_keeps_its_place_among_labels(tmp_path: Path, processes: Forks, data: Path) -> None:
    channels = tmp_path / "c.toml"
    for name in ("aero", "boat"):
        processes.net.add(name, entries(name, 12))
    for first in ("aero", "planes"):
        channels.write_text(f'[{first}]\nhandle = "@aero"\n[boat]\nhandle = "@boat"\n')
        assert processes.run(channels, data, *COUNTS) == 0
    described = json.loads((data / "dataset.json").read_text())["channels"]
    assert [channel["name"] for channel in described] == ["planes", "boat"]
    check(data)


def test_a_channel_and_its_folder_with_another_name(processes: Forks, channels: Path, data: Path) -> None:
    net = processes.net
    net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    (data / "images/aero").rename(data / "images/planes")
    net.forget()
    assert processes.run(called(channels, "planes"), data, *COUNTS) == 0
    assert not net.sent
    assert len(videos(data, "planes")) == 12
    check(data)


def test_a_folder_with_another_name_is_left_alone(processes: Forks, channels: Path, data: Path) -> None:
    processes.net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    (data / "images/aero").rename(data / "images/mine")
    kept = files(data)
    assert processes.run(channels, data, *COUNTS) == 0
    assert files(data).items() >= kept.items()
    assert len(videos(data, "aero")) == len(load_dataset(data).pictures) == 12


def test_a_renaming_that_is_killed_is_gone_on_with(processes: Forks, channels: Path, data: Path) -> None:
    net = processes.net
    net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    called(channels, "planes")
    net.forget()
    for moved in (0, 5, 8):
        dies = (
            "import os, pathlib\ncount = 0\n"
            "def rename(self, target, real=pathlib.Path.rename):\n"
            f"    global count\n    count += 1\n    if count > {moved}: os._exit(9)\n    return real(self, target)\n"
            "pathlib.Path.rename = rename"
        )
        assert processes.run(channels, data, *COUNTS, first=dies) == 9 if moved != 8 else True
    assert processes.run(channels, data, *COUNTS) == 0
    assert not net.sent
    assert len(videos(data, "planes")) == 12
    check(data)


def test_a_channel_that_an_earlier_version_took_for_a_copy_of_itself(
    processes: Forks, channels: Path, data: Path
) -> None:
    """It was collected again under the new name, as far as its older videos go."""
    net = processes.net
    net.add("aero", entries("aero", 40))
    assert processes.run(channels, data, *COUNTS) == 0
    first = videos(data, "aero")
    with closing(sqlite3.connect(data / "collection.sqlite3")) as db, db:
        db.execute("update channels set address = 'https://www.youtube.com/@elsewhere'")
    called(channels, "planes")
    assert processes.run(channels, data, *COUNTS) == 0
    assert left_out(data).items() >= {video: f"exact duplicate of aero/{video}" for video in first}.items()
    with closing(sqlite3.connect(data / "collection.sqlite3")) as db, db:
        db.execute("update channels set address = 'https://www.youtube.com/@aero'")
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert not net.sent
    assert videos(data, "planes") == [entry.video for entry in entries("aero", 40)][:24]
    assert set(left_out(data).values()) <= {"more than were wanted"}
    check(data)


def test_a_channel_with_another_name_and_handle(processes: Forks, channels: Path, data: Path) -> None:
    """It cannot be told from one that has the same pictures: what to do is said, and then it is collected anew."""
    net = processes.net
    for handle in ("aero", "jets"):
        net.add(handle, entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    called(channels, "planes", "jets")
    processes.start_command(
        ["collect", str(channels), "--out", str(data), "--proxy", net.proxy, "--rate", "0", *COUNTS]
    )
    assert processes.end() == 3
    assert (
        "planes: 12 of its videos are kept as aero, which is not named now; if it is the same channel, delete"
        " images/aero of the dataset, and run it again"
    ) in processes.err.read_text().splitlines()
    shutil.rmtree(data / "images/aero")
    assert processes.run(channels, data, *COUNTS) == 0
    assert (len(videos(data, "planes")), left_out(data)) == (12, {})
    check(data)


# --- Copies ---------------------------------------------------------------------------------------------------------


def test_a_copy_is_kept_once_its_original_is_gone(processes: Forks, channels: Path, data: Path) -> None:
    net = processes.net
    net.add("aero", entries("aero", 13))
    for number in (9, 10):
        net.always(video_id("aero", number), image(picture("same")), "maxres")
    assert processes.run(channels, data, *COUNTS) == 0
    (copy,) = left_out(data)
    original = ({video_id("aero", 9), video_id("aero", 10)} - {copy}).pop()
    (data / f"images/aero/{original}_maxres.jpg").unlink()
    net.missing(original, "maxres", "sd", "hq", "mq")
    assert processes.run(channels, data, *COUNTS) == 0
    assert left_out(data) == {original: "no thumbnail"}
    assert of(data, copy) == [("1", "maxres")]
    check(data)


def test_a_single_picture_that_is_deleted_is_fetched_again(processes: Forks, channels: Path, data: Path) -> None:
    net = processes.net
    net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    before = files(data)
    (data / f"images/aero/{video_id('aero', 4)}_maxres.jpg").unlink()
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert net.sent == [(video_id("aero", 4), "maxres", 0)]
    assert files(data) == before


# --- What YouTube has -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["a day later", "--refresh"])
def test_a_video_that_had_no_picture_is_asked_for_again(
    processes: Forks, channels: Path, data: Path, again: str
) -> None:
    net, video = processes.net, video_id("aero", 7)
    net.add("aero", entries("aero", 13))
    net.missing(video)
    assert processes.run(channels, data, *COUNTS) == 0
    assert left_out(data) == {video: "no thumbnail"}
    net._always.clear()
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert video not in net.videos(), "it is asked for again at once"
    options, first = (("--refresh",), "") if again == "--refresh" else ((), later(2))
    assert processes.run(channels, data, *COUNTS, *options, first=first) == 0
    assert (of(data, video), left_out(data)) == ([("1", "maxres")], {})
    check(data)


def test_a_video_that_still_has_no_picture_is_asked_for_once_a_day(
    processes: Forks, channels: Path, data: Path
) -> None:
    net, video = processes.net, video_id("aero", 7)
    net.add("aero", entries("aero", 13))
    net.missing(video)
    assert processes.run(channels, data, *COUNTS) == 0
    for day in (2, 4):
        net.forget()
        assert processes.run(channels, data, *COUNTS, first=later(day)) == 0
        assert net.videos().count(video) == 4, "it has four sizes"
        assert left_out(data) == {video: "no thumbnail"}
        net.forget()
        assert processes.run(channels, data, *COUNTS, first=later(day + 0.5)) == 0
        assert video not in net.videos()


def test_a_video_that_had_a_small_picture_only_gets_the_large_one(processes: Forks, channels: Path, data: Path) -> None:
    """Where it shows the same, the small one is another size of it; else it is an earlier version."""
    net, same, other = processes.net, video_id("aero", 7), video_id("aero", 8)
    net.add("aero", entries("aero", 12))
    for video in (same, other):
        net.missing(video, "maxres", "sd")
        net.always(video, image(picture(video, (480, 270))), "hq")
    assert processes.run(channels, data, *COUNTS) == 0
    assert of(data, same) == of(data, other) == [("1", "hq")]
    before = files(data)
    net.always(same, image(picture(same, (1280, 720))), "maxres")
    net.always(other, image(picture("changed", (1280, 720))), "maxres")
    assert processes.run(channels, data, *COUNTS) == 0
    assert of(data, same) == [("1", "hq")], "it is asked for again at once"
    assert processes.run(channels, data, *COUNTS, first=later(2)) == 0
    assert of(data, same) == [("1", "maxres"), ("1", "hq")]
    assert of(data, other) == [("1", "hq"), ("2", "maxres")]
    assert files(data).items() >= before.items()
    check(data)
    net.forget()
    assert processes.run(channels, data, *COUNTS, first=later(4)) == 0
    assert not [asked for asked in net.thumbnails() if "maxres" not in asked.path], "the small ones are asked for again"


def test_a_size_that_there_was_not_is_asked_for_again(processes: Forks, channels: Path, data: Path) -> None:
    net, video = processes.net, video_id("aero", 7)
    net.add("aero", entries("aero", 12))
    net.always(video, MISSING, "sd")
    assert processes.run(channels, data, *COUNTS, "--variants", "sd") == 0
    net._always.clear()
    assert processes.run(channels, data, *COUNTS, "--variants", "sd") == 0
    assert of(data, video) == [("1", "maxres")]
    assert processes.run(channels, data, *COUNTS, "--variants", "sd", first=later(2)) == 0
    assert of(data, video) == [("1", "maxres"), ("1", "sd")]
    check(data)


def test_a_video_that_was_private_is_fetched_once_it_is_public(processes: Forks, channels: Path, data: Path) -> None:
    """Also where it is far down the list, of which only the beginning is read as a rule."""
    net = processes.net
    public = entries("aero", 50)
    private = public[40].video
    net.add("aero", [Entry(e.video, "private", e.ago) if e.video == private else e for e in public])
    counts = ("--train-size", "43", "--test-size", "2")
    assert processes.run(channels, data, *counts) == 0
    assert left_out(data)[private] == "private or deleted"
    assert processes.run(channels, data, *counts) == 0
    net.add("aero", public)
    net.forget()
    assert processes.run(channels, data, *counts) == 0
    assert net.sent == [(private, "maxres", 0)]
    net.add("aero", [Entry(e.video, "private", e.ago) if e.video == private else e for e in public])
    net.missing(private)
    assert processes.run(channels, data, *counts, "--refresh") == 0
    assert of(data, private) == [("1", "maxres")], "a picture that was kept is lost"
    net.forget()
    assert processes.run(channels, data, *counts) == 0
    assert len(net.pages()) == 1, "a list is read to its end for a video that is there"


# --- The clock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--refresh",)], ids=["daily", "--refresh"])
def test_a_clock_that_was_ahead(processes: Forks, channels: Path, data: Path, options: tuple[str, ...]) -> None:
    """What it noted then is of no use, so that all is looked at, and noted by the clock of now."""
    net, gone, changed = processes.net, video_id("aero", 7), video_id("aero", 8)
    net.add("aero", entries("aero", 13))
    net.missing(gone)
    assert processes.run(channels, data, *COUNTS, first=later(1000)) == 0
    net._always.clear()
    net.revisions[changed] += 1
    net.forget()
    assert processes.run(channels, data, *COUNTS, *options) == 0
    assert sorted(net.sent) == sorted([(gone, "maxres", 0), (changed, "maxres", 1)])
    assert len(net.same) == 11
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert not net.thumbnails()
    check(data)


# --- Earlier versions -----------------------------------------------------------------------------------------------


def test_the_state_of_an_earlier_version(processes: Forks, channels: Path, data: Path) -> None:
    """It did not know when a video was refused: it is asked for again once."""
    net, gone = processes.net, video_id("aero", 7)
    net.add("aero", entries("aero", 13))
    net.missing(gone)
    assert processes.run(channels, data, *COUNTS) == 0
    with closing(sqlite3.connect(data / "collection.sqlite3")) as db, db:
        db.execute("alter table videos drop column checked")
        db.execute("pragma user_version = 1")
    for asked in (4, 0):
        net.forget()
        assert processes.run(channels, data, *COUNTS) == 0
        assert net.videos().count(gone) == len(net.thumbnails()) == asked
    assert left_out(data) == {gone: "no thumbnail"}
    check(data)
