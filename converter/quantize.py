"""In how many bits weights are stored. Quantising only saves download: the browser computes in float32 either way.

The kernels of a run whose backbone was rounded before its head was fitted travel as those eight bits (the first layers:
16), and its head as the half precision that it was rounded to: nothing is lost. Kernels that were not rounded take 16
bits where that costs little: pointwise ones are nine tenths of a network and take them with 0.1 % error in the
features; the folded depthwise kernels, 33,000 numbers of very different sizes, would cause all of the error there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.models.quantization import channel_axis, pack
from backend.utils.errors import ConversionError

POINTWISE = ["*_expand/kernel", "*_project/kernel", "*/Conv_1/kernel"]
OTHER = "convert with --dtype float32"


def check_quantized(folder: Path) -> None:
    """Raise ConversionError where no weight took 16 bits: a pattern that matches nothing is silently ignored."""
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
    if not any("quantization" in weight for group in manifest for weight in group["weights"]):
        raise ConversionError(f"no pointwise kernel was found to quantise; {OTHER}")


def pack_rounded(folder: Path, kernels: int) -> None:
    """Rewrite a float32 graph model so that its `kernels` kernels take 8 or 16 bits and its matrices 16, exactly.

    A kernel's entry in the manifest gets `"packed": {"bits": 8, "axis": A}`; in the file of weights, the scales of axis
    A (float32) come first, and then its levels (int8 or int16) in the kernel's order. Raises ConversionError where a
    number would change.
    """
    path = folder / "model.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    (group,) = content["weightsManifest"]
    (file,) = group["paths"]
    packed = [_packed(entry, array) for entry, array in _arrays(group["weights"], (folder / file).read_bytes())]
    rounded = sum("packed" in entry for entry, _ in packed)
    if rounded != kernels:
        raise ConversionError(f"{rounded} of {kernels} kernels are rounded; train the run again, or {OTHER}")
    group["weights"] = [entry for entry, _ in packed]
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
    (folder / file).write_bytes(b"".join(data for _, data in packed))


def read_weights(folder: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Return the names and arrays of a graph model whose weights are not packed."""
    (group,) = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
    (file,) = group["paths"]
    for entry, array in _arrays(group["weights"], (folder / file).read_bytes()):
        yield entry["name"], array


def _arrays(entries: list[dict[str, Any]], data: bytes) -> Iterator[tuple[dict[str, Any], NDArray[Any]]]:
    start = 0
    for entry in entries:
        kind, count = np.dtype(entry.get("quantization", entry)["dtype"]), int(np.prod(entry["shape"]))
        yield entry, np.frombuffer(data, kind, count, start).reshape(entry["shape"])
        start += count * kind.itemsize


def _packed(entry: dict[str, Any], array: NDArray[Any]) -> tuple[dict[str, Any], bytes]:
    """Return a weight's entry and bytes, smaller where that loses nothing."""
    if array.dtype == np.float32 and array.ndim == 4 and (quantized := pack(array)) is not None:
        packing = {"bits": 8 * quantized.levels.itemsize, "axis": channel_axis(array.shape)}
        return {**entry, "packed": packing}, quantized.scales.tobytes() + quantized.levels.tobytes()
    if array.dtype == np.float32 and array.ndim == 2 and np.array_equal(half := array.astype(np.float16), array):
        return {**entry, "quantization": {"dtype": "float16"}}, half.tobytes()
    return entry, array.tobytes()
