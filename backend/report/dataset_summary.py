"""What a run was trained on, and what needs no training to be seen wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backend.data.dataset import is_drawn
from backend.data.images import InputSpec, baked_bars, decode, fit
from backend.data.near_duplicates import fingerprints, near_duplicates
from backend.evaluation.audit.audit import FEW_IMAGES, IMBALANCE
from backend.evaluation.audit.findings import Check, Imbalance, NearDuplicate, checked
from backend.evaluation.predictions import Library, Row
from backend.models.run import Run
from backend.report.data_issues import doubtful_labels, uneven_sources
from backend.report.images import Album
from backend.utils.errors import DataError, ImageError

if TYPE_CHECKING:
    from backend.data.selection import Sample

SAMPLES = 5  # pictures of each channel
SAMPLE_WIDTH = 132  # pixels
MOST_CHANNELS = 40  # that are shown with samples

Files = dict[str, Path]  # by checksum, of the pictures that are still there
Sizes = dict[str, tuple[int, int]]  # width and height in pixels by checksum, as the manifest has them


@dataclass(frozen=True)
class ChannelContents:
    """One channel's part: sizes are (width, height, images) in pixels, the commonest first; samples are data URIs."""

    name: str
    display_name: str
    role: str
    drawn: bool
    images: int
    videos: int
    sizes: tuple[tuple[int, int, int], ...]
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """What a run was trained on. present: how many of its images are still where they were; checks: what was found."""

    path: str
    images: int
    present: int
    channels: tuple[ChannelContents, ...]
    checks: tuple[Check, ...]


def contents(run: Run, rows: Sequence[Row], files: Files, sizes: Sizes, album: Album) -> Contents:
    """Describe the dataset of a run."""
    names = {channel.name: channel.display_name for channel in run.channels}
    order = [*names, *sorted({row.channel for row in rows} - names.keys())]
    channels = []
    for place, name in enumerate(order):
        own = [row for row in rows if row.channel == name]
        shown = _samples(own, files, album) if place < MOST_CHANNELS else ()
        measured = Counter(sizes[row.sha256] for row in own if row.sha256 in sizes)
        common = tuple((*size, count) for size, count in measured.most_common())
        role, drawn = "known" if name in names else "background", is_drawn(name)
        videos = len({row.key for row in own})
        channels.append(ChannelContents(name, names.get(name, name), role, drawn, len(own), videos, common, shown))
    path = str(run.description.get("dataset", {}).get("path", ""))
    known = [row for row in rows if row.label is not None]
    checks = (
        checked("balance", _imbalances(channels)),
        *_duplicates(rows, files),
        doubtful_labels(known, list(names)),
        *uneven_sources(rows, list(names), files),
    )
    return Contents(path, len(rows), len([r for r in rows if r.sha256 in files]), tuple(channels), checks)


def listed(library: Library) -> dict[str, Sample]:
    """Return all pictures that the datasets still list, by checksum."""
    from backend.data.dataset import load_dataset
    from backend.data.selection import samples_of

    found: dict[str, Sample] = {}
    for root in library.roots:
        try:
            dataset = load_dataset(root)
        except DataError:
            continue  # a dataset that has lost a file: the report says how many are gone, and has no sizes
        found.update({one.picture.sha256: one for one in samples_of(dataset)})
    return found


def _samples(rows: Sequence[Row], files: Files, album: Album) -> tuple[str, ...]:
    """Show pictures from all over a channel, cut to one shape so that a row of them is even."""
    there = [files[row.sha256] for row in rows if row.sha256 in files]
    if not there:
        return ()
    chosen = [there[round(place * (len(there) - 1) / max(SAMPLES - 1, 1))] for place in range(SAMPLES)]
    return tuple(uri for uri in (_sample(path, album) for path in dict.fromkeys(chosen)) if uri)


def _sample(path: Path, album: Album) -> str:
    try:
        pixels = decode(path)
    except ImageError:
        return ""
    left, top, right, bottom = baked_bars(pixels)
    spec = InputSpec(round(SAMPLE_WIDTH * 9 / 16), SAMPLE_WIDTH)
    return album.pixels(fit(pixels[top:bottom, left:right].copy(), spec))


def _imbalances(channels: Sequence[ChannelContents]) -> Iterator[Imbalance]:
    known = [channel for channel in channels if channel.role == "known"]
    most = max(channel.images for channel in known)
    for channel in known:
        if channel.images < FEW_IMAGES or IMBALANCE * channel.images < most:
            yield Imbalance(channel.name, channel.images, most)


def _duplicates(rows: Sequence[Row], files: Files) -> Iterator[Check]:
    """Find copies that are not known to be one video's; nothing where no picture is left to look at."""
    there = [row for row in rows if row.sha256 in files]
    if not there:
        return
    try:
        pairs = near_duplicates(fingerprints([files[row.sha256] for row in there]))
    except ImageError:
        return
    named = [
        NearDuplicate(there[i].image, there[i].channel, there[j].image, there[j].channel, round(alike, 4))
        for i, j, alike in pairs
        if (there[i].channel, there[i].key) != (there[j].channel, there[j].key)
    ]
    yield checked("duplicates_within", [pair for pair in named if pair.channel == pair.other_channel])
    yield checked("duplicates_across", [pair for pair in named if pair.channel != pair.other_channel])
