"""From what a collection has kept to a dataset that a training reads: its channels, its manifest, what was left out."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from backend.collect.channel_file import ChannelRequest
from backend.collect.state import LISTED, CollectionState
from backend.collect.test_split import SplitRule, split
from backend.data.dataset import COLUMNS, DESCRIPTION, LEFT_OUT, MANIFEST, SCHEMA, LeftOut, Picture
from backend.utils.errors import DataError
from backend.utils.files import open_whole, pack_json, write_atomically
from backend.utils.tables import write_table


def export_dataset(root: Path, channels: Sequence[ChannelRequest], state: CollectionState, rule: SplitRule) -> None:
    """Write the dataset's description, manifest and list of what was left out, each whole or not at all.

    The pictures are in place already. A dataset that was there before stays readable: the new description goes first,
    and the manifest last.
    """
    described = [asdict(request.channel) for request in channels]
    description = {"schema": SCHEMA, "demo": False, "split": asdict(rule), "channels": described}
    write_atomically(root / DESCRIPTION, pack_json(description))
    left_out = (tuple(vars(item).values()) for request in channels for item in _left_out(request, state))
    _write_csv(root / LEFT_OUT, ("channel", "source", "reason"), left_out)
    pictures = (tuple(vars(picture).values()) for request in channels for picture in _pictures(request, state, rule))
    _write_csv(root / MANIFEST, COLUMNS, pictures)


def _pictures(request: ChannelRequest, state: CollectionState, rule: SplitRule) -> Iterator[Picture]:
    name = request.channel.name
    videos = list(dict.fromkeys(kept.video for kept, _, _ in state.pictures(name)))
    splits = split(videos, rule, request.count or rule.total)
    for kept, place, published in state.pictures(name):
        first = kept.channel, kept.file, kept.video, kept.sha256
        size, version = (kept.width, kept.height), (kept.variant, kept.version)
        yield Picture(*first, *size, kept.url, *version, splits[kept.video], place, published)


def _left_out(request: ChannelRequest, state: CollectionState) -> Iterator[LeftOut]:
    name = request.channel.name
    for video, outcome, reason in state.without(name):
        yield LeftOut(name, video, "more than were wanted" if outcome == LISTED else reason)
    for video, variant, reason in state.refusals(name):
        yield LeftOut(name, f"{video} ({variant})", reason)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table row by row, whole or not at all: it may be longer than is good to hold in memory."""
    try:
        with open_whole(path) as file:
            write_table(codecs.getwriter("utf-8")(file), header, rows)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}): free some space") from None
