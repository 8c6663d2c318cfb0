"""Our way, as a person meets it: whole trainings in fresh processes, with and without what earlier ones left."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

from backend.data.dataset import load_dataset
from backend.data.negatives import load_negatives
from backend.data.sources import Source
from backend.models.style import Style
from backend.models.weights import load_shipped

from .command import python, say
from .made_up import enlarge, replicate
from .spread import spread


@dataclass(frozen=True)
class Timing:
    """One training: seconds as a whole and by phase, and the most memory in MB up to the features' end and at all.

    start: until the first picture is read for its features, which is loading TensorFlow, the weights and the dataset,
    and looking for near-duplicates; folds: cross-validation and the final fit; record: metrics, intervals, writing.
    """

    whole: float
    start: float
    features: float
    folds: float
    record: float
    features_mb: float
    peak_mb: float


def summary(timings: Sequence[Timing]) -> dict[str, Any]:
    """Summarise every figure by itself."""
    return {name: asdict(spread([getattr(one, name) for one in timings], 2)) for name in Timing.__dataclass_fields__}


@dataclass(frozen=True)
class Bench:
    """Where trainings are run: an empty working folder, and a dataset."""

    work: Path
    data: Path
    background: Path | None = None

    def train(self, cache: Path) -> Timing:
        """Run the command in a fresh process with a cache folder, and take its times."""
        marks, out = self.work / "marks.json", self.work / "run"
        command: list[str | Path] = ["-m", "bench.phases", marks, "-q", "train", self.data.absolute()]
        command += ["--folds", "5", "--out", out, "--force"]
        command += ["--background", self.background.absolute()] if self.background else []
        began = time.time()
        python(*command, cache=cache)
        ended = time.time()
        found = json.loads(marks.read_text())
        features_begin, features_end, files = found["features_begin"], found["features_end"], found["files_begin"]
        spans = (ended - began, features_begin - began, features_end - features_begin, files - features_end)
        timing = Timing(*spans, ended - files, found["features_end_mb"], found["files_begin_mb"])
        say(f"  {timing.whole:.1f} s, of which features {timing.features:.1f} s")
        return timing

    def with_negatives(self) -> Path:
        """Make a cache that holds what does not depend on the data: the drawn negatives with their features, which a
        training without the prior takes.
        """
        cache = self.work / "strangers"
        if cache.exists():
            return cache
        drawn = load_negatives(cache)
        sources = [Source(drawn.path(picture), picture.sha256) for picture in drawn.pictures]
        with mock.patch.dict(os.environ, THUMBPRINT_CACHE=str(cache)):
            Style().features(sources, load_shipped())
        return cache


def trainings(bench: Bench, repeats: int) -> dict[str, dict[str, Any]]:
    """Time trainings with nothing cached, with the negatives cached, and with everything cached."""
    nothing = bench.train(bench.work / "nothing")
    negatives = bench.with_negatives()
    cold = [bench.train(copy_cache(negatives, bench.work / f"cold-{number}")) for number in range(repeats)]
    warm = [bench.train(bench.work / "cold-0") for _ in range(repeats)]
    return {"nothing cached": summary([nothing]), "strangers cached": summary(cold), "all cached": summary(warm)}


def adding(bench: Bench, channels: int, each: int, repeats: int) -> dict[str, Any]:
    """Time a training on `channels` channels and one more, whose pictures alone are new; all of them are made up."""
    dataset, work = load_dataset(bench.data), bench.work
    fewer = replicate(dataset, work / "ten", channels, each)
    more = replicate(dataset, work / "eleven", channels + 1, each)
    cached = copy_cache(bench.with_negatives(), work / "ten-cache")
    replace(bench, data=fewer, background=None).train(cached)
    found = []
    for number in range(repeats):
        cache = copy_cache(cached, work / f"adding-{number}")
        found.append(replace(bench, data=more, background=None).train(cache))
    return {"channels": channels, "pictures": (channels + 1) * each, "seconds": summary(found)}


def many(bench: Bench, images: int) -> dict[str, Any]:
    """Train on many small pictures, every one of them read: those of the dataset again and again under other names."""
    enlarged = enlarge(load_dataset(bench.data), bench.work / f"enlarged-{images}", images, small=True)
    cache = copy_cache(bench.with_negatives(), bench.work / f"enlarged-{images}-cache")
    timing = replace(bench, data=enlarged, background=None).train(cache)
    return {"images": images, **{name: round(value, 2) for name, value in asdict(timing).items()}}


def copy_cache(cache: Path, out: Path) -> Path:
    """Give a training a cache of its own, to fill further."""
    return Path(shutil.copytree(cache, out, symlinks=True))
