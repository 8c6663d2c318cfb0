"""Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, sections 3.1 and 3.2).

A prediction counts only where it is as confident as the model usually is of that class, so that a class of which it is
never sure is not emptied into one of which it always is. Where the model is usually very sure, that alone misses too
much, so a label is also doubted where another class is far more probable than the given one, both measured from what is
usual for them.

Two questions are asked: which channel a channel's picture is of, and whether a picture is of a channel at all. The
second has an answer of its own, as 'none of these' is made probable enough for channels that no model has seen.

Of 10 wrong labels planted among 482 real and 400 drawn thumbnails, the first 20 named hold 9 or 10 (without the second
rule 8 to 10), and among 162 of three channels that are hard to tell 6 to 8. Where nothing is planted, 0 to 5 are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.models.calibration import Probabilities

CLEAR_MARGIN = -0.5
SMALLEST = 1e-12  # sum of probabilities to divide by


class LabelIssue(NamedTuple):
    """A row whose label is doubted, and the class suggested instead.

    margin: p(given) - p(most probable other), -1 to 1; probabilities: of the classes that were compared.
    """

    row: int
    suggested: int
    margin: float
    probabilities: tuple[float, ...]


def find_label_issues(labels: NDArray[np.int64], probabilities: Probabilities, channels: int) -> list[LabelIssue]:
    """Return the rows whose labels are doubted, the least probable labels first.

    labels: (n,), the number of channels for 'none of these'; probabilities: (n, channels + 1), of models that did not
    train on the row. Where no row is labelled 'none of these', that is no answer.
    """
    known = np.flatnonzero(labels < channels)
    among = probabilities[known, :channels]
    among = among / np.maximum(among.sum(axis=1, keepdims=True), SMALLEST)
    found = {int(known[item.row]): item for item in _doubted(labels[known], among)}
    if len(known) < len(labels):
        for item in _doubted(labels, probabilities):
            if channels in (item.suggested, labels[item.row]):
                found.setdefault(item.row, item)
    return sorted((item._replace(row=row) for row, item in found.items()), key=lambda item: item.margin)


def _doubted(labels: NDArray[np.int64], probabilities: Probabilities) -> Iterator[LabelIssue]:
    """Yield the rows off the diagonal of the confident joint, and those with a clear margin; every class has rows."""
    rows = np.arange(len(labels))
    # A class's threshold is its mean self-confidence: what the model gives to the class where it is the label.
    thresholds = np.array([probabilities[labels == c, c].mean() for c in range(probabilities.shape[1])])
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    off_diagonal = (confident.max(axis=1) >= 0) & (confident.argmax(axis=1) != labels)
    unusual, others = probabilities - thresholds, probabilities.copy()
    given = unusual[rows, labels]
    unusual[rows, labels] = others[rows, labels] = -np.inf
    suggested = np.where(off_diagonal, confident.argmax(axis=1), unusual.argmax(axis=1))
    margins = probabilities[rows, labels] - others.max(axis=1)
    for row in np.flatnonzero(off_diagonal | (given - unusual.max(axis=1) <= CLEAR_MARGIN)):
        yield LabelIssue(int(row), int(suggested[row]), float(margins[row]), tuple(probabilities[row].tolist()))
