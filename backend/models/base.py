"""One file a recipe: the model whole, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import Source
from backend.models.calibration import Scores
from backend.models.mobilenet_v2 import Layers
from backend.models.weights import Weights
from backend.utils.array_cache import Table

# A row a picture: an array, or one on disk, of which rows are read where they are needed.
Inputs = NDArray[Any] | Table
Head = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Fitted:
    """A trained head, and how its training went.

    history: one row an epoch: epoch, loss, accuracy and, with validation, val_loss, val_accuracy. reference: what 'none
    of these' scores on the training's known pictures when they are left out, (n,); empty for recipes that do not know
    it.
    """

    head: Head
    history: list[dict[str, float]] = field(default_factory=list)
    reference: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class LabeledFeatures:
    """Inputs of pictures, as the recipe's `inputs` gave them, with labels and units.

    y: (n,), the index of the channel, and beyond the channels one number for each background channel; units: (n,), the
    same number for pictures that belong on one side of any split; judged: (n,), False for pictures that are only
    learned from, and never left out to see how they would be answered.
    """

    x: Inputs
    y: NDArray[np.int64]
    units: NDArray[np.int64]
    judged: NDArray[np.bool_]


class Recipe(Protocol):
    """What training, prediction and the converter need of a recipe.

    `knows_background` tells whether it learns classes that are none of the channels. A recipe is its
    own description: the attributes are the same for every dataset.
    """

    name: str
    spec: InputSpec
    scale: float  # normalisation: what the network sees is pixel * scale + offset
    offset: float
    taps: tuple[str, ...]
    default_folds: int
    knows_background: bool
    uses_epochs: bool

    @property
    def views(self) -> tuple[int, ...]:
        """Numbers of the views of a picture that are learnt from, 0 for the picture as it is."""

    def prepared(self, weights: Weights) -> Weights:
        """Return the backbone's weights as this recipe runs them."""

    def inputs(self, sources: Sequence[Source], weights: Weights, learn: bool = True) -> Inputs:
        """Read pictures once: whatever `fit` wants of them, one row a picture; without `learn`, what `scores` wants."""

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Train a head on the frozen backbone; `label` is for the progress bar."""

    def scores(self, head: Head, x: Inputs) -> Scores:
        """Return logits (n, classes) for rows of `inputs`, channels first."""

    def scorer(self, layers: Layers, head: Head) -> Callable[[Pixels], Scores]:
        """Return what turns preprocessed pictures (n, H, W, 3) into logits (n, classes), for any number of threads."""

    def describer(self, layers: Layers) -> Callable[[Pixels], NDArray[np.float32]]:
        """Return what turns preprocessed pictures (n, H, W, 3) into what any head scores, (n, features)."""

    def judged(self, head: Head, described: NDArray[np.float32]) -> Scores:
        """Return logits (n, classes) of what `describer` gave."""

    def logits(self, pixels: Any, layers: Layers, head: Head) -> Any:
        """Build the whole network in TensorFlow: (B, H, W, 3) pixels 0..255 to (B, classes) logits."""
