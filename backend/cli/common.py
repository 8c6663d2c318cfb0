"""What all commands share: how an error is shown, and options that several have."""

from __future__ import annotations

import errno
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click

from backend.data.settings import TrainSettings
from backend.utils.errors import FULL, ThumbprintError, cannot_write

FOLDER = click.Path(path_type=Path)
DEFAULTS = TrainSettings()
REFUSED = (*FULL, errno.EACCES, errno.EPERM, errno.EROFS)  # what no module foresaw: a disk or a right is missing
P = ParamSpec("P")


def show_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Make a command end with one line and exit code 2 where a person can mend what went wrong."""

    @functools.wraps(command)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except ThumbprintError as error:
            _end(str(error))
        except OSError as error:
            if error.errno not in REFUSED:
                raise
            _end(cannot_write(error.filename or "the output", error, "write elsewhere"))

    return shown


def _end(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(2)


def size_lines(numbers: Mapping[str, Any]) -> Iterator[str]:
    """Say how well pictures of each size are told, where there are several."""
    for name, found in numbers.get("variants", {}).items():
        whose = "" if found["channels"] == len(numbers["channels"]) else f" of {found['channels']} channels"
        yield f"size {name}: {figures_line(found)}, {found['images']} images{whose}"


def figures_line(found: Mapping[str, Any]) -> str:
    """Say macro F1, with its interval, and accuracy."""
    f1 = found["macro_f1"]
    return f"macro F1 {f1['mean']:.3f} ({f1['low']:.3f} to {f1['high']:.3f}), accuracy {found['accuracy']['mean']:.3f}"
