"""Thumbnails in several sizes, and some that are kept for a test: what is learnt from, and what is judged."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from collected import LEARNT, RULE, SIZES, TEST, TRAIN, write_collected
from helpers import BACKGROUND, KNOWN, draw, encode, exactly
from numpy.typing import NDArray
from reporting import report_of
from sklearn.metrics import accuracy_score, f1_score

from backend.cli.main import main
from backend.data.augment.samples import choose_sample, read_sample
from backend.data.augment.views import view
from backend.data.dataset import Dataset, Picture, load_dataset
from backend.data.image_sizes import largest_first, with_variants, without_variants
from backend.data.selection import samples_of
from backend.data.settings import TrainSettings
from backend.data.sources import Source, drawn_file
from backend.data.training_set import TrainingSet, build_training_set
from backend.evaluation import metrics
from backend.evaluation.audit.audit import audit
from backend.evaluation.audit.findings import NearDuplicate
from backend.evaluation.cross_validation import cross_validate
from backend.evaluation.evaluate import evaluate
from backend.evaluation.learning_curve import learning_curve
from backend.evaluation.test_set import rule_in_words
from backend.explain.faithfulness import draw_sample
from backend.models.lab import Lab
from backend.models.predictor import Model
from backend.models.run import Run
from backend.models.style import Style
from backend.models.weights import Weights
from backend.report.model import to_json
from backend.report.page import to_html
from backend.report.tables import TABLES
from backend.training.train import train
from backend.utils.errors import DataError

SETTINGS = TrainSettings("style", folds=3, seed=0)
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_shrinkage")]


@pytest.fixture(scope="module")
def data(collected: Dataset) -> Dataset:
    return collected


@pytest.fixture(scope="module")
def run(collected_run: Run) -> Run:
    return collected_run


@pytest.fixture(scope="module")
def training_set(data: Dataset) -> TrainingSet:
    return build_training_set(data, None, SETTINGS, use_background=True)


Train = Callable[..., Run]


@pytest.fixture
def trained(weights_file: Path, tmp_path: Path) -> Train:
    def one(data: Dataset, name: str = "again") -> Run:
        return train(data, tmp_path / name, SETTINGS, weights_file)

    return one


def model_bytes(run: Run) -> tuple[bytes, bytes]:
    return (run.root / "model.npz").read_bytes(), (run.root / "predictions.csv").read_bytes()


def predicted(run: Run) -> list[dict[str, str]]:
    with (run.root / "predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def firsts(data: Dataset, *splits: str) -> list[Picture]:
    return [picture for picture in without_variants(data.pictures) if picture.split in splits]


# --- Which rows are one picture ----------------------------------------------------------------------------------


def row(file: str, key: str, variant: str, version: int = 1, size: tuple[int, int] = (1280, 720)) -> Picture:
    return Picture("moss", file, key, "0" * 64, *size, "", variant, version)


def test_sizes_of_a_version_are_one_picture_and_the_first_is_it() -> None:
    first, small, other = row("a", "x", "maxres"), row("b", "x", "mq"), row("c", "y", "sd")
    changed = row("d", "x", "maxres", version=2)
    assert with_variants([first, small, other, changed]) == [(first, (small,)), (other, ()), (changed, ())]


def test_imported_files_are_pictures_of_their_own_whatever_their_video() -> None:
    files = [row("a", "x", ""), row("b", "x", ""), row("c", "x", "hq")]
    assert without_variants(files) == tuple(files)
    assert not any(variants for _, variants in with_variants(files))


def test_sizes_are_named_from_the_largest_on() -> None:
    pictures = [row("a", "x", "mq", size=(320, 180)), row("b", "x", "maxres"), row("c", "x", "hq", size=(480, 360))]
    assert largest_first([*pictures, row("d", "y", "")]) == ["maxres", "hq", "mq"]


# --- What is learnt from -----------------------------------------------------------------------------------------


def test_a_picture_counts_once_in_however_many_sizes_it_is(run: Run, data: Dataset) -> None:
    assert len(data.pictures) == len(SIZES) * len(without_variants(data.pictures))
    rows = predicted(run)
    assert sorted(row["image"] for row in rows) == sorted(picture.file for picture in firsts(data, "train"))
    assert Counter(row["channel"] for row in rows) == dict.fromkeys((*KNOWN, *BACKGROUND), LEARNT)
    assert run.metrics()["images"] == dict.fromkeys(KNOWN, LEARNT)
    assert sum(fold["images"] for fold in run.metrics()["cv"]["per_fold"]) == 3 * LEARNT
    assert run.description["dataset"]["images"] == 5 * LEARNT
    assert list(rows[0]) == ["image", "key", "sha256", "channel", "fold", *KNOWN, "unknown"]


def test_versions_of_a_thumbnail_are_pictures_that_no_fold_parts(run: Run) -> None:
    folds: dict[tuple[str, str], list[str]] = {}
    for one in predicted(run):
        folds.setdefault((one["channel"], one["key"]), []).append(one["fold"])
    twice = [found for found in folds.values() if len(found) == 2]
    assert len(twice) == len(KNOWN) + len(BACKGROUND)
    assert all(len(set(found)) == 1 for found in twice)


def test_the_training_never_sees_what_is_kept_for_a_test(
    run: Run, data: Dataset, tmp_path: Path, trained: Train
) -> None:
    """Other bytes there, even copies of what is learnt under wrong names, change the test's figures and no others."""
    changed = write_collected(tmp_path / "changed")
    ember = [data.path(picture).read_bytes() for picture in firsts(data, "train") if picture.channel == "ember"]
    for number, picture in enumerate(changed.part("test").pictures):
        changed.path(picture).write_bytes(ember[number % len(ember)] + b"%d" % number)
    shas = {picture.file: f"{number:064x}" for number, picture in enumerate(changed.pictures)}
    pictures = tuple(replace(p, sha256=shas[p.file]) if p.split == "test" else p for p in changed.pictures)
    again = trained(replace(changed, pictures=pictures))
    assert model_bytes(again) == model_bytes(run)
    assert again.description["dataset"]["digest"] == run.description["dataset"]["digest"]
    before, after = run.metrics(), again.metrics()
    assert after.pop("test") != before.pop("test"), "it was looked at"
    del before["cost"], after["cost"]
    assert after == before


