"""Listing channels through yt-dlp's own extractors, of which only the network is another one."""

from __future__ import annotations

import csv
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yt_dlp.extractor.youtube
from youtube import Answer, Internet, image, moved, picture, too_many
from youtube_pages import Entry, Kind, entries, video_id

from backend.collect import listing
from backend.collect.channel_file import ChannelRequest
from backend.collect.collect import collect, preview
from backend.collect.listing import Access, Listed, ListingError, MissingTab, list_tabs, list_videos
from backend.collect.rate_limit import RateLimit
from backend.collect.settings import Settings, Summary
from backend.collect.test_split import SplitRule
from backend.data.dataset import LEFT_OUT, Channel, load_dataset

ADDRESS = "https://www.youtube.com/@one"
NO_DATA = Answer(200, b'{"responseContext": {}}', {"Content-Type": "application/json"})
HTML = Answer(200, b"<html>Are you a robot?</html>", {"Content-Type": "text/html"})
MIXED: dict[Kind, int] = {"short": 40, "private": 15, "upcoming": 5, "live": 2, "members": 30, "streamed": 20}


@pytest.fixture
def internet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    monkeypatch.setattr(listing, "PAUSE", 0.01)
    with Internet.trusted(tmp_path) as internet:
        yield internet


@pytest.fixture
def videos(internet: Internet) -> Callable[..., list[Listed]]:
    """List a tab of @one."""
    return lambda tab="videos", **more: list(list_videos(ADDRESS, tab, Access(internet.proxy), **more))


def build_training_set(internet: Internet, out: Path, *wanted: ChannelRequest, **settings: Any) -> Summary:
    quick = RateLimit(rate=0, backoff=0.01)
    return collect(wanted, out, Settings(access=Access(internet.proxy), rate_limit=quick, **settings))


def one(count: int, handle: str = "one") -> ChannelRequest:
    return ChannelRequest(Channel(handle, handle), f"https://www.youtube.com/@{handle}", count)


def ids(listed: list[Listed]) -> list[str]:
    return [video.video for video in listed]


def left_out(out: Path) -> dict[str, str]:
    with (out / LEFT_OUT).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "(" not in row["source"]]
    found = {row["source"]: row["reason"] for row in rows}
    assert len(found) == len(rows)
    return found


def mixed(count: int) -> list[Entry]:
    """Draw a channel of so many videos, of every kind."""
    plain = entries("one", count)
    kinds = [kind for kind, number in MIXED.items() for _ in range(number)]
    rng = random.Random(1)
    drawn = dict(zip(rng.sample(range(count), len(kinds)), kinds, strict=True))
    return [Entry(video.video, drawn.get(place, "video"), video.ago) for place, video in enumerate(plain)]


# --- A channel of 500 -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_video_ends_as_a_picture_or_as_a_named_reason(internet: Internet, tmp_path: Path) -> None:
    there = mixed(500)
    channel = internet.add("one", there)
    channel.overlap, channel.hollow = 7, {69, 138}
    ordinary = [video.video for video in there if video.kind in ("video", "members", "streamed")]
    gone, shared = ordinary[100], ordinary[200:202]
    internet.missing(gone)
    for video in shared:
        internet.always(video, image(picture("shared")))
    summary = build_training_set(internet, tmp_path / "data", one(500))
    data = load_dataset(tmp_path / "data")
    reasons = left_out(tmp_path / "data")
    pictures = {picture.key for picture in data.pictures}
    assert len(pictures) == len(data.pictures) == 500 - 40 - 15 - 5 - 2 - 2
    assert pictures.isdisjoint(reasons)
    assert pictures | reasons.keys() == {video.video for video in there}
    first, second = sorted(shared, key=lambda video: video in reasons)
    assert reasons.pop(second) == f"exact duplicate of one/{first}"
    assert Counter(reasons.values()) == {
        "a short": 40,
        "private or deleted": 15,
        "premiere that is still to come": 5,
        "live at this moment": 2,
        "no thumbnail": 1,
    }
    assert summary.channels[0].left_out.total() == len(reasons) + 1
    order = sorted(data.pictures, key=lambda picture: picture.position or 0)
    assert [picture.key for picture in order] == [video.video for video in there if video.video in pictures]
    assert [picture.position for picture in order] == list(range(436))


