"""What each part of the recipe is worth: the recipe with one thing changed at a time, on the same folds.

    python -m bench.trials --data DATA [--background DATA] [--weights PATH] [--lab RUN]

prints the Markdown table of docs/experiments.md. Every trial is judged as a training's run is
(`backend.training.artifacts`), and features come from the cache, so that the seconds are those of cross-validation
alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import is_drawn, load_dataset
from backend.data.images import InputSpec
from backend.data.negatives import BLANK
from backend.data.settings import TrainSettings
from backend.data.training_set import TrainingSet, build_training_set
from backend.evaluation.cross_validation import cross_validate
from backend.models import lda as discriminant
from backend.models import style
from backend.models.head import Fitted
from backend.models.lda import Discriminant, WithinClassScatter
from backend.models.recipe import LabeledFeatures
from backend.models.weights import Weights, load_weights
from backend.training.artifacts import Result, compute_metrics
from backend.utils import progress
from backend.utils.errors import ThumbprintError
from backend.utils.tf_quiet import import_tensorflow

from .logistic import Logistic
from .table import markdown

WIDTHS = (2 * 144, 2 * 144, 2 * 192, 2 * 384)  # features of each tap of `style`, in order; colours follow
HEADER = ("trial", "macro F1", "sd", "unknown AUROC", "false known", "ECE", "features", "seconds")
COLUMNS = ("macro_f1", "sd", "auroc", "false_known", "ece")


@dataclass(frozen=True)
class Trial:
    """One change of the recipe.

    features: which taps, by their position, and whether the colours; views: rows a picture; shrinkages:
    to choose from; components: principal components at most; drawn: whether it learns from drawn negatives; learned:
    from how many real background channels it learns in each fold, None for all that the fold does not judge; logistic:
    whether the head is the earlier one; whole: whether features are only standardised, and not reduced; fisher: whether
    classes are told apart by the nearest mean; other: whether the features are another recipe's, and all are taken.
    """

    title: str
    taps: tuple[int, ...] = (0, 1, 2, 3)
    colours: bool = True
    views: int = 1 + style.VIEWS
    shrinkages: tuple[float, ...] = style.SHRINKAGES
    components: int = discriminant.COMPONENTS
    drawn: bool = True
    learned: int | None = None
    logistic: bool = False
    whole: bool = False
    fisher: bool = False
    other: bool = False


@dataclass(frozen=True)
class Outside:
    """Labels of the classes that are no channels: a person's own background channels, and drawn ones without blanks."""

    real: NDArray[np.int64]
    drawn: NDArray[np.int64]
    blank: NDArray[np.int64]


class Varied(style.Style):
    """`style` that learns from a part of the background; `turn` says which channels, where it may not have all."""

    def __init__(self, trial: Trial, outside: Outside, turn: int = 0) -> None:
        super().__init__()
        self.trial, self.outside, self.turn = trial, outside, turn

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Fit as `style` does, to fewer pictures."""
        part = learned_part(train, self.trial, self.outside, self.turn)
        if self.trial.logistic:
            return Logistic().fit(part, channels, seed, validation, label)
        return super().fit(part, channels, seed, validation, label)


def learned_part(train: LabeledFeatures, trial: Trial, outside: Outside, turn: int) -> LabeledFeatures:
    """Leave out of a fold's training the background that a trial may not learn from."""
    rows = np.ones(len(train.y), np.bool_)
    judged = train.judged
    if not trial.drawn:
        rows &= ~np.isin(train.y, np.r_[outside.drawn, outside.blank])
    if trial.learned is not None:
        here = np.intersect1d(train.y, outside.real)
        rows &= ~np.isin(train.y, np.roll(here, -turn)[trial.learned :])
    if trial.learned == 0:  # as for a person without a background: drawn channels take its place in the inner folds
        judged = judged | np.isin(train.y, outside.drawn)
    return LabeledFeatures(train.x[rows], train.y[rows], train.groups[rows], judged[rows])


def outside_labels(training_set: TrainingSet) -> Outside:
    """Tell real, drawn and blank classes apart by their names."""
    names = {int(label): p.channel for label, p in zip(training_set.labels, training_set.pictures, strict=True)}
    beyond = {label: name for label, name in names.items() if label >= len(training_set.channels)}
    drawn = [label for label, name in beyond.items() if is_drawn(name) and name != BLANK]
    blank = [label for label, name in beyond.items() if name == BLANK]
    real = sorted(beyond.keys() - {*drawn, *blank})
    return Outside(*(np.array(sorted(labels), np.int64) for labels in (real, drawn, blank)))


