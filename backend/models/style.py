"""Our recipe: the style of a whole 16:9 thumbnail, read where MobileNetV2 still sees strokes, edges and colours.

The network is cut at `block_9_expand_relu`, and what changes nothing is left out: one of its residual blocks, and
filters that are dead (66 million multiply-adds, 0.19 million parameters at 120x208). Its kernels are rounded to eight
bits before anything is learnt. Four taps are pooled to the mean and standard deviation of
their channels, colours are added, and a linear discriminant with shrinkage tells the classes apart: the channels, and
beside them each background and drawn channel, which together with a class of no evidence at all are 'none of these'.
The deeper layers, which know what is in a picture and not how it is made, are never run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import CAMERA, Source, simulated
from backend.data.splits import deal, turns
from backend.models import lda, photo_gate
from backend.models.base import Fitted, Head, Inputs, LabeledFeatures
from backend.models.calibration import Calibration, Scores, fit_calibration, negative_log_likelihood, probabilities
from backend.models.features import TO_UNIT, Extractor, describe, extract, fingerprint
from backend.models.lda import Matrix
from backend.models.mobilenet_v2 import Layers
from backend.models.weights import Weights
from backend.utils.array_cache import FeatureCache, Table
from backend.utils.cache import cache_dir
from backend.utils.errors import DataError

VIEWS = 1  # of each training picture, beside the picture as it is
SHRINKAGES = (0.02, 0.05, 0.1, 0.2, 0.4)
INNER_FOLDS = 3
SAMPLE = 2048  # pictures and views that the components are found in; more of them change nothing but the time
PHOTO_FINER = 3  # times as many components for photos, in which more varies; 1 costs .01 of macro F1, 2 costs .002
PHOTO_SHRINKAGES = (0.005, *SHRINKAGES)  # there are more views to see it by
BLOCK = 256  # pictures whose features are in memory at a time

Components = NDArray[np.float32]  # (n, views, components)


class Style:
    """Means and standard deviations of four taps, colours, and a linear discriminant."""

    name = "style"
    spec = InputSpec(120, 208, "stretch")
    scale, offset = TO_UNIT  # [-1, 1], as MobileNetV2 was trained
    # strides 4, 4, 8 and 16: (30, 52, 144) twice, (15, 26, 192) and (8, 13, 384)
    taps: tuple[str, ...] = tuple(f"block_{index}_expand_relu" for index in (2, 3, 6, 9))
    left_out: tuple[str, ...] = ("block_4",)
    default_folds = 5
    knows_background = True
    uses_epochs = False

    def __init__(self, augment: str = "none") -> None:
        self.augment = augment

    @property
    def views(self) -> tuple[int, ...]:
        """Numbers of the views that are learnt from, the picture as it is first."""
        return (0, *range(1, 1 + VIEWS), *simulated(self.augment))

    def prepared(self, weights: Weights) -> Weights:
        """Return the weights slimmed and rounded to eight bits; the head is fitted on what they see."""
        return weights.without(*self.left_out).rounded()

    def inputs(self, sources: Sequence[Source], weights: Weights, learn: bool = True) -> Table:
        """Return features (n, views, features) of each picture and its views, computing what the cache lacks.

        Without `learn`, there are no views: (n, 1, features).
        """
        numbers = self.views if learn else (0,)
        views = [source.seen(number) for source in sources for number in numbers]
        cache = FeatureCache(cache_dir(), fingerprint(weights.identity, self.taps, self.spec))
        try:
            found = extract(views, self.spec, cache, lambda: Extractor(weights.layers, self.taps, self.spec))
        finally:
            cache.close()
        return Table(found.file, found.keys.reshape(len(sources), len(numbers)))

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Choose shrinkage and calibration inside the training pictures, then fit all their views."""
        # More threads gain nothing on matrices of this size, and cost a factor of eight on a busy machine.
        with threadpool_limits(1):
            return self._fit(train, channels, seed, validation)

    def _fit(self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None) -> Fitted:
        """Fit one head, or where there are views of a camera one for these and one for the others, and a gate."""
        photo = np.array(self.views) >= CAMERA
        head, chosen, reference = _fit_head(_seen(train, ~photo) if photo.any() else train, channels, seed)
        if photo.any():
            of_photos, _, _ = _fit_head(_seen(train, photo), channels, seed, PHOTO_FINER, PHOTO_SHRINKAGES)
            head = _gated(head, of_photos, train.x, photo, seed)
        row = {"epoch": 1.0, **chosen, **self._scored(head, train, channels, "")}
        held_out = {} if validation is None else self._scored(head, validation, channels, "val_")
        return Fitted(head, [{**row, **held_out}], reference)

    def _scored(self, head: Head, data: LabeledFeatures, channels: int, prefix: str) -> dict[str, float]:
        """Score known pictures among the channels."""
        known = data.y < channels
        scores = self.scores(head, data.x[known])[:, :channels]
        return {
            f"{prefix}loss": negative_log_likelihood(scores, data.y[known], channels, Calibration()),
            f"{prefix}accuracy": float((scores.argmax(axis=1) == data.y[known]).mean()),
        }

    def scores(self, head: Head, x: Inputs) -> Scores:
        """Return logits (n, classes) of pictures as they are, from features (n, views, features)."""
        parts = [np.zeros((0, len(head["bias"])))]
        parts += [photo_gate.scores(head, block[:, 0]) for block in _blocks(x)]
        return np.concatenate(parts)

    def scorer(self, layers: Layers, head: Head) -> Callable[[Pixels], Scores]:
        """Return what turns pictures (n, height, width, 3) into logits (n, classes), by LiteRT."""
        extractor = Extractor(layers, self.taps, self.spec)
        return lambda pixels: self.scores(head, extractor(pixels)[:, None])

    def describer(self, layers: Layers) -> Callable[[Pixels], NDArray[np.float32]]:
        """Return what computes features (n, features), by LiteRT."""
        return Extractor(layers, self.taps, self.spec)

    def judged(self, head: Head, described: NDArray[np.float32]) -> Scores:
        """Return logits (n, classes) of features (n, features)."""
        return self.scores(head, described[:, None])

    def logits(self, pixels: Any, layers: Layers, head: Head) -> Any:
        """Build the network from pixels (B, 120, 208, 3) to logits (B, classes), channels first."""
        return photo_gate.logits(head, describe(pixels, layers, self.taps))  # (B, 1864) to (B, classes)


