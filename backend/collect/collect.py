"""From names of channels to a dataset: what they list, the largest thumbnail of each video, and what came of the rest.

A collection may be killed at any moment. What is kept is kept for good (`collect.state`), a picture's file appears
whole or not at all, and the next run goes on from there.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from backend.collect.channel import ChannelRun
from backend.collect.channel_file import ChannelRequest
from backend.collect.dataset_export import export_dataset
from backend.collect.http_client import Client, PutOff
from backend.collect.listing import Listed, ListingError
from backend.collect.rate_limit import Stopped
from backend.collect.refresh import Refresh
from backend.collect.renamed import say_same_videos, take_over
from backend.collect.settings import Settings, Summary, total_of, videos_of
from backend.collect.state import DONE, CollectionState
from backend.collect.thumbnails import DOMAINS
from backend.data.dataset import COLLECTION, DESCRIPTION
from backend.data.filenames import portable
from backend.utils.errors import DataError

LOCK = ".lock"
PARTIAL = re.compile(r"\..+\.[0-9a-f]{8}")  # a file that was being written when its process was killed


def collect(requests: Sequence[ChannelRequest], out: Path, settings: Settings) -> Summary:
    """Collect channels into the dataset `out`, which is made, gone on with, or brought up to date.

    Channels that it has and nobody requests now stay in it as they are, until somebody deletes their pictures.
    Raises DataError where `out` cannot be used, and ListingError where YouTube cannot be reached and nothing is there.
    """
    with _opened(out) as state:
        take_over(requests, state)
        state.move_pictures(out)
        state.forget_lost(out)
        names = {request.channel.name for request in requests}
        channels = [
            request
            for request in state.name(requests)
            if request.channel.name in names or state.count(request.channel.name, DONE)
        ]
        _check_folders(out, channels)
        client = Client(settings.rate_limit, DOMAINS, settings.access.proxy)
        runs = [ChannelRun(request, out, settings, state, client) for request in requests]
        put_off = _collect_all(runs, client)
        summary = Summary([run.summary for run in runs], str(put_off or ""))
        if any(channel.images or channel.left_out for channel in summary.channels):
            export_dataset(out, channels, state, settings.rule)
            say_same_videos(requests, state)
        elif isinstance(put_off, ListingError):
            raise put_off
    return summary


def _collect_all(runs: Sequence[ChannelRun], client: Client) -> PutOff | ListingError | None:
    """Collect one channel after the other; returns what put the rest off."""
    try:
        for run in runs:
            _collect_channel(run)
    except (PutOff, ListingError) as error:
        return error
    except Stopped:
        if client.put_off is None:
            raise
        return client.put_off  # another thread was told to come back later
    finally:
        client.close()
    return None


def _collect_channel(run: ChannelRun) -> None:
    """Collect what a channel lists, and look again at what there is of it. Raises PutOff, and ListingError for no
    network.
    """
    try:
        run.collect()
        refresh = Refresh(run)
        refresh.look()
        refresh.fetch_variants()
    finally:
        run.tell()
    if run.problem is not None and run.problem.unreachable:
        raise run.problem


def preview(request: ChannelRequest, settings: Settings) -> list[Listed]:
    """List what would be fetched of a channel, and fetch and write nothing. Raises ListingError."""
    videos: list[Listed] = []
    lacking = total_of(request, settings.rule)
    for listed in videos_of(request, settings):
        videos.append(listed)
        lacking -= not listed.unwanted
        if not lacking:
            break
    return videos


def _check_folders(out: Path, channels: Sequence[ChannelRequest]) -> None:
    """Refuse a channel whose folder may be that of one that is there, named at another time. Raises DataError."""
    taken: dict[str, str] = {}
    for name in (request.channel.name for request in channels):
        other = taken.setdefault(portable(name).casefold(), name)
        if other != name:
            raise DataError(f"{out}: has a channel {other!r}, whose folder may be that of {name!r}: rename [{name}]")


@contextmanager
def _opened(out: Path) -> Iterator[CollectionState]:
    """Hold a collection for this process alone."""
    made = not out.exists()
    try:
        if out.is_dir() and not (out / COLLECTION).exists() and any(path.name != LOCK for path in out.iterdir()):
            what = "a dataset that was not collected" if (out / DESCRIPTION).exists() else "not a collection"
            raise DataError(f"{out}: is {what}, and would be mixed with one: choose another --out")
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / LOCK, blocking=False).acquire()
    except Timeout:
        raise DataError(f"{out}: another collection is writing it: wait for it, or choose another --out") from None
    except OSError as error:
        raise DataError(f"{out}: cannot be written ({error.strerror}): choose another --out") from None
    with lock:
        try:
            _clear_partial(out)
        except OSError as error:
            raise DataError(
                f"{error.filename}: cannot be cleared up ({error.strerror}): see who may write it"
            ) from None
        with closing(CollectionState(out)) as state:
            try:
                yield state
            except ListingError:
                state.close()
                if made:  # nothing is there, so that nothing is left behind
                    shutil.rmtree(out)
                raise
            except sqlite3.Error as error:
                raise DataError(f"{out / COLLECTION}: {error}: free some space, or restore it, and run again") from None


def _clear_partial(out: Path) -> None:
    """Remove what was being written when a run was killed."""
    images = out / "images"
    folders = [path for path in images.iterdir() if path.is_dir()] if images.is_dir() else []
    for folder in (out, *folders):
        for path in folder.iterdir():
            if PARTIAL.fullmatch(path.name) and path.is_file():
                path.unlink()
