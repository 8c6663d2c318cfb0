"""How the head of `style` is fitted: which shrinkage and calibration, and how features that fill no memory are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.data.splits import leave_one_group_out, stratified_group_k_fold
from backend.models import lda
from backend.models.calibration import Calibration, Scores, fit_calibration, negative_log_likelihood, probabilities
from backend.models.prior import Prior
from backend.models.recipe import FeatureRows, LabeledFeatures
from backend.utils.errors import DataError

INNER_FOLDS = 3
SAMPLE = 2048  # pictures and views that the components are found in; more of them change nothing but the time
BLOCK = 256  # pictures whose features are in memory at a time

Components = NDArray[np.float32]  # (n, views, components)


@dataclass(frozen=True)
class Choice:
    """What cross-validation inside a training set chose, and what 'none of these' then scores on pictures that were
    left out, (n,): reference of known ones, near of other channels.
    """

    shrinkage: float
    calibration: Calibration
    reference: NDArray[np.float64]
    near: NDArray[np.float64]

    def settings(self) -> dict[str, float]:
        """Return what a run's history keeps of it."""
        calibration = self.calibration
        return {"shrinkage": self.shrinkage, "temperature": calibration.temperature, "offset": calibration.offset}


def choose(
    z: Components, train: LabeledFeatures, channels: int, seed: int, shrinkages: Sequence[float], prior: Prior | None
) -> Choice:
    """Choose the shrinkage and the calibration by cross-validation inside a training set, z: (n, views, components).

    Inner folds leave out pictures of channels, and whole background channels in turn, as the outer ones do; of the
    prior, they leave out channels and random thumbnails, which are then strangers to them. The likelihood of the known
    pictures decides between shrinkages, each at its own best temperature, because it is smoother than a count of
    errors. Raises DataError where no channel has a second video to leave out.
    """
    tests = inner_tests(train, channels, seed)
    known = train.y < channels
    if not tests[known].any():
        raise DataError("every channel has a single video to train on; add thumbnails of other videos")
    turns = [prior.leave_out(number, INNER_FOLDS) if prior else None for number in range(INNER_FOLDS)]
    scatters = [_without(z, train, test, turn and turn[0]) for test, turn in zip(tests.T, turns, strict=True)]
    labels = [train.y[test & known] for test in tests.T]
    best: tuple[float, float, list[lda.Discriminant], list[Scores]] | None = None
    for shrinkage in shrinkages:
        folds = [with_no_evidence(scatter.discriminant(shrinkage, channels)) for scatter in scatters]
        scores = [fold.scores(z[test, 0]) for fold, test in zip(folds, tests.T, strict=True)]
        among = [s[known[test], :channels] for s, test in zip(scores, tests.T, strict=True)]
        at_best = fit_calibration(among, labels, channels)
        loss = negative_log_likelihood(np.concatenate(among), np.concatenate(labels), channels, at_best)
        if best is None or loss < best[0]:
            best = (loss, shrinkage, folds, scores)
    assert best is not None
    _, shrinkage, folds, scores = best
    near = [fold.scores(turn[1].near) if turn else _none_of(fold) for fold, turn in zip(folds, turns, strict=True)]
    random = [fold.scores(turn[1].random) if turn else _none_of(fold) for fold, turn in zip(folds, turns, strict=True)]
    counts = [int((test & known).sum()) for test in tests.T]
    beside = [
        np.concatenate([_some(block, count // 2) for block in blocks])
        for *blocks, count in zip(near, random, counts, strict=True)
    ]
    calibration = fit_calibration(
        [np.concatenate(pair) for pair in zip(scores, beside, strict=True)],
        [np.r_[train.y[test], np.full(len(s), channels)] for test, s in zip(tests.T, beside, strict=True)],
        channels,
    )
    unknown = [probabilities(block, channels, calibration)[:, -1] for block in scores]
    reference = [block[known[test]] for block, test in zip(unknown, tests.T, strict=True)]
    own = [block[~known[test]] for block, test in zip(unknown, tests.T, strict=True)]
    others = own if any(map(len, own)) else [probabilities(block, channels, calibration)[:, -1] for block in near]
    return Choice(shrinkage, calibration, np.concatenate(reference), np.concatenate(others))


def _none_of(fold: lda.Discriminant) -> Scores:
    return np.zeros((0, len(fold.bias)))


def _some(scores: Scores, count: int) -> Scores:
    """Take `count` rows evenly, or all where there are fewer.

    As many strangers as known pictures, so that what is called likely does not hang on how many strangers there are.
    """
    return scores[np.linspace(0, len(scores) - 1, min(count, len(scores))).astype(int)] if count else scores[:0]


def with_no_evidence(discriminant: lda.Discriminant) -> lda.Discriminant:
    """Add a class without evidence: what points towards no class is no channel either."""
    kernel = np.column_stack([discriminant.kernel, np.zeros(len(discriminant.kernel))])
    return lda.Discriminant(kernel, np.append(discriminant.bias, 0.0))


def gapless(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the classes that are there without gaps: background channels may be left out."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def inner_tests(train: LabeledFeatures, channels: int, seed: int) -> NDArray[np.bool_]:
    """Say which inner folds leave which pictures out, (n, INNER_FOLDS)."""
    tests = np.zeros((len(train.y), INNER_FOLDS), np.bool_)
    known = np.flatnonzero(train.y < channels)
    folds = stratified_group_k_fold(train.y[known], train.groups[known], INNER_FOLDS, np.random.default_rng(seed))
    tests[known] = folds[:, None] == np.arange(INNER_FOLDS)
    for channel in range(channels):
        if len(np.unique(train.groups[train.y == channel])) == 1:  # left out, there would be nothing to know it by
            tests[train.y == channel] = False
    # Drawn channels stand in where less than two real ones are left to take turns.
    for outside in ((train.y >= channels) & train.judged, train.y >= channels):
        background = gapless(train.y[outside])
        if len(np.unique(background)) > 1:
            tests[outside] = leave_one_group_out(background, INNER_FOLDS)
            break
    return tests


def _without(
    z: Components, train: LabeledFeatures, test: NDArray[np.bool_], prior: Prior | None
) -> lda.WithinClassScatter:
    """Fit without the pictures of a test."""
    return sums(z, train, np.flatnonzero(~test), prior).scatter()


def sums(z: Components, train: LabeledFeatures, pictures: NDArray[np.int64], prior: Prior | None) -> lda.ClassSums:
    """Sum up some pictures with all their views, and beside them the prior's classes."""
    views = z.shape[1]
    rows = (pictures[:, None] * views + np.arange(views)).reshape(-1)
    labels = np.repeat(gapless(train.y[pictures]), views)
    own = lda.class_sums(z.reshape(-1, z.shape[2]), labels, rows)
    return own.beside(prior.sums) if prior else own


# --- Reading features --------------------------------------------------------------------------------------------


def blocks(x: FeatureRows) -> Iterator[NDArray[np.float32]]:
    """Read features (n, views, features) a few pictures at a time."""
    for start in range(0, len(x), BLOCK):
        yield np.asarray(x[start : start + BLOCK])


def sample_rows(x: FeatureRows, seed: int, finer: int = 1) -> NDArray[np.float32]:
    """Read the rows that components are found in, (rows, features): all, or as many as tell enough.

    finer: how many times as many, for as many more components.
    """
    pictures = np.arange(len(x))
    most = finer * SAMPLE // x.shape[1]
    if len(pictures) > most:
        pictures = np.sort(np.random.default_rng(seed).choice(pictures, most, replace=False))
    sample = np.asarray(x[pictures])
    return sample.reshape(-1, sample.shape[2])


def project(pca: lda.StandardizedPCA, x: FeatureRows) -> Components:
    """Project features (n, views, features) to (n, views, components)."""
    z = np.empty((*x.shape[:2], pca.basis.shape[1]), np.float32)
    for start, block in zip(range(0, len(x), BLOCK), blocks(x), strict=True):
        z[start : start + BLOCK] = pca.project(block.reshape(-1, block.shape[2])).reshape(len(block), x.shape[1], -1)
    return z
