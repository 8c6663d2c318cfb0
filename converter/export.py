"""The network of a run as a TensorFlow.js graph model: pixels in, probabilities out, nothing left for the browser to
do.

Batch normalisation is folded and the standardisation is part of the head already, because the run keeps them so;
scaling to [-1, 1] or [0, 1] and the softmax are part of the graph. The route is SavedModel -> graph model, the one that
loads in TensorFlow.js 4.22.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from backend.data.pixels import InputSpec
from backend.models.predictor import Model
from converter.quantize import POINTWISE, check_quantized, pack_rounded
from converter.slim import import_converter

if TYPE_CHECKING:
    from converter.learning import Learning

Dtype = Literal["int8", "mixed", "float32"]
PROBABILITIES, UNKNOWN, PIXELS, FEATURES = "probabilities", "unknown", "pixels", "features"

Outputs = Callable[[Any], dict[str, Any]]  # of pixels (1, H, W, 3), 0 to 255, by their names


def smallest(model: Model) -> Dtype:
    """Return the smallest type that loses nothing of a run's model, or little."""
    return "int8" if model.run.weight_bits == 8 else "mixed"


def export_graph_model(model: Model, folder: Path, dtype: Dtype, learning: Learning | None = None) -> None:
    """Write model.json and its weights to a folder. Raises ConversionError where the weights do not fit the type.

    Input `pixels`: (1, H, W, 3) float32, 0 to 255. Outputs `probabilities` (1, channels) and, where the model knows
    background, `unknown` (1, 1); they sum to 1. With `learning`, also `features` (1, features), of which places in its
    prior are made. Raises OSError where the folder cannot be written.
    """
    channels = len(model.run.channels)

    def outputs(pixels: Any) -> dict[str, Any]:
        found = {} if learning is None else {FEATURES: learning.features(pixels)}
        logits = model.logits(pixels) if learning is None else learning.logits(model.run.head, found[FEATURES])
        chances = model.probabilities(logits)  # (1, channels), or (1, channels + 1)
        if chances.shape[1] == channels:
            return found | {PROBABILITIES: chances}
        return found | {PROBABILITIES: chances[:, :channels], UNKNOWN: chances[:, channels:]}

    write_graph_model(outputs, model.recipe.spec, folder, dtype, len(model.run.layers))


def export_without_channels(learning: Learning, folder: Path) -> None:
    """Write the same for a network that knows no channel yet, with its features alone."""

    def outputs(pixels: Any) -> dict[str, Any]:
        return {FEATURES: learning.features(pixels)}

    write_graph_model(outputs, learning.recipe.spec, folder, "int8", len(learning.layers))


def write_graph_model(outputs: Outputs, spec: InputSpec, folder: Path, dtype: Dtype, kernels: int) -> None:
    """Write what computes some outputs of pixels. kernels: how many of a network are rounded."""
    saved = folder / "saved"
    with _os_errors():
        _save(outputs, spec, saved)
        _convert(saved, folder, dtype)
    shutil.rmtree(saved)
    _sort_keys(folder / "model.json")
    if dtype == "int8":
        pack_rounded(folder, kernels)
    elif dtype == "mixed":
        check_quantized(folder)


def _sort_keys(path: Path) -> None:
    """Rewrite a JSON file in the order of its keys: TensorFlow writes a node's attributes in another one every time."""
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")), encoding="utf-8")


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    """Turn what TensorFlow says of a file that it cannot write into what Python says."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
    except tf.errors.OpError as error:
        raise OSError(errno.EIO, error.message) from None


def _save(outputs: Outputs, spec: InputSpec, folder: Path) -> None:
    import tensorflow as tf

    shape = tf.TensorSpec((1, spec.height, spec.width, 3), tf.float32, name=PIXELS)
    module = tf.Module()
    module.serve = tf.function(outputs, input_signature=[shape], autograph=False)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve.get_concrete_function()})


def _convert(saved: Path, folder: Path, dtype: Dtype) -> None:
    # The package prints on stdout, which belongs to results.
    with contextlib.redirect_stdout(io.StringIO()):
        import_converter().convert_tf_saved_model(
            str(saved),
            str(folder),
            quantization_dtype_map={"uint16": POINTWISE} if dtype == "mixed" else None,
            weight_shard_size_bytes=64 * 1024 * 1024,
        )
