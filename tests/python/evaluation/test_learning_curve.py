"""The learning curve: what is drawn and what is not, and the command from a dataset to its figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import BACKGROUND, KNOWN, VIDEOS, exactly, write_channel, write_source

from backend.cli.main import main
from backend.data.dataset import Dataset, is_drawn, load_dataset
from backend.data.folder_import import import_folder
from backend.data.settings import TrainSettings
from backend.data.training_set import TrainingSet
from backend.evaluation import learning_curve as learning
from backend.evaluation.learning_curve import (
    FOLDS,
    HELD_OUT,
    Curve,
    LeftOut,
    Numbers,
    Point,
    draw,
    draw_most,
    learning_curve,
    learning_curve_of_run,
)
from backend.models import style
from backend.models.head import Fitted
from backend.models.recipe import LabeledFeatures, Recipe
from backend.models.run import Run
from backend.models.style import Style
from backend.training import train as training
from backend.utils.errors import DataError, ThumbprintError

PLENTY = 12  # videos a channel: enough for 3 and 4 to learn from


def groups_of(*sizes: Sequence[int]) -> tuple[Numbers, Numbers]:
    """Return labels and groups of channels with groups of the given sizes, the pictures shuffled."""
    labels = [label for label, channel in enumerate(sizes) for size in channel for _ in range(size)]
    groups = np.repeat(np.arange(sum(map(len, sizes))), [size for channel in sizes for size in channel])
    order = np.random.default_rng(3).permutation(len(labels))
    return np.array(labels, np.int64)[order], groups.astype(np.int64)[order]


MIXED = groups_of([1, 2, 1, 3, 1, 1, 2, 1, 1, 1], [2] * 9, [1] * 14)


# --- Drawing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("count", [3, 5, 9])
def test_a_draw_takes_so_many_whole_groups_of_every_channel(count: int, number: int) -> None:
    labels, groups = MIXED
    taken = draw(labels, groups, count, 0, number)
    for label in np.unique(labels):
        assert len(np.unique(groups[taken & (labels == label)])) == count
    assert not set(groups[taken]) & set(groups[~taken]), "a group is on both sides"


def test_a_group_of_two_channels_is_drawn_whole_and_counts_for_the_first() -> None:
    labels, groups = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 2, 1, 3, 4, 5])
    for number in range(20):
        taken = draw(labels, groups, 2, 0, number)
        assert taken[1] == taken[3]
        assert len(np.unique(groups[taken])) == 4


def test_a_larger_draw_holds_the_smaller_one() -> None:
    few, more = draw(*MIXED, 3, 0, 1), draw(*MIXED, 6, 0, 1)
    assert (more[few]).all() and more.sum() > few.sum()


def test_draws_are_decided_by_their_seed_and_number() -> None:
    found = {(seed, number): draw(*MIXED, 4, seed, number).tobytes() for seed in range(3) for number in range(4)}
    assert found == {key: draw(*MIXED, 4, *key).tobytes() for key in found}
    assert len(set(found.values())) == len(found)


def test_every_picture_is_drawn_now_and_then() -> None:
    drawn = np.stack([draw(*MIXED, 3, 0, number) for number in range(100)])
    assert drawn.any(axis=0).all()


def test_five_draws_of_all_leave_every_group_out_once() -> None:
    labels, groups = MIXED
    kept = np.stack([draw_most(labels, groups, 0, number) for number in range(2 * FOLDS)])
    for turn in (kept[:FOLDS], kept[FOLDS:]):
        assert ((~turn).sum(axis=0) == 1).all()
    for row in kept:
        assert not set(groups[row]) & set(groups[~row]), "a group is on both sides"
        assert set(labels[~row]) == {0, 1, 2}
    assert (kept[:FOLDS] != kept[FOLDS:]).any(), "the second turn deals anew"


# --- Figures -----------------------------------------------------------------------------------------------------


def curve(*points: Point, left_out: tuple[LeftOut, ...] = ()) -> Curve:
    return Curve("style", "data", None, 0, {"a": 90, "b": 90}, {"source": "file"}, points, left_out)


def test_the_table() -> None:
    points = Point(5, {"a": 5.0, "b": 5.0}, (0.8, 0.9)), Point("all", {"a": 74.4, "b": 160.0}, (0.97, 0.99))
    assert curve(*points, left_out=(LeftOut(40, "too few"),)).lines() == [
        "Macro F1 over 2 draws: learnt from few videos a channel, judged on the rest",
        "videos   images     mean   sd     min    max",
        "     5        5     0.850  0.071  0.800  0.900",
        "   all   74-160     0.980  0.014  0.970  0.990",
        "Left out 40: too few",
    ]


def test_the_table_with_and_without_the_prior() -> None:
    assert curve(Point(8, {"a": 8.0, "b": 8.0}, (0.8, 0.9), (0.7, 0.7))).lines()[1:] == [
        "                    with the prior                  without it",
        "videos   images     mean   sd     min    max     mean   sd     min    max",
        "     8        8     0.850  0.071  0.800  0.900     0.700  0.000  0.700  0.700",
    ]


def test_one_draw_has_no_spread() -> None:
    assert learning.spread((0.8,)) == {"mean": 0.8, "sd": 0.0, "min": 0.8, "max": 0.8}


# --- From a dataset to its curve ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plenty(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The tiny dataset, with more videos of the known channels."""
    folder = tmp_path_factory.mktemp("plenty")
    source = write_source(folder / "source", BACKGROUND)
    for name in KNOWN:
        write_channel(source / name, name, PLENTY)
    import_folder(source, folder / "data")
    return load_dataset(folder / "data")


