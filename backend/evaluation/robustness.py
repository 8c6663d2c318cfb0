"""How much a run loses where thumbnails are shown on pages and photographed: every corruption, at three severities.

The judges are the models of the run's own folds, and each picture is judged by those that have not seen it: the final
model has seen them all. Whole pages and cameras are drawn anew for every picture of the run; single corruptions are
tried on a sample, beside which its own clean figures stand. Nothing looks for the picture in a photo first.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.augment.corruptions import SEVERITIES, Generator
from backend.data.augment.views import CLEAN, CORRUPTION_GROUPS, VIEWS
from backend.data.images import decode, fit, without_bars
from backend.data.negatives import load_negatives
from backend.data.pixels import Pixels
from backend.evaluation import metrics
from backend.evaluation.bootstrap import bootstrap, interval
from backend.evaluation.cross_validation import mean_of_folds
from backend.evaluation.open_set import levels_of_pictures
from backend.evaluation.predictions import Library, Row, read_rows
from backend.models.calibration import Calibration, probabilities, threshold_at_recall
from backend.models.head import Head
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe
from backend.models.run import ROBUSTNESS, Run
from backend.utils import progress
from backend.utils.errors import RunError

AHEAD = 4  # pictures that are corrupted while others are classified
RECALL = 0.95  # of clean pictures, at which `kept` and `false_known` are taken

Corrupt = Callable[[Pixels, Generator], Pixels]
# What each fold says of a picture under its conditions: logits (conditions, classes), by the fold's number.
FoldScores = Mapping[int, NDArray[np.float64]]


@dataclass(frozen=True)
class Condition:
    """One way in which all pictures are corrupted; on_sample: on some of them alone."""

    name: str
    corrupt: Corrupt
    on_sample: bool

    def pixels(self, picture: Pixels, sha256: str, seed: int) -> Pixels:
        """Corrupt a picture; how is drawn by the picture, the condition and the seed, and not by the order."""
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode()), int(sha256[:12], 16)])
        return self.corrupt(picture, rng)


def measure_robustness(run: Run, roots: Sequence[Path] = (), most: int = 60, seed: int = 0) -> dict[str, Any]:
    """Return the figures of `stress` in metrics.json. `roots`: datasets that have the run's pictures, beside its own.

    most: pictures of a channel that single corruptions are tried on. Raises RunError where pictures are gone, and for
    runs that keep no models of their folds.
    """
    heads, tests = run.folds()
    rows = read_rows(run)
    files = _files(run, rows, roots)
    sample = _sample(rows, most, seed)
    conditions = list(_conditions())
    scores = _judge(run, conditions, rows, files, sample, heads, tests, seed)
    table = _Table(run, rows, tests, conditions, scores)
    everything = np.ones(len(rows), np.bool_)
    return {
        "seed": seed,
        "pictures": len(rows),
        "sample": int(sample.sum()),
        "strengths": list(SEVERITIES),
        "views": {name: table.figures(name, everything, with_interval=True) for name in (CLEAN, *VIEWS)},
        "sample_clean": table.figures(CLEAN, sample),
        "disturbances": [
            {
                "name": effect.name,
                "family": group,
                "what": effect.what,
                "strengths": {
                    severity: {
                        "amount": round(effect.low + share * (effect.high - effect.low), 4),
                        **table.figures(_named(effect.name, severity), sample),
                    }
                    for severity, share in SEVERITIES.items()
                },
            }
            for group, effects in CORRUPTION_GROUPS.items()
            for effect in effects
        ],
    }


def lines(numbers: Mapping[str, Any]) -> Iterator[str]:
    """Say what the figures are, a line a condition."""
    for name, figures in numbers["views"].items():
        yield f"{name}: {_line(figures)}"
    yield f"on {numbers['sample']} of the {numbers['pictures']} pictures, undisturbed: {_line(numbers['sample_clean'])}"
    for row in numbers["disturbances"]:
        for severity, figures in row["strengths"].items():
            yield f"{row['name']}, {severity} ({figures['amount']:.3g}): {_line(figures)}"


def beside(runs: Sequence[Run]) -> Iterator[str]:
    """Say what runs that were judged so make of pages and photos, a line a kind of view; nothing for less than two."""
    every = [(run.root.name, run.metrics().get(ROBUSTNESS)) for run in runs]
    measured = [(name, figures["views"]) for name, figures in every if figures]
    if len(measured) > 1:
        for view in (CLEAN, *VIEWS):
            yield f"{view}: " + "; ".join(f"{name} {_line(views[view])}" for name, views in measured)


def _line(figures: Mapping[str, float]) -> str:
    auroc = f", none of these AUROC {figures['unknown_auroc']:.3f}" if "unknown_auroc" in figures else ""
    known = "macro_f1_low" in figures
    between = f" ({figures['macro_f1_low']:.3f} to {figures['macro_f1_high']:.3f})" if known else ""
    return f"macro F1 {figures['macro_f1']:.3f}{between}{auroc}"


def _named(effect: str, severity: str) -> str:
    return f"{effect}, {severity}"


def _conditions() -> Iterator[Condition]:
    """Name every condition, those of all pictures first."""
    yield Condition(CLEAN, lambda pixels, rng: pixels, False)
    for name, view in VIEWS.items():
        yield Condition(name, view, False)
    for effects in CORRUPTION_GROUPS.values():
        for effect in effects:
            for severity, share in SEVERITIES.items():
                yield Condition(_named(effect.name, severity), partial(effect.at, share), True)


def _files(run: Run, rows: Sequence[Row], roots: Sequence[Path]) -> list[Path]:
    """Find the file of every row. Raises RunError."""
    library = Library(run)
    library.roots += list(roots)
    if any(row.drawn for row in rows):
        library.roots.append(load_negatives(blank_only=bool(run.description["demo"])).root)
    paths = [library.find(row.image, row.sha256) for row in rows]
    gone = [row.image for row, path in zip(rows, paths, strict=True) if path is None]
    if gone:
        raise RunError(
            f"{run.root}: {len(gone)} of its {len(rows)} pictures are not where they were ({gone[0]} is one); name "
            "the dataset that has them with --data, or train again"
        )
    return [path for path in paths if path is not None]


def _sample(rows: Sequence[Row], most: int, seed: int) -> NDArray[np.bool_]:
    """Draw at most so many rows of each channel, (rows,)."""
    chosen = np.zeros(len(rows), np.bool_)
    names = np.array([row.channel for row in rows])
    for number, name in enumerate(np.unique(names)):
        mine = np.flatnonzero(names == name)
        chosen[np.random.default_rng([seed, number]).permutation(mine)[:most]] = True
    return chosen


def _judge(
    run: Run,
    conditions: Sequence[Condition],
    rows: Sequence[Row],
    files: Sequence[Path],
    sample: NDArray[np.bool_],
    heads: Sequence[Head],
    tests: NDArray[np.bool_],
    seed: int,
) -> list[FoldScores]:
    """Corrupt and classify picture by picture, so that memory does not grow with their number."""
    recipe = get_recipe(run.recipe)
    extract, scorers = recipe.extractor(run.layers), [recipe.scorer(run.layers, head) for head in heads]
    few = [condition for condition in conditions if not condition.on_sample]

    def batch(number: int) -> Pixels:
        mine = conditions if sample[number] else few
        return _corrupted(files[number], rows[number].sha256, mine, recipe, seed)

    scores: list[FoldScores] = []
    with ThreadPoolExecutor(AHEAD) as pool, progress.bar("Stress", "picture", len(rows)) as bar:
        for start in range(0, len(rows), AHEAD):
            numbers = range(start, min(start + AHEAD, len(rows)))
            for number, pixels in zip(numbers, pool.map(batch, numbers), strict=True):
                features = extract(pixels)
                scores.append({int(fold): scorers[fold](features) for fold in np.flatnonzero(tests[number])})
                bar.update(1)
    return scores


def _corrupted(path: Path, sha256: str, conditions: Sequence[Condition], recipe: Recipe, seed: int) -> Pixels:
    """Return a picture as a model sees it under each condition, (conditions, height, width, 3)."""
    picture = without_bars(decode(path))
    return np.stack([fit(condition.pixels(picture, sha256, seed), recipe.spec) for condition in conditions])


class _Table:
    """From what folds said of pictures to figures of conditions."""

    def __init__(
        self,
        run: Run,
        rows: Sequence[Row],
        tests: NDArray[np.bool_],
        conditions: Sequence[Condition],
        scores: Sequence[FoldScores],
    ) -> None:
        self.channels = len(run.channels)
        self.labels = np.array([self.channels if row.label is None else row.label for row in rows], np.int64)
        self.keys = np.array([f"{row.channel}/{row.key}" for row in rows], np.str_)
        self.tests, self.scores = tests, scores
        self.limits: list[float] = run.metrics().get("unknown", {}).get("fold_thresholds", [])
        self.knows_background = next(iter(scores[0].values())).shape[1] > self.channels
        self.place = {condition.name: number for number, condition in enumerate(conditions)}

    def figures(self, name: str, rows: NDArray[np.bool_], with_interval: bool = False) -> dict[str, Any]:
        """Return macro F1 among the channels and, where the model knows 'none of these', how it tells negatives."""
        numbers = np.flatnonzero(rows)
        known = self.labels[numbers] < self.channels
        chances = self._chances(name, numbers)
        predicted = mean_of_folds(chances, self.tests[numbers])[known, : self.channels].argmax(axis=1)
        truth = self.labels[numbers][known]
        figures: dict[str, Any] = {"macro_f1": metrics.macro_f1(truth, predicted, self.channels)}
        if with_interval:
            figures |= self._interval(truth, predicted, self.keys[numbers][known])
        if self.knows_background and not known.all():
            figures |= self._unknown(name, numbers, known)
        return figures

    def _interval(
        self, truth: NDArray[np.int64], predicted: NDArray[np.int64], keys: NDArray[np.str_]
    ) -> dict[str, float]:
        def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            return metrics.summary(metrics.confusions(weights, truth, predicted, self.channels))[:, :1]

        low, high = interval(bootstrap(statistic, keys, truth))
        return {"macro_f1_low": float(low[0]), "macro_f1_high": float(high[0])}

    def _unknown(self, name: str, numbers: NDArray[np.int64], known: NDArray[np.bool_]) -> dict[str, float]:
        """Compare negatives with known pictures under the same condition, each within its folds.

        kept, false_known: shares of known pictures and of negatives that pass for known, where 95 % of clean known
        pictures do.
        """
        every = self.tests[numbers]
        folds = np.flatnonzero(every[known].any(axis=0))  # of a small sample, a fold may have no known picture
        tests = every[:, folds]
        judged = tests.any(axis=1)
        if known[judged].all():
            return {}
        unknown, clean = ([block[:, -1] for block in self._chances(kind, numbers)] for kind in (name, CLEAN))
        limits = [self._limit(fold, clean[fold][known[test]]) for fold, test in zip(folds, tests.T, strict=True)]
        levels = levels_of_pictures([unknown[fold] for fold in folds], limits, tests)[judged]
        auroc = metrics.separation(levels, known[judged], np.ones((1, judged.sum()))).auroc()
        passes = np.zeros(len(numbers))
        for fold, test in zip(folds, tests.T, strict=True):
            passes[test] += unknown[fold] <= threshold_at_recall(clean[fold][known[test]], RECALL)
        passes = passes[judged] / tests[judged].sum(axis=1)
        kept, false = passes[known[judged]].mean(), passes[~known[judged]].mean()
        return {"unknown_auroc": float(auroc[0]), "kept": float(kept), "false_known": float(false)}

    def _limit(self, fold: int, known: NDArray[np.float64]) -> float:
        """Return a fold's own threshold; that of its clean known pictures in runs that do not say it."""
        return self.limits[fold] if self.limits else threshold_at_recall(known, RECALL)

    def _chances(self, name: str, numbers: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """Return for each fold the probabilities of those of some pictures that it tests, (tested, answers)."""
        place, chances = self.place[name], []
        for fold, test in enumerate(self.tests[numbers].T):
            scores = [self.scores[number][fold][place] for number in numbers[test]]  # more or fewer for background
            none = np.zeros((0, self.channels + self.knows_background))
            chances.append(probabilities(np.stack(scores), self.channels, Calibration()) if scores else none)
        return chances
