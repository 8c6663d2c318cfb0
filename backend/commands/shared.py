"""What all commands share: how an error is shown, and options that several have."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import click

from backend.config import TrainSettings
from backend.errors import ThumbprintError

FOLDER = click.Path(path_type=Path)
DEFAULTS = TrainSettings()
P = ParamSpec("P")


def show_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Make a command end with one line and exit code 2 where a person can mend what went wrong."""

    @functools.wraps(command)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ThumbprintError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)

    return shown
