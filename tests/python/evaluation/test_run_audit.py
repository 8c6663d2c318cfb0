"""What is doubted of a run's dataset, from the run's own predictions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers import KNOWN, draw, encode
from PIL import Image

from backend.evaluation.audit.findings import SuspectLabel
from backend.evaluation.audit.run_audit import doubtful_labels, uneven_sources
from backend.evaluation.predictions import Row

PER_CHANNEL = 20


def row(channel: str, number: int, chances: Sequence[float], sha256: str = "") -> Row:
    label = KNOWN.index(channel) if channel in KNOWN else None
    return Row(f"{channel}-{number}", str(number), sha256, channel, number % 5, label, tuple(chances), None)


def rightly(channel: str) -> list[float]:
    return [0.9 if name == channel else 0.05 for name in KNOWN]


def test_a_label_that_every_model_contradicts_is_doubted_and_no_other() -> None:
    rows = [row(channel, number, rightly(channel)) for channel in KNOWN for number in range(PER_CHANNEL)]
    assert doubtful_labels(rows, KNOWN).findings == ()
    wrong = row("moss", PER_CHANNEL, rightly("ember"))
    (found,) = doubtful_labels([*rows, wrong], KNOWN).findings
    assert isinstance(found, SuspectLabel)
    assert (found.file, found.given, found.suggested) == (wrong.image, "moss", "ember")
    assert found.line() == f"{wrong.image}: moss (5%)? looks like ember (90%)"


def files(folder: Path, softened: str | None) -> tuple[list[Row], dict[str, Path]]:
    """Encode pictures of one style for every class; one channel's were scaled up from smaller files."""
    rows, found = [], {}
    for place, channel in enumerate((*KNOWN, "street")):
        for number in range(PER_CHANNEL):
            image = draw("ember", place * PER_CHANNEL + number, (320, 180))
            if channel == softened:
                image = image.resize((160, 90), Image.Resampling.BILINEAR).resize((320, 180), Image.Resampling.BICUBIC)
            data = encode(image, "JPEG", quality=90)
            sha256 = hashlib.sha256(data).hexdigest()
            found[sha256] = folder / f"{sha256}.jpg"
            found[sha256].write_bytes(data)
            rows.append(row(channel, number, rightly(channel), sha256))
    return rows, found


@pytest.mark.slow
@pytest.mark.parametrize("softened", [None, "moss"])
def test_a_channel_of_softer_files_is_a_finding(tmp_path: Path, softened: str | None) -> None:
    rows, found = files(tmp_path, softened)
    (check,) = uneven_sources(rows, KNOWN, found)
    assert bool(check.findings) is (softened is not None)


def test_nothing_is_said_of_sources_where_pictures_are_gone(tmp_path: Path) -> None:
    rows, found = files(tmp_path, None)
    del found[rows[0].sha256]
    assert not list(uneven_sources(rows, KNOWN, found))
    damaged = dict(found)
    damaged[rows[0].sha256] = tmp_path / "gone.jpg"
    assert not list(uneven_sources(rows, KNOWN, damaged))
