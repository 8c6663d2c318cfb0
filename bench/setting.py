"""What everything is measured on: a dataset, weights, a run trained on it, and that run converted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from backend.data.dataset import Dataset, load_dataset
from backend.models.predictor import Model
from backend.models.run import load_run
from backend.models.style import Style
from backend.models.weights import Weights, load_weights
from backend.utils.errors import ThumbprintError

from .command import CACHE, ROOT, WORK, python, say
from .made_up import known, small_pictures

DEMO = ROOT / "build" / "demo" / "data"
LISTED = (480, 270)  # pixels; what is left of YouTube's `hqdefault` without its bars


@dataclass(frozen=True)
class Given:
    """What a person may name: a dataset, one of background, weights; a run and its converted model, made already."""

    data: Path | None = None
    background: Path | None = None
    weights: Path | None = None
    run: Path | None = None
    model: Path | None = None


@dataclass(frozen=True)
class Setting:
    """Everything that is measured on; `work` is empty at first, and gone afterwards."""

    work: Path
    data: Path
    background: Path | None
    weights: Weights
    run: Path
    model: Path

    @property
    def dataset(self) -> Dataset:
        return load_dataset(self.data)

    def network(self) -> Model:
        """Load the run."""
        os.environ["THUMBPRINT_CACHE"] = str(CACHE)
        return Model(load_run(self.run))

    def folder(self, count: int) -> Path:
        """Write a folder of `count` pictures in the size of YouTube's lists, at the most all of the dataset's."""
        folder = self.work / f"pictures-{count}"
        if not folder.exists():
            paths = [self.dataset.path(picture) for picture in known(self.dataset)]
            small_pictures([paths[number % len(paths)] for number in range(count)], folder, LISTED)
        return folder


def set_up(given: Given, work: Path) -> Setting:
    """Draw the demo's dataset where none is given, and train and convert a run where none is given."""
    data = given.data or DEMO
    if not (data / "dataset.json").exists():
        if given.data:
            raise ThumbprintError(f"{data}: not a dataset; `python -m backend import FOLDER --out DATA` makes one")
        say("Drawing the demo's channels")
        python("-m", "backend", "-q", "demo-data", "--out", data)
    weights = load_weights(given.weights, Style.taps[-1])
    run, model = given.run or WORK / "run", given.model or WORK / "model"
    if given.run is None:
        say("A run of ours, to predict with")
        background: list[str | Path] = ["--background", given.background] if given.background else []
        python("-m", "backend", "-q", "train", data, *background, "--out", run, "--force")
    if given.model is None:
        python("-m", "converter", "-q", run, "--out", model, "--force")
    _check(run, model)
    return Setting(work, data, given.background, weights, run, model)


def _check(run: Path, model: Path) -> None:
    load_run(run)
    if not (model / "metadata.json").exists():
        raise ThumbprintError(f"{model}: no converted model; `python -m converter {run} --out {model}` makes it")
