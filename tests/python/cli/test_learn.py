"""Channels learnt from a few thumbnails on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers import write_channel

from backend.cli.main import main
from backend.models.channel_fit import GOOD

CHANNELS = ("ember", "fjord", "moss")
PICTURES = GOOD


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["-q", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("learn") / "channels"
    for channel in CHANNELS:
        write_channel(root / channel, channel, PICTURES, 0)
    return root


def test_channels_are_learnt_from_their_first_pictures_and_asked_about_the_others(folder: Path) -> None:
    result = run("learn", folder, "--each", "6", "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert {name: (scores["examples"], scores["quality"]) for name, scores in figures["channels"].items()} == {
        name: (6, "rough") for name in CHANNELS
    }
    assert figures["tested"]["pictures"] == 3 * (PICTURES - 6)
    assert figures["tested"]["accuracy"] >= 0.9  # drawn channels differ by far
    assert figures["left_out"]["pictures"] == 18
    assert figures["strangers"] == {"pictures": 0, "named": 0}
    assert figures["random"]["named"] <= 0.01 * figures["random"]["pictures"]


def test_what_is_said_is_what_was_measured(folder: Path) -> None:
    result = run("learn", folder, "--strangers", folder / "moss")
    assert result.exit_code == 0, result.output
    first, *_, strangers, random = result.stdout.splitlines()
    assert first.startswith(
        f"ember: {'good' if PICTURES >= GOOD else 'rough'}, {PICTURES} thumbnails, each left out in turn: "
    )
    assert strangers.startswith(f"Of {PICTURES} strangers: ") and random.endswith(" are named")


def test_too_few_pictures_are_refused_with_what_is_needed(folder: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    write_channel(few / "ember", "ember", 4, 0)
    for arguments, message in (
        ((few,), f"{few}/ember: 4 pictures, and 5 are needed"),
        ((tmp_path / "nowhere",), "name one that holds a folder of thumbnails for each channel"),
        ((folder, "--each", "4"), "4 is not in the range 5<=x<=200"),
    ):
        result = run("learn", *arguments)
        assert result.exit_code == 2 and message in result.stderr, result.stderr
