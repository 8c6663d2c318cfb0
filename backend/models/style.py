"""Our recipe: the style of a whole 16:9 thumbnail, read where MobileNetV2 still sees strokes, edges and colours.

The model, in the order of this file:

1. input: the picture at 120x208, scaled to [-1, 1];
2. backbone: MobileNetV2 up to `block_9_expand_relu`, without what changes nothing (one of its residual blocks, and
   filters that are dead), its kernels rounded to eight bits before anything is learnt: 66 million multiply-adds and
   0.19 million parameters. The deeper layers, which know what is in a picture and not how it is made, are never run;
3. features: four taps, each pooled to the mean and standard deviation of its channels, and colours;
4. head: a place in the prior's space of standardised principal components, and there a linear discriminant with
   shrinkage that tells the classes apart: the channels, and beside them each background channel and each class of the
   prior, which together with a class of no evidence at all are 'none of these'. Its calibration is folded in. Without
   a prior, the components are the training's own, and drawn channels stand in for its classes;
5. where simulated photos are learnt from, a second head for these, and a gate between the two.

How shrinkage and calibration are chosen is in `style_fit.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import CAMERA, Source, simulated
from backend.models import lda, photo_gate
from backend.models.calibration import Calibration, Scores, negative_log_likelihood, probabilities
from backend.models.features import TO_UNIT, Extractor, compiled, describe, extract, fingerprint, pooled_gradients
from backend.models.head import Fitted, Head
from backend.models.lda import COMPONENTS, Matrix
from backend.models.litert import Network
from backend.models.mobilenet_v2 import Layers, tap_shapes
from backend.models.prior import Places, Prior, Strangers
from backend.models.recipe import Activations, FeatureRows, LabeledFeatures, Recipe
from backend.models.style_fit import Choice, blocks, choose, project, sample_rows, sums, with_no_evidence
from backend.models.weights import Weights
from backend.utils.array_cache import FeatureCache, Table
from backend.utils.cache import cache_dir

VIEWS = 1  # of each training picture, beside the picture as it is
SHRINKAGES = (0.02, 0.05, 0.1, 0.2, 0.4)
PHOTO_FINER = 3  # times as many components for photos, in which more varies; 1 costs .01 of macro F1, 2 costs .002
PHOTO_SHRINKAGES = (0.005, *SHRINKAGES)  # there are more views to see it by


class Style(Recipe):
    """Means and standard deviations of four taps, colours, and a linear discriminant."""

    name = "style"
    default_folds = 5
    knows_background = True
    uses_epochs = False

    def __init__(self, augment: str = "none", prior: Prior | None = None) -> None:
        self.augment, self.prior = augment, prior

    def leave_out(self, number: int, turns: int) -> tuple[Style, Strangers | None]:
        """Leave out a part of the prior, whose pictures are then strangers to what is fitted."""
        if self.prior is None:
            return self, None
        rest, strangers = self.prior.leave_out(number, turns)
        return type(self)(self.augment, rest), strangers

    def without_own(self, data: LabeledFeatures) -> Style:
        """Leave out of the prior what is like one of a training's classes.

        Like a channel to recognise, it is no stranger; like one of the background, a fold that leaves that out to see
        how it is answered would have been fitted to it all the same.
        """
        if self.prior is None:
            return self
        z = project(self.prior.pca, data.x)[:, 0]
        alike = self.prior.alike(z[data.y == label] for label in np.unique(data.y))
        return type(self)(self.augment, self.prior.without(alike))

    def judge(self, head: Head, strangers: Strangers, channels: int) -> dict[str, NDArray[np.float64]]:
        """Return what 'none of these' scores on strangers, and which channel those that are near are of."""
        return {
            "near": self.unknown_of(head, strangers.near, channels),
            "channels": strangers.channels.astype(np.float64),
            "random": self.unknown_of(head, strangers.random, channels),
        }

    # --- Input -------------------------------------------------------------------------------------------------------

    spec = InputSpec(120, 208, "stretch")
    scale, offset = TO_UNIT  # [-1, 1], as MobileNetV2 was trained

    @property
    def views(self) -> tuple[int, ...]:
        """Numbers of the views that are learnt from, the picture as it is first."""
        return (0, *range(1, 1 + VIEWS), *simulated(self.augment))

    # --- Backbone to taps --------------------------------------------------------------------------------------------

    # strides 4, 4, 8 and 16: (30, 52, 144) twice, (15, 26, 192) and (8, 13, 384)
    taps: tuple[str, ...] = tuple(f"block_{index}_expand_relu" for index in (2, 3, 6, 9))
    left_out: tuple[str, ...] = ("block_4",)

    def prepared(self, weights: Weights) -> Weights:
        """Return the weights slimmed and rounded to eight bits; the head is fitted on what they see."""
        if weights.source == "shipped":
            return weights
        return weights.without(*self.left_out).rounded()

    # --- Taps to features --------------------------------------------------------------------------------------------

    def features(self, sources: Sequence[Source], weights: Weights, learn: bool = True) -> Table:
        """Return features (n, views, features) of each picture and its views, computing what the cache lacks.

        Without `learn`, there are no views: (n, 1, features).
        """
        numbers = self.views if learn else (0,)
        views = [source.seen(number) for source in sources for number in numbers]
        cache = FeatureCache(cache_dir(), fingerprint(weights.identity, self.taps, self.spec))
        try:
            table = extract(views, self.spec, cache, lambda: Extractor(weights.layers, self.taps, self.spec))
        finally:
            cache.close()
        return Table(table.file, table.keys.reshape(len(sources), len(numbers)))

    def extractor(self, layers: Layers) -> Callable[[Pixels], NDArray[np.float32]]:
        """Return what computes features (n, 1, features) of pictures (n, height, width, 3), by LiteRT."""
        extract_features = Extractor(layers, self.taps, self.spec)
        return lambda pixels: extract_features(pixels)[:, None]

    # --- Features to a head ------------------------------------------------------------------------------------------

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
        head, chosen = fit_head(_only_views(train, ~photo) if photo.any() else train, channels, seed, prior=self.prior)
        if photo.any():
            of_photos, _ = fit_head(_only_views(train, photo), channels, seed, PHOTO_FINER, PHOTO_SHRINKAGES)
            head = join_heads(head, of_photos, train.x, photo, seed)
        row = {"epoch": 1.0, **chosen.settings(), **self._scored(head, train, channels, "")}
        held_out = {} if validation is None else self._scored(head, validation, channels, "val_")
        random = self.unknown_of(head, self.prior.random.held, channels) if self.prior else np.zeros(0)
        return Fitted(head, [{**row, **held_out}], chosen.reference, chosen.near, random)

    def unknown_of(self, head: Head, places: Places, channels: int) -> NDArray[np.float64]:
        """Return what 'none of these' scores at places of the prior, (n,)."""
        assert self.prior is not None
        scores = self.scores(head, self.prior.features(places)[:, None])
        return probabilities(scores, channels, Calibration())[:, -1]

    def _scored(self, head: Head, data: LabeledFeatures, channels: int, prefix: str) -> dict[str, float]:
        """Score known pictures among the channels."""
        known = data.y < channels
        scores = self.scores(head, data.x[known])[:, :channels]
        return {
            f"{prefix}loss": negative_log_likelihood(scores, data.y[known], channels, Calibration()),
            f"{prefix}accuracy": float((scores.argmax(axis=1) == data.y[known]).mean()),
        }

    # --- A head on features: logits ----------------------------------------------------------------------------------

    def scores(self, head: Head, x: FeatureRows) -> Scores:
        """Return logits (n, classes) of pictures as they are, from features (n, views, features)."""
        parts = [np.zeros((0, len(head["bias"])))]
        parts += [photo_gate.scores(head, block[:, 0]) for block in blocks(x)]
        return np.concatenate(parts)

    def scorer(self, layers: Layers, head: Head) -> Callable[[FeatureRows], Scores]:
        """Return `scores` of a head; features tell everything, so that the layers are not run again."""
        return lambda x: self.scores(head, x)

    def head_logits(self, head: Head, activations: Activations, pixels: Any) -> Any:
        """Pool the taps, add the colours, and apply the head: logits (B, classes), channels first."""
        return self.feature_logits(head, describe(activations, pixels))

    def feature_logits(self, head: Head, features: Any) -> Any:
        """Apply the head to features (B, 1864)."""
        return photo_gate.logits(head, features)

    # --- The head, opened --------------------------------------------------------------------------------------------

    def network(self, layers: Layers) -> Network:
        """Return the compiled network: of a picture its features, then the taps' activations."""
        return compiled(layers, self.taps, self.spec)

    def head_scores(self, head: Head, seen: NDArray[np.float32]) -> Scores:
        """Return logits (n, classes) from features (n, features)."""
        return photo_gate.scores(head, seen)

    def tap_gradients(
        self, head: Head, seen: NDArray[np.float32], activations: Sequence[NDArray[np.float32]], target: int
    ) -> list[NDArray[np.float32]]:
        """Return the gradients of a class's logit by the activations of one picture, each (h, w, channels)."""
        return pooled_gradients(photo_gate.gradient(head, seen, target), seen, activations)

    def tap_logits(self, head: Head, seen: Callable[[], NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return what each channel's mean and standard deviation add to the logits of the head for pictures as files
        hold them, the mean of some pictures: for each tap (channels, classes).
        """
        added, row = [], 0
        logits = seen().mean(axis=0, dtype=np.float64)[:, None] * head["kernel"]  # (features, classes)
        for _, _, channels in tap_shapes(self.spec.height, self.spec.width, self.taps).values():
            means, deviations = logits[row : row + channels], logits[row + channels : row + 2 * channels]
            added.append((means + deviations).astype(np.float32))
            row += 2 * channels
        return added


class StyleLarge(Style):
    """The same with a larger picture and ten taps, for whoever can wait twice as long.

    Down to `block_15_expand_relu`: 228 million multiply-adds and 1.16 million parameters at 160x288.
    """

    name = "style-large"
    spec = InputSpec(160, 288, "stretch")
    taps = tuple(f"block_{index}_expand_relu" for index in (1, 2, 3, 4, 6, 9, 10, 12, 13, 15))
    left_out = ()


# --- The head ----------------------------------------------------------------------------------------------------


def fit_head(
    train: LabeledFeatures,
    channels: int,
    seed: int,
    finer: int = 1,
    shrinkages: Sequence[float] = (),
    prior: Prior | None = None,
) -> tuple[Head, Choice]:
    """Fit a head to pictures and views; returns also what was chosen.

    finer: how many times as many components, found in as many more rows; shrinkages: to choose from, by default
    SHRINKAGES; prior: whose space and classes are taken, in the place of the training's own components.
    """
    pca = prior.pca if prior else lda.fit_standardized_pca(sample_rows(train.x, seed, finer), seed, finer * COMPONENTS)
    z = project(pca, train.x)  # (n, views, components)
    chosen = choose(z, train, channels, seed, shrinkages or SHRINKAGES, prior)
    scatter = sums(z, train, np.arange(len(z)), prior).scatter()
    discriminant = with_no_evidence(scatter.discriminant(chosen.shrinkage, channels))
    kernel = (pca.basis @ discriminant.kernel) / pca.scale[:, None]  # (features, classes)
    head = fold_calibration(kernel, discriminant.bias, pca.mean, chosen.calibration, channels)
    return head, chosen


def fold_calibration(kernel: Matrix, bias: Matrix, mean: Matrix, calibration: Calibration, channels: int) -> Head:
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


def join_heads(plain: Head, of_photos: Head, x: FeatureRows, photo: NDArray[np.bool_], seed: int) -> Head:
    """Join two heads by a gate that tells views of a camera from others; x: (n, views, features), photo: (views,)."""
    pca = lda.fit_standardized_pca(sample_rows(x, seed), seed)
    z = project(pca, x)
    kernel, bias = photo_gate.fit_gate(z.reshape(-1, z.shape[2]), np.tile(photo, len(z)))
    return photo_gate.gated(plain, of_photos, (pca.basis @ kernel) / pca.scale, bias, pca.mean)


def _only_views(train: LabeledFeatures, views: NDArray[np.bool_]) -> LabeledFeatures:
    """Keep some views of every picture."""
    return replace(train, x=train.x[:, views])
