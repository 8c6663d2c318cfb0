"""How good the recipe is with few thumbnails a channel: its learning curve, measured by drawing few of many.

What is drawn are videos: versions of one video's thumbnail, and pictures that are all but the same, are never parted
between training and judging. A draw learns from the same background as a real training, and is judged on every other
known picture. The same draw takes 15 videos that hold the 8 it took before, so that a step of the curve speaks of more
videos and not of other ones.

Where a training starts from a prior, each draw is fitted a second time without it: to the same pictures, and the
background if there is one, alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Dataset, load_dataset
from backend.data.settings import TrainSettings
from backend.data.splits import stratified_group_k_fold
from backend.data.training_set import TrainingSet, build_training_set
from backend.evaluation.cross_validation import all_of, labeled_features, side_by_side
from backend.evaluation.metrics import macro_f1
from backend.models.mobilenet_v2 import Layers
from backend.models.prior import load_prior
from backend.models.recipe import FeatureRows, Recipe
from backend.models.registry import get_recipe, load_backbone
from backend.models.run import Run
from backend.utils.errors import DataError, ThumbprintError
from backend.utils.files import check_out_file, has_keys, pack_json, write_atomically

COUNTS = (8, 15, 30, 60)
RUN_COUNTS, RUN_DRAWS = (8, 15, 30), 3  # of a run's own curve: ten seconds on two cores
FEWEST = 3  # videos a channel: a recipe leaves some of them out to choose its settings
HELD_OUT = 8  # videos a channel to judge on, at least, beside those that are drawn
FOLDS = 5  # 'all' learns from all but one of so many parts, and is judged on that one
ALL = "all"
UNUSED_FOLDS = 2  # of the training set, which are of no use here; more would ask for more videos

Rows = NDArray[np.bool_]  # (known pictures,)
Numbers = NDArray[np.int64]  # (known pictures,)


@dataclass(frozen=True)
class Point:
    """One step of the curve: videos drawn a channel, the mean number of images they came to, and macro F1 by draw.

    alone: of the same draws without the prior, where there is one.
    """

    count: int | str
    images: Mapping[str, float]
    scores: tuple[float, ...]
    alone: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        scores = {"macro_f1": {**spread(self.scores), "draws": list(self.scores)}}
        if self.alone:
            scores["without_prior"] = {**spread(self.alone), "draws": list(self.alone)}
        return {"count": self.count, "images": dict(self.images), **scores}

    def line(self) -> str:
        """Return a row of the table."""
        fewest, most = (f"{value:.0f}" for value in (min(self.images.values()), max(self.images.values())))
        images = fewest if fewest == most else f"{fewest}-{most}"
        figures = "  ".join(f"{value:.3f}" for value in spread(self.scores).values())
        alone = "  ".join(f"{value:.3f}" for value in spread(self.alone).values()) if self.alone else ""
        return f"{self.count:>6}  {images:>7}     {figures}{alone and f'     {alone}'}"


def spread(scores: Sequence[float]) -> dict[str, float]:
    """Summarise draws: mean, sample standard deviation, smallest, largest."""
    deviation = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    return {"mean": float(np.mean(scores)), "sd": deviation, "min": min(scores), "max": max(scores)}


@dataclass(frozen=True)
class LeftOut:
    """A number of videos that could not be tried, and why."""

    count: int | str
    reason: str


@dataclass(frozen=True)
class Curve:
    """A learning curve. videos: how many each known channel has; weights: which backbone it was."""

    recipe: str
    dataset: str
    background: str | None
    seed: int
    videos: Mapping[str, int]
    weights: Mapping[str, Any]
    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {**asdict(self), "points": [point.to_json() for point in self.points]}

    def lines(self) -> list[str]:
        """Return the curve as a table, and what was left out."""
        head = f"Macro F1 over {len(self.points[0].scores)} draws: learnt from few videos a channel, judged on the rest"
        rows = [point.line() for point in self.points]
        notes = [f"Left out {left.count}: {left.reason}" for left in self.left_out]
        columns = "     mean   sd     min    max"
        if not self.points[0].alone:
            return [head, f"videos   images{columns}", *rows, *notes]
        return [head, f"{'':20}with the prior{'':18}without it", f"videos   images{2 * columns}", *rows, *notes]


def parse_counts(text: str) -> tuple[int, ...]:
    """Read numbers of videos such as '5,10,20', in order and each once. Raises ThumbprintError."""
    counts = set()
    for word in text.split(","):
        if not word.strip().isdecimal():
            raise ThumbprintError(f"--train-sizes {text}: {word.strip()!r} is no number of videos; write 5,10")
        if int(word) < FEWEST:
            raise ThumbprintError(f"--train-sizes {text}: {int(word)} is too few to learn from; take {FEWEST} or more")
        counts.add(int(word))
    return tuple(sorted(counts))


def learning_curve(
    dataset: Dataset,
    counts: Sequence[int] = COUNTS,
    draws: int = 10,
    seed: int = 0,
    weights_path: Path | None = None,
    background: Dataset | None = None,
    prior: Path | bool = True,
) -> Curve:
    """Fit the default recipe to `counts` videos a channel, and to four fifths of all, `draws` times each.

    A number that leaves some channel fewer than 8 videos to be judged on is left out, and the curve says so. Raises
    ThumbprintError, also where nothing is left.
    """
    settings = TrainSettings(folds=UNUSED_FOLDS, seed=seed)
    recipe = get_recipe(settings.recipe)
    backbone = load_backbone(recipe, weights_path, prior)
    recipe, weights = get_recipe(settings.recipe, prior=backbone.prior), backbone.weights
    training_set = build_training_set(
        dataset, background, settings, recipe.knows_background, draw=backbone.prior is None
    )
    videos = _videos(training_set)
    possible, left_out = _possible(counts, videos)
    if not possible:
        raise DataError(f"{dataset.root}: nothing to measure ({left_out[-1].reason}); add pictures of other videos")
    x = recipe.features(training_set.sources, weights)
    recipe = recipe.without_own(all_of(x, training_set))
    points = _points(recipe, training_set, x, weights.layers, possible, draws, seed)
    paths = str(dataset.root), str(background.root) if background else None
    return Curve(recipe.name, *paths, seed, videos, weights.describe(), points, left_out)


def learning_curve_of_run(run: Run, roots: Sequence[Path]) -> Curve | None:
    """Measure the curve of a run that started from the prior that is shipped, on the pictures that it was trained on.

    roots: the run's dataset, and where it had one its background. None where these are not its pictures any more or too
    few, and for trainings of other kinds, for which `learning-curve` is there.
    """
    prior, settings = run.description.get("prior"), run.description["settings"]
    if not roots or not prior or prior["sha256"] != load_prior().sha256 or run.augment != "none":
        return None
    try:
        dataset, background = load_dataset(roots[0]), load_dataset(roots[1]) if len(roots) > 1 else None
        known = {field.name: settings[field.name] for field in fields(TrainSettings) if field.name in settings}
        trained = build_training_set(dataset, background, TrainSettings(**known), True, draw=False)
        if trained.digest() != run.description["dataset"]["digest"]:
            return None
        return learning_curve(dataset, RUN_COUNTS, RUN_DRAWS, known["seed"], background=background)
    except DataError:
        return None


def check_curve_out(out: Path) -> None:
    """Raise ThumbprintError where no curve can be written."""
    check_out_file(
        out, "curve.json", "learning curve", lambda old: has_keys(old, "recipe", "dataset", "points", "left_out")
    )


def write_curve(curve: Curve, out: Path) -> None:
    """Write a curve as JSON, whole or not at all. Raises ThumbprintError."""
    check_curve_out(out)
    write_atomically(out, pack_json(curve.to_json()))


# --- Drawing ---------------------------------------------------------------------------------------------------------


def draw(labels: Numbers, groups: Numbers, count: int, seed: int, number: int) -> Rows:
    """Draw `count` groups of every label at random, whole.

    labels: (n,); groups: (n,), the same number for pictures that belong together; number: which draw it is. A group of
    several labels is its first row's. The same draw with a larger count holds this one.
    """
    owners, place = _owners(labels, groups)
    rng = np.random.default_rng([seed, number])
    taken = np.zeros(len(owners), np.bool_)
    for label in np.unique(labels):
        taken[rng.permutation(np.flatnonzero(owners == label))[:count]] = True
    return taken[place]


def draw_most(labels: Numbers, groups: Numbers, seed: int, number: int) -> Rows:
    """Draw all but a fifth of every label's groups; five draws in a row leave each group out once."""
    turn, fold = divmod(number, FOLDS)
    taken: Rows = stratified_group_k_fold(labels, groups, FOLDS, np.random.default_rng([seed, turn])) != fold
    return taken


