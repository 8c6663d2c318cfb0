"""What is fetched of pictures that are there: changes of them, and the other sizes that pages show."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from backend import progress
from backend.collecting.channel import ChannelRun
from backend.collecting.client import FetchError, Reply
from backend.collecting.journal import Kept
from backend.collecting.thumbnails import Outcome, Thumbnail, fetch_variant, read

STALE_SECONDS = 24 * 3600  # after which a thumbnail may have been changed


class Again:
    """Looks at the pictures of a channel again."""

    def __init__(self, run: ChannelRun) -> None:
        self.run, self.name = run, run.name
        self.journal, self.client, self.settings = run.journal, run.client, run.settings

    def look(self) -> None:
        """Look whether known thumbnails were changed, which creators do to see what is clicked."""
        stale = self.run.began - (0 if self.settings.refresh else STALE_SECONDS)
        known = [kept for kept in self.journal.newest(self.name) if kept.checked <= stale]
        for kept, reply in self._each(known, lambda k: self.client.get(k.url, k.etag, k.modified), "looking again"):
            if reply is None:
                continue
            changed = self._changed(kept, reply)
            if changed is None:
                self.journal.checked(kept, time.time(), reply.etag or kept.etag, reply.modified or kept.modified)
                continue
            self.run.write(self.run.file(kept.video, changed, kept.version + 1), changed.body)
            self.journal.keep(self.run.kept(kept.video, changed, kept.version + 1, largest=True))
            self.run.summary.changed += 1

    def _changed(self, kept: Kept, reply: Reply) -> Thumbnail | None:
        """Return another version of a picture, None for the same, or for what is no picture."""
        if reply.body is None:
            return None
        try:
            found = read(reply, kept.variant, kept.url)
        except FetchError as error:
            progress.say(f"{self.name}/{kept.video}: the picture that was kept stays ({error.reason})")
            return None
        return None if self.journal.owner(found.sha256) is not None else found

    def fetch_variants(self) -> None:
        """Fetch the sizes that pages show, of the last version of every picture."""
        for variant in self.settings.variants:
            lacking = [
                kept
                for kept in self.journal.newest(self.name)
                if kept.variant != variant
                and not self.journal.has(kept, variant)
                and variant not in self.journal.refused(self.name, kept.video)
            ]
            for kept, found in self._each(lacking, self._ask_variant(variant), variant):
                if found is None or found.passing:
                    continue
                self.journal.refuse(self.name, kept.video, found.refused)
                if found.thumbnail is not None:
                    self.run.write(self.run.file(kept.video, found.thumbnail, kept.version), found.thumbnail.body)
                    beside = self.run.kept(kept.video, found.thumbnail, kept.version, largest=False)
                    self.journal.keep_beside(beside)

    def _ask_variant(self, variant: str) -> Callable[[Kept], Outcome]:
        return lambda kept: fetch_variant(self.client, kept.video, variant)

    def _each(self, items: Sequence[Kept], ask: Callable[[Kept], Any], label: str) -> Iterator[tuple[Kept, Any]]:
        """Ask for each in threads; yields what came in the order of the items, None for a failure. Raises PutOff."""

        def tried(item: Kept) -> Any:
            try:
                return ask(item)
            except FetchError:
                return None

        size = 4 * self.settings.manners.concurrency
        with (
            progress.bar(f"{self.name}, {label}", "thumbnail", len(items), in_logs=False) as bar,
            self.run.pool() as pool,
        ):
            for start in range(0, len(items), size):
                block = items[start : start + size]
                for item, found in zip(block, pool.map(tried, block), strict=True):
                    bar.update(1)
                    yield item, found
