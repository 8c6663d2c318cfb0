"""A dataset of thumbnails on disk: its channels, its pictures, and the manifest that ties them together.

A dataset is a folder with `dataset.json` (the channels), `manifest.csv` (a line a picture), `left-out.csv` (what the
import could not use, and why) and `images/CHANNEL/`. It appears whole or not at all.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PureWindowsPath
from typing import Any, Literal, cast

from backend.utils.errors import DataError
from backend.utils.program import command
from backend.utils.reading import parse_json, read_file, reason_of
from backend.utils.tables import table_reader

SCHEMA = 2
READ = (1, 2)  # schemas; the first had no columns beyond `source`
DESCRIPTION, MANIFEST, LEFT_OUT = "dataset.json", "manifest.csv", "left-out.csv"
COLLECTION = "collection.sqlite3"  # in a dataset that was collected: what the next collection goes on from

MAX_LETTERS = {"name": 100, "display_name": 200, "handle": 100, "url": 500}
MAX_SHOWN = 60  # letters of what is wrong, in the message that says so
LONGEST_SHOWN = 300  # the same of what has no bounds of its own
# No line breaks, nothing that turns the direction of what follows, no half of a letter.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)

Split = Literal["", "train", "test", "spare"]
SPLITS: tuple[Split, ...] = ("", "train", "test", "spare")
LEARNT: tuple[Split, ...] = ("", "train")
TESTED: Split = "test"
RULE_NUMBERS = ("newest", "test_next")
AGAIN = "import or collect the dataset again"
Role = Literal["known", "background"]
ROLES: tuple[Role, ...] = ("known", "background")


@dataclass(frozen=True)
class Channel:
    """A channel: `name` is the label, `display_name` what people read.

    A `known` channel is one to recognise; `background` channels only show the model what "none of these" looks like.
    """

    name: str
    display_name: str
    handle: str = ""
    url: str = ""
    role: Role = "known"


@dataclass(frozen=True)
class Picture:
    """A line of the manifest; the field names are the columns.

    `file` is relative to the dataset, with `/`; `key` is the same for all versions of one video's thumbnail in a
    channel; width and height are in pixels, of the upright picture; `source` says where the picture came from.

    What a collection knows beside these: `variant` is the size that YouTube serves, such as "hq"; `version` tells
    thumbnails apart that a video had one after the other; `split` keeps pictures for a test ("test"), or out of
    everything ("spare"); `position` counts a channel's videos from the newest on; `published` is a day, YYYY-MM-DD, as
    near as a listing tells. Sizes of one version are one picture: the first of them is learnt from, the others lend
    their looks.
    """

    channel: str
    file: str
    key: str
    sha256: str
    width: int
    height: int
    source: str
    variant: str = ""
    version: int = 1
    split: Split = ""
    position: int | None = None
    published: str = ""


COLUMNS = tuple(field.name for field in fields(Picture))
FIRST_COLUMNS = COLUMNS.index("source") + 1  # of schema 1
NUMBERS = ("width", "height", "version", "position")
FORMS = {  # of the manifest's values
    "width": (r"[1-9][0-9]{0,5}", "a number of pixels"),
    "height": (r"[1-9][0-9]{0,5}", "a number of pixels"),
    "sha256": (r"[0-9a-f]{64}", "a SHA-256 checksum"),
    "version": (r"([1-9][0-9]{0,6})?", "a whole number from 1 on"),
    "position": (r"[0-9]{0,7}", "a whole number, or empty"),
}


@dataclass(frozen=True)
class LeftOut:
    """A file that did not become a picture, and why; `channel` is empty for files outside the channels' folders."""

    channel: str
    source: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A dataset in memory, pictures in the order of the manifest; `demo` marks made-up channels.

    rule: how a collection keeps pictures for a test, as it wrote it down: its `kind`, and numbers of videos.
    """

    root: Path
    channels: tuple[Channel, ...]
    pictures: tuple[Picture, ...]
    demo: bool = False
    rule: Mapping[str, Any] | None = None

    @property
    def known(self) -> tuple[Channel, ...]:
        """The channels to recognise, in the order of `dataset.json`."""
        return tuple(channel for channel in self.channels if channel.role == "known")

    @property
    def background(self) -> tuple[Channel, ...]:
        """The channels that stand for everything else."""
        return tuple(channel for channel in self.channels if channel.role == "background")

    def path(self, picture: Picture) -> Path:
        """Where the file of a picture is."""
        return self.root / picture.file

    def checksums(self, channels: Container[str]) -> set[str]:
        """The checksums of all files of some channels, whatever they are kept for."""
        return {picture.sha256 for picture in self.pictures if picture.channel in channels}

    def part(self, *splits: Split) -> Dataset:
        """The same dataset with the pictures of some splits alone; a picture that was never split is of split ""."""
        return replace(self, pictures=tuple(picture for picture in self.pictures if picture.split in splits))


def load_dataset(root: Path) -> Dataset:
    """Read a dataset and check that its manifest is whole and that every file is there, below `root`.

    Raises DataError for a missing folder, one that is not a dataset, another schema or a damaged manifest.
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder: run `{command(f'import FOLDER --out {root}')}` to make it")
    if not (root / DESCRIPTION).is_file():
        raise DataError(
            f"{root}: not a dataset (no {DESCRIPTION}): run `{command(f'import {root} --out DATA')}` and use DATA"
        )
    described = _read_description(root)
    pictures = tuple(_read_manifest(root, {channel.name for channel in described.channels}))
    return replace(described, pictures=pictures)


