"""A model at work: its answers, and its figures on data that it was not trained on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import BACKGROUND, KNOWN, PICTURES, draw, encode
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from backend.data.dataset import Channel, Dataset, Picture
from backend.evaluation.evaluate import evaluate
from backend.models.predictor import Answer, Model
from backend.models.run import Run
from backend.utils.errors import DataError, ImageError


@pytest.fixture(scope="module")
def model(style_run: Run) -> Model:
    return Model(style_run)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """New pictures of the known channels, named in another order, and of a channel that the run never heard of."""
    root, pictures = tmp_path_factory.mktemp("fresh"), []
    names = ("street", *reversed(KNOWN))
    for name in names:
        for number in range(100, 106):
            file = f"{name}-{number}.png"
            (root / file).write_bytes(encode(draw(name, number)))
            pictures.append(Picture(name, file, str(number), f"{name}{number}", 160, 90, file))
    return Dataset(root, tuple(Channel(name, name) for name in names), tuple(pictures))


# --- Answers -----------------------------------------------------------------------------------------------------


def test_an_answer_is_the_most_probable_channel(model: Model, data: Dataset) -> None:
    picture = next(picture for picture in data.pictures if picture.channel == "ember")
    answer = model.answer(data.path(picture))
    assert answer.channel == picture.channel == "ember"
    assert answer.probability == answer.probabilities["ember"] == max(answer.probabilities.values())
    assert list(answer.probabilities) == list(KNOWN)
    assert answer.unknown is not None
    assert sum(answer.probabilities.values()) + answer.unknown == pytest.approx(1, abs=1e-6)


def test_bytes_and_a_file_are_answered_alike(model: Model, data: Dataset) -> None:
    path = data.path(data.pictures[5])
    assert model.answer(path.read_bytes()) == model.answer(path)


def explained(model: Model, unknown: float, threshold: float | None = 0.4) -> Answer:
    limit = None if threshold is None else {"threshold": threshold}
    other = Model.__new__(Model)
    other.run = replace(model.run, description={**model.run.description, "unknown": limit})
    rest = 1 - unknown
    columns = [0.7 * rest, 0.2 * rest, 0.1 * rest, *([] if threshold is None else [unknown])]
    return other.explain_row(np.array(columns))


@pytest.mark.parametrize(("unknown", "known"), [(0.39, True), (0.4, True), (0.41, False), (0.9, False)])
def test_a_channel_is_claimed_up_to_the_threshold(model: Model, unknown: float, known: bool) -> None:
    answer = explained(model, unknown)
    assert (answer.channel, answer.known, answer.unknown) == ("ember", known, unknown)


def test_without_background_every_channel_is_claimed(model: Model) -> None:
    answer = explained(model, 0, threshold=None)
    assert (answer.known, answer.unknown) == (True, None)


def test_batches_do_not_change_answers(model: Model, data: Dataset) -> None:
    paths = [data.path(picture) for picture in data.pictures]
    together = model.predict_files(paths)
    alone = np.concatenate([model.predict_files([path]) for path in (paths[0], paths[31], paths[32], paths[-1])])
    assert together[[0, 31, 32, -1]] == pytest.approx(alone, abs=1e-5)


def test_an_unreadable_picture_is_named(model: Model, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no")
    with pytest.raises(ImageError, match=re.escape(f"{tmp_path / 'a.jpg'}: not a JPEG")):
        model.answer(tmp_path / "a.jpg")


# --- Figures -----------------------------------------------------------------------------------------------------


def test_figures_are_scikit_learns(style_run: Run, model: Model, fresh: Dataset) -> None:
    numbers = evaluate(style_run, fresh)
    known = [picture for picture in fresh.pictures if picture.channel in KNOWN]
    strangers = [picture for picture in fresh.pictures if picture.channel == "street"]
    chances = model.predict_files([fresh.path(picture) for picture in known])
    truth, guess = [KNOWN.index(picture.channel) for picture in known], chances[:, :3].argmax(axis=1)
    assert numbers["test"]["macro_f1"]["mean"] == pytest.approx(f1_score(truth, guess, average="macro"))
    assert numbers["test"]["accuracy"]["mean"] == pytest.approx(accuracy_score(truth, guess))
    assert numbers["test"]["accuracy"]["mean"] > 0.5, "labels must be matched by name, not by their order in the data"
    assert (numbers["channels"], numbers["recipe"]) == (list(KNOWN), "style")
    assert numbers["images"] == dict.fromkeys(KNOWN, 6)
    away = model.predict_files([fresh.path(picture) for picture in strangers])[:, 3]
    expected = roc_auc_score([0] * 18 + [1] * 6, [*chances[:, 3], *away])
    assert numbers["unknown"]["auroc"] == pytest.approx(expected)
    assert numbers["unknown"]["threshold"] == style_run.threshold


def test_strangers_are_named_and_new_pictures_raise_no_warning(
    style_run: Run, fresh: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(style_run, fresh)
    said = capsys.readouterr().err
    assert "Not channels of this run, counted as unknown: street." in said
    assert "Warning" not in said


def test_the_training_data_flatters(style_run: Run, data: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = evaluate(style_run, data)
    count = 5 * PICTURES
    warning = f"Warning: the run was trained on {count} of these pictures; the figures flatter it."
    assert warning in capsys.readouterr().err
    assert numbers["test"]["accuracy"]["mean"] > style_run.metrics()["cv"]["accuracy"]["mean"]


def test_a_dataset_of_some_channels_counts_the_others_as_zero(style_run: Run, fresh: Dataset) -> None:
    some = replace(fresh, pictures=tuple(picture for picture in fresh.pictures if picture.channel == "moss"))
    numbers = evaluate(style_run, some)
    assert numbers["images"] == {"ember": 0, "fjord": 0, "moss": 6}
    assert numbers["test"]["macro_f1"]["mean"] <= 1 / 3
    assert "unknown" not in numbers


def test_foreign_channels_are_an_error_that_names_both_sides(style_run: Run, data: Dataset) -> None:
    foreign = replace(
        data,
        channels=tuple(channel for channel in data.channels if channel.name in BACKGROUND),
        pictures=tuple(picture for picture in data.pictures if picture.channel in BACKGROUND),
    )
    with pytest.raises(DataError) as caught:
        evaluate(style_run, foreign)
    expected = f"{data.root}: has carnival, street, and none of the run's channels (ember, fjord, moss)"
    assert str(caught.value) == expected
