"""What a report shows is computed once: by the training, or for the first report of an older run."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import KNOWN, lend_backbone
from reporting import report_of

from backend.data.dataset import Dataset
from backend.data.settings import TrainSettings
from backend.evaluation.audit.findings import Check, NearDuplicate, SuspectLabel, checks_from_json, checks_to_json
from backend.evaluation.audit.source_bias import Blur, SourceBias
from backend.evaluation.learning_curve import Curve, Point
from backend.explain.heatmap import Heatmap
from backend.explain.samples import Key, pack_heatmaps, unpack_heatmaps
from backend.models.run import AUDIT, HEATMAPS, SAMPLES, Run, load_run
from backend.models.weights import Weights
from backend.report.model import ReportData, to_json
from backend.report.page import to_html
from backend.training import report_data
from backend.training.report_data import complete
from backend.training.train import train
from backend.utils.errors import RunError

OF_REPORT = (AUDIT, SAMPLES, HEATMAPS)


@pytest.fixture
def older(style_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run as an earlier Thumbprint wrote it, with a cache of its own."""
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "run"
    shutil.copytree(style_run.root, root)
    description = json.loads((root / "run.json").read_text())
    for name in OF_REPORT:
        (root / name).unlink()
        del description["files"][name]
    (root / "run.json").write_text(json.dumps(description))
    return load_run(root)


