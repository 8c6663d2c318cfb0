"""Whether the channels can be told apart by where their pictures come from, and not by what they look like.

One channel's pictures from 300x169 files and another's from 1280x720 ones differ in sharpness, and a model may learn
that instead of style. Two small classifiers try, on the folds that the training uses: one sees the files' sizes and
JPEG quality, the other how sharp the pictures are. Sharpness is style as well, as photographs are softer than drawings.
So the sharpness of two channels is also held against itself in pictures reduced to 80x45, where every source is as
sharp as any other: what sets them apart before, and not after, is the sources. The files' length is not looked at: at
one JPEG quality it says how busy the pictures are, which is style.

Tried on real and drawn thumbnails, as they are and encoded anew at one size: without a planted bias the best told
pair of channels is at most 2.9 times as far apart as when reduced (eight sets; 1.4 on real ones), with channels scaled
up from 160 to 260 pixels at least 4.5 times (six sets).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import FORMATS, Pixels, baked_bars

Values = NDArray[np.float64]

SCALES = 3  # full, half and quarter size
REDUCED = (45, 80)  # height and width; smaller than any thumbnail that an import takes
FLOOR = 0.5  # grey levels squared; what rounding to 8 bits adds to any gradient
BOOTSTRAPS = 1000
INTERVAL = (0.025, 0.975)
MARGIN = 0.05  # by how much the lower end of size's interval must be above chance
APART = 3.5  # how many times as far apart as when reduced two channels' sharpness must be
LEAST_APART = 1.0  # standard deviations; below it, style sets the channels apart no more than chance does
RIDGE = 1e-4  # keeps the covariance of pictures that are all equally sharp from vanishing


@dataclass(frozen=True)
class Traces:
    """What a picture's file shows of its source.

    size: log2 of width and height in pixels, their ratio, log of the mean JPEG quantisation (0 for other formats).
    blur: log of the Laplacian's mean square over the gradient's, at three scales. reduced: the same after scaling to
    80x45.
    """

    size: tuple[float, ...]
    blur: tuple[float, ...]
    reduced: tuple[float, ...]


@dataclass(frozen=True)
class Blur:
    """The two channels whose sharpness is most the sources': how far apart, in standard deviations within a channel, it
    is in the pictures as they are, and in reduced ones; and how well reduced ones tell all channels (mean recall).
    """

    pair: tuple[str, str]
    apart: float
    apart_reduced: float
    reduced_accuracy: float


@dataclass(frozen=True)
class SourceBias:
    """How well one kind of trace tells the channels: mean recall of the channels with its 95 % interval, and chance.

    measure: "size" or "blur"; recall: of each channel; usual: for size, the median picture of each channel in words;
    blur: what decides whether sharpness is a finding.
    """

    measure: str
    balanced_accuracy: float
    low: float
    high: float
    chance: float
    recall: dict[str, float]
    usual: dict[str, str]
    blur: Blur | None

    @property
    def warns(self) -> bool:
        """Tell whether it is clear that the sources give channels away."""
        if self.blur is None:
            return self.low > self.chance + MARGIN
        return self.blur.apart > APART * max(self.blur.apart_reduced, LEAST_APART)

    def line(self) -> str:
        """Say the figures."""
        said = (
            f"{self.measure} alone tells {self.balanced_accuracy:.0%} of the pictures "
            f"(95% interval {self.low:.0%} to {self.high:.0%}; chance {self.chance:.0%}"
        )
        if self.blur is None:
            usual = "; ".join(f"{name} {words}" for name, words in self.usual.items())
            return f"{said}): {usual}" if self.warns else f"{said})"
        return (
            f"{said}, reduced to {REDUCED[1]}x{REDUCED[0]} {self.blur.reduced_accuracy:.0%}): most of all "
            f"{self.blur.pair[0]} and {self.blur.pair[1]} ({self.blur.apart:.1f} standard deviations apart, reduced "
            f"{self.blur.apart_reduced:.1f})"
        )


def traces(data: bytes, pixels: Pixels) -> Traces:
    """Measure a picture: the bytes of its file, and what they decode to."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = baked_bars(pixels)
    grey = Image.fromarray(pixels).convert("L").crop((left, top, right, bottom))
    small = grey.resize((REDUCED[1], REDUCED[0]), Image.Resampling.HAMMING)
    full = grey if min(grey.size) >= REDUCED[0] else small
    size = (float(np.log2(width)), float(np.log2(height)), width / height, _quantisation(data))
    return Traces(size, _sharpness(full), _sharpness(small))


def _quantisation(data: bytes) -> float:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        tables: dict[int, Sequence[int]] = getattr(image, "quantization", {})
        return float(np.log(np.mean(tables[0]) + 1)) if 0 in tables else 0.0


def _sharpness(image: Image.Image) -> tuple[float, ...]:
    grey = np.asarray(image, np.float32)
    measured = []
    for _ in range(SCALES):
        left, right, up, down = grey[1:-1, :-2], grey[1:-1, 2:], grey[:-2, 1:-1], grey[2:, 1:-1]
        laplacian = 4 * grey[1:-1, 1:-1]
        for neighbour in (left, right, up, down):
            laplacian -= neighbour
        gradient = (_mean_square(right - left) + _mean_square(down - up)) / 4
        measured.append(float(np.log((_mean_square(laplacian) + FLOOR) / (gradient + FLOOR))))
        height, width = grey.shape[0] // 2 * 2, grey.shape[1] // 2 * 2
        rows = grey[0:height:2, :width] + grey[1:height:2, :width]
        grey = (rows[:, 0::2] + rows[:, 1::2]) / 4
    return tuple(measured)


