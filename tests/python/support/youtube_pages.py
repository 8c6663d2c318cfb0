"""YouTube's pages of channels for the tests: as much of them as yt-dlp reads, with a page of thirty items at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

PAGE = 30
Kind = Literal["video", "short", "private", "upcoming", "live", "streamed", "members"]


@dataclass(frozen=True)
class Entry:
    """An item of a channel's list; every other one is drawn in the older of YouTube's two forms."""

    video: str
    kind: Kind = "video"
    ago: str = "2 years ago"


@dataclass
class ChannelPage:
    """A channel: what each of its tabs lists, newest first.

    tabless: whether it has no tab of videos; overlap: items that a page repeats of the one before; hollow: places where
    a page has nothing but the way to the next one.
    """

    handle: str
    videos: list[Entry]
    other: dict[str, list[Entry]] = field(default_factory=dict)
    tabless: bool = False
    overlap: int = 0
    hollow: set[int] = field(default_factory=set)

    @property
    def channel_id(self) -> str:
        """An id of the form that YouTube's have."""
        return "UC" + hashlib.sha256(self.handle.encode()).hexdigest()[:22]

    def tab(self, name: str) -> list[Entry]:
        """What a tab lists."""
        return self.videos if name in ("videos", "featured") else self.other.get(name, [])


def video_id(channel: str, number: int) -> str:
    """Return an id of 11 characters, the same every time."""
    return f"{channel[:4]:_<4}{number:07}"


def entries(channel: str, count: int, first: int = 0) -> list[Entry]:
    """Return so many ordinary videos, newest first: the highest number is the newest."""
    numbers = range(first + count - 1, first - 1, -1)
    return [Entry(video_id(channel, n), ago=f"{1 + place} days ago") for place, n in enumerate(numbers)]


def page(channel: ChannelPage, tab: str) -> str:
    """Return the page of a tab, with its first items; the home page where there is no such tab."""
    names = ["featured", *([] if channel.tabless else ["videos"]), *channel.other]
    tab = tab if tab in names else "featured"
    tabs = [_tab(channel, name, name == tab) for name in names]
    data = {
        "responseContext": {},
        "contents": {"twoColumnBrowseResultsRenderer": {"tabs": tabs}},
        "metadata": {
            "channelMetadataRenderer": {
                "title": channel.handle,
                "externalId": channel.channel_id,
                "channelUrl": f"https://www.youtube.com/channel/{channel.channel_id}",
                "vanityChannelUrl": f"http://www.youtube.com/@{channel.handle}",
            }
        },
    }
    client = {"clientName": "WEB", "clientVersion": "2.20260101.00.00", "hl": "en", "gl": "US", "visitorData": "Cgt0"}
    config = {
        "INNERTUBE_API_KEY": "key",
        "INNERTUBE_CONTEXT": {"client": client},
        "INNERTUBE_CLIENT_NAME": "WEB",
        "INNERTUBE_CLIENT_VERSION": "2.20260101.00.00",
        "INNERTUBE_CONTEXT_CLIENT_NAME": 1,
    }
    return (
        "<!DOCTYPE html><html><head><title>channel</title></head><body>"
        f"<script>ytcfg.set({json.dumps(config)});</script>"
        f"<script>var ytInitialData = {json.dumps(data)};</script></body></html>"
    )


def _tab(channel: ChannelPage, name: str, selected: bool) -> dict[str, Any]:
    url = f"/@{channel.handle}/{name}"
    tab: dict[str, Any] = {
        "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": url, "webPageType": "WEB_PAGE_TYPE_CHANNEL"}}},
        "title": "Home" if name == "featured" else name.capitalize(),
        "selected": selected,
    }
    if selected:
        tab["content"] = {"richGridRenderer": {"contents": _items(channel, name, 0)}}
    return {"tabRenderer": tab}


def more(channel: ChannelPage, token: str) -> dict[str, Any]:
    """Return the answer to a question for further items."""
    _, tab, start, *again = token.split("|")
    hollow = int(start) in channel.hollow and not again
    items = [_continuation(f"{token}|again")] if hollow else _items(channel, tab, int(start))
    action = {"appendContinuationItemsAction": {"continuationItems": items}}
    return {"responseContext": {"visitorData": "Cgt0"}, "onResponseReceivedActions": [action]}


