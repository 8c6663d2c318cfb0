"""The audit: what is planted in a dataset is found and named, and nothing is said of a dataset without a fault."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import BACKGROUND, KNOWN, draw, encode, with_bars, write_dataset
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from backend.cli.main import main
from backend.data.dataset import Channel, Dataset, Picture
from backend.data.images import decode
from backend.data.settings import TrainSettings
from backend.evaluation.audit.audit import audit
from backend.evaluation.audit.findings import Audit, BrokenFile, Imbalance, NearDuplicate, OddShape, SuspectLabel
from backend.evaluation.audit.label_issues import find_label_issues
from backend.evaluation.audit.source_bias import Labels, SourceBias, find_source_biases, traces
from backend.utils.errors import WeightsError

SETTINGS = TrainSettings(folds=3)

Item = tuple[str, str, bytes]  # channel, key, the file's bytes


def picture(channel: str, key: str, data: bytes) -> Picture:
    height, width = decode(data).shape[:2]
    name = f"images/{channel}/{key}-{hashlib.sha256(data).hexdigest()[:4]}.jpg"
    return Picture(channel, name, key, hashlib.sha256(data).hexdigest(), width, height, "")


def make(root: Path, items: Iterable[Item], background: Sequence[str] = ()) -> Dataset:
    """Write a dataset of pictures."""
    contents = [(picture(channel, key, data), data) for channel, key, data in items]
    names = dict.fromkeys(shown.channel for shown, _ in contents)
    channels = [Channel(name, name, role="background" if name in background else "known") for name in names]
    return write_dataset(root, channels, contents)


def drawn(channel: str, count: int, size: tuple[int, int] = (160, 90), start: int = 0) -> list[Item]:
    images = ((number, draw(channel, number, size)) for number in range(start, start + count))
    return [(channel, f"video{number}", encode(image, "JPEG", quality=90)) for number, image in images]


def found(audited: Audit, name: str) -> Sequence[object]:
    """Return the findings of a check."""
    return next(check.findings for check in audited.checks if check.name == name)


def text(audited: Audit) -> str:
    return "\n".join(audited.lines())


def branded(channel: str, number: int) -> Item:
    """Draw a picture with a mark that even a network with random weights knows again; the background has none."""
    image = draw(channel, number)
    y, x = np.mgrid[0:80, 0:60]
    marks = {"ember": np.full((80, 60), True), "fjord": x // 4 % 2 == 0, "moss": (x // 4 + y // 4) % 2 == 0}
    if channel in marks:
        image.paste(Image.fromarray(marks[channel].astype(np.uint8) * 255), (5, 5))
    return channel, f"video{number}", encode(image, "JPEG", quality=90)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep linear algebra on small matrices from waiting for a busy machine's other cores."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three channels and two of the background, all of one size, without a fault."""
    items = [branded(channel, number) for channel in KNOWN for number in range(24)]
    items += [branded(channel, number) for channel in BACKGROUND for number in range(16)]
    return make(tmp_path_factory.mktemp("clean") / "data", items, BACKGROUND)


@pytest.fixture
def single(tmp_path: Path) -> Dataset:
    """One channel: its labels cannot be judged, and the network is not needed."""
    return make(tmp_path / "single", drawn("moss", 16))


# --- Files ------------------------------------------------------------------------------------------------------------


def test_files_that_cannot_be_used_are_named_and_left_out_of_the_rest(single: Dataset) -> None:
    changed, cut, gone = (single.path(shown) for shown in single.pictures[:3])
    changed.write_bytes(single.path(single.pictures[3]).read_bytes())  # would else be a copy of the fourth
    cut.write_bytes(cut.read_bytes()[:-700])
    gone.unlink()
    audited = audit(single, SETTINGS)
    broken = [item for item in found(audited, "files") if isinstance(item, BrokenFile)]
    assert [item.file for item in broken] == [str(changed), str(cut), str(gone)]
    assert broken[0].problem == "changed since the import (another SHA-256)"
    assert broken[1].problem.startswith("damaged picture (")
    assert broken[2].problem == "cannot be read (No such file or directory)"
    assert audited.images == {"moss": 13}
    assert found(audited, "duplicates_within") == ()
    assert f"Files missing, unreadable or changed: 3\n  {changed}: changed since the import" in text(audited)