def selected(x: NDArray[Any], trial: Trial) -> NDArray[Any]:
    """Take a trial's views and features out of inputs (n, views, features)."""
    if trial.other:
        return x[:, : trial.views]
    ends = np.cumsum((0, *WIDTHS))
    columns = [np.arange(ends[tap], ends[tap + 1]) for tap in trial.taps]
    columns += [np.arange(ends[-1], x.shape[2])] if trial.colours else []
    return x[:, : trial.views, np.concatenate(columns)]


@contextmanager
def constants(trial: Trial) -> Iterator[None]:
    """Set the recipe's constants for a trial."""
    with (
        mock.patch.object(style, "SHRINKAGES", trial.shrinkages),
        mock.patch.object(discriminant, "COMPONENTS", trial.components),
        mock.patch.object(
            discriminant, "fit_standardized_pca", whole_space if trial.whole else discriminant.fit_standardized_pca
        ),
        mock.patch.object(
            WithinClassScatter, "discriminant", nearest_mean if trial.fisher else WithinClassScatter.discriminant
        ),
    ):
        yield


def whole_space(x: NDArray[Any], seed: int, components: int = 0) -> discriminant.StandardizedPCA:
    """Standardise as `discriminant.fit_standardized_pca` does, and keep every feature."""
    mean = x.mean(axis=0, dtype=np.float64)
    scale = np.maximum(x.std(axis=0, dtype=np.float64), discriminant.SMALLEST_SCALE)
    return discriminant.StandardizedPCA(mean, scale, np.eye(x.shape[1]))


def nearest_mean(within: WithinClassScatter, shrinkage: float, channels: int) -> Discriminant:
    """Fisher's rule: log-likelihood ratios against the centre of all classes, more so the farther away a class is."""
    variances = (1 - shrinkage) * within.variances + shrinkage * within.variances.mean()
    centre = within.means.mean(axis=0)
    apart = (within.means - centre) @ within.directions
    kernel = within.directions @ (apart / variances).T
    return Discriminant(kernel, -0.5 * (apart**2 / variances).sum(axis=1) - centre @ kernel)


def measure(
    trial: Trial, training_set: TrainingSet, x: NDArray[Any], settings: TrainSettings, weights: Weights
) -> list[str]:
    """Cross-validate one trial, and return its row of the table."""
    outside, part = outside_labels(training_set), selected(x, trial)
    started = time.monotonic()
    with constants(trial):
        figures = [
            _figures(Varied(trial, outside, turn), training_set, part, settings, weights) for turn in _turns(trial)
        ]
    seconds = (time.monotonic() - started) / len(figures)
    mean = {name: float(np.mean([found[name] for found in figures])) for name in COLUMNS}
    return [trial.title, *(f"{mean[name]:.3f}" for name in COLUMNS), str(part.shape[2]), f"{seconds:.1f}"]


def _turns(trial: Trial) -> range:
    """Learn from one channel, then from another: a figure of one channel says little about the next."""
    return range(2 if trial.learned else 1)


def _figures(
    recipe: Varied, training_set: TrainingSet, x: NDArray[Any], settings: TrainSettings, weights: Weights
) -> dict[str, float]:
    validated = cross_validate(recipe, training_set, x, weights.layers, settings)
    # No final fit: nothing of it is in the table.
    numbers = compute_metrics(Result(recipe, settings, training_set, weights, validated, validated.folds["0"], 0.0))
    unknown, score = numbers["unknown"], numbers["cv"]["macro_f1"]
    return {
        "macro_f1": score["mean"],
        "sd": score["sd"],
        "auroc": unknown["auroc"],
        "false_known": unknown["false_known"],
        "ece": numbers["calibration"]["ece"],
    }


def trials(own: int, in_training: int) -> list[Trial]:
    """List the trials for `own` background channels, of which a fold learns from `in_training`."""
    final = Trial(f"**style** (learns from {in_training} background channels a fold)")
    rows = [
        final,
        replace(final, title="logistic regression, 2 taps, no views", logistic=True, **_earlier()),
        replace(final, title="2 taps (blocks 6 and 9)", taps=(2, 3)),
        replace(final, title="without colours", colours=False),
        replace(final, title="without views", views=1),
        replace(final, title="another view of each picture", views=2 + style.VIEWS),
        replace(final, title="Fisher's rule: the nearest mean, from the centre of all classes", fisher=True),
        replace(final, title="192 components", components=192),
        replace(final, title="768 components", components=768),
        replace(final, title="no components, shrinkage 0.4 throughout", whole=True, shrinkages=(0.4,)),
        *(replace(final, title=f"shrinkage {value} throughout", shrinkages=(value,)) for value in (0.02, 0.1, 0.4)),
    ]
    if not own:
        return [row for row in rows if not row.logistic]  # that one learns from a person's own background alone
    rows.append(replace(final, title="without drawn negatives and blanks", drawn=False))
    for count in range(in_training - 1, 0, -1):
        title = f"learns from {count} background channel{'s' if count > 1 else ''} a fold"
        rows.append(replace(final, title=title, learned=count))
    return [*rows, replace(final, title="learns from no background channel", learned=0)]


