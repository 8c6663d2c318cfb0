"""A collection that is killed, again and again: nothing is fetched twice, nothing lost, nothing half counted."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
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

from backend.data.dataset import load_dataset

pytestmark = pytest.mark.slow

NAMES = ("aero", "boat", "cars")
THREADS, KILLS = 4, 12
COUNTS = ("--train-size", "10", "--test-size", "2", "--concurrency", str(THREADS))
LATER = ("--refresh", "--variants", "mq,webp")
SEED = int(os.environ.get("THUMBPRINT_SEED", "1"))  # of the moments; another one for others

# Ends a process at the nth step that leaves something on the disk: before or after it.
KILL_AT_STEP = """
import os, pathlib, signal, sqlite3
steps = 0
def step():
    global steps
    steps += 1
    if steps == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
def watched(function):
    def call(*values, **named):
        step()
        found = function(*values, **named)
        step()
        return found
    return call
class Watched(sqlite3.Connection):
    def execute(self, query, *values):
        return (watched(super().execute) if query == "commit" else super().execute)(query, *values)
connect = sqlite3.connect
sqlite3.connect = lambda *values, **named: connect(*values, factory=Watched, **named)
os.replace = watched(os.replace)
def opened(path, mode="r", *values, real=pathlib.Path.open, **named):
    file = real(path, mode, *values, **named)
    if "w" in mode:
        step()  # it is empty now
    return file
pathlib.Path.open = opened
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
    net.delay, data = 0.004, tmp_path / "data"
    with net.running(), forks(tmp_path, net) as processes:
        killer = Killer(net, processes, data, rng)
        for options, goal, tries, most in (((), 6, 6, 4), (LATER, KILLS, 2 * KILLS, 30)):
            for _ in range(tries):
                if killer.kills < goal:
                    killer.kill(channels, most, *options)
            before, sent = whole(files(data)), len(net.sent)
            assert processes.run(channels, data, *COUNTS, *options) == 0, processes.err.read_text()
            killer.assert_nothing_twice(before, sent)
            assert_same(data, reference[1] if options else reference[0])
            change(net) if not options else None
        assert killer.kills == KILLS, f"collections ended before they were killed (THUMBPRINT_SEED={SEED})"
        # What is sent again was under way when a run was killed, and no more than that.
        assert sum(repeated(net).values()) - len(repeated(net)) <= killer.kills * 2 * THREADS
        sent = len(net.sent)
        assert processes.run(channels, data, *COUNTS, *LATER) == 0
        assert len(net.sent) == sent, "a collection that is whole is fetched again"


def test_killed_before_and_after_each_step_on_the_disk(tmp_path: Path) -> None:
    net, channels, rng = (
        Watched(tmp_path / "ca.pem"),
        write_channels(tmp_path / "channels.toml", "aero"),
        random.Random(SEED),
    )
    videos, first, reference, data = (tmp_path / name for name in ("videos", "first", "reference", "data"))
    options = ("--concurrency", "2", "--refresh", "--videos", str(videos))  # no lists, for the sake of speed
    with net.running(), forks(tmp_path, net) as processes:
        videos.write_text("\n".join(entry.video for entry in entries("aero", 2)))
        assert processes.run(channels, first, *options) == 0, processes.err.read_text()
        videos.write_text("\n".join(entry.video for entry in entries("aero", 3)))
        net.revisions[video_id("aero", 1)] += 1
        shutil.copytree(first, reference)
        assert processes.run(channels, reference, *options, "--variants", "mq") == 0, processes.err.read_text()
        step, code, steps = rng.randint(1, 2), -9, 0
        while code == -9:
            shutil.rmtree(data, ignore_errors=True)
            shutil.copytree(first, data)
            code = processes.run(channels, data, *options, "--variants", "mq", first=KILL_AT_STEP.format(step=step))
            assert code in (-9, 0), processes.err.read_text()
            before, sent = whole(files(data)), len(net.sent)
            again = processes.run(channels, data, *options, "--variants", "mq")
            assert again == 0, f"step {step}, THUMBPRINT_SEED={SEED}: {processes.err.read_text()}"
            twice = [one for one in net.sent[sent:] if checksum(one) in before]
            assert not twice, f"was on the disk already at step {step} (THUMBPRINT_SEED={SEED})"
            assert_same(data, reference)
            step, steps = step + rng.randint(1, 4), steps + 1
    assert steps > 9, "the steps are not seen any more"


