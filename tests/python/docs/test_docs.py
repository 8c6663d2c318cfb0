"""The README names every command, every option and every target: it cannot fall behind unnoticed."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from backend.cli.main import main
from converter.__main__ import main as convert

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("--")}


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_readme_shows_every_command(name: str) -> None:
    assert f"python -m backend {name} " in README


@pytest.mark.parametrize("command", [*main.commands.values(), convert], ids=lambda command: command.name)
def test_the_readme_names_every_option(command: click.Command) -> None:
    missing = {name for name in options(command) if not re.search(rf"{name}\b", README)}
    assert not missing


def test_the_readmes_pictures_and_documents_are_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
