"""Thumbnails in, an extension that knows them out: the four commands behind `make demo`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path("build/demo")
RUN = BUILD / "run"
COLLECTED = Path("data")
EXTENSION = Path("extension")
MODEL = EXTENSION / "model"
SHORT = 3
GRACE = 20.0  # seconds; what is under way in a collection may take as long


class DemoError(Exception):
    """Something that the person who typed `make demo` can mend, in one line."""


@dataclass(frozen=True)
class Step:
    title: str
    command: tuple[str, ...]
    folder: Path = Path(".")
    may_be_short: bool = False  # exit code 3 says that there is less than what was wanted
    advice: str = ""  # what to do where it fails


def python(*arguments: str | Path) -> tuple[str, ...]:
    return (sys.executable, "-m", *map(str, arguments))


def data_step(folder: str, channels: str) -> tuple[Path, Step | None]:
    """Where the dataset lies or will lie, and the step that makes it: none where DATA is a dataset already."""
    own = BUILD / "data"
    if channels:
        if folder:
            raise DemoError(f"DATA={folder} and CHANNELS={channels}: give one of them.")
        return collect_step(channels)
    if not folder:
        return own, Step("Drawing the demo dataset", python("backend", "demo-data", "--out", own, "--force"))
    source = Path(folder).expanduser()
    if not (ROOT / source).is_dir():
        raise DemoError(f"DATA={folder} is not a folder. Name one that holds a folder of thumbnails for each channel.")
    if (ROOT / source / "dataset.json").is_file():
        return source, None
    return own, Step(f"Importing {source}", python("backend", "import", source, "--out", own, "--force"))


def collect_step(channels: str) -> tuple[Path, Step]:
    """Collect into `data/`, which stays: the next time, only what is new is fetched."""
    file = Path(channels).expanduser()
    if not (ROOT / file).is_file():
        raise DemoError(f"CHANNELS={channels} is not a file. Copy channels/example.toml, and name the copy.")
    out = COLLECTED / file.stem
    command = python("backend", "collect", file, "--out", out)
    return out, Step(f"Collecting the channels of {file}", command, may_be_short=True, advice=UNREACHABLE)


def plan(folder: str, weights: str, channels: str = "") -> list[Step]:
    data, first = data_step(folder, channels)
    train = python("backend", "train", data, "--recipe", "style", "--out", RUN, "--force")
    if weights:
        train += ("--weights", str(Path(weights).expanduser()))
    return [
        *([first] if first else []),
        Step("Training and cross-validating", train),
        Step("Converting the model to TensorFlow.js", python("converter", RUN, "--out", MODEL, "--force")),
        Step("Building the extension and the page to try pictures", ("npm", "run", "--silent", "build"), EXTENSION),
    ]


def run(step: Step, results: IO[bytes]) -> int:
    """Runs a step to its end, and gives it a moment to put things in order where Ctrl-C stopped it as well."""
    with subprocess.Popen(step.command, cwd=ROOT / step.folder, stdout=results) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            try:
                process.wait(timeout=GRACE)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.kill()
            raise


def carry_out(step: Step, log: Path) -> bool:
    """Runs one step: progress and errors are its own to show, its results go to the log. Tells whether all was there.

    Raises DemoError when it fails, after showing what it had to say on stdout, where some tools put their errors.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as results:
        try:
            code = run(step, results)
        except OSError as error:
            raise DemoError(f"{step.command[0]} does not run: {error.strerror}. Run make setup.") from error
    if code == SHORT and step.may_be_short:
        sys.stderr.write(log.read_text("utf-8", "replace") + "Going on with what is there.\n")
        return False
    if code:
        sys.stderr.write("".join(log.read_text("utf-8", "replace").splitlines(keepends=True)[-20:]))
        raise DemoError(f"'{step.title}' failed: the reason is above.{step.advice}")
    return True


def carry_out_all(steps: Sequence[Step]) -> None:
    """Runs one step after the other. Raises DemoError at the first that fails."""
    short = ""
    for number, step in enumerate(steps, start=1):
        print(f"{number}/{len(steps)} {step.title}", flush=True)
        try:
            if not carry_out(step, ROOT / BUILD / "logs" / f"{number}.log"):
                short = MORE
        except DemoError as error:
            raise DemoError(f"{error}{short}") from error


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def read(file: Path, *keys: str) -> object:
    """The value under these nested keys of a JSON file that an earlier step wrote."""
    value: object = json.loads((ROOT / file).read_text("utf-8"))
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise DemoError(f"{file} has no {'.'.join(keys)}: the training and {Path(__file__).name} disagree.")
        value = value[key]
    return value


def summary(folder: str, seconds: float) -> str:
    """What came out, how to load it, and what to do next."""
    demo = read(MODEL / "metadata.json", "demo") is True
    channels = read(MODEL / "metadata.json", "channels")
    count = len(channels) if isinstance(channels, list) else 0
    whose = f"{count} demo channels" if demo else f"{count} channels of {folder}"
    f1, accuracy = (float(str(read(RUN / "metrics.json", "cv", name, "mean"))) for name in ("macro_f1", "accuracy"))
    return f"""
The extension is ready: it tells {whose} apart.
  Score    macro-F1 {f1:.3f}, accuracy {accuracy:.3f}, on pictures that training had not seen (cross-validation)
  Took     {duration(seconds)}

Load it:
  Chrome   chrome://extensions, switch on Developer mode, click Load unpacked, and choose
           {ROOT / EXTENSION}
  Firefox  about:debugging#/runtime/this-firefox, click Load Temporary Add-on, and choose
           {ROOT / EXTENSION / "manifest.json"}
Then open any YouTube page and rest the pointer on a thumbnail: a badge says whose it is.
{MADE_UP if demo else ""}"""


UNREACHABLE = """
Where YouTube cannot be reached from here:
  behind a proxy            HTTPS_PROXY=http://HOST:PORT make demo CHANNELS=...
  with pictures of your own make demo DATA=folder, which holds a folder of thumbnails for each channel
  without any               make demo, with made-up channels
Where YouTube asks to come back later (HTTP 429): wait an hour, or go by another network.
What was fetched is kept, and the same command goes on from there."""

MORE = """
There are fewer thumbnails than wanted, as told above: where it was put off, the same command goes on from there."""

MADE_UP = """
The demo channels are made up: the badge works, but what it says about real thumbnails means nothing.
With your own thumbnails, in one folder for each channel: make demo DATA=folder
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", metavar="FOLDER", help="thumbnails or a dataset; empty: the demo dataset")
    parser.add_argument("--channels", default="", metavar="FILE", help="channels to collect from YouTube instead")
    parser.add_argument("--weights", default="", metavar="PATH", help="the backbone's weights, as in thumbprint train")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        steps = plan(options.data, options.weights, options.channels)
        carry_out_all(steps)
        print(summary(options.data or options.channels, time.monotonic() - started), end="")
    except DemoError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