def test_damage_in_the_other_dataset_is_named_too(single: Dataset, tmp_path: Path) -> None:
    other = make(tmp_path / "test", drawn("moss", 3, start=50))
    other.path(other.pictures[1]).write_bytes(b"no picture")
    broken = found(audit(single, SETTINGS, against=other), "files")
    path = str(other.path(other.pictures[1]))
    assert broken == (BrokenFile(path, "moss", "not a JPEG, PNG or WebP picture"),)


# --- Near-duplicates --------------------------------------------------------------------------------------------------


def copies(channel: str, number: int) -> bytes:
    """A copy of a drawn picture: smaller, between bars, encoded again."""
    return encode(with_bars(draw(channel, number).resize((120, 68))), "JPEG", quality=70)


def test_near_duplicates_are_named(tmp_path: Path) -> None:
    items = [*drawn("moss", 16), *drawn("fjord", 16)]
    items += [("moss", "again", copies("moss", 2)), ("moss", "video5", copies("moss", 5))]
    items += [("fjord", "stolen", copies("moss", 7))]
    data = make(tmp_path / "data", [*items, *drawn("ember", 2)], ["fjord", "ember"])
    other = make(tmp_path / "test", [*drawn("moss", 4, start=60), ("street", "x", copies("fjord", 9))])
    audited = audit(data, SETTINGS, against=other)

    def pairs(name: str) -> list[tuple[str, str, str, str]]:
        named = [item for item in found(audited, name) if isinstance(item, NearDuplicate)]
        assert all(0.7 <= item.similarity <= 1 for item in named)
        keys = {str(owner.path(shown)): shown.key for owner in (data, other) for shown in owner.pictures}
        return [(item.channel, keys[item.file], item.other_channel, keys[item.other_file]) for item in named]

    assert pairs("duplicates_within") == [("moss", "video2", "moss", "again")], "versions of one video are no finding"
    assert pairs("duplicates_across") == [("moss", "video7", "fjord", "stolen")]
    assert pairs("duplicates_against") == [("fjord", "video9", "street", "x")]
    assert "A picture can only be of one channel: remove it from the others." in text(audited)
    assert "give them one key in manifest.csv" in text(audited)
    assert "figures on pictures that were trained on flatter the model" in text(audited)


def test_without_another_dataset_nothing_is_said_of_it(single: Dataset) -> None:
    audited = audit(single, SETTINGS)
    assert "duplicates_against" not in [check.name for check in audited.checks]
    assert "two datasets" not in text(audited)


# --- Shapes -----------------------------------------------------------------------------------------------------------


def sized(channel: str, sizes: Iterable[tuple[int, int]]) -> list[Item]:
    """Pictures of given sizes, none like another."""
    return [
        (channel, f"video{number}", encode(draw(channel, number, size), "JPEG", quality=90))
        for number, size in enumerate(sizes)
    ]


def odd(items: Iterable[Item], root: Path) -> list[tuple[str, int, int, str]]:
    shapes = found(audit(make(root, items, ["fjord", "ember"]), SETTINGS), "shapes")
    return [(item.channel, item.width, item.height, item.unlike) for item in shapes if isinstance(item, OddShape)]


def test_single_pictures_of_another_size_or_shape_are_named(tmp_path: Path) -> None:
    sizes = [(320, 180)] * 20 + [(320, 240), (640, 360)]
    assert odd(sized("moss", sizes), tmp_path / "data") == [
        ("moss", 320, 240, "channel"),
        ("moss", 640, 360, "channel"),
    ]


def test_bars_are_no_shape(tmp_path: Path) -> None:
    barred = [("moss", "barred", encode(with_bars(draw("moss", 99, (320, 180))), "JPEG", quality=90))]
    assert odd([*sized("moss", [(320, 180)] * 20), *barred], tmp_path / "data") == []


def test_a_channel_unlike_all_the_others_is_named_whole(tmp_path: Path) -> None:
    items = [*sized("moss", [(160, 90)] * 40), *sized("fjord", [(320, 180)] * 3)]
    assert odd(items, tmp_path / "data") == [("fjord", 320, 180, "dataset")] * 3


