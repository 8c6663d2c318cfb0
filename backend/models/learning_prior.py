"""The prior as it travels with a converted model, to learn channels from few thumbnails: in the browser, and here.

It is the first components of the prior alone (docs/experiments.md says what is lost with fewer), in so few bits that a
release stays small: a thumbnail's place is a whole level of each component. `extension/src/model/style-prior.ts` reads
the file, and what is computed here from its numbers is computed there from the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.models.lda import Matrix
from backend.models.prior import LEVELS, Prior, rounded_basis, rounding_step

COMPONENTS = 256
NEAR, HELD = 20, 550  # thumbnails of each real channel, and random ones, at most, that judge a threshold
MEAN_PARTS = 256  # of a level, in which means are written
FULL = 32_767  # a correlation of 1
SHRINKAGE = 0.1  # of what varies within classes, chosen on channels of 5 to 30 thumbnails (docs/experiments.md)
SHORTEST = 0.1  # of a mean's squared length, at least, is not chance

Places = NDArray[np.int8]  # (pictures, components), levels


@dataclass(frozen=True)
class LearningPrior:
    """What channels are learnt with.

    mean, scale: (features,); basis: (features, components), in steps of basis_step, (components,); step: of a level,
    (components,); means: (classes, components), of the real channels, the drawn ones and, last, random thumbnails;
    lengths: (channels,), how long each real channel's way from the random thumbnails is; scatter: (components,
    components), the sum over `rows`; near: places of real channels, with labels (n,); held: of random thumbnails.
    """

    mean: Matrix
    scale: Matrix
    basis: NDArray[np.int8]
    basis_step: Matrix
    step: Matrix
    means: Matrix
    lengths: Matrix
    scatter: Matrix
    rows: int
    near: Places
    labels: NDArray[np.int64]
    held: Places

    def places(self, features: NDArray[Any]) -> Places:
        """Return the places (n, components) of pictures by their features (n, features)."""
        standard = (features.astype(np.float64) - self.mean) / self.scale
        levels = np.floor(standard @ self.basis.astype(np.float64) * self.basis_step / self.step + 0.5)
        places: Places = np.clip(levels, -LEVELS, LEVELS).astype(np.int8)
        return places

    def numbers(self, places: Places) -> Matrix:
        """Return places as numbers, (n, components)."""
        numbers: Matrix = places.astype(np.float64) * self.step
        return numbers

    def regularised(self, scatter: Matrix, rows: int) -> Matrix:
        """Return the covariance of a scatter, shrunk towards the identity times its mean variance."""
        covariance = scatter / rows
        size = len(covariance)
        shrunk: Matrix = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.trace(covariance) / size * np.eye(size)
        return shrunk

    @cached_property
    def precision(self) -> Matrix:
        """The inverse of what varies within the prior's own classes, (components, components)."""
        inverse: Matrix = np.linalg.inv(self.regularised(self.scatter, self.rows))
        return inverse

    def length(self, away: Matrix, rows: Matrix) -> float:
        """Return how long a mean's way from the random thumbnails is, without what chance adds to it.

        away: (components,); rows: (n, components), what the mean is of.
        """
        square = float(away @ self.precision @ away)
        apart = rows - rows.mean(axis=0)
        chance = float(np.einsum("ij,jk,ik->", apart, self.precision, apart)) / max(len(rows) - 1, 1) / len(rows)
        return float(np.sqrt(max(square - chance, SHORTEST * square)))


def pack_learning_prior(prior: Prior) -> tuple[dict[str, Any], bytes]:
    """Return what describes the file of a prior (`layout`), and its bytes: float32 first, then int16, then int8."""
    real = len(prior.real)
    assert list(prior.names[:real]) == prior.real  # drawn ones come after them
    size = min(COMPONENTS, prior.pca.basis.shape[1])
    basis, basis_step = rounded_basis(prior.pca.basis[:, :size])
    step = rounding_step(prior)[:size].astype(np.float64)
    scatter, rows = prior.sums.squares[:size, :size], prior.sums.rows
    spread = np.sqrt(np.maximum(np.diag(scatter), 1e-12)).astype(np.float32)
    kept = [_evenly(np.flatnonzero(prior.labels == label), NEAR) for label in range(real)]
    held = prior.random.held[_evenly(np.arange(len(prior.random.held)), HELD), :size]
    layout = {
        "features": len(prior.pca.mean),
        "components": size,
        "near": [len(places) for places in kept],
        "drawn": len(prior.names) - real,
        "held": len(held),
        "rows": rows,
    }
    means = np.rint(prior.sums.means[:, :size] / step * MEAN_PARTS)
    correlations = scatter / np.outer(spread.astype(np.float64), spread.astype(np.float64))
    floats = [prior.pca.mean, prior.pca.scale, basis_step, step, spread]
    shorts = [np.clip(means, -FULL, FULL), np.rint(np.clip(correlations[np.triu_indices(size)], -1, 1) * FULL)]
    levels = [basis, _levels(held, step), _levels(prior.places[np.concatenate(kept), :size], step)]

    def packed(lengths: Matrix) -> bytes:
        parts: list[NDArray[Any]] = [array.astype("<f4") for array in [*floats, lengths]]
        parts += [array.astype("<i2") for array in shorts] + levels
        return b"".join(array.tobytes() for array in parts)

    # Lengths are in the measure of the numbers as they are read back.
    read = read_learning_prior(layout, packed(np.ones(real)))
    ways = read.means[:real] - read.means[-1]
    classes = [prior.places[prior.labels == label, :size].astype(np.float64) for label in range(real)]
    lengths = np.array([read.length(way, rows) for way, rows in zip(ways, classes, strict=True)])
    return layout, packed(lengths)


def learning_prior(prior: Prior) -> LearningPrior:
    """Return a prior as the file has it."""
    return read_learning_prior(*pack_learning_prior(prior))


def read_learning_prior(layout: Mapping[str, Any], packed: bytes) -> LearningPrior:
    """Read the file of a prior."""
    features, size, near = layout["features"], layout["components"], layout["near"]
    classes = len(near) + layout["drawn"] + 1
    take = _reader(packed)
    mean, scale = take("<f4", features), take("<f4", features)
    basis_step, step, spread, lengths = (take("<f4", count) for count in (size, size, size, len(near)))
    means = take("<i2", classes * size).reshape(classes, size) / MEAN_PARTS * step
    upper = np.triu_indices(size)
    scatter = np.zeros((size, size))
    scatter[upper] = take("<i2", len(upper[0])) / FULL
    scatter = (scatter + np.triu(scatter, 1).T) * np.outer(spread, spread)
    basis, held, near_places = (
        take("i1", count * size).reshape(count, size).astype(np.int8) for count in (features, layout["held"], sum(near))
    )
    labels = np.repeat(np.arange(len(near)), near)
    return LearningPrior(
        mean, scale, basis, basis_step, step, means, lengths, scatter, layout["rows"], near_places, labels, held
    )


def _reader(packed: bytes) -> Callable[[str, int], Matrix]:
    start = 0

    def take(kind: str, count: int) -> Matrix:
        nonlocal start
        array = np.frombuffer(packed, kind, count, start).astype(np.float64)
        start += count * np.dtype(kind).itemsize
        return array

    return take


def _evenly(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    chosen: NDArray[np.int64] = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]
    return chosen


def _levels(places: NDArray[Any], step: Matrix) -> Places:
    levels: Places = np.clip(np.rint(places / step), -LEVELS, LEVELS).astype(np.int8)
    return levels
