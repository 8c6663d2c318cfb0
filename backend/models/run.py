"""The run folder: everything that a training leaves behind, written whole or not at all, read back whole.

run.json         settings, versions, checksums, channels in order
predictions.csv  the out-of-fold probabilities of every picture
history.csv      loss and accuracy of every fold and epoch
metrics.json     numbers computed from predictions.csv
judged.csv       the same of what was not learnt from and only judged: other sizes of pictures, and a test's pictures
model.npz        the folded backbone up to the last tap, and the head fitted on all pictures
folds.npz        the head of every fold, and which of the pictures in predictions.csv it has not seen
check.npz        a few preprocessed pictures, mirrored, that the converter checks its result on
audit.json, samples.json, heatmaps.npz: what its report shows, see `backend.training.report_data`
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Channel
from backend.models.head import Head
from backend.models.mobilenet_v2 import Folded, Layers
from backend.utils.errors import RunError
from backend.utils.files import DAMAGED, pack_arrays, pack_json, unpack_arrays, write_atomically
from backend.utils.program import command
from backend.utils.tables import table_reader

T = TypeVar("T")

SCHEMA = 2  # 1: style's runs are of another network
DESCRIPTION, PREDICTIONS, HISTORY, METRICS = "run.json", "predictions.csv", "history.csv", "metrics.json"
JUDGED, MODEL, CHECK, FOLDS = "judged.csv", "model.npz", "check.npz", "folds.npz"
IDENTITY, FINISHED = "identity.json", "fold-*.npz"  # of a training that has not ended
FINAL = "final"  # in the place of a fold's number: the fit on all pictures
ROBUSTNESS = "stress"  # what `evaluate --stress` adds to metrics.json


@dataclass(frozen=True)
class Run:
    """A run read back: its folder, description, channels in label order, the network's layers and the head."""

    root: Path
    description: dict[str, Any]
    channels: tuple[Channel, ...]
    layers: Layers
    head: Head

    @property
    def recipe(self) -> str:
        """Name of the recipe."""
        return str(self.description["settings"]["recipe"])

    @property
    def augment(self) -> str:
        """Which simulated views it learnt from; runs of an earlier Thumbprint from none."""
        return str(self.description["settings"].get("augment", "none"))

    @property
    def threshold(self) -> float | None:
        """The rejection threshold of 'none of these'; None where the model knows no background."""
        unknown = self.description["unknown"]
        return None if unknown is None else float(unknown["threshold"])

    @property
    def lookalike_threshold(self) -> float | None:
        """Up to where a thumbnail of another channel may be called a look-alike; None where the training knew no random
        thumbnails, and in runs of an earlier Thumbprint.
        """
        threshold = (self.description["unknown"] or {}).get("lookalike_threshold")
        return None if threshold is None else float(threshold)

    @property
    def weight_bits(self) -> int:
        """Bits of each number of a pointwise kernel: 8 where they were rounded before training, else 32."""
        return int(self.description["weights"].get("bits", 32))

    def metrics(self) -> dict[str, Any]:
        """Read metrics.json."""
        return _read_json(self.root / METRICS)

    def read_table(self, name: str, parse: Callable[[dict[str, str]], T]) -> list[T]:
        """Read one of the run's CSV files, line by line. Raises RunError where it is missing or damaged."""
        path = self.root / name
        with _reading(path), path.open(encoding="utf-8", newline="") as file:
            return [parse(line) for line in table_reader(file)]

    def folds(self) -> tuple[list[Head], NDArray[np.bool_]]:
        """Read the head of every fold, and which rows of predictions.csv each has not seen, (rows, folds).

        Raises RunError where an earlier Thumbprint kept none.
        """
        if FOLDS not in self.description["files"]:
            raise RunError(
                f"{self.root}: keeps no models of its folds (an earlier Thumbprint trained it); train it again"
            )
        with _reading(self.root / FOLDS):
            arrays = unpack_arrays((self.root / FOLDS).read_bytes())
            tests: NDArray[np.bool_] = arrays.pop("tests").astype(np.bool_)
            heads: list[Head] = [{} for _ in range(tests.shape[1])]
            for name, array in arrays.items():
                fold, _, part = name.partition("/")
                heads[int(fold)][part] = array
            return heads, tests

    def add_to_metrics(self, name: str, figures: Mapping[str, Any]) -> None:
        """Write figures that were measured later into metrics.json, in the place of earlier ones of that name."""
        content = pack_json({**self.metrics(), name: figures})
        write_atomically(self.root / METRICS, content)
        self.description["files"][METRICS] = hashlib.sha256(content).hexdigest()
        write_atomically(self.root / DESCRIPTION, pack_json(self.description))

    def check_pixels(self) -> NDArray[np.uint8]:
        """Read the pictures for the converter's check, (n, H, W, 3)."""
        with _reading(self.root / CHECK):
            pixels: NDArray[np.uint8] = unpack_arrays((self.root / CHECK).read_bytes())["pixels"]
            return pixels


def pack_model(layers: Layers, head: Head) -> bytes:
    """Return model.npz: `backbone/LAYER/kernel`, `backbone/LAYER/bias` and `head/NAME`."""
    arrays: dict[str, NDArray[Any]] = {f"head/{name}": array for name, array in head.items()}
    for name, folded in layers.items():
        arrays[f"backbone/{name}/kernel"], arrays[f"backbone/{name}/bias"] = folded
    return pack_arrays(arrays)


def pack_folds(heads: Sequence[Head], tests: NDArray[np.bool_]) -> bytes:
    """Return folds.npz: `FOLD/NAME` of every head, and `tests`, as `Run.folds` reads them."""
    arrays: dict[str, NDArray[Any]] = {
        f"{n}/{name}": part for n, head in enumerate(heads) for name, part in head.items()
    }
    return pack_arrays({**arrays, "tests": tests})


def load_run(root: Path) -> Run:
    """Read a run and check that its model is the one it was written with. Raises RunError."""
    if not (root / DESCRIPTION).is_file():
        raise RunError(f"{root}: not a run (no {DESCRIPTION}); train one with `{command(f'train DATA --out {root}')}`")
    description = _read_json(root / DESCRIPTION)
    schema = description.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise RunError(f"{root}: run of schema {schema!r}, and this Thumbprint reads up to {SCHEMA}; update Thumbprint")
    with _reading(root / DESCRIPTION):
        if schema < SCHEMA and description["settings"]["recipe"] != "lab":
            raise RunError(
                f"{root}: run of schema {schema}, made by an older Thumbprint whose network was another; train it again"
            )
        checksum = description["files"][MODEL]
        channels = tuple(Channel(**channel) for channel in description["channels"])
    with _reading(root / MODEL):
        packed = (root / MODEL).read_bytes()
        if hashlib.sha256(packed).hexdigest() != checksum:
            raise RunError(f"{root / MODEL}: not the file that was trained (its checksum is off); train again")
        layers, head = _unpack_model(packed)
    return Run(root, description, channels, layers, head)


def _unpack_model(packed: bytes) -> tuple[Layers, Head]:
    arrays = unpack_arrays(packed)
    names = [name for name in arrays if name.endswith("/kernel") and name.startswith("backbone/")]
    layers = {name.split("/")[1]: Folded(arrays[name], arrays[name.replace("/kernel", "/bias")]) for name in names}
    return layers, {name[5:]: array for name, array in arrays.items() if name.startswith("head/")}


def _read_json(path: Path) -> dict[str, Any]:
    with _reading(path):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("not a JSON object")
        return content


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise RunError(f"{path}: damaged or missing ({error}); train the run again") from None