def _mean_square(values: NDArray[np.float32]) -> float:
    return float(np.vdot(values, values)) / values.size


@dataclass(frozen=True)
class Labels:
    """Whose the pictures are: class names, labels (n,), folds (n,), and the video of each picture, (n,) of ints."""

    names: tuple[str, ...]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    videos: NDArray[np.int64]


def find_source_biases(measured: Sequence[Traces], labels: Labels, seed: int = 0) -> tuple[SourceBias, SourceBias]:
    """Judge size and blur: cross-validated on the folds, intervals by a bootstrap over each class's videos."""
    size, blur, reduced = (np.array([getattr(item, name) for item in measured]) for name in ("size", "blur", "reduced"))
    reduced_accuracy = float(_recall(_right(reduced, labels, False), labels).mean())
    return (
        replace(_source_bias("size", _right(size, labels, True), labels, seed, None), usual=_usual(size, labels)),
        _source_bias("blur", _right(blur, labels, False), labels, seed, _blur(blur, reduced, labels, reduced_accuracy)),
    )


def _source_bias(measure: str, right: NDArray[np.bool_], labels: Labels, seed: int, blur: Blur | None) -> SourceBias:
    recall = _recall(right, labels)
    low, high = np.quantile(_bootstrap(right, labels, seed), INTERVAL)
    by_name = {name: float(value) for name, value in zip(labels.names, recall, strict=True)}
    return SourceBias(measure, float(recall.mean()), float(low), float(high), 1 / len(recall), by_name, {}, blur)


def _usual(size: Values, labels: Labels) -> dict[str, str]:
    """Say what the median picture of each channel is; quantisation stands for JPEG's quality, the lower the better."""
    medians = [np.median(size[labels.labels == label], axis=0) for label in range(len(labels.names))]
    return {
        name: f"{2**width:.0f}x{2**height:.0f}, JPEG quantisation {np.exp(quantisation) - 1:.0f}"
        for name, (width, height, _, quantisation) in zip(labels.names, medians, strict=True)
    }


def _blur(blur: Values, reduced: Values, labels: Labels, reduced_accuracy: float) -> Blur:
    """Find the two channels whose sharpness is set apart most by what reducing takes away."""

    def apart(pair: tuple[int, int]) -> tuple[float, float]:
        one, other = (labels.labels == label for label in pair)
        return _distance(blur[one], blur[other]), _distance(reduced[one], reduced[other])

    pairs = {pair: apart(pair) for pair in combinations(range(len(labels.names)), 2)}
    most = max(pairs, key=lambda pair: pairs[pair][0] / max(pairs[pair][1], LEAST_APART))
    return Blur((labels.names[most[0]], labels.names[most[1]]), *pairs[most], reduced_accuracy)


def _distance(one: Values, other: Values) -> float:
    """Mahalanobis distance of two means, with the covariance within the groups. one, other: (n, features)."""
    inner = np.concatenate([one - one.mean(axis=0), other - other.mean(axis=0)])
    covariance = inner.T @ inner / max(1, len(inner) - 2) + RIDGE * np.eye(one.shape[1])
    gap = one.mean(axis=0) - other.mean(axis=0)
    return float(np.sqrt(gap @ np.linalg.solve(covariance, gap)))


def _right(x: Values, labels: Labels, steps: bool) -> NDArray[np.bool_]:
    """Tell which pictures are predicted rightly by a model that has not seen their fold."""
    right = np.zeros(len(x), np.bool_)
    for fold in np.unique(labels.folds):
        test = labels.folds == fold
        model = _classifier(steps).fit(x[~test], labels.labels[~test])
        right[test] = model.predict(x[test]) == labels.labels[test]
    return right


def _classifier(steps: bool) -> Any:
    """Sizes come in steps, which a tree finds; sharpness is gradual."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    if steps:
        return DecisionTreeClassifier(max_depth=4, min_samples_leaf=5, class_weight="balanced", random_state=0)
    return make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))


def _recall(right: NDArray[np.bool_], labels: Labels) -> Values:
    """Return the share of each class that is predicted rightly, (classes,)."""
    return np.array([right[labels.labels == label].mean() for label in range(len(labels.names))])


def _bootstrap(right: NDArray[np.bool_], labels: Labels, seed: int) -> Values:
    """Draw mean recalls, (draws,), with replacement, whole videos at a time, in each class."""
    rng = np.random.default_rng(seed)
    recalls = []
    for label in range(len(labels.names)):
        member = labels.labels == label
        _, video = np.unique(labels.videos[member], return_inverse=True)
        pictures, hits = np.bincount(video), np.bincount(video, right[member])
        taken = rng.multinomial(len(pictures), np.full(len(pictures), 1 / len(pictures)), BOOTSTRAPS)
        recalls.append((taken @ hits) / (taken @ pictures))
    means: Values = np.mean(recalls, axis=0)
    return means