def _owners(labels: Numbers, groups: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """Return the label of each group, (groups,), and the place there of each picture, (n,)."""
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    return labels[first], place


def _videos(training_set: TrainingSet) -> dict[str, int]:
    owners, _ = _owners(training_set.labels[training_set.known], training_set.groups[training_set.known])
    counts = np.bincount(owners, minlength=len(training_set.channels))
    return {channel.name: int(count) for channel, count in zip(training_set.channels, counts, strict=True)}


def _possible(counts: Sequence[int], videos: Mapping[str, int]) -> tuple[list[int | str], tuple[LeftOut, ...]]:
    """Part what can be tried from what cannot, by the number of videos that every channel must have."""
    needed: dict[int | str, int] = {**{count: count + HELD_OUT for count in counts}, ALL: FOLDS}
    short = {
        count: [f"channel {name!r} has {number} videos" for name, number in videos.items() if number < need]
        for count, need in needed.items()
    }
    left_out = [LeftOut(n, f"{', '.join(names)}; {needed[n]} are needed") for n, names in short.items() if names]
    return [count for count, names in short.items() if not names], tuple(left_out)


# --- Measuring -------------------------------------------------------------------------------------------------------


def _points(
    recipe: Recipe,
    training_set: TrainingSet,
    x: FeatureRows,
    layers: Layers,
    counts: Sequence[int | str],
    draws: int,
    seed: int,
) -> tuple[Point, ...]:
    """Fit and judge every draw, x: the recipe's features, a row a picture."""
    recipes = [recipe] if recipe.prior is None else [recipe, get_recipe(recipe.name)]
    labels, groups = training_set.labels[training_set.known], training_set.groups[training_set.known]
    drawn = {
        count: [
            draw(labels, groups, count, seed, number)
            if isinstance(count, int)
            else draw_most(labels, groups, seed, number)
            for number in range(draws)
        ]
        for count in counts
    }
    tasks = [(one, rows) for count in counts for one in recipes for rows in drawn[count]]
    scores = side_by_side(
        [partial(_judged, one, training_set, x, layers, rows, seed) for one, rows in tasks], "Draws", "draw"
    )
    by_count = np.array(scores).reshape(len(counts), len(recipes), draws).tolist()
    names = [channel.name for channel in training_set.channels]
    images = {
        count: np.mean([np.bincount(labels[rows], minlength=len(names)) for rows in drawn[count]], axis=0).tolist()
        for count in counts
    }
    return tuple(
        Point(count, dict(zip(names, images[count], strict=True)), *map(tuple, of_count))
        for count, of_count in zip(counts, by_count, strict=True)
    )


def _judged(recipe: Recipe, training_set: TrainingSet, x: FeatureRows, layers: Layers, drawn: Rows, seed: int) -> float:
    """Fit to drawn known pictures and all others, and return macro F1 on the known ones that were not drawn."""
    channels, test = len(training_set.channels), training_set.known.copy()
    test[training_set.known] = ~drawn
    fitted = recipe.fit(labeled_features(x, training_set, ~test), channels, seed, None, "Draw")
    predicted = recipe.predict_proba(layers, fitted.head, x[test], channels)[:, :channels].argmax(axis=1)
    return macro_f1(training_set.labels[test], predicted, channels)