def _read_description(root: Path) -> Dataset:
    """Read all of a dataset but its pictures."""
    path = root / DESCRIPTION
    try:
        content = parse_json(read_file(path))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({reason_of(error)}): {AGAIN}") from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if type(schema) is int and schema > SCHEMA:
        raise DataError(f"{path}: schema {schema} is newer than {SCHEMA}, the newest known here: update Thumbprint")
    entries, demo = (content.get("channels"), content.get("demo")) if schema in READ else (None, None)
    if not isinstance(entries, list) or not entries or not isinstance(demo, bool):
        raise DataError(f"{path}: not the description of a dataset of schema {SCHEMA}: {AGAIN}")
    channels = tuple(channel_from(entry, f"{path}: channel {i}") for i, entry in enumerate(entries, 1))
    names = [channel.name for channel in channels]
    if twice := {name for name in names if names.count(name) > 1}:
        raise DataError(f"{path}: more than one channel is called {', '.join(sorted(twice))}: rename all but one")
    return Dataset(root, channels, (), demo, _rule(content.get("split"), path))


def _rule(rule: object, path: Path) -> Mapping[str, Any] | None:
    if rule is None:
        return None
    numbers = [rule.get(name) for name in RULE_NUMBERS] if isinstance(rule, dict) else []
    if isinstance(rule, dict) and isinstance(rule.get("kind"), str) and all(type(n) is int for n in numbers):
        return rule
    raise DataError(f"{path}: split = {shown(rule)} does not say how pictures were split: collect again, or remove it")


def channel_from(entry: object, where: str) -> Channel:
    """Check a channel as read from JSON or TOML; `where` begins the message of the DataError."""
    if not isinstance(entry, Mapping):
        raise DataError(f"{where}: expected a table of a channel's settings, not {shown(entry)}")
    known = [field.name for field in fields(Channel)]
    for key, value in entry.items():
        if key not in known:
            raise DataError(f"{where}: unknown key {shown(key)}: use {', '.join(known[1:])}")
        if not isinstance(value, str):
            raise DataError(f"{where}: {key} = {shown(value)} must be a text in quotes")
    for key in known[:2]:
        if not entry.get(key, "").strip():
            raise DataError(f"{where}: {key} is empty: give the channel a name")
    if entry.get("role", "known") not in ROLES:
        raise DataError(f'{where}: role = {shown(entry["role"])} is neither "known" nor "background"')
    _check_texts(entry, where)
    return Channel(**cast("Mapping[str, str]", entry))  # type: ignore[arg-type]  # the role was checked above


