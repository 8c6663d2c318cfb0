"""What a run was judged on, to the byte, and what must not be learnt for that to be worth anything."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from collected import LEARNT, SIZES, TEST
from helpers import BACKGROUND, KNOWN, without
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from backend.data.dataset import Dataset, Picture, load_dataset
from backend.data.image_sizes import learnt
from backend.data.images import decode
from backend.data.settings import TrainSettings
from backend.data.training_set import build_training_set
from backend.evaluation.evaluate import evaluate
from backend.evaluation.predictions import trained_on
from backend.evaluation.test_set import held_out
from backend.models.run import JUDGED, PREDICTIONS, Run, load_run
from backend.training.train import train

# By name: mypy knows these files as the package `bench`.
batch, made_up = (import_module(f"bench.{name}") for name in ("batch", "made_up"))
SETTINGS = TrainSettings("style", folds=3, seed=0)
pytestmark = pytest.mark.usefixtures("one_shrinkage")


@pytest.fixture(scope="module")
def judged(collected_run: Run) -> list[dict[str, str]]:
    return table(collected_run, JUDGED)


def table(run: Run, name: str) -> list[dict[str, str]]:
    with (run.root / name).open(newline="") as file:
        return list(csv.DictReader(file))


Which = Callable[[Picture], bool]


def copied(data: Dataset, sha256: str, which: Which) -> Dataset:
    """Let the first picture that is asked for be a copy of another one."""
    first = next(picture for picture in data.pictures if which(picture))
    return replace(data, pictures=tuple(replace(p, sha256=sha256) if p == first else p for p in data.pictures))


def a(channel: str, split: str, variant: str = "maxres") -> Which:
    return lambda one: (one.channel, one.split, one.variant) == (channel, split, variant)


# --- judged.csv --------------------------------------------------------------------------------------------------


def test_every_file_that_was_only_judged_is_listed_with_its_checksum(
    collected_run: Run, judged: list[dict[str, str]], collected: Dataset
) -> None:
    files = {picture.file: picture for picture in collected.pictures}
    for row in judged:
        picture = files[row["image"]]
        assert (row["key"], row["channel"], row["variant"]) == (picture.key, picture.channel, picture.variant)
        assert row["sha256"] == hashlib.sha256(collected.path(picture).read_bytes()).hexdigest()
    sizes = [p.file for p in collected.part("train").pictures if p.channel in KNOWN and p.variant != "maxres"]
    kept = [p.file for p in collected.part("test").pictures if p.channel in KNOWN or p.variant == "maxres"]
    assert sorted(row["image"] for row in judged if row["fold"] != "final") == sorted(sizes)
    assert sorted(row["image"] for row in judged if row["fold"] == "final") == sorted(kept)
    assert list(judged[0]) == ["image", "key", "sha256", "channel", "fold", "variant", *KNOWN, "unknown"]


def test_the_description_knows_the_list(collected_run: Run, style_run: Run) -> None:
    listed = hashlib.sha256((collected_run.root / JUDGED).read_bytes()).hexdigest()
    assert collected_run.description["files"][JUDGED] == listed
    assert JUDGED not in style_run.description["files"], "there is nothing to list"
    assert not (style_run.root / JUDGED).exists()


def test_all_sizes_of_a_video_are_judged_by_the_fold_that_has_none_of_them(
    collected_run: Run, judged: list[dict[str, str]]
) -> None:
    folds = {(row["channel"], row["key"]): row["fold"] for row in table(collected_run, PREDICTIONS)}
    sizes = [row for row in judged if row["fold"] != "final"]
    assert len(sizes) == 3 * LEARNT * (len(SIZES) - 1)
    assert all(row["fold"] == folds[row["channel"], row["key"]] for row in sizes)
    assert {row["fold"] for row in sizes} == {"0", "1", "2"}
    kept = {(row["channel"], row["key"]) for row in judged if row["fold"] == "final"}
    assert kept.isdisjoint(folds), "no fold has seen any of a video that is kept for the test"


def macro_f1(rows: list[dict[str, str]]) -> float:
    rows = [row for row in rows if row["channel"] in KNOWN]
    chances: NDArray[np.float64] = np.array([[float(row[name]) for name in KNOWN] for row in rows])
    truth = [KNOWN.index(row["channel"]) for row in rows]
    return float(f1_score(truth, chances.argmax(axis=1), labels=[0, 1, 2], average="macro", zero_division=0))


def test_the_figures_follow_from_the_list(collected_run: Run, judged: list[dict[str, str]]) -> None:
    numbers = collected_run.metrics()
    for size in ("hq", "mq", "webp"):
        of_size = [row for row in judged if row["variant"] == size]
        by_folds = macro_f1([row for row in of_size if row["fold"] != "final"])
        by_final = macro_f1([row for row in of_size if row["fold"] == "final"])
        assert numbers["variants"][size]["macro_f1"]["mean"] == pytest.approx(by_folds)
        assert numbers["test"]["variants"][size]["macro_f1"]["mean"] == pytest.approx(by_final)
    test = macro_f1([row for row in judged if row["fold"] == "final" and row["variant"] == "maxres"])
    assert numbers["test"]["macro_f1"]["mean"] == pytest.approx(test)
    others = [float(row["unknown"]) for row in judged if row["channel"] in BACKGROUND]
    assert len(others) == numbers["test"]["unknown"]["images"] == 2 * TEST


def test_a_run_knows_all_sizes_that_it_learnt_from_and_nothing_of_the_test(
    collected_run: Run, collected: Dataset
) -> None:
    known = trained_on(collected_run)
    assert {p.sha256 for p in collected.part("train").pictures if p.channel in KNOWN} <= known
    assert known.isdisjoint(p.sha256 for p in collected.part("test").pictures if p.variant != "webp")


def test_a_size_of_what_was_learnt_flatters_as_much(
    collected_run: Run, collected: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    small = replace(collected, pictures=tuple(p for p in collected.part("train").pictures if p.variant == "mq"))
    evaluate(collected_run, without(small, *BACKGROUND))
    assert f"Warning: the run was trained on {3 * LEARNT} of these pictures" in capsys.readouterr().err


def test_a_run_without_the_list_is_read(style_run: Run, data: Dataset) -> None:
    assert trained_on(load_run(style_run.root)) == {picture.sha256 for picture in data.pictures}


# --- Leaks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["train", "test", "spare"])
def test_a_picture_of_a_known_channel_is_not_unknown(
    collected: Dataset, split: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it is kept for: a model that learnt it as none of these would be marked down for that in the test."""
    sha256 = next(p.sha256 for p in collected.pictures if a("moss", split)(p))
    mixed = copied(collected, sha256, a("street", "train"))
    others = replace(without(mixed, *KNOWN), root=collected.root)
    for data, background in ((mixed, None), (without(mixed, *BACKGROUND), others)):
        found = build_training_set(data, background, SETTINGS, use_background=True)
        assert [p.channel for p in found.pictures if p.sha256 == sha256] == ["moss"] * (split == "train")
        assert sum(p.channel == "street" for p in found.pictures) == LEARNT - 1
        assert "1 background pictures are also of a known channel, and not used." in capsys.readouterr().err


