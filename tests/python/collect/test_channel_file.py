"""What a person wants of which channels: `channels.toml`, lists of videos, and which videos are kept for the test."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from backend.collect.channel_file import ChannelRequest, read_channels, read_videos
from backend.collect.test_split import SplitKind, SplitRule, split
from backend.data.dataset import Channel
from backend.utils.errors import DataError

ROOT = Path(__file__).parents[3]
HERE = "https://www.youtube.com"


def write(folder: Path, text: str, name: str = "channels.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- channels.toml --------------------------------------------------------------------------------------------------


def test_channels_are_read(tmp_path: Path) -> None:
    text = """
        [fireship]
        handle = "@Fireship"

        [other_channel]
        url = "https://www.youtube.com/@OtherChannel"
        role = "background"
        count = 60

        ["Émile & co."]
        display_name = "Émile"
        handle = "@émile.co-2·x"
    """
    assert read_channels(write(tmp_path, text)) == (
        ChannelRequest(Channel("fireship", "fireship", handle="@Fireship"), f"{HERE}/@Fireship"),
        ChannelRequest(
            Channel("other_channel", "other channel", url=f"{HERE}/@OtherChannel", role="background"),
            f"{HERE}/@OtherChannel",
            60,
        ),
        ChannelRequest(Channel("Émile & co.", "Émile", handle="@émile.co-2·x"), f"{HERE}/@émile.co-2·x"),
    )


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('handle = "@MyChannel"', "/@MyChannel"),
        ('handle = "MyChannel"', "/@MyChannel"),
        ('handle = " @MyChannel "', "/@MyChannel"),
        ('handle = "UC1234567890123456789012"', "/channel/UC1234567890123456789012"),
        ('url = "https://www.youtube.com/@MyChannel"', "/@MyChannel"),
        ('url = "http://youtube.com/@MyChannel/"', "/@MyChannel"),
        ('url = "https://m.youtube.com/@MyChannel/videos?view=0&sort=p"', "/@MyChannel"),
        ('url = "https://WWW.YouTube.com/@MyChannel/shorts/"', "/@MyChannel"),
        ('url = "https://www.youtube.com/@MyChannel/posts#top"', "/@MyChannel"),
        ('url = "https://www.youtube.com/channel/UC1234567890123456789012/about"', "/channel/UC1234567890123456789012"),
        ('url = "https://www.youtube.com/c/MyChannel/featured"', "/c/MyChannel"),
        ('url = "https://www.youtube.com/user/MyChannel"', "/user/MyChannel"),
        ('url = "https://www.youtube.com/MyChannel/videos"', "/MyChannel"),
        ('url = "https://www.youtube.com/shortsandmore"', "/shortsandmore"),
        ('url = "https://www.youtube.com/playlist?list=PL123"', "/playlist?list=PL123"),
        ('url = "https://www.youtube.com/@One"\nhandle = "@Two"', "/@One"),
    ],
)
def test_an_address_is_found_in_what_people_copy(tmp_path: Path, line: str, address: str) -> None:
    (one,) = read_channels(write(tmp_path, f"[my_channel]\n{line}\n"))
    assert one.address == f"{HERE}{address}"


COPY = "copy it from the channel's page"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ': names no channels; write [fireship] and below it handle = "@Fireship"'),
        ("# nothing\n", ': names no channels; write [fireship] and below it handle = "@Fireship"'),
        ("[one\n", ": not valid TOML (*): correct it, or remove it"),
        ('[one]\nhandle = "@a"\n[one]\nhandle = "@b"\n', ": not valid TOML (*): correct it, or remove it"),
        ('one = "@One"\n', ": [one]: expected a table, not '@One': write [one] on a line of its own"),
        ('handle = "@One"\n', ": [handle]: expected a table, not '@One': write [handle] on a line of its own"),
        ("[one]\n", ': [one]: needs handle = "@..." or url = "https://www.youtube.com/..."'),
        ('[one]\nhandle = ""\n', ': [one]: needs handle = "@..." or url = "https://www.youtube.com/..."'),
        ('[one]\nhandle = "@a b"\n', f": [one]: handle = '@a b' is not one of YouTube's; {COPY}"),
        ('[one]\nhandle = "@a/videos"\n', f": [one]: handle = '@a/videos' is not one of YouTube's; {COPY}"),
        ('[one]\nhandle = "@"\n', f": [one]: handle = '@' is not one of YouTube's; {COPY}"),
        ("[one]\nhandle = 7\n", ": [one]: handle = 7 must be a text in quotes"),
        (
            '[one]\nurl = "https://vimeo.com/one"\n',
            f": [one]: url = 'https://vimeo.com/one' is no channel of www.youtube.com; {COPY}",
        ),
        (
            '[one]\nurl = "https://www.youtube.com/"\n',
            f": [one]: url = 'https://www.youtube.com/' is no channel of www.youtube.com; {COPY}",
        ),
        (
            '[one]\nurl = "https://www.youtube.com/watch?v=abcdefghijk"\n',
            f": [one]: url = 'https://www.youtube.com/watch?v=abcdefghijk' is no channel of www.youtube.com; {COPY}",
        ),
        (
            '[one]\nurl = "https://www.youtube.com/shorts/abcdefghijk"\n',
            f": [one]: url = 'https://www.youtube.com/shorts/abcdefghijk' is no channel of www.youtube.com; {COPY}",
        ),
        (
            '[one]\nurl = "https://www.youtube.com/playlist"\n',
            f": [one]: url = 'https://www.youtube.com/playlist' is no channel of www.youtube.com; {COPY}",
        ),
        (
            '[one]\nurl = "https://[www.youtube.com/@one"\n',
            f": [one]: url = 'https://[www.youtube.com/@one' is no channel of www.youtube.com; {COPY}",
        ),
        (
            '[one]\nurl = "www.youtube.com/@one"\n',
            ": [one]: url = 'www.youtube.com/@one' must begin with https://",
        ),
        ('[one]\nhandle = "@a"\ncount = 0\n', ": [one]: count = 0 must be a whole number from 1 to 1,000,000"),
        ('[one]\nhandle = "@a"\ncount = 2.5\n', ": [one]: count = 2.5 must be a whole number from 1 to 1,000,000"),
        ('[one]\nhandle = "@a"\ncount = true\n', ": [one]: count = True must be a whole number from 1 to 1,000,000"),
        ('[one]\nhandle = "@a"\ncount = "9"\n', ": [one]: count = '9' must be a whole number from 1 to 1,000,000"),
        ('[one]\nhandle = "@a"\nrole = "x"\n', ': [one]: role = \'x\' is neither "known" nor "background"'),
        ('[one]\nhandle = "@a"\nname = "x"\n', ": [one]: unknown key 'name': rename the table, or use display_name"),
        (
            '[one]\nhandle = "@a"\nnumber = 9\n',
            ": [one]: unknown key 'number': use display_name, role, handle, url, count",
        ),
        ('[one]\nhandle = "@a"\ndisplay_name = " "\n', ": [one]: display_name is empty: give the channel a name"),
        ('[""]\nhandle = "@a"\n', ": []: name is empty: give the channel a name"),
        (
            '[one]\nhandle = "@a"\n[ONE]\nhandle = "@b"\n',
            ": some systems cannot tell the folders 'one' and 'ONE' apart: rename one",
        ),
        (
            '["a/b"]\nhandle = "@a"\n["a?b"]\nhandle = "@b"\n',
            ": some systems cannot tell the folders 'a/b' and 'a?b' apart: rename one",
        ),
        (
            '[one]\nhandle = "@a"\n[two]\nhandle = "@A"\n',
            ": [one] and [two] are the same channel: remove one",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_channels(path)
    pattern = re.escape(f"{path}{said}").replace(r"\*", ".+")
    assert re.fullmatch(pattern, str(caught.value)), str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.toml: no such file; write one, as channels/lab\.toml is$"):
        read_channels(tmp_path / "nowhere.toml")


def test_the_laboratorys_channels_are_ready_to_use() -> None:
    wanted = read_channels(ROOT / "channels/lab.toml")
    known = [one for one in wanted if one.channel.role == "known"]
    assert [one.channel.display_name for one in known] == ["Underscore_", "Computerphile", "Linus Tech Tips"]
    assert [one.count for one in known] == [None] * 3  # as many as the laboratory had
    assert len(wanted) - len(known) >= 10
    assert all(re.fullmatch(rf"{HERE}/@\w+", one.address) for one in wanted)
    assert len({one.address.lower() for one in wanted}) == len(wanted)


# --- Lists of videos ------------------------------------------------------------------------------------------------

IN_ANY_FORM = [
    "abcdefghijk",
    "https://www.youtube.com/watch?v=abcdefghijk",
    "www.youtube.com/watch?v=abcdefghijk&list=PL1&index=2",
    "https://m.youtube.com/watch?app=desktop&v=abcdefghijk#t=10",
    "http://youtube.com/watch?v=abcdefghijk",
    "https://music.youtube.com/watch?v=abcdefghijk",
    "https://youtu.be/abcdefghijk",
    "youtu.be/abcdefghijk?t=5",
    "https://youtu.be/abcdefghijk/",
    "https://www.youtube.com/shorts/abcdefghijk",
    "https://www.youtube.com/live/abcdefghijk?feature=share",
    "https://www.youtube.com/embed/abcdefghijk",
    "https://www.youtube-nocookie.com/embed/abcdefghijk",
    "https://www.youtube.com/v/abcdefghijk",
    "https://i.ytimg.com/vi/abcdefghijk/maxresdefault.jpg",
    "https://i.ytimg.com/vi_webp/abcdefghijk/hqdefault.webp",
    "https://img.youtube.com/vi/abcdefghijk/0.jpg",
    "  abcdefghijk  # the first one",
    "\tabcdefghijk\t# the first one",
    "abcdefghijk\r",
]


@pytest.mark.parametrize("line", IN_ANY_FORM)
def test_a_video_is_found_in_whatever_people_copy(tmp_path: Path, line: str) -> None:
    assert read_videos(write(tmp_path, f"{line}\n", "list.txt"), ["one"]) == {"one": ["abcdefghijk"]}


def test_videos_are_listed_below_their_channels(tmp_path: Path) -> None:
    text = """\ufeff# newest first
        [one]
        abcdefghijk
        -_345678901

        [ "two" ]   # another one
        abcdefghijk
        https://youtu.be/abcdefghijk
        [one]
        lmnopqrstuv
    """
    found = read_videos(write(tmp_path, text, "list.txt"), ["one", "two", "three"])
    assert found == {"one": ["abcdefghijk", "-_345678901", "lmnopqrstuv"], "two": ["abcdefghijk"]}
    path = write(tmp_path, '[one]\n[two]\nurl = "https://www.youtube.com/@two"\n[three]\nhandle = "@three"\n')
    first, second, third = read_channels(path, found)
    assert (first.address, first.videos) == ("", ("abcdefghijk", "-_345678901", "lmnopqrstuv"))
    assert (second.address, second.videos) == (f"{HERE}/@two", ("abcdefghijk",))
    assert third.videos == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": names no videos; write an id or an address a line"),
        ("[one]\n# abcdefghijk\n", ": names no videos; write an id or an address a line"),
        ("\nabcdefghijk\n", ", line 2: of which channel is 'abcdefghijk'? Write [one] above it"),
        ("[three]\nabcdefghijk\n", ", line 1: no channel is called 'three'; use one, two"),
    ],
)
def test_what_is_wrong_in_a_list_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text, "list.txt")
    with pytest.raises(DataError) as caught:
        read_videos(path, ["one", "two"])
    assert str(caught.value) == f"{path}{said}"


@pytest.mark.parametrize(
    "line",
    [
        "abc",
        "abcdefghijkl",
        "https://www.youtube.com/@one",
        "https://www.youtube.com/playlist?list=PL12345678901",
        "https://www.youtube.com/watch?v=abc",
        "https://vimeo.com/watch?v=abcdefghijk",
        "https://notyoutube.com/watch?v=abcdefghijk",
        "https://[youtube.com/watch?v=abcdefghijk",
    ],
)
def test_a_line_that_is_no_video_is_shown(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, f"[one]\n{line}\n", "list.txt")
    with pytest.raises(DataError) as caught:
        read_videos(path, ["one"])
    assert str(caught.value) == f"{path}, line 2: {line!r} is no video; write its id of 11 characters, or its address"


def test_a_list_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\x00")
    for name in ("list.txt", "nowhere.txt"):
        with pytest.raises(DataError, match=rf"{name}: cannot be read \(.+\); name a text file with a video a line"):
            read_videos(tmp_path / name, ["one"])


# --- Splits ---------------------------------------------------------------------------------------------------------


def videos(count: int, newest: int = 0) -> list[str]:
    """Return ids, newest first: the highest number is the newest."""
    return [f"video{number:06}" for number in range(newest + count - 1, -1, -1)]


@pytest.mark.parametrize(
    ("there", "wanted", "train", "test", "spare"),
    [
        (230, 230, 200, 30, 0),
        (300, 230, 200, 30, 70),
        (115, 230, 100, 15, 0),
        (60, 60, 52, 8, 0),
        (100, 60, 52, 8, 40),
        (1, 230, 1, 0, 0),
        (0, 230, 0, 0, 0),
    ],
)
def test_lab_trains_on_the_newest_and_tests_on_the_next(
    there: int, wanted: int, train: int, test: int, spare: int
) -> None:
    found = split(videos(there), SplitRule(), wanted)
    assert list(found) == videos(there)
    assert list(found.values()) == ["train"] * train + ["test"] * test + ["spare"] * spare


@pytest.mark.parametrize(("newest", "test_next", "expected"), [(6, 2, "tttttt__."), (4, 0, "tttt.....")])
def test_lab_takes_as_many_as_it_is_told(newest: int, test_next: int, expected: str) -> None:
    rule = SplitRule("lab", newest, test_next)
    found = split(videos(9), rule, rule.total)
    letters = {"train": "t", "test": "_", "spare": "."}
    assert "".join(letters[part] for part in found.values()) == expected


@pytest.mark.parametrize(("there", "held"), [(230, 34), (100, 15), (20, 3), (8, 1), (3, 1), (2, 1), (1, 0), (0, 0)])
@pytest.mark.parametrize("kind", ["newest", "random"])
def test_a_share_is_held_out(kind: SplitKind, there: int, held: int) -> None:
    found = split(videos(there), SplitRule(kind), 230)
    assert list(found) == videos(there)
    assert Counter(found.values()) == +Counter(test=held, train=there - held)
    if kind == "newest":
        assert list(found.values())[:held] == ["test"] * held


def test_random_draws_by_the_id_alone() -> None:
    rule, there = SplitRule("random"), videos(200)
    found = split(there, rule, 230)
    tested = [place for place, part in enumerate(found.values()) if part == "test"]
    assert tested[0] < 40 and tested[-1] > 160 and len(tested) == 30
    shuffled = random.Random(3).sample(there, 200)
    assert split(shuffled, rule, 230) == found
    later = split(videos(200, newest=10), rule, 230)
    moved = sum(later[video] != part for video, part in found.items())
    assert moved <= 4  # new ones leave nearly all where they were
