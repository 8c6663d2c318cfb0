"""What a channel has published, as yt-dlp reads it off YouTube's pages: newest first, page by page, each video once."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.collect.http_client import ca_file
from backend.utils import progress
from backend.utils.errors import ThumbprintError

REDIRECTS = 3
RETRIES = 3  # of a page that fails in passing
SECONDS = 20.0  # for an answer
PAUSE = 0.5  # seconds before the first of them, doubled before each further one
CAP = 20_000  # entries, where YouTube's own lists are known to end
# For what yt-dlp would print: errors are raised as well, and the rest is not for the person who collects.
SILENT = logging.Logger("yt-dlp", logging.CRITICAL + 1)
GONE = ("[private video]", "[deleted video]")


class ListingError(ThumbprintError):
    """A channel cannot be listed; `unreachable`: not because of the channel."""

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable


class MissingTab(ListingError):
    """A channel does not have a tab."""


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


def list_tabs(address: str, tabs: Sequence[str], access: Access) -> Iterator[Listed]:
    """List tabs of a channel by turns, a video of each, as not every tab tells days by which to sort; each video once.

    A tab that the channel does not have is left out. Raises ListingError, also after some videos, and MissingTab where
    it has none of them.
    """
    lists = [list_videos(address, tab, access, shorts="shorts" in tabs) for tab in tabs]
    if _is_playlist(address):
        del lists[1:]
    seen: set[str] = set()
    missing: list[MissingTab] = []
    while lists:
        for videos in list(lists):
            try:
                listed = next(videos)
            except (StopIteration, MissingTab) as end:
                lists.remove(videos)
                missing += [end] if isinstance(end, MissingTab) else []
                continue
            if listed.video not in seen:
                seen.add(listed.video)
                yield listed
    if len(missing) == len(tabs):
        raise missing[0]


def list_videos(address: str, tab: str, access: Access, *, shorts: bool = False) -> Iterator[Listed]:
    """List a tab of a channel, newest first; `shorts`: whether shorts are wanted, wherever they are listed.

    Raises ListingError, also after some videos.
    """
    import yt_dlp
    from yt_dlp.networking.exceptions import RequestError
    from yt_dlp.utils import YoutubeDLError

    url = address if _is_playlist(address) else f"{address}/{tab}"
    seen: set[str] = set()
    try:
        with (
            yt_dlp.YoutubeDL(_settings(access)) as downloader,
            closing(_Watch(url, downloader.urlopen)) as downloader.urlopen,
        ):
            for entry in _entries(downloader, url):
                video = str(entry.get("id") or "")
                if video and video not in seen:
                    seen.add(video)
                    yield Listed(video, str(entry.get("title") or ""), _day(entry), _unwanted(entry, shorts))
    except (YoutubeDLError, RequestError, _GivenUp) as error:
        raise _explained(url, error, len(seen)) from None
    except (LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        # Where YouTube's pages are not what yt-dlp expects.
        raise _explained(url, error, len(seen)) from error
    if len(seen) >= CAP:
        progress.say(
            f"{url}: {len(seen):,} videos; YouTube's lists are known to end at {CAP:,}, older ones are missing"
        )


def _is_playlist(address: str) -> bool:
    return urlsplit(address).path == "/playlist"


def _settings(access: Access) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": SILENT,
        "extract_flat": True,
        "lazy_playlist": True,
        "socket_timeout": SECONDS,
        "extractor_retries": RETRIES,
        # Without the latter, a list ends without a word where YouTube sends half a page.
        "extractor_args": {"youtubetab": {"approximate_date": [""]}, "youtube": {"raise_incomplete_data": [""]}},
        "retry_sleep_functions": {"extractor": lambda n: PAUSE * 2**n},
        "cachedir": False,
        # Certificates that the environment names are in OpenSSL's own store, not in certifi's.
        "compat_opts": {"no-certifi"} if ca_file() else set(),
    }
    if access.proxy:
        settings["proxy"] = access.proxy
    if access.cookies:
        settings["cookiefile"] = _Cookies(access.cookies)
    if access.cookies_from_browser:
        settings["cookiesfrombrowser"] = (access.cookies_from_browser, None, None, None)
    return settings


class _Cookies(io.StringIO):
    """A file of cookies in memory: of one on the disk, yt-dlp would write its own version back."""

    def __init__(self, path: str) -> None:
        super().__init__(Path(path).read_text(encoding="utf-8"))
        self._path = path

    def __repr__(self) -> str:
        return self._path  # in yt-dlp's messages


class _GivenUp(Exception):
    """What there is no use in asking for again, because of `cause`."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Watch:
    """Opens pages for yt-dlp, which asks for a lost cause eight times in two ways: this ends it at once."""

    def __init__(self, url: str, urlopen: Callable[[Any], Any]) -> None:
        self._url, self._urlopen, self._failures = url, urlopen, 0
        self._unread: list[Any] = []  # answers that yt-dlp leaves open

    def close(self) -> None:
        """Close what was not read."""
        for response in self._unread:
            response.close()

    def __call__(self, request: Any) -> Any:
        from yt_dlp.networking.exceptions import HTTPError, RequestError

        further = getattr(request, "data", None) is not None  # not the channel's page, but what follows
        try:
            response = self._urlopen(request)
        except HTTPError as error:
            self._unread.append(error.response)
            # A further page is sometimes not found in passing.
            self._fail(error, final=error.status == 429 or (error.status in (404, 410) and not further))
            raise
        except RequestError as error:
            self._fail(error, final=False)
            raise
        self._failures = 0
        host = (urlsplit(response.url).hostname or "").lower()
        odd = ""
        if not host.endswith("youtube.com") or host.startswith("consent."):
            odd = f"sends to {host}"
        elif further and "json" not in (response.headers.get("Content-Type") or ""):
            odd = "shows another page"
        if odd:
            response.close()
            raise ListingError(
                f"{self._url}: YouTube {odd} instead of the list, to ask for consent or whether you are a robot: open"
                " YouTube in a browser, answer there, and run it again with --cookies-from-browser and that browser's"
                " name",
                unreachable=True,
            )
        return response

    def _fail(self, error: Exception, *, final: bool) -> None:
        self._failures += 1
        if final or self._failures > RETRIES:
            raise _GivenUp(error) from None