@pytest.fixture(scope="module", autouse=True)
def _one_shrinkage() -> Iterator[None]:
    """Choose between fewer: nothing here is about the choice, and it is most of a fit's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "SHRINKAGES", (0.1,))
        yield


def run(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(main, ["learning-curve", *map(str, arguments)])


@pytest.fixture(scope="module")
def written(plenty: Dataset, weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("out") / "curve.json"
    options = ("--train-sizes", "4,3,40", "--repeats", 2, "--weights", weights_file, "--out", out)
    return run(plenty.root, *options), out


def test_the_command_prints_and_writes_the_curve(written: tuple[Result, Path], plenty: Dataset) -> None:
    result, out = written
    assert result.exit_code == 0, result.output
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [file.name for file in out.parent.iterdir()] == ["curve.json"], "nothing half-written is left"
    assert [point["count"] for point in found["points"]] == [3, 4, "all"]
    assert found["videos"] == {name: PLENTY for name in KNOWN}
    assert (found["recipe"], found["seed"], found["dataset"]) == ("style", 0, str(plenty.root))
    for point in found["points"]:
        scores = point["macro_f1"]["draws"]
        assert len(scores) == 2 and all(0 <= score <= 1 for score in scores)
        assert point["macro_f1"]["mean"] == pytest.approx(np.mean(scores))
        assert (point["macro_f1"]["min"], point["macro_f1"]["max"]) == (min(scores), max(scores))
        assert point["images"].keys() == set(KNOWN)
    assert all(3 <= images <= 5 for images in found["points"][0]["images"].values())  # two videos have two images
    need = f"{40 + HELD_OUT} are needed"
    reason = ", ".join(f"channel {name!r} has {PLENTY} videos" for name in KNOWN)
    assert found["left_out"] == [{"count": 40, "reason": f"{reason}; {need}"}]
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["Macro", "videos", "3", "4", "all", "Left"]
    assert f"Wrote {out}" in result.stderr


def test_the_same_seed_gives_the_same_curve(written: tuple[Result, Path], plenty: Dataset, weights_file: Path) -> None:
    before = json.loads(written[1].read_text(encoding="utf-8"))
    result = run(plenty.root, "--train-sizes", 4, "--repeats", 2, "--weights", weights_file, "--json")
    after = json.loads(result.stdout)
    assert after["points"] == before["points"][1:], "other counts must not matter either"


def test_a_draw_learns_with_the_background_and_is_judged_on_what_it_has_not_seen(
    plenty: Dataset, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[LabeledFeatures] = []
    judged: list[Any] = []
    fit, scores = Style.fit, Style.scores

    def watched(self: Style, train: LabeledFeatures, *args: Any) -> Fitted:
        trained.append(train)
        with monkeypatch.context() as patch:
            patch.setattr(Style, "scores", scores)
            return fit(self, train, *args)

    def watched_scores(self: Style, head: Any, x: Any) -> Any:
        judged.append(x)
        return scores(self, head, x)

    monkeypatch.setattr(Style, "fit", watched)
    monkeypatch.setattr(Style, "scores", watched_scores)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # one after the other
    found = learning_curve(plenty, [3], 1, 0, weights_file)
    known = [sum(picture.channel == name for picture in plenty.pictures) for name in KNOWN]
    for point, train, x in zip(found.points, trained, judged, strict=True):
        drawn = train.y < len(KNOWN)
        assert np.bincount(train.y[drawn]).tolist() == list(point.images.values())
        assert len(x) == sum(known) - drawn.sum()
        assert set(train.y[~drawn]) >= {3, 4}, "both background channels, and drawn ones"
        assert not {row.tobytes() for row in np.asarray(train.x)} & {row.tobytes() for row in np.asarray(x)}


def test_a_background_of_its_own_is_learnt_from(
    plenty: Dataset, data: Dataset, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str | None] = []

    def points(recipe: Any, training_set: Any, *args: Any) -> tuple[Point, ...]:
        given.extend(sorted({picture.channel for picture in training_set.pictures} & set(BACKGROUND)))
        return (Point(3, {"ember": 3.0}, (1.0,)),)

    monkeypatch.setattr(learning, "_points", points)
    known = replace(
        plenty,
        channels=plenty.known,
        pictures=tuple(picture for picture in plenty.pictures if picture.channel in KNOWN),
    )
    others = replace(
        data,
        channels=data.background,
        pictures=tuple(picture for picture in data.pictures if picture.channel in BACKGROUND),
    )
    assert learning_curve(known, [3], 1, 0, weights_file, others).background == str(data.root)
    assert given == sorted(BACKGROUND)


def test_where_too_few_videos_are_left_the_curve_is_all_alone(data: Dataset, weights_file: Path) -> None:
    found = learning_curve(data, [5], 1, 0, weights_file)
    assert [point.count for point in found.points] == ["all"]
    reason = ", ".join(f"channel {name!r} has {VIDEOS} videos" for name in KNOWN)
    assert found.left_out == (LeftOut(5, f"{reason}; {5 + HELD_OUT} are needed"),)


# --- Of a run, with and without the prior ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prior_run(plenty: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that started from the prior that is shipped."""
    return training.train(plenty, tmp_path_factory.mktemp("prior") / "run", TrainSettings(folds=2))


