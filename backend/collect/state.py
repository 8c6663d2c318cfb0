"""What a collection knows so far, in a file that survives every kill: SQLite keeps a step whole, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend.collect.channel_file import ChannelRequest
from backend.collect.listing import Listed
from backend.collect.sqlite import open_store, transaction
from backend.data.dataset import COLLECTION, Channel

# The last versions of the largest pictures of a channel.
NEWEST = """pictures p where p.channel = :channel and p.largest and p.version =
    (select max(n.version) from pictures n where n.channel = p.channel and n.video = p.video and n.largest)"""

# What can be of a video. A failure in passing is tried again by the next run.
LISTED, DONE, REFUSED, FAILED, UNWANTED = "listed", "done", "refused", "failed", "unwanted"


@dataclass(frozen=True)
class Progress:
    """How far a channel is. own: whether it has ever been asked for its own list; listed: whether that was read once;
    ended: to its end; complete: whether all that was wanted of it was there once.
    """

    own: bool
    listed: bool
    ended: bool
    complete: bool


@dataclass(frozen=True)
class Kept:
    """A picture that was kept: which, of what, and what the server told of its version."""

    channel: str
    video: str
    version: int
    variant: str
    file: str
    sha256: str
    width: int
    height: int
    url: str
    etag: str
    modified: str
    checked: float
    largest: bool


class CollectionState:
    """The state of a collection, in its file. Used by one thread."""

    def __init__(self, root: Path) -> None:
        self._db = open_store(root / COLLECTION)

    def close(self) -> None:
        """Close the file, and fold its log into it."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Keep all that is noted inside, or nothing of it."""
        return transaction(self._db)

    # --- Channels and what they list ------------------------------------------------------------------------------

    def name(self, requests: Sequence[ChannelRequest]) -> list[ChannelRequest]:
        """Note how channels are described, and return these with all that were named before, as they were then.

        The order is that of `requests` where it names all of them; otherwise new ones come last.
        """
        rows = self._db.execute("select described, count from named order by place").fetchall()
        before = {request.channel.name: request for request in (_named(*row) for row in rows)}
        now = {request.channel.name: request for request in requests}
        named = list((now if before.keys() <= now.keys() else {**before, **now}).values())
        with self.transaction():
            self._db.execute("delete from named")
            self._db.executemany(
                "insert into named (described, count) values (?, ?)",
                [(json.dumps(asdict(request.channel)), request.count) for request in named],
            )
        return named

    def open_channel(self, channel: str, address: str) -> Progress:
        """Return how far a channel is. A channel that has another address now is listed anew.

        address: empty where videos are given instead; how far the channel's own list was read stays as it is.
        """
        with self.transaction():
            self._db.execute("insert or ignore into channels (channel, address) values (?, ?)", (channel, address))
            self._db.execute(
                "update channels set address = :address, listed = 0, ended = 0, complete = 0"
                " where channel = :channel and address != :address and :address != ''",
                {"address": address, "channel": channel},
            )
        return self.progress(channel)

    def progress(self, channel: str) -> Progress:
        """Return how far a channel is."""
        query = "select address != '', listed, ended, complete from channels where channel = ?"
        return Progress(*map(bool, self._db.execute(query, (channel,)).fetchone()))

    def add_listing(self, channel: str, videos: Sequence[Listed], ended: bool) -> None:
        """Take over a list, or its beginning, in its order.

        What was known and is not in it comes after it. All of it or nothing is kept.
        """
        with self.transaction():
            self._db.execute("update videos set position = position + ? where channel = ?", (len(videos), channel))
            self._add(channel, videos, 0, "position = excluded.position,")
            self._db.execute(
                "update channels set listed = 1, ended = max(ended, ?) where channel = ?", (ended, channel)
            )

    def add_given(self, channel: str, videos: Sequence[Listed]) -> None:
        """Take over videos that a person has listed: after those that the channel's own list has put in order."""
        with self.transaction():
            query = "select coalesce(max(position) + 1, 0) from videos where channel = ?"
            (first,) = self._db.execute(query, (channel,)).fetchone()
            self._add(channel, videos, first, "")

    def _add(self, channel: str, videos: Sequence[Listed], first: int, place_again: str) -> None:
        self._db.executemany(
            "insert into videos (channel, video, position, published, state, reason) values (?, ?, ?, ?, ?, ?)"
            f" on conflict do update set {place_again}"
            # A premiere may have been shown since.
            " state = iif(state = 'unwanted', excluded.state, state),"
            " reason = iif(state = 'unwanted', excluded.reason, reason),"
            " published = iif(published = '', excluded.published, published)",
            (
                (
                    channel,
                    listed.video,
                    position,
                    listed.published,
                    UNWANTED if listed.unwanted else LISTED,
                    listed.unwanted,
                )
                for position, listed in enumerate(videos, first)
            ),
        )

    def knows(self, channel: str, video: str) -> bool:
        """Tell whether a list has named a video before, and it was wanted."""
        row = self._db.execute(
            "select 1 from videos where channel = ? and video = ? and state != ?", (channel, video, UNWANTED)
        )
        return row.fetchone() is not None

    def waiting(self, channel: str) -> list[str]:
        """Return the videos to ask for, newest first: those never asked for, and those that failed in passing."""
        rows = self._db.execute(
            "select video from videos where channel = ? and state in (?, ?) order by position",
            (channel, LISTED, FAILED),
        )
        return [video for (video,) in rows]

    def waiting_within(self, channel: str) -> int:
        """Count the videos to ask for that are newer than the oldest one that has a picture."""
        row = self._db.execute(
            "select count(*) from videos where channel = ? and state in (?, ?) and position <"
            " (select max(position) from videos where channel = ? and state = ?)",
            (channel, LISTED, FAILED, channel, DONE),
        )
        return int(row.fetchone()[0])

    def count(self, channel: str, state: str) -> int:
        """Count videos in a state."""
        row = self._db.execute("select count(*) from videos where channel = ? and state = ?", (channel, state))
        return int(row.fetchone()[0])

    def is_done(self, channel: str, video: str) -> bool:
        """Tell whether a video has a picture."""
        query = "select 1 from videos where channel = ? and video = ? and state = ?"
        return self._db.execute(query, (channel, video, DONE)).fetchone() is not None

    def complete(self, channel: str) -> None:
        """Note that all that was wanted of a channel is there."""
        self._db.execute("update channels set complete = 1 where channel = ?", (channel,))

    # --- Pictures ---------------------------------------------------------------------------------------------------

    def keep(self, kept: Kept) -> None:
        """Note a picture before its file is written; with the largest its video is done."""
        self._db.execute(
            "insert or replace into pictures values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(vars(kept).values()),
        )
        if kept.largest:
            self.end(kept.channel, kept.video, DONE, "")

    def refuse(self, channel: str, video: str, refused: dict[str, str]) -> None:
        """Note sizes that there are not, so that they are not asked for again."""
        self._db.executemany(
            "insert or ignore into refused values (?, ?, ?, ?)",
            [(channel, video, variant, reason) for variant, reason in refused.items()],
        )

    def end(self, channel: str, video: str, state: str, reason: str) -> None:
        """Note what came of a video and, where it has no picture, why."""
        self._db.execute(
            "update videos set state = ?, reason = ? where channel = ? and video = ?", (state, reason, channel, video)
        )

    def refused(self, channel: str, video: str) -> dict[str, str]:
        """Return the sizes that are known not to be there, and why."""
        rows = self._db.execute("select variant, reason from refused where channel = ? and video = ?", (channel, video))
        return dict(rows.fetchall())

    def checked(self, kept: Kept, moment: float, etag: str, modified: str) -> None:
        """Note that a picture was looked at again, and is the same."""
        self._db.execute(
            "update pictures set checked = ?, etag = ?, modified = ?"
            " where channel = ? and video = ? and version = ? and variant = ?",
            (moment, etag, modified, kept.channel, kept.video, kept.version, kept.variant),
        )

    def owner(self, sha256: str) -> tuple[str, str] | None:
        """Return whose picture these bytes are, as (channel, video)."""
        row = self._db.execute("select channel, video from pictures where sha256 = ?", (sha256,)).fetchone()
        return None if row is None else (row[0], row[1])

    def forget_lost(self, root: Path) -> None:
        """Forget pictures whose files are not there: a run was killed before it wrote them, or somebody took them away.

        They are noted before they are written, so that whatever is on the disk is known here, with its version.
        """
        lost = [
            row[:4]
            for row in self._rows("select channel, video, version, variant, file from pictures", ())
            if not os.path.isfile(f"{root}/{row[4]}")
        ]
        with self.transaction():
            self._db.executemany(
                "delete from pictures where channel = ? and video = ? and version = ? and variant = ?", lost
            )
            self._db.executemany(
                "update videos set state = :listed where channel = :channel and video = :video and state = :done"
                " and not exists"
                " (select 1 from pictures p where p.channel = :channel and p.video = :video and p.largest)",
                ({"channel": row[0], "video": row[1], "listed": LISTED, "done": DONE} for row in lost),
            )

    def stale(self, channel: str, moment: float) -> list[str]:
        """Return the videos whose newest picture was not looked at since a moment."""
        query = f"select p.video from {NEWEST} and p.checked <= :moment"
        return [video for (video,) in self._rows(query, {"channel": channel, "moment": moment})]

    def lacking(self, channel: str, variant: str) -> list[str]:
        """Return the videos whose newest picture has not another size beside it, which may be had."""
        query = (
            f"select p.video from {NEWEST} and p.variant != :variant"
            " and not exists (select 1 from pictures b where (b.channel, b.video, b.version, b.variant) ="
            " (p.channel, p.video, p.version, :variant))"
            " and not exists (select 1 from refused r where (r.channel, r.video, r.variant) ="
            " (p.channel, p.video, :variant))"
        )
        return [video for (video,) in self._rows(query, {"channel": channel, "variant": variant})]

    def newest(self, channel: str, video: str) -> Kept:
        """Return the last version of a video's largest picture."""
        query = f"select p.* from {NEWEST} and p.video = :video"
        row = self._db.execute(query, {"channel": channel, "video": video}).fetchone()
        return _kept(list(row))

    def pictures(self, channel: str) -> Iterator[tuple[Kept, int, str]]:
        """Yield all pictures of a channel with their video's place from the newest on, and its day."""
        rows = self._rows(
            "select p.*, v.published from pictures p join videos v using (channel, video) where channel = ?"
            " order by v.position, p.version, p.largest desc, p.variant",
            (channel,),
        )
        place, last = -1, None
        for *values, published in rows:
            kept = _kept(values)
            place += kept.video != last
            last = kept.video
            yield kept, place, published

    def without(self, channel: str) -> Iterator[tuple[str, str, str]]:
        """Yield the videos that have no picture, newest first: id, state, reason."""
        yield from self._rows(
            "select video, state, reason from videos where channel = ? and state != ? order by position",
            (channel, DONE),
        )

    def refusals(self, channel: str) -> Iterator[tuple[str, str, str]]:
        """Yield sizes that were refused for another reason than that there are none: video, variant, reason."""
        yield from self._rows(
            "select video, variant, reason from refused where channel = ? and reason != 'missing'", (channel,)
        )

    def _rows(self, query: str, values: tuple[object, ...] | Mapping[str, object]) -> Iterator[tuple[Any, ...]]:
        """Yield rows one by one: twenty thousand of them are no more memory than one."""
        with closing(self._db.cursor()) as cursor:
            yield from cursor.execute(query, values)


def _kept(values: list[Any]) -> Kept:
    *most, largest = values  # the columns are the fields
    return Kept(*(*most, bool(largest)))


def _named(described: str, count: int | None) -> ChannelRequest:
    return ChannelRequest(Channel(**json.loads(described)), "", count)
