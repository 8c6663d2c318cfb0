"""A run judged on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.data.dataset import LEARNT, TESTED, Dataset, Picture
from backend.evaluation.predictions import trained_on
from backend.evaluation.test_set import figures, held_out, rule_in_words
from backend.models.predictor import Model
from backend.models.run import Run
from backend.utils import progress
from backend.utils.errors import DataError


def evaluate(run: Run, data: Dataset) -> dict[str, Any]:
    """Return the figures of metrics.json, with `test` for `cv`; channels that the run does not know count as unknown.

    Only pictures that the data keeps for a test are looked at, and `rule` says how they were kept; all are where it
    keeps none. Raises DataError where the data has none of the run's channels.
    """
    names = [channel.name for channel in run.channels]
    tested = data.part(TESTED)
    held = held_out(data, (TESTED,) if tested.pictures else LEARNT, names)
    if not held.known:
        there = ", ".join(channel.name for channel in data.channels)
        raise DataError(f"{data.root}: has {there}, and none of the run's channels ({', '.join(names)})")
    _say_part(data, tested, held.counted)
    if held.unknown_channels:
        progress.say(f"Not channels of this run, counted as unknown: {', '.join(held.unknown_channels)}.")
    _say_training_pictures(run, held.pictures[: held.counted])
    predicted = Model(run).predict_files([data.path(picture) for picture in held.pictures])
    numbers = figures(held, predicted, run.threshold)
    kept = {"rule": dict(data.rule) if data.rule else None} if tested.pictures else {}
    return {"channels": names, "images": numbers.pop("images"), "recipe": run.recipe, **kept, **numbers}


def _say_part(data: Dataset, tested: Dataset, counted: int) -> None:
    if tested.pictures:
        rule = rule_in_words(data.rule)
        progress.say(f"Judged on the {counted} pictures that are kept for a test{rule and f': {rule}'}.")
    else:
        progress.say(f"{data.root}: keeps no pictures for a test, so it is judged on all {counted}.")


def _say_training_pictures(run: Run, pictures: Sequence[Picture]) -> None:
    """Warn where the run was trained on some of these pictures: its figures would flatter it."""
    shared = trained_on(run) & {picture.sha256 for picture in pictures}
    if shared:
        progress.say(f"Warning: the run was trained on {len(shared)} of these pictures; the figures flatter it.")
