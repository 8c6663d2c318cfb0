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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from backend.data.pixels import InputSpec
from backend.models.predictor import Model
from backend.models.style import Style
from backend.utils.errors import ConversionError
from converter.heat import describe_heat, describe_taps, opened
from converter.names import FEATURES, PIXELS, PROBABILITIES, UNKNOWN
from converter.quantize import POINTWISE, check_quantized, pack_rounded, read_weights
from converter.slim import import_converter

if TYPE_CHECKING:
    from converter.learning import Learning

Dtype = Literal["int8", "mixed", "float32"]

Outputs = Callable[[Any], dict[str, Any]]  # of pixels (1, H, W, 3), 0 to 255, by their names


def smallest(model: Model) -> Dtype:
    """Return the smallest type that loses nothing of a run's model, or little."""
    return "int8" if model.run.weight_bits == 8 else "mixed"


def export_graph_model(model: Model, folder: Path, dtype: Dtype) -> dict[str, Any] | None:
    """Write model.json and its weights to a folder; return what `metadata.json` says of heat maps.

    Input `pixels`: (1, H, W, 3) float32, 0 to 255. Outputs `probabilities` (1, channels) and, where the model knows
    background, `unknown` (1, 1); they sum to 1. Of `style`, also `features` (1, features), of which places in its prior
    are made, and the taps. Raises ConversionError where the weights do not fit the type, and OSError where the folder
    cannot be written.
    """
    recipe, run, channels = model.recipe, model.run, len(model.run.channels)

    def outputs(pixels: Any) -> dict[str, Any]:
        if isinstance(recipe, Style):
            found = opened(recipe, run.layers, pixels)
            logits = recipe.feature_logits(run.head, found[FEATURES])
        else:
            found, logits = {}, model.logits(pixels)
        chances = model.probabilities(logits)  # (1, channels), or (1, channels + 1)
        if chances.shape[1] == channels:
            return found | {PROBABILITIES: chances}
        return found | {PROBABILITIES: chances[:, :channels], UNKNOWN: chances[:, channels:]}

    write_graph_model(outputs, recipe.spec, folder, dtype)
    heat = describe_heat(model, read_weights(folder))
    pack_graph_model(folder, dtype, len(run.layers))
    return heat


def export_without_channels(learning: Learning, folder: Path) -> dict[str, Any]:
    """Write the same for a network that knows no channel yet, with its features and taps alone."""
    write_graph_model(
        lambda pixels: opened(learning.recipe, learning.layers, pixels), learning.recipe.spec, folder, "int8"
    )
    pack_graph_model(folder, "int8", len(learning.layers))
    return describe_taps(learning.recipe)


def write_graph_model(outputs: Outputs, spec: InputSpec, folder: Path, dtype: Dtype) -> None:
    """Write what computes some outputs of pixels."""
    saved = folder / "saved"
    with _os_errors():
        names = _save(outputs, spec, saved)
        _convert(saved, folder, dtype)
    shutil.rmtree(saved)
    _name_outputs(folder / "model.json", names)


def pack_graph_model(folder: Path, dtype: Dtype, kernels: int) -> None:
    """Make the weights as small as their type is. kernels: how many of a network are rounded."""
    if dtype == "int8":
        pack_rounded(folder, kernels)
    elif dtype == "mixed":
        check_quantized(folder)


def _name_outputs(path: Path, names: Sequence[str]) -> None:
    """Name the outputs of a graph in its signature, and rewrite the file in the order of its keys.

    The graph has its outputs in the order of `names`, but the package loses the names of two of one shape. TensorFlow
    writes a node's attributes in another order every time. Raises ConversionError where the package kept a name for
    another output.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = content["signature"]["outputs"]
    tensors = {entry["name"]: entry for entry in kept.values()}
    named = {name: tensors.get(f"Identity_{number}:0" if number else "Identity:0") for number, name in enumerate(names)}
    if len(kept) != len(names) or any(named[name] != kept.get(name, named[name]) for name in names):
        raise ConversionError(f"the graph's outputs are {', '.join(sorted(kept))}, not {', '.join(names)}")
    content["signature"]["outputs"] = named
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


def _save(outputs: Outputs, spec: InputSpec, folder: Path) -> list[str]:
    """Write outputs as TensorFlow saves them; return their names in the graph's order."""
    import tensorflow as tf

    shape = tf.TensorSpec((1, spec.height, spec.width, 3), tf.float32, name=PIXELS)
    module = tf.Module()
    module.serve = tf.function(outputs, input_signature=[shape], autograph=False)
    serve = module.serve.get_concrete_function()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    return sorted(serve.structured_outputs)


def _convert(saved: Path, folder: Path, dtype: Dtype) -> None:
    # The package prints on stdout, which belongs to results.
    with contextlib.redirect_stdout(io.StringIO()):
        import_converter().convert_tf_saved_model(
            str(saved),
            str(folder),
            quantization_dtype_map={"uint16": POINTWISE} if dtype == "mixed" else None,
            weight_shard_size_bytes=64 * 1024 * 1024,
        )
