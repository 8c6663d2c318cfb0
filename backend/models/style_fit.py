"""How the head of `style` is fitted: which shrinkage and calibration, and how features that fill no memory are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.data.splits import leave_one_group_out, stratified_group_k_fold
from backend.models import lda
from backend.models.calibration import Calibration, Scores, fit_calibration, negative_log_likelihood, probabilities
from backend.models.recipe import FeatureRows, LabeledFeatures
from backend.utils.errors import DataError

INNER_FOLDS = 3
SAMPLE = 2048  # pictures and views that the components are found in; more of them change nothing but the time
BLOCK = 256  # pictures whose features are in memory at a time

Components = NDArray[np.float32]  # (n, views, components)


@dataclass(frozen=True)
class Choice:
    """What cross-validation inside a training set chose, and what 'none of these' then scores on the known pictures
    that were left out, (n,).
    """

    shrinkage: float
    calibration: Calibration
    reference: NDArray[np.float64]

    def settings(self) -> dict[str, float]:
        """Return what a run's history keeps of it."""
        calibration = self.calibration
        return {"shrinkage": self.shrinkage, "temperature": calibration.temperature, "offset": calibration.offset}


def choose(z: Components, train: LabeledFeatures, channels: int, seed: int, shrinkages: Sequence[float]) -> Choice:
    """Choose the shrinkage and the calibration by cross-validation inside a training set, z: (n, views, components).

    Inner folds leave out pictures of channels, and whole background channels in turn, as the outer ones do. The
    likelihood of the known pictures decides between shrinkages, each at its own best temperature, because it is
    smoother than a count of errors. Raises DataError where no channel has a second video to leave out.
    """
    tests = inner_tests(train, channels, seed)
    known = train.y < channels
    if not tests[known].any():
        raise DataError("every channel has a single video to train on; add thumbnails of other videos")
    scatters = [_without(z, train, test) for test in tests.T]
    labels = [train.y[test & known] for test in tests.T]
    best: tuple[float, float, list[Scores]] | None = None
    for shrinkage in shrinkages:
        folds = [with_no_evidence(scatter.discriminant(shrinkage, channels)) for scatter in scatters]
        scores = [fold.scores(z[test, 0]) for fold, test in zip(folds, tests.T, strict=True)]
        among = [s[known[test], :channels] for s, test in zip(scores, tests.T, strict=True)]
        at_best = fit_calibration(among, labels, channels)
        loss = negative_log_likelihood(np.concatenate(among), np.concatenate(labels), channels, at_best)
        if best is None or loss < best[0]:
            best = (loss, shrinkage, scores)
    assert best is not None
    _, shrinkage, scores = best
    calibration = fit_calibration(scores, [train.y[test] for test in tests.T], channels)
    unknown = [probabilities(block, channels, calibration)[:, -1] for block in scores]
    reference = [block[known[test]] for block, test in zip(unknown, tests.T, strict=True)]
    return Choice(shrinkage, calibration, np.concatenate(reference))


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


def _without(z: Components, train: LabeledFeatures, test: NDArray[np.bool_]) -> lda.WithinClassScatter:
    """Fit without the pictures of a test."""
    views = z.shape[1]
    rows = (np.flatnonzero(~test)[:, None] * views + np.arange(views)).reshape(-1)
    return lda.fit_within_class_scatter(z.reshape(-1, z.shape[2]), np.repeat(gapless(train.y[~test]), views), rows)


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
