"""What a collection knows so far, in a file that survives every kill: SQLite keeps a step whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend.collect.channel_file import ChannelRequest
from backend.collect.listing import Listed
from backend.collect.sqlite import open_store, transaction
from backend.data.dataset import COLLECTION, Channel
from backend.data.filenames import portable

# The last versions of the largest pictures of a channel.
NEWEST = """pictures p where p.channel = :channel and p.largest and p.version =
    (select max(n.version) from pictures n where n.channel = p.channel and n.video = p.video and n.largest)"""

# Whether a moment is not `:since`, or after `:now`, which is when the clock was set back.
STALE = "(checked <= :since or checked > :now)"
DUPLICATE = "exact duplicate of "

# A channel gets another name, :new, under which some of its videos may be known: those that have a picture win.
RENAMED = (
    "update videos set state = 'done', reason = '' where channel = :new and state != 'done' and video in"
    " (select video from videos where channel = :old and state = 'done')",
    "delete from videos where channel = :old and video in (select video from videos where channel = :new)",
    "update videos set channel = :new, position = position + :first where channel = :old",
    "update or ignore pictures set channel = :new where channel = :old",
    "delete from pictures where channel = :old",
    "update or ignore refused set channel = :new where channel = :old",
    "delete from refused where channel = :old",
    "delete from channels where channel = :new",
    "update channels set channel = :new where channel = :old",
    "update videos set reason = :duplicate || :new || substr(reason, length(:duplicate || :old) + 1)"
    " where substr(reason, 1, length(:duplicate || :old) + 1) = :duplicate || :old || '/'",
)

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

    def addresses(self) -> dict[str, str]:
        """Return the addresses of all channels that were ever listed."""
        return dict(self._rows("select channel, address from channels where address != ''", ()))

    def rename(self, old: str, new: str) -> None:
        """Call a channel otherwise; what there is under the new name is joined to it. All of it or nothing is kept."""
        with self.transaction():
            joined = self._db.execute("select 1 from videos where channel = ?", (new,)).fetchone() is not None
            (first,) = self._db.execute(
                "select coalesce(max(position) + 1, 0) from videos where channel = ?", (new,)
            ).fetchone()
            for query in RENAMED:
                self._db.execute(query, {"old": old, "new": new, "first": first, "duplicate": DUPLICATE})
            if joined:
                self._db.execute("update channels set listed = 0, ended = 0, complete = 0 where channel = ?", (new,))
            self._rename_described(old, new)

    def _rename_described(self, old: str, new: str) -> None:
        """Give the new name the place of the old one, which is that of its label."""
        rows = self._db.execute("select place, described from named").fetchall()
        channels = {place: json.loads(described) for place, described in rows}
        for place, channel in channels.items():
            if channel["name"] == new:
                self._db.execute("delete from named where place = ?", (place,))
            elif channel["name"] == old:
                described = json.dumps({**channel, "name": new})
                self._db.execute("update named set described = ? where place = ?", (described, place))

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

    def hidden(self, channel: str) -> set[str]:
        """Return the videos among those with pictures that were private, or not shown yet, when they were listed."""
        rows = self._db.execute(
            "select video from videos where channel = ? and state = ? and reason != 'a short' and position <"
            " (select max(position) from videos where channel = ? and state = ?)",
            (channel, UNWANTED, channel, DONE),
        )
        return {video for (video,) in rows}

    def size(self, channel: str) -> int:
        """Count all videos that a channel has ever listed."""
        (count,) = self._db.execute("select count(*) from videos where channel = ?", (channel,)).fetchone()
        return int(count)

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
            "update videos set state = ?, reason = ?, checked = ? where channel = ? and video = ?",
            (state, reason, time.time(), channel, video),
        )

    def duplicate(self, channel: str, video: str, owner: tuple[str, str]) -> None:
        """Note that a video's picture is another's already."""
        self.end(channel, video, REFUSED, f"{DUPLICATE}{owner[0]}/{owner[1]}")

    def reconsider(self, channel: str, since: float) -> None:
        """Let videos be asked for again that were refused until a moment, or as duplicates of what is there no more."""
        query = (
            f"select video from videos where channel = :channel and state = :refused and ({STALE} or"
            " (substr(reason, 1, length(:duplicate)) = :duplicate and reason not in"
            " (select :duplicate || channel || '/' || video from pictures)))"
        )
        values = {"channel": channel, "refused": REFUSED, "duplicate": DUPLICATE, **_moments(since)}
        with self.transaction():
            for (video,) in self._db.execute(query, values).fetchall():
                self.ask_sizes_again(channel, video)
                # It keeps its reason, for as long as nobody knows better.
                self._db.execute(
                    "update videos set state = ? where channel = ? and video = ?", (FAILED, channel, video)
                )

    def ask_sizes_again(self, channel: str, video: str) -> None:
        """Forget which sizes a video does not have."""
        self._db.execute("delete from refused where channel = ? and video = ?", (channel, video))

    def enlarge(self, kept: Kept) -> None:
        """Note that a picture is another size now, beside a larger one of the same version."""
        self._db.execute(
            "update pictures set largest = 0 where channel = ? and video = ? and version = ? and variant = ?",
            (kept.channel, kept.video, kept.version, kept.variant),
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

    def move_pictures(self, root: Path) -> None:
        """Move pictures to the folders that their channels are called after now, or note that somebody has moved them.

        A run that is killed here moves the rest when it is run again.
        """
        rows = self._rows("select channel, file, sha256 from pictures", ())
        places = ((f"images/{portable(name)}/{file.rpartition('/')[2]}", file, sha256) for name, file, sha256 in rows)
        moved = [(place, file) for place, file, sha256 in places if place != file and _move(root, file, place, sha256)]
        with self.transaction():
            self._db.executemany("update pictures set file = ? where file = ?", moved)

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

    def stale(self, channel: str, since: float) -> list[str]:
        """Return the videos whose newest picture was not looked at since a moment."""
        query = f"select p.video from {NEWEST} and {STALE}"
        return [video for (video,) in self._rows(query, {"channel": channel, **_moments(since)})]

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

    def same_videos(self, channel: str) -> dict[str, int]:
        """Count the videos of a channel that are left out because another one has them, by its name."""
        query = (
            "select p.channel, count(distinct p.video) from pictures p join videos v on v.video = p.video"
            " where v.channel = ? and v.state = ? and v.reason = ? || p.channel || '/' || p.video group by p.channel"
        )
        return dict(self._rows(query, (channel, REFUSED, DUPLICATE)))

    def refusals(self, channel: str) -> Iterator[tuple[str, str, str]]:
        """Yield sizes that were refused for another reason than that there are none: video, variant, reason."""
        yield from self._rows(
            "select video, variant, reason from refused where channel = ? and reason != 'missing'", (channel,)
        )

    def _rows(self, query: str, values: tuple[object, ...] | Mapping[str, object]) -> Iterator[tuple[Any, ...]]:
        """Yield rows one by one: twenty thousand of them are no more memory than one."""
        with closing(self._db.cursor()) as cursor:
            yield from cursor.execute(query, values)


def _move(root: Path, file: str, place: str, sha256: str) -> bool:
    """Move a picture within a collection; returns whether it is in its new place, also by somebody else's doing.

    Nothing that is in the place is replaced.
    """
    old, new = root / file, root / place
    try:
        if not old.exists():
            return hashlib.sha256(new.read_bytes()).hexdigest() == sha256
        if new.exists():
            return False
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
        with suppress(OSError):
            old.parent.rmdir()  # once it is empty
        return True
    except OSError:
        return False  # the picture stays where it is, which is as good


def _moments(since: float) -> dict[str, float]:
    return {"since": since, "now": time.time()}


def _kept(values: list[Any]) -> Kept:
    *most, largest = values  # the columns are the fields
    return Kept(*(*most, bool(largest)))


def _named(described: str, count: int | None) -> ChannelRequest:
    return ChannelRequest(Channel(**json.loads(described)), "", count)
