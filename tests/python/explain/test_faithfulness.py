"""Faithful heat is told from unfaithful heat, and what is measured beside it is what it says."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import KNOWN, PICTURES, VIDEOS, exactly
from numpy.typing import NDArray
from planted import MARKED, PLAIN, Planted, planted

from backend.cli.main import main
from backend.data.dataset import Channel, Dataset, load_dataset
from backend.explain import deletion_insertion
from backend.explain import faithfulness as module
from backend.explain.deletion_insertion import COLUMNS, MEASURES, ROWS, STEPS, baselines, curves_of, hottest_first
from backend.explain.faithfulness import BORDER, Faithfulness, draw_sample, faithfulness, with_other_head
from backend.explain.gradcam import Explainer
from backend.models.run import FAITHFULNESS, Run, load_run
from backend.utils.errors import DataError, ThumbprintError

pytestmark = pytest.mark.slow

__all__ = ["planted"]  # a fixture

CELLS = ROWS * COLUMNS


@pytest.fixture(scope="module")
def found(planted: Planted) -> Faithfulness:
    return faithfulness([planted.run], 12)[0]


@pytest.fixture
def copied(planted: Planted, tmp_path: Path) -> Run:
    """The run, to be written to."""
    shutil.copytree(planted.run.root, tmp_path / "run")
    return load_run(tmp_path / "run")


def whole(height: int, width: int) -> NDArray[np.int64]:
    """Number the cells of an input without padding, (1, height, width)."""
    rows, columns = np.arange(height) * ROWS // height, np.arange(width) * COLUMNS // width
    return (rows[:, None] * COLUMNS + columns)[None]


# --- Deletion and insertion --------------------------------------------------------------------------------------


def test_heat_of_a_good_run_beats_both_baselines(found: Faithfulness) -> None:
    assert found.pictures == 12
    for measure in MEASURES:
        for baseline, gain in found.gains[measure].items():
            assert gain.low <= gain.mean <= gain.high
            assert gain.low > 0, f"{measure} against {baseline}"
    assert found.areas["deletion"]["heat"].mean < found.areas["deletion"]["random"].mean
    assert found.areas["insertion"]["heat"].mean > found.areas["insertion"]["random"].mean


def test_curves_begin_and_end_together(found: Faithfulness) -> None:
    for curves in found.curves.values():
        assert {len(curve) for curve in curves.values()} == {STEPS + 1}
        assert len({curve[0] for curve in curves.values()}) == len({curve[-1] for curve in curves.values()}) == 1
    assert found.curves["deletion"]["heat"][0] == pytest.approx(found.curves["insertion"]["heat"][-1], abs=1e-5)


def test_heat_turned_upside_down_is_found_out(planted: Planted) -> None:
    explainer = Explainer(planted.run)
    data = load_dataset(planted.run.root.parent / "data")
    prepared = module._prepared(data, draw_sample(data, [MARKED], 6, 0), explainer)
    heat = explainer.heatmaps(prepared.pixels, prepared.targets, "gradcam")[0]
    orders = {"heat": hottest_first(heat, prepared.cells), "cold": hottest_first(1 - heat, prepared.cells)}
    done: list[int] = []
    curves = curves_of(explainer, prepared, orders, lambda: done.append(1))
    assert len(done) == 6
    assert curves["deletion"]["heat"].mean() < curves["deletion"]["cold"].mean() - 0.05
    assert curves["insertion"]["heat"].mean() > curves["insertion"]["cold"].mean() + 0.05


def test_cells_go_in_their_order_and_padding_stays() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 256, (108, 160, 3), np.uint8)
    pixels[:9] = pixels[-9:] = 0
    cells = np.full((108, 160), -1)
    cells[9:-9] = whole(90, 160)[0]
    order = rng.permutation(CELLS)
    deleted, inserted = deletion_insertion._stages(pixels, cells, order)
    np.testing.assert_array_equal(deleted[0], pixels)
    np.testing.assert_array_equal(inserted[-1], pixels)
    assert deleted[-1][9:-9].std(axis=(0, 1)) == pytest.approx(np.zeros(3), abs=0.1)
    assert inserted[0][9:-9].std() < pixels[9:-9].std() / 5
    for step in range(STEPS + 1):
        gone = np.isin(cells, order[: round(step * CELLS / STEPS)])
        np.testing.assert_array_equal(deleted[step][~gone], pixels[~gone])
        np.testing.assert_array_equal(inserted[step][gone], pixels[gone])
        assert (deleted[step][:9] == 0).all() and (inserted[step][-9:] == 0).all()


def test_the_baselines_are_a_random_order_and_the_centre_first() -> None:
    orders = baselines(3, 0)
    assert all(sorted(row) == list(range(CELLS)) for order in orders.values() for row in order.tolist())
    assert not np.array_equal(orders["random"][0], orders["random"][1])
    rows, columns = np.divmod(orders["centre"][0], COLUMNS)
    assert set(rows[:2]) == {ROWS // 2} and set(columns[:2]) == {COLUMNS // 2 - 1, COLUMNS // 2}
    assert set(zip(rows[-4:].tolist(), columns[-4:].tolist(), strict=True)) == {(0, 0), (0, 15), (8, 0), (8, 15)}


def test_the_hottest_cell_goes_first() -> None:
    heat = np.zeros((1, 90, 160), np.float32)
    heat[0, 20:30, 30:40], heat[0, 80:, 150:] = 1, 0.5
    order = hottest_first(heat, whole(90, 160))
    assert order[0, :2].tolist() == [2 * COLUMNS + 3, CELLS - 1]


# --- Other networks ----------------------------------------------------------------------------------------------


def test_heat_depends_on_the_head(found: Faithfulness) -> None:
    assert found.randomised["head"].high < 0.6
    assert found.randomised["backbone"].high < 0.95


def test_an_unchanged_network_correlates_perfectly(planted: Planted) -> None:
    heat = np.random.default_rng(0).random((2, 90, 160), np.float32)
    cells = np.repeat(whole(90, 160), 2, axis=0)
    assert module._rank_correlations(heat, heat**2, cells) == pytest.approx([1, 1], abs=0.05)
    assert module._rank_correlations(heat, 1 - heat, cells) == pytest.approx([-1, -1])
    assert (module._rank_correlations(heat, 0 * heat, cells) == 0).all()


def test_redrawn_weights_are_others_with_the_same_spread(planted: Planted) -> None:
    run, other = planted.run, with_other_head(planted.run, 0)
    assert not np.allclose(other.head["kernel"], run.head["kernel"])
    assert other.head["kernel"].std() == pytest.approx(run.head["kernel"].std(), rel=0.1)
    np.testing.assert_array_equal(other.head["bias"], run.head["bias"])
    layers = module.with_other_layers(run, 0).layers
    changed = [name for name in layers if not np.array_equal(layers[name].kernel, run.layers[name].kernel)]
    assert changed == ["block_8_depthwise", "block_8_project", "block_9_expand"]


# --- Where heat should not be ------------------------------------------------------------------------------------


def test_bars_are_dark_rows_and_columns_from_the_edge_on() -> None:
    pixels = np.full((2, 90, 160, 3), 200, np.uint8)
    pixels[0, :10] = pixels[0, :, -20:] = 5
    pixels[0, 40:50] = 5  # a dark row within the picture is no bar
    bars = module._bars(pixels)
    expected = np.zeros((90, 160), np.bool_)
    expected[:10] = expected[:, -20:] = True
    np.testing.assert_array_equal(bars[0], expected)
    assert not bars[1].any()


def test_shares_of_even_heat_are_those_of_the_area() -> None:
    cells = np.full((1, 224, 224), -1)
    cells[0, 49:175] = whole(126, 224)[0]
    border = module._border(cells)
    assert not border[0, :49].any() and border[0, 49:59].all() and border[0, :, 0].sum() == 126
    even = np.where(cells < 0, 0, 1).astype(np.float32)
    share = module._shares(even, border)[0]
    assert share == pytest.approx(border.sum() / even.sum()) == pytest.approx(1 - (1 - 2 * BORDER) ** 2, abs=0.01)
    assert module._shares(0 * even, border)[0] == 0


# --- Pictures, errors, and the command ---------------------------------------------------------------------------


def test_pictures_are_drawn_in_turn_one_a_video(data: Dataset) -> None:
    sample = draw_sample(data, KNOWN, 7, 0)
    assert sorted([picture.channel for picture in sample].count(name) for name in KNOWN) == [2, 2, 3]
    everything = draw_sample(data, KNOWN, 1000, 0)
    keys = {picture.key for picture in everything}
    assert len(keys) == len(everything) == len(KNOWN) * VIDEOS < len(KNOWN) * PICTURES
    assert draw_sample(data, KNOWN, 7, 0) == sample != draw_sample(data, KNOWN, 7, 1)


def test_a_dataset_that_is_gone_is_named(planted: Planted) -> None:
    gone = {**planted.run.description, "dataset": {"path": "/no/such/data"}}
    message = f"/no/such/data: the dataset of {planted.run.root} is gone; put it back there, or train the run again"
    with pytest.raises(DataError, match=exactly(message)):
        faithfulness([replace(planted.run, description=gone)], 4)


def test_runs_of_other_channels_are_not_compared(planted: Planted) -> None:
    other = replace(planted.run, root=Path("other"), channels=(Channel("moss", "Moss"),))
    message = f"other: knows moss, not {MARKED}, {PLAIN}; compare alike runs"
    with pytest.raises(ThumbprintError, match=exactly(message)):
        faithfulness([planted.run, other], 4)


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["-q", "faithfulness", *map(str, arguments)])


def test_the_command_prints_and_keeps_every_figure(copied: Run, planted: Planted) -> None:
    result = command(copied.root, "--against", planted.run.root, "--pictures", "2", "--json")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert json.loads((copied.root / FAITHFULNESS).read_text(encoding="utf-8")) == {"runs": printed}
    assert len(printed) == 2
    # The same network on the same pictures: only the folder is another.
    assert {key for key in printed[0] if printed[0][key] != printed[1][key]} <= {"run"}
    assert load_run(copied.root).head.keys() == copied.head.keys()
    assert not (planted.run.root / "extra").exists()


def test_the_command_says_it_in_a_few_lines(copied: Run) -> None:
    result = command(copied.root, "--pictures", "2")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "run (style, gradcam): 2 pictures"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "deletion",
        "insertion",
        "rank correlation of heat",
        "heat",
    ]


def test_padding_counts_as_bars(planted: Planted) -> None:
    """`lab` pads: its network sees bars that no picture has."""
    pixels = np.full((1, 224, 224, 3), 180, np.uint8)
    pixels[:, :49] = pixels[:, 175:] = 0
    assert module._bars(pixels).mean() == pytest.approx(98 / 224)
