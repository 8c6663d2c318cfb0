"""What all commands share: their example, options' old names, and how an error is shown."""

from __future__ import annotations

import copy
import errno
import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from backend.data.settings import TrainSettings
from backend.utils.errors import FULL, ThumbprintError, cannot_write

P = ParamSpec("P")
C = TypeVar("C", bound=Callable[..., Any])

FOLDER = click.Path(path_type=Path)
DEFAULTS = TrainSettings()
COUNT, SOME = click.IntRange(min=1), click.IntRange(min=0)


def defaulted_option(name: str, kind: click.ParamType[Any], default: Any, words: str) -> Callable[[C], C]:
    """Return an option whose default --help shows after its words."""
    return click.option(name, type=kind, default=default, show_default=True, help=words)


SEED_OPTION = defaulted_option("--seed", SOME, DEFAULTS.seed, "Seed of everything that is random.")
WEIGHTS_OPTION = click.option("--weights", type=FOLDER, help="Keras weights of MobileNetV2.  [env: THUMBPRINT_WEIGHTS]")
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
REFUSED = (*FULL, errno.EACCES, errno.EPERM, errno.EROFS)  # what no module foresaw: a disk or a right is missing


class ThumbprintCommand(click.Command):
    """A command whose help ends with an example; `epilog`: its arguments."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example, as it is typed where the program was started under this name."""
        with formatter.section("Example"):
            formatter.write(f"{'':{formatter.current_indent}}{ctx.command_path} {self.epilog}\n")


def renamed_option(old: str, new: str) -> Callable[[click.Command], click.Command]:
    """Let a command take an option by its old name too, for one release; --help does not show it."""

    def add(command: click.Command) -> click.Command:
        known = next(parameter for parameter in command.params if new in parameter.opts)

        def pass_on(context: click.Context, option: click.Parameter, value: Any) -> None:
            if context.get_parameter_source(old) is ParameterSource.COMMANDLINE:
                click.echo(f"Note: write {new}: {old} is its old name, which the next release does not take", err=True)
                context.params[known.name] = value

        option = copy.copy(known)
        assert isinstance(option, click.Option)
        option.name, option.opts, option.hidden = old, [old], True
        option.expose_value, option.callback = False, pass_on
        command.params.append(option)
        return command

    return add


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


def show_figures(figures: Any, lines: Iterable[str], as_json: bool) -> None:
    """Print what came of a command: in lines for a person, or as JSON."""
    for line in [json.dumps(figures, indent=2, ensure_ascii=False)] if as_json else lines:
        click.echo(line)


def variant_lines(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Say how well thumbnails of each size are classified, where there are several."""
    for name, scores in metrics.get("variants", {}).items():
        whose = "" if scores["channels"] == len(metrics["channels"]) else f" of {scores['channels']} channels"
        yield f"size {name}: {score_line(scores)}, {scores['images']} images{whose}"


def score_line(scores: Mapping[str, Any]) -> str:
    """Say macro F1, with its interval, and accuracy."""
    f1 = scores["macro_f1"]
    return f"macro F1 {f1['mean']:.3f} ({f1['low']:.3f} to {f1['high']:.3f}), accuracy {scores['accuracy']['mean']:.3f}"
