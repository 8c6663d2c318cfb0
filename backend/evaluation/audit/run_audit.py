"""What is wrong with the pictures of a run, by the predictions that it has: nothing is trained for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import is_drawn
from backend.data.images import decode
from backend.data.near_duplicates import fingerprints, near_duplicates
from backend.evaluation.audit.findings import NONE_OF_THESE, Check, NearDuplicate, SuspectLabel, checked, imbalances
from backend.evaluation.audit.label_issues import find_label_issues
from backend.evaluation.audit.source_bias import Labels, Traces, find_source_biases, traces
from backend.evaluation.predictions import Row
from backend.utils.errors import ImageError
from backend.utils.reading import read_file

READERS = 2  # threads
Files = Mapping[str, Path]  # by checksum, of the pictures that are still there


def audit_run(rows: Sequence[Row], names: Sequence[str], files: Files) -> tuple[Check, ...]:
    """Look at predictions and, as far as they are there, at the pictures themselves. names: the channels in order."""
    known = [row for row in rows if row.label is not None]
    images = {name: sum(row.channel == name for row in known) for name in names}
    return (
        checked("balance", imbalances(images)),
        *_duplicates(rows, files),
        doubtful_labels(known, names),
        *uneven_sources(rows, names, files),
    )


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
        NearDuplicate(there[i].image, there[i].channel, there[j].image, there[j].channel, round(similarity, 4))
        for i, j, similarity in pairs
        if (there[i].channel, there[i].key) != (there[j].channel, there[j].key)
    ]
    yield checked("duplicates_within", [pair for pair in named if pair.channel == pair.other_channel])
    yield checked("duplicates_across", [pair for pair in named if pair.channel != pair.other_channel])


def doubtful_labels(known: Sequence[Row], names: Sequence[str]) -> Check:
    """Doubt labels of the channels' pictures by models that have not seen them.

    Not those of the background: a fold has seen nothing of a background channel that it is judged on, and so knows too
    little of it to doubt that a picture is its own. `audit` deals that out in another way.
    """
    labels, suspects = _labels(known, len(names)), []
    for issue in find_label_issues(labels, np.array([(*row.probabilities, 0.0) for row in known]), len(names)):
        row = known[issue.row]
        suspects.append(SuspectLabel.of(issue, row.image, row.channel, names[labels[issue.row]], names))
    return checked("labels", suspects)


def uneven_sources(rows: Sequence[Row], names: Sequence[str], files: Files) -> Iterator[Check]:
    """Ask whether channels can be told by where their pictures come from; nothing where pictures are missing."""
    real = [row for row in rows if not is_drawn(row.channel)]
    there = [row for row in real if row.sha256 in files]
    labels = _labels(there, len(names))
    classes = np.unique(labels)
    if len(there) < len(real) or len(classes) < 2:
        return
    try:
        with ThreadPoolExecutor(READERS) as pool:
            measured = list(pool.map(_traces, [files[row.sha256] for row in there]))
    except (ImageError, OSError):
        return  # gone since it was found: the report says how many pictures are still there
    videos = np.unique([f"{row.channel}/{row.key}" for row in there], return_inverse=True)[1].astype(np.int64)
    folds = np.array([row.fold for row in there])
    shown = (*names, NONE_OF_THESE)[: int(classes[-1]) + 1]
    biases = find_source_biases(measured, Labels(shown, labels, folds, videos))
    yield checked("sources", [bias for bias in biases if bias.warns])


def _traces(path: Path) -> Traces:
    data = read_file(path)
    return traces(data, decode(data))


def _labels(rows: Sequence[Row], none: int) -> NDArray[np.int64]:
    return np.array([none if row.label is None else row.label for row in rows], np.int64)
