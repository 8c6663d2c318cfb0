"""docs/cli.md says of every command what the command says of itself; options' old names work, and are in neither."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from backend.cli.main import main
from backend.utils import program
from converter.__main__ import main as convert

reference = import_module("tools.cli_reference")
TEXT: str = reference.REFERENCE.read_text(encoding="utf-8")
RENAMED = {
    "collect": {"--newest": "--train-size", "--test-next": "--test-size", "--from": "--videos"},
    "evaluate": {"--stress": "--corruptions"},
    "learning-curve": {"--counts": "--train-sizes", "--draws": "--repeats"},
}
COMMANDS = [*reference.commands(click.Context(main, info_name="thumbprint")), click.Context(convert)]
OLD_NAMES = [(command, old, new) for command, names in RENAMED.items() for old, new in names.items()]


def section(name: str) -> str:
    return TEXT.split(f"\n## {name}\n")[1].split("\n## ")[0]


def test_the_page_is_what_the_commands_say_now() -> None:
    assert reference.reference() == TEXT, "run `make docs`"


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command.name)
def test_every_command_has_its_options_with_help_and_an_example(context: click.Context) -> None:
    command = context.command
    name = "thumbprint-convert" if command is convert else context.command_path
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert options
    for option in options:
        assert option.help and f"{option.opts[-1]}" in section(name)
    assert f"# For example:\n{name} {command.epilog}\n" in section(name)


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command.name)
def test_the_example_can_be_typed(context: click.Context) -> None:
    command = context.command
    name, example = command.name or "", command.epilog or ""
    command.make_context(name, example.split())
    assert CliRunner().invoke(command, ["--help"]).stdout.endswith(f"Example:\n  {name} {example}\n")


@pytest.mark.parametrize(("name", "old", "new"), OLD_NAMES)
def test_an_option_works_by_its_old_name_which_is_hidden(
    name: str, old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = main.commands[name]
    value = {"--corruptions": [], "--videos": ["list.txt"], "--train-sizes": ["5,7"]}.get(new, ["3"])

    def parsed(*options: str) -> dict[str, object]:
        return command.make_context(name, ["argument", *options]).params

    by_new = parsed(new, *value)
    assert by_new != parsed()
    assert capsys.readouterr().err == ""
    assert parsed(old, *value) == by_new
    assert (
        capsys.readouterr().err == f"Note: write {new}: {old} is its old name, which the next release does not take\n"
    )
    assert old not in CliRunner().invoke(command, ["--help"]).stdout
    assert old not in section(f"thumbprint {name}")


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("/usr/local/bin/thumbprint", ("thumbprint train DATA", "thumbprint-convert RUN")),
        ("thumbprint-convert.exe", ("thumbprint train DATA", "thumbprint-convert RUN")),
        ("/work/backend/__main__.py", ("python -m backend train DATA", "python -m converter RUN")),
        ("/work/bench/__main__.py", ("python -m backend train DATA", "python -m converter RUN")),
    ],
)
def test_messages_name_a_command_that_the_person_has(
    started: str, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", [started])
    assert (program.command("train DATA"), program.command("RUN", "converter")) == expected
    error = CliRunner().invoke(main, ["predict", str(tmp_path), "picture.jpg"]).stderr
    assert f"train one with `{expected[0]} --out {tmp_path}`" in error
