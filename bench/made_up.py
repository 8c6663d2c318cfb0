"""Made-up datasets: many pictures, or many channels, out of those of a small one."""

from __future__ import annotations

import colorsys
import csv
import io
import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from backend.data.dataset import SCHEMA, Dataset, Picture
from backend.data.image_sizes import learnt

SMALL = (320, 180)  # YouTube's `mqdefault`
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
QUALITY = 88
TURN = 0.381966  # of the wheel of hues, from one replica to the next: the golden angle never comes back
Row = tuple[str, bytes]  # a channel, and the content of a picture


def write_dataset(out: Path, channels: Iterable[dict[str, str]], rows: Iterable[Row]) -> Path:
    """Write a dataset of pictures that are videos of their own by name."""
    out.mkdir(parents=True)
    (out / "dataset.json").write_text(json.dumps({"schema": SCHEMA, "demo": True, "channels": list(channels)}))
    with (out / "manifest.csv").open("w", newline="") as file:
        columns = csv.writer(file)
        columns.writerow(["channel", "file", "key", "sha256", "width", "height", "source"])
        for number, (channel, content) in enumerate(rows):
            with Image.open(io.BytesIO(content)) as image:
                size, suffix = image.size, SUFFIXES[str(image.format)]
            key = f"{number:06d}"
            path = out / "images" / channel / f"{key}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            row = [channel, path.relative_to(out).as_posix(), key, sha256(content).hexdigest()]
            columns.writerow([*row, *size, "made up"])
    return out


def known(dataset: Dataset) -> list[Picture]:
    """List the known pictures that a training learns from."""
    names = {channel.name for channel in dataset.known}
    return [picture for picture in learnt(dataset) if picture.channel in names]


def enlarge(dataset: Dataset, out: Path, images: int, small: bool = False) -> Path:
    """Write a dataset of `images` known pictures: those that a training learns from, with bytes after their end, so
    that no two files are equal and every one has features of its own in the cache.

    small: as `mqdefault` has them. Copies are near-duplicates by what they show: they stay on one side of a split.
    """
    pictures = known(dataset)[:images]
    contents = [_shrunk(dataset.path(p)) if small else dataset.path(p).read_bytes() for p in pictures]
    described = json.loads((dataset.root / "dataset.json").read_text())
    names = {channel.name for channel in dataset.known}
    channels = [channel for channel in described["channels"] if channel["name"] in names]

    def rows() -> Iterable[Row]:
        for number in range(images):
            place = number % len(pictures)
            yield pictures[place].channel, contents[place] + b"%d" % number

    return write_dataset(out, channels, rows())


def all_known(dataset: Dataset, out: Path) -> Path:
    """Write a dataset of all that a training learns from, every channel of it known: the laboratory's recipe knows no
    background, and would learn from fewer pictures than ours.
    """
    described = json.loads((dataset.root / "dataset.json").read_text())["channels"]
    rows = ((picture.channel, dataset.path(picture).read_bytes()) for picture in learnt(dataset))
    return write_dataset(out, [{**channel, "role": "known"} for channel in described], rows)


def replicate(dataset: Dataset, out: Path, channels: int, each: int) -> Path:
    """Write a dataset of `channels` channels with `each` pictures: those of the dataset, then the same in other hues,
    one after the other, so that each channel has colours of its own.

    Replicas begin with other pictures of their channel; where these come round again, they are turned over and cut, or
    they would be near-duplicates, of which a training uses one. More channels begin with the files of fewer.
    """
    by_channel: dict[str, list[Picture]] = {}
    for picture in learnt(dataset):
        by_channel.setdefault(picture.channel, []).append(picture)
    originals = list(by_channel.values())

    def rows() -> Iterable[Row]:
        for number in range(channels):
            pictures, replica = originals[number % len(originals)], number // len(originals)
            for place in range(each):
                turn, which = divmod(replica * each + place, len(pictures))
                yield f"channel_{number:03d}", _shrunk(dataset.path(pictures[which]), replica, turn)

    described = [
        {"name": f"channel_{number:03d}", "display_name": f"Channel {number}", "handle": "", "url": "", "role": "known"}
        for number in range(channels)
    ]
    return write_dataset(out, described, rows())


def small_pictures(paths: Iterable[Path], out: Path, size: tuple[int, int]) -> Path:
    """Write a folder of pictures of one size."""
    out.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths):
        (out / f"{number:04d}.jpg").write_bytes(_shrunk(path, size=size))
    return out


def _shrunk(path: Path, replica: int = 0, turn: int = 0, size: tuple[int, int] = SMALL) -> bytes:
    """Encode a picture smaller, in a replica's hues; `turn`: how often it was used before."""
    with Image.open(path) as opened:
        image = opened.convert("RGB").resize(size, Image.Resampling.BILINEAR, _part(opened.size, turn // 4))
    image = ImageOps.mirror(image) if turn % 2 else image
    image = ImageOps.flip(image) if turn // 2 % 2 else image
    if replica:
        hue, saturation, value = image.convert("HSV").split()
        hue = hue.point([(level + round(256 * TURN * replica)) % 256 for level in range(256)])
        image = Image.blend(Image.merge("HSV", (hue, saturation, value)).convert("RGB"), _tint(replica, size), 0.15)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _part(size: tuple[int, int], number: int) -> tuple[float, float, float, float]:
    """Name a part of a picture: the whole of it, then a smaller one each time, in one corner after the other."""
    share = 0.85**number
    left, top = ((1 - share) * side * (number >> bit & 1) for bit, side in enumerate(size))
    return left, top, left + share * size[0], top + share * size[1]


def _tint(replica: int, size: tuple[int, int]) -> Image.Image:
    red, green, blue = colorsys.hsv_to_rgb((TURN * replica) % 1, 0.8, 0.9)
    return Image.new("RGB", size, tuple(int(level) for level in np.round(255 * np.array((red, green, blue)))))
