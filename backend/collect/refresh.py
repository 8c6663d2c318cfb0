"""What is fetched of pictures that are there: changes of them, and the other sizes that pages show."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from backend.collect.channel import ChannelRun
from backend.collect.http_client import FetchError
from backend.collect.state import Kept
from backend.collect.thumbnails import LARGEST_FIRST, Outcome, Thumbnail, fetch_first, fetch_variant, read
from backend.collect.worker_pool import Answer, Settle
from backend.data.images import decode
from backend.data.near_duplicates import MIN_SIMILARITY, luminance, similarity
from backend.utils import progress

AnswerT = TypeVar("AnswerT", bound=Answer)


@dataclass(frozen=True)
class Look:
    """What came of looking again: another picture, or none; what tells its version; what is wrong with it."""

    thumbnail: Thumbnail | None = None
    etag: str = ""
    modified: str = ""
    wrong: str = ""
    passing: str = ""


class Refresh:
    """Looks at the pictures of a channel again."""

    def __init__(self, run: ChannelRun) -> None:
        self.run, self.name = run, run.name
        self.state, self.client, self.settings = run.state, run.client, run.settings

    def look(self) -> None:
        """Look whether known thumbnails were changed, which creators do to see what is clicked."""
        stale = self.state.stale(self.name, self.run.stale)
        self._each(stale, self._look, self._settle_looks, "looking again")

    def _look(self, kept: Kept) -> Look:
        """Ask for a picture, if it is a larger or another one now. In a thread."""
        larger = fetch_first(self.client, kept.video, LARGEST_FIRST[: LARGEST_FIRST.index(kept.variant)])
        if larger.thumbnail or larger.passing:
            return Look(larger.thumbnail, passing=larger.passing)
        try:
            reply = self.client.get(kept.url, kept.etag, kept.modified)
            thumbnail = None if reply.body is None else read(reply, kept.variant, kept.url)
        except FetchError as error:
            return Look(passing=error.reason) if error.passing else Look(wrong=error.reason)
        return Look(thumbnail, reply.etag, reply.modified)

    def _settle_looks(self, came: Sequence[tuple[Kept, Look | None]]) -> None:
        with self.state.transaction():
            changed = [self._settle_look(kept, look) for kept, look in came if look is not None]
        self.run.write(changed)

    def _settle_look(self, kept: Kept, look: Look) -> tuple[Kept, bytes] | None:
        """Note that a picture is the same, gone or no picture any more; or keep another version of it."""
        if look.passing:
            return None  # the next run looks
        if look.wrong:
            progress.say(f"{self.name}/{kept.video}: the picture that was kept stays ({look.wrong})")
        self.state.ask_sizes_again(self.name, kept.video)
        thumbnail = look.thumbnail
        if thumbnail is None or self.state.owner(thumbnail.sha256) is not None:
            self.state.checked(kept, time.time(), look.etag or kept.etag, look.modified or kept.modified)
            return None
        self.run.summary.changed += 1
        if thumbnail.variant != kept.variant and self._shows(kept, thumbnail):
            self.state.enlarge(kept)
            return self.run.keep(kept.video, thumbnail, kept.version, largest=True)
        return self.run.keep(kept.video, thumbnail, kept.version + 1, largest=True)

    def _shows(self, kept: Kept, thumbnail: Thumbnail) -> bool:
        """Tell whether a picture is the one that was kept, in another size."""
        prints = [luminance(decode(picture))[None] for picture in (self.run.out / kept.file, thumbnail.body)]
        return bool(similarity(*prints)[0] >= MIN_SIMILARITY)

    def fetch_variants(self) -> None:
        """Fetch the sizes that pages show, of the last version of every picture."""
        for variant in self.settings.variants:
            lacking = self.state.lacking(self.name, variant)
            self._each(lacking, self._ask_variant(variant), self._settle_variants, variant)

    def _ask_variant(self, variant: str) -> Callable[[Kept], Outcome]:
        return lambda kept: fetch_variant(self.client, kept.video, variant)

    def _settle_variants(self, came: Sequence[tuple[Kept, Outcome | None]]) -> None:
        pictures = []
        with self.state.transaction():
            for kept, outcome in came:
                if outcome is not None:
                    self.state.refuse(self.name, kept.video, outcome.refused)
                    if outcome.thumbnail is not None:
                        pictures.append(self.run.keep(kept.video, outcome.thumbnail, kept.version, largest=False))
        self.run.write(pictures)

    def _each(
        self, videos: Sequence[str], ask: Callable[[Kept], AnswerT], settle: Settle[Kept, AnswerT], label: str
    ) -> None:
        """Ask something about each video's last picture in threads."""
        if not videos:
            return

        def settled(came: Sequence[tuple[Kept, AnswerT | None]]) -> None:
            settle(came)
            bar.update(len(came))

        with progress.bar(f"{self.name}, {label}", "thumbnail", len(videos), in_logs=False) as bar:
            self.run.worker_pool(ask, settled).work(self.state.newest(self.name, video) for video in videos)
