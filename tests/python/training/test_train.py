"""From a dataset to a run, end to end, on three made-up channels and a network with random weights."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import (
    BACKGROUND,
    CLASSES,
    DRAWN,
    FEATURES,
    KNOWN,
    PICTURES,
    Interrupted,
    encode,
    exactly,
    lend_backbone,
    without,
)
from numpy.typing import NDArray
from PIL import Image
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from backend.data.dataset import Channel, Dataset, Picture, is_drawn
from backend.data.images import preprocess
from backend.data.pixels import Pixels
from backend.data.settings import TrainSettings
from backend.data.training_set import TrainingSet, build_training_set
from backend.evaluation.cross_validation import cross_validate
from backend.models.features import BATCH, Extractor
from backend.models.head import Fitted
from backend.models.lda import SMALLEST_SCALE
from backend.models.recipe import LabeledFeatures
from backend.models.run import Run
from backend.models.style import VIEWS, Style
from backend.models.weights import Weights
from backend.training.train import train
from backend.utils.array_cache import Features
from backend.utils.errors import DataError, ImageError, RunError, ThumbprintError, WeightsError

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = TrainSettings("style", folds=3, seed=0)


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def history_of(run: Run) -> list[dict[str, str]]:
    return read_csv(run.root / "history.csv")


def rows(run: Run) -> list[dict[str, str]]:
    return read_csv(run.root / "predictions.csv")


def table(run: Run) -> tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.float64]]:
    """The channel, the fold and the probabilities of every picture."""
    names = [*run.metrics()["channels"], *(["unknown"] if run.threshold is not None else [])]
    found = rows(run)
    chances = np.array([[float(row[name]) for name in names] for row in found])
    return np.array([row["channel"] for row in found]), np.array([int(row["fold"]) for row in found]), chances


def refitted(
    run: Run, fit: str, training_set: TrainingSet, x: Features, test: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What scikit-learn's discriminant says of pictures, fitted to the views of all the others: how far they lie
    towards each channel, in deviations within channels.

    Centred: a calibration sharpens it, which is one number.
    """
    others = ~test if fit != "final" else np.ones(len(test), np.bool_)
    rows, labels = (
        x[others].reshape(-1, x.shape[2]).astype(np.float64),
        np.repeat(training_set.labels[others], x.shape[1]),
    )
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), SMALLEST_SCALE)
    _, _, axes = np.linalg.svd((rows - mean) / deviation, full_matrices=False)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=run.description["shrinkage"][fit])
    model.fit((rows - mean) / deviation @ axes.T, labels)
    centre = model.means_[:3].mean(axis=0)
    kernel = np.linalg.solve(model.covariance_, (model.means_[:3] - centre).T)
    kernel /= np.sqrt(np.einsum("fk,fg,gk->k", kernel, model.covariance_, kernel))
    return centred(((x[test, 0] - mean) / deviation @ axes.T - centre) @ kernel)


