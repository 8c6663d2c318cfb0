"""A collection that is there already: what is new, what was changed, what failed before, and channels not named now."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from collecting import REPOSITORY, Forks, files, manifest, repeated, write_channels
from youtube import BUSY, MISSING, WRONG_TYPE, Answer, image, picture, too_many
from youtube_pages import Entry, entries, video_id

from backend.data.dataset import load_dataset

pytestmark = pytest.mark.slow

COUNTS = ("--train-size", "10", "--test-size", "2")


def later(data: Path, days: float = 2) -> None:
    """Let some time pass."""
    with closing(sqlite3.connect(data / "collection.sqlite3")) as db, db:
        db.execute("update pictures set checked = checked - ?", (days * 24 * 3600,))


def of(data: Path, video: str) -> list[tuple[str, str, str]]:
    """Say what there is of a video: versions, sizes, splits."""
    return [(row["version"], row["variant"], row["split"]) for row in manifest(data) if row["key"] == video]


def left_out(data: Path) -> dict[str, str]:
    with (data / "left-out.csv").open(newline="") as file:
        return {row["source"]: row["reason"] for row in csv.DictReader(file)}


def videos(data: Path, channel: str = "aero") -> list[str]:
    """Return a channel's videos in the manifest's order."""
    return list(dict.fromkeys(row["key"] for row in manifest(data) if row["channel"] == channel))


def test_only_new_videos_are_asked_for(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 20))
    assert processes.run(channels, data, *COUNTS) == 0
    net.forget()
    net.add("aero", entries("aero", 23))
    assert processes.run(channels, data, *COUNTS) == 0
    assert sorted(net.sent) == [(video_id("aero", number), "maxres", 0) for number in (20, 21, 22)]
    assert not net.same, "what was looked at a moment ago is looked at again"
    assert videos(data) == [entry.video for entry in entries("aero", 23)][:15]
    splits = [row["split"] for row in manifest(data)]
    assert splits == ["train"] * 10 + ["test"] * 2 + ["spare"] * 3
    assert [row["position"] for row in manifest(data)] == [str(place) for place in range(15)]


def test_what_is_unchanged_costs_no_picture(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    before = files(data)
    net.forget()
    assert processes.run(channels, data, *COUNTS, "--refresh") == 0
    assert sorted(net.same) == sorted(videos(data))
    later(data)
    assert processes.run(channels, data, *COUNTS) == 0  # it is a day ago
    assert processes.run(channels, data, *COUNTS) == 0  # and now it is not
    assert len(net.same) == 24
    assert not net.sent
    assert files(data) == before


def test_a_changed_thumbnail_is_another_version_in_the_same_split(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS, "--variants", "mq") == 0
    before, trained, tested = files(data), video_id("aero", 7), video_id("aero", 0)
    for video in (trained, tested):
        net.revisions[video] += 1
    assert processes.run(channels, data, *COUNTS, "--variants", "mq", "--refresh") == 0
    for video, split in ((trained, "train"), (tested, "test")):
        both = [(version, size, split) for version in "12" for size in ("maxres", "mq")]
        assert of(data, video) == both
    now = files(data)
    assert {file: now[file] for file in before} == before, "an older version is not as it was"
    assert len(now) == len(before) + 4
    assert not repeated(net)
    net.forget()
    assert processes.run(channels, data, *COUNTS, "--variants", "mq", "--refresh") == 0
    assert not net.sent
    load_dataset(data)


def test_a_thumbnail_that_was_changed_back_is_no_third_version(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 12))
    video = video_id("aero", 7)
    for revision in (0, 1, 0):
        net.revisions[video] = revision
        assert processes.run(channels, data, *COUNTS, "--refresh") == 0
    assert of(data, video) == [("1", "maxres", "train"), ("2", "maxres", "train")]
    sent = len(net.sent)
    assert processes.run(channels, data, *COUNTS, "--refresh") == 0
    assert len(net.sent) == sent, "the picture that is shown now is not known by its tag"


@pytest.mark.parametrize(
    ("answer", "looks"), [(MISSING, 0), (WRONG_TYPE, 0), (BUSY, 1)], ids=["gone", "no picture", "busy"]
)
def test_what_cannot_be_had_any_more_stays(tmp_path: Path, processes: Forks, answer: Answer, looks: int) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 12))
    assert processes.run(channels, data, *COUNTS) == 0
    before, video = files(data), video_id("aero", 7)
    later(data)
    net.script(video, *[answer] * (5 if answer is BUSY else 1))
    assert processes.run(channels, data, *COUNTS, first=QUICK) == 0
    assert files(data) == before
    net.forget()
    net.unscript()
    assert processes.run(channels, data, *COUNTS) == 0
    assert net.same == [video] * looks, "what failed in passing is looked at by the next run, and nothing else"
    net.forget()
    assert processes.run(channels, data, *COUNTS, "--refresh") == 0
    assert video in net.same, "its tag is forgotten"
    assert not net.sent


# Waits of a hundredth: how long they are is another test's.
QUICK = "import backend.collect.http_client as c; real = c.backoff; c.backoff = lambda *values: real(*values) / 100"


def test_a_video_that_failed_in_passing_is_tried_again(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 12))
    video = video_id("aero", 7)
    net.script(video, *[BUSY] * 5)
    assert processes.run(channels, data, *COUNTS, first=QUICK) == 3
    assert left_out(data) == {video: "HTTP 503, 5 times"}
    assert len(videos(data)) == 11
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert net.sent == [(video, "maxres", 0)]
    assert left_out(data) == {}
    assert videos(data) == [entry.video for entry in entries("aero", 12)]


def test_a_video_that_failed_is_not_tried_again_by_the_same_run(tmp_path: Path, processes: Forks) -> None:
    """It is not for want of others, which are listed then, that a server is asked more than five times."""
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 60))
    broken = [entry.video for entry in entries("aero", 60)[:22]]
    for video in broken[1:]:
        net.missing(video)
    net.always(broken[0], BUSY)
    assert processes.run(channels, data, *COUNTS, first=QUICK) == 0
    assert net.videos().count(broken[0]) == 5
    assert len(net.pages()) > 2, "the list was long enough at once, so that this tests nothing"


def test_a_server_that_is_down_is_left_alone(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero", "boat"), tmp_path / "data", processes.net
    for name in ("aero", "boat"):
        net.add(name, entries(name, 200))
        for entry in entries(name, 200):
            net.always(entry.video, BUSY)
    assert processes.run(channels, data, "--train-size", "100", first=QUICK) == 3
    assert "25 thumbnails in a row could not be had (the last: HTTP 503, 5 times)" in processes.err.read_text()
    assert len(net.thumbnails()) <= (25 + 8) * 5
    assert not [video for video in net.videos() if video.startswith("boat")]


def test_what_was_answered_before_a_long_wait_is_not_asked_again(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    listed = [entry.video for entry in entries("aero", 20)]
    net.add("aero", entries("aero", 20))
    for video in listed[:4]:
        net.missing(video, "maxres", "sd")
    gone = listed[4]
    net.missing(gone)
    wait = too_many("4000")
    for video in listed[:4]:
        net.script(video, wait, size="hq")
    assert processes.run(channels, data, *COUNTS) == 3
    assert "asks to wait 67 minutes" in processes.err.read_text()
    answered = {(asked.path, asked.status) for asked in net.thumbnails() if asked.status in (200, 404)}
    net.forget()
    net.unscript()
    assert processes.run(channels, data, *COUNTS) == 0
    again = {asked.path for asked in net.thumbnails()} & {path for path, _ in answered}
    assert not again, "what was answered is asked again"
    assert not repeated(net)


def test_what_youtube_deletes_stays(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    listed = entries("aero", 12)
    net.add("aero", listed)
    assert processes.run(channels, data, *COUNTS) == 0
    before = files(data)
    net.add("aero", [entry for entry in listed if entry.video != video_id("aero", 5)])
    net.missing(video_id("aero", 5))
    assert processes.run(channels, data, *COUNTS, "--refresh") == 0
    assert files(data) == before
    assert len(videos(data)) == 12


def test_a_premiere_is_fetched_once_it_was_shown(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    coming = video_id("aero", 12)
    net.add("aero", [Entry(coming, "upcoming"), *entries("aero", 12)])
    assert processes.run(channels, data, *COUNTS) == 0
    assert left_out(data) == {coming: "premiere that is still to come"}
    assert coming not in net.videos()
    net.add("aero", [Entry(coming, ago="1 hour ago"), *entries("aero", 12)])
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert net.sent == [(coming, "maxres", 0)]
    assert videos(data)[0] == coming
    assert left_out(data) == {}


def test_channels_that_are_not_named_stay(tmp_path: Path, processes: Forks) -> None:
    data, net = tmp_path / "data", processes.net
    channels = write_channels(tmp_path / "c.toml", "aero", "boat", "cars")
    channels.write_text(channels.read_text().replace('"@boat"', '"@boat"\ndisplay_name = "A boat"\ncount = 5'))
    for name in ("aero", "boat", "cars"):
        net.add(name, entries(name, 12))
    assert processes.run(channels, data, *COUNTS) == 0
    before = manifest(data), (data / "dataset.json").read_text()
    fewer = write_channels(tmp_path / "fewer.toml", "cars", "aero")
    assert processes.run(fewer, data, *COUNTS) == 0
    assert (manifest(data), (data / "dataset.json").read_text()) == before
    net.add("dogs", entries("dogs", 12))
    assert processes.run(write_channels(fewer, "dogs", "cars"), data, *COUNTS) == 0
    described = json.loads((data / "dataset.json").read_text())["channels"]
    assert [one["name"] for one in described] == ["aero", "boat", "cars", "dogs"], "labels have changed places"
    assert described[1]["display_name"] == "A boat"
    assert manifest(data)[: len(before[0])] == before[0]
    load_dataset(data)


def test_a_channel_whose_pictures_are_deleted_goes(tmp_path: Path, processes: Forks) -> None:
    data, net = tmp_path / "data", processes.net
    for name in ("aero", "boat"):
        net.add(name, entries(name, 12))
    assert processes.run(write_channels(tmp_path / "c.toml", "aero", "boat"), data, *COUNTS) == 0
    for path in (data / "images/boat").iterdir():
        path.unlink()
    (data / "images/boat").rmdir()
    assert processes.run(write_channels(tmp_path / "c.toml", "aero"), data, *COUNTS) == 0
    assert [channel.name for channel in load_dataset(data).channels] == ["aero"]


def test_a_list_of_videos_is_added_to_what_there_is(tmp_path: Path, processes: Forks) -> None:
    """All that it names is fetched, and nothing else; older pictures, the others' and their splits stay."""
    channels, data, net = write_channels(tmp_path / "c.toml", "aero", "boat"), tmp_path / "data", processes.net
    for name in ("aero", "boat"):
        net.add(name, entries(name, 60))
    assert processes.run(channels, data, *COUNTS) == 0
    before = [(row["file"], row["split"], row["position"]) for row in manifest(data)]
    older = [video_id("aero", number) for number in range(20)]
    known, gone = video_id("aero", 55), video_id("aero", 3)
    net.missing(gone)
    net.forget()
    (tmp_path / "videos").write_text("\n".join(["[aero]", known, *older]))
    assert processes.run(channels, data, *COUNTS, "--videos", str(tmp_path / "videos"), "--json") == 3
    assert sorted(video for video, _, _ in net.sent) == sorted(set(older) - {gone})
    assert not net.pages()
    assert set(before) <= {(row["file"], row["split"], row["position"]) for row in manifest(data)}
    assert len(videos(data)) == 12 + 19
    assert len(videos(data, "boat")) == 12
    (told,) = json.loads(processes.out.read_text())["channels"]
    assert (told["wanted"], told["images"], told["fetched"]) == (21, 20, 19)
    assert told["left_out"] == {"no thumbnail": 1}
    net.forget()
    net.add("aero", entries("aero", 61))
    assert processes.run(channels, data, *COUNTS) == 0
    assert video_id("aero", 60) in [video for video, _, _ in net.sent], "the channel's own list is read no more"
    assert not repeated(net)