def _items(channel: ChannelPage, tab: str, start: int) -> list[dict[str, Any]]:
    listed: Sequence[Entry] = channel.tab(tab)
    items: list[dict[str, Any]] = [_item(one, start + i) for i, one in enumerate(listed[start : start + PAGE])]
    if start + PAGE < len(listed):
        items.append(_continuation(f"{channel.handle}|{tab}|{start + PAGE - channel.overlap}"))
    return items


def _continuation(token: str) -> dict[str, Any]:
    command = {"token": token, "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}
    return {"continuationItemRenderer": {"continuationEndpoint": {"continuationCommand": command}}}


def _item(entry: Entry, place: int) -> dict[str, Any]:
    if entry.kind == "short" and place % 4 < 2:
        tap = {"innertubeCommand": {"reelWatchEndpoint": {"videoId": entry.video}}}
        text = {"primaryText": {"content": f"Short {entry.video}"}, "secondaryText": {"content": "5 views"}}
        shown = {"entityId": f"shorts-shelf-item-{entry.video}", "onTap": tap, "overlayMetadata": text}
        return {"richItemRenderer": {"content": {"shortsLockupViewModel": shown}}}
    # The newer form does not tell shorts and private videos from others.
    older = place % 2 or entry.kind in ("short", "private")
    content = {"videoRenderer": _renderer(entry)} if older else {"lockupViewModel": _lockup(entry)}
    return {"richItemRenderer": {"content": content}}


def _renderer(entry: Entry) -> dict[str, Any]:
    title = "[Private video]" if entry.kind == "private" else f"Video {entry.video}"
    path = f"/shorts/{entry.video}" if entry.kind == "short" else f"/watch?v={entry.video}"
    shown: dict[str, Any] = {
        "videoId": entry.video,
        "title": {"runs": [{"text": title}]},
        "lengthText": {"simpleText": "12:34"},
        "viewCountText": {"simpleText": "1,234 views"},
        "navigationEndpoint": {"commandMetadata": {"webCommandMetadata": {"url": path}}},
    }
    style = {"short": "SHORTS", "live": "LIVE", "upcoming": "UPCOMING"}.get(entry.kind, "DEFAULT")
    shown["thumbnailOverlays"] = [{"thumbnailOverlayTimeStatusRenderer": {"style": style}}]
    if entry.kind == "members":
        shown["badges"] = [{"metadataBadgeRenderer": {"style": "BADGE_STYLE_TYPE_MEMBERS_ONLY"}}]
    if entry.kind == "upcoming":
        shown["upcomingEventData"] = {"startTime": "1893456000"}
    elif entry.kind != "live":
        ago = f"Streamed {entry.ago}" if entry.kind == "streamed" else entry.ago
        shown["publishedTimeText"] = {"simpleText": ago}
    return shown


def _lockup(entry: Entry) -> dict[str, Any]:
    badge = {"live": "LIVE", "upcoming": "Upcoming"}.get(entry.kind, "12:34")
    style = "THUMBNAIL_OVERLAY_BADGE_STYLE_" + ("LIVE" if entry.kind == "live" else "DEFAULT")
    badges = [{"thumbnailBadgeViewModel": {"text": badge, "badgeStyle": style}}]
    ago = f"Streamed {entry.ago}" if entry.kind == "streamed" else entry.ago
    parts = [{"text": {"content": "1.2K views"}}, {"text": {"content": ago}, "accessibilityLabel": ago}]
    row = {"metadataParts": parts}
    row["accessibilityLabel"] = ago  # type: ignore[assignment]
    if entry.kind == "members":
        row["badges"] = [{"badgeViewModel": {"badgeStyle": "BADGE_MEMBERS_ONLY"}}]
    return {
        "contentId": entry.video,
        "contentType": "LOCKUP_CONTENT_TYPE_VIDEO",
        "contentImage": {
            "thumbnailViewModel": {
                "image": {"sources": [{"url": f"https://i.ytimg.com/vi/{entry.video}/hqdefault.jpg"}]},
                "overlays": [{"thumbnailBottomOverlayViewModel": {"badges": badges}}],
            }
        },
        "metadata": {
            "lockupMetadataViewModel": {
                "title": {"content": f"Video {entry.video}"},
                "metadata": {"contentMetadataViewModel": {"metadataRows": [row]}},
            }
        },
    }
