"""Settings of a training, frozen and saved with every run."""

from __future__ import annotations

from dataclasses import dataclass

AUGMENTATIONS = ("none", "page", "camera", "all")


@dataclass(frozen=True)
class TrainSettings:
    """What decides a training's numbers beside the data and the backbone.

    folds: number of cross-validation folds; epochs: for recipes that train in epochs, None for their own number;
    known_recall: share of known pictures that the threshold of 'none of these' keeps, None for what is promised of
    strangers; repeats: cross-validations, each on other folds, of which the first is the one that is saved whole;
    augment: which simulated views are learnt from, one of AUGMENTATIONS (for recipes that do not train in epochs).
    """

    recipe: str = "style"
    folds: int = 5
    seed: int = 0
    epochs: int | None = None
    known_recall: float | None = None
    repeats: int = 1
    augment: str = "none"
