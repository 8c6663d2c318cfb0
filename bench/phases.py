"""The command line with a stop-watch: `python -m bench.phases MARKS.json train DATA ...`, or `predict ...`.

Runs `python -m backend train DATA ...` in this fresh process, and writes to MARKS.json when its features began and
ended, when its folds ended (seconds since the epoch), and the most memory it has used by then, in MB; of `predict`,
when its first picture was about to be read, and when its last answer was there. A process of its own is what a person
waits for: Python, libraries and the weights are loaded anew every time.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from backend.cli.main import main as command_line
from backend.models.predictor import Model
from backend.models.style import Style
from backend.training import artifacts

from .table import write_json


def peak_mb() -> float:
    """Return the largest resident set of this process so far, in MB.

    Linux' getrusage would count what the parent process held when it started this one.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def marked(marks: dict[str, float], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Note when a function begins and ends, and the memory at both."""

    def run(*arguments: Any) -> Any:
        marks[f"{name}_begin"], marks[f"{name}_begin_mb"] = time.time(), peak_mb()
        try:
            return function(*arguments)
        finally:
            marks[f"{name}_end"], marks[f"{name}_end_mb"] = time.time(), peak_mb()

    return run


def marked_each(marks: dict[str, float], name: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Any]:
    """Note when a generator is first asked, and when it has given its last."""

    def run(*arguments: Any) -> Iterator[Any]:
        marks[f"{name}_begin"] = time.time()
        yield from function(*arguments)
        marks[f"{name}_end"] = time.time()

    return run


def main() -> None:
    """Run the command that follows the file's name."""
    out, marks = Path(sys.argv[1]), dict[str, float]()
    sys.argv = ["backend", *sys.argv[2:]]
    with (
        mock.patch.object(Style, "features", marked(marks, "features", Style.features)),
        mock.patch.object(Model, "predict_each", marked_each(marks, "predict", Model.predict_each)),
        mock.patch("backend.training.train.run_files", marked(marks, "files", artifacts.run_files)),
    ):
        try:
            command_line()
        finally:
            write_json(out, marks)


if __name__ == "__main__":
    main()
