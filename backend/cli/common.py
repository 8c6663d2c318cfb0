"""What all commands share: their example, options' old names, and how an error is shown."""

from __future__ import annotations

import copy
import errno
import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click
from click.core import ParameterSource

from backend.data.settings import TrainSettings
from backend.utils.errors import FULL, ThumbprintError, cannot_write
from backend.utils.streams import can_show, prepare_streams

FOLDER = click.Path(path_type=Path)
DEFAULTS = TrainSettings()
SEED_OPTION = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=DEFAULTS.seed,
    help="Seed of everything that is random.",
)
WEIGHTS_OPTION = click.option(
    "--weights", type=FOLDER, help="Keras weights of MobileNetV2, for lab and style-large.  [env: THUMBPRINT_WEIGHTS]"
)
PRIOR_OPTION = click.option(
    "--prior", type=FOLDER, help="A prior of `prior fit`, in the place of the one that is shipped."
)
NO_PRIOR_OPTION = click.option("--no-prior", is_flag=True, help="Learn from your own thumbnails and drawn ones alone.")
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
REFUSED = (*FULL, errno.EACCES, errno.EPERM, errno.EROFS)  # what no module foresaw: a disk or a right is missing
P = ParamSpec("P")


class ThumbprintGroup(click.Group):
    """All commands, whatever their output goes to."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command that was typed."""
        prepare_streams()
        return super().main(*args, **kwargs)


class ThumbprintCommand(click.Command):
    """A command whose help ends with an example; `epilog`: its arguments."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run it, where it is a program of its own."""
        prepare_streams()
        return super().main(*args, **kwargs)

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
        except UnicodeEncodeError as error:
            if sys.getfilesystemencoding() == "utf-8":
                raise
            name = error.object.encode("ascii", "namereplace").decode()
            _end(f"{name}: this locale can name no such file; set PYTHONUTF8=1, or LC_ALL=C.UTF-8")
        except OSError as error:
            if error.errno not in REFUSED:
                raise
            _end(cannot_write(error.filename or "the output", error, "write elsewhere"))

    return shown


def _end(message: str) -> NoReturn:
    with suppress(OSError):  # nobody reads it
        click.echo(f"Error: {message}", err=True)
    sys.exit(2)


def show_json(content: Any) -> None:
    """Print figures as JSON, with escapes where stdout cannot write every letter."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    click.echo(text if can_show(text) else json.dumps(content, indent=2))


def show(as_json: bool, content: Any, lines: Iterable[str]) -> None:
    """Print figures as JSON, or the lines that say them."""
    if as_json:
        show_json(content)
        return
    for line in lines:
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


def chosen_prior(prior: Path | None, no_prior: bool) -> Path | bool:
    """Return the prior that a command was told to start from: a file, True for the shipped one, False for none."""
    if prior and no_prior:
        raise ThumbprintError(f"--prior {prior} and --no-prior: leave one of them out")
    return prior or not no_prior


def promise_lines(unknown: Mapping[str, Any]) -> list[str]:
    """Say what a model promises of strangers, in the words of a person who meets them."""
    from backend.report.numbers import percent

    other = unknown["kinds"].get("near") or unknown["kinds"].get("other")
    lines = [
        f"Recognises {percent(unknown['known_recall'])} of your channels' thumbnails; takes "
        f"{percent(unknown['false_known'])} of others for them.",
        f"Of ten named, about {10 * unknown['precision']:.0f} are right, if one thumbnail in ten is theirs.",
    ]
    if other:
        lines.append(f"Of thumbnails of channels much like yours, {percent(other['false_known'])} pass for them.")
    return lines
