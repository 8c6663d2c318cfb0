"""Pictures a second: the network alone, and `backend predict` on a folder, beside LiteRT and onnxruntime."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.dataset import Dataset
from backend.data.image_sizes import learnt
from backend.data.images import Pixels
from backend.models.predictor import Model

from .command import WORK, python
from .engines import BATCHES, Contender
from .spread import Spread, rates, take_turns

OURS = "ours"
FIRST = 32  # pictures that the network alone is timed on


def sample(dataset: Dataset, count: int) -> list[Path]:
    """Take the first pictures that a training learns from."""
    return [dataset.path(picture) for picture in learnt(dataset)[:count]]


def network(model: Model, contenders: Sequence[Contender], pixels: Pixels, rounds: int) -> dict[str, Any]:
    """Time the network alone, on pixels that are decoded and scaled already; every contender answers the same."""
    engines = {one.name: one.load() for one in contenders}
    engines[OURS] = model.scores
    answers = {name: np.asarray(run(pixels)) for name, run in engines.items()}
    difference = max(float(np.abs(found - answers[OURS]).max()) for found in answers.values())
    seconds = take_turns({name: partial(run, pixels) for name, run in engines.items()}, rounds)
    found = {name: rates(len(pixels), taken) for name, taken in seconds.items()}
    return {**_summary(found), "largest_difference_of_a_logit": round(difference, 6)}


def predict(run: Path, folder: Path, contenders: Sequence[Contender], rounds: int) -> dict[str, Any]:
    """Time whole processes on a folder of pictures, and the same without their start.

    Ours is `python -m backend predict RUN FOLDER`; the others read and scale the same way, a batch ahead.
    """
    marks = WORK / "predict-marks.json"
    commands: dict[str, tuple[str | Path, ...]] = {
        one.name: ("-m", "bench.engines", *_words(one), folder, marks) for one in contenders
    }
    commands[OURS] = ("-m", "bench.phases", marks, "-q", "predict", run, folder)
    pictures, inside = len(os.listdir(folder)), {name: list[float]() for name in commands}

    def timed(name: str, command: Sequence[str | Path]) -> None:
        python(*command)
        found = json.loads(marks.read_text())
        inside[name].append(found["predict_end"] - found["predict_begin"])

    turns = {name: partial(timed, name, command) for name, command in commands.items()}
    whole = take_turns(turns, rounds)
    return {
        "pictures": pictures,
        "with_start": _summary({name: rates(pictures, seconds) for name, seconds in whole.items()}),
        "without_start": _summary({name: rates(pictures, seconds[1:]) for name, seconds in inside.items()}),
    }


def _words(one: Contender) -> tuple[str, str, str]:
    return one.engine, str(one.batch), str(one.file)


def _summary(found: Mapping[str, Spread]) -> dict[str, Any]:
    """Give rates by name, the better batch size of each engine, and ours by its rate: more is better."""
    best = {
        engine: max((f"{engine}-{batch}" for batch in BATCHES), key=lambda name: found[name].median)
        for engine in ("litert", "onnxruntime")
    }
    return {
        "pictures_a_second": {name: asdict(one) for name, one in found.items()},
        "best": best,
        "ratios": {
            f"ours_by_{engine}": round(found[OURS].median / found[name].median, 3) for engine, name in best.items()
        },
    }
