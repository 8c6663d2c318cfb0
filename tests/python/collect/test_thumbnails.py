"""Fetching thumbnails: every answer a server can give, and that nobody asks faster or more often than is polite."""

from __future__ import annotations

import base64
import io
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image
from youtube import (
    BOMB,
    BUSY,
    MISSING,
    OVERSIZED,
    STAND_IN,
    THUMBNAIL,
    UNDECODABLE,
    WRONG_TYPE,
    Answer,
    Asked,
    Internet,
    image,
    moved,
    picture,
    too_many,
    truncated,
)
from youtube_pages import entries, video_id

from backend.cli.collect import collect_command
from backend.collect.http_client import Client, FetchError, PutOff, proxy_of, retry_after
from backend.collect.rate_limit import Pace, RateLimit, Stopped, backoff
from backend.collect.thumbnails import DOMAINS, Outcome, address, fetch_largest, is_placeholder
from backend.data.dataset import load_dataset
from backend.data.images import decode
from backend.utils.errors import ThumbprintError

VIDEO = "abcdefghijk"
EVERY_SIZE = ["maxres", "sd", "hq", "mq"]
QUICK = RateLimit(rate=0, tries=3, backoff=0.02, patience=20, seconds=5)


@pytest.fixture
def internet(tmp_path: Path) -> Iterator[Internet]:
    with Internet.trusted(tmp_path) as internet:
        yield internet


@pytest.fixture
def connect(internet: Internet) -> Iterator[Callable[..., Client]]:
    """Make clients of that internet."""
    made: list[Client] = []

    def client(rate_limit: RateLimit = QUICK, proxy: str = "") -> Client:
        made.append(Client(rate_limit, DOMAINS, proxy or internet.proxy))
        return made[-1]

    yield client
    for one in made:
        one.close()


def sizes(asked: Sequence[Asked]) -> list[str]:
    return [match[2] for one in asked if (match := THUMBNAIL.match(one.path))]


def fetch_all(client: Client, videos: Sequence[str], threads: int = 8) -> list[Outcome]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda video: fetch_largest(client, video), videos))


def videos_of(count: int) -> list[str]:
    return [video_id("many", number) for number in range(count)]


# --- What can be answered -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", EVERY_SIZE)
def test_the_largest_size_that_is_there_is_taken(
    internet: Internet, connect: Callable[..., Client], there: str
) -> None:
    larger = EVERY_SIZE[: EVERY_SIZE.index(there)]
    for place, size in enumerate(larger):
        internet.always(VIDEO, (MISSING, STAND_IN)[place % 2], size)
    found = fetch_largest(connect(), VIDEO)
    assert found.thumbnail is not None
    assert (found.thumbnail.variant, found.thumbnail.url) == (there, address(VIDEO, there))
    assert found.refused == dict.fromkeys(larger, "missing")
    assert sizes(internet.thumbnails()) == [*larger, there]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (MISSING, "no thumbnail"),
        (Answer(404), "no thumbnail"),
        (Answer(410, b"gone"), "no thumbnail"),
        (STAND_IN, "no thumbnail"),
        (WRONG_TYPE, "not a picture but text/html"),
        (Answer(200, picture("x")), "not a picture but of no type"),
        (UNDECODABLE, "not a JPEG, PNG or WebP picture"),
        (Answer(200, b"", {"Content-Type": "image/jpeg"}), "not a JPEG, PNG or WebP picture"),
        (image(picture("cut")[:-200]), "damaged picture (image file is truncated"),
        (Answer(400), "HTTP 400"),
        (BOMB, "sent as gzip, which pictures never are"),
        (OVERSIZED, "over 8 MB"),
        (moved("https://elsewhere.example/a.jpg"), "redirected to https://elsewhere.example, which is not asked"),
        (moved("https://ytimg.com.elsewhere.example/"), "redirected to https://ytimg.com.elsewhere.example, which is"),
        (moved("http://i.ytimg.com/a.jpg"), "redirected to http://i.ytimg.com, which is not asked"),
        (moved("file:///etc/passwd"), "redirected to file://, which is not asked"),
    ],
)
def test_what_will_be_no_better_is_asked_for_once_in_each_size(
    internet: Internet, connect: Callable[..., Client], answer: Answer, reason: str
) -> None:
    internet.always(VIDEO, answer)
    found = fetch_largest(connect(), VIDEO)
    assert (found.thumbnail, found.passing) == (None, "")
    assert found.reason.startswith(reason)
    assert list(found.refused) == EVERY_SIZE
    assert sizes(internet.thumbnails()) == EVERY_SIZE
    assert {asked.host for asked in internet.log} == {"i.ytimg.com"}
    assert set(internet.connections) == {"i.ytimg.com"}


