"""A training from dataset to run: out-of-fold predictions of every picture, then a final fit on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend import __version__, progress
from backend.config import TrainSettings
from backend.dataset import Dataset
from backend.material import Material, gather
from backend.recipes import Fitted, Labelled, Probabilities, Recipe, get_recipe
from backend.record import Result, run_files
from backend.run import Run, Workspace, check_out, load_run
from backend.weights import load_weights


def train(
    dataset: Dataset,
    out: Path,
    settings: TrainSettings,
    weights_path: Path | None = None,
    background: Dataset | None = None,
    force: bool = False,
    command: Sequence[str] = (),
) -> Run:
    """Cross-validate a recipe on a dataset, fit it on all pictures, and write the run to `out`.

    Takes up the finished folds of an earlier, interrupted training with the same settings, data and weights. Raises
    ThumbprintError for everything that the caller can mend.
    """
    check_out(out, force)
    started = time.monotonic()
    untrained = get_recipe(settings.recipe, epochs=settings.epochs)
    weights = load_weights(weights_path, untrained.taps[-1])
    material = gather(dataset, background, settings, untrained.knows_background)
    recipe = get_recipe(settings.recipe, weights, settings.epochs)
    identity = {
        "settings": asdict(settings),
        "weights": weights.sha256,
        "data": material.digest(),
        "version": __version__,
    }
    with Workspace(out, identity).open() as workspace:
        x = recipe.inputs(material.sources, weights)
        fits, chances = cross_validate(recipe, material, x, settings, workspace.remembered)
        everything = Labelled(x, material.labels)
        final = workspace.remembered(
            "final", lambda: recipe.fit(everything, material.classes, settings.seed, None, "Final fit")
        )
        seconds = time.monotonic() - started
        result = Result(recipe, settings, material, weights, fits, final, chances, seconds)
        workspace.publish(run_files(result, str(dataset.root.absolute()), command), force)
    return load_run(out)


def fit_anew(name: str, fit: Callable[[], Fitted]) -> Fitted:
    """Fit, where nothing is remembered."""
    return fit()


def cross_validate(
    recipe: Recipe,
    material: Material,
    x: NDArray[Any],
    settings: TrainSettings,
    remembered: Callable[[str, Callable[[], Fitted]], Fitted] = fit_anew,
) -> tuple[dict[str, Fitted], Probabilities]:
    """Return each fold's fit by its number, and the out-of-fold probabilities (n, classes).

    x: the recipe's inputs, a row a picture; `remembered` may give a finished fold back instead of fitting it.
    """
    chances = np.zeros((len(material.labels), material.classes))
    fits = {}
    folds: Iterable[int] = range(settings.folds)
    if not recipe.uses_epochs:  # those show a bar a fold
        folds = progress.track(folds, "Folds", "fold")
    for fold in folds:
        test = material.folds == fold
        train, held = Labelled(x[~test], material.labels[~test]), Labelled(x[test], material.labels[test])
        label = f"Fold {fold + 1}/{settings.folds}"

        def fit(train: Labelled = train, held: Labelled = held, fold: int = fold, label: str = label) -> Fitted:
            return recipe.fit(train, material.classes, settings.seed + fold + 1, held, label)

        fits[str(fold)] = fitted = remembered(str(fold), fit)
        chances[test] = recipe.predict_proba(fitted.head, held.x)
    return fits, chances