def shown(value: object) -> str:
    """Quote what is wrong, shortened: a damaged file may have anything in it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _check_texts(entry: Mapping[str, str], where: str) -> None:
    """Refuse what the extension would refuse in a model: in extension/src/model/metadata.ts are the same bounds."""
    for key, most in MAX_LETTERS.items():
        text = entry.get(key, "")
        shown = repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")
        if len(text) > most:
            raise DataError(f"{where}: {key} = {shown} has {len(text)} letters: at most {most} are allowed")
        if UNPRINTABLE.search(text):
            raise DataError(f"{where}: {key} = {shown} has control characters in it: take them out")
    url = entry.get("url", "")
    if url and not ADDRESS.fullmatch(url):
        # The extension shows it as a link; `javascript:` and the like must not get that far.
        raise DataError(f"{where}: url = {url[:MAX_SHOWN]!r} must begin with https://")


def _read_manifest(root: Path, channels: set[str]) -> Iterator[Picture]:
    path = root / MANIFEST
    seen: set[str] = set()
    splits: dict[tuple[str, str], tuple[Split, int]] = {}
    try:
        # utf-8-sig: spreadsheets begin their CSV with a byte order mark.
        with io.StringIO(read_file(path).decode("utf-8-sig"), newline="") as file:
            reader = table_reader(file)
            if reader.fieldnames not in (list(COLUMNS), list(COLUMNS[:FIRST_COLUMNS])):
                found = shown(reader.fieldnames)
                raise DataError(f"{path}: the columns must be {','.join(COLUMNS)}, not {found}: correct it, or {AGAIN}")
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                picture = _picture(row, where)
                _check_picture(root, picture, channels, seen, where)
                _check_split(picture, splits, reader.line_num, where)
                seen.add(picture.file)
                yield picture
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({reason_of(error)}): {AGAIN}") from None


def _picture(row: Mapping[str | None, str | None], where: str) -> Picture:
    if None in row or None in row.values():
        count = sum(value is not None for name, value in row.items() if name) + len(row.get(None) or "")
        raise DataError(f"{where}: {count} values for {len(row.keys() - {None})} columns: correct it, or {AGAIN}")
    values = cast("dict[str, str]", dict(row))
    for name, (pattern, meant) in FORMS.items():
        if name in values and not re.fullmatch(pattern, values[name]):
            raise DataError(f"{where}: {name} {shown(values[name])} is not {meant}: correct it, or {AGAIN}")
    if values.get("split", "") not in SPLITS:
        raise DataError(
            f"{where}: split {shown(values['split'])} is none of {', '.join(SPLITS[1:])}: correct it, or {AGAIN}"
        )
    numbers = {name: int(values[name]) for name in NUMBERS if values.get(name)}
    texts = {name: text for name, text in values.items() if name not in NUMBERS}
    return Picture(**texts, **numbers)  # type: ignore[arg-type]  # the split was checked above


def _check_split(picture: Picture, splits: dict[tuple[str, str], tuple[Split, int]], line: int, where: str) -> None:
    """Remember the split of a picture's video: sizes and versions of it must not be learnt from and tested."""
    split, first = splits.setdefault((picture.channel, picture.key), (picture.split, line))
    if picture.split != split:
        raise DataError(
            f"{where}: video {shown(picture.key)} has split {picture.split!r} here and {split!r} in line {first}: "
            "give both the same"
        )


def _check_picture(root: Path, picture: Picture, channels: set[str], seen: set[str], where: str) -> None:
    if picture.channel not in channels:
        raise DataError(f"{where}: channel {shown(picture.channel)} is not in {DESCRIPTION}: add it there, or {AGAIN}")
    # Windows' rules split at both slashes, so `..` is found however it is written.
    parts = PureWindowsPath(picture.file).parts
    plain = parts[:1] == ("images",) and ".." not in parts and "\0" not in picture.file
    if not plain or not Path(os.path.realpath(root / picture.file)).is_relative_to(os.path.realpath(root)):
        raise DataError(f"{where}: {shown(picture.file)} is not below {root / 'images'}: correct it, or {AGAIN}")
    if picture.file in seen:
        raise DataError(f"{where}: {shown(picture.file)} is listed twice: remove one of the lines")
    if not os.path.isfile(root / picture.file):
        raise DataError(f"{where}: {shown(picture.file)} does not exist: restore it, or {AGAIN}")


UNKNOWN = "unknown"
DRAWN = "drawn:"  # begins the names of drawn channels; folder names cannot hold it on every system


def is_drawn(channel: str) -> bool:
    """Tell a drawn channel (`backend.data.negatives`) from a person's by its name."""
    return channel.startswith(DRAWN)


# Columns of predictions.csv and judged.csv that are not a channel's, so that no channel may be called so.
RESERVED = ("image", "key", "sha256", "channel", "fold", "variant", UNKNOWN)
