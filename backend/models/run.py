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
extra/faithfulness.json: what `faithfulness` wrote, where it was called

run.json has the checksums of the files beside it, and each is held against its checksum when it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Channel
from backend.models.head import Head
from backend.models.mobilenet_v2 import Folded, Layers
from backend.utils.errors import RunError
from backend.utils.files import pack_arrays, pack_json, unpack_arrays, write_atomically
from backend.utils.program import command
from backend.utils.reading import DAMAGED, parse_json, read_file, reason_of
from backend.utils.shapes import Range, check_shape
from backend.utils.tables import table_reader

T = TypeVar("T")

SCHEMA = 2  # 1: style's runs are of another network
DESCRIPTION, PREDICTIONS, HISTORY, METRICS = "run.json", "predictions.csv", "history.csv", "metrics.json"
JUDGED, MODEL, CHECK, FOLDS = "judged.csv", "model.npz", "check.npz", "folds.npz"
AUDIT, SAMPLES, HEATMAPS = "audit.json", "samples.json", "heatmaps.npz"
FAITHFULNESS = "extra/faithfulness.json"  # without a checksum: it may be made for any run, and made anew
# All that Thumbprint writes into a run; `train --force` deletes nothing else.
FILES = (
    *(DESCRIPTION, PREDICTIONS, HISTORY, METRICS, JUDGED, MODEL, CHECK, FOLDS, AUDIT, SAMPLES, HEATMAPS),
    FAITHFULNESS,
)
IDENTITY, FINISHED = "identity.json", "fold-*.npz"  # of a training that has not ended
FINAL = "final"  # in the place of a fold's number: the fit on all pictures
ROBUSTNESS = "stress"  # what `evaluate --stress` adds to metrics.json
REPLACED = "replaced"  # in run.json: checksums that files had before something was added to them
AGAIN = "train the run again"
LARGEST = 64_000_000  # bytes of run.json
# Of run.json, which alone has no checksum; runs of all versions have these.
SHAPE = {
    "schema": int,
    "version": str,
    "created": str,
    "command?": [str, ...],
    "demo": bool,
    "settings": {
        "recipe": str,
        "folds?": Range(2, kind=int),
        "seed?": Range(0, kind=int),
        "epochs?": (None, Range(1, kind=int)),
        "known_recall?": (None, Range(0, 1)),
        "repeats?": Range(1, kind=int),
        "augment?": str,
    },
    "channels": [{"name": str, "display_name": str, "handle?": str, "url?": str, "role?": str}],
    "input": {"height": int, "width": int, "fit": str},
    "normalisation": {"scale": float, "offset": float},
    "unknown": (None, {"threshold": Range(0, 1), "lookalike_threshold?": (None, Range(0, 1))}),
    "weights": {"bits?": int, "file": str, "sha256": str},
    "prior?": (None, {"sha256": str}),
    "dataset": {"path": str, "images": int, "digest": str},
    "versions": {...: str},
    "files": {...: str},
    "replaced?": {...: str},
}


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

    def read(self, name: str, advice: str = AGAIN) -> bytes:
        """Return the bytes of one of the run's files. Raises RunError, with advice, where they are others."""
        return _read_checked(self.root, self.description, name, advice)

    def metrics(self) -> dict[str, Any]:
        """Read metrics.json. Raises RunError where it is damaged."""
        content = self.read(METRICS)
        with _reading(self.root / METRICS):
            metrics: dict[str, Any] = json.loads(content)
            return metrics

    def read_table(self, name: str, parse: Callable[[dict[str, str]], T]) -> list[T]:
        """Read one of the run's CSV files, line by line. Raises RunError where it is missing or damaged."""
        content = self.read(name)
        with _reading(self.root / name):
            return [parse(line) for line in table_reader(io.StringIO(content.decode(), newline=""))]

    def folds(self) -> tuple[list[Head], NDArray[np.bool_]]:
        """Read the head of every fold, and which rows of predictions.csv each has not seen, (rows, folds).

        Raises RunError where an earlier Thumbprint kept none.
        """
        if FOLDS not in self.description["files"]:
            raise RunError(
                f"{self.root}: keeps no models of its folds (an earlier Thumbprint trained it); train it again"
            )
        packed = self.read(FOLDS)
        with _reading(self.root / FOLDS):
            arrays = unpack_arrays(packed)
            tests: NDArray[np.bool_] = arrays.pop("tests").astype(np.bool_)
            heads: list[Head] = [{} for _ in range(tests.shape[1])]
            for name, array in arrays.items():
                fold, _, part = name.partition("/")
                heads[int(fold)][part] = array
            return heads, tests

    def add_to_metrics(self, name: str, figures: Mapping[str, Any]) -> None:
        """Write figures that were measured later into metrics.json, in the place of earlier ones of that name.

        Raises RunError, also where the run was changed since it was loaded.
        """
        if _read_description(self.root) != self.description:
            raise RunError(f"{self.root}: was changed meanwhile, so nothing was added to it; run the command again")
        before = hashlib.sha256(self.read(METRICS)).hexdigest()
        content = pack_json({**self.metrics(), name: figures})
        # First both checksums: whenever this is killed, metrics.json has one of them.
        self.description[REPLACED] = {METRICS: before}
        self.description["files"][METRICS] = hashlib.sha256(content).hexdigest()
        write_atomically(self.root / DESCRIPTION, pack_json(self.description))
        write_atomically(self.root / METRICS, content)

    def check_pixels(self) -> NDArray[np.uint8]:
        """Read the pictures for the converter's check, (n, H, W, 3)."""
        packed = self.read(CHECK)
        with _reading(self.root / CHECK):
            pixels: NDArray[np.uint8] = unpack_arrays(packed)["pixels"]
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
    if not os.path.isfile(root / DESCRIPTION):
        raise RunError(f"{root}: not a run (no {DESCRIPTION}); train one with `{command(f'train DATA --out {root}')}`")
    description = _read_description(root)
    channels = tuple(Channel(**channel) for channel in description["channels"])
    packed = _read_checked(root, description, MODEL)
    with _reading(root / MODEL):
        layers, head = _unpack_model(packed)
    return Run(root, description, channels, layers, head)


