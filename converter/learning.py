"""What a converted model brings to learn channels with in the browser: its features, and the prior of its network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from backend.models.features import fingerprint
from backend.models.learning_prior import LearningPrior, pack_learning_prior, read_learning_prior
from backend.models.mobilenet_v2 import Layers
from backend.models.prior import load_prior
from backend.models.recipe import Recipe
from backend.models.style import Style
from backend.models.weights import identity_of

PRIOR = "prior.bin"


@dataclass(frozen=True)
class Learning:
    """The network of `style`, and the prior that was fitted on it.

    layout, packed: the prior's file; fingerprint: of everything that decides a thumbnail's place.
    """

    recipe: Style
    layers: Layers
    layout: dict[str, Any]
    packed: bytes
    fingerprint: str

    def prior(self) -> LearningPrior:
        """Return the prior as the browser reads it."""
        return read_learning_prior(self.layout, self.packed)

    def describe(self, output: str) -> dict[str, Any]:
        """Return what metadata.json says of it; output: the name of the features in the graph."""
        return {"output": output, "fingerprint": self.fingerprint, "prior": {"file": PRIOR, **self.layout}}


def learning_of(recipe: Recipe, layers: Layers) -> Learning | None:
    """Return what channels are learnt with beside a model; None where the shipped prior is of another network."""
    backbone = identity_of(layers)
    prior = load_prior()
    if not isinstance(recipe, Style) or recipe.name != "style" or prior.backbone != backbone:
        return None
    layout, packed = pack_learning_prior(prior)
    seen = fingerprint(backbone, recipe.taps, recipe.spec)
    digest = hashlib.sha256(seen.encode() + packed).hexdigest()
    return Learning(recipe, layers, layout, packed, digest[:16])
