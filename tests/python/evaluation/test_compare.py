"""Runs against each other: planted differences are found, none is found where there is none, figures are known ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import described, exactly
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import f1_score, roc_auc_score

from backend.cli.main import main
from backend.evaluation.compare import compare, load_predictions
from backend.models.run import load_run, pack_model
from backend.utils.errors import RunError
from backend.utils.files import pack_csv, pack_json

NAMES = ("ember", "fjord", "moss")
VIDEOS = 100  # a channel, of two pictures each


@dataclass
class Written:
    """What a made-up run predicts: rows of (sha256, channel, key, fold, probabilities)."""

    rows: list[tuple[str, str, str, int, list[float]]]

    def write(self, root: Path, recipe: str = "style", names: Sequence[str] = NAMES, unknown: bool = False) -> Path:
        """Write as much of a run as reads back."""
        model = pack_model({}, {})
        columns = [*names, "unknown"] if unknown else list(names)
        lines = [[f"{sha}.jpg", key, sha, channel, fold, *chances] for sha, channel, key, fold, chances in self.rows]
        header = ["image", "key", "sha256", "channel", "fold", *columns]
        files = {"model.npz": model, "metrics.json": pack_json({}), "predictions.csv": pack_csv(header, lines)}
        changes = {"settings": {"recipe": recipe}, "unknown": {"threshold": 0.5} if unknown else None}
        root.mkdir()
        for name, content in {**files, "run.json": pack_json(described(names, files, **changes))}.items():
            (root / name).write_bytes(content)
        return root


def predictions(right: NDArray[np.bool_], folds: int = 5) -> Written:
    """Two pictures of every video of every channel; where not `right` (n,), the next channel is taken for it."""
    rows = []
    for number in range(len(NAMES) * VIDEOS * 2):
        label = number // (2 * VIDEOS)
        guess = label if right[number] else (label + 1) % 3
        key = f"video{number // 2}"
        rows.append((f"sha{number}", NAMES[label], key, number % folds, np.eye(3)[guess].tolist()))
    return Written(rows)


def hits(seed: int, share: float) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(len(NAMES) * VIDEOS * 2) < share


def with_background(written: Written, seed: int, higher: float) -> Written:
    """Add scores for 'none of these', and 60 pictures of background whose scores are `higher`."""
    rng = np.random.default_rng(seed)
    rows = [(*row[:4], [*row[4], float(rng.normal())]) for row in written.rows]
    rows += [(f"other{i}", "street", f"s{i}", i % 5, [0.1, 0.1, 0.1, float(rng.normal(higher))]) for i in range(60)]
    return Written([(sha, channel, key, fold, chances) for sha, channel, key, fold, chances in rows])


def compared(*roots: Path) -> Any:
    (only,) = compare([load_run(root) for root in roots])
    return only


def test_a_planted_difference_is_found(tmp_path: Path) -> None:
    right = hits(0, 0.8)
    better = right | hits(1, 0.4)
    lab = predictions(right).write(tmp_path / "a", "lab")
    found = compared(lab, predictions(better).write(tmp_path / "b"))
    assert (found.baseline, found.other, found.images, found.videos) == ("lab", "style", 600, 300)
    assert found.accuracy.baseline == pytest.approx(right.mean())
    assert found.accuracy.other == pytest.approx(better.mean())
    assert found.accuracy.difference == pytest.approx(better.mean() - right.mean())
    for difference in (found.accuracy, found.macro_f1):
        assert 0.03 < difference.low < difference.difference < difference.high < 0.15
        assert difference.p < 0.001
    assert (found.mcnemar.only_baseline, found.mcnemar.only_other) == (0, (better & ~right).sum())
    assert found.unknown_auroc is None
    assert found.notes == ()


def test_figures_are_scikit_learns_and_scipys(tmp_path: Path) -> None:
    right, other = hits(2, 0.8), hits(3, 0.75)
    found = compared(predictions(right).write(tmp_path / "a"), predictions(other).write(tmp_path / "b"))
    labels = np.repeat([0, 1, 2], 2 * VIDEOS)
    f1s = [f1_score(labels, np.where(r, labels, (labels + 1) % 3), average="macro") for r in (right, other)]
    assert [found.macro_f1.baseline, found.macro_f1.other] == pytest.approx(f1s)
    only = int((right & ~other).sum()), int((other & ~right).sum())
    assert (found.mcnemar.only_baseline, found.mcnemar.only_other) == only
    assert found.mcnemar.p == pytest.approx(binomtest(only[0], sum(only)).pvalue)


def test_the_other_way_round_is_the_mirror(tmp_path: Path) -> None:
    a, b = predictions(hits(4, 0.8)).write(tmp_path / "a"), predictions(hits(5, 0.7)).write(tmp_path / "b")
    forth, back = compared(a, b).macro_f1, compared(b, a).macro_f1
    assert forth.difference == -back.difference
    assert [forth.low, forth.high] == pytest.approx([-back.high, -back.low])
    assert forth.p == back.p


def test_identical_runs_do_not_differ(tmp_path: Path) -> None:
    written = with_background(predictions(hits(6, 0.8)), 0, 1)
    found = compared(written.write(tmp_path / "a", unknown=True), written.write(tmp_path / "b", unknown=True))
    for difference in (found.macro_f1, found.accuracy, found.unknown_auroc):
        assert (difference.difference, difference.low, difference.high, difference.p) == (0, 0, 0, 1)
    assert (found.mcnemar.only_baseline, found.mcnemar.only_other, found.mcnemar.p) == (0, 0, 1)
    assert found.notes == ()


@pytest.mark.slow
def test_runs_that_err_by_chance_alone_are_not_told_apart(tmp_path: Path) -> None:
    """Of 30 pairs of runs as good as each other, about one in twenty may seem to differ."""
    seeming = 0
    for seed in range(30):
        a = predictions(np.repeat(hits(seed, 0.8)[::2], 2)).write(tmp_path / f"a{seed}")
        b = predictions(np.repeat(hits(100 + seed, 0.8)[::2], 2)).write(tmp_path / f"b{seed}")
        found = compared(a, b).accuracy
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0) or abs(found.p - 0.05) < 0.01
        seeming += found.p < 0.05
    assert seeming <= 5


def test_unknown_pictures_are_compared_where_both_know_them(tmp_path: Path) -> None:
    worse, better = (with_background(predictions(hits(7, 0.9)), seed, up) for seed, up in ((0, 0.5), (1, 2.0)))
    a, b = worse.write(tmp_path / "a", unknown=True), better.write(tmp_path / "b", unknown=True)
    found = compared(a, b)
    truth = [row[1] == "street" for row in worse.rows]
    expected = [roc_auc_score(truth, [row[4][-1] for row in written.rows]) for written in (worse, better)]
    assert [found.unknown_auroc.baseline, found.unknown_auroc.other] == pytest.approx(expected)
    assert 0.1 < found.unknown_auroc.low < found.unknown_auroc.difference < found.unknown_auroc.high
    assert found.unknown_auroc.p < 0.001
    assert found.images == 600, "known pictures only"
    assert found.lines()[1].startswith("none of these: AUROC +0.")


def test_background_that_is_not_shared_is_not_compared(tmp_path: Path) -> None:
    a = with_background(predictions(hits(7, 0.9)), 0, 1).write(tmp_path / "a", unknown=True)
    strangers = with_background(predictions(hits(7, 0.9)), 0, 1)
    strangers.rows = [(f"x{row[0]}" if row[1] == "street" else row[0], *row[1:]) for row in strangers.rows]
    found = compared(a, strangers.write(tmp_path / "b", unknown=True))
    assert found.unknown_auroc is None
    assert found.notes == ("the runs share no background images, so 'none of these' is not compared.",)


def test_only_shared_images_count_and_a_note_says_so(tmp_path: Path) -> None:
    """A picture that is of another channel in the other run is another picture; rows may come in another order."""
    right = hits(8, 0.8)
    part = predictions(right)
    part.rows = part.rows[:10:-1]
    part.rows[0] = (part.rows[0][0], "ember", *part.rows[0][2:])
    found = compared(predictions(right).write(tmp_path / "a", "lab"), part.write(tmp_path / "b"))
    assert (found.images, found.accuracy.difference) == (588, 0)
    assert found.notes == ("only a part of the images is shared: lab has 600, style 589.",)


def test_other_folds_are_noted(tmp_path: Path) -> None:
    right = hits(9, 0.8)
    found = compared(predictions(right).write(tmp_path / "a"), predictions(right, 2).write(tmp_path / "b"))
    assert found.notes == ("the folds differ, so some of the difference is from which images were trained on.",)


def test_channels_in_another_order_are_the_same_channels(tmp_path: Path) -> None:
    written = predictions(hits(10, 0.8))
    turned = Written([(*row[:4], row[4][::-1]) for row in written.rows])
    root = turned.write(tmp_path / "b", names=NAMES[::-1])
    found = compared(written.write(tmp_path / "a"), root)
    assert (found.mcnemar.only_baseline, found.mcnemar.only_other) == (0, 0)
    read = load_predictions(load_run(root), NAMES).values()
    assert [list(row.probabilities) for row in read] == [list(row[4]) for row in written.rows]


def test_the_seed_alone_decides(tmp_path: Path) -> None:
    roots = predictions(hits(11, 0.8)).write(tmp_path / "a"), predictions(hits(12, 0.8)).write(tmp_path / "b")
    runs = [load_run(root) for root in roots]
    assert compare(runs) == compare(runs)
    assert compare(runs)[0].macro_f1.low != compare(runs, seed=1)[0].macro_f1.low


def test_runs_with_other_channels_are_named(tmp_path: Path) -> None:
    written = predictions(hits(0, 0.8))
    a, b = written.write(tmp_path / "a"), written.write(tmp_path / "b", names=("ember", "fjord", "street"))
    message = (
        f"{a} and {b} have other channels (only one of them has moss, street); "
        "compare runs that were trained on the same channels"
    )
    with pytest.raises(RunError, match=exactly(message)):
        compared(a, b)


def test_runs_that_share_no_image_are_named(tmp_path: Path) -> None:
    written = predictions(hits(0, 0.8))
    strangers = Written([(f"x{row[0]}", *row[1:]) for row in written.rows])
    a, b = written.write(tmp_path / "a"), strangers.write(tmp_path / "b")
    message = f"{a} and {b} share no image of a known channel; compare runs that were trained on the same dataset"
    with pytest.raises(RunError, match=exactly(message)):
        compared(a, b)


@pytest.mark.parametrize("damage", ["missing", "column", "number"])
def test_damaged_predictions_are_named(tmp_path: Path, damage: str) -> None:
    root = predictions(hits(0, 0.8)).write(tmp_path / "a")
    path = root / "predictions.csv"
    if damage == "missing":
        path.unlink()
    else:
        old, new = ("sha256", "sha1") if damage == "column" else ("1.0", "one")
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(RunError, match=rf"^{path}: damaged or missing \(.+\); train the run again$"):
        compared(root, root)


# --- The command -------------------------------------------------------------------------------------------------


def test_the_command_says_it_in_a_line(tmp_path: Path) -> None:
    right = hits(0, 0.8)
    lab = predictions(right, 2).write(tmp_path / "a", "lab")
    style = predictions(right | hits(1, 0.4)).write(tmp_path / "b")
    result = CliRunner().invoke(main, ["compare", str(lab), str(style)])
    found = compared(lab, style)
    f1, accuracy = found.macro_f1, found.accuracy
    mantissa, exponent = f"{found.mcnemar.p:.0e}".split("e")
    assert result.exit_code == 0
    assert result.stdout == (
        f"style against lab on 600 images: "
        f"macro F1 {f1.difference:+.3f} (95 % interval {f1.low:+.3f} to {f1.high:+.3f}, p < 0.001); "
        f"accuracy {accuracy.difference:+.3f} "
        f"(95 % interval {accuracy.low:+.3f} to {accuracy.high:+.3f}, p < 0.001); "
        f"McNemar: {found.mcnemar.only_other} only style right, 0 only lab right, p = {mantissa}e{int(exponent)}\n"
        "Note: the folds differ, so some of the difference is from which images were trained on.\n"
    )


def test_the_command_compares_each_run_with_the_first_and_tells_them_apart(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    roots = [predictions(hits(seed, 0.8)).write(tmp_path / name) for seed, name in enumerate(("a", "b", "x/a"))]
    found = json.loads(CliRunner().invoke(main, ["compare", *map(str, roots[:2]), "--json"]).stdout)
    assert [(one["baseline"], one["other"]) for one in found] == [("a", "b")]
    assert found[0]["macro_f1"].keys() == {"baseline", "other", "difference", "low", "high", "p"}
    found = json.loads(CliRunner().invoke(main, ["compare", *map(str, roots), "--json"]).stdout)
    paths = [str(root) for root in roots]
    assert [(one["baseline"], one["other"]) for one in found] == [(paths[0], paths[1]), (paths[0], paths[2])]


def test_the_command_needs_two_runs(tmp_path: Path) -> None:
    root = predictions(hits(0, 0.8)).write(tmp_path / "a")
    result = CliRunner().invoke(main, ["compare", str(root)])
    assert result.exit_code == 2
    assert "Missing argument 'RUN...'" in result.stderr
    result = CliRunner().invoke(main, ["compare", str(root), str(tmp_path / "none")])
    assert result.stderr.startswith(f"Error: {tmp_path / 'none'}: not a run (no run.json)")
    assert result.exit_code == 2
