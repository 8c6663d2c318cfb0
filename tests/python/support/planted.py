"""A channel that nothing sets apart but a mark on its pictures: heat has to be where the mark is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from helpers import draw
from once import once
from PIL import Image, ImageDraw

from backend.data.dataset import load_dataset
from backend.data.folder_import import import_folder
from backend.data.settings import TrainSettings
from backend.models import photo_gate
from backend.models.features import Extractor
from backend.models.registry import get_recipe
from backend.models.run import Run, load_run

MARKED, PLAIN = "marked", "plain"
VIDEOS = 24
SIZE = (160, 90)
SIDE = 30  # of the mark, in pixels
GREY = (110, 110, 110)
CONTRAST = 0.35  # of the shapes: a network with random weights sees nothing but contrast


def mark() -> Image.Image:
    """Draw a badge of black and yellow squares."""
    image = Image.new("RGB", (SIDE, SIDE), (255, 225, 0))
    pen = ImageDraw.Draw(image)
    for x in range(0, SIDE, 5):
        for y in range(x % 2 * 5, SIDE, 10):
            pen.rectangle((x, y, x + 4, y + 4), (0, 0, 0))
    return image


def place(number: int) -> tuple[int, int]:
    """Say where a picture's mark is: another place on each."""
    rng = np.random.default_rng(number)
    return int(rng.integers(0, SIZE[0] - SIDE)), int(rng.integers(0, SIZE[1] - SIDE))


def picture(channel: str, number: int) -> Image.Image:
    """Draw a picture of one channel or the other: the same kind of shapes, and the mark or not."""
    shapes = draw("fjord", number if channel == MARKED else 1000 + number, SIZE)
    image = Image.blend(Image.new("RGB", SIZE, GREY), shapes, CONTRAST)
    if channel == MARKED:
        image.paste(mark(), place(number))
    return image


@dataclass(frozen=True)
class Planted:
    """The run, and the marked channel's files by number."""

    run: Run
    files: list[Path]


@pytest.fixture(scope="session")
def planted(weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A run of `style` on marked and plain pictures, trained once for all test files. Not to be written to."""
    from backend.training.train import train

    def make(folder: Path) -> None:
        for channel in (MARKED, PLAIN):
            (folder / "source" / channel).mkdir(parents=True)
            for number in range(VIDEOS):
                picture(channel, number).save(folder / "source" / channel / f"{channel:_<8}{number:03}.png")
        import_folder(folder / "source", folder / "data")
        train(load_dataset(folder / "data"), folder / "run", TrainSettings("style", folds=2), weights_file)

    folder = once(tmp_path_factory, "planted", make)
    files = [folder / "source" / MARKED / f"{MARKED:_<8}{number:03}.png" for number in range(VIDEOS)]
    return Planted(load_run(folder / "run"), files)


def gated(run: Run) -> Run:
    """Give a run of `style` a second head, and a gate that is half open for a typical picture."""
    rng = np.random.default_rng(0)
    recipe = get_recipe(run.recipe)
    features = Extractor(run.layers, recipe.taps, recipe.spec)(run.check_pixels()).mean(axis=0)
    other = {name: array * rng.normal(1, 0.2, array.shape) for name, array in run.head.items()}
    head = photo_gate.gated(run.head, other, rng.normal(0, 0.002, len(features)), 0.3, features)
    return replace(run, head={name: array.astype(np.float32) for name, array in head.items()})
