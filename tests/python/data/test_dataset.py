"""A dataset on disk: written whole or not at all, and trusted only after a look."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import exactly, write_dataset

from backend.data.dataset import Channel, Dataset, LeftOut, Picture, channel_from, load_dataset
from backend.utils.errors import DataError

AGAIN = "import or collect the dataset again"
CORRECT = f"correct it, or {AGAIN}"
FIRST_COLUMNS = ["channel", "file", "key", "sha256", "width", "height", "source"]  # of schema 1
CHANNELS = (
    Channel("made", "Made Up", "@made", "https://www.youtube.com/@made"),
    Channel("других", "Других", role="background"),
)


def contents(*marks: bytes) -> list[tuple[Picture, bytes]]:
    return [
        (
            Picture(
                channel.name, f"images/{channel.name}/{i}.jpg", f"v{i}", hashlib.sha256(mark).hexdigest(), 120, 90, "s"
            ),
            mark,
        )
        for i, mark in enumerate(marks)
        for channel in CHANNELS
    ]


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return write_dataset(tmp_path / "data", CHANNELS, contents(b"one", b"two"))


def edit_description(dataset: Dataset, change: Callable[[Any], object]) -> None:
    path = dataset.root / "dataset.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_manifest(dataset: Dataset, row: int = 0, /, **values: str) -> None:
    path = dataset.root / "manifest.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row].update(values)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_what_is_written_is_what_is_loaded(dataset: Dataset) -> None:
    loaded = load_dataset(dataset.root)
    assert loaded == dataset
    assert [channel.name for channel in loaded.known] == ["made"]
    assert [channel.name for channel in loaded.background] == ["других"]
    assert [loaded.path(picture).read_bytes() for picture in loaded.pictures] == [b"one", b"one", b"two", b"two"]
    assert not loaded.demo


def test_files_have_the_promised_columns(tmp_path: Path) -> None:
    left_out = [LeftOut("made", 'made/a "b", c.jpg', "tiny")]
    write_dataset(tmp_path / "data", CHANNELS, contents(b"one"), left_out=left_out, demo=True)
    manifest = (tmp_path / "data" / "manifest.csv").read_text(encoding="utf-8").splitlines()
    assert manifest[0] == ",".join([*FIRST_COLUMNS, "variant,version,split,position,published"])
    assert manifest[1].startswith("made,images/made/0.jpg,v0,") and manifest[1].endswith(",120,90,s,,1,,,")
    with (tmp_path / "data" / "left-out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"channel": "made", "source": 'made/a "b", c.jpg', "reason": "tiny"}]
    description = json.loads((tmp_path / "data" / "dataset.json").read_text(encoding="utf-8"))
    assert (description["schema"], description["demo"]) == (2, True)
    assert description["channels"][1] == {
        "name": "других",
        "display_name": "Других",
        "handle": "",
        "url": "",
        "role": "background",
    }


def test_a_spreadsheet_may_have_saved_the_manifest(dataset: Dataset) -> None:
    path = dataset.root / "manifest.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_dataset(dataset.root) == dataset


def test_missing_folder_and_plain_folder_name_the_import(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder: run `python -m backend import FOLDER --out"):
        load_dataset(tmp_path / "nowhere")
    message = f"{tmp_path}: not a dataset (no dataset.json): run `python -m backend import {tmp_path} --out DATA`"
    with pytest.raises(DataError, match=re.escape(message)):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(schema=3), "schema 3 is newer than 2, the newest known here: update Thumbprint"),
        (
            lambda d: d.update(schema="1"),
            "not the description of a dataset of schema 2: import or collect the dataset again",
        ),
        (
            lambda d: d.update(demo=None),
            "not the description of a dataset of schema 2: import or collect the dataset again",
        ),
        (
            lambda d: d.update(channels=[]),
            "not the description of a dataset of schema 2: import or collect the dataset again",
        ),
        (lambda d: d.update(channels=["made"]), "channel 1: expected a table of a channel's settings, not 'made'"),
        (lambda d: d["channels"][0].update(role="star"), 'role = \'star\' is neither "known" nor "background"'),
        (lambda d: d["channels"][0].update(role=["known"]), "must be a text in quotes"),
        (lambda d: d["channels"][0].update(colour="red"), "unknown key 'colour': use display_name, handle, url, role"),
        (lambda d: d["channels"][0].pop("name"), "channel 1: name is empty"),
        (lambda d: d["channels"][0].update(url="javascript:alert(1)"), "must begin with https://"),
        (lambda d: d["channels"][1].update(name="made"), "more than one channel is called made"),
    ],
)
def test_a_wrong_description_is_refused(dataset: Dataset, change: Callable[[Any], object], message: str) -> None:
    edit_description(dataset, change)
    with pytest.raises(DataError, match=message):
        load_dataset(dataset.root)


@pytest.mark.parametrize("text", ["{", "[]", "\ufffe"])
def test_a_damaged_description_is_refused(dataset: Dataset, text: str) -> None:
    (dataset.root / "dataset.json").write_bytes(text.encode("utf-16-le"))
    with pytest.raises(DataError, match="import or collect the dataset again"):
        load_dataset(dataset.root)


@pytest.mark.parametrize(
    "file",
    [
        "../outside.jpg",
        "images/../../outside.jpg",
        "images\\..\\..\\outside.jpg",
        "images/made\\..\\..\\..\\outside.jpg",
        "/etc/passwd",
        "C:\\outside.jpg",
        "outside.jpg",
        "images/made/link.jpg",
        "images/\0.jpg",
        "",
    ],
)
def test_files_outside_the_dataset_are_refused(dataset: Dataset, file: str) -> None:
    outside = dataset.root.parent / "outside.jpg"
    outside.write_bytes(b"one")
    (dataset.root / "images" / "made" / "link.jpg").symlink_to(outside)
    edit_manifest(dataset, file=file.replace("\0", "NUL"))  # which Python 3.10 writes into no CSV
    manifest = dataset.root / "manifest.csv"
    manifest.write_bytes(manifest.read_bytes().replace(b"NUL", b"\0"))
    with pytest.raises(DataError, match=r"is not below|cannot be read"):
        load_dataset(dataset.root)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"channel": "nobody"}, f"channel 'nobody' is not in dataset.json: add it there, or {AGAIN}"),
        ({"file": "images/made/gone.jpg"}, f"'images/made/gone.jpg' does not exist: restore it, or {AGAIN}"),
        ({"file": "images/made"}, f"'images/made' does not exist: restore it, or {AGAIN}"),
        ({"width": "-3"}, f"width '-3' is not a number of pixels: {CORRECT}"),
        ({"height": "0"}, f"height '0' is not a number of pixels: {CORRECT}"),
        ({"sha256": "abc"}, f"sha256 'abc' is not a SHA-256 checksum: {CORRECT}"),
        ({"version": "0"}, f"version '0' is not a whole number from 1 on: {CORRECT}"),
        ({"version": "second"}, f"version 'second' is not a whole number from 1 on: {CORRECT}"),
        ({"position": "-1"}, f"position '-1' is not a whole number, or empty: {CORRECT}"),
        ({"position": "1.5"}, f"position '1.5' is not a whole number, or empty: {CORRECT}"),
        ({"split": "tset"}, f"split 'tset' is none of train, test, spare: {CORRECT}"),
    ],
)
def test_a_wrong_line_of_the_manifest_is_named(dataset: Dataset, values: dict[str, str], message: str) -> None:
    edit_manifest(dataset, **values)
    with pytest.raises(DataError, match=exactly(f"{dataset.root / 'manifest.csv'}, line 2: {message}")):
        load_dataset(dataset.root)


def test_a_file_that_is_listed_twice_is_named(dataset: Dataset) -> None:
    edit_manifest(dataset, file="images/made/1.jpg")
    message = f"{dataset.root / 'manifest.csv'}, line 4: 'images/made/1.jpg' is listed twice: remove one of the lines"
    with pytest.raises(DataError, match=exactly(message)):
        load_dataset(dataset.root)


@pytest.mark.parametrize("split", ["", "train", "spare"])
def test_a_video_has_one_split(dataset: Dataset, split: str) -> None:
    edit_manifest(dataset, key="v1", split="test", version="2")  # of line 4's video
    edit_manifest(dataset, 2, split=split)
    message = (
        f"{dataset.root / 'manifest.csv'}, line 4: video 'v1' has split {split!r} here and 'test' in line 2: "
        "give both the same"
    )
    with pytest.raises(DataError, match=exactly(message)):
        load_dataset(dataset.root)
    edit_manifest(dataset, 2, split="test")
    edit_manifest(dataset, 3, split="train")  # the same id in another channel is another video
    assert [picture.split for picture in load_dataset(dataset.root).pictures] == ["test", "", "test", "train"]


def test_what_a_collection_knows_is_read(dataset: Dataset) -> None:
    known = {"variant": "hq", "version": "2", "split": "test", "position": "0", "published": "2026-11-01"}
    edit_manifest(dataset, **known)
    first, *others = load_dataset(dataset.root).pictures
    assert first == replace(
        dataset.pictures[0], variant="hq", version=2, split="test", position=0, published="2026-11-01"
    )
    assert others == list(dataset.pictures[1:])


def test_the_first_schema_is_read(dataset: Dataset) -> None:
    edit_description(dataset, lambda content: content.update(schema=1))
    path = dataset.root / "manifest.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [line[: len(FIRST_COLUMNS)] for line in csv.reader(file)]
    assert rows[0] == FIRST_COLUMNS
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert load_dataset(dataset.root) == dataset
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([*rows[1], "hq"])
    with pytest.raises(DataError, match=exactly(f"{path}, line 6: 8 values for 7 columns: {CORRECT}")):
        load_dataset(dataset.root)


def test_missing_columns_and_values_are_named(dataset: Dataset) -> None:
    path = dataset.root / "manifest.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "made,images/made/9.jpg\n", encoding="utf-8")
    with pytest.raises(DataError, match=exactly(f"{path}, line 6: 2 values for 12 columns: {CORRECT}")):
        load_dataset(dataset.root)
    path.write_text("file,channel\n", encoding="utf-8")
    with pytest.raises(DataError, match="the columns must be channel,file,key,sha256,width,height,source"):
        load_dataset(dataset.root)
    path.unlink()
    with pytest.raises(DataError, match=r"manifest\.csv: cannot be read"):
        load_dataset(dataset.root)


def test_an_existing_dataset_is_kept_without_force_and_replaced_with_it(dataset: Dataset) -> None:
    before = files(dataset.root)
    with pytest.raises(DataError, match=re.escape(f"{dataset.root}: exists already: add --force")) as error:
        write_dataset(dataset.root, CHANNELS, contents(b"three"))
    assert "choose another --out" in str(error.value)
    assert files(dataset.root) == before
    new = write_dataset(dataset.root, CHANNELS, contents(b"three"), force=True)
    assert load_dataset(dataset.root) == new
    assert "images/made/1.jpg" not in files(dataset.root)


@pytest.mark.parametrize("force", [False, True])
def test_what_is_not_a_dataset_is_never_replaced(tmp_path: Path, force: bool) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"exists and is not a dataset \(no dataset.json\), so not even --force"):
        write_dataset(tmp_path / "holiday", CHANNELS, contents(b"one"), force=force)
    with pytest.raises(DataError, match=r"is a file: choose another --out"):
        write_dataset(tmp_path / "holiday" / "beach.jpg", CHANNELS, contents(b"one"), force=force)
    assert files(tmp_path) == {"holiday/beach.jpg": b"mine"}


def test_an_empty_folder_may_be_used_and_parents_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "a" / "b" / "data"):
        written = write_dataset(out, CHANNELS, contents(b"one"))
        assert load_dataset(out) == written


def failing(error: BaseException) -> Iterator[tuple[Picture, bytes]]:
    yield contents(b"new")[0]
    raise error


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (DataError("gone"), DataError),
        (OSError(28, "No space left on device"), DataError),
    ],
)
def test_a_failure_midway_leaves_the_old_dataset_and_nothing_else(
    dataset: Dataset, raised: BaseException, seen: type[BaseException]
) -> None:
    before = files(dataset.root.parent)
    with pytest.raises(seen):
        write_dataset(dataset.root, CHANNELS, failing(raised), force=True)
    assert files(dataset.root.parent) == before
    assert [path.name for path in dataset.root.parent.iterdir()] == ["data"]
    with pytest.raises(seen):
        write_dataset(dataset.root.parent / "fresh", CHANNELS, failing(raised))
    assert [path.name for path in dataset.root.parent.iterdir()] == ["data"]


def test_a_failing_rename_brings_the_old_dataset_back(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(dataset.root.parent)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(DataError, match="cannot be written"):
        write_dataset(dataset.root, CHANNELS, contents(b"three"), force=True)
    assert files(dataset.root.parent) == before


def test_leftovers_of_a_killed_import_are_cleared(dataset: Dataset) -> None:
    parent = dataset.root.parent
    for name in (".data.partial/new", ".data.partial/gone", ".data.mine", ".other.partial/new"):
        (parent / name / "images").mkdir(parents=True)
    write_dataset(dataset.root, CHANNELS, contents(b"three"), force=True)
    assert sorted(path.name for path in parent.iterdir()) == [".data.mine", ".other.partial", "data"]


def test_a_dataset_lost_between_two_renames_comes_back(dataset: Dataset) -> None:
    before = files(dataset.root)
    hidden = dataset.root.with_name(".data.partial")
    hidden.mkdir()
    dataset.root.rename(hidden / "old")
    with pytest.raises(DataError, match="exists already: add --force"):
        write_dataset(dataset.root, CHANNELS, contents(b"three"))
    assert files(dataset.root) == before
    assert not hidden.exists()


def test_a_link_to_the_dataset_stays_a_link(dataset: Dataset, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(dataset.root, target_is_directory=True)
    write_dataset(link, CHANNELS, contents(b"three"), force=True)
    assert link.is_symlink()
    assert load_dataset(dataset.root).path(load_dataset(link).pictures[0]).read_bytes() == b"three"


BOUNDS = json.loads((Path(__file__).parents[2] / "fixtures" / "channel_bounds.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", BOUNDS, ids=lambda case: case["what"])
def test_a_channel_is_refused_here_where_the_extension_would_refuse_it(case: dict[str, Any]) -> None:
    if case["ok"]:
        assert channel_from(case["channel"], "channels.toml").name == case["channel"]["name"]
        return
    with pytest.raises(DataError) as refused:
        channel_from(case["channel"], "channels.toml")
    message = str(refused.value)
    assert message.startswith("channels.toml: ") and "\n" not in message and len(message) < 200