class StyleLarge(Style):
    """The same with a larger picture and ten taps, for whoever can wait twice as long.

    Down to `block_15_expand_relu`: 228 million multiply-adds and 1.16 million parameters at 160x288.
    """

    name = "style-large"
    spec = InputSpec(160, 288, "stretch")
    taps = tuple(f"block_{index}_expand_relu" for index in (1, 2, 3, 4, 6, 9, 10, 12, 13, 15))
    left_out = ()


def _seen(train: LabeledFeatures, views: NDArray[np.bool_]) -> LabeledFeatures:
    """Keep some views of every picture."""
    return replace(train, x=train.x[:, views])


def _fit_head(
    train: LabeledFeatures, channels: int, seed: int, finer: int = 1, shrinkages: Sequence[float] = ()
) -> tuple[Head, dict[str, float], NDArray[np.float64]]:
    """Fit a head to pictures and views; returns also what was chosen, and what Fitted calls the reference.

    finer: how many times as many components, found in as many more rows; shrinkages: to choose from, by default
    SHRINKAGES.
    """
    sample = _sample(train.x, seed, finer * SAMPLE)
    space = lda.fit_standardized_pca(sample, seed, finer * lda.COMPONENTS)
    z = _projected(space, train.x)  # (n, views, components)
    labels = np.repeat(_gapless(train.y), z.shape[1])
    shrinkage, calibration, reference = _choose(z, train, channels, seed, shrinkages or SHRINKAGES)
    found = _with_nothing(
        lda.fit_within_class_scatter(z.reshape(-1, z.shape[2]), labels).discriminant(shrinkage, channels)
    )
    kernel = (space.basis @ found.kernel) / space.scale[:, None]
    head = _calibrated(kernel, found.bias, space.mean, calibration, channels)
    return (
        head,
        {"shrinkage": shrinkage, "temperature": calibration.temperature, "offset": calibration.offset},
        reference,
    )


def _gated(plain: Head, of_photos: Head, x: Inputs, photo: NDArray[np.bool_], seed: int) -> Head:
    """Join two heads by a gate that tells views of a camera from others; x: (n, views, features), photo: (views,)."""
    space = lda.fit_standardized_pca(_sample(x, seed), seed)
    z = _projected(space, x)
    kernel, bias = photo_gate.fit_gate(z.reshape(-1, z.shape[2]), np.tile(photo, len(z)))
    return photo_gate.gated(plain, of_photos, (space.basis @ kernel) / space.scale, bias, space.mean)


def _blocks(x: Inputs) -> Iterator[NDArray[np.float32]]:
    """Read features (n, views, features) a few pictures at a time."""
    for start in range(0, len(x), BLOCK):
        yield np.asarray(x[start : start + BLOCK])


def _sample(x: Inputs, seed: int, rows: int = SAMPLE) -> NDArray[np.float32]:
    """Read the rows that the space is fitted to, (rows, features): all, or as many as tell enough."""
    pictures = np.arange(len(x))
    most = rows // x.shape[1]
    if len(pictures) > most:
        pictures = np.sort(np.random.default_rng(seed).choice(pictures, most, replace=False))
    found = np.asarray(x[pictures])
    return found.reshape(-1, found.shape[2])