def test_without_a_test_there_is_no_other_model_and_no_figure(run: Run, data: Dataset, trained: Train) -> None:
    bare = trained(data.part("train"))
    assert model_bytes(bare) == model_bytes(run)
    assert "test" not in bare.metrics()


def test_spare_pictures_are_not_even_read(run: Run, tmp_path: Path, trained: Train, weights_file: Path) -> None:
    broken = write_collected(tmp_path / "broken")
    spare = broken.part("spare").pictures
    for picture in spare:
        broken.path(picture).write_bytes(b"no picture")
    again = trained(broken)
    assert spare and model_bytes(again) == model_bytes(run)
    assert again.metrics()["test"] == run.metrics()["test"]
    assert evaluate(again, broken)["images"] == dict.fromkeys(KNOWN, TEST)
    learning_curve(broken, [], 1, 0, weights_file)


def test_the_learning_curve_draws_from_what_is_learnt_alone(data: Dataset, weights_file: Path) -> None:
    curve = learning_curve(data, [], 2, 0, weights_file)
    assert curve.videos == dict.fromkeys(KNOWN, TRAIN)
    assert all(images < LEARNT for images in curve.points[0].images.values())


def test_a_background_dataset_keeps_its_test_to_itself(data: Dataset) -> None:
    known = replace(data, channels=data.known, pictures=tuple(p for p in data.pictures if p.channel in KNOWN))
    others = replace(
        data, channels=data.background, pictures=tuple(p for p in data.pictures if p.channel in BACKGROUND)
    )
    found = build_training_set(known, others, SETTINGS, use_background=True)
    assert {p.split for p in found.pictures if p.channel in BACKGROUND} == {"train"}
    assert sum(p.channel in BACKGROUND for p in found.pictures) == 2 * LEARNT


# --- Views -------------------------------------------------------------------------------------------------------


def test_a_view_is_made_of_a_file_drawn_by_the_checksum(training_set: TrainingSet) -> None:
    ours = [source for source in training_set.sources if source.variants]
    assert len(ours) == 5 * LEARNT
    for source in ours:
        files = (source, *source.variants)
        drawn = files[drawn_file(source.sha256, 1, len(files))]
        assert source.seen(0) == Source(source.path, source.sha256)
        assert source.seen(1) == source.seen(1) == Source(drawn.path, drawn.sha256, 1)
    seen = {source.seen(1).path.name.split("_")[-1].split(".")[0] for source in ours}
    assert seen == set(SIZES), "each size is drawn for some picture"