@pytest.mark.parametrize("split", ["train", "test", "spare"])
def test_nor_is_it_judged_as_one(collected: Dataset, split: str) -> None:
    sha256 = next(p.sha256 for p in collected.pictures if a("moss", split)(p))
    held = held_out(copied(collected, sha256, a("street", "test")), ("test",), KNOWN)
    assert [p.channel for p in held.pictures[: held.counted] if p.sha256 == sha256] == ["moss"] * (split == "test")
    assert (held.known, held.counted) == (3 * TEST, 5 * TEST - 1)


def test_a_recipe_without_none_of_these_is_judged_on_its_channels_alone(collected: Dataset) -> None:
    held = held_out(collected, ("test",), KNOWN, with_others=False)
    assert held.counted == held.known == 3 * TEST
    assert {picture.channel for picture in held.pictures} == set(KNOWN)


@pytest.mark.slow
def test_copies_across_train_and_test_are_warned_of(
    collected: Dataset, weights_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sha256 = next(p.sha256 for p in collected.pictures if a("moss", "train")(p))
    few = replace(collected, pictures=tuple(p for p in collected.pictures if p.variant == "maxres"))
    train(few, tmp_path / "clean", SETTINGS, weights_file)
    assert "Warning" not in capsys.readouterr().err
    train(copied(few, sha256, a("moss", "test")), tmp_path / "leaky", SETTINGS, weights_file)
    message = (
        "Warning: copies of 1 pictures that are kept for a test are learnt from; the test's figures flatter. "
        "`audit` names them."
    )
    assert message in capsys.readouterr().err


# --- Benchmarks --------------------------------------------------------------------------------------------------


def test_what_is_learnt_is_each_picture_once(collected: Dataset) -> None:
    found = learnt(collected)
    assert {(picture.variant, picture.split) for picture in found} == {("maxres", "train")}
    assert len(found) == 5 * LEARNT


def test_the_benchmark_of_memory_repeats_what_is_learnt(collected: Dataset, tmp_path: Path) -> None:
    many = load_dataset(made_up.enlarge(collected, tmp_path / "many", 100))
    assert len(many.pictures) == 100
    assert {decode(many.path(picture)).shape for picture in many.pictures} == {(90, 160, 3)}, "no other sizes"
    contents = {many.path(picture).read_bytes().partition(b"\xff\xd9")[0] for picture in many.pictures}
    known = [picture for picture in learnt(collected) if picture.channel in KNOWN]
    assert contents == {collected.path(picture).read_bytes().partition(b"\xff\xd9")[0] for picture in known}


def test_the_benchmark_of_the_network_takes_what_is_learnt(collected: Dataset) -> None:
    assert batch.sample(collected, 12) == [collected.path(picture) for picture in learnt(collected)[:12]]
