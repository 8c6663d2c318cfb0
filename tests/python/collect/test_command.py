"""`collect` as a person types it, in a process of its own, on an internet that is played on this machine."""

from __future__ import annotations

import base64
import csv
import fcntl
import json
import os
import pty
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import youtube
from collecting import Forks, Watched, forks
from youtube import Answer, Internet, too_many
from youtube_pages import Entry, entries, video_id

from backend.data.dataset import Dataset, load_dataset

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
CHANNELS = '[one]\nhandle = "@one"\n[two]\nhandle = "@two"\nrole = "background"\n'
NONE = '[none]\nhandle = "@nobody-at-all"\n'  # no such channel
COOKIES = "# Netscape HTTP Cookie File\n{}\tTRUE\t/\tTRUE\t2147483647\tSID\tsecret\n"
TOO_FEW = ("--train-size", "4", "--test-size", "1")


@dataclass
class Person:
    """Somebody at a prompt, with a file of channels."""

    net: Internet
    home: Path
    processes: Forks
    cookies: list[tuple[str, str]] = field(default_factory=list)  # (host, cookie) of every request
    logins: list[tuple[str, str]] = field(default_factory=list)  # (host, what the proxy was told), of every connection

    @property
    def out(self) -> Path:
        return self.home / "data"

    @property
    def channels(self) -> Path:
        return self.home / "channels.toml"

    def write(self, name: str, text: str) -> Path:
        (self.home / name).write_text(text, encoding="utf-8")
        return self.home / name

    def environment(self, proxy: str) -> dict[str, str]:
        named = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "SSL_CERT_FILE": str(self.net.ca), "HOME": str(self.home)}
        return {**os.environ, **named}

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "backend", "collect", str(self.channels), "--rate", "0", *map(str, arguments)]

    def types(
        self, *arguments: str | Path, env_proxy: str | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command; the environment names the proxy unless told otherwise."""
        environment = {**self.environment(self.net.proxy if env_proxy is None else env_proxy), **env}
        command = self.command(*arguments)
        # A copy of a process that has read its modules already, in this environment and no other.
        first = f"os.environ.clear(); os.environ.update({environment!r})"
        self.processes.start_command(command[3:], first)
        code = self.processes.end()
        return subprocess.CompletedProcess(
            command, code, *(path.read_text(encoding="utf-8") for path in (self.processes.out, self.processes.err))
        )

    def collects(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run it into the usual folder, with four videos to train on and one to test."""
        return self.types("--out", self.out, *TOO_FEW, *arguments, **env)

    def starts(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Run it beside the test."""
        command, env = self.command(*arguments), self.environment(self.net.proxy)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=pipe, stderr=pipe)

    def rows(self) -> list[dict[str, str]]:
        with (self.out / "manifest.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def dataset(self) -> Dataset:
        return load_dataset(self.out)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    folder = tmp_path_factory.mktemp("processes")
    net = Watched(folder / "ca.pem")
    with net.running(), forks(folder, net) as started:
        yield started


@pytest.fixture
def person(tmp_path: Path, processes: Forks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "channels.toml").write_text(CHANNELS)
    net = Internet(tmp_path / "ca.pem")
    made = Person(net, home, processes)
    plain, connect = youtube._Handler.do_GET, youtube._Handler.do_CONNECT

    def noted(self: youtube._Handler) -> None:
        made.cookies.append((self.host, self.headers.get("Cookie", "")))
        plain(self)

    def connected(self: youtube._Handler) -> None:
        made.logins.append((self.path.partition(":")[0], self.headers.get("Proxy-Authorization", "")))
        connect(self)

    monkeypatch.setattr(youtube._Handler, "do_CONNECT", connected)
    monkeypatch.setattr(youtube._Handler, "do_GET", noted)
    monkeypatch.setattr(youtube._Handler, "do_POST", noted)
    for name in ("one", "two"):
        net.add(name, entries(name, 40))
    with net.running():
        yield made


def ids(channel: str, *numbers: int) -> list[str]:
    return [video_id(channel, number) for number in numbers]


def assert_error(done: subprocess.CompletedProcess[str], message: str) -> None:
    """One line on stderr and exit code 2; no traceback, and nothing that a program would take for a result."""
    assert (done.returncode, done.stderr, done.stdout) == (2, f"Error: {message}\n", "")


# --- It goes well ------------------------------------------------------------------------------------------------


def test_a_collection_says_what_came_of_it_and_is_a_dataset(person: Person) -> None:
    done = person.collects()
    assert (done.returncode, done.stderr) == (0, "")
    told = ["one: 5 of 5 thumbnails (5 new)", "two: 5 of 5 thumbnails (5 new)", f"10 thumbnails in {person.out}"]
    assert done.stdout.splitlines() == told
    data = person.dataset()
    assert Counter(picture.channel for picture in data.pictures) == {"one": 5, "two": 5}
    assert [channel.role for channel in data.channels] == ["known", "background"]
    assert data.rule == {"kind": "lab", "newest": 4, "test_next": 1}

    again = person.collects()
    told = ["one: 5 of 5 thumbnails", "two: 5 of 5 thumbnails", f"10 thumbnails in {person.out}"]
    assert (again.returncode, again.stdout.splitlines()) == (0, told)
    assert len(person.net.thumbnails()) == 10, "a second time, nothing was asked for"


def test_a_short_channel_is_named_with_the_reasons_and_ends_with_3(person: Person) -> None:
    person.net.add("two", [*entries("two", 3), Entry("private____", "private"), Entry("later______", "upcoming")])
    person.net.missing(video_id("two", 1))
    done = person.collects()
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "one: 5 of 5 thumbnails (5 new)",
        "two: 2 of 5 thumbnails (2 new)",
        "  1 not: no thumbnail",
        "  1 not: private or deleted",
        "  1 not: premiere that is still to come",
        f"7 thumbnails in {person.out}; what was left out is in left-out.csv",
    ]
    left_out = (person.out / "left-out.csv").read_text(encoding="utf-8").splitlines()
    assert f"two,{video_id('two', 1)},no thumbnail" in left_out


def test_json_has_what_a_script_needs(person: Person) -> None:
    person.write("channels.toml", CHANNELS + NONE)
    person.net.add("two", entries("two", 3))
    done = person.collects("--json")
    assert done.returncode == 3
    found = json.loads(done.stdout)
    channels = {one["name"]: one for one in found.pop("channels")}
    assert found == {"out": str(person.out), "images": 8, "short": True, "put_off": ""}
    full = {"wanted": 5, "images": 5, "fetched": 5, "changed": 0, "left_out": {}, "problem": "", "short": False}
    assert {key: channels["one"][key] for key in full} == full
    assert (channels["two"]["images"], channels["two"]["short"]) == (3, True)
    assert channels["none"]["problem"].endswith("there is no such channel (HTTP 404); check its handle")


def test_when_it_is_put_off_the_json_says_so_and_what_is_there(person: Person) -> None:
    person.net.always(video_id("one", 37), too_many("3600"))
    done = person.collects("--json", "--concurrency", "1")
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert found["short"] is True
    assert "asks to wait 60 minutes (HTTP 429)" in found["put_off"]
    assert "run the same command again" in found["put_off"]
    assert found["images"] == len(person.rows()) == 2
    assert done.stderr == f"Error: {found['put_off']}\n"


# --- What to collect ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lab", "newest", "random"])
def test_the_split_that_was_chosen_is_what_the_dataset_has(person: Person, kind: str) -> None:
    person.write("channels.toml", '[one]\nhandle = "@one"\n')
    done = person.types("--out", person.out, "--train-size", "15", "--test-size", "5", "--split", kind)
    assert done.returncode == 0, done.stderr
    tested = sorted(int(row["key"][-3:]) for row in person.rows() if row["split"] == "test")
    assert person.dataset().rule == {"kind": kind, "newest": 15, "test_next": 5}
    if kind == "random":
        assert len(tested) == 3
        assert tested != [37, 38, 39]
    else:
        assert tested == {"lab": [20, 21, 22, 23, 24], "newest": [37, 38, 39]}[kind]


def test_variants_are_stored_beside_the_largest(person: Person) -> None:
    done = person.collects("--variants", "hq, webp")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "one: 5 of 5 thumbnails (5 new)", "a video counts once"
    rows = person.rows()
    assert Counter(row["variant"] for row in rows) == {"maxres": 10, "hq": 10, "webp": 10}
    assert all((person.out / row["file"]).is_file() for row in rows)
    assert len({(row["key"], row["split"]) for row in rows}) == 10, "all sizes of a video are in one split"


def test_videos_from_a_file_are_taken_instead_of_lists(person: Person) -> None:
    listed = ids("one", 3, 1, 2)
    text = (
        f"[one]\nhttps://www.youtube.com/watch?v={listed[0]}&t=3s\nhttps://youtu.be/{listed[1]}\n{listed[2]} # mine\n"
    )
    done = person.types("--out", person.out, "--videos", person.write("videos.txt", text))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["one: 3 of 3 thumbnails (3 new)", f"3 thumbnails in {person.out}"]
    assert sorted(person.net.videos()) == sorted(listed)
    assert person.net.pages() == []


def test_shorts_and_streams_are_listed_when_asked_for(person: Person) -> None:
    person.write("channels.toml", '[one]\nhandle = "@one"\n')
    streams = [Entry("stream_____", "streamed")]
    person.net.add("one", entries("one", 2), shorts=[Entry("short______", "short")], streams=streams)
    assert "one: 2 of 5" in person.collects().stdout
    assert "one: 3 of 5" in person.collects("--shorts").stdout
    assert "one: 4 of 5" in person.collects("--shorts", "--streams").stdout


def test_refresh_keeps_a_changed_thumbnail_as_another_version(person: Person) -> None:
    person.collects()
    changed = video_id("one", 39)
    person.net.revisions[changed] = 1
    assert person.collects().stdout.startswith("one: 5 of 5 thumbnails\n"), "it was looked at today"
    done = person.collects("--refresh")
    assert "one: 5 of 5 thumbnails (1 changed)" in done.stdout
    versions = [(row["version"], row["split"]) for row in person.rows() if row["key"] == changed]
    assert versions == [("1", "train"), ("2", "train")]


# --- Looking only ------------------------------------------------------------------------------------------------


def test_a_dry_run_lists_needs_no_folder_and_writes_nothing(person: Person) -> None:
    person.net.add("two", [Entry("private____", "private"), *entries("two", 40)])
    before = sorted(person.home.rglob("*"))
    done = person.types("--dry-run", *TOO_FEW)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "one: 5 videos would be fetched",
        "two: 5 videos would be fetched; 1 not: private or deleted",
    ]
    assert person.net.thumbnails() == []
    assert person.collects("--dry-run").returncode == 0
    assert sorted(person.home.rglob("*")) == before


def test_a_dry_run_as_json_names_every_video_and_every_problem(person: Person) -> None:
    person.write("channels.toml", NONE + CHANNELS)
    done = person.types("--dry-run", "--json", "--train-size", "2", "--test-size", "0")
    assert (done.returncode, done.stderr) == (3, "")
    found = json.loads(done.stdout)
    none, one, two = found["channels"]
    assert (found["short"], none["short"], none["videos"]) == (True, True, [])
    assert "there is no such channel" in none["problem"]
    assert (one["short"], one["problem"]) == (False, "")
    assert [video["video"] for video in one["videos"]] == ids("one", 39, 38)
    assert [video["video"] for video in two["videos"]] == ids("two", 39, 38)
    assert one["videos"][0]["title"] == f"Video {video_id('one', 39)}"


# --- The way there -----------------------------------------------------------------------------------------------


def test_cookies_go_to_youtube_and_never_to_the_thumbnails(person: Person) -> None:
    file = person.write("cookies.txt", COOKIES.format(".youtube.com"))
    before = file.read_bytes()
    file.chmod(0o400)
    assert person.collects("--cookies", file).returncode == 0
    assert [cookie for host, cookie in person.cookies if host == "www.youtube.com" and "SID=secret" not in cookie] == []
    assert {host for host, _ in person.cookies} == {"www.youtube.com", "i.ytimg.com"}
    assert [cookie for host, cookie in person.cookies if host == "i.ytimg.com" and cookie] == []
    assert file.read_bytes() == before, "yt-dlp would write its own version"


def firefox_profile(home: Path) -> None:
    """Leave a browser's cookies where yt-dlp looks, on Linux and macOS."""
    for place in (".mozilla/firefox", "Library/Application Support/Firefox/Profiles"):
        profile = home / place / "abc.default"
        profile.mkdir(parents=True)
        database = sqlite3.connect(profile / "cookies.sqlite")
        with database:
            database.execute(
                "create table moz_cookies (host text, name text, value text, path text, expiry integer,"
                " isSecure integer, originAttributes text)"
            )
            row = (".youtube.com", "SID", "of firefox", "/", 2147483647, 1, "")
            database.execute("insert into moz_cookies values (?, ?, ?, ?, ?, ?, ?)", row)
        database.close()


def test_a_browsers_cookies_go_to_youtube_and_never_to_the_thumbnails(person: Person) -> None:
    firefox_profile(person.home)
    done = person.collects("--cookies-from-browser", "firefox", XDG_CONFIG_HOME=str(person.home / "none"))
    assert (done.returncode, done.stderr) == (0, "")
    asked = {host: cookie for host, cookie in person.cookies}
    assert "SID=" in asked["www.youtube.com"]
    assert "of firefox" in asked["www.youtube.com"]
    assert asked["i.ytimg.com"] == ""


def test_the_proxy_that_is_named_is_used_for_everything(person: Person) -> None:
    done = person.collects("--proxy", person.net.proxy, env_proxy="http://127.0.0.1:1")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_proxys_name_and_password_are_told_for_pages_and_thumbnails(person: Person) -> None:
    with_password = person.net.proxy.replace("http://", "http://me:p%40ss@")
    done = person.collects("--proxy", with_password, env_proxy="http://127.0.0.1:1")
    assert (done.returncode, done.stderr) == (0, "")
    told = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert set(person.logins) == {("www.youtube.com", told), ("i.ytimg.com", told)}


def test_rate_and_concurrency_hold(person: Person) -> None:
    person.write("channels.toml", '[one]\nhandle = "@one"\n')
    person.net.delay = 0.05
    person.types("--out", person.out, "--train-size", "12", "--test-size", "0", "--concurrency", "3", "--rate", "20")
    asked = person.net.thumbnails()
    assert len(asked) == 12
    assert max(one.under_way for one in asked) <= 3
    assert asked[-1].time - asked[0].time > 0.9 * 11 / 20

    person.types("--out", person.home / "other", "--train-size", "12", "--test-size", "0", "--concurrency", "1")
    assert max(one.under_way for one in person.net.thumbnails()[12:]) == 1


# --- What cannot be meant ----------------------------------------------------------------------------------------


def words(*arguments: str) -> Callable[[Person], list[str]]:
    """Fill in where things are."""
    return lambda person: [one.format(home=person.home, out=person.out) for one in arguments]


EXPORT = "export it from your browser"
HTTP_ONLY = "thumbnails are fetched through http:// only; write http://HOST:PORT"
BAD: dict[str, tuple[Callable[[Person], list[str]], str]] = {
    "no --out": (words(), "--out is missing: name the folder to collect into, or add --dry-run"),
    "variant": (
        words("--out", "{out}", "--variants", "hq,huge"),
        "--variants huge: use some of sd, hq, mq, webp, with commas between",
    ),
    "cookies": (
        words("--out", "{out}", "--cookies", "{home}/c.txt"),
        f"--cookies {{home}}/c.txt: no such file; {EXPORT} in Netscape's format",
    ),
    "cookies that are none": (
        words("--out", "{out}", "--cookies", "{home}/channels.toml"),
        f"--cookies {{home}}/channels.toml: not in Netscape's format; {EXPORT} anew",
    ),
    "browser": (
        words("--out", "{out}", "--cookies-from-browser", "netscape"),
        "--cookies-from-browser netscape: is not known to yt-dlp; use one of brave, chrome, chromium, edge, firefox, "
        "opera, safari, vivaldi, whale",
    ),
    "a file for a folder": (
        words("--out", "{home}/channels.toml"),
        "{home}/channels.toml: cannot be written (File exists): choose another --out",
    ),
    "a folder in a file": (
        words("--out", "{home}/channels.toml/data"),
        "{home}/channels.toml/data: cannot be written (Not a directory): choose another --out",
    ),
    "another folder": (
        words("--out", "{home}"),
        "{home}: is not a collection, and would be mixed with one: choose another --out",
    ),
    "socks": (words("--out", "{out}", "--proxy", "socks5://me:pw@h:1080"), f"--proxy h:1080: {HTTP_ONLY}"),
    "proxy": (words("--out", "{out}", "--proxy", "http://h:port"), f"--proxy http://h:port: {HTTP_ONLY}"),
    "no videos": (
        words("--out", "{out}", "--videos", "{home}/v.txt"),
        "{home}/v.txt: cannot be read ([Errno 2] No such file or directory: '{home}/v.txt'); name a text file with a "
        "video a line",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_meant_is_one_line_and_leaves_nothing(person: Person, kind: str) -> None:
    arguments, message = BAD[kind]
    before = sorted(person.home.rglob("*"))
    assert_error(person.types(*arguments(person)), message.format(home=person.home))
    assert sorted(person.home.rglob("*")) == before
    assert person.net.log == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '{file}: names no channels; write [fireship] and below it handle = "@Fireship"'),
        ("[one]\n", '{file}: [one]: needs handle = "@..." or url = "https://www.youtube.com/..."'),
        ('[one]\nhandle = "@one"\ncount = 0\n', "{file}: [one]: count = 0 must be a whole number from 1 to 1,000,000"),
    ],
)
def test_a_bad_file_of_channels_is_explained(person: Person, text: str, message: str) -> None:
    person.write("channels.toml", text)
    assert_error(person.collects(), message.format(file=person.channels))
    assert not person.out.exists()


def test_a_file_of_channels_that_is_no_toml_or_is_not_there_is_explained(person: Person) -> None:
    person.write("channels.toml", "[one\n")
    done = person.collects()
    assert re.fullmatch(r"Error: .*channels\.toml: not valid TOML \(.*line 1.*\n", done.stderr)
    person.channels.unlink()
    hint = "no such file; copy channels/example.toml, and name your channels in it"
    assert_error(person.collects(), f"{person.channels}: {hint}")
    assert not person.out.exists()


def test_certificates_that_are_none_are_explained(person: Person) -> None:
    for path, reason in (
        (person.home / "no.pem", "No such file or directory"),
        (person.channels, "no certificates in it"),
    ):
        message = f"SSL_CERT_FILE={path}: cannot be used ({reason}); name a PEM file, or unset it"
        assert_error(person.collects(SSL_CERT_FILE=str(path)), message)
    assert not person.out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--split", "oldest"], "'oldest' is not one of 'lab', 'newest', 'random'"),
        (["--train-size", "0"], "0 is not in the range x>=1"),
        (["--concurrency", "100"], "100 is not in the range 1<=x<=64"),
        (["--rate", "-1"], "-1.0 is not in the range x>=0"),
    ],
)
def test_numbers_out_of_bounds_are_refused(person: Person, arguments: list[str], message: str) -> None:
    done = person.types("--out", person.out, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_where_youtube_cannot_be_reached_it_says_so_and_leaves_nothing(person: Person) -> None:
    person.net.down = {"www.youtube.com"}
    done = person.collects("--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "www.youtube.com/@one/videos: YouTube cannot be reached" in done.stderr
    assert "check the connection, or --proxy, and run it again" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not person.out.exists()


def test_where_youtube_refuses_for_now_it_says_so_and_keeps_what_is_there(person: Person) -> None:
    person.collects()
    before = person.rows()
    person.net.page_answer = Answer(429)
    done = person.collects("--json")
    assert done.returncode == 3
    assert "YouTube asks to come back later (HTTP 429); wait an hour" in json.loads(done.stdout)["put_off"]
    assert person.rows() == before
    (person.home / "empty").mkdir()
    for name in ("fresh", "empty"):
        later = "YouTube asks to come back later (HTTP 429); wait an hour"
        assert_error(person.types("--out", person.home / name), f"https://www.youtube.com/@one/videos: {later}")
    assert not (person.home / "fresh").exists()
    assert (person.home / "empty").is_dir(), "what somebody else made is not taken away"


# --- Stopping ----------------------------------------------------------------------------------------------------


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def test_ctrl_c_says_that_what_was_fetched_is_kept_and_it_is(person: Person) -> None:
    person.net.delay = 0.05
    started = person.starts("--out", person.out, "--train-size", "30", "--test-size", "0", "--json")
    wait_until(lambda: len(person.net.thumbnails()) > 12)
    started.send_signal(signal.SIGINT)
    stdout, stderr = started.communicate(timeout=30)
    kept = "Stopped. What was fetched is kept: the same command goes on from there.\n"
    assert (started.returncode, stdout, stderr) == (130, "", kept)
    assert 12 < len(person.net.videos()) < 30

    person.net.delay = 0
    done = person.types("--out", person.out, "--train-size", "30", "--test-size", "0")
    assert done.returncode == 0
    assert Counter(person.net.videos()) == dict.fromkeys(ids("one", *range(10, 40)) + ids("two", *range(10, 40)), 1)


def test_a_dry_run_that_is_stopped_speaks_of_nothing_kept(person: Person) -> None:
    person.net.page_answer = Answer(200, b"", delay=20)
    started = person.starts("--dry-run")
    wait_until(lambda: len(person.net.pages()) == 1)
    started.send_signal(signal.SIGINT)
    stdout, stderr = started.communicate(timeout=10)
    assert (started.returncode, stdout, stderr) == (130, "", "Stopped.\n")


# --- Progress ----------------------------------------------------------------------------------------------------


def on_a_terminal(person: Person, *options: str) -> tuple[str, str]:
    """Run the command with a terminal for its progress; returns what that showed, and the results."""
    command = person.command("--out", person.out, *TOO_FEW)
    command[3:3] = options
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    env = person.environment(person.net.proxy)
    started = subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    results, _ = started.communicate(timeout=30)
    assert started.returncode == 0
    return shown.decode(), results


def bars(shown: str) -> list[str]:
    """The names of the bars that were drawn to their ends."""
    return re.findall(r"([\w, ]+): 100%", shown)


def test_a_terminal_shows_a_bar_a_channel_and_none_of_nothing(person: Person) -> None:
    shown, results = on_a_terminal(person)
    assert sorted(set(bars(shown))) == ["one", "two"]
    assert "5/5" in shown
    assert results.startswith("one: 5 of 5 thumbnails (5 new)\n")
    shown, results = on_a_terminal(person)
    assert (shown, results.splitlines()[0]) == ("", "one: 5 of 5 thumbnails")


def test_a_quiet_collection_shows_no_bars(person: Person) -> None:
    shown, results = on_a_terminal(person, "--quiet")
    assert (shown, results.splitlines()[-1]) == ("", f"10 thumbnails in {person.out}")