def test_files_are_drawn_evenly_and_anew_for_every_view() -> None:
    checksums = [f"{number * 7919:064x}"[::-1] for number in range(2000)]
    drawn = np.array([[drawn_file(checksum, number, 4) for number in (1, 2)] for checksum in checksums])
    for column in drawn.T:
        assert np.bincount(column) / len(drawn) == pytest.approx(0.25, abs=0.04)
    assert (drawn[:, 0] == drawn[:, 1]).mean() == pytest.approx(0.25, abs=0.04)


def test_style_learns_from_what_was_drawn(training_set: TrainingSet, style_weights: Weights, data: Dataset) -> None:
    """A size that is grey throughout is what the view's features are of, where it was drawn."""
    some = [source for source in training_set.sources if source.variants][:12]
    x = np.asarray(Style().features(some, style_weights))
    assert x.shape[:2] == (12, 2)
    alone = np.asarray(Style().features([replace(source, variants=()) for source in some], style_weights))
    assert np.array_equal(x[:, 0], alone[:, 0]), "the picture itself is as ever"
    own = np.array([source.seen(1).path == source.path for source in some])
    assert np.array_equal(x[own, 1], alone[own, 1]) and 0 < own.sum() < 12
    assert all((one != other).any() for one, other in zip(x[~own, 1], alone[~own, 1], strict=True))
    grey = [number for number, source in enumerate(some) if "_webp" in source.seen(1).path.name]
    pixels = [view(s.path, s.sha256, s.view, Style.spec) for s in (some[number].seen(1) for number in grey)]
    assert grey and all(np.ptp(one) <= 2 for one in pixels)
    assert np.array_equal(x, np.asarray(Style().features(some, style_weights)))


def test_judging_reads_no_views(training_set: TrainingSet, style_weights: Weights) -> None:
    some = training_set.sources[:5]
    plain = np.asarray(Style().features(some, style_weights, learn=False))
    assert plain.shape[:2] == (5, 1)
    assert np.array_equal(plain[:, 0], np.asarray(Style().features(some, style_weights))[:, 0])


def test_lab_learns_from_pictures_as_they_are(training_set: TrainingSet, weights: Weights, data: Dataset) -> None:
    some = training_set.sources[:4]
    alone = [replace(source, variants=()) for source in some]
    assert np.array_equal(Lab().features(some, weights), Lab().features(alone, weights))
    bare = build_training_set(
        replace(data, pictures=without_variants(data.pictures)), None, SETTINGS, use_background=False
    )
    found = build_training_set(data, None, SETTINGS, use_background=False)
    assert found.pictures == bare.pictures
    assert np.array_equal(found.tests, bare.tests) and np.array_equal(found.labels, bare.labels)


def test_the_digest_names_the_sizes_too(data: Dataset, training_set: TrainingSet) -> None:
    bare = build_training_set(
        replace(data, pictures=without_variants(data.pictures)), None, SETTINGS, use_background=True
    )
    small = next(picture for picture in data.pictures if picture.variant == "mq")
    pictures = tuple(replace(p, sha256="a" * 64) if p == small else p for p in data.pictures)
    other = build_training_set(replace(data, pictures=pictures), None, SETTINGS, use_background=True)
    assert len({bare.digest(), training_set.digest(), other.digest()}) == 3
    assert build_training_set(data, None, SETTINGS, use_background=True).digest() == training_set.digest()


# --- Figures by size ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(data: Dataset, training_set: TrainingSet, style_weights: Weights) -> dict[str, tuple[list[int], list[int]]]:
    """Truth and answer of known pictures by size, each from the fold that left the video out, asked one by one."""
    recipe, weights = Style(), Style().prepared(style_weights)
    x = recipe.features(training_set.sources, weights)
    validated = cross_validate(recipe, training_set, x, weights.layers, SETTINGS)
    folds = {(p.channel, p.key): int(f) for p, f in zip(training_set.pictures, training_set.folds, strict=True)}
    found: dict[str, tuple[list[int], list[int]]] = {size: ([], []) for size in SIZES}
    for picture in data.part("train").pictures:
        if picture.channel in KNOWN:
            x = recipe.features([Source(data.path(picture), picture.sha256)], weights, learn=False)
            head = validated.folds[str(folds[picture.channel, picture.key])].head
            truth, answer = found[picture.variant]
            truth.append(KNOWN.index(picture.channel))
            answer.append(int(recipe.scores(head, x)[0, :3].argmax()))
    return found


