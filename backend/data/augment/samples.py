"""A picture's way into a model, to be shown: as given, without bars, scaled; and the views that a training makes of it.

What is kept of it names pictures and says how views are made of them: nobody's thumbnails go where a run goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.augment.views import view
from backend.data.images import baked_bars, decode, prepare
from backend.data.pixels import Box, InputSpec, Pixels
from backend.data.sources import Source
from backend.utils.reading import read_file

CHANNELS = 3  # whose preprocessing is shown
SEARCHED = 40  # pictures that are searched for one with bars baked in
RANDOM_VIEWS = 2  # drawn where every epoch draws views anew


@dataclass(frozen=True)
class AugmentationSample:
    """Which picture, by checksum; its width and height; the box that its bars leave; and its training views: of which
    file, as it may be another size of the picture, and the view's number.
    """

    sha256: str
    size: tuple[int, int]
    box: Box
    views: tuple[tuple[str, int], ...]

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AugmentationSample:
        """Read what `asdict` returned. Raises KeyError, TypeError and ValueError for anything else."""
        left, top, right, bottom = values["box"]
        width, height = values["size"]
        views = tuple((str(sha256), int(number)) for sha256, number in values["views"])
        if not (0 <= left < right <= width and 0 <= top < bottom <= height) or any(number < 0 for _, number in views):
            raise ValueError(f"no part of a picture of {width}x{height}: {values}")
        return cls(values["sha256"], (width, height), (left, top, right, bottom), views)


@dataclass(frozen=True)
class AugmentationPictures:
    """A sample with its pictures: each (h, w, 3) uint8."""

    sample: AugmentationSample
    given: Pixels
    cropped: Pixels
    fed: Pixels
    views: tuple[Pixels, ...]


def choose_sample(pictures: Sequence[Source], views: Sequence[int]) -> AugmentationSample:
    """Choose one of a channel's pictures: the first with bars baked in, or the first. views: numbers of the views."""
    for source in (*pictures[:SEARCHED], pictures[0]):  # where none has bars, the first again
        height, width = (pixels := decode(source.path)).shape[:2]
        if (box := baked_bars(pixels)) != (0, 0, width, height):
            break
    seen = tuple((file.sha256, file.view) for file in map(source.seen, views))
    return AugmentationSample(source.sha256, (width, height), box, seen)


def read_sample(sample: AugmentationSample, source: Source, spec: InputSpec) -> AugmentationPictures:
    """Make the pictures of a sample; views of files that are gone or changed are left out. Raises ImageError."""
    pixels, (left, top, right, bottom) = decode(source.path), sample.box
    paths = {one.sha256: one.path for one in (source, *source.variants) if _is_whole(one.path, one.sha256)}
    views = tuple(view(paths[sha256], sha256, number, spec) for sha256, number in sample.views if sha256 in paths)
    cropped = pixels[top:bottom, left:right].copy()
    return AugmentationPictures(sample, pixels, cropped, prepare(pixels, spec), views)


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(read_file(path)).hexdigest() == sha256
    except OSError:
        return False


def random_views(pixels: Pixels, rotation: float, zoom: tuple[float, float]) -> Pixels:
    """Turn and zoom a picture (h, w, 3) as Keras' layers do: (RANDOM_VIEWS, h, w, 3), the same every time."""
    from backend.utils.tf_quiet import import_tensorflow

    import_tensorflow()
    import keras

    turn = keras.layers.RandomRotation(rotation, fill_mode="constant", seed=1)
    enlarge = keras.layers.RandomZoom(zoom, fill_mode="constant", seed=2)
    batch = np.repeat(pixels[None].astype(np.float32), RANDOM_VIEWS, axis=0)
    drawn = np.asarray(enlarge(turn(batch, training=True), training=True))
    return drawn.clip(0, 255).astype(np.uint8)
