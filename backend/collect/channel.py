"""One channel while it is collected: what it lists, and the largest thumbnail of each video."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from backend.collect import state as states
from backend.collect.channel_file import ChannelRequest
from backend.collect.http_client import Client
from backend.collect.listing import Listed, ListingError
from backend.collect.settings import Settings, summarise, videos_of
from backend.collect.state import CollectionState, Kept
from backend.collect.thumbnails import Outcome, Thumbnail, fetch_largest
from backend.collect.worker_pool import Answer, Settle, WorkerPool
from backend.data.filenames import portable
from backend.utils import progress
from backend.utils.errors import DataError
from backend.utils.files import write_atomically

STALE_SECONDS = 24 * 3600  # after which what YouTube said of a video may have changed
RESERVE = 0.1  # share of the videos listed beyond what is wanted, for those that have no thumbnail
KNOWN_IN_A_ROW = 30  # videos that are known: from there on a list has nothing new, though its pages may be unsteady

Asked = tuple[str, dict[str, str]]  # a video, and the sizes that it is known not to have; more are added while asking
ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT", bound=Answer)


class ChannelRun:
    """One channel while it is collected."""

    def __init__(
        self, request: ChannelRequest, out: Path, settings: Settings, state: CollectionState, client: Client
    ) -> None:
        self.request, self.name, self.out = request, request.channel.name, out
        self.settings, self.state, self.client = settings, state, client
        self.began = time.time()
        self.summary = summarise(request, state, settings.rule)
        self.total = self.summary.wanted
        self.stale = self.began - (0 if settings.refresh else STALE_SECONDS)
        self.before = state.open_channel(self.name, "" if request.videos else request.address)
        self.problem: ListingError | None = None
        self._failed: set[str] = set()  # in passing, in this run

    def collect(self) -> None:
        """List and fetch, until there is as much as wanted. Raises PutOff and Stopped."""
        self.state.reconsider(self.name, self.stale)
        if self.request.videos:
            self._take_given()
            self._fetch()
            return
        self._list_what_is_new()
        self._fetch()
        while self._lacking() and not self._progress().ended and self.problem is None and self._list(self._needed()):
            self._fetch()
        if not self._lacking():
            self.state.complete(self.name)

    def tell(self) -> None:
        """Bring the summary up to date."""
        current = summarise(self.request, self.state, self.settings.rule)
        self.summary.images, self.summary.left_out = current.images, current.left_out
        self.summary.problem = str(self.problem or "")

    def _progress(self) -> states.Progress:
        return self.state.progress(self.name)

    def _lacking(self) -> int:
        return max(0, self.total - self.state.count(self.name, states.DONE))

    # --- Listing ----------------------------------------------------------------------------------------------------

    def _take_given(self) -> None:
        """Take over the videos that a person has listed, which are all wanted."""
        given = list(videos_of(self.request, self.settings))
        self.summary.listed = len(given)
        if self.before.own:
            self.state.add_given(self.name, given)
        else:
            self.state.add_listing(self.name, given, ended=True)

    def _list_what_is_new(self) -> None:
        """Read the list's beginning: all that is wanted at first, and later until nothing in it is new."""
        if self.before.complete:
            self._list(None, KNOWN_IN_A_ROW)
        elif not self._interrupted():
            self._list(self._needed())

    def _interrupted(self) -> bool:
        """Tell whether an earlier run ended before it had asked for all that it had listed, and listed enough."""
        before = self.before
        if not before.listed or before.complete or not self.state.count(self.name, states.LISTED):
            return False
        return before.ended or len(self.state.waiting(self.name)) >= self._lacking()

    def _needed(self) -> int:
        """How many videos to list that are not known yet: some of them will have no thumbnail."""
        lacking = self._lacking()
        return lacking + max(10, round(RESERVE * lacking))

    def _list(self, most: int | None, known_in_a_row: int | None = None) -> int:
        """Read the list up to so many new videos, or so many known ones in a row; returns how many are new.

        Known ones do not end it before it was read whether those that were private then can be seen now.
        """
        videos: list[Listed] = []
        hidden, size = self.state.hidden(self.name), self.state.size(self.name)
        ended, in_a_row, new = True, 0, 0
        try:
            for listed in videos_of(self.request, self.settings):
                videos.append(listed)
                known = self.state.knows(self.name, listed.video)
                in_a_row = in_a_row + 1 if known else 0
                new += not known and not listed.unwanted
                hidden.discard(listed.video)
                steady = known_in_a_row is not None and in_a_row >= known_in_a_row
                if new == most or (steady and (not hidden or len(videos) >= size)):
                    ended = False
                    break
        except ListingError as error:
            self.problem, ended = error, False
        self.summary.listed = max(self.summary.listed, len(videos))
        self.state.add_listing(self.name, videos, ended)
        return new

    # --- Fetching ---------------------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        """Ask for videos from the newest on, until there are as many as wanted.

        What is wanted beside, whatever else there is, is not made up for by an older video where it fails.
        """
        waiting = self.state.waiting(self.name)
        beside = {video for video in self._wanted_beside(waiting) if video not in self._failed}
        lacking = 0 if self.request.videos else self._lacking()
        if not beside and not lacking:
            return
        queue = iter(waiting) if lacking else (video for video in waiting if video in beside)
        asked = ((video, self.state.refused(self.name, video)) for video in queue if video not in self._failed)
        got = 0

        def settle(came: Sequence[tuple[Asked, Outcome | None]]) -> None:
            nonlocal got
            beside.difference_update(video for (video, _), _ in came)
            kept = self._settle(came)
            got += kept
            bar.update(kept)

        most = min(max(len(beside), lacking), len(waiting))
        with progress.bar(self.name, "thumbnail", most, in_logs=False) as bar:
            self.worker_pool(lambda video: fetch_largest(self.client, *video), settle).work(
                asked, lambda: max(len(beside), lacking - got)
            )

    def _wanted_beside(self, waiting: Sequence[str]) -> Iterable[str]:
        """Say which videos are wanted even of a channel that lacks none.

        Those that were given; and where all was there once, what is newer than the oldest picture: new videos, and
        those that could not be had before.
        """
        if self.request.videos:
            return set(self.request.videos).intersection(waiting)
        return waiting[: self.state.waiting_within(self.name)] if self._progress().complete else ()

    def worker_pool(
        self, ask: Callable[[ItemT], AnswerT], settle: Settle[ItemT, AnswerT]
    ) -> WorkerPool[ItemT, AnswerT]:
        """Give threads that ask something about this channel."""
        return WorkerPool(self.client, self.settings.rate_limit.concurrency, ask, settle)

    def _settle(self, came: Sequence[tuple[Asked, Outcome | None]]) -> int:
        """Keep what came of some videos, and say how many pictures it is."""
        with self.state.transaction():
            kept = [self._note(video, refused, outcome) for (video, refused), outcome in came]
        self.write(kept)
        return sum(picture is not None for picture in kept)

    def _note(self, video: str, refused: dict[str, str], outcome: Outcome | None) -> tuple[Kept, bytes] | None:
        """Note what came of a video, and return a picture that is to be written."""
        self.state.refuse(self.name, video, refused if outcome is None else outcome.refused)
        if outcome is None:
            return None
        if outcome.thumbnail is None:
            self._failed.update([video] if outcome.passing else ())
            state = states.FAILED if outcome.passing else states.REFUSED
            self.state.end(self.name, video, state, outcome.reason)
            return None
        owner = self.state.owner(outcome.thumbnail.sha256)
        if owner is not None and owner != (self.name, video):
            self.state.duplicate(self.name, video, owner)
            return None
        self.summary.fetched += 1
        return self.keep(video, outcome.thumbnail, 1, largest=True)

    def keep(self, video: str, thumbnail: Thumbnail, version: int, *, largest: bool) -> tuple[Kept, bytes]:
        """Note a picture that is to be written as soon as the note is on the disk."""
        number = "" if version == 1 else f".{version}"
        file = f"images/{portable(self.name)}/{video}_{thumbnail.variant}{number}{thumbnail.suffix}"
        picture = thumbnail.variant, file, thumbnail.sha256, thumbnail.width, thumbnail.height
        version_headers = thumbnail.url, thumbnail.etag, thumbnail.modified
        kept = Kept(self.name, video, version, *picture, *version_headers, time.time(), largest)
        self._make_room(self.out / file)
        self.state.keep(kept)
        return kept, thumbnail.body

    def _make_room(self, path: Path) -> None:
        """Remove what is where a picture is to be, lest it be taken for the picture where this run is killed."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"{error.filename}: is in the way ({error.strerror}): remove it") from None

    def write(self, pictures: Iterable[tuple[Kept, bytes] | None]) -> None:
        """Write pictures that are noted, each whole or not at all. Raises RunError.

        A file without a note would be fetched again; a note without a file is forgotten by the next run.
        """
        for kept, body in filter(None, pictures):
            write_atomically(self.out / kept.file, body)
