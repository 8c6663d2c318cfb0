"""Which predictions are worth a look: the worst mistakes, and right ones from the surest to the least sure."""

from __future__ import annotations

from collections.abc import Container, Sequence

from backend.evaluation.predictions import Row

MISTAKES = 24
RIGHT = 4  # pictures of each channel
RIGHT_CHANNELS = 16


def worst_mistakes(rows: Sequence[Row]) -> list[Row]:
    """Return the pictures taken for another channel's, by how far the wrong channel was ahead, MISTAKES at most."""
    wrong = [row for row in rows if row.label is not None and not row.right]
    return sorted(wrong, key=lambda row: -row.margin)[:MISTAKES]


def right_ones(rows: Sequence[Row], label: int, there: Container[str]) -> list[Row]:
    """Return a few of a channel's pictures that were classified correctly, evenly from the surest to the least sure.

    label: of the channel, of which those from RIGHT_CHANNELS on get none; there: checksums of pictures to choose from.
    """
    if label >= RIGHT_CHANNELS:
        return []
    own = [row for row in rows if row.right and row.label == label and row.sha256 in there]
    own.sort(key=lambda row: -row.probabilities[label])
    places = sorted({round(place * (len(own) - 1) / (RIGHT - 1)) for place in range(RIGHT)}) if own else []
    return [own[place] for place in places]
