"""From names of channels to a dataset: what they list, the largest thumbnail of each video, and what came of the rest.

A collection may be killed at any moment. What is kept is kept for good (`collecting.journal`), a picture's file appears
whole or not at all, and the next run goes on from there.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.collecting.again import Again
from backend.collecting.assembling import assemble
from backend.collecting.channel import ChannelRun
from backend.collecting.client import Client, PutOff
from backend.collecting.journal import Journal
from backend.collecting.listing import Listed, ListingError
from backend.collecting.manners import Stopped
from backend.collecting.settings import ChannelSummary, Settings, Summary, total_of, videos_of
from backend.collecting.thumbnails import DOMAINS
from backend.collecting.wanted import Wanted
from backend.dataset import COLLECTION, DESCRIPTION
from backend.errors import DataError

LOCK = ".lock"
PARTIAL = re.compile(r"\..+\.[0-9a-f]{8}")  # a file that was being written when its process was killed


def collect(wanted: Sequence[Wanted], out: Path, settings: Settings) -> Summary:
    """Collect channels into the dataset `out`, which is made, gone on with, or brought up to date.

    Raises DataError where `out` cannot be used, and ListingError where YouTube cannot be reached and nothing is there.
    """
    with _opened(out) as journal:
        client = Client(settings.manners, DOMAINS, settings.access.proxy)
        runs = [ChannelRun(one, out, settings, journal, client) for one in wanted]
        put_off: PutOff | ListingError | None = None
        try:
            for run in runs:
                _collect_channel(run)
        except (PutOff, ListingError) as error:
            put_off = error
        except Stopped:
            put_off = client.put_off  # another thread was told to come back later
            if put_off is None:
                raise
        finally:
            client.close()
        summary = Summary([run.summary for run in runs], str(put_off or ""))
        if any(one.images or one.left_out for one in summary.channels):
            assemble(out, wanted, journal, settings.rule)
        elif isinstance(put_off, ListingError):
            raise put_off
    return summary


def _collect_channel(run: ChannelRun) -> None:
    """Collect what a channel lists, and look again at what there is of it. Raises PutOff, and ListingError for no
    network.
    """
    try:
        run.collect()
        again = Again(run)
        again.look()
        again.fetch_variants()
    finally:
        run.tell()
    if run.problem is not None and run.problem.unreachable:
        raise run.problem


def preview(wanted: Sequence[Wanted], settings: Settings) -> Iterator[tuple[Wanted, list[Listed]]]:
    """List what would be fetched, and fetch and write nothing. Raises ListingError."""
    for one in wanted:
        found: list[Listed] = []
        lacking = total_of(one, settings.rule)
        for listed in videos_of(one, settings):
            found.append(listed)
            lacking -= not listed.unwanted
            if not lacking:
                break
        yield one, found


@contextmanager
def _opened(out: Path) -> Iterator[Journal]:
    """Hold a collection for this process alone."""
    import fcntl

    made = not out.exists()
    try:
        if out.is_dir() and not (out / COLLECTION).exists() and any(path.name != LOCK for path in out.iterdir()):
            what = "a dataset that was not collected" if (out / DESCRIPTION).exists() else "not a collection"
            raise DataError(f"{out}: is {what}, and would be mixed with one: choose another --out")
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK).open("w")
    except OSError as error:
        raise DataError(f"{out}: cannot be written ({error.strerror}): choose another --out") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{out}: another collection is writing it: wait for it, or choose another --out") from None
        _clear_partial(out)
        journal = Journal(out)
        try:
            yield journal
        except ListingError:  # nothing is there, so that nothing is left behind
            journal.close()
            if made:
                shutil.rmtree(out)
            raise
        finally:
            journal.close()


def _clear_partial(out: Path) -> None:
    for folder in (out, *(out / "images").glob("*/")):
        for path in folder.iterdir():
            if PARTIAL.fullmatch(path.name) and path.is_file():
                path.unlink()


__all__ = ["ChannelSummary", "Settings", "Summary", "collect", "preview"]