def test_f1_of_each_size_is_scikit_learns(run: Run, answers: dict[str, tuple[list[int], list[int]]]) -> None:
    told = run.metrics()["variants"]
    assert list(told) == ["maxres", "hq", "mq", "webp"], (
        "the largest first, and the size that is learnt from among them"
    )
    for size, (truth, answer) in answers.items():
        assert told[size]["images"] == len(truth) == 3 * LEARNT
        assert told[size]["channels"] == 3
        expected = f1_score(truth, answer, average="macro", labels=[0, 1, 2], zero_division=0)
        assert told[size]["macro_f1"]["mean"] == pytest.approx(expected)
        assert told[size]["accuracy"]["mean"] == pytest.approx(accuracy_score(truth, answer))
        assert told[size]["macro_f1"]["low"] <= expected <= told[size]["macro_f1"]["high"]
    assert told["hq"]["macro_f1"] != told["maxres"]["macro_f1"], "or nothing here could fail"


def test_a_ruined_size_is_bad_by_itself(run: Run) -> None:
    f1 = {size: found["macro_f1"]["mean"] for size, found in run.metrics()["variants"].items()}
    assert f1["webp"] < 0.25, "grey pictures all get one answer"
    assert min(f1["maxres"], f1["hq"], f1["mq"]) > 0.5
    assert run.metrics()["cv"]["macro_f1"]["mean"] > 0.5


def test_one_size_alone_has_no_figures_by_size(tmp_path: Path, trained: Train) -> None:
    bare = trained(write_collected(tmp_path / "bare", ["maxres"]))
    assert "variants" not in bare.metrics() and "variants" not in bare.metrics()["test"]


def test_channels_without_a_size_do_not_count_there() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 2], 20)
    chances: NDArray[np.float64] = rng.random((40, 3)) + 0.4 * np.eye(3)[labels]
    keys = np.array([f"v{number}" for number in range(40)])
    found = metrics.of_size(metrics.Scored(labels, chances, np.zeros(40, np.int64), keys), ["a", "b", "c"])
    guess = chances.argmax(axis=1)
    assert (guess == 1).any()
    assert found["macro_f1"]["mean"] == pytest.approx(f1_score(labels, guess, labels=[0, 2], average="macro"))
    assert (found["images"], found["channels"]) == (40, 2)
    assert found["macro_f1"]["low"] < found["macro_f1"]["mean"] < found["macro_f1"]["high"] < 1


# --- The test ----------------------------------------------------------------------------------------------------


def test_the_final_model_is_judged_on_what_was_kept(run: Run, data: Dataset) -> None:
    test = run.metrics()["test"]
    kept = [picture for picture in firsts(data, "test") if picture.channel in KNOWN]
    chances = Model(run).predict_files([data.path(picture) for picture in kept])
    truth, guess = [KNOWN.index(picture.channel) for picture in kept], chances[:, :3].argmax(axis=1)
    assert test["rule"] == RULE
    assert test["images"] == dict.fromkeys(KNOWN, TEST)
    assert test["macro_f1"]["mean"] == pytest.approx(f1_score(truth, guess, average="macro"))
    assert test["accuracy"]["mean"] == pytest.approx(accuracy_score(truth, guess))
    assert test["unknown"]["images"] == 2 * TEST
    assert test["unknown"]["threshold"] == run.threshold
    assert list(test["variants"]) == list(SIZES)
    assert test["variants"]["webp"]["macro_f1"]["mean"] < 0.25 < 0.5 < test["variants"]["hq"]["macro_f1"]["mean"]


def approximately(found: Any) -> Any:
    """Two ways through the network round differently."""
    if isinstance(found, dict):
        return {key: approximately(value) for key, value in found.items() if key not in ("curve", "confusion")}
    return pytest.approx(found, abs=1e-4) if isinstance(found, float) else found


