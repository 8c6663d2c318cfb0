"""Channels that a person calls otherwise in `channels.toml` than when they were collected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backend.collect.channel_file import ChannelRequest
from backend.collect.state import CollectionState
from backend.data.filenames import portable
from backend.utils import progress


def take_over(requests: Sequence[ChannelRequest], state: CollectionState) -> None:
    """Give channels their new names, with all that was collected: it would be an exact duplicate of itself for ever."""
    for old, new in list(_renamed(requests, state)):
        progress.say(f"{old} is called {new} now: what was collected of it is taken over")
        state.rename(old, new)


def _renamed(requests: Sequence[ChannelRequest], state: CollectionState) -> Iterator[tuple[str, str]]:
    """Yield the old and the new name of channels whose address is known under a name that nobody requests now."""
    names = {request.channel.name for request in requests}
    by_address = {request.address.lower(): request.channel.name for request in requests if request.address}
    for old, address in state.addresses().items():
        new = by_address.get(address.lower(), old)
        # Some systems could not tell their folders apart, so that the files could not be moved.
        if old not in names and portable(old).casefold() != portable(new).casefold():
            yield old, new


def say_same_videos(requests: Sequence[ChannelRequest], state: CollectionState) -> None:
    """Say where videos are left out because a channel that nobody requests now has them, and what to do."""
    names = [request.channel.name for request in requests]
    for name in names:
        for other, count in state.same_videos(name).items():
            if other not in names:
                progress.say(
                    f"{name}: {count} of its videos are kept as {other}, which is not named now; if it is the same"
                    f" channel, delete images/{portable(other)} of the dataset, and run it again"
                )