def _earlier() -> dict[str, Any]:
    """Describe what the earlier head was fitted to."""
    return {"taps": (2, 3), "colours": False, "views": 1, "drawn": False}


class Unrounded(style.Style):
    """`style` with the kernels in float32."""

    def prepared(self, weights: Weights) -> Weights:
        """Return the weights slimmed as the recipe does it."""
        return weights.without(*self.left_out)


class Whole(style.Style):
    """`style` with all that it leaves out of the network, to the block behind it: 79 million multiply-adds for 66."""

    taps = tuple(f"block_{index}_expand_relu" for index in (2, 6, 9, 10))
    left_out = ()


class Before(Unrounded):
    """What `style` was before it was made faster: 126 million multiply-adds."""

    left_out = ()
    spec = InputSpec(128, 224, "stretch")
    taps = tuple(f"block_{index}_expand_relu" for index in (3, 6, 10, 13))


OTHERS = (
    ("kernels in float32", Unrounded()),
    ("nothing left out, to block 10: blocks 2, 6, 9 and 10", Whole()),
    ("before: four taps of 224x128 pictures, to block 13, float32", Before()),
    ("style-large: ten taps of 288x160 pictures", style.StyleLarge()),
)


def other_rows(
    arguments: argparse.Namespace, training_set: TrainingSet, settings: TrainSettings
) -> Iterator[list[str]]:
    """Measure recipes with features of their own, where the weights reach as far."""
    for title, recipe in OTHERS:
        try:
            weights = recipe.prepared(load_weights(arguments.weights, recipe.taps[-1]))
        except ThumbprintError as error:
            print(f"{title}: left out: {error}", file=sys.stderr)
            continue
        x = np.asarray(recipe.features(training_set.sources, weights))
        yield measure(Trial(title, other=True), training_set, x, settings, weights)


def lab_row(run: Path) -> list[str]:
    """Read the laboratory's figures from its run; it knows no 'none of these'."""
    numbers = json.loads((run / "metrics.json").read_text())
    score, ece = numbers["cv"]["macro_f1"], numbers.get("calibration", {}).get("ece")
    seconds = f"{numbers['cost']['seconds']:.0f}"
    found = [f"{score['mean']:.3f}", f"{score['sd']:.3f}", "-", "-", "-" if ece is None else f"{ece:.3f}"]
    return [f"lab ({numbers['cv']['folds']} folds of its own, and the final fit)", *found, "1280", seconds]


def table(arguments: argparse.Namespace) -> str:
    """Measure every trial."""
    settings = TrainSettings(seed=arguments.seed)
    background = load_dataset(arguments.background) if arguments.background else None
    training_set = build_training_set(load_dataset(arguments.data), background, settings, use_background=True)
    weights = style.Style().prepared(load_weights(arguments.weights, style.Style.taps[-1]))
    with mock.patch.object(style, "VIEWS", 1 + style.VIEWS):
        x = np.asarray(style.Style().features(training_set.sources, weights))
    own = outside_labels(training_set).real
    learned = [len(np.intersect1d(training_set.labels[~test], own)) for test in training_set.tests.T]
    rows = []
    for trial in trials(len(own), max(learned)):
        rows.append(measure(trial, training_set, x, settings, weights))
        print(rows[-1][0], rows[-1][-1], "s", file=sys.stderr, flush=True)
    rows += other_rows(arguments, training_set, settings)
    rows += [lab_row(arguments.lab)] if arguments.lab else []
    heading = f"Weights: {weights.source} ({weights.location.name}). {len(x)} pictures, drawn ones included."
    return f"{heading}\n\n{markdown(HEADER, rows)}"


def main() -> None:
    """Print the table, or one line of what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.trials", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="A dataset with the channels to tell apart.")
    parser.add_argument("--background", type=Path, help="A dataset whose channels are all 'none of these'.")
    parser.add_argument("--weights", type=Path, help="Keras weights of MobileNetV2.")
    parser.add_argument("--lab", type=Path, help="A run of recipe lab, to take its figures from.")
    parser.add_argument("--seed", type=int, default=0)
    progress.set_quiet(True)
    import_tensorflow()
    try:
        print(table(parser.parse_args()))
    except ThumbprintError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