def test_where_sizes_are_mixed_none_is_odd(tmp_path: Path) -> None:
    assert odd(sized("moss", [(160, 90), (320, 180), (160, 90)] * 6), tmp_path / "data") == []


def test_the_text_says_what_is_usual(tmp_path: Path) -> None:
    data = make(tmp_path / "data", sized("moss", [(160, 90)] * 15 + [(160, 160)]))
    path = data.path(data.pictures[-1])
    assert f"  {path}: 160x160; usual in the channel is 160x90" in text(audit(data, SETTINGS))


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_channels_with_few_pictures_are_named(tmp_path: Path) -> None:
    counts = {"moss": 46, "fjord": 15, "ember": 14, "street": 16, "carnival": 4}
    items = [item for channel, count in counts.items() for item in drawn(channel, count, (112, 63))]
    audited = audit(make(tmp_path / "data", items, ["carnival"]), TrainSettings(folds=40))
    assert found(audited, "balance") == (Imbalance("fjord", 15, 46), Imbalance("ember", 14, 46))
    assert "  fjord: 15 images; the largest channel has 46" in text(audited)
    assert audited.images == counts


def test_labels_that_cannot_be_judged_are_no_error(single: Dataset) -> None:
    audited = audit(single, SETTINGS)
    reason = f"{single.root}: 1 known channel; at least 2 are needed to tell them apart"
    assert audited.not_judged == reason
    assert (audited.count, audited.biases) == (0, ())
    assert text(audited).splitlines()[-2:] == [f"Labels and sources were not judged: {reason}", "No findings"]
    assert audited.to_json()["not_judged"] == reason


# --- Labels: confident learning on made-up probabilities --------------------------------------------------------------