def _entries(downloader: Any, url: str) -> Iterator[dict[str, Any]]:
    """Follow yt-dlp to the list, whose pages it asks for as they are needed."""
    for _ in range(REDIRECTS + 1):
        info = downloader.extract_info(url, download=False, process=False) or {}
        if info.get("_type") not in ("url", "url_transparent"):
            break
        url = info["url"]
    entries = info.get("entries")
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
    moment = entry.get("timestamp")
    if not isinstance(moment, (int, float)) or entry.get("live_status") == "is_upcoming":  # which is only a plan
        return ""
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


def _unwanted(entry: dict[str, Any], shorts: bool) -> str:
    """Say why a video has no thumbnail to learn from, or none yet; empty where it has."""
    if str(entry.get("title") or "").lower() in GONE or entry.get("availability") == "private":
        return "private or deleted"
    if entry.get("live_status") == "is_upcoming":
        return "premiere that is still to come"
    if entry.get("live_status") == "is_live":
        return "live at this moment"
    return "a short" if "/shorts/" in str(entry.get("url")) and not shorts else ""


def _explained(url: str, error: Exception, listed: int) -> ListingError:
    from yt_dlp.cookies import CookieLoadError
    from yt_dlp.networking.exceptions import HTTPError, TransportError

    cause: BaseException | None = error
    reasons: list[BaseException] = []
    while cause is not None and cause not in reasons:
        reasons.append(cause)
        inner = getattr(cause, "exc_info", None)
        cause = getattr(cause, "cause", None) or (inner[1] if inner else None) or cause.__cause__
    if any(isinstance(reason, CookieLoadError) for reason in reasons):
        return ListingError(
            f"cookies cannot be read ({_plain(error).split('. See')[0]}); --cookies takes a file in Netscape's format,"
            " --cookies-from-browser the name of a browser on this machine, such as firefox",
            unreachable=True,
        )
    after = f" after {listed} videos" if listed else ""
    status = next((reason.status for reason in reasons if isinstance(reason, HTTPError)), None)
    if status in (404, 410) and not listed:
        return ListingError(f"{url}: there is no such channel (HTTP {status}); check its handle")
    if status == 429:
        return ListingError(f"{url}: YouTube asks to come back later{after} (HTTP 429); wait an hour", unreachable=True)
    if status is not None or any(isinstance(reason, TransportError) for reason in reasons):
        said = f"HTTP {status}" if status else _plain(reasons[-1])
        return ListingError(
            f"{url}: YouTube cannot be reached{after} ({said}); check the connection, or --proxy, and run it again",
            unreachable=True,
        )
    if "does not have a" in str(error):
        return MissingTab(f"{url}: the channel has no such tab; add --shorts or --streams for what it has instead")
    return ListingError(
        f"{url}: cannot be listed{after} ({_plain(error)}); look at it in a browser, and if it is well, run it again or"
        " update yt-dlp"
    )


def _plain(error: BaseException) -> str:
    """Take yt-dlp's colours, prefixes and advice off a message, and what is wrapped around it."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    text = str(error).replace("\x1b[0;31mERROR:\x1b[0m", "").removeprefix("ERROR:").strip()
    text = text.split("; please report")[0].split(" (caused by")[0]
    return text.rpartition("]")[2].strip(" .") if text.startswith("[youtube") else text.strip(" .")
