"""Every command on a dataset that was collected: several sizes of a picture, and pictures that are kept for a test."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from collected import LEARNT, SIZES, TEST, TRAIN
from helpers import BACKGROUND, KNOWN

from backend.cli.main import main
from backend.data.dataset import Dataset
from backend.data.image_sizes import learnt
from backend.models.run import FAITHFULNESS, Run
from backend.server.app import create_app

pytestmark = pytest.mark.slow


def said(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def answered(*arguments: object) -> Any:
    return json.loads(said("-q", *arguments, "--json"))


def test_evaluate(collected_run: Run, collected: Dataset) -> None:
    found, own = answered("evaluate", collected_run.root, "--data", collected.root), collected_run.metrics()["test"]
    assert found["rule"] == own["rule"]
    assert found["images"] == dict.fromkeys(KNOWN, TEST)
    assert {size: figures["images"] for size, figures in found["variants"].items()} == dict.fromkeys(SIZES, 3 * TEST)
    assert found["test"]["macro_f1"]["mean"] == pytest.approx(own["macro_f1"]["mean"])


def test_compare_counts_each_picture_once(collected_run: Run) -> None:
    (found,) = answered("compare", collected_run.root, collected_run.root)
    assert found["images"] == 3 * LEARNT
    assert found["macro_f1"]["difference"] == 0


def test_learning_curve_draws_videos_that_are_learnt_from(
    collected: Dataset, weights_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "curve.json"
    options = ("--train-sizes", "5", "--repeats", 1, "--weights", weights_file, "--out", out)
    said("learning-curve", collected.root, *options)
    found = json.loads(out.read_text())
    assert found["videos"] == dict.fromkeys(KNOWN, TRAIN)
    (point,) = found["points"]
    assert point["count"] == "all"
    assert all(images < LEARNT for images in point["images"].values()), "four fifths of them"


def test_explain_takes_any_size(collected_run: Run, collected: Dataset, tmp_path: Path) -> None:
    small = next(picture for picture in collected.part("test").pictures if picture.variant == "hq")
    out = tmp_path / "heat.png"
    assert f"wrote {out}" in said("explain", collected_run.root, collected.path(small), "--out", out)
    assert out.read_bytes().startswith(b"\x89PNG")


def test_faithfulness_and_the_report(
    collected_run: Run, collected: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import backend.explain.faithfulness as module

    drawn: list[Path] = []
    sample = module.draw_sample

    def noted(*arguments: Any) -> Any:
        pictures = sample(*arguments)
        drawn.extend(map(collected.path, pictures))
        return pictures

    monkeypatch.setattr(module, "draw_sample", noted)
    (judged,) = answered("faithfulness", collected_run.root, "--pictures", 3)
    assert judged["pictures"] == 3
    assert set(drawn) <= {collected.path(picture) for picture in learnt(collected)} and len(drawn) == 3
    try:
        said("report", collected_run.root, "--out", tmp_path / "report.html")
    finally:
        (collected_run.root / FAITHFULNESS).unlink()
    html, found = (tmp_path / "report.html").read_text(), json.loads((tmp_path / "report.json").read_text())
    assert found["metrics"] == collected_run.metrics()
    assert f"{3 * TEST} thumbnails were kept for a test" in html
    for size in SIZES:
        assert re.search(rf"<t[dh][^>]*>{size}</t[dh]>\s*<td[^>]*>{3 * LEARNT}</td>", html), size


def test_serve(collected_run: Run, collected: Dataset) -> None:
    client = create_app(collected_run).test_client()
    assert client.get("/health").get_json()["run"]["name"] == collected_run.root.name
    report = client.get("/report.json").get_json()
    assert list(report["metrics"]["variants"]) == list(SIZES)
    assert list(report["metrics"]["test"]["variants"]) == list(SIZES)
    learnt_from = learnt(collected)[0]
    shown = client.get(f"/images/{learnt_from.sha256[:16]}")
    assert hashlib.sha256(shown.data).hexdigest() == learnt_from.sha256
    for small in (picture for picture in collected.pictures[:2] if picture.variant == "hq"):
        answer = client.post("/predict", data=collected.path(small).read_bytes(), content_type="image/jpeg")
        assert answer.status_code == 200 and answer.get_json()["channel"] in KNOWN


def test_predict_and_audit(collected_run: Run, collected: Dataset, weights_file: Path) -> None:
    small = next(picture for picture in collected.part("test").pictures if picture.variant == "mq")
    assert str(collected.path(small)) in said("predict", collected_run.root, collected.path(small))
    options = ("--folds", 3, "--weights", weights_file)
    found = answered("audit", collected.root, *options)
    assert found["images"] == dict.fromkeys((*KNOWN, *BACKGROUND), LEARNT + TEST + 1)