def _projected(space: lda.StandardizedPCA, x: Inputs) -> NDArray[np.float32]:
    """Project features (n, views, features) to (n, views, components)."""
    found = np.empty((*x.shape[:2], space.basis.shape[1]), np.float32)
    for start, block in zip(range(0, len(x), BLOCK), _blocks(x), strict=True):
        found[start : start + BLOCK] = space.project(block.reshape(-1, block.shape[2])).reshape(
            len(block), x.shape[1], -1
        )
    return found


def _with_nothing(found: lda.Discriminant) -> lda.Discriminant:
    """Add a class without evidence: what points towards no class is no channel either."""
    kernel = np.column_stack([found.kernel, np.zeros(len(found.kernel))])
    return lda.Discriminant(kernel, np.append(found.bias, 0.0))


def _calibrated(kernel: Matrix, bias: Matrix, mean: Matrix, calibration: Calibration, channels: int) -> Head:
    """Fold a calibration and the features' mean, which `bias` is the score of, into a head.

    The kernel is rounded to half precision before the mean is folded in, so that the rounding cancels there: the
    browser gets half the bytes, and the same numbers.
    """
    shift = np.where(np.arange(len(bias)) < channels, 0.0, calibration.offset)
    rounded = (kernel * calibration.sharpness).astype(np.float16).astype(np.float32)
    return {
        "kernel": rounded,
        "bias": (bias * calibration.sharpness + shift - mean @ rounded).astype(np.float32),
    }


def _choose(
    z: Components, train: LabeledFeatures, channels: int, seed: int, shrinkages: Sequence[float]
) -> tuple[float, Calibration, NDArray[np.float64]]:
    """Choose the shrinkage and the calibration by cross-validation inside a training set, z: (n, views, components).

    Inner folds leave out pictures of channels, and whole background channels in turn, as the outer ones do. The
    likelihood of the known pictures decides between shrinkages, each at its own best temperature, because it is
    smoother than a count of errors. Returns also what 'none of these' then scores on the known pictures. Raises
    DataError where no channel has a second video to leave out.
    """
    tests = _inner_tests(train, channels, seed)
    known = train.y < channels
    if not tests[known].any():
        raise DataError("every channel has a single video to train on; add thumbnails of other videos")
    parts = [_without(z, train, test) for test in tests.T]
    labels = [train.y[test & known] for test in tests.T]
    best: tuple[float, float, list[Scores]] | None = None
    for shrinkage in shrinkages:
        found = [_with_nothing(within.discriminant(shrinkage, channels)) for within in parts]
        scores = [one.scores(z[test, 0]) for one, test in zip(found, tests.T, strict=True)]
        among = [s[known[test], :channels] for s, test in zip(scores, tests.T, strict=True)]
        at_best = fit_calibration(among, labels, channels)
        loss = negative_log_likelihood(np.concatenate(among), np.concatenate(labels), channels, at_best)
        if best is None or loss < best[0]:
            best = (loss, shrinkage, scores)
    assert best is not None
    _, shrinkage, scores = best
    calibration = fit_calibration(scores, [train.y[test] for test in tests.T], channels)
    chances = [probabilities(block, channels, calibration)[:, -1] for block in scores]
    reference = [unknown[known[test]] for unknown, test in zip(chances, tests.T, strict=True)]
    return shrinkage, calibration, np.concatenate(reference)


def _without(z: Components, train: LabeledFeatures, test: NDArray[np.bool_]) -> lda.WithinClassScatter:
    """Fit without the pictures of a test."""
    views = z.shape[1]
    rows = (np.flatnonzero(~test)[:, None] * views + np.arange(views)).reshape(-1)
    return lda.fit_within_class_scatter(z.reshape(-1, z.shape[2]), np.repeat(_gapless(train.y[~test]), views), rows)


def _gapless(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the classes that are there without gaps: background channels may be left out."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _inner_tests(train: LabeledFeatures, channels: int, seed: int) -> NDArray[np.bool_]:
    """Say which inner folds leave which pictures out, (n, INNER_FOLDS)."""
    tests = np.zeros((len(train.y), INNER_FOLDS), np.bool_)
    known = np.flatnonzero(train.y < channels)
    place = deal(train.y[known], train.units[known], INNER_FOLDS, np.random.default_rng(seed))
    tests[known] = place[:, None] == np.arange(INNER_FOLDS)
    for channel in range(channels):
        if len(np.unique(train.units[train.y == channel])) == 1:  # left out, there would be nothing to know it by
            tests[train.y == channel] = False
    # Drawn channels stand in where less than two real ones are left to take turns.
    for outside in ((train.y >= channels) & train.judged, train.y >= channels):
        turn = _gapless(train.y[outside])
        if len(np.unique(turn)) > 1:
            tests[outside] = turns(turn, INNER_FOLDS)
            break
    return tests
