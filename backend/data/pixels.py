"""What a picture is in memory, and what a model wants of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class InputSpec:
    """What a model wants to be fed: size in pixels and how a picture is made to fit.

    `stretch` scales the picture to the whole input; `pad` keeps its shape and leaves black around it.
    """

    height: int
    width: int
    fit: Literal["stretch", "pad"] = "stretch"
