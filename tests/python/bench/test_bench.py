"""The bench's comparison, page and drawing; what it measures is measured by `make bench` alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import numpy as np
import pytest

from backend.data.dataset import Dataset, load_dataset
from backend.utils.errors import ThumbprintError
from bench import __main__ as bench
from bench import browser_part, chart, collect, document, engines, estimate, made_up, ratios, results, spread

GIVEN = cast(Any, None)  # nothing is measured here


def spread_of(median: float) -> dict[str, float]:
    return {"median": median, "p5": median * 0.9, "p95": median * 1.2, "n": 9}


def speeds(ours: float, litert: float) -> dict[str, Any]:
    rates = {"ours": ours, "litert-1": litert, "litert-32": litert / 2, "onnxruntime-1": 80.0, "onnxruntime-32": 100.0}
    return {
        "pictures_a_second": {name: spread_of(rate) for name, rate in rates.items()},
        "best": {"litert": "litert-1", "onnxruntime": "onnxruntime-32"},
        "ratios": {"ours_by_litert": ours / litert, "ours_by_onnxruntime": ours / 100},
    }


def hovers(ours: float, full: float) -> dict[str, Any]:
    parts = {"ours": spread_of(ours), "full": spread_of(full)}
    return {
        "dwell_ms": 80,
        "whole": parts,
        "after_dwell": parts,
        "ratios": {"whole": ours / full, "after_dwell": ours / full},
    }


def browser() -> dict[str, Any]:
    def size(raw: int) -> dict[str, int]:
        return {"raw": raw, "gzip": raw // 2}

    times = {"ours": 6.0, "full": 24.0, "nsfwjs": 48.0, "onnxruntime": 7.0}
    names = ("inference", "total")
    inference = {
        "backend": "wasm",
        "pictures": 200,
        "decode": spread_of(3.0),
        "phases": {name: {phase: spread_of(ms) for phase in names} for name, ms in times.items()},
        "ratios": {"inference_by_nsfwjs": 0.125, "inference_by_full": 0.25},
    }
    answers = {"hover": hovers(20, 60), "after_stop": hovers(200, 400), "first": hovers(400, 600)}
    ours = {part: size(100_000) for part in ("wasm", "background", "content", "pages")}
    sizes = {
        "zip": {"ours": {"chrome": 800_000, "firefox": 900_000}, "full": {"chrome": 5_000_000, "firefox": 5_000_000}},
        "ours": {"model": size(450_000), **ours},
        "full": {"model": size(5_000_000)},
        "nsfwjs": {"script": size(5_000_000), "model": size(3_600_000), "wasm": size(400_000)},
        "onnxruntime": {"script": size(70_000), "model": size(1_200_000), "wasm": size(14_000_000)},
    }
    one = {"version": "Chrome/1", "inference": inference, **answers}
    return {"versions": {"node": "v20"}, "browsers": {"chromium": one}, "size": sizes, "seconds": 100}


def training() -> dict[str, Any]:
    phases = ("whole", "start", "features", "folds", "record")
    kinds = ("nothing cached", "strangers cached", "all cached")
    timing = {phase: spread_of(2.0) for phase in phases}
    rows = [
        {"images": n, "whole": n / 50, "features": n / 100, "folds": n / 500, "peak_mb": 300 + n / 100}
        for n in (1000, 5000, 20_000)
    ]
    return {
        "lab": {"images": 600, "pictures": 1.0, "epoch": 2.0, "whole": 121.0, "extrapolated": True},
        "ours": dict.fromkeys(kinds, timing),
        "adding": {"channels": 10, "pictures": 440, "seconds": timing, "lab_whole": 88.7},
        "images": rows,
        "ratios": {**dict.fromkeys(kinds, 60.5), "adding": 44.4},
    }


def growth() -> dict[str, Any]:
    rows = [
        {
            "channels": n,
            "pictures": 10 * n,
            "seconds": 2.0 + n,
            "cached_seconds": 1.0,
            "folds_seconds": 0.5,
            "peak_mb": 200,
            "model_bytes": 400_000 + 5000 * n,
            "model_gzip_bytes": 300_000,
            "answer_ms": spread_of(3 + n / 1000),
        }
        for n in (3, 30, 300)
    ]
    return {"each": 10, "rows": rows, "ratios": {"model_bytes": 4.6, "peak_mb": 1.0, "answer_ms": 1.1}}


@pytest.fixture
def whole() -> dict[str, Any]:
    """Everything that a whole run writes."""
    machine = {"system": "Linux", "processor": "A Processor", "cores": 2, "memory_gb": 8.0, "load": 0.1}
    parts = {"browser": browser(), "training": training(), "network": speeds(90, 100), "growth": growth()}
    parts["predict"] = {"pictures": 400, "with_start": speeds(70, 100), "without_start": speeds(80, 100)}
    top = {"schema": 1, "plan": "whole", "date": "2026-01-01", "machine": machine, "versions": {"python": "3.11.0"}}
    return {**top, **parts, "seconds": 800}


# --- The comparison ----------------------------------------------------------------------------------------------


def test_what_is_started_by_its_path_is_there() -> None:
    assert (browser_part.FOLDER / "prepare.py").is_file()
    assert (collect.SUPPORT / "youtube.py").is_file()
    assert engines.REQUIREMENTS.is_file()


def test_a_change_is_worse_in_the_direction_of_its_ratio() -> None:
    slower, smaller = ratios.Change("predict.ours_by_litert", 0.8, 0.6), ratios.Change("size.zip_by_full", 0.8, 0.6)
    assert slower.factor == pytest.approx(4 / 3)
    assert smaller.factor == pytest.approx(3 / 4)
    assert (slower.failed, smaller.failed) == (True, False)


@pytest.mark.parametrize("found, failed", [(0.129, False), (0.131, True), (0.05, False), (float("nan"), True)])
def test_thirty_per_cent_are_allowed(found: float, failed: bool) -> None:
    assert ratios.Change("chromium.inference_by_full", 0.1, found).failed is failed


@pytest.mark.parametrize("found, failed", [(0.78, False), (0.76, True), (0.0, True)])
def test_thirty_per_cent_are_allowed_where_more_is_better(found: float, failed: bool) -> None:
    assert ratios.Change("network.ours_by_litert", 1.0, found).failed is failed


def test_a_failure_names_the_ratio_both_figures_and_the_next_step() -> None:
    line = ratios.Change("chromium.inference_by_full", 0.3, 0.45).line()
    assert line == (
        "chromium.inference_by_full: 0.450, committed 0.300 (less is better): 50% worse, 30% allowed. Find out what "
        "became slower or larger (`make bench-short` shows all parts); if it is meant, `make bench WRITE=1` on a quiet "
        "machine writes the new figures, to be committed with the reason"
    )
    kept = ratios.Change("predict.ours_by_litert", 0.8, 0.81).line()
    assert kept == "predict.ours_by_litert: 0.810, committed 0.800 (more is better)"


def test_ratios_of_all_parts_are_compared_by_name(whole: dict[str, Any]) -> None:
    found = ratios.ratios(whole)
    assert found["chromium.inference_by_nsfwjs"] == 0.125
    assert found["size.zip_by_full"] == 0.16
    assert found["training.strangers cached"] == 60.5
    assert (found["predict.ours_by_litert"], found["predict.ours_by_litert_with_start"]) == (0.8, 0.7)
    assert found["growth.model_bytes"] == 4.6
    changes = ratios.compare(found, {**found, "network.ours_by_litert": 0.5})
    assert [change.name for change in changes] == list(ratios.CHECKED)
    assert [change.name for change in changes if change.failed] == ["network.ours_by_litert"]


def test_every_target_is_a_figure(whole: dict[str, Any]) -> None:
    found = ratios.figures(whole)
    assert all(target.met(found[target.name]) for target in ratios.TARGETS)
    assert "**no**" not in document.targets(whole)
    slow = copy.deepcopy(whole)
    slow["browser"]["browsers"]["chromium"]["after_stop"]["whole"]["ours"]["median"] = 251
    assert document.targets(slow).count("| **no** |") == 1


def checked(monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any], *runs: dict[str, float]) -> list[tuple[str, ...]]:
    """Let the check find these ratios, run after run; return what it measures."""
    committed, asked = ratios.ratios(whole), list[tuple[str, ...]]()

    def measure(given: object, plan: object, parts: tuple[str, ...]) -> dict[str, Any]:
        asked.append(parts)
        of = {name.split(".")[0]: part for part in parts for name in committed if name.startswith(part)}
        beyond = {name: value for name, value in committed.items() if "browser" in parts or name.split(".")[0] in of}
        return {"ratios": {**beyond, **runs[len(asked) - 1]}}

    monkeypatch.setattr(bench, "measure", measure)
    monkeypatch.setattr(bench, "load", lambda path: {"ratios": committed})
    return asked


def test_a_check_measures_once_more_before_it_fails(monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]) -> None:
    slow = {"network.ours_by_litert": 0.5}
    asked = checked(monkeypatch, whole, slow, {})
    assert not any(change.failed for change in bench.check(GIVEN))
    assert asked == [bench.CHECKED_PARTS, ("network",)], "only what was worse"


def test_a_check_fails_what_is_worse_twice(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    slow = {"chromium.inference_by_full": 0.9}
    asked = checked(monkeypatch, whole, slow, slow)
    assert [change.name for change in bench.check(GIVEN) if change.failed] == ["chromium.inference_by_full"]
    assert asked == [bench.CHECKED_PARTS, ("browser",)]
    assert "Worse: chromium.inference_by_full. Measuring once more" in capsys.readouterr().err


def test_without_committed_results_the_check_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(ThumbprintError, match=r"no results to compare with .*`make bench WRITE=1` writes them"):
        results.load(tmp_path / "results.json")


# --- What is written ---------------------------------------------------------------------------------------------


def test_the_page_has_every_table_and_the_arithmetic(whole: dict[str, Any]) -> None:
    page = document.page(whole)
    assert "A Processor, 2 cores, 8.0 GB, Linux" in page
    for words in ("nsfwjs", "LiteRT, batches of 1", "20,000", "| 300 |", "1,000,000 / 100 a second", "GB"):
        assert words in page
    assert "{{" not in page


def test_the_summary_shows_what_was_measured_and_no_more(whole: dict[str, Any]) -> None:
    assert document.page(whole).count("the network alone") == document.summary(whole).count("the network alone")
    part = {name: value for name, value in whole.items() if name not in ("browser", "training", "growth")}
    assert "laboratory" not in document.summary(part)


def test_the_drawing_is_svg_for_light_and_dark(whole: dict[str, Any]) -> None:
    drawn = chart.chart(whole)
    words = [element.text for element in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert "prefers-color-scheme: dark" in drawn
    assert {"Inference in Chromium, ms", "nsfwjs", "48.0", "ours", "6.0", "less is better"} <= set(words)


def test_constants_are_slopes(whole: dict[str, Any]) -> None:
    found = estimate.constants(whole, 2536)
    assert found.features_a_second == pytest.approx(100)
    assert found.folds_s == pytest.approx(1 / 500)
    assert [found.memory_mb, found.base_mb] == pytest.approx([0.01, 300])
    assert [found.class_bytes, found.base_bytes] == pytest.approx([5000, 400_000])
    assert dict((what, took) for what, _, took in estimate.lines(found))["channels that fit into 0.8 MB"] == "80"


# --- Measuring ---------------------------------------------------------------------------------------------------


def test_contenders_take_turns_and_are_warmed_up() -> None:
    called: list[str] = []

    def noted(name: str) -> Callable[[], None]:
        return lambda: called.append(name)

    seconds = spread.take_turns({"a": noted("a"), "b": noted("b")}, 2)
    assert called == ["b", "a", "a", "b", "b", "a"]
    assert {name: len(taken) for name, taken in seconds.items()} == {"a": 2, "b": 2}
    assert spread.spread(list(np.arange(101.0))) == spread.Spread(50.0, 5.0, 95.0, 101)


def test_more_channels_begin_with_the_files_of_fewer(data: Dataset, tmp_path: Path) -> None:
    fewer, more = (load_dataset(made_up.replicate(data, tmp_path / str(n), n, 3)) for n in (4, 9))
    assert [picture.sha256 for picture in more.pictures[:12]] == [picture.sha256 for picture in fewer.pictures]
    assert len({picture.sha256 for picture in more.pictures}) == 27, "every channel is another"


def test_all_channels_are_known_where_both_ways_learn_the_same(data: Dataset, tmp_path: Path) -> None:
    known = load_dataset(made_up.all_known(data, tmp_path / "known"))
    assert (len(known.background), len(known.pictures)) == (0, len(data.pictures))