def centred(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = scores - scores.mean(axis=1, keepdims=True)
    return found


def agreement(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How well one explains the other up to a factor, at most 1."""
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


Train = Callable[..., Run]


@pytest.fixture
def quick(style_weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """`train` to a folder of its own, with weights that are read already."""
    lend_backbone(monkeypatch, style_weights)

    def run(data: Dataset, name: str = "run", settings: TrainSettings = SETTINGS, **options: Any) -> Run:
        return train(data, tmp_path / name, settings, **options)

    return run


# --- What a run holds --------------------------------------------------------------------------------------------


def test_a_run_holds_everything(style_run: Run) -> None:
    names = {path.name for path in style_run.root.iterdir()}
    tables = {"predictions.csv", "history.csv"}
    of_the_report = {"audit.json", "samples.json", "heatmaps.npz"}
    assert names == {"run.json", "metrics.json", *tables, "model.npz", "folds.npz", "check.npz", *of_the_report}
    for name, checksum in style_run.description["files"].items():
        assert hashlib.sha256((style_run.root / name).read_bytes()).hexdigest() == checksum
    assert set(style_run.description["files"]) == names - {"run.json"}
    assert [path.name for path in style_run.root.parent.iterdir()] == [style_run.root.name], "nothing is left beside it"


def test_the_description_says_how_the_run_came_about(style_run: Run, data: Dataset, weights_file: Path) -> None:
    description = style_run.description
    checksum = hashlib.sha256(weights_file.read_bytes()).hexdigest()
    numbers = {"folds": 3, "seed": 0, "epochs": None, "known_recall": None, "repeats": 1}
    settings = {"recipe": "style", **numbers, "augment": "none"}
    assert description["schema"] == 2
    assert description["settings"] == settings
    assert description["command"] == ["backend", "train"]
    assert description["demo"] is False
    assert description["input"] == {"height": 120, "width": 208, "fit": "stretch"}
    assert description["normalisation"] == {"scale": 1 / 127.5, "offset": -1.0}
    assert description["weights"] == {"source": "file", "file": "random.weights.h5", "sha256": checksum, "bits": 8}
    assert description["shrinkage"].keys() == {"0", "1", "2", "final"}
    assert description["background"] == list(BACKGROUND), "drawn ones are nobody's"
    assert description["dataset"]["images"] == 5 * PICTURES
    assert {"python", "tensorflow", "keras", "ai-edge-litert", "numpy", "scikit-learn", "pillow"} == description[
        "versions"
    ].keys()


def test_display_names_and_handles_travel_with_the_run(style_run: Run) -> None:
    assert [channel.name for channel in style_run.channels] == list(KNOWN)
    url = "https://www.youtube.com/@ember"
    assert style_run.channels[0] == Channel("ember", "Ember & Ash", "@ember", url)
    assert style_run.channels[1].display_name == "fjord"


def test_every_picture_is_predicted_once(style_run: Run, data: Dataset) -> None:
    found = rows(style_run)
    assert list(found[0]) == ["image", "key", "sha256", "channel", "fold", *KNOWN, "unknown"]
    assert sorted(row["image"] for row in found) == sorted(picture.file for picture in data.pictures)
    pictures = {picture.file: picture for picture in data.pictures}
    for row in found:
        picture = pictures[row["image"]]
        assert (row["key"], row["sha256"], row["channel"]) == (picture.key, picture.sha256, picture.channel)


def test_probabilities_sum_to_one(style_run: Run) -> None:
    _, _, chances = table(style_run)
    assert chances.shape == (5 * PICTURES, 4)
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert chances.min() >= 0


def test_folds_part_neither_videos_nor_background_channels(style_run: Run) -> None:
    videos, channels = defaultdict(set), defaultdict(set)
    for row in rows(style_run):
        videos[row["channel"], row["key"]].add(row["fold"])
        channels[row["channel"]].add(row["fold"])
    assert all(len(folds) == 1 for folds in videos.values())
    assert [len(channels[name]) for name in BACKGROUND] == [1, 1]
    assert [channels[name] for name in KNOWN] == [{"0", "1", "2"}] * 3


def test_the_history_has_every_fit(style_run: Run) -> None:
    history = history_of(style_run)
    assert [row["fold"] for row in history] == ["0", "1", "2", "final"]
    assert all(float(row["val_loss"]) > 0 for row in history[:3])
    assert (history[3]["val_loss"], history[3]["val_accuracy"]) == ("", "")


def test_metrics_follow_from_the_predictions(style_run: Run) -> None:
    channels, folds, chances = table(style_run)
    known = np.isin(channels, KNOWN)
    truth = np.array([KNOWN.index(name) for name in channels[known]])
    guess, folds = chances[known, :3].argmax(axis=1), folds[known]
    numbers = style_run.metrics()
    cv = numbers["cv"]
    scores = [f1_score(truth[folds == i], guess[folds == i], average="macro", zero_division=0) for i in range(3)]
    mean_sd = {name: cv["macro_f1"][name] for name in ("mean", "sd")}
    assert mean_sd == pytest.approx({"mean": np.mean(scores), "sd": np.std(scores, ddof=1)})
    assert cv["macro_f1"]["low"] <= f1_score(truth, guess, average="macro") <= cv["macro_f1"]["high"]
    assert cv["accuracy"]["mean"] == np.mean([accuracy_score(truth[folds == i], guess[folds == i]) for i in range(3)])
    assert cv["confusion"] == confusion_matrix(truth, guess).tolist()
    pooled = f1_score(truth, guess, average=None)
    assert [cv["per_channel"][name]["f1"] for name in KNOWN] == pytest.approx(pooled)
    assert numbers["images"] == dict.fromkeys(KNOWN, PICTURES)
    assert cv["macro_f1"]["mean"] > 0.5, "chance is 0.33; even random weights tell these channels apart"


def test_the_threshold_is_the_final_models_own(inputs: Features, training_set: TrainingSet, style_run: Run) -> None:
    everything = LabeledFeatures(inputs, training_set.labels, training_set.groups, training_set.judged)
    reference = Style().fit(everything, len(KNOWN), SETTINGS.seed, None, "").reference
    assert len(reference) == len(KNOWN) * PICTURES, "every known picture was left out once"
    unknown = style_run.metrics()["unknown"]
    assert unknown["threshold"] == pytest.approx(np.sort(reference)[28])  # 0.95 * 30 = 28.5: 29 of them
    assert style_run.threshold == unknown["threshold"]
    assert unknown["images"] == 2 * PICTURES
    assert (unknown["channels"], unknown["drawn"]) == (list(BACKGROUND), False)


def test_unknown_pictures_are_ranked_among_the_known_ones_of_their_fold(style_run: Run) -> None:
    """A fold that scores everything higher, known and unknown alike, is no worse for it."""
    unknown = style_run.metrics()["unknown"]
    thresholds = [point["threshold"] for point in unknown["curve"]]
    assert thresholds == sorted(thresholds)
    assert 0 <= unknown["false_known"] <= unknown["fpr95"] <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["style_run", "lonely_run"])
def test_the_trained_model_claims_what_it_was_trained_on(
    name: str, data: Dataset, request: pytest.FixtureRequest
) -> None:
    """The threshold comes from the folds' models, and must be on the level of the one that is kept."""
    from backend.models.predictor import Model

    run: Run = request.getfixturevalue(name)
    known = [data.path(picture) for picture in data.pictures if picture.channel in KNOWN]
    assert run.threshold is not None
    assert (Model(run).predict_files(known)[:, 3] <= run.threshold).mean() > 0.8


def test_costs_are_those_of_the_cut_network(style_run: Run) -> None:
    cost = style_run.metrics()["cost"]
    assert cost["backbone_params"] == sum(k.size + b.size for k, b in style_run.layers.values())
    assert cost["trained_params"] == (FEATURES + 1) * CLASSES
    assert cost["params"] == cost["backbone_params"] + cost["trained_params"]
    assert round(cost["multiply_adds"] / 1e6) == 68
    assert "Conv_1" not in style_run.layers, "what is not run is not kept"


@pytest.fixture(scope="module")
def training_set(data: Dataset) -> TrainingSet:
    return build_training_set(data, None, SETTINGS, use_background=True)


@pytest.fixture(scope="module")
def inputs(training_set: TrainingSet, style_weights: Weights) -> Features:
    return np.asarray(Style().features(training_set.sources, Style().prepared(style_weights)))


@pytest.mark.slow
def test_predictions_are_of_models_that_never_saw_the_picture(
    style_run: Run, training_set: TrainingSet, inputs: Features
) -> None:
    """Each fold fitted anew with scikit-learn on the other pictures alone gives what the run says."""
    _, _, chances = table(style_run)
    for fold in range(3):
        test = training_set.known & training_set.tests[:, fold]
        left_out = training_set.tests[:, fold]
        found = centred(np.log(chances[np.flatnonzero(test), :3]))
        expected = refitted(style_run, str(fold), training_set, inputs, left_out)[test[left_out]]
        assert agreement(found, expected) > 0.9999
        seen = refitted(style_run, str((fold + 1) % 3), training_set, inputs, training_set.tests[:, (fold + 1) % 3])
        assert len(seen) != len(expected) or agreement(found, seen) < 0.99


@pytest.mark.slow
def test_the_final_model_was_fitted_on_everything(style_run: Run, training_set: TrainingSet, inputs: Features) -> None:
    from backend.models.predictor import Model

    some = np.arange(len(training_set.labels)) % 3 == 0
    paths = [source.path for source, taken in zip(training_set.sources, some, strict=True) if taken]
    found = centred(np.log(Model(style_run).predict_files(paths)[:, :3]))
    assert agreement(found, refitted(style_run, "final", training_set, inputs, some)) > 0.999


def test_the_check_is_on_mirrored_pictures_of_every_channel(style_run: Run, data: Dataset) -> None:
    pixels = style_run.check_pixels()
    first = next(picture for picture in data.pictures if picture.channel == "ember")
    assert pixels.shape == (3 * 8 + CLASSES - 4, 120, 208, 3)
    assert np.array_equal(pixels[0][:, ::-1], preprocess(data.path(first), Style.spec))
    seen = {preprocess(data.path(picture), Style.spec).tobytes() for picture in data.pictures}
    assert not seen & {picture.tobytes() for picture in pixels}


# --- The same again, and otherwise --------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(
    style_run: Run, data: Dataset, drawn: Dataset, quick: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache(tmp_path / "empty cache", drawn, monkeypatch)
    again = quick(data)
    for name in ("predictions.csv", "history.csv"):
        assert (again.root / name).read_bytes() == (style_run.root / name).read_bytes()
    assert again.description["dataset"]["digest"] == style_run.description["dataset"]["digest"]


def test_another_seed_gives_other_folds(style_run: Run, data: Dataset) -> None:
    same, other = (build_training_set(data, None, replace(SETTINGS, seed=seed), use_background=True) for seed in (0, 1))
    assert same.folds[same.judged].tolist() == table(style_run)[1].tolist()
    assert other.folds.tolist() != same.folds.tolist()
    assert style_run.description["dataset"]["digest"] == same.digest() != other.digest()


@pytest.mark.slow
def test_more_recall_is_a_higher_threshold(style_run: Run, data: Dataset, quick: Train) -> None:
    strict = quick(data, settings=replace(SETTINGS, known_recall=0.5))
    assert strict.threshold is not None
    assert style_run.threshold is not None
    assert strict.threshold < style_run.threshold
    assert strict.metrics()["unknown"]["known_recall"] == pytest.approx(0.5, abs=0.1)


def test_without_background_none_of_these_is_judged_on_drawn_negatives(lonely_run: Run, data: Dataset) -> None:
    unknown = lonely_run.metrics()["unknown"]
    found = rows(lonely_run)
    drawn = {row["channel"] for row in found} - {*KNOWN}
    assert list(found[0]) == ["image", "key", "sha256", "channel", "fold", *KNOWN, "unknown"]
    assert unknown["drawn"] is True
    assert unknown["channels"] == sorted(drawn)
    assert len(drawn) == DRAWN, "blank pictures are only learned from"
    assert all(is_drawn(name) for name in drawn)
    assert lonely_run.threshold == unknown["threshold"]
    assert unknown["auroc"] > 0.5
    assert table(lonely_run)[2].sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.slow
def test_a_run_may_take_the_place_of_another(
    style_run: Run, lonely_run: Run, data: Dataset, quick: Train, tmp_path: Path
) -> None:
    shutil.copytree(style_run.root, tmp_path / "run")
    run = quick(without(data, *BACKGROUND), force=True)
    assert (run.root / "predictions.csv").read_bytes() == (lonely_run.root / "predictions.csv").read_bytes()


@pytest.mark.parametrize("name", ["style_run", "lonely_run"])
def test_a_blank_picture_is_no_channel(name: str, request: pytest.FixtureRequest) -> None:
    """Whatever the background: none of these pictures is among those that were learned from."""
    from backend.models.predictor import Model

    model, rng = Model(request.getfixturevalue(name)), np.random.default_rng(8)
    flat = [np.full((180, 320, 3), level, np.uint8) for level in (0, 32, 100, 128, 160, 255)]
    noise = [rng.normal(128, width, (180, 320, 3)).clip(0, 255).astype(np.uint8) for width in (6, 30, 60)]
    answers = [model.answer(encode(Image.fromarray(pixels))) for pixels in (*flat, *noise)]
    assert [answer.known for answer in answers] == [False] * 9


@pytest.mark.slow
def test_background_may_come_from_another_dataset(
    data: Dataset, quick: Train, style_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its channels are background, whatever they are called there; the known channels' pictures are not."""
    others = without(data, "fjord", "moss")
    others = replace(others, channels=tuple(replace(channel, role="known") for channel in others.channels))
    run = quick(without(data, *BACKGROUND), background=others)
    assert {row["channel"] for row in rows(run)} == {*KNOWN, *BACKGROUND}
    assert len(rows(run)) == 5 * PICTURES
    assert (run.root / "predictions.csv").read_bytes() == (style_run.root / "predictions.csv").read_bytes()
    message = f"{PICTURES} background pictures are also of a known channel, and not used."
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_two_channels_are_enough(data: Dataset, quick: Train) -> None:
    run = quick(without(data, "fjord", *BACKGROUND), settings=replace(SETTINGS, folds=2))
    assert (table(run)[0] == "moss").sum() == PICTURES
    assert table(run)[2].shape[1] == 3
    assert run.metrics()["cv"]["accuracy"]["mean"] > 0.5


def test_cross_validation_needs_no_run(training_set: TrainingSet, inputs: Features, style_run: Run) -> None:
    found = cross_validate(Style(), training_set, inputs, style_run.layers, SETTINGS)
    assert list(found.folds) == ["0", "1", "2"]
    assert found.probabilities[training_set.judged] == pytest.approx(table(style_run)[2], abs=1e-7)
    assert (found.probabilities[~training_set.judged] == 0).all()
    assert [len(scores) for scores in found.unknown] == training_set.tests.sum(axis=0).tolist()


# --- What is put together -----------------------------------------------------------------------------------------


def test_known_pictures_come_first_and_every_background_channel_has_a_number(training_set: TrainingSet) -> None:
    names = [picture.channel for picture in training_set.pictures]
    assert training_set.known.tolist() == [name in KNOWN for name in names]
    assert [names[i] for i in (0, 10, 20)] == list(KNOWN)
    numbers = {name: {int(n) for n in training_set.labels[np.array(names) == name]} for name in names}
    assert all(len(found) == 1 for found in numbers.values())
    assert sorted(n for found in numbers.values() for n in found) == list(range(len(numbers)))
    assert len(numbers) == CLASSES - 1


def test_drawn_pictures_beside_real_background_are_only_learned_from(training_set: TrainingSet, style_run: Run) -> None:
    drawn = np.array([is_drawn(picture.channel) for picture in training_set.pictures])
    assert drawn.sum() > 0
    assert np.array_equal(training_set.judged, ~drawn)
    assert (training_set.folds[drawn] == -1).all()
    assert not any(is_drawn(row["channel"]) for row in rows(style_run))


def test_lab_gets_no_negatives(data: Dataset) -> None:
    found = build_training_set(data, None, SETTINGS, use_background=False)
    assert {picture.channel for picture in found.pictures} == {*KNOWN}
    assert found.judged.all()


def with_copies(data: Dataset, root: Path) -> tuple[Dataset, list[tuple[str, str]]]:
    """Add pictures encoded anew, smaller, under keys of their own: a leak, where copies fall on both sides."""
    originals = [p for p in data.pictures if p.channel in KNOWN and "maxres" in p.file][::3]
    copies, pairs = [], []
    for number, picture in enumerate(originals):
        with Image.open(data.path(picture)) as image:
            content = encode(image.resize((144, 81)), "JPEG", quality=60)
        (root / f"{number}.jpg").write_bytes(content)
        checksum = hashlib.sha256(content).hexdigest()
        file = os.path.relpath(root / f"{number}.jpg", data.root)
        copies.append(replace(picture, file=file, key=f"copy{number}", sha256=checksum, width=144, height=81))
        pairs.append((picture.sha256, checksum))
    return replace(data, pictures=(*data.pictures, *copies)), pairs


def test_a_planted_leak_is_caught(data: Dataset, tmp_path: Path) -> None:
    planted, pairs = with_copies(data, tmp_path)
    assert len(pairs) == 8
    for seed in range(4):
        found = build_training_set(planted, None, replace(SETTINGS, seed=seed), use_background=False)
        place = {source.sha256: position for position, source in enumerate(found.sources)}
        for original, copy in pairs:
            assert np.array_equal(found.tests[place[original]], found.tests[place[copy]])
            assert found.groups[place[original]] == found.groups[place[copy]]


# --- What is computed, and what is not ----------------------------------------------------------------------------


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that go through the backbone from now on."""
    sizes: list[int] = []
    run = Extractor.__call__

    def watched(self: Extractor, pixels: Pixels) -> Features:
        sizes.append(len(pixels))
        return run(self, pixels)

    monkeypatch.setattr(Extractor, "__call__", watched)
    return sizes


def own_cache(folder: Path, drawn: Dataset, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache but for the negatives, which take long to draw."""
    shutil.copytree(drawn.root, folder / drawn.root.name)
    monkeypatch.setenv("THUMBPRINT_CACHE", str(folder))
    return folder


@pytest.mark.slow
def test_another_channel_costs_its_own_pictures_alone(
    data: Dataset,
    drawn: Dataset,
    style_weights: Weights,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    extracted: list[int],
) -> None:
    own_cache(tmp_path / "cache", drawn, monkeypatch)
    first, second = (
        build_training_set(some, None, SETTINGS, True) for some in (without(data, "moss", *BACKGROUND), data)
    )
    Style().features(first.sources, style_weights)
    assert sum(extracted) == (1 + VIEWS) * (2 * PICTURES + len(drawn.pictures))
    extracted.clear()
    Style().features(second.sources, style_weights)
    assert sum(extracted) == (1 + VIEWS) * 3 * PICTURES
    extracted.clear()
    Style().features(second.sources, style_weights)
    assert extracted == []


KILLED = """
import sys, time
from pathlib import Path
from backend.data.settings import TrainSettings
from backend.data.dataset import load_dataset
from backend.models.features import Extractor
from backend.training.train import train

run, batches = Extractor.__call__, []

def watched(self, pixels):
    if len(batches) == 3:
        print("three batches done", flush=True)
        time.sleep(60)
    batches.append(len(pixels))
    return run(self, pixels)

Extractor.__call__ = watched
data, out, weights = map(Path, sys.argv[1:])
train(load_dataset(data), out, TrainSettings("style", folds=3, seed=0), weights)
"""


@pytest.mark.slow
def test_a_training_killed_while_it_computes_features_goes_on(
    data: Dataset,
    drawn: Dataset,
    quick: Train,
    style_run: Run,
    weights_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    extracted: list[int],
) -> None:
    """By SIGKILL, which nothing can catch; then it computes what is missing, and comes to the same numbers."""
    own_cache(tmp_path / "cache", drawn, monkeypatch)
    command = [sys.executable, "-c", KILLED, str(data.root), str(tmp_path / "run"), str(weights_file)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "three batches done\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "run").exists()
    run = quick(data)
    assert sum(extracted) == (1 + VIEWS) * (len(data.pictures) + len(drawn.pictures)) - 3 * BATCH
    for name in ("predictions.csv", "history.csv"):
        assert (run.root / name).read_bytes() == (style_run.root / name).read_bytes()
    assert np.array_equal(run.head["kernel"], style_run.head["kernel"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "run"]


# --- What goes wrong ----------------------------------------------------------------------------------------------


def test_an_existing_run_is_refused_before_any_work(style_run: Run, data: Dataset, tmp_path: Path) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in style_run.root.iterdir()}
    with pytest.raises(RunError, match=f"^{style_run.root}: exists already; name another --out, or add --force"):
        train(data, style_run.root, SETTINGS, tmp_path / "weights that nobody looks for.h5")
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in style_run.root.iterdir()} == before


def renamed(data: Dataset, old: str, new: str) -> Dataset:
    return replace(
        data,
        channels=tuple(replace(channel, name=new) if channel.name == old else channel for channel in data.channels),
        pictures=tuple(
            replace(picture, channel=new) if picture.channel == old else picture for picture in data.pictures
        ),
    )


@pytest.mark.parametrize("name", ["unknown", "image", "fold", "sha256"])
def test_a_channel_cannot_have_the_name_of_a_column(data: Dataset, quick: Train, name: str) -> None:
    message = f"channel '{name}': the name is taken by a column of predictions.csv; rename its folder"
    with pytest.raises(DataError, match=exactly(message)):
        quick(renamed(data, "moss", name))


def test_one_channel_cannot_be_told_apart(data: Dataset, quick: Train) -> None:
    message = f"{data.root}: 1 known channel; at least 2 are needed to tell them apart"
    with pytest.raises(DataError, match=exactly(message)):
        quick(without(data, "fjord", "moss"))


def test_a_channel_without_pictures_is_named(data: Dataset, quick: Train) -> None:
    bare = replace(data, pictures=tuple(picture for picture in data.pictures if picture.channel != "moss"))
    message = (
        f"{data.root}: channel 'moss' has no pictures to learn from; add some, and import or collect the dataset again"
    )
    with pytest.raises(DataError, match=exactly(message)):
        quick(bare)


def test_too_many_folds_are_named(data: Dataset, quick: Train) -> None:
    with pytest.raises(DataError, match=r"^channel '.+' has 8 videos, too few for 9 folds; take --folds 8 or less$"):
        quick(data, settings=replace(SETTINGS, folds=9))


def test_a_background_of_one_video_cannot_be_left_out(data: Dataset, quick: Train) -> None:
    known = [picture for picture in data.pictures if picture.channel in KNOWN]
    lonely = next(picture for picture in data.pictures if picture.channel == "street")
    message = "the background has 1 video, and at least 2 are needed; add pictures to it, or leave it out"
    with pytest.raises(DataError, match=exactly(message)):
        quick(replace(data, pictures=(*known, lonely)))


def test_a_picture_that_went_bad_is_named_and_leaves_no_run(data: Dataset, quick: Train, tmp_path: Path) -> None:
    bad = replace(data.pictures[3], file="images/gone.jpg", sha256="f" * 64)
    with pytest.raises(ImageError, match=re.escape(f"{data.root / 'images/gone.jpg'}: cannot be read (No such file")):
        quick(replace(data, pictures=(*data.pictures[:3], bad, *data.pictures[4:])))
    assert not (tmp_path / "run").exists()


def test_missing_weights_leave_no_run(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no such weights file; correct --weights"):
        train(data, tmp_path / "run", SETTINGS, tmp_path / "no.h5")
    assert list(tmp_path.iterdir()) == []


def test_style_with_epochs_is_refused(data: Dataset, quick: Train) -> None:
    with pytest.raises(ThumbprintError, match=r"^--epochs: recipe 'style' has none"):
        quick(data, settings=replace(SETTINGS, epochs=3))


# --- Stopped and started again ------------------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing may catch this."""


@pytest.mark.slow
def test_an_interrupted_training_goes_on_where_it_was(
    data: Dataset, quick: Train, style_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Style.fit
    fitted: list[str] = []

    def killed_in_the_last_fold(self: Style, *args: Any) -> Fitted:
        if args[-1] == "Fold 3/3":
            raise Killed
        fitted.append(args[-1])
        return fit(self, *args)

    monkeypatch.setattr(Style, "fit", killed_in_the_last_fold)
    with pytest.raises(Killed):
        quick(data)
    assert sorted(fitted) == ["Fold 1/3", "Fold 2/3"], "side by side, so that either may be first"
    assert not (tmp_path / "run").exists()

    def watched(self: Style, *args: Any) -> Fitted:
        fitted.append(args[-1])
        return fit(self, *args)

    monkeypatch.setattr(Style, "fit", watched)
    run = quick(data)
    assert fitted[2:] == ["Fold 3/3", "Final fit"]
    assert (run.root / "predictions.csv").read_bytes() == (style_run.root / "predictions.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


@pytest.mark.slow
def test_an_interrupted_lab_goes_on_where_it_was(lab_training: Interrupted) -> None:
    assert lab_training.before == ["Fold 1/2"]
    assert lab_training.after == ["Fold 2/2", "Final fit"]


@pytest.mark.slow
def test_lab_leaves_a_run_like_any_other(lab_training: Interrupted) -> None:
    run = lab_training.run
    assert run.recipe == "lab"
    assert run.description["settings"]["epochs"] == 1
    assert run.description["input"] == {"height": 224, "width": 224, "fit": "pad"}
    assert run.metrics()["cost"]["trained_params"] == 128_403
    assert run.threshold is None, "it knows no background, though the dataset has some"
    _, folds, chances = table(run)
    assert chances.shape == (15, 3)
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert {*folds} == {0, 1}
    history = history_of(run)
    assert [(row["fold"], row["epoch"]) for row in history] == [("0", "1"), ("1", "1"), ("final", "1")]
    assert [bool(row["val_loss"]) for row in history] == [True, True, False]


@pytest.mark.slow
def test_labs_saved_validation_is_that_of_its_predictions(lab_training: Interrupted) -> None:
    """Keras' own figure for a fold, and the one from the folded network's predictions, are one."""
    run = lab_training.run
    channels, folds, chances = table(run)
    truth = np.array([KNOWN.index(name) for name in channels])
    history = history_of(run)
    for fold in (0, 1):
        held = folds == fold
        loss = -np.log(chances[held, truth[held]]).mean()
        accuracy = (chances[held].argmax(axis=1) == truth[held]).mean()
        assert float(history[fold]["val_loss"]) == pytest.approx(loss, rel=1e-3, abs=1e-3)
        assert float(history[fold]["val_accuracy"]) == pytest.approx(accuracy)


def test_run_json_is_valid_json_with_channels_in_label_order(style_run: Run) -> None:
    content = json.loads((style_run.root / "run.json").read_text(encoding="utf-8"))
    assert [channel["name"] for channel in content["channels"]] == style_run.metrics()["channels"]


def test_a_background_channel_may_not_be_one_to_recognise(tmp_path: Path) -> None:
    picture = Picture("moss", "images/moss/a.jpg", "a", "0" * 64, 320, 180, "test")
    channels = (Channel("moss", "Moss"), Channel("rust", "Rust"))
    known = Dataset(tmp_path / "known", channels, (picture, replace(picture, channel="rust")))
    background = Dataset(tmp_path / "others", channels[:1], (replace(picture, sha256="1" * 64),))
    with pytest.raises(DataError, match="channel 'moss' is also one to recognise; take it out of the background"):
        build_training_set(known, background, TrainSettings(), True)
