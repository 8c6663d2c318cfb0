"""How much is measured: whole, short for a look, and shortest for a check of every change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Repetitions of each part.

    trainings: repeats; lab_epochs: measured after one to warm up; images: of the trials of many pictures; network and
    predict: rounds; pictures: that `predict` is given; channels: of the trial of growth, of `each` pictures;
    browser: options of the browsers' part.
    """

    name: str
    network: int
    predict: int
    pictures: int
    browser: tuple[str, ...] = ()
    trainings: int = 0
    lab_epochs: int = 0
    images: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    each: int = 10


WHOLE = Plan(
    "whole",
    network=25,
    predict=5,
    pictures=400,
    trainings=2,
    lab_epochs=1,
    images=(1000, 5000, 20_000),
    channels=(3, 30, 300),
)
SHORT = Plan(
    "short",
    network=9,
    predict=2,
    pictures=200,
    browser=("--short",),
    trainings=1,
    lab_epochs=1,
    images=(1000,),
    channels=(3, 30),
)
CHECK = Plan(
    "check",
    network=9,
    predict=2,
    pictures=150,
    browser=("--inference", "--browsers", "chromium", "--pictures", "40"),
)
