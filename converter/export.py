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
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from backend.models.predictor import Model
from converter.quantize import POINTWISE, check_quantized, pack_rounded
from converter.slim import import_converter

Dtype = Literal["int8", "mixed", "float32"]
PROBABILITIES, UNKNOWN, PIXELS = "probabilities", "unknown", "pixels"


def smallest(model: Model) -> Dtype:
    """Return the smallest type that loses nothing of a run's model, or little."""
    return "int8" if model.run.weight_bits == 8 else "mixed"


def export_graph_model(model: Model, folder: Path, dtype: Dtype) -> None:
    """Write model.json and its weights to a folder. Raises ConversionError where the weights do not fit the type.

    Input `pixels`: (1, H, W, 3) float32, 0 to 255. Outputs `probabilities` (1, channels) and, where the model knows
    background, `unknown` (1, 1); they sum to 1. Raises OSError where the folder cannot be written.
    """
    saved = folder / "saved"
    with _os_errors():
        _save(model, saved)
        _convert(saved, folder, dtype)
    shutil.rmtree(saved)
    _sort_keys(folder / "model.json")
    if dtype == "int8":
        pack_rounded(folder, len(model.run.layers))
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


def _save(model: Model, folder: Path) -> None:
    import tensorflow as tf

    spec, channels = model.recipe.spec, len(model.run.channels)
    shape = tf.TensorSpec((1, spec.height, spec.width, 3), tf.float32, name=PIXELS)

    def outputs(pixels: Any) -> dict[str, Any]:
        chances = model.probabilities(pixels)  # (1, channels), or (1, channels + 1)
        if chances.shape[1] == channels:
            return {PROBABILITIES: chances}
        return {PROBABILITIES: chances[:, :channels], UNKNOWN: chances[:, channels:]}

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