def test_evaluate_says_the_same_of_the_same_pictures(
    run: Run, data: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = evaluate(run, data)
    said = capsys.readouterr().err
    words = f"the {TEST} videos of each channel after its newest {TRAIN}"
    assert f"Judged on the {5 * TEST} pictures that are kept for a test: {words}." in said
    assert "Warning" not in said, "the run was not trained on these"
    own = run.metrics()["test"]
    assert numbers["rule"] == own["rule"] and numbers["images"] == own["images"]
    assert numbers["test"]["confusion"] == own["confusion"]
    for name in ("macro_f1", "accuracy", "per_channel"):
        assert numbers["test"][name] == approximately(own[name])
    assert numbers["variants"] == approximately(own["variants"])
    assert numbers["unknown"].keys() == own["unknown"].keys()
    assert numbers["unknown"]["auroc"] == pytest.approx(own["unknown"]["auroc"])


def test_evaluate_takes_all_where_nothing_is_kept(run: Run, data: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = evaluate(run, data.part("train"))
    said = capsys.readouterr().err
    assert f"{data.root}: keeps no pictures for a test, so it is judged on all {5 * LEARNT}." in said
    assert f"Warning: the run was trained on {5 * LEARNT} of these pictures" in said
    assert numbers["images"] == dict.fromkeys(KNOWN, LEARNT), "each picture once, in however many sizes"
    assert "rule" not in numbers
    assert list(numbers["variants"]) == list(SIZES)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, ""),
        (RULE, f"the {TEST} videos of each channel after its newest {TRAIN}"),
        ({**RULE, "kind": "newest"}, "the newest videos of each channel"),
        ({**RULE, "kind": "random"}, "videos of each channel drawn at random"),
        ({**RULE, "kind": "by moon"}, "by moon"),
    ],
)
def test_rules_in_words(rule: dict[str, Any] | None, words: str) -> None:
    assert rule_in_words(rule) == words


# --- What people see ---------------------------------------------------------------------------------------------


def test_the_commands_say_it(data: Dataset, run: Run, weights_file: Path, tmp_path: Path) -> None:
    arguments = ("train", data.root, "--folds", 3, "--weights", weights_file, "--out", tmp_path / "run")
    said = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    numbers = run.metrics()
    line = r"macro F1 (\d\.\d{3}) \(\d\.\d{3} to \d\.\d{3}\), accuracy \d\.\d{3}"
    for size in SIZES:
        (found,) = [
            re.fullmatch(rf"size {size}: {line}, {3 * LEARNT} images", one) for one in lines if f" {size}:" in one
        ]
        assert found and float(found[1]) == pytest.approx(numbers["variants"][size]["macro_f1"]["mean"], abs=6e-4)
    kept = f"{3 * TEST} images kept for it: the {TEST} videos of each channel after its newest {TRAIN}"
    (found,) = [re.fullmatch(f"test: {line}, {kept}", one) for one in lines if one.startswith("test:")]
    assert found and float(found[1]) == pytest.approx(numbers["test"]["macro_f1"]["mean"], abs=6e-4)
    said = CliRunner().invoke(main, ["evaluate", str(run.root), "--data", str(data.root)])
    shown = [one.split(":")[0] for one in said.stdout.splitlines()]
    assert shown[1:] == [*KNOWN, *(f"size {size}" for size in SIZES)]
    assert f", {3 * TEST} images" in said.stdout


def test_the_report_has_the_same_figures(run: Run) -> None:
    told = report_of(run)
    html, table = to_html(told), TABLES["variants"](told)
    numbers = run.metrics()
    assert "F1 by the size that pages show" in html
    assert [cells[:3] for cells in table.rows] == [(size, str(3 * LEARNT), "3") for size in SIZES]
    for cells in table.rows:
        assert all(cell in html for cell in cells)
        assert cells[3].startswith(f"{round(100 * numbers['variants'][cells[0]]['macro_f1']['mean'])}")
    assert f"{3 * TEST} thumbnails were kept for a test (the {TEST} videos of each channel after its newest" in html
    assert json.loads(json.dumps(to_json(told)))["metrics"] == numbers
    assert told.contents.images == 5 * LEARNT


