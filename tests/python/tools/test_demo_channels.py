"""`make demo CHANNELS=file`: from names to an extension, on an internet that is played on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers import draw, encode, with_bars
from youtube import Answer, Internet, image, too_many
from youtube_pages import entries, video_id

from backend.collect.channel_file import read_channels

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
CHANNELS = ("ember", "fjord", "moss", "street")
TRAIN, TEST = 9, 3
VIDEOS = TRAIN + TEST


@dataclass(frozen=True)
class Checkout:
    """A copy of what the demo works with, so that it builds no other extension than its own."""

    root: Path
    net: Internet

    def start(self, *arguments: str | Path, proxy: str = "") -> subprocess.Popen[str]:
        proxy = proxy or self.net.proxy
        env = {**os.environ, "HTTPS_PROXY": proxy, "https_proxy": proxy, "SSL_CERT_FILE": str(self.net.ca)}
        command = [sys.executable, *map(str, arguments)]
        pipe = subprocess.PIPE
        # A group of its own, for the signal that a terminal sends to all of it.
        return subprocess.Popen(
            command, cwd=self.root, env=env, text=True, stdout=pipe, stderr=pipe, start_new_session=True
        )

    def run(self, *arguments: str | Path, proxy: str = "") -> subprocess.CompletedProcess[str]:
        started = self.start(*arguments, proxy=proxy)
        stdout, stderr = started.communicate(timeout=150)
        return subprocess.CompletedProcess(started.args, started.returncode, stdout, stderr)

    def demo(self, *arguments: str | Path, proxy: str = "") -> subprocess.CompletedProcess[str]:
        return self.run("tools/demo.py", "--channels", "mine.toml", *arguments, proxy=proxy)

    def read(self, file: str) -> Any:
        return json.loads((self.root / file).read_text(encoding="utf-8"))


def what_was_made(folder: str, _: list[str]) -> set[str]:
    """Name what a checkout in use has beside its sources, of which one folder is called `model` too."""
    return {"node_modules", "build", "build-try", "model"} if Path(folder) == ROOT / "extension" else set()


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    root = tmp_path / "check out"
    (root / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "demo.py", root / "tools")
    for package in ("backend", "converter"):
        (root / package).symlink_to(ROOT / package)
    shutil.copytree(ROOT / "extension", root / "extension", ignore=what_was_made)
    (root / "extension" / "node_modules").symlink_to((ROOT / "extension" / "node_modules").resolve())
    tables = [f'[{name}]\nhandle = "@{name}"\ncount = {VIDEOS}\n' for name in CHANNELS]
    (root / "mine.toml").write_text("".join(tables) + 'role = "background"\n')  # the last one
    net = Internet(tmp_path / "ca.pem")
    for name in CHANNELS:
        net.add(name, entries(name, VIDEOS))
    with net.running():
        yield Checkout(root, net)


def show_styles(net: Internet) -> None:
    """Give every channel a style of its own, in all the sizes that YouTube has."""
    for name in CHANNELS:
        for number in range(VIDEOS):
            drawn = draw(name, number, (320, 180))
            for size, shown in (("maxres", drawn), ("hq", with_bars(drawn.resize((160, 90))))):
                net.always(video_id(name, number), image(encode(shown, "JPEG", quality=90)), size)


def test_names_become_an_extension_that_knows_the_channels(checkout: Checkout, weights_file: Path) -> None:
    show_styles(checkout.net)
    out = ("--out", "data/mine")
    first = checkout.run("-m", "backend", "collect", "mine.toml", *out, "--variants", "hq", "--rate", "0")
    assert (first.returncode, first.stderr) == (0, "")
    asked = len(checkout.net.thumbnails())
    assert asked == 2 * VIDEOS * len(CHANNELS)

    done = checkout.demo("--weights", weights_file)
    assert done.returncode == 0, done.stderr
    assert "YouTube" not in done.stderr
    assert "1/4 Collecting the channels of mine.toml" in done.stdout
    assert "The extension is ready: it tells 3 channels of mine.toml apart." in done.stdout
    assert "made up" not in done.stdout
    assert len(checkout.net.thumbnails()) == asked, "it went on with what was there"

    model = checkout.read("extension/model/metadata.json")
    assert (model["demo"], [channel["name"] for channel in model["channels"]]) == (False, list(CHANNELS[:3]))
    for file in ("background.js", "content.js"):
        assert (checkout.root / "extension" / "build" / file).stat().st_size > 1000
    metrics = checkout.read("build/demo/run/metrics.json")
    tested = metrics["test"]
    assert set(metrics["variants"]) == {"maxres", "hq"}
    assert all(found["macro_f1"]["mean"] > 0.5 for found in metrics["variants"].values())
    assert tested["images"] == {"ember": 2, "fjord": 2, "moss": 2}
    assert tested["macro_f1"]["mean"] > 0.5


def test_without_a_way_to_youtube_it_says_what_to_do(checkout: Checkout) -> None:
    done = checkout.demo(proxy="http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "1/4 Collecting the channels of mine.toml\n")
    first, *rest = done.stderr.splitlines()
    assert first.startswith("Error: https://www.youtube.com/@ember/videos: YouTube cannot be reached")
    assert rest[0] == "Error: 'Collecting the channels of mine.toml' failed: the reason is above."
    advice = " ".join(rest)
    for step in ("HTTPS_PROXY=http://HOST:PORT make demo", "make demo DATA=folder", "make demo, with made-up channels"):
        assert step in advice
    assert not (checkout.root / "build" / "demo" / "run").exists()


def test_where_youtube_asks_to_come_back_later_what_is_there_is_kept_and_gone_on_with(
    checkout: Checkout, weights_file: Path
) -> None:
    checkout.net.page_answer = Answer(429)
    done = checkout.demo()
    assert done.returncode == 1
    assert "YouTube asks to come back later (HTTP 429); wait an hour\n" in done.stderr
    assert "asks to come back later (HTTP 429): wait an hour, or go by another network" in done.stderr

    checkout.net.page_answer = None
    checkout.net.always(video_id("fjord", 4), too_many("3600"))
    fails = checkout.demo("--weights", weights_file)
    assert fails.returncode == 1
    assert "ember: 12 of 12 thumbnails (12 new)" in fails.stderr
    assert "asks to wait 60 minutes (HTTP 429); all that was fetched is kept" in fails.stderr
    assert "Going on with what is there." in fails.stderr
    assert "2/4 Training" in fails.stdout
    assert "channel 'moss' has no pictures" in fails.stderr
    assert fails.stderr.endswith("where it was put off, the same command goes on from there.\n")


def asked_of(net: Internet, count: int) -> None:
    """Wait until so many thumbnails were asked for."""
    end = time.monotonic() + 30
    while len(net.thumbnails()) < count:
        assert time.monotonic() < end, "nothing more was asked for"
        time.sleep(0.01)


def test_ctrl_c_while_collecting_keeps_what_was_fetched(checkout: Checkout) -> None:
    checkout.net.delay = 0.05
    started = checkout.start("tools/demo.py", "--channels", "mine.toml")
    asked_of(checkout.net, 10)
    checkout.net.delay = 1.5  # longer than Python itself waits for a process that Ctrl-C stops as well
    asked_of(checkout.net, len(checkout.net.thumbnails()) + 2)
    os.killpg(started.pid, signal.SIGINT)
    stdout, stderr = started.communicate(timeout=30)
    assert (started.returncode, stdout) == (130, "1/4 Collecting the channels of mine.toml\n")
    kept = "Stopped. What was fetched is kept: the same command goes on from there."
    assert stderr.splitlines() == [kept, "Stopped."]
    assert (checkout.root / "data" / "mine" / "collection.sqlite3").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--channels", "no.toml"], "CHANNELS=no.toml is not a file. Copy channels/example.toml, and name the copy."),
        (["--channels", "mine.toml", "--data", "x"], "DATA=x and CHANNELS=mine.toml: give one of them."),
    ],
)
def test_what_cannot_be_meant_is_one_line(checkout: Checkout, arguments: list[str], message: str) -> None:
    done = checkout.run("tools/demo.py", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {message}\n")


def test_make_hands_the_file_of_channels_on() -> None:
    command = ["make", "--dry-run", "demo", "CHANNELS=channels/lab.toml"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60, check=True)
    assert 'tools/demo.py --data "${DATA:-}" --channels "${CHANNELS:-}"' in done.stdout


@pytest.mark.parametrize("name", ["example.toml", "lab.toml"])
def test_the_files_of_channels_can_be_read(name: str) -> None:
    wanted = read_channels(ROOT / "channels" / name)
    assert sum(one.channel.role == "known" for one in wanted) >= 2
    assert any(one.channel.role == "background" for one in wanted)
