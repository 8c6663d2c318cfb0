"""Runs judged under stress: by the folds that have not seen a picture, written into the run, shown in the report."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import BACKGROUND, KNOWN, PICTURES

from backend.cli.main import main
from backend.data.augment.views import CORRUPTION_GROUPS
from backend.evaluation.metrics import macro_f1
from backend.evaluation.predictions import read_rows
from backend.evaluation.robustness import beside, lines, measure_robustness
from backend.models.run import FOLDS, Run, load_run
from backend.report import build, to_html
from backend.utils.errors import RunError

pytestmark = pytest.mark.slow


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def copy(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of a run that may be written to, and what the command printed: it is judged once."""
    root = tmp_path_factory.mktemp("stress") / "style"
    shutil.copytree(style_run.root, root)
    yield root


@pytest.fixture(scope="module")
def judged(copy: Path) -> dict[str, Any]:
    """The figures, as the command prints them."""
    result = evaluate(copy, "--stress", "--pictures", 1, "--json")
    assert result.exit_code == 0, result.stderr
    numbers: dict[str, Any] = json.loads(result.stdout)
    return numbers


def test_undisturbed_figures_are_those_of_the_training(style_run: Run, judged: dict[str, Any]) -> None:
    """Another fold's model, or the final one, which has seen the pictures, would give others."""
    known = [row for row in read_rows(style_run) if row.label is not None]
    truth = np.array([row.label for row in known], np.int64)
    expected = macro_f1(truth, np.array([row.predicted for row in known]), len(KNOWN))
    clean, trained = judged["views"]["clean"], style_run.metrics()["unknown"]
    assert clean["macro_f1"] == pytest.approx(expected)
    assert clean["macro_f1_low"] <= clean["macro_f1"] <= clean["macro_f1_high"]
    assert clean["unknown_auroc"] == pytest.approx(trained["auroc"], abs=0.01)
    assert clean["kept"] >= 0.95


def test_every_disturbance_has_three_strengths(judged: dict[str, Any]) -> None:
    assert list(judged["views"]) == ["clean", "page", "camera"]
    assert judged["pictures"] == 5 * PICTURES
    assert judged["sample"] == len(KNOWN) + len(BACKGROUND)
    assert [row["name"] for row in judged["disturbances"]] == [
        e.name for family in CORRUPTION_GROUPS.values() for e in family
    ]
    for row in judged["disturbances"]:
        assert list(row["strengths"]) == judged["strengths"] == ["mild", "medium", "strong"]
        assert all(0 <= found["macro_f1"] <= 1 and "unknown_auroc" in found for found in row["strengths"].values())


def test_the_figures_are_in_the_run_and_nothing_else_is_changed(
    style_run: Run, copy: Path, judged: dict[str, Any]
) -> None:
    run = load_run(copy)
    assert run.metrics() == {**style_run.metrics(), "stress": judged}
    for name, checksum in run.description["files"].items():
        assert hashlib.sha256((copy / name).read_bytes()).hexdigest() == checksum
    assert {path.name for path in copy.iterdir()} == {path.name for path in style_run.root.iterdir()}


def test_the_figures_are_the_same_again_and_say_so_in_lines(copy: Path, judged: dict[str, Any]) -> None:
    run = load_run(copy)
    # Fewer pictures of the same run: what does not hang on the sample stays.
    again = measure_robustness(run, most=1)
    assert again == judged
    said = list(lines(again))
    clean = judged["views"]["clean"]
    between = f"({clean['macro_f1_low']:.3f} to {clean['macro_f1_high']:.3f})"
    assert said[0].startswith(f"clean: macro F1 {clean['macro_f1']:.3f} {between}, none of these AUROC")
    assert len(said) == 4 + 3 * len(judged["disturbances"])


def test_runs_stand_beside_each_other_where_both_were_judged(
    style_run: Run, copy: Path, judged: dict[str, Any]
) -> None:
    run = load_run(copy)
    said = list(beside([run, run]))
    assert [line.partition(":")[0] for line in said] == ["clean", "page", "camera"]
    assert said[2].count(f"style macro F1 {judged['views']['camera']['macro_f1']:.3f}") == 2
    assert not list(beside([run, style_run]))


def test_the_report_shows_them(copy: Path, judged: dict[str, Any]) -> None:
    html = to_html(build(load_run(copy)))
    assert 'id="stress"' in html and 'href="#stress"' in html
    assert html.count('<table class="matrix stress">') == 1
    rows = html.split('<table class="matrix stress">')[1].split("</table>")[0]
    assert rows.count("<b>") == 3 * len(judged["disturbances"])
    strong = judged["disturbances"][0]["strengths"]["strong"]
    assert f"macro F1 {100 * strong['macro_f1']:.1f}" in rows


def test_a_run_without_them_has_no_such_section(style_run: Run) -> None:
    assert 'id="stress"' not in to_html(build(style_run))


def test_what_cannot_be_judged_is_one_error(style_run: Run, tmp_path: Path) -> None:
    result = evaluate(style_run.root)
    assert result.exit_code == 2 and "name it with --data DATA, or add --stress" in result.stderr
    old = tmp_path / "old"
    shutil.copytree(style_run.root, old)
    described = json.loads((old / "run.json").read_text())
    del described["files"][FOLDS]
    (old / "run.json").write_text(json.dumps(described))
    with pytest.raises(RunError, match=r"keeps no models of its folds \(an earlier Thumbprint trained it\); train it"):
        measure_robustness(load_run(old))
    described = json.loads((style_run.root / "run.json").read_text())
    described["dataset"]["path"] = str(tmp_path / "gone")
    (old / "run.json").write_text(json.dumps(described))
    with pytest.raises(RunError, match=rf"{5 * PICTURES} of its {5 * PICTURES} pictures are not where they were"):
        measure_robustness(load_run(old))
    (old / FOLDS).write_bytes(b"damaged")
    with pytest.raises(RunError, match="damaged or missing"):
        measure_robustness(load_run(old))
