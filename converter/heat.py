"""What a browser needs to compute heat maps: a model's taps, the names of its head's arrays, and what is typical.

Only a head that is linear over pooled taps is explained there (`extension/src/model/gradcam.ts`); of another, the
extension asks the local server. No number is stored a second time: a head's arrays are found among the graph's weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.models.features import describe
from backend.models.head import Head
from backend.models.mobilenet_v2 import Layers, tap_shapes
from backend.models.predictor import Model
from backend.models.style import Style
from backend.utils.errors import ConversionError
from converter.names import FEATURES

DECIMALS = 6  # of a logit

Weights = Iterable[tuple[str, NDArray[Any]]]  # names and arrays of a graph


def opened(recipe: Style, layers: Layers, pixels: Any) -> dict[str, Any]:
    """Build in TensorFlow what the head sees of pixels (B, H, W, 3), 0 to 255, and the taps' activations, by the names
    of their outputs. An extension runs the taps only where somebody asks for heat.
    """
    activations = recipe.activations(pixels, layers)
    taps = {_tap_output(number): activation for number, activation in enumerate(activations.values())}
    return {FEATURES: describe(activations, pixels), **taps}


def describe_heat(model: Model, weights: Weights) -> dict[str, Any] | None:
    """Return the field `heat` of metadata.json; None where the browser cannot compute it.

    Raises ConversionError where an array of the head is not among the weights.
    """
    recipe, run = model.recipe, model.run
    if not isinstance(recipe, Style):
        return None
    added = recipe.tap_logits(run.head, lambda: recipe.network(run.layers)(run.check_pixels()))
    typical = [logits[:, : len(run.channels)].sum(axis=0, dtype=np.float64).round(DECIMALS) for logits in added]
    return {**describe_taps(recipe, typical), "head": _names(run.head, weights)}


def describe_taps(recipe: Style, typical: Iterable[NDArray[np.float64]] | None = None) -> dict[str, Any]:
    """Return the same for a model without channels; typical: what each tap adds to their logits, (channels,)."""
    shapes = tap_shapes(recipe.spec.height, recipe.spec.width, recipe.taps).values()
    added = [[] for _ in shapes] if typical is None else [logits.tolist() for logits in typical]
    taps = [
        {"output": _tap_output(number), "height": height, "width": width, "channels": channels, "typical": logits}
        for number, ((height, width, channels), logits) in enumerate(zip(shapes, added, strict=True))
    ]
    return {"output": FEATURES, "taps": taps, "head": None}


def _tap_output(number: int) -> str:
    return f"tap_{number:02}"


def _names(head: Head, weights: Weights) -> dict[str, str]:
    """Find the arrays of a head among those of a graph, by their values."""
    names: dict[str, str] = {}
    for name, array in weights:
        names |= {key: name for key, wanted in head.items() if np.array_equal(wanted, array)}
    if missing := head.keys() - names.keys():
        raise ConversionError(f"the graph has no array of the head's {', '.join(sorted(missing))}; convert it again")
    return dict(sorted(names.items()))
