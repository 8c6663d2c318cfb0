"""`make docs`: docs/cli.md, written from the commands themselves; a test holds it to them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from backend.cli.main import main
from converter.__main__ import main as convert

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
TITLE = """# Command line

<!-- `make docs` writes this page from the commands themselves: change their help, not this. -->

`pip install .` installs `thumbprint` and `thumbprint-convert`; [some of it needs
TensorFlow](training.md#installing-the-commands). In a checkout, `.venv/bin/python -m backend` and
`.venv/bin/python -m converter` are the same. Every command has `--help`.

Results go to stdout, progress to stderr; `thumbprint -q COMMAND ...` shows no progress. An error is one line on stderr,
and exit code 2.
"""


def reference() -> str:
    """Return the page: a list of all commands, and a section for each."""
    parent = click.Context(main, info_name="thumbprint", **main.context_settings)
    contexts = [*commands(parent), click.Context(convert, info_name="thumbprint-convert")]
    lines = [f"- [`{context.command_path}`](#{_anchor(context)}): {_short_help(context)}" for context in contexts]
    return "\n".join([TITLE, *lines, "", *("\n".join(_section(context)) for context in contexts)])


def commands(parent: click.Context) -> Iterator[click.Context]:
    """Yield the commands below one, those of a group in its place."""
    assert isinstance(parent.command, click.Group)
    for name, command in parent.command.commands.items():
        context = click.Context(command, info_name=name, parent=parent)
        if isinstance(command, click.Group):
            yield from commands(context)
        else:
            yield context


def _anchor(context: click.Context) -> str:
    """Return the anchor that GitHub gives a heading."""
    return context.command_path.replace(" ", "-")


def _short_help(context: click.Context) -> str:
    return inspect.cleandoc(context.command.help or "").split("\n\n")[0].replace("\n", " ")


def _section(context: click.Context) -> Iterator[str]:
    command = context.command
    yield f"## {context.command_path}\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        # \b begins what is not to be wrapped.
        yield f"```\n{paragraph[2:]}\n```\n" if paragraph.startswith("\b") else f"{paragraph}\n"
    usage = f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}"
    yield f"```sh\n{usage}\n\n# For example:\n{context.command_path} {command.epilog}\n```\n"
    options = (option for option in command.params if isinstance(option, click.Option))
    records = filter(None, (option.get_help_record(context) for option in options))  # None: hidden
    yield from (f"- `{names}`: {' '.join(text.split())}" for names, text in records)
    yield ""


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
