"""How often the thumbnail is found in a photo of a screen, and how often it is told then, on simulated photos.

    python -m bench.photos --data DATA [--run RUN]... [--scenes 200] [--seed 1] [--least-share 0.5] [--json FILE]

Takes a photo of each of so many thumbnails that DATA keeps for a test (of all, where it keeps none), the channels by
turns, and prints the share that is found with an overlap (intersection over union) of at least .85, the median of
the overlap, and the time. With a run, also macro F1 end to end; with the thumbnails as they are and with the true
corners, for what that is to be held against.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from backend.data.dataset import Dataset, Picture, load_dataset
from backend.data.image_sizes import without_variants
from backend.data.images import Pixels, baked_bars, decode, prepare
from backend.evaluation.predictions import trained_on
from backend.models.predictor import Model
from backend.models.run import load_run
from backend.photo.answer import answer_found
from backend.photo.find import Found, find_thumbnails
from backend.photo.rectify import flat_size, rectify
from backend.utils import progress

from .command import write_figures
from .scene import SHARES, USUAL, make_scene

ENOUGH = 0.85  # of an overlap
BESIDE = 24  # other thumbnails that a page may show


@dataclass(frozen=True)
class Taken:
    """A simulated photo of a thumbnail: its label, as it is, in the photo, its true corners (4, 2), what was found."""

    label: str
    picture: Pixels
    photo: Pixels
    quad: NDArray[np.float64]
    found: tuple[Found, ...]
    seconds: float

    @property
    def overlap(self) -> float:
        """Of the likeliest proposal with the true corners: intersection over union."""
        return overlap(self.found[0].quad, self.quad) if self.found else 0.0


def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the intersection over union of two convex quadrilaterals (4, 2)."""
    first, second = one.astype(np.float32), other.astype(np.float32)
    both = cv2.intersectConvexConvex(first, second)[0]
    return float(both / (cv2.contourArea(first) + cv2.contourArea(second) - both))


def drawn(data: Dataset, count: int, seed: int) -> list[Picture]:
    """Draw pictures, the known channels by turns; those that are kept for a test, where some are."""
    rng = np.random.default_rng(seed)
    kept = data.part("test")
    by_channel = [
        [one for one in without_variants((kept if kept.pictures else data).pictures) if one.channel == channel.name]
        for channel in data.known
    ]
    orders = [[pictures[i] for i in rng.permutation(len(pictures))] for pictures in by_channel if pictures]
    return [orders[i % len(orders)][i // len(orders) % len(orders[i % len(orders)])] for i in range(count)]


def taken(
    data: Dataset, pictures: Sequence[Picture], seed: int, harshness: float, least_share: float
) -> Iterator[Taken]:
    """Take a photo of each picture, and look for it; others of the dataset are on the pages too."""
    rng = np.random.default_rng([seed, 1])
    for number, picture in enumerate(pictures):
        wanted = _upright(data, picture)
        indices = rng.choice(len(data.pictures), BESIDE, replace=False)
        others = [_upright(data, data.pictures[i]) for i in indices if data.pictures[i].sha256 != picture.sha256]
        scene = make_scene([seed, number], wanted, others, harshness, least_share)
        start = time.perf_counter()
        found = tuple(find_thumbnails(scene.photo))
        yield Taken(picture.channel, wanted, scene.photo, scene.quad, found, time.perf_counter() - start)


def _upright(data: Dataset, picture: Picture) -> Pixels:
    pixels = decode(data.path(picture))
    left, top, right, bottom = baked_bars(pixels)
    return pixels[top:bottom, left:right]


class Scores:
    """Whose a model says that thumbnails are, end to end and beside it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.labels: list[str] = []
        self.said: dict[str, list[str]] = {"clean": [], "true_corners": [], "end_to_end": [], "likeliest_alone": []}
        self.unknown = 0

    def add(self, one: Taken) -> None:
        """Ask about one photo."""
        self.labels.append(one.label)
        model, flat = self.model, rectify(one.photo, one.quad, *flat_size(one.quad))
        rows = model.predict_proba(np.stack([prepare(pixels, model.recipe.spec) for pixels in (one.picture, flat)]))
        answer = answer_found(model, one.photo, one.found).answer
        alone = answer_found(model, one.photo, one.found[:1]).answer
        for name, said in zip(self.said, (*map(model.explain_row, rows), answer, alone), strict=True):
            self.said[name].append(said.channel)
        self.unknown += not answer.known

    def to_json(self) -> dict[str, Any]:
        """Return macro F1 of each way."""
        f1 = {
            name: round(float(f1_score(self.labels, said, average="macro", labels=sorted(set(self.labels)))), 4)
            for name, said in self.said.items()
        }
        return {"macro_f1": f1, "called_unknown": round(self.unknown / len(self.labels), 4)}


def figures(photos: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Return what is printed of overlaps and seconds."""
    overlaps, seconds = np.array(photos).T
    return {
        "photos": len(overlaps),
        "found": round(float((overlaps >= ENOUGH).mean()), 4),
        "median_overlap": round(float(np.median(overlaps)), 4),
        "milliseconds": round(float(np.median(seconds)) * 1000, 1),
    }


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.photos", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, action="append", default=[], help="can be repeated")
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--harshness", type=float, default=USUAL, help="of the camera's disturbances, up to 1")
    parser.add_argument(
        "--least-share", type=float, default=SHARES[0], help="of a photo's width that a thumbnail fills"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    data = load_dataset(options.data)
    pictures = drawn(data, options.scenes, options.seed)
    scores: dict[str, Scores] = {}
    for root in options.run:
        run = load_run(root)
        if seen := trained_on(run) & {picture.sha256 for picture in pictures}:
            progress.say(f"Warning: {root} was trained on {len(seen)} of these pictures; F1 flatters it.")
        scores[root.name] = Scores(Model(run))
    photos = []
    shots = taken(data, pictures, options.seed, options.harshness, options.least_share)
    for one in progress.track(shots, "Photos", "photo", len(pictures)):
        photos.append((one.overlap, one.seconds))
        for asked in scores.values():
            asked.add(one)
    found = figures(photos) | {name: asked.to_json() for name, asked in scores.items()}
    print(json.dumps(found, indent=2))
    if options.json:
        write_figures(options.json, found)


if __name__ == "__main__":
    main()
