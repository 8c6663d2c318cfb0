"""The recipes by their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.models.prior import Prior, load_prior
from backend.models.recipe import Recipe
from backend.models.weights import Weights, load_shipped, load_weights
from backend.utils import progress
from backend.utils.errors import ThumbprintError, WeightsError

NAMES = ("style", "style-large", "lab")


def get_recipe(
    name: str,
    weights: Weights | None = None,
    epochs: int | None = None,
    augment: str = "none",
    prior: Prior | None = None,
) -> Recipe:
    """Return a recipe by its name. Raises ThumbprintError for another name.

    weights: needed only to train `lab`; prior: only to train `style`.
    """
    if name in ("style", "style-large"):
        from backend.models.style import Style, StyleLarge

        if epochs is not None:
            raise ThumbprintError(f"--epochs: recipe {name!r} has none; leave it out, or take --recipe lab")
        return Style(augment, prior) if name == "style" else StyleLarge(augment)
    if name == "lab":
        from backend.models.lab import Lab

        if augment != "none":
            raise ThumbprintError(
                f"--augment {augment}: recipe 'lab' turns and zooms pictures in every epoch by itself; leave it "
                "out, or take --recipe style"
            )
        return Lab(weights) if epochs is None else Lab(weights, epochs)
    raise ThumbprintError(f"recipe {name!r} is unknown; there are {', '.join(NAMES)}")


@dataclass(frozen=True)
class Backbone:
    """What a training starts from: the weights as the recipe runs them, and the prior where there is one."""

    weights: Weights
    prior: Prior | None


def load_backbone(recipe: Recipe, weights_path: Path | None = None, prior: Path | bool = True) -> Backbone:
    """Load what a recipe starts from; prior: a file, True for the one that is shipped, False for none.

    `style` has its network with it, and a prior that was fitted on this network. Where weights are named, they are
    taken, and the prior that is shipped is not: it says so. Raises WeightsError.
    """
    if recipe.name != "style":
        if isinstance(prior, Path):
            raise WeightsError(f"--prior {prior}: recipe {recipe.name!r} takes none; leave it out")
        return Backbone(recipe.prepared(load_weights(weights_path, recipe.taps[-1])), None)
    if weights_path is None:
        weights = load_shipped()
    else:
        weights = recipe.prepared(load_weights(weights_path, recipe.taps[-1]))
        if prior is True and weights.identity != load_shipped().identity:
            progress.say(f"--weights {weights_path}: another network than the prior's; training without it.")
            prior = False
    if prior is False:
        return Backbone(weights, None)
    loaded = load_prior(None if prior is True else prior)
    if loaded.backbone != weights.identity:
        raise WeightsError(
            f"--prior {prior}: was fitted on another network; leave --weights out, or fit it again with `prior fit`"
        )
    return Backbone(weights, loaded)
