"""A run judged on data that it was not trained on."""

from __future__ import annotations

from typing import Any

import numpy as np

from backend import metrics, progress
from backend.dataset import Dataset, Picture
from backend.errors import DataError
from backend.model import Model
from backend.run import Run


def evaluate(run: Run, data: Dataset) -> dict[str, Any]:
    """Return the figures of metrics.json, with `test` for `cv`; channels that the run does not know count as unknown.

    Raises DataError where the data has none of the run's channels.
    """
    names = [channel.name for channel in run.channels]
    pictures = _order(data, names)
    known = np.array([picture.channel in names for picture in pictures])
    _say_training_pictures(run, pictures)
    chances = Model(run).predict_files([data.path(picture) for picture in pictures])
    labels = np.array(
        [names.index(picture.channel) if picture.channel in names else len(names) for picture in pictures]
    )
    keys = np.array([f"{picture.channel}/{picture.key}" for picture in pictures])
    scored = metrics.Scored(labels[known], chances[known, : len(names)], np.zeros(known.sum(), np.int64), keys[known])
    numbers: dict[str, Any] = {
        "channels": names,
        "images": {name: int((labels == index).sum()) for index, name in enumerate(names)},
        "recipe": run.recipe,
        "test": metrics.held_out(scored, names),
    }
    if run.threshold is not None and not known.all():
        numbers["unknown"] = metrics.unknown(chances[known, -1], chances[~known, -1], run.threshold)
    return numbers


def _order(data: Dataset, names: list[str]) -> list[Picture]:
    """Put the pictures of known channels first."""
    known = [picture for picture in data.pictures if picture.channel in names]
    if not known:
        there = ", ".join(channel.name for channel in data.channels)
        raise DataError(f"{data.root}: has {there}, and none of the run's channels ({', '.join(names)})")
    others = [picture for picture in data.pictures if picture.channel not in names]
    if others:
        strangers = ", ".join(sorted({picture.channel for picture in others}))
        progress.say(f"Not channels of this run, counted as unknown: {strangers}.")
    return known + others


def _say_training_pictures(run: Run, pictures: list[Picture]) -> None:
    """Warn where the run was trained on some of these pictures: its figures would flatter it."""
    shared = run.trained_on() & {picture.sha256 for picture in pictures}
    if shared:
        progress.say(f"Warning: the run was trained on {len(shared)} of these pictures; the figures flatter it.")
