"""What an audit would find wrong with a run's pictures, from predictions that the run has: no training is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import is_drawn
from backend.data.images import decode
from backend.evaluation.audit.audit import NONE_OF_THESE
from backend.evaluation.audit.findings import Check, SuspectLabel, checked
from backend.evaluation.audit.label_issues import find_label_issues
from backend.evaluation.audit.source_bias import Labels, SourceBias, find_source_biases, traces
from backend.evaluation.predictions import Row
from backend.utils.errors import ImageError


def doubtful_labels(known: Sequence[Row], names: Sequence[str]) -> Check:
    """Doubt labels of the channels' pictures by models that have not seen them.

    Not those of the background: a fold has seen nothing of a background channel that it is judged on, and so knows too
    little of it to doubt that a picture is its own. `audit` deals that out in another way.
    """
    labels = _labels(known, len(names))
    found = []
    for item in find_label_issues(labels, np.array([(*row.probabilities, 0.0) for row in known]), len(names)):
        row, own = known[item.row], dict(zip(names, (round(chance, 4) for chance in item.probabilities), strict=False))
        given, suggested = names[labels[item.row]], names[item.suggested]
        found.append(SuspectLabel(row.image, row.channel, given, suggested, round(item.margin, 4), own))
    return checked("labels", found)


def uneven_sources(rows: Sequence[Row], names: Sequence[str], files: Mapping[str, Path]) -> Iterator[Check]:
    """Ask whether channels can be told by where their pictures come from; nothing where pictures are missing."""
    there = [row for row in rows if row.sha256 in files and not is_drawn(row.channel)]
    labels = _labels(there, len(names))
    classes = np.unique(labels)
    if len(there) < len([row for row in rows if not is_drawn(row.channel)]) or len(classes) < 2:
        return
    try:
        found = [traces((data := files[row.sha256].read_bytes()), decode(data)) for row in there]
    except (ImageError, OSError):
        return  # gone since it was found: the report says how many pictures are still there
    videos = np.unique([f"{row.channel}/{row.key}" for row in there], return_inverse=True)[1].astype(np.int64)
    folds = np.array([row.fold for row in there])
    shown = (*names, NONE_OF_THESE)[: int(classes[-1]) + 1]
    biases: tuple[SourceBias, ...] = find_source_biases(found, Labels(shown, labels, folds, videos))
    yield checked("sources", [one for one in biases if one.warns])


def _labels(rows: Sequence[Row], none: int) -> NDArray[np.int64]:
    return np.array([none if row.label is None else row.label for row in rows], np.int64)
