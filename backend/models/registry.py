"""The recipes by their names."""

from __future__ import annotations

from backend.models.recipe import Recipe
from backend.models.weights import Weights
from backend.utils.errors import ThumbprintError

NAMES = ("style", "style-large", "lab")


def get_recipe(name: str, weights: Weights | None = None, epochs: int | None = None, augment: str = "none") -> Recipe:
    """Return a recipe by its name. `weights` is needed only to train `lab`. Raises ThumbprintError for another name."""
    if name in ("style", "style-large"):
        from backend.models.style import Style, StyleLarge

        if epochs is not None:
            raise ThumbprintError(f"--epochs: recipe {name!r} has none; leave it out, or take --recipe lab")
        return Style(augment) if name == "style" else StyleLarge(augment)
    if name == "lab":
        from backend.models.lab import Lab

        if augment != "none":
            raise ThumbprintError(
                f"--augment {augment}: recipe 'lab' turns and zooms pictures in every epoch by itself; leave it "
                "out, or take --recipe style"
            )
        return Lab(weights) if epochs is None else Lab(weights, epochs)
    raise ThumbprintError(f"recipe {name!r} is unknown; there are {', '.join(NAMES)}")