def test_a_runs_curve_is_of_the_same_draws_with_the_prior_and_without(
    prior_run: Run, plenty: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: dict[bool, list[bytes]] = {True: [], False: []}

    def score(recipe: Recipe, training_set: TrainingSet, x: Any, layers: Any, drawn: Any, seed: int) -> float:
        assert not any(is_drawn(picture.channel) for picture in training_set.pictures), "the prior has these"
        judged[recipe.prior is not None].append(drawn.tobytes())
        return 0.75 if recipe.prior else 0.5

    monkeypatch.setattr(learning, "RUN_COUNTS", (3, 15))
    monkeypatch.setattr(learning, "RUN_DRAWS", 2)
    monkeypatch.setattr(learning, "_judged", score)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # one after the other
    found = learning_curve_of_run(prior_run, [plenty.root])
    assert found is not None
    assert [(point.count, point.scores, point.alone) for point in found.points] == [
        (count, (0.75, 0.75), (0.5, 0.5)) for count in (3, "all")
    ]
    assert [left.count for left in found.left_out] == [15]
    assert judged[True] == judged[False] and len(set(judged[True])) == 4
    assert found == learning_curve(plenty, (3, 15), 2), "the command says the same"


@pytest.mark.slow
def test_few_pictures_are_learnt_from_with_the_prior_and_without(plenty: Dataset) -> None:
    (point, _) = learning_curve(plenty, (3,), 1).points
    assert all(0.5 < score <= 1 for score in (*point.scores, *point.alone)), "three channels, far apart"


def test_a_run_without_its_pictures_or_its_prior_has_no_curve(
    prior_run: Run, style_run: Run, plenty: Dataset, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*_: Any, **__: Any) -> Curve:
        pytest.fail("nothing is measured")

    def changed(**changes: Any) -> Run:
        return replace(prior_run, description={**prior_run.description, **changes})

    monkeypatch.setattr(learning, "learning_curve", measured)
    prior, settings = prior_run.description["prior"], prior_run.description["settings"]
    for run_of, roots in (
        (style_run, [data.root]),  # without a prior
        (prior_run, []),
        (prior_run, [data.root]),  # other pictures
        (prior_run, [data.root.parent]),  # no dataset
        (changed(prior={**prior, "sha256": "0" * 64}), [plenty.root]),
        (changed(settings={**settings, "augment": "page"}), [plenty.root]),
    ):
        assert learning_curve_of_run(run_of, roots) is None


# --- Messages ----------------------------------------------------------------------------------------------------


def test_a_dataset_that_leaves_nothing_is_an_error(data: Dataset, weights_file: Path) -> None:
    few = [p for name in KNOWN for p in [q for q in data.pictures if q.channel == name and "_hq" not in q.file]]
    moss = [picture for picture in few if picture.channel == "moss"]
    part = replace(data, pictures=tuple(picture for picture in few if picture not in moss[4:]))
    short = len({picture.key for picture in moss[:4]})
    message = (
        f"{data.root}: nothing to measure (channel 'moss' has {short} videos; {FOLDS} are needed); "
        "add pictures of other videos"
    )
    with pytest.raises(DataError, match=exactly(message)):
        learning_curve(part, [5], 1, 0, weights_file)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ("5,x", "--train-sizes 5,x: 'x' is no number of videos; write 5,10"),
        ("", "--train-sizes : '' is no number of videos; write 5,10"),
        ("-5", "--train-sizes -5: '-5' is no number of videos; write 5,10"),
        ("10,2", "--train-sizes 10,2: 2 is too few to learn from; take 3 or more"),
    ],
)
def test_counts_that_make_no_sense_are_named(counts: str, message: str, tmp_path: Path) -> None:
    result = run(tmp_path, f"--train-sizes={counts}")
    assert (result.exit_code, result.stderr) == (2, f"Error: {message}\n")


def test_counts_are_put_in_order() -> None:
    assert learning.parse_counts("20, 5,20") == (5, 20)


def test_the_default_counts_are_the_commands() -> None:
    option = next(option for option in main.commands["learning-curve"].params if option.name == "train_sizes")
    assert learning.parse_counts(str(option.default)) == learning.COUNTS


def test_a_file_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "--out", tmp_path)
    assert result.stderr == f"Error: --out {tmp_path}: is a folder; name a file in it, such as {tmp_path}/curve.json\n"
    result = run(tmp_path / "data", "--out", tmp_path / "none" / "curve.json")
    missing = f"there is no folder {tmp_path / 'none'}; make it, or name another file"
    assert result.stderr == f"Error: --out {tmp_path / 'none' / 'curve.json'}: {missing}\n"


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "curve.json"
    learning.write_curve(curve(Point(8, {"a": 8.0}, (0.5,))), out)
    before = out.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    message = f"{out}: cannot be written (No space left on device); free some space or name another --out"
    with pytest.raises(ThumbprintError, match=exactly(message)):
        learning.write_curve(curve(Point(5, {"a": 5.0}, (0.8,))), out)
    assert [file.name for file in tmp_path.iterdir()] == ["curve.json"]
    assert out.read_bytes() == before
