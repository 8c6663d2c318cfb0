"""A dataset as a collection writes it: thumbnails in several sizes, changed ones, and some kept for a test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import BACKGROUND, KNOWN, draw, encode, with_bars, write_dataset
from PIL import Image

from backend.data.dataset import DESCRIPTION, Channel, Dataset, Picture, Split, load_dataset

TRAIN, TEST, SPARE = 8, 3, 1  # videos of each channel
LEARNT = TRAIN + 1  # pictures of each channel: one video's thumbnail was changed
RULE = {"kind": "lab", "newest": TRAIN, "test_next": TEST}
SIZES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "maxres": lambda image: image,
    "hq": lambda image: with_bars(image.resize((128, 72))),
    "mq": lambda image: image.resize((96, 54)),
    "webp": lambda image: Image.new("RGB", (64, 36), (128, 128, 128)),  # a size that tells nothing
}


@contextmanager
def few_shrinkages() -> Iterator[None]:
    """Let `style` choose between fewer, where nothing is about the choice: it is most of a fit's time."""
    from backend.models import style

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "SHRINKAGES", (0.1,))
        yield


def split_of(video: int) -> Split:
    return "train" if video < TRAIN else "test" if video < TRAIN + TEST else "spare"


def rows(channel: str, sizes: Iterable[str] = SIZES) -> Iterator[tuple[Picture, bytes]]:
    """Draw a channel: every video in all sizes, the first video's thumbnail changed once."""
    for video in range(TRAIN + TEST + SPARE):
        for version in (1, 2) if video == 0 else (1,):
            image = draw(channel, video + 100 * (version - 1))
            for size in sizes:
                shown = SIZES[size](image)
                data = encode(shown, "WEBP" if size == "webp" else "JPEG", quality=90)
                yield picture(channel, video, version, size, shown.size, data), data


def picture(channel: str, video: int, version: int, size: str, shape: tuple[int, int], data: bytes) -> Picture:
    key, checksum = f"{channel:_<8}{video:03}", hashlib.sha256(data).hexdigest()
    file = f"images/{channel}/{key}_{size}.{version}.jpg"
    return Picture(channel, file, key, checksum, *shape, "drawn", size, version, split_of(video), video, "2026-11-01")


def write_collected(root: Path, sizes: Iterable[str] = SIZES) -> Dataset:
    """Write three channels to recognise and two of the background."""
    sizes = tuple(sizes)
    channels = [
        Channel(name, name, role="background" if name in BACKGROUND else "known") for name in (*KNOWN, *BACKGROUND)
    ]
    write_dataset(root, channels, (row for channel in channels for row in rows(channel.name, sizes)))
    description = json.loads((root / DESCRIPTION).read_text())
    (root / DESCRIPTION).write_text(json.dumps({**description, "split": RULE}))
    return load_dataset(root)