def test_more_are_wanted_later(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 40))
    assert processes.run(channels, data, *COUNTS) == 0
    net.add("aero", entries("aero", 42))
    assert processes.run(channels, data, "--train-size", "20", "--test-size", "4") == 0
    assert not repeated(net)
    assert videos(data) == [entry.video for entry in entries("aero", 42)][:24]


def test_a_list_that_ends_early_is_read_on(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 8))
    assert processes.run(channels, data, *COUNTS) == 3
    assert "aero: 8 of 12 thumbnails" in processes.out.read_text()
    net.add("aero", entries("aero", 9))
    assert processes.run(channels, data, *COUNTS) == 3
    assert len(videos(data)) == 9
    assert not repeated(net)


def test_what_trains_is_not_loaded_to_collect() -> None:
    imports = "import sys, backend.cli.main, backend.collect.collect"
    code = f"{imports}; print([name for name in sys.argv[1:] if name in sys.modules])"
    command = [sys.executable, "-c", code, "tensorflow", "keras", "sklearn", "scipy", "yt_dlp", "urllib3"]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "['urllib3']"


def test_the_same_picture_twice_is_kept_once(tmp_path: Path, processes: Forks) -> None:
    channels, data, net = write_channels(tmp_path / "c.toml", "aero", "boat"), tmp_path / "data", processes.net
    net.add("aero", entries("aero", 14))
    net.add("boat", entries("boat", 13))
    same = [video_id("aero", 9), video_id("aero", 10), video_id("boat", 11)]
    for video in same:
        net.always(video, image(picture("same")), "maxres")
    assert processes.run(channels, data, *COUNTS) == 0
    kept = [row["key"] for row in manifest(data) if row["key"] in same]
    assert len(kept) == 1
    assert (
        left_out(data).items() >= {video: f"exact duplicate of aero/{kept[0]}" for video in {*same} - {*kept}}.items()
    )
    assert files(data) == {row["file"]: row["sha256"] for row in manifest(data)}
    assert (len(videos(data)), len(videos(data, "boat"))) == (12, 12)
    net.forget()
    assert processes.run(channels, data, *COUNTS) == 0
    assert not net.sent, "what was found to be a copy is fetched again"