def _read_description(root: Path) -> dict[str, Any]:
    """Read run.json, and check that it has the form of a run's. Raises RunError."""
    path = root / DESCRIPTION
    with _reading(path):
        description = parse_json(read_file(path, LARGEST))
        check_shape(description, dict)
    schema = description.get("schema")
    if type(schema) is not int or schema > SCHEMA:
        raise RunError(f"{root}: run of schema {schema!r}, and this Thumbprint reads up to {SCHEMA}; update Thumbprint")
    with _reading(path):
        if schema < SCHEMA and description["settings"]["recipe"] != "lab":
            raise RunError(
                f"{root}: run of schema {schema}, made by an older Thumbprint whose network was another; train it again"
            )
        check_shape(description, SHAPE)
        _check_channels(description["channels"])
    content: dict[str, Any] = description
    return content


def _check_channels(channels: Sequence[Mapping[str, str]]) -> None:
    names = [channel["name"] for channel in channels]
    if len({*names}) < len(names):
        raise ValueError("two channels have one name")
    known = {field.name for field in fields(Channel)}
    if other := {key for channel in channels for key in channel if key not in known}:
        raise ValueError(f"a channel has {sorted(other)[0]!r}")


def _read_checked(root: Path, description: Mapping[str, Any], name: str, advice: str = AGAIN) -> bytes:
    """Read a file of a run once, and hold these very bytes against its checksum. Raises RunError."""
    path, checksum = root / name, description["files"].get(name)
    if checksum is None:
        raise RunError(f"{root / DESCRIPTION}: damaged (it has no checksum of {name}); {AGAIN}")
    with _reading(path, advice):
        content = read_file(path)
        found = hashlib.sha256(content).hexdigest()
        if found in (checksum, description.get(REPLACED, {}).get(name)):
            return content
        if name == METRICS and (before := _without_robustness(content, checksum)):
            return before
        raise ValueError("not what Thumbprint wrote: its checksum is off")


def _without_robustness(content: bytes, checksum: str) -> bytes | None:
    """Return metrics.json as the training wrote it: versions up to 0.1 that were stopped while they added figures left
    the checksum of what was there before.
    """
    try:
        before = pack_json({name: value for name, value in json.loads(content).items() if name != ROBUSTNESS})
    except DAMAGED:
        return None
    return before if hashlib.sha256(before).hexdigest() == checksum else None


def _unpack_model(packed: bytes) -> tuple[Layers, Head]:
    arrays = unpack_arrays(packed)
    names = [name for name in arrays if name.endswith("/kernel") and name.startswith("backbone/")]
    layers = {name.split("/")[1]: Folded(arrays[name], arrays[name.replace("/kernel", "/bias")]) for name in names}
    return layers, {name[5:]: array for name, array in arrays.items() if name.startswith("head/")}


@contextmanager
def _reading(path: Path, advice: str = AGAIN) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise RunError(f"{path}: damaged or missing ({reason_of(error)}); {advice}") from None
