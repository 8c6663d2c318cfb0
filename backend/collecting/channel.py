"""One channel while it is collected: what it lists, and the largest thumbnail of each video."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from backend import progress
from backend.collecting import journal as states
from backend.collecting.client import Client, FetchError, Reply
from backend.collecting.journal import Journal, Kept
from backend.collecting.listing import Listed, ListingError
from backend.collecting.settings import Settings, summarise, videos_of
from backend.collecting.thumbnails import LARGEST_FIRST, SUFFIXES, Outcome, Thumbnail, address, fetch_largest, read
from backend.collecting.wanted import Wanted
from backend.naming import portable
from backend.run import write_atomically

RESERVE = 0.1  # share of the videos listed beyond what is wanted, for those that have no thumbnail
KNOWN_IN_A_ROW = 30  # videos that are known: from there on a list has nothing new, though its pages may be unsteady


class ChannelRun:
    """One channel while it is collected."""

    def __init__(self, one: Wanted, out: Path, settings: Settings, journal: Journal, client: Client) -> None:
        self.one, self.name, self.out = one, one.channel.name, out
        self.settings, self.journal, self.client = settings, journal, client
        self.began = time.time()
        self.summary = summarise(one, journal, settings.rule)
        self.total = self.summary.wanted
        self.before = journal.open_channel(self.name, one.address or "videos")
        self.problem: ListingError | None = None

    def collect(self) -> None:
        """List and fetch, until there is as much as wanted. Raises PutOff and Stopped."""
        self._list_what_is_new()
        self._fetch()
        while self._lacking() and not self._progress().ended and self.problem is None and self._list(self._needed()):
            self._fetch()
        if not self._lacking():
            self.journal.complete(self.name)

    def tell(self) -> None:
        """Bring the summary up to date."""
        found = summarise(self.one, self.journal, self.settings.rule)
        self.summary.images, self.summary.left_out = found.images, found.left_out
        self.summary.problem = str(self.problem or "")

    def _progress(self) -> states.Progress:
        return self.journal.progress(self.name)

    def _lacking(self) -> int:
        return max(0, self.total - self.journal.count(self.name, states.DONE))

    # --- Listing ----------------------------------------------------------------------------------------------------

    def _list_what_is_new(self) -> None:
        """Read the list's beginning: all that is wanted at first, and later until nothing in it is new."""
        before = self.before
        if before.complete and not self.one.videos:
            self._list(None, KNOWN_IN_A_ROW)
        elif not self._interrupted():
            self._list(self._needed())

    def _interrupted(self) -> bool:
        """Tell whether an earlier run ended before it had asked for all that it had listed, and listed enough."""
        before = self.before
        if not before.listed or before.complete or not self.journal.count(self.name, states.LISTED):
            return False
        return before.ended or len(self.journal.waiting(self.name)) >= self._lacking()

    def _needed(self) -> int:
        """How many videos to list that are not known yet: some of them will have no thumbnail."""
        lacking = self._lacking()
        return lacking + max(10, round(RESERVE * lacking))

    def _list(self, most: int | None, known_in_a_row: int | None = None) -> int:
        """Read the list up to so many new videos, or so many known ones in a row; returns how many are new."""
        videos: list[Listed] = []
        ended, in_a_row, new = True, 0, 0
        try:
            for listed in videos_of(self.one, self.settings):
                videos.append(listed)
                known = self.journal.knows(self.name, listed.video)
                in_a_row = in_a_row + 1 if known else 0
                new += not known and not listed.unwanted
                if new == most or in_a_row == known_in_a_row:
                    ended = False
                    break
        except ListingError as error:
            self.problem, ended = error, False
        self.summary.listed = max(self.summary.listed, len(videos))
        self.journal.add_listing(self.name, videos, ended)
        return new

    # --- Fetching ---------------------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        """Ask for videos from the newest on, until there are as many as wanted.

        Of a channel that was complete, all that is newer than its oldest picture is wanted beside: new videos, and
        those that could not be had before.
        """
        waiting = self.journal.waiting(self.name)
        within = self.journal.waiting_within(self.name) if self._progress().complete else 0
        goal = within + self._lacking()
        with progress.bar(self.name, "thumbnail", min(goal, len(waiting)), in_logs=False) as bar, self.pool() as pool:
            queue, under_way, got = iter(waiting), dict[Future[Outcome], str](), 0
            while True:
                room = min(goal - got, 2 * self.settings.manners.concurrency) - len(under_way)
                for video in islice(queue, max(0, room)):
                    refused = self.journal.refused(self.name, video)
                    under_way[pool.submit(self._ask, video, refused)] = video
                if not under_way:
                    return
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    kept = self._settle(video := under_way.pop(future), future)
                    # What is wanted beside is not made up for by an older one.
                    goal -= within > 0 and not kept and video in waiting[:within]
                    got += kept
                    bar.update(kept)

    @contextmanager
    def pool(self) -> Iterator[ThreadPoolExecutor]:
        """Give threads that give up what they wait for where the block fails."""
        pool = ThreadPoolExecutor(self.settings.manners.concurrency)
        try:
            yield pool
        except BaseException:
            self.client.pace.stop()  # what waits for its turn gives up, and what is under way is thrown away
            pool.shutdown(cancel_futures=True)
            raise
        pool.shutdown()

    def _ask(self, video: str, refused: Mapping[str, str]) -> Outcome:
        """Fetch a video's thumbnail, or find it where a run was killed before it noted it. In a thread."""
        if (stranded := self._stranded(video)) is not None:
            return Outcome(stranded)
        found = fetch_largest(self.client, video, refused)
        if found.thumbnail:
            self.write(self.file(video, found.thumbnail, 1), found.thumbnail.body)
        return found

    def _stranded(self, video: str) -> Thumbnail | None:
        for variant in LARGEST_FIRST:
            for suffix in SUFFIXES:
                path = self.out / f"images/{portable(self.name)}/{video}_{variant}{suffix}"
                if path.is_file():
                    try:
                        return read(Reply(path.read_bytes(), "image/", "", ""), variant, address(video, variant))
                    except (FetchError, OSError):
                        continue  # it is fetched again, and put in its place
        return None

    def _settle(self, video: str, future: Future[Outcome]) -> bool:
        """Note what came of a video; tells whether it has a picture now. Raises what its thread raised."""
        found = future.result()
        with self.journal.transaction():
            return self._note(video, found)

    def _note(self, video: str, found: Outcome) -> bool:
        self.journal.refuse(self.name, video, found.refused)
        if found.thumbnail is None:
            state = states.FAILED if found.passing else states.REFUSED
            self.journal.end(self.name, video, state, found.reason)
            return False
        owner = self.journal.owner(found.thumbnail.sha256)
        if owner is not None and owner != (self.name, video):
            self._drop(self.file(video, found.thumbnail, 1))
            self.journal.end(self.name, video, states.REFUSED, f"exact duplicate of {owner[0]}/{owner[1]}")
            return False
        self.journal.keep(self.kept(video, found.thumbnail, 1, largest=True))
        self.summary.fetched += 1
        return True

    def file(self, video: str, found: Thumbnail, version: int) -> str:
        """Say where a picture is kept, relative to the dataset."""
        number = "" if version == 1 else f".{version}"
        return f"images/{portable(self.name)}/{video}_{found.variant}{number}{found.suffix}"

    def write(self, file: str, body: bytes) -> None:
        """Write a picture's file, whole or not at all."""
        path = self.out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, body)

    def _drop(self, file: str) -> None:
        (self.out / file).unlink(missing_ok=True)

    def kept(self, video: str, found: Thumbnail, version: int, *, largest: bool) -> Kept:
        """Say what is noted of a picture."""
        told = found.url, found.etag, found.modified, time.time(), largest
        file = self.file(video, found, version)
        return Kept(self.name, video, version, found.variant, file, found.sha256, found.width, found.height, *told)
