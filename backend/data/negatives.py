"""Channels that nobody has: drawn thumbnails and blank pictures, which show a model what 'none of these' can look like.

Whoever has no background of their own still gets a model that says 'none of these', and whoever has some gets a better
one. They are the demo's channels under other names and another seed, drawn once and kept in the cache.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from backend.data.dataset import DRAWN, Channel, Dataset, Picture, load_dataset
from backend.data.dataset_writer import fill
from backend.data.images import encode
from backend.data.pixels import Pixels
from backend.utils import cache, progress
from backend.utils.cache import cache_dir
from backend.utils.errors import DataError
from backend.utils.output_dir import lock_output_dir

VERSION = 2
CHECKSUM = "checksum"  # of all other files
BLANK = f"{DRAWN}blank"
PER_CHANNEL = 8  # more of them are no better (docs/experiments.md)
SEED = 1_000_003  # not one that people type, so that the demo's own pictures are others


def load_negatives(folder: Path | None = None, *, blank_only: bool = False) -> Dataset:
    """Return the drawn negatives, or the blank pictures alone, drawing them first where the cache has none, or not all.

    Raises DataError.
    """
    root = (folder or cache_dir()) / (f"blanks-{VERSION}" if blank_only else f"strangers-{VERSION}")
    with suppress(DataError):
        return _whole(root)
    # Another training may be drawing them: then they are waited for.
    with lock_output_dir(root, DataError, "training", wait=True, instead="set THUMBPRINT_CACHE elsewhere") as output:
        with suppress(DataError):
            return _whole(root)
        progress.say(f"Drawing {'blank pictures' if blank_only else 'strangers'} (once).")
        shutil.rmtree(root, ignore_errors=True)  # damaged, and nobody's own
        channels, drawn = ([], iter(())) if blank_only else _drawn_channels()
        blank = Channel(BLANK, "Blank", role="background")
        dataset = fill(output, root, [*channels, blank], chain(drawn, _blank_pictures()), demo=True)
        cache.keep(root / CHECKSUM, _checksum(root))
        return dataset


def _whole(root: Path) -> Dataset:
    """Read a dataset of the cache. Raises DataError where it is missing, or not as it was drawn."""
    dataset = load_dataset(root)
    if cache.read(root / CHECKSUM) != _checksum(root):
        raise DataError(f"{root}: damaged")
    return dataset


def _checksum(root: Path) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != CHECKSUM:
            digest.update(path.read_bytes())
    return digest.digest()


def _drawn_channels() -> tuple[list[Channel], Iterator[tuple[Picture, bytes]]]:
    """Return the channels and their pictures, each of which is drawn when it is asked for."""
    # Nearly always the cache has them, and nothing is drawn.
    from backend.data.synthetic.channels import CHANNELS
    from backend.data.synthetic.demo_dataset import drawn_pictures

    jobs = [(channel, number) for channel in range(len(CHANNELS)) for number in range(PER_CHANNEL)]
    drawn = progress.track(drawn_pictures(SEED, jobs), "Drawing", "picture", len(jobs))
    channels = [replace(demo.channel, name=DRAWN + demo.channel.name, role="background") for demo in CHANNELS]
    return channels, ((replace(picture, channel=DRAWN + picture.channel), data) for picture, data in drawn)


def _blank_pictures() -> Iterator[tuple[Picture, bytes]]:
    for number, pixels in enumerate(blanks()):
        data = encode(Image.fromarray(pixels))
        checksum = hashlib.sha256(data).hexdigest()
        file = f"images/drawn_blank/{number:02d}.png"
        yield Picture(BLANK, file, f"{number:02d}", checksum, pixels.shape[1], pixels.shape[0], "drawn"), data


def blanks() -> list[Pixels]:
    """Return pictures of nothing, (180, 320, 3): one grey or colour, a gradient, or noise."""
    rng = np.random.default_rng(SEED)
    flat = [np.full((180, 320, 3), level, np.uint8) for level in (0, 16, 64, 128, 200, 255)]
    across = np.linspace(0, 1, 320)[None, :, None]
    for _ in range(8):
        first, second = rng.uniform(0, 255, (2, 1, 1, 3))
        gradient = np.broadcast_to(first * (1 - across) + second * across, (180, 320, 3))
        noise = first + rng.normal(0, rng.uniform(4, 60), (180, 320, 3))
        colour = np.broadcast_to(second, (180, 320, 3))
        flat += [pixels.clip(0, 255).astype(np.uint8) for pixels in (gradient, noise, colour)]
    return flat
