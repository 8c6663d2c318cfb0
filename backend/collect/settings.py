"""The settings of a collection, and the summary of what it fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from backend.collect.channel_file import ChannelRequest
from backend.collect.listing import Access, Listed, list_tabs
from backend.collect.rate_limit import RateLimit
from backend.collect.state import DONE, LISTED, CollectionState
from backend.collect.test_split import SplitRule


@dataclass(frozen=True)
class Settings:
    """How to collect.

    variants: sizes to store beside the largest; tabs: of a channel, to list; refresh: whether to look at every known
    thumbnail for changes, and not only at those that were not looked at for a day.
    """

    rule: SplitRule = field(default_factory=SplitRule)
    variants: tuple[str, ...] = ()
    tabs: tuple[str, ...] = ("videos",)
    refresh: bool = False
    access: Access = field(default_factory=Access)
    rate_limit: RateLimit = field(default_factory=RateLimit)


@dataclass
class ChannelSummary:
    """What came of a channel. images: videos that have a picture; fetched: of them, in this run; changed: new versions
    of known ones; left_out: how many videos for which reason; problem: why its list is not whole.
    """

    name: str
    wanted: int
    images: int = 0
    fetched: int = 0
    changed: int = 0
    listed: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problem: str = ""

    @property
    def short(self) -> bool:
        """Whether there is less than what is wanted."""
        return self.images < self.wanted


@dataclass
class Summary:
    """What came of a collection. put_off: why it ended before its end."""

    channels: list[ChannelSummary] = field(default_factory=list)
    put_off: str = ""

    @property
    def short(self) -> bool:
        """Whether any channel has less than what is wanted."""
        return bool(self.put_off) or any(channel.short for channel in self.channels)


def total_of(request: ChannelRequest, rule: SplitRule) -> int:
    """Say how many videos of a channel are wanted."""
    return len(request.videos) if request.videos else request.count or rule.total


def videos_of(request: ChannelRequest, settings: Settings) -> Iterator[Listed]:
    """List what a channel has, newest first, or what was given instead of it. Raises ListingError."""
    if request.videos:
        yield from (Listed(video, "", "") for video in request.videos)
        return
    yield from list_tabs(request.address, settings.tabs, settings.access)


def summarise(request: ChannelRequest, state: CollectionState, rule: SplitRule) -> ChannelSummary:
    """Say what there is of a channel so far."""
    name = request.channel.name
    given = set(request.videos)
    done = sum(state.is_done(name, video) for video in given) if given else state.count(name, DONE)
    without = state.without(name)
    reasons = (reason for video, state, reason in without if state != LISTED and (not given or video in given))
    return ChannelSummary(name, total_of(request, rule), images=done, left_out=Counter(reasons))
