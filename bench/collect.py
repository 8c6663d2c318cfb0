"""How long a collection takes, and how much memory one of many thumbnails holds, on an internet played on this machine.

    python -m bench.collect [--videos 2000,20000] [--out FILE]

Collects the newest 230 thumbnails of three channels at the default concurrency, without a limit on the rate; then
channels of more and more videos, each in a process of its own. The played internet is another process, so that its
memory does not count. Prints tables, and writes the figures with --out; ends with 1 where one is not what it must be.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from .table import machine, markdown, write_json

ROOT = Path(__file__).resolve().parents[1]
SUPPORT = ROOT / "tests" / "python" / "support"  # the played internet
CHANNELS, VIDEOS = 3, 230  # as in the laboratory
MOST_SECONDS = 60.0  # for them
MOST_GROWTH = 60.0  # MB, from the smallest collection to the largest
UNIT = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # of ru_maxrss in a MB


@dataclass(frozen=True)
class Collected:
    """A collection of so many thumbnails in all: seconds and peak memory in MB of its process."""

    thumbnails: int
    seconds: float
    peak_mb: float


def serve(ca: Path, channels: dict[str, int], ours: Connection) -> None:
    """Play the internet until the other end says a word; runs in a process of its own."""
    sys.path.insert(0, str(SUPPORT))
    from youtube import Internet
    from youtube_pages import entries

    net = Internet(ca)
    for name, count in channels.items():
        net.add(name, entries(name, count))
    with net.running():
        ours.send(net.proxy)
        ours.recv()


@contextmanager
def internet(folder: Path, channels: dict[str, int]) -> Iterator[dict[str, str]]:
    """Give the environment in which the internet is the played one."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    player = context.Process(target=serve, args=(folder / "ca.pem", channels, theirs), daemon=True)
    player.start()
    try:
        proxy = ours.recv()
        yield {**os.environ, "HTTPS_PROXY": proxy, "https_proxy": proxy, "SSL_CERT_FILE": str(folder / "ca.pem")}
        ours.send("enough")
    finally:
        player.join(10)
        player.kill()


def collected(folder: Path, env: dict[str, str], channels: dict[str, int]) -> Collected:
    """Collect all that these channels have, in a fresh process."""
    name = "-".join(channels)
    tables = folder / f"{name}.toml"
    tables.write_text("".join(f'[{one}]\nhandle = "@{one}"\ncount = {count}\n' for one, count in channels.items()))
    command = [
        sys.executable,
        "-m",
        "backend",
        "-q",
        "collect",
        str(tables),
        "--out",
        str(folder / name),
        "--rate",
        "0",
        "--json",
    ]
    began = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    if process.returncode:
        sys.exit(f"Error: the collection ended with exit code {process.returncode}\n{told}")
    return Collected(int(json.loads(told)["images"]), seconds, usage.ru_maxrss / UNIT)


def measure(folder: Path, counts: Sequence[int]) -> tuple[Collected, list[Collected]]:
    """Collect the laboratory's channels, and those of so many videos."""
    labs = {f"lab{number}": VIDEOS for number in range(CHANNELS)}
    large = {f"{count}": count for count in counts}
    with internet(folder, {**labs, **large}) as env:
        lab = collected(folder, env, labs)
        return lab, [collected(folder, env, {name: count}) for name, count in large.items()]


def tables(lab: Collected, large: Sequence[Collected]) -> str:
    """Lay out the figures as Markdown."""
    rows = [
        [name, f"{one.thumbnails:,}", f"{one.seconds:.1f}", f"{one.thumbnails / one.seconds:.0f}", f"{one.peak_mb:.0f}"]
        for name, one in [(f"{CHANNELS} channels", lab), *(("1 channel", one) for one in large)]
    ]
    return markdown(["collected", "thumbnails", "seconds", "a second", "peak MB"], rows)


def failures(lab: Collected, large: Sequence[Collected]) -> Iterator[str]:
    """Say what is not as it must be."""
    if lab.thumbnails != CHANNELS * VIDEOS or lab.seconds > MOST_SECONDS:
        yield f"{lab.thumbnails} thumbnails in {lab.seconds:.0f} s: {CHANNELS * VIDEOS} must take {MOST_SECONDS:.0f} s"
    growth = large[-1].peak_mb - large[0].peak_mb if large else 0.0
    if growth > MOST_GROWTH:
        yield f"memory grows by {growth:.0f} MB with the number of videos; {MOST_GROWTH:.0f} are allowed"


def main() -> None:
    """Print the table, and what is wrong."""
    options = argparse.ArgumentParser(prog="python -m bench.collect", description=__doc__.splitlines()[0])
    options.add_argument("--videos", default="2000,20000", help="How many a channel, with commas; the least first.")
    options.add_argument("--out", type=Path, help="Write all figures to this JSON file.")
    arguments = options.parse_args()
    counts = [int(count) for count in arguments.videos.split(",") if count]
    with tempfile.TemporaryDirectory(prefix="thumbprint-bench-") as folder:
        lab, large = measure(Path(folder), counts)
    print(tables(lab, large))
    if arguments.out:
        figures = {"machine": machine(), "lab": asdict(lab), "large": [asdict(one) for one in large]}
        write_json(arguments.out, figures)
    if wrong := list(failures(lab, large)):
        sys.exit("\n".join(f"Error: {one}" for one in wrong))


if __name__ == "__main__":
    main()