def test_a_learning_curve_is_measured_for_the_first_report_and_kept(
    older: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Curve("style", "data", None, 0, {"a": 9}, {}, (Point(8, {"a": 8.0}, (0.5,), (0.25,)),), ())
    shown = json.loads(json.dumps(measured.to_json()))
    monkeypatch.setattr(report_data, "learning_curve_of_run", lambda run, roots: measured)
    before = {path.name: path.read_bytes() for path in older.root.iterdir()}
    assert complete(older).curve == shown
    monkeypatch.setattr(report_data, "learning_curve_of_run", lambda run, roots: pytest.fail("measured again"))
    assert complete(older).curve == shown
    assert report_of(older).curve == shown
    assert {path.name: path.read_bytes() for path in older.root.iterdir()} == before, "the run is as it was"


def test_what_has_no_learning_curve_says_nothing_of_it(older: Run) -> None:
    assert complete(older).curve is None
    assert "Learning curve" not in to_html(report_of(older))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is computed from here on."""
    made: list[str] = []

    def noted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            made.append(name)
            return real(*arguments)

        return run

    for name in ("audit_run", "choose_sample", "compute_heatmaps"):
        monkeypatch.setattr(report_data, name, noted(name, getattr(report_data, name)))
    return made


def page(told: ReportData) -> str:
    """The page, but for the checksums of the run's files, which are in it too."""
    return to_html(told).split('id="reproducibility"')[0]


def test_a_report_of_a_new_run_computes_nothing(style_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    assert report_of(style_run).mistakes
    assert made == []


def test_an_older_run_has_the_same_report_and_computes_it_once(
    style_run: Run, older: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, before = counted(monkeypatch), {path.name: path.read_bytes() for path in older.root.iterdir()}
    first = report_of(older)
    assert made == ["audit_run", *["choose_sample"] * len(KNOWN), "compute_heatmaps"]
    made.clear()
    again, new = report_of(older), report_of(style_run)
    assert made == []
    assert page(first) == page(again)
    assert page(first).replace("run: Thumbprint", "style: Thumbprint") == page(new)
    assert to_json(first)["contents"] == to_json(new)["contents"]
    assert {path.name: path.read_bytes() for path in older.root.iterdir()} == before, "the run is left as it is"


def test_it_is_computed_anew_where_pictures_are_gone(
    older: Run, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(complete(older).files) == len(data.pictures)
    moved = older.root.parent / "data"
    shutil.copytree(data.root, moved)
    older.description["dataset"]["path"] = str(moved)
    made = counted(monkeypatch)
    complete(older)
    assert made == [], "the same pictures in another place"
    gone = next(picture for picture in data.pictures if picture.channel == KNOWN[0])
    (moved / gone.file).unlink()
    assert gone.sha256 not in complete(older).files
    assert "audit_run" in made and "compute_heatmaps" in made


def test_a_picture_that_is_shown_in_place_of_a_lost_one_is_explained(
    style_run: Run, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    shutil.copytree(data.root, tmp_path / "data")
    run = load_run(style_run.root)
    run.description["dataset"]["path"] = str(tmp_path / "data")
    shown = complete(run)
    surest = report_of(run).gallery[0].shot
    (tmp_path / "data" / surest.image).unlink()
    told = report_of(run)
    assert surest.sha256 not in {one.shot.sha256 for one in told.gallery}
    assert all(one.heat and one.shot.uri for one in told.gallery)
    assert set(complete(run).heatmaps) > set(shown.heatmaps), "those of the run, and what it lacks"


def test_a_damaged_file_is_named_and_a_lost_one_is_computed(style_run: Run, tmp_path: Path) -> None:
    shutil.copytree(style_run.root, tmp_path / "run")
    path, run = tmp_path / "run" / HEATMAPS, load_run(tmp_path / "run")
    path.write_bytes(path.read_bytes()[:-1])
    message = f"{re.escape(str(path))}: damaged .*; delete it, and the next report computes it again$"
    with pytest.raises(RunError, match=message):
        complete(run)
    path.unlink()
    assert complete(run).heatmaps.keys() == complete(style_run).heatmaps.keys()


def test_no_thumbnail_is_in_the_run(style_run: Run) -> None:
    """Only where something was seen: grids of grey, names, numbers."""
    for name in (AUDIT, SAMPLES):
        assert "data:" not in (style_run.root / name).read_text() and json.loads((style_run.root / name).read_text())
    with np.load(style_run.root / HEATMAPS) as arrays:
        for name in set(arrays) - {"index"}:
            assert arrays[name].tobytes().startswith(b"\x89PNG") and len(arrays[name]) < 20_000


class Killed(BaseException):
    """Nothing may catch this."""


def test_a_training_killed_at_its_heatmaps_goes_on_there(
    data: Dataset, style_weights: Weights, style_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend_backbone(monkeypatch, style_weights)
    made = counted(monkeypatch)
    compute = vars(report_data)["compute_heatmaps"]

    def killed(*arguments: Any) -> None:
        raise Killed

    monkeypatch.setattr(report_data, "compute_heatmaps", killed)
    settings = TrainSettings("style", folds=3, seed=0)
    with pytest.raises(Killed):
        train(data, tmp_path / "run", settings)
    assert "audit_run" in made and not (tmp_path / "run").exists()
    made.clear()
    monkeypatch.setattr(report_data, "compute_heatmaps", compute)
    run = train(data, tmp_path / "run", settings)
    assert made == ["compute_heatmaps"]
    for name in OF_REPORT:
        content = (run.root / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == run.description["files"][name]
    for name in (AUDIT, SAMPLES):
        assert (run.root / name).read_bytes() == (style_run.root / name).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


# --- The files ---


def test_checks_are_read_back_as_they_were() -> None:
    blur = Blur(("a", "b"), 3.25, 0.125, 0.5)
    checks = (
        Check("duplicates_across", (NearDuplicate("x.jpg", "a", "y.jpg", "b", 0.9871),)),
        Check("labels", (SuspectLabel("x.jpg", "a", "a", "b", -0.25, {"a": 0.1, "b": 0.9}),)),
        Check("sources", (SourceBias("blur", 0.9, 0.8, 0.95, 0.5, {"a": 1.0}, {}, blur),)),
        Check("balance", ()),
    )
    assert checks_from_json(json.loads(json.dumps(checks_to_json(checks)))) == checks


def test_heatmaps_are_read_back_as_finely_as_an_overlay_draws_them() -> None:
    rng = np.random.default_rng(0)
    grids = [rng.random((8, 13)).astype(np.float32) ** 4, np.zeros((5, 7), np.float32)]
    given = {
        Key("ab", name): Heatmap(name, "gradcam", grid, (0, 1, 20, 11), (20, 12), -1.5)
        for name, grid in zip(("moss", "fjord"), grids, strict=True)
    }
    read = unpack_heatmaps(pack_heatmaps(given))
    assert list(read) == list(given)
    for key, heatmap in read.items():
        assert (heatmap.channel, heatmap.box, heatmap.size, heatmap.logit) == (
            key.channel,
            (0, 1, 20, 11),
            (20, 12),
            -1.5,
        )
        np.testing.assert_allclose(np.sqrt(heatmap.grid), np.sqrt(given[key].grid), atol=0.6 / 255)
