"""What a channel has published, as yt-dlp reads it off YouTube's pages: newest first, page by page, each video once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend import progress
from backend.collecting.client import ca_file
from backend.errors import ThumbprintError

TABS = ("videos", "shorts", "streams")
REDIRECTS = 3
CAP = 20_000  # entries, where YouTube's own lists are known to end
GONE = ("[private video]", "[deleted video]")


class ListingError(ThumbprintError):
    """A channel cannot be listed; `unreachable`: not because of the channel."""

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable


@dataclass(frozen=True)
class Access:
    """What is passed on to yt-dlp: a proxy, a file of cookies, or the browser to take them from."""

    proxy: str = ""
    cookies: str = ""
    cookies_from_browser: str = ""


@dataclass(frozen=True)
class Listed:
    """A video of a list: its id, its day (YYYY-MM-DD, as far as the list tells: "2 years ago"), and why it is not
    wanted.
    """

    video: str
    title: str
    published: str
    unwanted: str = ""


def list_videos(address: str, tab: str, access: Access, seconds: float = 20.0) -> Iterator[Listed]:
    """List a tab of a channel, newest first. Raises ListingError, also after some videos."""
    import yt_dlp
    from yt_dlp.networking.exceptions import RequestError
    from yt_dlp.utils import YoutubeDLError

    url = address if "/playlist" in address else f"{address}/{tab}"
    seen: set[str] = set()
    with yt_dlp.YoutubeDL(_settings(access, seconds)) as downloader:
        try:
            for entry in _entries(downloader, url):
                video = str(entry.get("id") or "")
                if video and video not in seen:
                    seen.add(video)
                    yield Listed(video, str(entry.get("title") or ""), _day(entry), _unwanted(entry, tab))
        except (YoutubeDLError, RequestError) as error:
            raise _explained(url, error, len(seen)) from None
    if len(seen) >= CAP:
        progress.say(
            f"{url}: {len(seen):,} videos; YouTube's lists are known to end at {CAP:,}, older ones are missing"
        )


def _settings(access: Access, seconds: float) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silent(),
        "extract_flat": True,
        "lazy_playlist": True,
        "socket_timeout": seconds,
        "extractor_retries": 3,
        "extractor_args": {"youtubetab": {"approximate_date": [""]}},
        "retry_sleep_functions": {"extractor": lambda n: min(0.5 * 2**n, 8.0)},
        "cachedir": False,
        # Certificates that the environment names are in OpenSSL's own store, not in certifi's.
        "compat_opts": {"no-certifi"} if ca_file() else set(),
    }
    if access.proxy:
        settings["proxy"] = access.proxy
    if access.cookies:
        # In memory: of a file, yt-dlp would write its own version back.
        settings["cookiefile"] = io.StringIO(Path(access.cookies).read_text(encoding="utf-8"))
    if access.cookies_from_browser:
        settings["cookiesfrombrowser"] = (access.cookies_from_browser, None, None, None)
    return settings


class _Silent:
    """What yt-dlp would print: errors are raised as well, and the rest is not for the person who collects."""

    def debug(self, message: str) -> None: ...

    def info(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


def _entries(downloader: Any, url: str) -> Iterator[dict[str, Any]]:
    """Follow yt-dlp to the list, whose pages it asks for as they are needed."""
    for _ in range(REDIRECTS + 1):
        found = downloader.extract_info(url, download=False, process=False) or {}
        if found.get("_type") not in ("url", "url_transparent"):
            break
        url = found["url"]
    entries = found.get("entries")
    if entries is None:
        raise ListingError(
            f"{url}: is no list of videos; give a channel's address, such as https://www.youtube.com/@NAME"
        )
    for entry in entries:
        if entry and entry.get("_type") == "playlist":
            yield from entry.get("entries") or ()
        elif entry:
            yield entry


def _day(entry: dict[str, Any]) -> str:
    moment = entry.get("timestamp") or entry.get("release_timestamp")
    if not isinstance(moment, (int, float)):
        return ""
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


def _unwanted(entry: dict[str, Any], tab: str) -> str:
    """Say why a video has no thumbnail to learn from, or none yet; empty where it has."""
    if str(entry.get("title") or "").lower() in GONE or entry.get("availability") == "private":
        return "private or deleted"
    if entry.get("live_status") == "is_upcoming":
        return "premiere that is still to come"
    if entry.get("live_status") == "is_live":
        return "live at this moment"
    return "a short" if "/shorts/" in str(entry.get("url")) and tab != "shorts" else ""


def _explained(url: str, error: Exception, listed: int) -> ListingError:
    from yt_dlp.networking.exceptions import HTTPError, TransportError

    cause: BaseException | None = error
    reasons: list[BaseException] = []
    while cause is not None and cause not in reasons:
        reasons.append(cause)
        inner = getattr(cause, "exc_info", None)
        cause = getattr(cause, "cause", None) or (inner[1] if inner else None) or cause.__cause__
    after = f" after {listed} videos" if listed else ""
    status = next((reason.status for reason in reasons if isinstance(reason, HTTPError)), None)
    if status == 404:
        return ListingError(f"{url}: there is no such channel (HTTP 404); check its handle")
    if status == 429:
        return ListingError(f"{url}: YouTube asks to come back later{after} (HTTP 429); wait an hour", unreachable=True)
    if status is not None or any(isinstance(reason, TransportError) for reason in reasons):
        said = f"HTTP {status}" if status else _plain(reasons[-1])
        return ListingError(
            f"{url}: YouTube cannot be reached{after} ({said}); check the connection, or --proxy, and run it again",
            unreachable=True,
        )
    return ListingError(f"{url}: cannot be listed{after} ({_plain(error)})")


def _plain(error: BaseException) -> str:
    """Take yt-dlp's colours, prefixes and advice off a message."""
    text = str(error).replace("\x1b[0;31mERROR:\x1b[0m", "").removeprefix("ERROR:").strip()
    text = text.split("; please report")[0].split(" (caused by")[0]
    return text.rpartition("]")[2].strip(" .") if text.startswith("[youtube") else text.strip(" .")
