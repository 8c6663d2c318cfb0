"""Heatmaps of the predictions that a report shows, computed once and kept small, without the pictures under them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import encode
from backend.evaluation.predictions import Row, right_ones, worst_mistakes
from backend.explain.heatmap import Heatmap
from backend.utils import progress
from backend.utils.files import pack_arrays, unpack_arrays

if TYPE_CHECKING:
    from backend.explain.gradcam import Explainer

LEVELS = 255  # of a kept heatmap: even steps of the root, which is what an overlay draws
MOST = 1_000_000  # positions of a grid
INDEX = "index"  # in a file of heatmaps, beside their grids


class Key(NamedTuple):
    """What a heatmap is of: a picture by its checksum, and the channel that it speaks for."""

    sha256: str
    channel: str


Heatmaps = Mapping[Key, Heatmap]


def shown_keys(rows: Sequence[Row], names: Sequence[str], files: Mapping[str, Path]) -> list[Key]:
    """Say which heatmaps a report shows: of mistakes for both channels, and of what was classified correctly.

    names: the channels in label order; files: pictures that are still there, by checksum.
    """
    keys = []
    for row in worst_mistakes(rows):
        keys += [Key(row.sha256, row.channel), Key(row.sha256, names[row.predicted])]
    for label, name in enumerate(names):
        keys += [Key(row.sha256, name) for row in right_ones(rows, label, files)]
    return [key for key in dict.fromkeys(keys) if key.sha256 in files]


def compute_heatmaps(explainer: Explainer, keys: Sequence[Key], files: Mapping[str, Path]) -> dict[Key, Heatmap]:
    """Explain pictures. Raises ImageError."""
    tracked = progress.track(keys, "Heatmaps", "heatmap", len(keys))
    return {key: explainer.explain(files[key.sha256], channel=key.channel) for key in tracked}


def pack_heatmaps(heatmaps: Heatmaps) -> bytes:
    """Return an .npz: a grey PNG of each grid, and an index of what they are of."""
    grids = {str(number): _png(heatmap.grid) for number, heatmap in enumerate(heatmaps.values())}
    index = [
        {**key._asdict(), **{name: getattr(heatmap, name) for name in ("method", "box", "size", "logit")}}
        for key, heatmap in heatmaps.items()
    ]
    return pack_arrays({INDEX: np.array(json.dumps(index)), **grids})


def unpack_heatmaps(packed: bytes) -> dict[Key, Heatmap]:
    """Read what `pack_heatmaps` returned; raises one of DAMAGED."""
    arrays = unpack_arrays(packed)
    index = json.loads(str(arrays.pop(INDEX)))
    return {
        Key(entry["sha256"], entry["channel"]): _heatmap(entry, arrays[str(number)].tobytes())
        for number, entry in enumerate(index)
    }


def _heatmap(entry: Mapping[str, Any], png: bytes) -> Heatmap:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        if image.mode != "L" or image.width * image.height > MOST:
            raise ValueError(f"no heatmap: {image.mode}, {image.width}x{image.height}")
        grid = np.square(np.asarray(image, np.float32) / LEVELS)
    box, size = tuple(entry["box"]), tuple(entry["size"])
    return Heatmap(entry["channel"], entry["method"], grid, box, size, entry["logit"])


def _png(grid: NDArray[np.float32]) -> NDArray[np.uint8]:
    image = Image.fromarray((np.sqrt(grid) * LEVELS).round().astype(np.uint8))
    return np.frombuffer(encode(image, optimize=True), np.uint8)