def made_up(seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Labels and out-of-fold probabilities of 300 pictures of three classes, 10 of them labelled wrongly.

    The model is less sure of the last class, as of a channel that has two styles.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 300)
    logits = rng.normal(0, 1, (300, 3))
    logits[np.arange(300), truth] += np.array([5.0, 5.0, 2.5])[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = rng.choice(300, 10, replace=False)
    labels = truth.copy()
    labels[wrong] = (labels[wrong] + rng.integers(1, 3, 10)) % 3
    return labels, probabilities, wrong


@pytest.mark.parametrize("seed", range(5))
def test_planted_labels_are_among_the_first_named(seed: int) -> None:
    labels, probabilities, wrong = made_up(seed)
    named = find_label_issues(labels, probabilities, 3)
    assert len({item.row for item in named[:20]} & {*wrong.tolist()}) >= 8
    assert len(named) <= 30
    assert [item.margin for item in named] == sorted(item.margin for item in named)


def two(*rows: float) -> NDArray[np.float64]:
    """Probabilities of two channels by that of the first; 'none of these' takes half of everything."""
    first = np.array(rows)
    return np.column_stack([first / 2, (1 - first) / 2, np.full(len(first), 0.5)])


def test_a_row_is_named_with_its_class_and_margin() -> None:
    (named,) = find_label_issues(np.array([0, 0, 0, 1, 1, 1]), two(0.9, 0.8, 0.05, 0.1, 0.2, 0.3), 2)
    assert (named.row, named.suggested) == (2, 1)
    assert named.margin == pytest.approx(-0.9)
    assert named.probabilities == pytest.approx((0.05, 0.95)), "between channels, none of these is no answer"


def test_what_the_model_is_never_sure_of_is_not_emptied() -> None:
    """Channel 0 is always predicted as channel 1, but never as surely as channel 1 itself."""
    assert find_label_issues(np.array([0] * 5 + [1] * 5), two(*[0.4] * 5, *[0.05] * 5), 2) == []


def test_a_channel_that_the_model_is_never_sure_of_can_be_suggested() -> None:
    """Channel 0 gets 0.4 from its own pictures, so 0.45 for a picture of channel 1 is confident."""
    found = find_label_issues(np.array([0] * 5 + [1] * 6), two(*[0.4] * 5, *[0.02] * 5, 0.45), 2)
    assert [(item.row, item.suggested) for item in found] == [(10, 0)]


def test_a_clear_contradiction_is_named_where_the_model_is_always_surer() -> None:
    labels = np.array([0] * 5 + [1] * 6)
    found = find_label_issues(labels, two(*[0.99] * 5, *[0.01] * 5, 0.9), 2)
    assert [(item.row, item.suggested) for item in found] == [(10, 0)]
    assert find_label_issues(labels, two(*[0.99] * 5, *[0.01] * 5, 0.6), 2) == []


def test_what_is_none_of_these_is_asked_apart() -> None:
    """A channel's picture that is surely none of these, the other way round, and one that is usual for its channel."""
    usual, none = [[0.5, 0.1, 0.4], [0.1, 0.5, 0.4]], [0.02, 0.02, 0.96]
    labels = np.array([0] * 6 + [1] * 6 + [2] * 6)
    probabilities = np.array([usual[0]] * 5 + [[0.01, 0.01, 0.98]] + [usual[1]] * 6 + [none] * 5 + [[0.02, 0.7, 0.28]])
    found = {item.row: item for item in find_label_issues(labels, probabilities, 2)}
    assert {row: item.suggested for row, item in found.items()} == {5: 2, 17: 1}
    assert found[17].probabilities == pytest.approx((0.02, 0.7, 0.28))


def test_an_empty_softmax_is_no_division_by_zero() -> None:
    labels = np.array([0, 0, 1, 1])
    assert find_label_issues(labels, np.array([[0.0, 0.0, 1.0]] + [[0.9, 0.1, 0.0]] + [[0.1, 0.9, 0.0]] * 2), 2) == []


# --- Labels: the whole way from files --------------------------------------------------------------------------------


def planted(data: Dataset, count: int, seed: int) -> tuple[Dataset, set[str]]:
    """Give pictures of known channels the label of another one; return their files too."""
    rng = np.random.default_rng(seed)
    names = [channel.name for channel in data.known]
    pictures = list(data.pictures)
    rows = [row for row, shown in enumerate(pictures) if shown.channel in names]
    chosen = rng.choice(rows, count, replace=False)
    for row in chosen:
        others = [name for name in names if name != pictures[row].channel]
        pictures[row] = replace(pictures[row], channel=str(rng.choice(others)))
    return replace(data, pictures=tuple(pictures)), {str(data.path(pictures[row])) for row in chosen}


def named_first(audited: Audit, count: int = 20) -> list[SuspectLabel]:
    return [item for item in found(audited, "labels")[:count] if isinstance(item, SuspectLabel)]


@pytest.fixture(scope="module")
def mislabelled(clean: Dataset, weights_file: Path) -> tuple[Audit, set[str], str]:
    """An audit of wrong labels: ten between channels, whose files come second, and one in the background."""
    data, wrong = planted(clean, 10, seed=0)
    pictures = list(data.pictures)
    rows = range(len(pictures))
    row = next(i for i in rows if pictures[i].channel == "fjord" and str(data.path(pictures[i])) not in wrong)
    pictures[row] = replace(pictures[row], channel="street")
    hidden = str(data.path(pictures[row]))
    return audit(replace(data, pictures=tuple(pictures)), SETTINGS, weights_file), wrong, hidden


@pytest.mark.slow
def test_planted_wrong_labels_are_named_worst_first(mislabelled: tuple[Audit, set[str], str]) -> None:
    audited, wrong, _ = mislabelled
    named = named_first(audited)
    assert len({item.file for item in named} & wrong) >= 8
    assert [item.margin for item in named] == sorted(item.margin for item in named)
    first = named[0]
    assert {*KNOWN} <= set(first.probabilities) <= {*KNOWN, "none of these"}
    assert sum(first.probabilities.values()) == pytest.approx(1, abs=0.001)
    own, other = first.probabilities[first.given], first.probabilities[first.suggested]
    assert own < other
    assert f"  {first.file}: {first.channel} ({own:.0%})? looks like {first.suggested} ({other:.0%})" in text(audited)
    assert "move it to the channel whose it is and import again" in text(audited)


@pytest.mark.slow
def test_a_known_channels_picture_in_the_background_is_named(mislabelled: tuple[Audit, set[str], str]) -> None:
    audited, _, hidden = mislabelled
    named = [(item.file, item.channel, item.given, item.suggested) for item in named_first(audited)]
    assert (hidden, "street", "none of these", "fjord") in named


# --- Sources ----------------------------------------------------------------------------------------------------------

Encode = Callable[[str, int, Image.Image], bytes]
PER_CHANNEL = 30


def as_is(channel: str, number: int, image: Image.Image) -> bytes:
    """Encode at one size and quality."""
    return encode(image, "JPEG", quality=85)


def judged(make_file: Encode) -> tuple[SourceBias, SourceBias]:
    """Judge size and blur of three channels of one style, 320x180, that `make_file` encodes."""
    measured = []
    for first, channel in enumerate(KNOWN):
        for number in range(PER_CHANNEL):
            data = make_file(channel, number, draw("moss", PER_CHANNEL * first + number, (320, 180)))
            measured.append(traces(data, decode(data)))
    rows = np.arange(len(measured))
    return find_source_biases(measured, Labels(KNOWN, rows // PER_CHANNEL, rows % 5, rows))


def test_one_source_for_all_is_no_confound() -> None:
    size, blur = judged(as_is)
    assert (size.warns, blur.warns) == (False, False)
    assert size.balanced_accuracy == size.chance == pytest.approx(1 / 3)


def test_sizes_that_are_mixed_evenly_are_no_confound() -> None:
    def mixed(channel: str, number: int, image: Image.Image) -> bytes:
        rng = np.random.default_rng([len(channel), number])
        width = int(rng.choice([168, 320, 480, 640]))
        return encode(image.resize((width, width * 9 // 16)), "JPEG", quality=int(rng.integers(60, 95)))

    size, blur = judged(mixed)
    assert (size.warns, blur.warns) == (False, False)
    assert size.low <= size.chance <= size.high + 0.1


def test_a_channel_of_another_size_is_a_confound() -> None:
    def larger(channel: str, number: int, image: Image.Image) -> bytes:
        return as_is(channel, number, image.resize((480, 270)) if channel == "moss" else image)

    size, _ = judged(larger)
    assert size.warns
    assert size.recall["moss"] == 1
    assert size.line().startswith(f"size alone tells {size.balanced_accuracy:.0%} of the pictures (95% interval ")
    assert "; chance 33%): ember 320x180, JPEG quantisation 1" in size.line()
    assert "; moss 480x270, JPEG quantisation 1" in size.line()


def test_a_channel_of_another_jpeg_quality_is_a_confound() -> None:
    size, _ = judged(lambda channel, _, image: encode(image, "JPEG", quality=60 if channel == "moss" else 85))
    assert size.warns


@pytest.mark.slow
@pytest.mark.parametrize("channels", [("moss",), ("moss", "ember")])
@pytest.mark.parametrize("width", [160, 240])
def test_a_channel_that_was_scaled_up_is_a_confound_though_its_size_is_the_same(
    channels: tuple[str, ...], width: int
) -> None:
    def softer(channel: str, number: int, image: Image.Image) -> bytes:
        small = image.resize((width, width * 9 // 16)) if channel in channels else image
        return as_is(channel, number, small.resize((320, 180), Image.Resampling.BICUBIC))

    size, blur = judged(softer)
    assert not size.warns
    assert blur.warns
    assert blur.blur is not None
    assert len({*blur.blur.pair} & {*channels}) == 1, "one of the two is softer"
    assert blur.blur.reduced_accuracy < blur.balanced_accuracy
    pair = " and ".join(blur.blur.pair)
    assert f"most of all {pair} ({blur.blur.apart:.1f} standard deviations apart, reduced " in blur.line()


def test_style_that_is_sharper_is_no_confound() -> None:
    """What sets channels apart in reduced pictures as well is not of their sources."""
    measured = []
    for channel in KNOWN:
        files = [as_is(channel, number, draw(channel, number, (320, 180))) for number in range(PER_CHANNEL)]
        measured += [traces(data, decode(data)) for data in files]
    rows = np.arange(len(measured))
    _, blur = find_source_biases(measured, Labels(KNOWN, rows // PER_CHANNEL, rows % 5, rows))
    assert blur.low > 0.8, "these styles differ in sharpness"
    assert not blur.warns


def test_versions_of_one_video_widen_the_interval() -> None:
    """Fifteen versions of a video are not fifteen times the evidence."""
    measured = [traces(data, decode(data)) for data in (as_is("", 0, draw("moss", n)) for n in range(90))]
    # In each class the even ones can be told by their size, the odd ones not at all.
    labels, told = np.repeat([0, 1, 2], PER_CHANNEL), np.arange(90) % 2 == 0
    sizes = [
        (float(label), 0.0, 0.0, 0.0) if even else (9.0, 0.0, 0.0, 0.0)
        for label, even in zip(labels, told, strict=True)
    ]
    measured = [replace(item, size=size) for item, size in zip(measured, sizes, strict=True)]
    folds = np.arange(90) // 2 % 5
    alone, _ = find_source_biases(measured, Labels(KNOWN, labels, folds, np.arange(90)))
    versions, _ = find_source_biases(measured, Labels(KNOWN, labels, folds, 2 * labels + told))
    assert versions.balanced_accuracy == alone.balanced_accuracy
    assert versions.high - versions.low > 2 * (alone.high - alone.low)


# --- The command ------------------------------------------------------------------------------------------------------


def run(*arguments: str | int | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_dataset_without_a_fault_says_so(clean: Dataset, weights_file: Path) -> None:
    code, out, _ = run("audit", clean.root, "--weights", weights_file, "--folds", 3)
    assert code == 0
    lines = out.splitlines()
    counts = ", ".join([*(f"{name} 24" for name in KNOWN), *(f"{name} 16" for name in BACKGROUND)])
    assert lines[0] == f"{clean.root}: 104 images ({counts})"
    assert lines[1] == "Files missing, unreadable or changed: none"
    assert sum(line.endswith(": none") for line in lines) == 7, out
    assert lines[-1] == "No findings"
    assert "Figures: size alone tells" in out and "Figures: blur alone tells" in out


def test_everything_is_in_the_json(clean: Dataset, weights_file: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "test", [branded("moss", number) for number in range(30)])
    code, out, _ = run("audit", clean.root, "--weights", weights_file, "--folds", 3, "--against", other.root, "--json")
    assert code == 0, "findings are no errors"
    said = json.loads(out)
    assert (said["schema"], said["data"], said["against"]) == (1, str(clean.root), str(other.root))
    assert said["settings"] == {"recipe": "style", "folds": 3, "seed": 0}
    assert said["images"]["moss"] == 24
    assert [*said["checks"]] == [
        "files",
        "duplicates_within",
        "duplicates_across",
        "duplicates_against",
        "shapes",
        "balance",
        "labels",
        "sources",
    ]
    shared = said["checks"]["duplicates_against"]
    assert said["count"] == shared["count"] == len(shared["findings"]) == 24, "JSON names all, the text 20"
    assert {*shared} == {"title", "advice", "count", "findings"}
    assert {*shared["findings"][0]} == {"file", "channel", "other_file", "other_channel", "similarity"}
    assert {*said["confounds"]} == {"size", "blur"}
    assert said["confounds"]["size"]["warns"] is False
    assert said["confounds"]["blur"]["chance"] == 0.25
    assert said["not_judged"] is None


def test_long_lists_are_cut_short_in_the_text(tmp_path: Path) -> None:
    many = make(tmp_path / "many", drawn("moss", 40))
    for shown in many.pictures[:25]:
        many.path(shown).write_bytes(b"")
    lines = [*audit(many, SETTINGS).lines()]
    start = lines.index("Files missing, unreadable or changed: 25")
    assert all(line.endswith(": not a JPEG, PNG or WebP picture") for line in lines[start + 1 : start + 21])
    assert lines[start + 21] == "  and 5 more; --json names all"
    assert lines[start + 22].startswith("  -> Restore them")
    assert lines[-1] == "25 findings"


def test_what_is_no_dataset_is_an_error(tmp_path: Path) -> None:
    code, out, err = run("audit", tmp_path / "nothing")
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {tmp_path / 'nothing'}: no such folder")


def test_missing_weights_are_an_error(clean: Dataset, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weights file"):
        audit(clean, SETTINGS, tmp_path / "none.h5")
