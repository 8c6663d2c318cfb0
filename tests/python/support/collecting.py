"""Collections in processes of their own, which can be killed, against a fake internet that counts what it sends."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from youtube import THUMBNAIL, Answer, Internet

REPOSITORY = Path(__file__).resolve().parents[3]
SECONDS = 60.0  # after which a process that does not end is a failure
Sent = tuple[str, str, int]  # video, size, how often the video's thumbnail was changed before

# Starts collections as `python -m backend` does, without the time that Python needs to read its modules.
FORKS = """
import json, os, sys
import backend.cli.main, backend.collect.collect, trustme, yt_dlp, yt_dlp.extractor.youtube
print("ready", os.getpid(), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    pid = os.fork()
    if not pid:
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        code = 1
        try:
            exec(job["first"])
            backend.cli.main.main(job["arguments"], "python -m backend")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            import traceback
            traceback.print_exc()
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)
    print("began", pid, flush=True)
    print("ended", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Watched(Internet):
    """A fake internet that notes every picture it sends whole."""

    def __init__(self, ca: Path) -> None:
        super().__init__(ca)
        self.sent: list[Sent] = []
        self.same: list[str] = []  # videos of which it said that nothing has changed

    def forget(self) -> None:
        """Forget what it was asked."""
        for noted in (self.sent, self.same, self.log):
            noted.clear()

    def unscript(self) -> None:
        """Forget answers that were still to be given once."""
        self._scripts.clear()

    def begin_again(self) -> None:
        """Be as it was at first."""
        self.forget()
        self.unscript()
        self._always.clear()
        self.channels.clear()
        self.revisions.clear()

    def _thumbnail(self, path: str, known: str) -> Answer:
        found = super()._thumbnail(path, known)
        if match := THUMBNAIL.match(path):
            size = "webp" if path.startswith("/vi_webp") else match[2]
            if found.status == 200:
                self.sent.append((match[1], size, self.revisions[match[1]]))
            elif found.status == 304:
                self.same.append(match[1])
        return found


class Forks:
    """A process that starts collections, one at a time."""

    def __init__(self, folder: Path, net: Watched) -> None:
        self.net, self.out, self.err = net, folder / "stdout", folder / "stderr"
        self.pid = 0
        environment = {**os.environ, "SSL_CERT_FILE": str(net.ca)}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", FORKS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=REPOSITORY,
        )
        self._told("ready")

    def start(self, channels: Path, data: Path, *options: str, first: str = "") -> None:
        """Start a collection; `first`: what the process does before, as Python."""
        self.start_command(arguments(channels, data, self.net, *options), first)

    def start_command(self, command: Sequence[str], first: str = "") -> None:
        """Start `python -m backend` with these arguments."""
        assert self._process.stdin
        job = {"arguments": [*command], "first": first}
        self._process.stdin.write(json.dumps({**job, "out": str(self.out), "err": str(self.err)}) + "\n")
        self._process.stdin.flush()
        self.pid = self._told("began")

    def end(self) -> int:
        """Wait for the end; returns the exit code, which is negative for a signal."""
        return self._told("ended")

    def _told(self, what: str) -> int:
        assert self._process.stdout
        word, number = self._process.stdout.readline().split()
        assert word == what, "an earlier collection was not waited for"
        return int(number)

    def run(self, channels: Path, data: Path, *options: str, first: str = "") -> int:
        """Start a collection and wait for its end."""
        self.start(channels, data, *options, first=first)
        return self.end()

    def kill(self) -> int:
        """End a collection without a warning; the exit code tells whether it had ended itself."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.end()

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=SECONDS)


@contextmanager
def forks(folder: Path, net: Watched) -> Iterator[Forks]:
    """Give a process that starts collections."""
    started = Forks(folder, net)
    try:
        yield started
    finally:
        started.close()


def arguments(channels: Path, data: Path, net: Internet, *options: str) -> list[str]:
    """Return a command line; a rate of 0 does not wait between requests."""
    return ["--quiet", "collect", str(channels), "--out", str(data), "--proxy", net.proxy, "--rate", "0", *options]


def write_channels(path: Path, *names: str) -> Path:
    """Write a channels.toml."""
    path.write_text("".join(f'[{name}]\nhandle = "@{name}"\n\n' for name in names))
    return path


def manifest(data: Path) -> list[dict[str, str]]:
    """Read a manifest."""
    with (data / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def files(data: Path) -> dict[str, str]:
    """Return the checksums of all files below images/, partial ones too."""
    images = data / "images"
    paths = [path for path in images.rglob("*") if path.is_file()] if images.is_dir() else []
    return {path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def whole(found: Mapping[str, str]) -> set[str]:
    """Return the checksums of the files that are under their own names."""
    return {checksum for file, checksum in found.items() if not file.rpartition("/")[2].startswith(".")}


def wait_until(happened: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until a function says yes."""
    limit = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.002)


def repeated(net: Watched) -> Counter[Sent]:
    """Count the pictures that were sent more than once."""
    return Counter({sent: count for sent, count in Counter(net.sent).items() if count > 1})
