"""From a few thumbnails of each channel to a head that recognises them: the discriminant of `style` in the space of the
prior, whose classes stand beside the channels as 'none of these'.

A training of `style` chooses shrinkage and calibration by cross-validation; a few thumbnails are too few for that, so
that here both are the prior's (docs/experiments.md), and the threshold is what lets no more strangers pass than is
promised. What is none of the channels is told by directions, as there; which of them it is, by these and the nearest
mean together, which makes a tenth fewer errors than either. `extension/src/model/channel-fit.ts` is the same in the
browser, number for number: one fixture holds both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.models.calibration import (
    Calibration,
    Probabilities,
    probabilities,
    promised_threshold,
    softmax,
    threshold_at_false_alarms,
    threshold_at_recall,
)
from backend.models.lda import SHORTEST, Matrix
from backend.models.learning_prior import SHRINKAGE, LearningPrior, Places
from backend.models.prior import LIKE

FEWEST, GOOD, SOLID = 5, 12, 30  # thumbnails: to learn from, and from which on a channel is good and solid
CALIBRATION = Calibration(1.25, -0.9)
DIRECTION, NEAREST = 0.5, 0.1  # how sharp each is among the channels
CHANCE = 0.63  # what it adds to the square of a mean's length, for each component, where the mean is of one thumbnail
LOOKALIKE_SHARE = 0.005
JUDGED = 256  # examples, at most, that operating points are measured on
RECALLS = tuple((50 + 2.5 * step) / 100 for step in range(21))


@dataclass(frozen=True)
class LearntClass:
    """What is known of a class: places of thumbnails (n, components), and the sum of others of which nothing else is
    kept, as numbers.

    like: classes of the prior that are the same channel, and are no strangers to it.
    """

    places: Places
    added: int = 0
    total: Matrix | None = None
    like: tuple[int, ...] = ()


def like_classes(prior: LearningPrior, places: Places) -> tuple[int, ...]:
    """Name by their labels the prior's real channels whose style this is, in all likelihood the same channel.

    Of a single thumbnail nothing is known of chance, and nothing is said.
    """
    if len(places) < 2:
        return ()
    rows = prior.numbers(places)
    away = rows.mean(axis=0) - prior.means[-1]
    others = prior.means[: len(prior.lengths)] - prior.means[-1]
    cosines = others @ prior.precision @ away / (prior.length(away, rows) * prior.lengths)
    return tuple(np.flatnonzero(cosines > LIKE).tolist())


class ChannelFit:
    """A head for some channels, and what leaving one example out of it needs.

    channels are to be recognised, negatives are none of them. kernel: (components, classes); bias: (classes,): the
    channels, the negatives, and the prior's classes but for those that are like a channel.
    """

    def __init__(
        self, prior: LearningPrior, channels: Sequence[LearntClass], negatives: Sequence[LearntClass] = ()
    ) -> None:
        self.prior, self.channels, self.negatives = prior, len(channels), len(negatives)
        own = [*channels, *negatives]
        self._rows = [prior.numbers(learnt.places) for learnt in own]
        self._counts = [len(learnt.places) + learnt.added for learnt in own]
        scatter, degrees = prior.scatter.copy(), prior.rows
        for rows in self._rows:
            apart = rows - rows.mean(axis=0) if len(rows) else rows
            scatter += apart.T @ apart
            degrees += max(len(rows) - 1, 0)
        self._share = (1 - SHRINKAGE) / degrees
        self._precision = np.linalg.inv(prior.regularised(scatter, degrees))
        gone = {label for channel in channels for label in channel.like}
        self._kept = [label for label in range(len(prior.means)) if label not in gone]
        self._own_means = [_mean(rows, learnt) for rows, learnt in zip(self._rows, own, strict=True)]
        means = np.array([*self._own_means, *prior.means[self._kept]])
        # Of a single channel, halfway to random thumbnails, so that it has a direction.
        centred = means[: self.channels] if self.channels > 1 else np.array([*means[: self.channels], prior.means[-1]])
        centre = centred.mean(axis=0)
        self._apart = means - centre
        self._solved = self._apart @ self._precision
        self._squares = (self._apart * self._solved).sum(axis=1)
        chance = CHANCE * len(prior.step) / np.maximum(self._counts[: self.channels], 1)
        self.kernel = (self._solved / np.maximum(np.sqrt(self._squares), SHORTEST)[:, None]).T
        self.bias = -centre @ self.kernel
        self.lengths = np.sqrt(self._squares[: self.channels])
        self.offsets = (self._squares[: self.channels] - chance) / 2
        near, random = self._strangers()
        self.threshold = promised_threshold(near, random)
        self.lookalike_threshold = min(self.threshold, threshold_at_false_alarms(random, LOOKALIKE_SHARE))
        self._random = random

    def predict_proba(self, places: Places) -> Probabilities:
        """Return (n, channels + 1), 'none of these' last, for places (n, components)."""
        return self._chances(self.prior.numbers(places) @ self.kernel + self.bias, self.lengths, self.offsets)

    def base_unknown(self, places: Places) -> NDArray[np.float64]:
        """Return what of 'none of these' is not of the negatives, (n,)."""
        scores = self.prior.numbers(places) @ self.kernel + self.bias
        by_class = np.exp(self._logits(scores))
        base: NDArray[np.float64] = by_class[:, self.channels + self.negatives :].sum(axis=1) / by_class.sum(axis=1)
        return base

    def leave_one_out(self, channel: int, example: int) -> Probabilities:
        """Return (channels + 1,) as a head would say that was fitted without one example.

        The sums of the others follow in closed form, and so does the solution with what varies within classes (Sherman
        and Morrison, 1950); how many rows that is of, and the mean of its variances, stay.
        """
        count = self._counts[channel]
        away = self._rows[channel][example] - self._own_means[channel]
        solved = self._precision @ away
        square = float(away @ solved)
        share = self._share * count / (count - 1)
        more = share / (1 - share * square)
        moved = 1 / (count - 1)  # of `away`: how far the channel's mean goes back, and the centre a part of it
        centre = moved / max(2, self.channels)
        back = np.full(len(self._apart), centre)
        back[channel] -= moved
        apart = self._apart @ solved
        across = apart + back * square
        plain = self._solved @ self._apart[channel] + back * apart[channel] + (1 + centre) * across
        squares = self._squares + 2 * back * apart + back**2 * square + more * across**2
        scores = (plain + more * (apart[channel] + (1 + centre) * square) * across) / np.sqrt(squares)
        lengths, offsets = np.sqrt(squares[: self.channels]), self.offsets.copy()
        offsets += (squares[: self.channels] - self._squares[: self.channels]) / 2
        offsets[channel] -= CHANCE * len(away) * (1 / (count - 1) - 1 / count) / 2
        chances: Probabilities = self._chances(scores[None], lengths, offsets)[0]
        return chances

    def left_out(self) -> tuple[NDArray[np.int64], Probabilities]:
        """Return the channel (n,) of each example, and what a head says of it that was fitted without it."""
        pairs = [
            (channel, example)
            for channel in range(self.channels)
            if self._counts[channel] > 1
            for example in range(len(self._rows[channel]))
        ]
        labels = np.array([channel for channel, _ in pairs], np.int64)
        chances = [self.leave_one_out(*pair) for pair in pairs]
        return labels, np.array(chances).reshape(len(pairs), self.channels + 1)

    def operating_points(self) -> list[dict[str, float]]:
        """Return what thresholds would bring, the strictest first, by examples left out and random strangers."""
        known = self.left_out()[1][:, -1]
        if not len(known):
            return []
        step = max(1.0, len(known) / JUDGED)
        known = known[(np.arange(min(JUDGED, len(known))) * step).astype(int)]
        limits = [threshold_at_recall(known, recall) for recall in RECALLS]
        return [
            {
                "threshold": limit,
                "known_recall": float((known <= limit).mean()),
                "false_known": float((self._random <= limit).mean()),
            }
            for limit in limits
        ]

    def _strangers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what 'none of these' scores on the prior's strangers: of channels, each without its own class, and of
        any.
        """
        prior, first = self.prior, self.channels + self.negatives
        column = {label: first + place for place, label in enumerate(self._kept)}
        rows = np.array([row for row, label in enumerate(prior.labels) if label in column], np.int64)
        scores = prior.numbers(prior.near[rows]) @ self.kernel + self.bias
        scores[np.arange(len(rows)), [column[label] for label in prior.labels[rows]]] = -np.inf
        return self._chances(scores, self.lengths, self.offsets)[:, -1], self.predict_proba(prior.held)[:, -1]

    def _chances(self, scores: NDArray[Any], lengths: Matrix, offsets: Matrix) -> Probabilities:
        """Turn scores (n, classes) into (n, channels + 1); last comes a class without evidence."""
        by_direction = probabilities(np.column_stack([scores, np.zeros(len(scores))]), self.channels, CALIBRATION)
        unknown = by_direction[:, self.channels :]
        if not self.channels:
            return unknown
        own = scores[:, : self.channels]
        among = softmax(DIRECTION * own + NEAREST * (own * lengths - offsets))
        return np.column_stack([among * (1 - unknown), unknown])

    def _logits(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        logits: NDArray[np.float64] = np.column_stack([scores, np.zeros(len(scores))]) * CALIBRATION.sharpness
        logits[:, self.channels :] += CALIBRATION.offset
        return logits


def _mean(rows: Matrix, learnt: LearntClass) -> Matrix:
    total = rows.sum(axis=0) if learnt.total is None else rows.sum(axis=0) + learnt.total
    mean: Matrix = total / (len(rows) + learnt.added)
    return mean