def test_what_was_refused_before_is_not_asked_for_again(internet: Internet, connect: Callable[..., Client]) -> None:
    found = fetch_largest(connect(), VIDEO, {"maxres": "missing", "hq": "missing"})
    assert found.thumbnail is not None
    assert found.thumbnail.variant == "sd"
    assert sizes(internet.thumbnails()) == ["sd"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_fails_in_passing_is_asked_for_again(
    internet: Internet, connect: Callable[..., Client], status: int
) -> None:
    internet.script(VIDEO, Answer(status, b"later"), Answer(status, b"later"))
    found = fetch_largest(connect(), VIDEO)
    assert found.thumbnail is not None
    assert sizes(internet.thumbnails()) == ["maxres"] * 3


@pytest.mark.parametrize(
    ("answer", "reason", "times"),
    [(BUSY, "HTTP 503, 3 times", 3), (too_many(), "HTTP 429, 3 times", 3), (Answer(403), "HTTP 403", 1)],
)
def test_a_server_that_is_down_says_nothing_of_smaller_sizes(
    internet: Internet, connect: Callable[..., Client], answer: Answer, reason: str, times: int
) -> None:
    internet.always(VIDEO, answer)
    found = fetch_largest(connect(), VIDEO)
    assert found == Outcome(passing=reason)
    assert sizes(internet.thumbnails()) == ["maxres"] * times


def test_a_body_that_breaks_off_once_is_fetched_whole(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.script(VIDEO, truncated("half"))
    found = fetch_largest(connect(), VIDEO)
    assert found.thumbnail is not None
    assert found.thumbnail.body == picture(f"{VIDEO} maxres 0")
    assert sizes(internet.thumbnails()) == ["maxres"] * 2


def test_a_body_that_always_breaks_off_is_never_counted(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.always(VIDEO, truncated("half"), "maxres")
    found = fetch_largest(connect(), VIDEO)
    assert found.refused == {"maxres": "ended early, 3 times"}
    assert found.thumbnail is not None
    assert found.thumbnail.variant == "sd"


def test_redirects_among_youtubes_own_machines_are_followed(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.script(VIDEO, moved(f"https://i9.ytimg.com/vi/{VIDEO}/hqdefault.jpg"), moved("mqdefault.jpg"))
    found = fetch_largest(connect(), VIDEO)
    assert found.thumbnail is not None
    assert found.thumbnail.body == picture(f"{VIDEO} mq 0")
    assert [(asked.host, asked.path.rpartition("/")[2]) for asked in internet.log] == [
        ("i.ytimg.com", "maxresdefault.jpg"),
        ("i9.ytimg.com", "hqdefault.jpg"),
        ("i9.ytimg.com", "mqdefault.jpg"),
    ]


def test_a_loop_of_redirects_ends(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.always(VIDEO, moved(address(VIDEO, "maxres")))
    with pytest.raises(FetchError, match=r"^more than 3 redirects$"):
        connect().get(address(VIDEO, "maxres"))
    assert len(internet.thumbnails()) == 4


@pytest.mark.parametrize(("answer", "most"), [(BOMB, 2), (OVERSIZED, 18)])
def test_a_bomb_takes_no_memory(internet: Internet, connect: Callable[..., Client], answer: Answer, most: int) -> None:
    client = connect()
    client.get(address(VIDEO, "hq"))
    internet.always(VIDEO, answer)
    tracemalloc.start()
    try:
        fetch_largest(client, VIDEO)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most * 1024 * 1024


@pytest.mark.parametrize("status", [200, 404])
def test_what_drips_is_given_up(internet: Internet, connect: Callable[..., Client], status: int) -> None:
    drip = replace(image(picture(VIDEO, (640, 480)), status), drip=0.02)
    assert len(drip.body) * drip.drip > 60
    internet.always(VIDEO, drip)
    client = connect(replace(QUICK, seconds=0.4, concurrency=1))
    began = time.monotonic()
    with pytest.raises(FetchError) as caught:
        client.get(address(VIDEO, "maxres"))
    assert time.monotonic() - began < 10
    assert caught.value.reason == {200: "not whole after 0 s, 2 times", 404: "HTTP 404"}[status]
    assert client.get(address("another____", "mq")).body  # the only connection is not lost


def test_a_picture_is_only_sent_again_if_it_is_another(internet: Internet, connect: Callable[..., Client]) -> None:
    client, url = connect(), address(VIDEO, "maxres")
    first = client.get(url)
    assert client.get(url, first.etag).body is None
    internet.revisions[VIDEO] += 1
    assert client.get(url, first.etag).body == picture(f"{VIDEO} maxres 1")
    assert [(asked.status, asked.conditional) for asked in internet.log] == [(200, False), (304, True), (200, True)]


def test_nobody_is_trusted_without_a_reason(
    internet: Internet, connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    found = fetch_largest(connect(), VIDEO)
    assert found.passing.startswith("no connection (")
    assert "certificate verify failed" in found.passing
    assert internet.log == []


def test_a_proxy_is_told_its_password(internet: Internet, connect: Callable[..., Client]) -> None:
    proxy = internet.proxy.replace("//", "//me:p%40ss@")
    assert fetch_largest(connect(proxy=proxy), VIDEO).thumbnail
    assert internet.passwords == ["Basic " + base64.b64encode(b"me:p@ss").decode()]


def test_the_environments_proxy_is_used_unless_it_excludes_the_thumbnails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "example.org")
    assert proxy_of("") == "http://proxy.example:3128"
    monkeypatch.setenv("no_proxy", "example.org,.ytimg.com")
    assert proxy_of("") == ""
    assert proxy_of("http://given.example:1") == "http://given.example:1"


def test_a_proxy_of_another_kind_is_named_without_its_password() -> None:
    with pytest.raises(
        ThumbprintError, match=r"^--proxy there:1080: thumbnails can be fetched through http:// and https"
    ):
        Client(QUICK, DOMAINS, "socks5://me:secret@there:1080")


def test_connections_are_used_again(internet: Internet, connect: Callable[..., Client]) -> None:
    videos = videos_of(20)
    for place, video in enumerate(videos):
        internet.script(video, (MISSING, BUSY, moved(address(video, "hq")))[place % 3])
    found = fetch_all(connect(replace(QUICK, concurrency=4)), videos, 4)
    assert all(one.thumbnail for one in found)
    assert len(internet.thumbnails()) == 40
    assert len(internet.connections) <= 4


# --- The stand-in ---------------------------------------------------------------------------------------------------


def jpeg(pixels: NDArray[np.int64], quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "JPEG", quality=quality)
    return file.getvalue()


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_the_stand_in_is_told_from_small_pictures(quality: int) -> None:
    grey = np.full((90, 120, 3), 230)
    grey[30:60, 45:75] = 180
    tinted = grey.copy()
    tinted[30:60, 45:75] = (200, 120, 90)
    assert is_placeholder(decode(jpeg(grey, quality)))
    assert not is_placeholder(decode(jpeg(tinted, quality)))
    assert not is_placeholder(decode(jpeg(np.full((180, 320, 3), 230), quality)))


def test_a_small_picture_in_colour_is_kept(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.always(VIDEO, image(picture("small", (120, 90))))
    found = fetch_largest(connect(), VIDEO).thumbnail
    assert found is not None
    assert (found.width, found.height) == (120, 90)


# --- How fast and how often -----------------------------------------------------------------------------------------


def test_turns_are_never_closer_than_the_rate_allows() -> None:
    pace = Pace(100)
    time.sleep(0.03)  # three turns that nobody took are not caught up on
    with ThreadPoolExecutor(4) as pool:
        turns = sorted(pool.map(lambda _: pace.wait(), range(20)))
    assert min(np.diff(turns)) >= 0.01 - 1e-9


def test_the_log_shows_the_rate(internet: Internet, connect: Callable[..., Client]) -> None:
    videos = videos_of(24)
    internet.missing(videos[5], "maxres", "sd")  # smaller sizes wait for their turn as well
    assert all(one.thumbnail for one in fetch_all(connect(replace(QUICK, rate=25)), videos))
    times = [asked.time for asked in internet.thumbnails()]
    assert len(times) == 26
    assert times[-1] - times[0] >= 25 / 25 - 0.15  # the first one's connection took a little longer than the last one's


def test_no_more_are_under_way_than_allowed(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.delay = 0.1
    fetch_all(connect(replace(QUICK, concurrency=8)), videos_of(40), threads=20)
    under_way = max(asked.under_way for asked in internet.thumbnails())
    assert 4 < under_way <= 8


def test_each_wait_is_longer(internet: Internet, connect: Callable[..., Client]) -> None:
    internet.always(VIDEO, BUSY)
    fetch_largest(connect(replace(QUICK, backoff=0.1, tries=4)), VIDEO)
    gaps = np.diff([asked.time for asked in internet.thumbnails()])
    assert len(gaps) == 3
    assert all(gap >= least for gap, least in zip(gaps, (0.05, 0.1, 0.2), strict=True))


def test_waits_are_drawn() -> None:
    rate_limit = RateLimit(backoff=1)
    for failures, most in ((1, 1), (2, 2), (4, 8)):
        drawn = [backoff(rate_limit, failures) for _ in range(200)]
        assert most / 2 <= min(drawn) < 0.6 * most
        assert 0.9 * most < max(drawn) <= most


def in_seconds() -> tuple[Answer, float]:
    return too_many("1"), 1.0


def as_a_date() -> tuple[Answer, float]:
    when = (datetime.now(timezone.utc) + timedelta(seconds=2)).replace(microsecond=0)
    return too_many(format_datetime(when, usegmt=True)), (when - datetime.now(timezone.utc)).total_seconds() - 0.1


def without_a_word() -> tuple[Answer, float]:
    return too_many(), 0.5  # at least half of the second wait


@pytest.mark.slow
@pytest.mark.parametrize("said", [in_seconds, as_a_date, without_a_word])
def test_nobody_asks_while_a_server_wants_peace(
    internet: Internet, connect: Callable[..., Client], said: Callable[[], tuple[Answer, float]]
) -> None:
    videos = videos_of(60)
    answer, seconds = said()
    internet.delay = 0.01
    internet.script(videos[12], answer)
    client = connect(replace(QUICK, backoff=0.5))
    began = time.monotonic()
    assert all(one.thumbnail for one in fetch_all(client, videos))
    log = internet.thumbnails()
    refused = next(asked.time for asked in log if asked.status == 429)
    end = (began if said is as_a_date else refused) + seconds
    # What had its turn before the answer came may still arrive.
    assert sum(refused < asked.time < end for asked in log) < QUICK.concurrency
    assert sum(asked.time >= end for asked in log) > 30


def test_the_log_shows_that_the_rate_is_halved_and_recovers(internet: Internet, connect: Callable[..., Client]) -> None:
    videos = videos_of(14)
    internet.script(videos[0], too_many("0"))
    client = connect(replace(QUICK, rate=40))
    for video in videos:
        assert fetch_largest(client, video).thumbnail
    times = [asked.time for asked in internet.thumbnails()]
    halved = [1 / (20 * 1.05**number) for number in range(13)]
    assert times[-1] - times[1] >= 0.95 * sum(halved)
    assert sum(halved) > 1.4 * 13 / 40
    assert 20 < client.pace.rate <= 40


def test_a_burst_that_is_turned_down_halves_the_rate_once() -> None:
    pace = Pace(1000)
    turns = [pace.wait() for _ in range(8)]
    for turn in turns:
        pace.slow_down(0, turn)
    assert pace.rate == 500
    pace.slow_down(0, pace.wait())
    assert pace.rate == 250
    for _ in range(50):
        pace.succeed()
    assert pace.rate == 1000


@pytest.mark.parametrize(("wanted", "slowest"), [(10.0, 0.2), (0.1, 0.1)])
def test_slowing_down_has_an_end(wanted: float, slowest: float) -> None:
    pace = Pace(wanted)
    for _ in range(20):
        pace.slow_down(-1000, time.monotonic())
    assert pace.rate == slowest


def test_without_a_limit_a_server_that_is_tired_gets_one() -> None:
    pace = Pace(0)
    assert pace.rate == float("inf")
    pace.slow_down(0, pace.wait())
    assert pace.rate == 10
    for _ in range(40):
        pace.succeed()
    assert pace.rate == float("inf")


def test_whoever_waits_is_woken_by_the_end() -> None:
    pace = Pace(0.01)
    pace.wait()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pace.wait)
        pace.stop()
        with pytest.raises(Stopped):
            waiting.result(timeout=5)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), (" 0 ", 0), ("", None), ("soon", None), ("-5", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after(text) == seconds


# --- When it is put off ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_too_long_ends_it_for_everybody(
    internet: Internet, connect: Callable[..., Client], status: int
) -> None:
    internet.script(VIDEO, Answer(status, b"", {"Retry-After": "3600"}))
    client = connect()
    told = (
        rf"^i\.ytimg\.com asks to wait 60 minutes \(HTTP {status}\); all that was fetched is kept: run the same command"
    )
    with pytest.raises(PutOff, match=told):
        fetch_largest(client, VIDEO)
    with pytest.raises(Stopped):
        fetch_largest(client, "another____")
    assert len(internet.thumbnails()) == 1


def test_it_ends_where_nothing_has_come_for_long(internet: Internet, connect: Callable[..., Client]) -> None:
    client = connect(replace(QUICK, patience=0.3))
    internet.down.add("i.ytimg.com")
    with pytest.raises(PutOff, match=r"^i\.ytimg\.com has given nothing for 0 minutes \(no connection \("):
        for _ in range(100):
            fetch_largest(client, VIDEO)


def test_it_goes_on_where_anything_comes(internet: Internet, connect: Callable[..., Client]) -> None:
    client = connect(replace(QUICK, patience=0.3))
    internet.always(VIDEO, BUSY)
    began = time.monotonic()
    while time.monotonic() - began < 0.8:
        assert fetch_largest(client, VIDEO).passing
        assert fetch_largest(client, "another____").thumbnail


def test_what_is_put_off_is_kept_and_gone_on_with(internet: Internet, tmp_path: Path) -> None:
    internet.add("one", entries("one", 30))
    late = video_id("one", 15)
    internet.script(late, too_many("3600"))
    toml, out = tmp_path / "channels.toml", tmp_path / "data"
    toml.write_text('[one]\nhandle = "@one"\ncount = 30\n')
    command = [str(toml), "--out", str(out), "--rate", "0", "--proxy", internet.proxy]
    first = CliRunner().invoke(collect_command, command)
    assert first.exit_code == 3
    assert "Error: i.ytimg.com asks to wait 60 minutes (HTTP 429)" in first.stderr
    kept = {one.key for one in load_dataset(out).pictures}
    assert 5 <= len(kept) < 30
    second = CliRunner().invoke(collect_command, command)
    assert (second.exit_code, second.stderr.count("Error")) == (0, 0)
    assert len({one.key for one in load_dataset(out).pictures}) == 30
    asked = internet.videos()
    assert sorted(asked) == sorted([*(one.video for one in entries("one", 30)), late])
