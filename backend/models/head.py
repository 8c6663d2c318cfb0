"""What is trained on the frozen backbone: a head, which is arrays by their names, and how its training went."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Head = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Fitted:
    """A trained head, and how its training went.

    history: one row an epoch: epoch, loss, accuracy and, with validation, val_loss, val_accuracy. reference: what 'none
    of these' scores on the training's known pictures when they are left out, (n,); near, random: what it scores on
    strangers that were left out, of other channels and of any, (m,). Empty for recipes that do not know it.
    """

    head: Head
    history: list[dict[str, float]] = field(default_factory=list)
    reference: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    near: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    random: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
