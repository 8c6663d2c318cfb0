"""The laboratory's way, timed: its Keras model as `backend.models.lab` builds it, the backbone in every epoch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from backend.data.dataset import Dataset
from backend.data.settings import TrainSettings
from backend.data.training_set import TrainingSet, build_training_set
from backend.models.lab import BATCH, EPOCHS, Lab
from backend.models.weights import Weights, load_keras_model

FOLDS = Lab.default_folds


@dataclass(frozen=True)
class LabTiming:
    """Seconds to read the pictures, of an epoch (the median), of all folds' epochs, and whether those are extrapolated.

    images: pictures of known channels, each learned from in one fold and predicted in the other.
    """

    images: int
    pictures: float
    epoch: float
    whole: float
    extrapolated: bool


def laboratory(dataset: Dataset, weights: Weights, epochs: int) -> LabTiming:
    """Time `epochs` epochs after one to warm up, or every epoch of every fold where `epochs` is the recipe's 30."""
    settings = TrainSettings("lab", FOLDS)
    training_set = build_training_set(dataset, None, settings, use_background=False)
    lab, began = Lab(), time.monotonic()
    x = lab.features(training_set.sources, weights)
    pictures = time.monotonic() - began
    extrapolated = epochs < EPOCHS
    seconds: list[float] = []
    for fold in range(1 if extrapolated else FOLDS):
        run = _epochs(
            lab.build(_backbone(weights), len(training_set.channels)), training_set, x, fold, epochs + extrapolated
        )
        seconds += run[extrapolated:]
    epoch = float(np.median(seconds))
    whole = pictures + (epoch * EPOCHS * FOLDS if extrapolated else sum(seconds))
    return LabTiming(len(x), pictures, epoch, whole, extrapolated)


def _backbone(weights: Weights) -> Any:
    """Load the whole network; without a file of it, one with random weights, which takes the same time."""
    import keras

    if weights.source == "package":
        return keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    return load_keras_model(weights.location)


def _epochs(model: Any, training_set: TrainingSet, x: Any, fold: int, epochs: int) -> list[float]:
    """Train on one fold as the recipe does, predicting the other one after every epoch; return each epoch's seconds."""
    import keras

    test, marks = training_set.tests[:, fold], [time.monotonic()]
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: marks.append(time.monotonic()))
    labels, held = training_set.labels, (x[test], training_set.labels[test])
    model.fit(x[~test], labels[~test], BATCH, epochs, verbose=0, validation_data=held, callbacks=[watch])
    return [after - before for before, after in pairwise(marks)]