def test_yt_dlps_own_extractor_runs(
    internet: Internet, videos: Callable[..., list[Listed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[object] = []
    tab = yt_dlp.extractor.youtube.YoutubeTabIE
    extract = tab._real_extract

    def watched(self: object, url: str) -> Any:
        ran.append((type(self), url))
        return extract(self, url)

    monkeypatch.setattr(tab, "_real_extract", watched)
    internet.add("one", entries("one", 3))
    assert len(videos()) == 3
    assert ran == [(tab, f"{ADDRESS}/videos")]
    assert tab.__module__.startswith("yt_dlp.extractor.youtube")
    assert [asked.path.partition("?")[0] for asked in internet.pages()] == ["/@one/videos"]


@pytest.mark.parametrize(("wanted", "pages"), [(1, 1), (30, 1), (31, 2), (90, 3)])
def test_pages_are_asked_for_as_they_are_needed(internet: Internet, wanted: int, pages: int) -> None:
    internet.add("one", entries("one", 500))
    found = list(islice(list_videos(ADDRESS, "videos", Access(internet.proxy)), wanted))
    assert ids(found) == [video_id("one", number) for number in range(499, 499 - wanted, -1)]
    assert len(internet.pages()) == pages


def test_a_collection_lists_no_more_than_it_needs(internet: Internet, tmp_path: Path) -> None:
    internet.add("one", entries("one", 500))
    assert build_training_set(internet, tmp_path / "data", one(20)).channels[0].images == 20
    assert len(internet.pages()) == 1
    assert set(left_out(tmp_path / "data").values()) == {"more than were wanted"}


def test_unsteady_pages_name_each_video_once(internet: Internet, videos: Callable[..., list[Listed]]) -> None:
    there = entries("one", 100)
    channel = internet.add("one", [*there[:40], there[3], *there[40:], there[90]])
    channel.overlap, channel.hollow = 5, {25, 50}
    assert ids(videos()) == [video.video for video in there]


def test_days_are_as_near_as_the_list_tells(internet: Internet, videos: Callable[..., list[Listed]]) -> None:
    internet.add("one", [Entry(video_id("one", n), ago=f"{10 * n + 1} days ago") for n in range(4)])
    internet.channels["one"].videos.append(Entry(video_id("one", 9), "upcoming"))
    for number, video in enumerate(videos()[:4]):
        assert abs(date.fromisoformat(video.published) - date.today() + timedelta(10 * number + 1)) <= timedelta(2)
    assert (videos()[4].unwanted, videos()[4].published) == ("premiere that is still to come", "")


@pytest.mark.parametrize("address", ["https://www.youtube.com/c/playlist-mania", ADDRESS])
def test_only_a_playlist_is_listed_without_a_tab(internet: Internet, address: str) -> None:
    with pytest.raises(ListingError, match="there is no such channel"):
        list(list_videos(address, "videos", Access(internet.proxy)))
    assert [asked.path for asked in internet.pages()] == [f"{address.removeprefix('https://www.youtube.com')}/videos"]


# --- Shorts and streams ---------------------------------------------------------------------------------------------


def shorts(count: int, first: int = 0) -> list[Entry]:
    return [Entry(video_id("sho", first + number), "short") for number in range(count)]


def test_tabs_are_listed_by_turns(internet: Internet, tmp_path: Path) -> None:
    streams = [Entry(video_id("str", number), "streamed") for number in range(2)]
    internet.add("one", entries("one", 100), shorts=shorts(50), streams=streams)
    found = ids(list(islice(list_tabs(ADDRESS, ("videos", "shorts", "streams"), Access(internet.proxy)), 10)))
    assert [video[:3] for video in found] == ["one", "sho", "str", "one", "sho", "str", "one", "sho", "one", "sho"]
    assert len(internet.pages()) == 3
    build_training_set(internet, tmp_path / "data", one(20), tabs=("videos", "shorts"))
    drawn = Counter(picture.key[:3] for picture in load_dataset(tmp_path / "data").pictures)
    assert drawn == {"one": 10, "sho": 10}


@pytest.mark.parametrize("tabs", [("videos", "shorts"), ("shorts", "videos"), ("videos",)])
def test_a_short_among_the_videos_is_wanted_if_shorts_are(internet: Internet, tabs: tuple[str, ...]) -> None:
    short = shorts(3)
    internet.add("one", [short[0], *entries("one", 2), *short[1:]], shorts=short[::-1])
    found = {video.video: video.unwanted for video in list_tabs(ADDRESS, tabs, Access(internet.proxy))}
    assert len(found) == 5
    assert {found[video.video] for video in short} == {"" if "shorts" in tabs else "a short"}


def test_shorts_that_were_left_out_are_fetched_once_they_are_wanted(internet: Internet, tmp_path: Path) -> None:
    short = shorts(5)
    internet.add("one", [*entries("one", 5), *short], shorts=short)
    assert build_training_set(internet, tmp_path / "data", one(10)).channels[0].left_out == {"a short": 5}
    again = build_training_set(internet, tmp_path / "data", one(10), tabs=("videos", "shorts")).channels[0]
    assert (again.images, again.fetched, again.left_out) == (10, 5, {})


def test_a_tab_that_a_channel_lacks_is_left_out(internet: Internet) -> None:
    internet.add("one", entries("one", 3))
    assert len(list(list_tabs(ADDRESS, ("videos", "shorts", "streams"), Access(internet.proxy)))) == 3
    internet.channels["one"].tabless = True
    internet.channels["one"].other["shorts"] = shorts(4)
    assert len(list(list_tabs(ADDRESS, ("videos", "shorts"), Access(internet.proxy)))) == 4


def test_a_channel_without_videos_says_so_and_the_others_are_collected(internet: Internet, tmp_path: Path) -> None:
    internet.add("one", [], shorts=shorts(3)).tabless = True
    internet.add("two", entries("two", 5))
    first, second = build_training_set(internet, tmp_path / "data", one(5), one(5, "two")).channels
    assert first.problem == (
        f"{ADDRESS}/videos: the channel has no such tab; add --shorts or --streams for what it has instead"
    )
    assert (first.images, first.short) == (0, True)
    assert (second.images, second.problem) == (5, "")
    with pytest.raises(MissingTab, match="/videos: the channel has no such tab"):
        list(list_tabs(ADDRESS, ("videos", "streams"), Access(internet.proxy)))


def test_an_empty_channel_is_no_error(internet: Internet, videos: Callable[..., list[Listed]]) -> None:
    internet.add("one", [])
    assert videos() == []


# --- What can go wrong ----------------------------------------------------------------------------------------------

ROBOT = (
    " instead of the list, to ask for consent or whether you are a robot: open YouTube in a browser, answer there, and"
    " run it again with --cookies-from-browser and that browser's name"
)
CHECK = "; check the connection, or --proxy, and run it again"
CONSENT, SORRY = "https://consent.youtube.com/m?continue=x", "https://www.google.com/sorry/index"


@pytest.mark.parametrize(
    ("answer", "said", "requests", "unreachable"),
    [
        (Answer(404), "there is no such channel (HTTP 404); check its handle", 1, False),
        (too_many(), "YouTube asks to come back later (HTTP 429); wait an hour", 1, True),
        (Answer(500), f"YouTube cannot be reached (HTTP 500){CHECK}", 4, True),
        (Answer(403), f"YouTube cannot be reached (HTTP 403){CHECK}", 2, True),
        (moved(CONSENT), f"YouTube sends to consent.youtube.com{ROBOT}", 1, True),
        (moved(SORRY), f"YouTube sends to www.google.com{ROBOT}", 1, True),
        (HTML, f"YouTube shows another page{ROBOT}", 5, True),
    ],
)
def test_a_page_that_is_not_the_channels_is_told_with_what_to_do(
    internet: Internet,
    videos: Callable[..., list[Listed]],
    answer: Answer,
    said: str,
    requests: int,
    unreachable: bool,
) -> None:
    internet.page_answer = answer
    with pytest.raises(ListingError) as caught:
        videos()
    assert str(caught.value) == f"{ADDRESS}/videos: {said}"
    assert caught.value.unreachable == unreachable
    assert len(internet.pages()) == requests


@pytest.mark.parametrize(
    ("answer", "said", "requests", "unreachable"),
    [
        (too_many(), "YouTube asks to come back later after 30 videos (HTTP 429); wait an hour", 1, True),
        (Answer(503), f"YouTube cannot be reached after 30 videos (HTTP 503){CHECK}", 4, True),
        (
            NO_DATA,
            "cannot be listed after 30 videos (Incomplete data received); look at it in a browser, and if",
            4,
            False,
        ),
        (HTML, f"YouTube shows another page{ROBOT}", 1, True),
    ],
)
def test_a_list_that_breaks_off_does_not_pass_for_a_whole_one(
    internet: Internet, answer: Answer, said: str, requests: int, unreachable: bool
) -> None:
    internet.add("one", entries("one", 100))
    internet.page_script = [None, *[answer] * 10]
    found: list[Listed] = []
    with pytest.raises(ListingError) as caught:
        found.extend(list_videos(ADDRESS, "videos", Access(internet.proxy)))
    assert str(caught.value).startswith(f"{ADDRESS}/videos: {said}")
    assert caught.value.unreachable == unreachable
    assert len(internet.pages()) == 1 + requests


@pytest.mark.parametrize("answer", [Answer(503), Answer(404), NO_DATA])
def test_a_page_that_fails_in_passing_is_asked_for_again(
    internet: Internet, videos: Callable[..., list[Listed]], answer: Answer
) -> None:
    internet.add("one", entries("one", 70))
    internet.page_script = [None, answer, answer, None]
    assert len(videos()) == 70


def test_an_unknown_channel_is_told_at_once(internet: Internet, videos: Callable[..., list[Listed]]) -> None:
    began = time.monotonic()
    with pytest.raises(ListingError, match=re.escape("@one/videos: there is no such channel (HTTP 404)")):
        videos()
    assert time.monotonic() - began < 3
    assert len(internet.pages()) == 1


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:1"])
def test_a_network_that_is_not_there_is_told(internet: Internet, tmp_path: Path, proxy: str) -> None:
    internet.down.add("www.youtube.com")
    settings = Settings(access=Access(proxy or internet.proxy))
    with pytest.raises(ListingError, match=r"YouTube cannot be reached \(.+\); check the connection, or --proxy") as it:
        collect([one(5), one(5, "two")], tmp_path / "data", settings)
    assert it.value.unreachable
    assert "@one" in str(it.value)
    assert ("Connection refused" if proxy else "Tunnel connection failed: 502") in str(it.value)
    assert len(internet.connections) == (0 if proxy else 4)  # the second channel is not asked for


def test_what_was_listed_before_it_broke_off_is_collected(internet: Internet, tmp_path: Path) -> None:
    internet.add("one", entries("one", 100))
    internet.page_script = [None, too_many()]
    summary = build_training_set(internet, tmp_path / "data", one(80))
    assert summary.channels[0].images == 30
    assert summary.put_off.endswith("YouTube asks to come back later after 30 videos (HTTP 429); wait an hour")
    assert build_training_set(internet, tmp_path / "data", one(80)).channels[0].images == 80
    assert max(Counter(internet.videos()).values()) == 1


def test_what_yt_dlp_does_not_understand_is_told(
    internet: Internet, videos: Callable[..., list[Listed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*args: object) -> None:
        raise KeyError("contents")

    internet.add("one", entries("one", 3))
    monkeypatch.setattr(yt_dlp.extractor.youtube.YoutubeTabIE, "_rich_entries", stumble)
    with pytest.raises(ListingError, match=r"cannot be listed \('contents'\); look at it in a browser, and if it is"):
        videos()


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ({"cookies": "cookies.txt"}, "cookies.txt does not look like a Netscape"),
        ({"cookies_from_browser": "netscape"}, 'unsupported browser: "netscape"'),
        ({"cookies_from_browser": "firefox"}, "could not find firefox cookies database in"),
    ],
)
def test_cookies_that_cannot_be_read_are_told(
    internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, access: dict[str, str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "cookies.txt").write_text('{"not": "Netscape"}')
    internet.add("one", entries("one", 3))
    with pytest.raises(
        ListingError, match=rf"^cookies cannot be read \({said}.*\); --cookies takes a file in Netsc"
    ) as it:
        list(list_videos(ADDRESS, "videos", Access(internet.proxy, **access)))
    assert it.value.unreachable
    assert internet.log == []


def test_a_dry_run_lists_and_fetches_nothing(internet: Internet) -> None:
    internet.add("one", mixed(200))
    settings = Settings(SplitRule("lab", 50, 10), access=Access(internet.proxy))
    found = preview(one(60), settings)
    assert sum(not video.unwanted for video in found) == 60
    assert not found[-1].unwanted
    assert internet.thumbnails() == []
