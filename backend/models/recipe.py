"""What a recipe is: features of pictures, a head that is fitted to them, and what it says of a picture.

Each recipe is one file, the model whole from top to bottom: `style.py` and `lab.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import Source
from backend.models.calibration import Calibration, Probabilities, Scores, probabilities
from backend.models.head import Fitted, Head
from backend.models.litert import Network
from backend.models.mobilenet_v2 import Layers, forward
from backend.models.prior import Prior, Strangers
from backend.models.weights import Weights
from backend.utils.array_cache import Table

# A row a picture: an array, or one on disk, of which rows are read where they are needed.
FeatureRows = NDArray[Any] | Table
Activations = Mapping[str, Any]  # {tap: tensor (B, H / stride, W / stride, channels)}


@dataclass(frozen=True)
class LabeledFeatures:
    """Features of pictures, as the recipe's `features` gave them, with labels and groups.

    y: (n,), the index of the channel, and beyond the channels one number for each background channel; groups: (n,), the
    same number for pictures that no split may part; judged: (n,), False for pictures that are only learned from, and
    never left out to see how they would be answered.
    """

    x: FeatureRows
    y: NDArray[np.int64]
    groups: NDArray[np.int64]
    judged: NDArray[np.bool_]


class Recipe(Protocol):
    """What training, prediction, heat maps and the converter need of a recipe.

    `knows_background` tells whether it learns classes that are none of the channels; `prior`, what it knows of channels
    before a training. A recipe is its own description: the attributes are the same for every dataset.
    """

    name: str
    spec: InputSpec
    scale: float  # normalisation: what the network sees is pixel * scale + offset
    offset: float
    taps: tuple[str, ...]
    default_folds: int
    knows_background: bool
    uses_epochs: bool
    prior: Prior | None = None

    @property
    def views(self) -> tuple[int, ...]:
        """Numbers of the views of a picture that are learnt from, 0 for the picture as it is."""

    def prepared(self, weights: Weights) -> Weights:
        """Return the backbone's weights as this recipe runs them."""
        return weights

    def leave_out(self, number: int, turns: int) -> tuple[Recipe, Strangers | None]:
        """Leave out one part of what the recipe knows before a training: then those pictures are strangers to it."""
        return self, None

    def without_own(self, data: LabeledFeatures) -> Recipe:
        """Leave out of what the recipe knows before a training what is of the training's own classes."""
        return self

    def judge(self, head: Head, strangers: Strangers, channels: int) -> Mapping[str, NDArray[np.float64]]:
        """Return what 'none of these' scores on strangers: near (n,), channels (n,) that they are of, random (m,)."""
        return {}

    # --- On arrays ---------------------------------------------------------------------------------------------------

    def features(self, sources: Sequence[Source], weights: Weights, learn: bool = True) -> FeatureRows:
        """Read pictures once: what `fit` wants of them, a row a picture; without `learn`, what is predicted from."""

    def extractor(self, layers: Layers) -> Callable[[Pixels], FeatureRows]:
        """Return what computes those of preprocessed pictures (n, H, W, 3) as they are, in any number of threads."""

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Train a head on the frozen backbone; `label` is for the progress bar."""

    def scorer(self, layers: Layers, head: Head) -> Callable[[FeatureRows], Scores]:
        """Return what turns rows of features into logits (n, classes), channels first; in any number of threads."""

    def predict_proba(self, layers: Layers, head: Head, x: FeatureRows, channels: int) -> Probabilities:
        """Return (n, channels), or a column more for 'none of these', of rows of features; each sums to 1."""
        return probabilities(self.scorer(layers, head)(x), channels, Calibration())

    # --- The network opened at its taps, for heat maps ---------------------------------------------------------------

    def network(self, layers: Layers) -> Network:
        """Return the compiled network: of a picture what the head sees, (inputs,), then each tap's activation."""

    def head_scores(self, head: Head, seen: NDArray[np.float32]) -> Scores:
        """Return logits (n, classes) from what the head sees of pictures, (n, inputs)."""

    def tap_gradients(
        self, head: Head, seen: NDArray[np.float32], activations: Sequence[NDArray[np.float32]], target: int
    ) -> list[NDArray[np.float32]]:
        """Return the gradients of a class's logit by the activations (h, w, channels) of one picture.

        A gradient is the direct one: what goes on from a tap to a deeper one is that tap's to explain. Each has the
        activation's shape, or 1 in the place of a height and width all over which it is the same.
        """

    def tap_logits(self, head: Head, seen: Callable[[], NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return what each channel of a tap adds to the logits, the mean of some pictures: (channels, classes) each.

        seen: returns what the head sees of them, (n, inputs). Empty where the head has a hidden layer: there, no
        channel adds something of its own.
        """
        return []

    # --- The whole in TensorFlow, for the converter ------------------------------------------------------------------

    def activations(self, pixels: Any, layers: Layers) -> Activations:
        """Run the backbone on pixels (B, H, W, 3), 0 to 255, up to the taps."""
        import tensorflow as tf

        return forward(tf.cast(pixels, tf.float32) * self.scale + self.offset, layers, self.taps)

    def head_logits(self, head: Head, activations: Activations, pixels: Any) -> Any:
        """Go on from the taps, and from the pixels where the head sees them too, to logits (B, classes)."""

    def logits(self, pixels: Any, layers: Layers, head: Head) -> Any:
        """Run the whole network: pixels (B, H, W, 3), 0 to 255, to logits (B, classes)."""
        return self.head_logits(head, self.activations(pixels, layers), pixels)
