"""Whether one run is better than another: the same images, judged by both.

Out-of-fold predictions are compared picture by picture, so that what makes a picture hard for both cancels out: the
interval of the difference is narrower than those of the two figures suggest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.evaluation.bootstrap import Floats, bootstrap, interval, two_sided_p
from backend.evaluation.metrics import confusions, separation, summary
from backend.evaluation.predictions import Row, read_rows
from backend.models.run import Run
from backend.utils.errors import RunError

RESAMPLES = 4000  # enough to tell p < 0.001
Picture = tuple[str, int]  # checksum of the file, and the true label; the number of channels for background
Predictions = Mapping[Picture, Row]  # of a picture that is there twice, the first; probabilities in one run's order


@dataclass(frozen=True)
class Difference:
    """A figure of the baseline and of the other run; theirs, other - baseline, with a 95 % interval and p."""

    baseline: float
    other: float
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class McNemar:
    """How many images only one of two runs gets right, and the exact test's p.

    It takes images for independent, which versions of one thumbnail are not. (McNemar, Psychometrika 12, 1947.)
    """

    only_baseline: int
    only_other: int
    p: float


@dataclass(frozen=True)
class Comparison:
    """A run against the baseline on the known images that both predicted.

    unknown_auroc: how well background is told apart, None unless both runs know some of the same; notes: what to
    bear in mind, one sentence each.
    """

    baseline: str
    other: str
    images: int
    videos: int
    macro_f1: Difference
    accuracy: Difference
    mcnemar: McNemar
    unknown_auroc: Difference | None
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the comparison as a person reads it."""
        counts, names = self.mcnemar, (self.baseline, self.other)
        lines = [
            f"{self.other} against {self.baseline} on {self.images} images: macro F1 {_readable(self.macro_f1)}; "
            f"accuracy {_readable(self.accuracy)}; McNemar: {counts.only_other} only {names[1]} right, "
            f"{counts.only_baseline} only {names[0]} right, {_readable_p(counts.p)}"
        ]
        if self.unknown_auroc is not None:
            lines.append(f"none of these: AUROC {_readable(self.unknown_auroc)}")
        return lines + [f"Note: {note}" for note in self.notes]


def compare(runs: Sequence[Run], seed: int = 0) -> tuple[Comparison, ...]:
    """Compare each run with the first, the baseline, on the images that the two share.

    Images are the same where file and channel are. Raises RunError where two runs have other channels, share no
    image, or cannot be read.
    """
    baseline, *others = runs
    names = [channel.name for channel in baseline.channels]
    for other in others:
        _check_channels(baseline, other)
    first = load_predictions(baseline, names)
    titles = _titles(runs)
    return tuple(
        _compare((baseline, other), (first, load_predictions(other, names)), (titles[0], title), seed)
        for other, title in zip(others, titles[1:], strict=True)
    )


def load_predictions(run: Run, channels: Sequence[str]) -> Predictions:
    """Read a run's predictions, its probabilities in the order of `channels`. Raises RunError where damaged."""
    own = [channel.name for channel in run.channels]
    places = [own.index(name) for name in channels]
    label = {name: position for position, name in enumerate(channels)}
    predictions: dict[Picture, Row] = {}
    for row in read_rows(run):
        true = label.get(row.channel)
        row = replace(row, label=true, probabilities=tuple(row.probabilities[place] for place in places))
        predictions.setdefault((row.sha256, len(channels) if true is None else true), row)
    return predictions


def _check_channels(baseline: Run, other: Run) -> None:
    ours, theirs = ({channel.name for channel in run.channels} for run in (baseline, other))
    if ours != theirs:
        differing = ", ".join(sorted(ours ^ theirs))
        raise RunError(
            f"{baseline.root} and {other.root} have other channels (only one of them has {differing}); "
            "compare runs that were trained on the same channels"
        )


def _titles(runs: Sequence[Run]) -> list[str]:
    """Name runs as briefly as tells them apart: by recipe, by folder, or by path."""
    for titles in ([run.recipe for run in runs], [run.root.resolve().name for run in runs]):
        if len(set(titles)) == len(runs):
            return titles
    return [str(run.root) for run in runs]


