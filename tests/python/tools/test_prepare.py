"""The preparation of the browser tests: it refuses what would let them pass by luck, and looks at nothing unasked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from constructed import (
    COLOURS,
    HOVERED,
    LOOKALIKE_THRESHOLD,
    NEUTRAL,
    Made,
    histogram_place,
    less_sure,
    sure,
    torn,
    unknown,
    unsure,
)
from prepare import agreed
from prepare_real import FigureError, check_figures, use_weights
from product import FORMS, Place, PrepareError, Thumbnail, spread

E2E = Path(__file__).resolve().parents[2] / "e2e"
NAMES = list(COLOURS)
LOOKALIKE = 0.8  # from here on the extension claims a look-alike
CLEAR = 0.1  # of a probability: far from any rounding


def said(made: Made) -> Thumbnail:
    """A thumbnail of which the backend says what it was made to be."""
    chances = made.probabilities
    return Thumbnail(
        "made_-00000", "/", "a.jpg", "image/jpeg", "a.png", channel=made.channel, known=made.known,
        probability=chances[made.channel], probabilities=tuple(chances[name] for name in NAMES),
        unknown=1 - sum(chances.values()),
    )  # fmt: skip


@pytest.mark.parametrize("channel", NAMES)
def test_every_state_is_far_from_the_next(channel: str) -> None:
    other = NAMES[NAMES.index(channel) - 1]
    for made in (sure(channel), less_sure(channel)):
        assert made.known and made.probabilities[channel] > LOOKALIKE + CLEAR
        assert 1 - sum(made.probabilities.values()) < LOOKALIKE_THRESHOLD - CLEAR
    for made in (unsure(channel), torn(channel, other)):
        assert made.known and 0.5 < made.probabilities[channel] < LOOKALIKE - CLEAR
        assert 1 - sum(made.probabilities.values()) < 0.5 - CLEAR
    assert not unknown(channel).known and 1 - sum(unknown(channel).probabilities.values()) > 0.5 + CLEAR


def test_what_is_hovered_has_every_state_in_every_form() -> None:
    found = {(made.state, FORMS[number % len(FORMS)]) for number, made in enumerate(HOVERED)}
    assert found == {(state, form) for state in ("sure", "unsure", "unknown") for form in FORMS}
    assert len({made.channel for made in HOVERED if made.state == "sure"}) == len(NAMES)


def test_no_two_colours_share_a_place_of_the_histogram() -> None:
    places = [histogram_place(colour) for colour in (*COLOURS.values(), *NEUTRAL)]
    assert len(set(places)) == len(places)


def test_a_backend_that_says_what_was_made_is_agreed_with() -> None:
    assert agreed(said(sure("moss")), sure("moss"), NAMES).state == "sure"


@pytest.mark.parametrize("change", [{"channel": "fjord"}, {"known": False}, {"probabilities": (0.9, 0.02, 0.02, 0.02)}])
def test_a_backend_that_says_something_else_ends_the_preparation(change: dict[str, object]) -> None:
    with pytest.raises(PrepareError, match="made to be sure of moss"):
        agreed(replace(said(sure("moss")), **change), sure("moss"), NAMES)  # type: ignore[arg-type]


def metrics(folder: Path, macro_f1: float, auroc: float) -> Place:
    (folder / "run").mkdir()
    content = {"cv": {"macro_f1": {"mean": macro_f1}}, "unknown": {"auroc": auroc}}
    (folder / "run" / "metrics.json").write_text(json.dumps(content))
    return Place(folder, folder)


@pytest.mark.parametrize(
    ("macro_f1", "auroc", "low"),
    [(0.94, 0.99, "macro F1"), (0.99, 0.5, "AUROC"), (float("nan"), float("nan"), "macro F1 and AUROC")],
)
def test_a_broken_product_falls_through_the_floor(tmp_path: Path, macro_f1: float, auroc: float, low: str) -> None:
    with pytest.raises(FigureError, match=f"^{low}"):
        check_figures(metrics(tmp_path, macro_f1, auroc), has_background=True)


def test_a_working_product_passes(tmp_path: Path) -> None:
    check_figures(metrics(tmp_path, 0.96, 0.0), has_background=False)


def test_weights_are_those_named_then_those_beside_the_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "some.h5").touch()
    monkeypatch.setenv("THUMBPRINT_WEIGHTS", "of the environment")
    use_weights(tmp_path / "data", None)
    assert os.environ["THUMBPRINT_WEIGHTS"] == "of the environment"
    use_weights(tmp_path / "data", Path("named"))
    assert os.environ["THUMBPRINT_WEIGHTS"] == "named"
    monkeypatch.delenv("THUMBPRINT_WEIGHTS")
    use_weights(tmp_path / "data", None)
    assert os.environ["THUMBPRINT_WEIGHTS"] == str(tmp_path / "weights" / "some.h5")


def test_a_folder_without_real_thumbnails_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    command = [sys.executable, str(E2E / "prepare_real.py"), "--real", str(tmp_path), "--out", str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (2, "")
    advice = "REAL names a folder with thumbnails/CHANNEL/* of 2 channels or more"
    assert result.stderr == f"Error: {tmp_path}: no real thumbnails; {advice}\n"


def test_nothing_beside_the_checkout_is_looked_at() -> None:
    for path in (*E2E.glob("*.ts"), *(path for path in E2E.glob("*.py") if path.name != "prepare_real.py")):
        assert "shared/" not in path.read_text(encoding="utf-8").replace("src/shared/", ""), path


def test_pictures_are_taken_from_all_over_a_channel() -> None:
    files = [Path(f"{number:02}.jpg") for number in range(10)]
    assert spread(files, 3) == [files[0], files[3], files[6]]
    assert spread(files[:2], 3) == files[:2]