def test_the_report_shows_the_views_that_were_learnt_from(data: Dataset) -> None:
    sources = {sample.picture.sha256: sample.source for sample in samples_of(data)}
    picture = next(p for p in firsts(data, "train") if "_webp" in sources[p.sha256].seen(1).path.name)
    source = sources[picture.sha256]
    sample = choose_sample([source], Style().views[1:])
    (shown,) = read_sample(sample, source, Style.spec).views
    assert np.ptp(shown) <= 2, "the grey size was drawn"
    changed = tuple(replace(variant, sha256="0" * 64) for variant in source.variants)
    assert read_sample(sample, replace(source, variants=changed), Style.spec).views == ()


def test_heat_is_judged_on_pictures_once_and_on_none_that_are_kept(data: Dataset) -> None:
    sample = draw_sample(data, KNOWN, 1000, 0)
    assert {picture.variant for picture in sample} == {"maxres"}
    assert {picture.split for picture in sample} == {"train"}
    assert len(sample) == 3 * TRAIN


# --- The audit ---------------------------------------------------------------------------------------------------


def test_the_audit_looks_at_every_file_and_counts_each_picture_once(data: Dataset, weights_file: Path) -> None:
    found = audit(data, SETTINGS, weights_file)
    assert found.images == dict.fromkeys((*KNOWN, *BACKGROUND), LEARNT + TEST + 1)
    counts = {check.name: len(check.findings) for check in found.checks}
    for name in ("files", "duplicates_within", "duplicates_across", "duplicates_test", "shapes"):
        assert counts[name] == 0, name
    assert "labels" in counts, found.not_judged


def test_the_audit_names_copies_across_train_and_test(tmp_path: Path) -> None:
    """Of one channel, whose labels cannot be judged, so that no network is needed."""
    data = write_collected(tmp_path / "leaky", ["maxres"])
    ember = [picture for picture in data.pictures if picture.channel == "ember"]
    learnt, kept, spare = (next(p for p in ember if p.position == video) for video in (2, TRAIN, TRAIN + TEST))
    copy = encode(draw("ember", 2).resize((120, 68)), "JPEG", quality=80)
    for picture in (kept, spare):
        data.path(picture).write_bytes(copy)
    checksum = hashlib.sha256(copy).hexdigest()
    copies = tuple(replace(one, sha256=checksum) if one in (kept, spare) else one for one in ember)
    found = audit(replace(data, channels=data.channels[:1], pictures=copies), SETTINGS)
    names = {str(data.path(picture)): picture.split for picture in (learnt, kept, spare)}
    pairs = {
        check.name: [
            (names[pair.file], names[pair.other_file]) for pair in check.findings if isinstance(pair, NearDuplicate)
        ]
        for check in found.checks
    }
    assert pairs["duplicates_test"] == [("train", "test")]
    assert pairs["duplicates_within"] == [("test", "spare")], "a pair is named once, and of copies of copies the first"
    assert pairs["duplicates_across"] == []
    said = "\n".join(found.lines())
    assert f"Near-duplicates across train and test: 1\n  {data.path(learnt)} ~ {data.path(kept)} (" in said


def test_without_a_test_the_audit_does_not_speak_of_one(data: Dataset) -> None:
    found = audit(replace(data.part("train"), channels=data.channels[:1], pictures=firsts_of(data, "ember")), SETTINGS)
    assert "duplicates_test" not in [check.name for check in found.checks]


def firsts_of(data: Dataset, channel: str) -> tuple[Picture, ...]:
    return tuple(picture for picture in firsts(data, "train") if picture.channel == channel)


# --- What a dataset says of its test -----------------------------------------------------------------------------


def test_the_rule_is_read_with_the_dataset(data: Dataset) -> None:
    assert data.rule == RULE
    assert Counter(picture.split for picture in data.part("test", "spare").pictures).keys() == {"test", "spare"}
    assert data.part("", "train").rule == RULE


@pytest.mark.parametrize("rule", ["lab", {"newest": 200}, {"kind": "lab", "newest": "200", "test_next": 30}])
def test_a_rule_that_says_nothing_is_refused(rule: Any, tmp_path: Path) -> None:
    write_collected(tmp_path / "data", ["maxres"])
    path = tmp_path / "data" / "dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "split": rule}))
    message = f"{path}: split = {rule!r} does not say how pictures were split: collect again, or remove it"
    with pytest.raises(DataError, match=exactly(message)):
        load_dataset(tmp_path / "data")
