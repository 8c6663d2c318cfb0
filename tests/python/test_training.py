"""From a dataset to a run, end to end, on three made-up channels and a network with random weights."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import BACKGROUND, KNOWN, PICTURES, Interrupted, exactly
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score

from backend.config import TrainSettings
from backend.dataset import Channel, Dataset, Picture
from backend.errors import DataError, ImageError, RunError, ThumbprintError, WeightsError
from backend.features import Source
from backend.images import preprocess
from backend.material import gather
from backend.recipes import Fitted
from backend.recipes.style import SMALLEST_SCALE, C, Style
from backend.run import Run
from backend.training import cross_validate, train
from backend.weights import Weights

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


def in_order(run: Run, data: Dataset) -> list[Picture]:
    """The dataset's pictures, in the order of the run's predictions."""
    found = {picture.file: picture for picture in data.pictures}
    return [found[row["image"]] for row in rows(run)]


def features(data: Dataset, pictures: list[Picture], weights: Weights) -> NDArray[np.float64]:
    sources = [Source(data.path(picture), picture.sha256) for picture in pictures]
    return Style().inputs(sources, weights).astype(np.float64)


def refitted(x: NDArray[np.float64], labels: NDArray[np.int64], held: NDArray[np.float64]) -> NDArray[np.float64]:
    """What scikit-learn, fitted on `x` alone, says of `held`."""
    mean, deviation = x.mean(axis=0), np.maximum(x.std(axis=0), SMALLEST_SCALE)
    model = LogisticRegression(C=C, max_iter=1000).fit((x - mean) / deviation, labels)
    expected: NDArray[np.float64] = model.predict_proba((held - mean) / deviation)
    return expected


def without(data: Dataset, *channels: str) -> Dataset:
    return replace(
        data,
        channels=tuple(channel for channel in data.channels if channel.name not in channels),
        pictures=tuple(picture for picture in data.pictures if picture.channel not in channels),
    )


Train = Callable[..., Run]


@pytest.fixture
def quick(style_weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """`train` to a folder of its own, with weights that are read already."""
    monkeypatch.setattr("backend.training.load_weights", lambda path, tap: style_weights)

    def run(data: Dataset, name: str = "run", settings: TrainSettings = SETTINGS, **options: Any) -> Run:
        return train(data, tmp_path / name, settings, **options)

    return run


# --- What a run holds --------------------------------------------------------------------------------------------


def test_a_run_holds_everything(style_run: Run) -> None:
    names = {path.name for path in style_run.root.iterdir()}
    assert names == {"run.json", "predictions.csv", "history.csv", "metrics.json", "model.npz", "check.npz"}
    for name, checksum in style_run.description["files"].items():
        assert hashlib.sha256((style_run.root / name).read_bytes()).hexdigest() == checksum
    assert set(style_run.description["files"]) == names - {"run.json"}
    assert [path.name for path in style_run.root.parent.iterdir()] == [style_run.root.name], "nothing is left beside it"


def test_the_description_says_how_the_run_came_about(style_run: Run, data: Dataset, weights_file: Path) -> None:
    description = style_run.description
    checksum = hashlib.sha256(weights_file.read_bytes()).hexdigest()
    settings = {"recipe": "style", "folds": 3, "seed": 0, "epochs": None, "known_recall": 0.95}
    assert description["schema"] == 1
    assert description["settings"] == settings
    assert description["command"] == ["backend", "train"]
    assert description["demo"] is False
    assert description["input"] == {"height": 128, "width": 224, "fit": "stretch"}
    assert description["normalisation"] == {"scale": 1 / 127.5, "offset": -1.0}
    assert description["weights"] == {"source": "file", "file": "random.weights.h5", "sha256": checksum}
    assert description["dataset"]["images"] == len(data.pictures)
    assert description["background"] == list(BACKGROUND)
    assert {"python", "tensorflow", "keras", "numpy", "scikit-learn", "pillow"} == description["versions"].keys()


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
    assert cv["macro_f1"] == pytest.approx({"mean": np.mean(scores), "sd": np.std(scores, ddof=1)})
    assert cv["accuracy"]["mean"] == np.mean([accuracy_score(truth[folds == i], guess[folds == i]) for i in range(3)])
    assert cv["confusion"] == confusion_matrix(truth, guess).tolist()
    pooled = f1_score(truth, guess, average=None)
    assert [cv["per_channel"][name]["f1"] for name in KNOWN] == pytest.approx(pooled)
    assert numbers["images"] == dict.fromkeys(KNOWN, PICTURES)
    assert cv["macro_f1"]["mean"] > 0.5, "chance is 0.33; even random weights tell these channels apart"


def test_the_threshold_follows_from_the_predictions(style_run: Run) -> None:
    channels, _, chances = table(style_run)
    known, scores = np.isin(channels, KNOWN), chances[:, 3]
    unknown = style_run.metrics()["unknown"]
    assert unknown["threshold"] == pytest.approx(np.sort(scores[known])[28])  # 0.95 * 30 = 28.5: 29 of them
    assert style_run.threshold == unknown["threshold"]
    assert unknown["auroc"] == pytest.approx(roc_auc_score(~known, scores))
    assert unknown["known_recall"] == pytest.approx(29 / 30)
    assert unknown["false_known"] == pytest.approx((scores[~known] <= unknown["threshold"] + 1e-7).mean())
    assert unknown["images"] == 2 * PICTURES


def test_costs_are_those_of_the_cut_network(style_run: Run) -> None:
    cost = style_run.metrics()["cost"]
    assert cost["backbone_params"] == sum(k.size + b.size for k, b in style_run.layers.values())
    assert cost["trained_params"] == 1536 * 4 + 4
    assert cost["params"] == cost["backbone_params"] + cost["trained_params"]
    assert round(cost["multiply_adds"] / 1e6) == 126
    assert "Conv_1" not in style_run.layers, "what is not run is not kept"


def test_predictions_are_of_models_that_never_saw_the_picture(
    style_run: Run, data: Dataset, style_weights: Weights
) -> None:
    """Each fold fitted anew with scikit-learn on the other folds alone gives what the run says."""
    channels, folds, chances = table(style_run)
    pictures = in_order(style_run, data)
    x = features(data, pictures, style_weights)
    labels = np.array([[*KNOWN, *BACKGROUND].index(name) for name in channels]).clip(max=3)
    for fold in range(3):
        held = folds == fold
        assert chances[held] == pytest.approx(refitted(x[~held], labels[~held], x[held]), abs=1e-4)


def test_the_final_model_was_fitted_on_everything(style_run: Run, data: Dataset, style_weights: Weights) -> None:
    from backend.model import Model

    pictures = in_order(style_run, data)
    x = features(data, pictures, style_weights)
    labels = np.array([[*KNOWN, *BACKGROUND].index(picture.channel) for picture in pictures]).clip(max=3)
    found = Model(style_run).predict_files([data.path(picture) for picture in pictures[::5]])
    assert found == pytest.approx(refitted(x, labels, x[::5]), abs=1e-4)


def test_the_check_is_on_mirrored_pictures_of_every_channel(style_run: Run, data: Dataset) -> None:
    pixels = style_run.check_pixels()
    first = next(picture for picture in data.pictures if picture.channel == "ember")
    assert pixels.shape == (4 * 8, 128, 224, 3)
    assert np.array_equal(pixels[0][:, ::-1], preprocess(data.path(first), Style.spec))
    seen = {preprocess(data.path(picture), Style.spec).tobytes() for picture in data.pictures}
    assert not seen & {picture.tobytes() for picture in pixels}


# --- The same again, and otherwise --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(
    style_run: Run, data: Dataset, quick: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "empty cache"))
    again = quick(data)
    for name in ("predictions.csv", "history.csv"):
        assert (again.root / name).read_bytes() == (style_run.root / name).read_bytes()
    assert again.description["dataset"]["digest"] == style_run.description["dataset"]["digest"]


def test_another_seed_gives_other_folds(style_run: Run, data: Dataset) -> None:
    same, other = (gather(data, None, replace(SETTINGS, seed=seed), use_background=True) for seed in (0, 1))
    assert same.folds.tolist() == table(style_run)[1].tolist()
    assert other.folds.tolist() != same.folds.tolist()
    assert style_run.description["dataset"]["digest"] == same.digest() != other.digest()


def test_more_recall_is_a_higher_threshold(style_run: Run, data: Dataset, quick: Train) -> None:
    strict = quick(data, settings=replace(SETTINGS, known_recall=0.5))
    assert strict.threshold is not None
    assert style_run.threshold is not None
    assert strict.threshold < style_run.threshold
    assert strict.metrics()["unknown"]["known_recall"] == 0.5


def test_without_background_there_is_no_unknown(style_run: Run, data: Dataset, quick: Train, tmp_path: Path) -> None:
    """Here the new run takes the place of one with background."""
    shutil.copytree(style_run.root, tmp_path / "run")
    run = quick(without(data, *BACKGROUND), force=True)
    assert list(rows(run)[0]) == ["image", "key", "sha256", "channel", "fold", *KNOWN]
    assert run.threshold is None
    assert run.description["unknown"] is None
    assert "unknown" not in run.metrics()
    assert table(run)[2].sum(axis=1) == pytest.approx(1, abs=1e-6)


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


def test_two_channels_are_enough(data: Dataset, quick: Train) -> None:
    run = quick(without(data, "fjord", *BACKGROUND), settings=replace(SETTINGS, folds=2))
    assert table(run)[2].shape == (2 * PICTURES, 2)
    assert run.metrics()["cv"]["accuracy"]["mean"] > 0.5


def test_cross_validation_needs_no_run(data: Dataset, style_weights: Weights, style_run: Run) -> None:
    material = gather(data, None, SETTINGS, use_background=True)
    x = Style().inputs(material.sources, style_weights)
    fits, chances = cross_validate(Style(), material, x, SETTINGS)
    assert list(fits) == ["0", "1", "2"]
    assert chances == pytest.approx(table(style_run)[2], abs=1e-7)


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
    message = f"{data.root}: channel 'moss' has no pictures; add some, and import it again"
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
    assert fitted == ["Fold 1/3", "Fold 2/3"]
    assert not (tmp_path / "run").exists()

    def watched(self: Style, *args: Any) -> Fitted:
        fitted.append(args[-1])
        return fit(self, *args)

    monkeypatch.setattr(Style, "fit", watched)
    run = quick(data)
    assert fitted == ["Fold 1/3", "Fold 2/3", "Fold 3/3", "Final fit"]
    assert (run.root / "predictions.csv").read_bytes() == (style_run.root / "predictions.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_an_interrupted_lab_goes_on_where_it_was(lab_training: Interrupted) -> None:
    assert lab_training.before == ["Fold 1/2"]
    assert lab_training.after == ["Fold 2/2", "Final fit"]


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
        gather(known, background, TrainSettings(), True)
