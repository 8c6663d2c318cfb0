"""Which channels a person wants, and how many thumbnails of each: `channels.toml`, and lists of videos."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from backend.data.dataset import Channel, channel_from
from backend.data.filenames import portable
from backend.data.video_keys import VIDEO_ID
from backend.utils.errors import DataError
from backend.utils.toml import quoted, read_text, read_toml

HANDLE = re.compile(r"@[\w.·-]{1,100}")
CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com")
# A channel's own part of an address: what follows is one of its tabs. Addresses of the oldest form are a name alone.
PLACE = re.compile(
    r"/(?:@[^/]+|(?:channel|c|user)/[^/]+"
    r"|(?!(?:watch|shorts|live|embed|v|clip|playlist|results|feed|channel|c|user|hashtag|post)(?:/|$))[^/]+)"
)
VIDEO_HOSTS = re.compile(r"(?:[\w-]+\.)*(?:youtube\.com|youtu\.be|youtube-nocookie\.com|ytimg\.com)")
KEYS = ("display_name", "role", "handle", "url", "count")
VIDEO_PATH = re.compile(rf"/(?:shorts|embed|live|v|vi|vi_webp)/({VIDEO_ID})(?:/|$)")
MOST = 1_000_000  # thumbnails of a channel


@dataclass(frozen=True)
class ChannelRequest:
    """A channel to collect: its address without a tab, empty where videos are given, and how many thumbnails of it.

    count: None for as many as the command asks for; videos: ids, newest first, instead of what the channel lists.
    """

    channel: Channel
    address: str
    count: int | None = None
    videos: tuple[str, ...] = ()


def read_channels(path: Path, videos: Mapping[str, Sequence[str]] | None = None) -> tuple[ChannelRequest, ...]:
    """Read `channels.toml`: a table a channel, with `handle` or `url`, and `role`, `display_name`, `count` if wanted.

    videos: ids by channel, which need no address. Raises DataError that names the table and what to write.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; write one, as channels/lab.toml is")
    tables = read_toml(path)
    if not tables:
        raise DataError(f'{path}: names no channels; write [fireship] and below it handle = "@Fireship"')
    _check_names(path, list(tables))
    given = dict(videos or {})
    if unknown := given.keys() - tables.keys():
        raise DataError(f"{path}: has no [{min(unknown)}], of which videos are listed; use {', '.join(tables)}")
    requests = [
        _request(f"{path}: [{name}]", name, table, tuple(given.get(name, ()))) for name, table in tables.items()
    ]
    _check_addresses(path, requests)
    return tuple(requests)


def _check_addresses(path: Path, requests: Sequence[ChannelRequest]) -> None:
    same: dict[str, str] = {}
    for request in requests:
        name = request.channel.name
        other = same.setdefault(request.address.lower() or name, name)
        if other != name:
            raise DataError(f"{path}: [{other}] and [{name}] are the same channel: remove one")


def _check_names(path: Path, names: Sequence[str]) -> None:
    same: dict[str, str] = {}
    for name in names:
        other = same.setdefault(portable(name).casefold(), name)
        if other != name:
            raise DataError(f"{path}: some systems cannot tell the folders {other!r} and {name!r} apart: rename one")


def _request(where: str, name: str, table: object, videos: tuple[str, ...]) -> ChannelRequest:
    if not isinstance(table, Mapping):
        raise DataError(f"{where}: expected a table, not {table!r}: write [{quoted(name)}] on a line of its own")
    if "name" in table:
        raise DataError(f"{where}: unknown key 'name': rename the table, or use display_name")
    if unknown := [key for key in table if key not in KEYS]:
        raise DataError(f"{where}: unknown key {unknown[0]!r}: use {', '.join(KEYS)}")
    count = table.get("count")
    if count is not None and (type(count) is not int or not 1 <= count <= MOST):
        raise DataError(f"{where}: count = {count!r} must be a whole number from 1 to {MOST:,}")
    settings = {key: value for key, value in table.items() if key != "count"}
    channel = channel_from({"name": name, "display_name": name.replace("_", " "), **settings}, where)
    return ChannelRequest(channel, _address(channel, where, optional=bool(videos)), count, videos)


def _address(channel: Channel, where: str, optional: bool) -> str:
    if channel.url:
        return _checked_url(channel.url, where)
    handle = channel.handle.strip()
    if CHANNEL_ID.fullmatch(handle):
        return f"https://www.youtube.com/channel/{handle}"
    if handle and HANDLE.fullmatch(f"@{handle.removeprefix('@')}"):
        return f"https://www.youtube.com/@{handle.removeprefix('@')}"
    if handle:
        raise DataError(f"{where}: handle = {handle!r} is not one of YouTube's; copy it from the channel's page")
    if optional:
        return ""
    raise DataError(f'{where}: needs handle = "@..." or url = "https://www.youtube.com/..."')


def _checked_url(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        host, path = (parts.hostname or "").lower(), parts.path.rstrip("/")
    except ValueError:
        host = path = ""
    if host in HOSTS and path == "/playlist" and (playlist := parse_qs(parts.query).get("list")):
        return f"https://www.youtube.com/playlist?list={playlist[0]}"
    place = PLACE.match(path)
    if host not in HOSTS or place is None:
        raise DataError(f"{where}: url = {url!r} is no channel of www.youtube.com; copy it from the channel's page")
    return f"https://www.youtube.com{place[0]}"


def read_videos(path: Path, channels: Sequence[str]) -> dict[str, list[str]]:
    """Read a list of videos, an id or an address a line, below the [channel] that they are of.

    Where there is one channel only, its line may be left out; `#` begins a comment. Raises DataError that names the
    line.
    """
    try:
        lines = read_text(path).splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); name a text file with a video a line") from None
    current = channels[0] if len(channels) == 1 else None
    videos: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        text = re.split(r"\s#", line)[0].strip()
        if not text or text.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(.+)\]", text):
            current = heading[1].strip().strip('"')
            if current not in channels:
                use = ", ".join(channels)
                raise DataError(f"{path}, line {number}: no channel is called {current!r}; use {use}")
            continue
        if current is None:
            raise DataError(f"{path}, line {number}: of which channel is {text!r}? Write [{channels[0]}] above it")
        ids = videos.setdefault(current, [])
        if (video := _video_id(text, f"{path}, line {number}")) not in ids:
            ids.append(video)
    if not videos:
        raise DataError(f"{path}: names no videos; write an id or an address a line")
    return videos


def _video_id(text: str, where: str) -> str:
    """Take the id out of an id, or any address of a video or of its thumbnail."""
    if re.fullmatch(VIDEO_ID, text):
        return text
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        parts = urlsplit("")
    host, candidate = (parts.hostname or "").lower(), ""
    if host == "youtu.be":
        candidate = parts.path.strip("/")
    elif VIDEO_HOSTS.fullmatch(host):
        match = VIDEO_PATH.search(parts.path)
        candidate = match[1] if match else parse_qs(parts.query).get("v", [""])[0]
    if not re.fullmatch(VIDEO_ID, candidate):
        raise DataError(f"{where}: {text!r} is no video; write its id of 11 characters, or its address")
    return candidate
