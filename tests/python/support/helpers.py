"""Made-up channels for the tests: pictures drawn in three styles to recognise and two that are none of them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from backend.data.dataset import Channel, Dataset, LeftOut, Picture
from backend.data.dataset_writer import dataset_output, fill
from backend.data.synthetic.channels import CHANNELS
from backend.models.recipe import Recipe
from backend.models.registry import Backbone
from backend.models.run import Run
from backend.models.weights import Weights

KNOWN = ("ember", "fjord", "moss")
BACKGROUND = ("carnival", "street")
VIDEOS = 8
VERSIONS = 2  # of the first two videos there is a second thumbnail, with bars baked in
PICTURES = VIDEOS + VERSIONS
COLOURS = 4 * 6 * 3 + 64  # a coarse picture and a histogram
FEATURES = 2 * (144 + 144 + 192 + 384) + COLOURS  # of `style`: statistics of four taps, and colours
DRAWN = len(CHANNELS)
CLASSES = len(KNOWN) + len(BACKGROUND) + DRAWN + 1 + 1  # of a run with background: blank pictures, and no evidence

PALETTES = {
    "ember": ((70, 10, 5), (240, 90, 20), (250, 200, 60)),
    "fjord": ((8, 30, 80), (60, 140, 220), (230, 240, 250)),
    "moss": ((20, 50, 20), (90, 160, 60), (200, 220, 150)),
    "carnival": ((160, 20, 160), (20, 200, 190), (250, 230, 30)),
    "street": ((40, 40, 42), (120, 120, 118), (215, 215, 210)),
}

CHANNELS_TOML = """
[ember]
display_name = "Ember & Ash"
handle = "@ember"
url = "https://www.youtube.com/@ember"

[carnival]
role = "background"

[street]
role = "background"
"""


@dataclass(frozen=True)
class Interrupted:
    """A training that was stopped in its second fold and started again, and what it fitted before and after."""

    run: Run
    before: list[str]
    after: list[str]


def exactly(message: str) -> str:
    """Return the pattern of a whole message, for `pytest.raises(match=...)`."""
    return f"^{re.escape(message)}$"


def without(data: Dataset, *channels: str) -> Dataset:
    """Take channels out of a dataset."""
    return replace(
        data,
        channels=tuple(channel for channel in data.channels if channel.name not in channels),
        pictures=tuple(picture for picture in data.pictures if picture.channel not in channels),
    )


def described(names: Iterable[str], files: Mapping[str, bytes], **changes: Any) -> dict[str, Any]:
    """Return the run.json of a made-up run of channels and files."""
    return {
        "schema": 2,
        "version": "0.2.0",
        "created": "2026-01-02T03:04:05+00:00",
        "demo": False,
        "settings": {"recipe": "style"},
        "channels": [{"name": name, "display_name": name} for name in names],
        "input": {"height": 120, "width": 208, "fit": "stretch"},
        "normalisation": {"scale": 1.0, "offset": 0.0},
        "unknown": {"threshold": 0.25},
        "weights": {"file": "weights.npz", "sha256": ""},
        "dataset": {"path": "data", "images": 0, "digest": ""},
        "versions": {"python": "3.11"},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        **changes,
    }


def rewrite(run: Path, name: str, content: bytes) -> None:
    """Write a file of a run as if Thumbprint had: run.json has its checksum."""
    (run / name).write_bytes(content)
    description = json.loads((run / "run.json").read_text(encoding="utf-8"))
    description["files"][name] = hashlib.sha256(content).hexdigest()
    (run / "run.json").write_text(json.dumps(description), encoding="utf-8")


def draw(channel: str, number: int, size: tuple[int, int] = (160, 90)) -> Image.Image:
    """Draw a channel's picture: its kind of shapes at random places, mostly in its own colours, under noise."""
    rng = np.random.default_rng([zlib.crc32(channel.encode()), number])
    palette = channel if rng.random() < 0.6 else tuple(PALETTES)[rng.integers(len(PALETTES))]
    ground, *inks = PALETTES[palette]
    image = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(image)
    width, height = size
    for _ in range(7):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        reach, ink = int(rng.integers(height // 6, height // 2)), inks[int(rng.integers(len(inks)))]
        if channel in ("ember", "street"):
            pen.line((x - reach, height, x + reach, 0), ink, 4)
        elif channel in ("fjord", "carnival"):
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=ink, width=5)
        else:
            pen.rectangle((x, y, x + reach, y + reach), ink)
    noise = rng.normal(0, 12, (height, width, 3))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def with_bars(image: Image.Image) -> Image.Image:
    """Put a 16:9 picture between black bars, as in `hqdefault.jpg`."""
    width, height = image.width, image.width * 3 // 4
    framed = Image.new("RGB", (width, height))
    framed.paste(image, (0, (height - image.height) // 2))
    return framed


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def as_array(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("RGB"))


def write_channel(folder: Path, channel: str, videos: int = VIDEOS, versions: int = VERSIONS) -> None:
    """Write a channel's thumbnails, named by their videos' ids."""
    folder.mkdir(parents=True)
    for number in range(videos):
        video, image = f"{channel[:5]:_<5}{number:06}", draw(channel, number)
        image.save(folder / f"{video}_maxresdefault.jpg", quality=92)
        if number < versions:
            with_bars(image).save(folder / f"{video}_hqdefault.jpg", quality=92)


def write_source(folder: Path, channels: Sequence[str] = (*KNOWN, *BACKGROUND)) -> Path:
    """Write a folder of channels as a person would have it, ready to be imported."""
    for channel in channels:
        write_channel(folder / channel, channel)
    (folder / "channels.toml").write_text(CHANNELS_TOML, encoding="utf-8")
    return folder


def write_dataset(
    root: Path,
    channels: Sequence[Channel],
    contents: Iterable[tuple[Picture, bytes]],
    *,
    left_out: Sequence[LeftOut] = (),
    demo: bool = False,
    force: bool = False,
) -> Dataset:
    """Write a dataset as an import does."""
    with dataset_output(root, force=force) as output:
        return fill(output, root, channels, contents, left_out=left_out, demo=demo)


def lend_backbone(patch: pytest.MonkeyPatch, weights: Weights) -> None:
    """Let trainings start from weights that are read already, and without a prior, which is another network's."""

    def lent(recipe: Recipe, path: Path | None, prior: Path | bool) -> Backbone:
        return Backbone(recipe.prepared(weights), None)

    patch.setattr("backend.training.train.load_backbone", lent)
