"""The README names every command and every target: it cannot fall behind unnoticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_readme_shows_every_command(name: str) -> None:
    assert f"python -m backend {name} " in README


def test_the_readmes_pictures_and_documents_are_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
