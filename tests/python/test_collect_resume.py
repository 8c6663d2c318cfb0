"""A collection that is killed, again and again: nothing is fetched twice, nothing lost, nothing half counted."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import (
    REPOSITORY,
    SECONDS,
    Forks,
    Sent,
    Watched,
    arguments,
    files,
    forks,
    manifest,
    repeated,
    wait_until,
    whole,
    write_channels,
)
from youtube import picture
from youtube_pages import entries, video_id

from backend.dataset import load_dataset

NAMES = ("aero", "boat", "cars")
THREADS = 4
COUNTS = ("--newest", "10", "--test-next", "2", "--concurrency", str(THREADS))
LATER = ("--refresh", "--variants", "mq,webp")
SEED = int(os.environ.get("THUMBPRINT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)

# Ends a process at the nth step that leaves something on the disk: before or after it.
KILL_AT_STEP = """
import os, signal, sqlite3, sys, threading
steps = 0
def step(frame, event, function):
    global steps
    if event in ("c_call", "c_return") and (
        function in (os.replace, os.fsync, os.unlink) or isinstance(getattr(function, "__self__", 0), sqlite3.Connection)
    ):
        steps += 1
        if steps == {step}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(step)
threading.setprofile(step)
"""


def internet(folder: Path) -> Watched:
    """Three channels; some videos have no large thumbnail, some none at all."""
    folder.mkdir(parents=True, exist_ok=True)
    net = Watched(folder / "ca.pem")
    for name in NAMES:
        net.add(name, entries(name, 15))
        net.missing(video_id(name, 9), "maxres", "sd")
        net.missing(video_id(name, 6))
        net.missing(video_id(name, 8), "mq")
    return net


def change(net: Watched) -> None:
    """Let some thumbnails be changed, and there be new videos."""
    for name in NAMES:
        for number in (13, 10, 9):
            net.revisions[video_id(name, number)] += 1
        net.add(name, entries(name, 17))


def checksum(sent: Sent) -> str:
    video, size, revision = sent
    body = picture(f"{video} {size} {revision}", kind="WEBP" if size == "webp" else "JPEG")
    return hashlib.sha256(body).hexdigest()


def rows(data: Path) -> list[dict[str, str]]:
    """Return a manifest without the days, which are told as "2 days ago"."""
    return [{**row, "published": ""} for row in manifest(data)]


def assert_same(data: Path, reference: Path) -> None:
    """Compare two datasets: the same files, all of them whole and in the manifest, and nothing else."""
    assert rows(data) == rows(reference)
    for name in ("dataset.json", "left-out.csv"):
        assert (data / name).read_text() == (reference / name).read_text()
    assert files(data) == files(reference) == {row["file"]: row["sha256"] for row in manifest(data)}
    load_dataset(data)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """What is collected where nothing is killed: at first, and later."""
    folder = tmp_path_factory.mktemp("reference")
    channels, net = write_channels(folder / "channels.toml", *NAMES), internet(folder)
    with net.running(), forks(folder, net) as processes:
        assert processes.run(channels, folder / "data", *COUNTS) == 0, processes.err.read_text()
        shutil.copytree(folder / "data", folder / "first")
        change(net)
        assert processes.run(channels, folder / "data", *COUNTS, *LATER) == 0, processes.err.read_text()
    assert not repeated(net)
    yield folder / "first", folder / "data"


class Killer:
    """Kills collections at random moments, and looks whether what was on the disk then is ever sent again."""

    def __init__(self, net: Watched, processes: Forks, data: Path, rng: random.Random) -> None:
        self.net, self.processes, self.data, self.rng = net, processes, data, rng
        self.kills = 0

    def kill(self, channels: Path, most: int, *options: str) -> None:
        """Kill a collection after a random number of requests and a little time."""
        before, sent = set(whole(files(self.data))), len(self.net.sent)
        asked, after = len(self.net.thumbnails()), self.rng.randint(0, most)
        self.processes.start(channels, self.data, *COUNTS, *options)
        ended = time.monotonic() + 1.0
        wait_until(lambda: len(self.net.thumbnails()) >= asked + after or time.monotonic() > ended)
        time.sleep(self.rng.uniform(0, 0.012))
        self.kills += self.processes.kill() == -9
        self.assert_nothing_twice(before, sent)

    def assert_nothing_twice(self, before: set[str], sent: int) -> None:
        twice = [one for one in self.net.sent[sent:] if checksum(one) in before]
        assert not twice, f"was on the disk already (THUMBPRINT_SEED={SEED})"


def test_killed_at_random_moments(tmp_path: Path, reference: tuple[Path, Path]) -> None:
    channels, net, rng = write_channels(tmp_path / "channels.toml", *NAMES), internet(tmp_path), random.Random(SEED)
    net.delay, data = 0.002, tmp_path / "data"
    with net.running(), forks(tmp_path, net) as processes:
        killer = Killer(net, processes, data, rng)
        for first, most, options in ((True, 8, ()), (False, 80, LATER)):
            goal = killer.kills + 10
            for _ in range(20):
                if killer.kills < goal:
                    killer.kill(channels, most, *options)
            assert killer.kills == goal, f"collections ended before they were killed (THUMBPRINT_SEED={SEED})"
            before, sent = whole(files(data)), len(net.sent)
            assert processes.run(channels, data, *COUNTS, *options) == 0, processes.err.read_text()
            killer.assert_nothing_twice(before, sent)
            assert_same(data, reference[0] if first else reference[1])
            if first:
                change(net)
        # What is sent again was under way when a run was killed, and no more than that.
        assert sum(repeated(net).values()) - len(repeated(net)) <= killer.kills * 2 * THREADS
        sent = len(net.sent)
        assert processes.run(channels, data, *COUNTS, *LATER) == 0
        assert len(net.sent) == sent, "a collection that is whole is fetched again"
