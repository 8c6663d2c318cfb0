"""What a run was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend.data.dataset import is_drawn
from backend.data.images import InputSpec, preprocess
from backend.evaluation.predictions import Row
from backend.models.run import Run
from backend.report.images import Album
from backend.report.model import ChannelContents, Contents
from backend.utils.errors import ImageError

if TYPE_CHECKING:
    from backend.training.report_data import ReportInputs

SAMPLES = 5  # pictures of each channel
SAMPLE_WIDTH = 132  # pixels
MOST_CHANNELS = 40  # that are shown with samples


def contents(run: Run, rows: Sequence[Row], inputs: ReportInputs, album: Album) -> Contents:
    """Describe the dataset of a run."""
    names, files = {channel.name: channel.display_name for channel in run.channels}, inputs.files
    order = [*names, *sorted({row.channel for row in rows} - names.keys())]
    channels = []
    for place, name in enumerate(order):
        own = [row for row in rows if row.channel == name]
        shown = _samples(own, files, album) if place < MOST_CHANNELS else ()
        measured = Counter(inputs.sizes[row.sha256] for row in own if row.sha256 in inputs.sizes)
        common = tuple((*size, count) for size, count in measured.most_common())
        role, drawn = "known" if name in names else "background", is_drawn(name)
        videos = len({row.key for row in own})
        channels.append(ChannelContents(name, names.get(name, name), role, drawn, len(own), videos, common, shown))
    path = str(run.description.get("dataset", {}).get("path", ""))
    present = sum(row.sha256 in files for row in rows)
    return Contents(path, len(rows), present, tuple(channels), inputs.checks)


def _samples(rows: Sequence[Row], files: Mapping[str, Path], album: Album) -> tuple[str, ...]:
    """Show pictures from all over a channel, cut to one shape so that a row of them is even."""
    there = [files[row.sha256] for row in rows if row.sha256 in files]
    if not there:
        return ()
    chosen = [there[round(place * (len(there) - 1) / max(SAMPLES - 1, 1))] for place in range(SAMPLES)]
    return tuple(uri for uri in (_sample(path, album) for path in dict.fromkeys(chosen)) if uri)


def _sample(path: Path, album: Album) -> str:
    try:
        return album.pixels(preprocess(path, InputSpec(round(SAMPLE_WIDTH * 9 / 16), SAMPLE_WIDTH)))
    except ImageError:
        return ""
