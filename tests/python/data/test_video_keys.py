"""Which video a file is of, by all the names that programs, systems and people give to thumbnails."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import encode
from PIL import Image

from backend.cli.main import main
from backend.data.folder_import import import_folder
from backend.data.settings import TrainSettings
from backend.data.training_set import build_training_set
from backend.data.video_keys import LAST_LETTERS, assumption, video_key, video_keys

LETTERS = string.ascii_letters + string.digits + "-_"
# How a file of one video may be called, with its id.
BY_ID = (
    *("{}", "{}_hq720_custom_1", "{}_hq720_custom_2", "{}.40", "{} (1)", "{} (2)", "{}(1)", "{}-1", "{}_1", "{}~2"),
    *("{} 2", "{}_1280x720", "{}-720p", "{}_oar2", "{}_maxresdefault", "{}.webp", "{}.jpg.1", "{}_thumbnail"),
    *("{} copy", "{} copy 2", "{} - Copy", "{} - Copy (2)", "{} (copy)", "{} (another copy)", "{} (3rd copy)"),
    *("Copy of {}", "Kopie von {}", "{} - Kopie (2)", "{} \u2013 kopie", "{} - Copie", "{} (copie)", "{} - копия"),
    *("{}のコピー", "{} - 副本", "{} (Tom's conflicted copy 2026-01-01)", "{}.jpg~"),
    *(
        "A Title [{}]",
        "A Title [{}].40",
        "001 - A Title [{}]",
        "A Title [{}] (1)",
        "A-Title-{}",
        "20210501 A title ({})",
    ),
    *("{} - A Title", "{}_A_Title", "NA_{}", "{}/0", "{}/maxresdefault", "{}/thumbnail", "{}/hq720 (1)", "{}/cover"),
    *("A Title [{}]/thumbnail", "2021/{}/1", "{}/large/anything"),
)
# The same for a video whose name holds no id: a title, or a folder.
BY_TITLE = (
    *("{}", "{} (1)", "{} copy", "{} - Copy (2)", "{}-1", "{}_maxresdefault", "{}_1280x720", "Kopie von {}", "{}.webp"),
    "{} (another copy)",
)
IN_FOLDER = ("{}/0", "{}/thumbnail", "{}/maxresdefault", "{}/cover", "{}/hqdefault")
# Names that stand for as many videos.
SERIES = {
    "numbered": [f"episode {n}" for n in range(60)],
    "numbered, and one that is not": ["episode", *(f"episode {n}" for n in range(60))],
    "parts": [f"part-{n}" for n in range(60)],
    "parts of five": [f"{part}-{n}" for part in "abcde" for n in range(12)],
    "decimals": [f"lesson {a}.{b}" for a in range(10) for b in range(6)],
    "eleven letters": [f"abc_def-gh{n}" for n in range(10)],
    "a word of eleven letters": [f"programming_{n}" for n in range(60)],
    "three words of eleven letters": [f"MyVideoPart-{n}" for n in range(60)],
    "renamed by Windows": [f"holiday2020 ({n})" for n in range(60)],
    "renamed by Windows, in five years": [f"holiday202{year} ({n})" for year in range(5) for n in range(12)],
    "letters as mixed as an id's": [f"PS5vsXboxSX part {n}" for n in range(60)],
    "a word in brackets": [f"Cats {n} [documentary]" for n in range(60)],
    "two series": [f"show {show}-episode-{n:03}" for show in "ab" for n in range(30)],
    "the same, the other way": [f"episode-{n:03}-show-{show}" for show in "ab" for n in range(30)],
    "saved by a browser": ["maxresdefault", *(f"maxresdefault ({n})" for n in range(1, 60))],
    "saved by a browser, a few": ["hqdefault", "hqdefault (1)", "hqdefault (2)"],
    "saved by a browser, in a folder": [f"2021/thumbnail ({n})" for n in range(60)],
    "many of one name": ["title", *(f"title ({n})" for n in range(1, 60))],
    "seasons": [f"season {season}/{n}" for season in range(4) for n in range(1, 16)],
    "short seasons": [f"season {season}/{n}" for season in range(4) for n in range(1, 4)],
    "days": [f"2024-01-{day:02}_{n}" for day in range(30) for n in range(3)],
    "screenshots": [f"Screenshot 2024-01-01 at 10.{n:02}.11" for n in range(60)],
    "a camera": [f"IMG_{n:04}" for n in range(60)],
}


def video_ids(seed: int, count: int = 60) -> list[str]:
    """Draw ids as YouTube does."""
    rng = np.random.default_rng(seed)
    return ["".join([*rng.choice(list(LETTERS), 10), str(rng.choice(list(LAST_LETTERS)))]) for _ in range(count)]


def keys(*names: str) -> list[str]:
    return video_keys([PurePosixPath(f"channel/{name}.jpg") for name in names])


def test_files_with_one_id_are_one_video(cases: Callable[[int, int], range]) -> None:
    for seed in cases(3, len(BY_ID) - 1):
        ids = video_ids(seed)
        for pair in zip(BY_ID, BY_ID[seed + 1 :] + BY_ID[: seed + 1], strict=True):
            assert keys(*(form.format(video) for video in ids for form in pair)) == [v for v in ids for _ in pair], pair


@pytest.mark.parametrize("pattern", ["video{:06}", "abc_def-g{:02}", "x{:010}"])
def test_ids_need_not_look_like_ids_where_all_files_have_one(pattern: str) -> None:
    ids = [pattern.format(number) for number in range(30)]
    for form in BY_ID[:33]:
        assert keys(*ids, *(form.format(video) for video in ids)) == ids * 2, form


def test_an_id_that_is_certain_needs_no_others() -> None:
    for form in BY_ID:
        assert video_key(PurePosixPath(f"channel/{form.format('dQw4w9WgXcQ')}.jpg")) == "dQw4w9WgXcQ", form


def test_copies_of_a_title_are_one_video_where_the_original_is_there() -> None:
    titles = [f"my film {number}" for number in range(20)]
    for form in BY_TITLE:
        assert keys(*titles, *(form.format(title) for title in titles)) == titles * 2, form
        assert len({*keys(*(form.format(title) for title in titles))}) == len(titles), form


def test_folders_of_one_video_each_are_as_many_videos() -> None:
    for titles in ([f"My Video {n}" for n in range(60)], [f"video{n:06}" for n in range(60)], video_ids(7)):
        for form in IN_FOLDER:
            assert len({*keys(*(form.format(title) for title in titles))}) == len(titles), form
        assert len({*keys(*(form.format(title) for title in titles for form in IN_FOLDER))}) == len(titles)


@pytest.mark.parametrize("names", SERIES.values(), ids=SERIES)
def test_different_videos_are_never_joined(names: list[str]) -> None:
    assert len({*keys(*names)}) == len(names)


def test_channels_do_not_tell_of_one_another() -> None:
    ids = [f"video{number:06}" for number in range(30)]
    paths = [f"a/{video}-1.jpg" for video in ids] + ["b/video000000-1.jpg", "b/video000000-2.jpg"]
    assert len({*video_keys([PurePosixPath(path) for path in paths])}) == 32


def test_what_is_assumed_is_said() -> None:
    assert assumption([("a", "dQw4w9WgXcQ")]) == ""
    said = "files are taken for 2 videos, as their names hold no video id: files of one video should begin with its id"
    assert assumption([("a", "x"), ("a", "x"), ("b", "x"), ("b", "dQw4w9WgXcQ")]) == f"3 {said}"


# --- The leak -------------------------------------------------------------------------------------------------------


def noise(seed: int) -> bytes:
    """Draw a picture that no other is like."""
    blocks = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return encode(Image.fromarray(blocks).resize((128, 72), Image.Resampling.NEAREST))


Namer = Callable[[str, int], tuple[str, str]]
LEAKS: dict[str, Namer] = {
    "custom thumbnails": lambda video, n: (f"{video}_hq720_custom_1", f"{video}_hq720_custom_2"),
    "every kind": lambda video, n: (BY_ID[n % len(BY_ID)].format(video), BY_ID[(n + 7) % len(BY_ID)].format(video)),
    "titles": lambda video, n: (f"film {n}", f"film {n} ({1 + n % 3})"),
    "folders": lambda video, n: (f"film {n}/0", f"film {n}/thumbnail"),
}


@pytest.mark.parametrize("name", LEAKS.values(), ids=LEAKS)
def test_no_fold_learns_a_video_that_it_is_asked_for(tmp_path: Path, name: Namer) -> None:
    """Two different pictures of each of 60 videos: 60 groups, whichever way the files are called."""
    for number, video in enumerate(video_ids(3)):
        for version, file in enumerate(name(video, number)):
            path = tmp_path / "source" / f"channel {number % 2}" / f"{file}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(noise(2 * number + version))
    dataset = import_folder(tmp_path / "source", tmp_path / "data").dataset
    training_set = build_training_set(dataset, None, TrainSettings(folds=5), use_background=False)
    groups = training_set.groups
    assert (len(groups), len({*groups.tolist()})) == (120, 60)
    assert all(len({*training_set.folds[groups == group].tolist()}) == 1 for group in groups)


def test_an_import_says_what_it_assumes(tmp_path: Path) -> None:
    for number in range(8):
        for channel in "ab":
            path = tmp_path / "source" / channel / f"film {number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(noise(2 * number + (channel == "b")))
    result = CliRunner().invoke(main, ["import", str(tmp_path / "source"), "--out", str(tmp_path / "data")])
    assert result.exit_code == 0, result.output
    said = (
        "16 files are taken for 16 videos, as their names hold no video id: files of one video should begin with its id"
    )
    assert said in result.output.splitlines()