def _compare(
    runs: tuple[Run, Run], predictions: tuple[Predictions, Predictions], titles: tuple[str, str], seed: int
) -> Comparison:
    classes = len(runs[0].channels)
    shared = [picture for picture in predictions[0] if picture in predictions[1]]
    known, background = ([p for p in shared if (p[1] < classes) == wanted] for wanted in (True, False))
    if not known:
        raise RunError(
            f"{runs[0].root} and {runs[1].root} share no image of a known channel; "
            "compare runs that were trained on the same dataset"
        )
    ours, theirs = ([side[picture] for picture in known] for side in predictions)
    macro_f1, accuracy = _channel_differences(ours, theirs, classes, seed)
    knows = all(run.threshold is not None for run in runs)
    every = [[side[picture] for picture in known + background] for side in predictions]
    return Comparison(
        *titles,
        images=len(known),
        videos=len({_video(row) for row in ours}),
        macro_f1=macro_f1,
        accuracy=accuracy,
        mcnemar=_mcnemar(ours, theirs),
        unknown_auroc=_unknown_difference(every[0], every[1], classes, seed) if knows and background else None,
        notes=(*_sharing(predictions, titles, len(known), classes), *_folding(ours, theirs, knows, background)),
    )


def _video(row: Row) -> str:
    return f"{row.channel}/{row.key}"


def _channel_differences(
    ours: Sequence[Row], theirs: Sequence[Row], classes: int, seed: int
) -> tuple[Difference, Difference]:
    labels = np.array([row.label for row in ours], np.int64)
    guesses = [np.array([row.predicted for row in side]) for side in (ours, theirs)]

    def figures(weights: Floats) -> Floats:
        return np.stack([summary(confusions(weights, labels, guess, classes)) for guess in guesses], axis=2)

    videos = np.array([_video(row) for row in ours])
    values = bootstrap(figures, videos, labels, seed, RESAMPLES)  # (resamples, 2 figures, 2 runs)
    whole = figures(np.ones((1, len(labels))))[0]
    return _difference(whole[0], values[:, 0]), _difference(whole[1], values[:, 1])


def _unknown_difference(ours: Sequence[Row], theirs: Sequence[Row], classes: int, seed: int) -> Difference:
    """Difference in AUROC, videos drawn from each known channel and from the background as a whole."""
    labels = np.array([classes if row.label is None else row.label for row in ours], np.int64)
    scores = [np.array([row.unknown for row in side], np.float64) for side in (ours, theirs)]

    def figures(weights: Floats) -> Floats:
        return np.stack([separation(score, labels < classes, weights).auroc() for score in scores], axis=1)

    values = bootstrap(figures, np.array([_video(row) for row in ours]), labels, seed, RESAMPLES)
    return _difference(figures(np.ones((1, len(labels))))[0], values)


def _difference(whole: Floats, values: Floats) -> Difference:
    """Put together a figure of both runs, (2,), and its resamples, (resamples, 2)."""
    resampled = values[:, 1] - values[:, 0]
    low, high = interval(resampled)
    baseline, other = float(whole[0]), float(whole[1])
    return Difference(baseline, other, float(whole[1] - whole[0]), float(low), float(high), two_sided_p(resampled))


def _mcnemar(ours: Sequence[Row], theirs: Sequence[Row]) -> McNemar:
    from scipy.stats import binomtest

    pairs = [(our.right, their.right) for our, their in zip(ours, theirs, strict=True)]
    only_ours, only_theirs = pairs.count((True, False)), pairs.count((False, True))
    discordant = only_ours + only_theirs
    p = float(binomtest(only_ours, discordant, 0.5).pvalue) if discordant else 1.0
    return McNemar(only_ours, only_theirs, p)


def _sharing(
    predictions: tuple[Predictions, Predictions], titles: tuple[str, str], shared: int, classes: int
) -> list[str]:
    """Say how many known images each run has where they do not have the same."""
    counts = [sum(label < classes for _, label in side) for side in predictions]
    if counts == [shared, shared]:
        return []
    return [f"only a part of the images is shared: {titles[0]} has {counts[0]}, {titles[1]} {counts[1]}."]


def _folding(ours: Sequence[Row], theirs: Sequence[Row], knows: bool, background: Sequence[Picture]) -> list[str]:
    notes = []
    if [row.fold for row in ours] != [row.fold for row in theirs]:
        notes.append("the folds differ, so some of the difference is from which images were trained on.")
    if knows and not background:
        notes.append("the runs share no background images, so 'none of these' is not compared.")
    return notes


def _readable(figure: Difference) -> str:
    p = "p < 0.001" if figure.p < 0.001 else f"p = {figure.p:.3f}"
    return f"{figure.difference:+.3f} (95 % interval {figure.low:+.3f} to {figure.high:+.3f}, {p})"


def _readable_p(p: float) -> str:
    if p >= 0.001:
        return f"p = {p:.3f}"
    mantissa, exponent = f"{p:.0e}".split("e")
    return f"p = {mantissa}e{int(exponent)}"