def one_channel(folder: Path) -> tuple[Watched, Path, Path]:
    """Let there be a channel that takes its time, a file that names it, and a place to collect it into."""
    net = Watched(folder / "ca.pem")
    net.add("aero", entries("aero", 20))
    net.delay = 0.02
    return net, write_channels(folder / "channels.toml", "aero"), folder / "data"


def test_killed_as_the_program_that_people_run(tmp_path: Path) -> None:
    net, channels, data = one_channel(tmp_path)
    command = [sys.executable, "-m", "backend", *arguments(channels, data, net, *COUNTS)]
    environment = {**os.environ, "SSL_CERT_FILE": str(net.ca)}
    with net.running():
        with subprocess.Popen(command, cwd=REPOSITORY, env=environment) as process:
            # By their names alone: what is still being written may be gone before it is read.
            wait_until(lambda: len(list((data / "images").rglob("[!.]*.jpg"))) >= 3)
            process.kill()
        assert not (data / "manifest.csv").exists()
        before, sent = whole(files(data)), len(net.sent)
        assert 3 <= len(before) < 12
        subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
        assert not [one for one in net.sent[sent:] if checksum(one) in before]
    assert len(load_dataset(data).pictures) == 12


def test_ctrl_c_keeps_what_came(tmp_path: Path) -> None:
    """What is under way is waited for and kept, so that nothing at all is sent twice."""
    net, channels, data = one_channel(tmp_path)
    with net.running(), forks(tmp_path, net) as processes:
        processes.start(channels, data, *COUNTS)
        wait_until(lambda: len(net.sent) >= 3)
        os.kill(processes.pid, signal.SIGINT)
        assert processes.end() == 130
        assert "Traceback" not in processes.err.read_text()
        assert len(whole(files(data))) == len(net.sent) < 12
        assert processes.run(channels, data, *COUNTS) == 0
        assert not repeated(net)


def test_what_was_being_written_is_cleared_away(tmp_path: Path) -> None:
    net, channels, data = (
        Watched(tmp_path / "ca.pem"),
        write_channels(tmp_path / "channels.toml", "aero"),
        tmp_path / "data",
    )
    net.add("aero", entries("aero", 20))
    with net.running(), forks(tmp_path, net) as processes:
        processes.run(channels, data, *COUNTS)
        reference = tmp_path / "reference"
        shutil.copytree(data, reference)
        halves = [data / f"images/aero/.{video_id('aero', 3)}_maxres.jpg.0123abcd", data / ".manifest.csv.89abcdef"]
        own = data / "images/aero/.hidden"
        for path in (*halves, own):
            path.write_bytes(b"half")
        assert processes.run(channels, data, *COUNTS) == 0
        assert [path.exists() for path in (*halves, own)] == [False, False, True]
        own.unlink()
    assert_same(data, reference)


def test_a_picture_that_somebody_took_away_is_fetched_again(tmp_path: Path) -> None:
    net, channels, data = (
        Watched(tmp_path / "ca.pem"),
        write_channels(tmp_path / "channels.toml", "aero"),
        tmp_path / "data",
    )
    net.add("aero", entries("aero", 20))
    with net.running(), forks(tmp_path, net) as processes:
        processes.run(channels, data, *COUNTS, "--variants", "mq")
        reference = tmp_path / "reference"
        shutil.copytree(data, reference)
        oldest, other = video_id("aero", 8), video_id("aero", 12)
        (data / f"images/aero/{oldest}_maxres.jpg").unlink()
        (data / f"images/aero/{other}_mq.jpg").unlink()
        sent = len(net.sent)
        assert processes.run(channels, data, *COUNTS, "--variants", "mq") == 0
        assert sorted(net.sent[sent:]) == [(oldest, "maxres", 0), (other, "mq", 0)]
    assert_same(data, reference)
