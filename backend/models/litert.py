"""The network as LiteRT runs it: compiled once a machine, then ready in no time and without TensorFlow.

LiteRT (TensorFlow Lite) with XNNPACK is the fastest way known to run such a network on a processor. What is compiled
is the one network that training, prediction and the browser share; TensorFlow, which takes seconds to import, is
needed only to compile.
"""

from __future__ import annotations

import hashlib
import os
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.pixels import InputSpec, Pixels
from backend.models.mobilenet_v2 import Layers
from backend.utils import cache
from backend.utils.cache import cache_dir
from backend.utils.errors import ThumbprintError
from backend.utils.tf_quiet import held_stderr, import_tensorflow

THREADS = os.cpu_count() or 1
FORMAT = 2  # a new number where the same layers are compiled to another network, or it is kept in another form


class Network:
    """A compiled network: (B, H, W, 3) uint8 pixels to (B, outputs) float32. Used by any number of threads.

    Each thread runs one picture at a time: several at once would be hardly faster, but how a picture's numbers are
    rounded would depend on its place among them.
    """

    def __init__(self, compiled: bytes) -> None:
        self._compiled = compiled
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._idle.put(self._interpreter())  # what cannot be run is found out here

    def __call__(self, pixels: Pixels) -> NDArray[np.float32]:
        """Run pictures, on all cores where there are several."""
        if len(pixels) == 1:
            return self._one(pixels[0])[None]
        with ThreadPoolExecutor(THREADS) as pool:
            return np.stack(list(pool.map(self._one, pixels)))

    def _one(self, picture: Pixels) -> NDArray[np.float32]:
        try:
            interpreter = self._idle.get_nowait()
        except queue.Empty:
            interpreter = self._interpreter()
        try:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
            interpreter.invoke()
            output: NDArray[np.float32] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        finally:
            self._idle.put(interpreter)
        return output

    def _interpreter(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_content=self._compiled, num_threads=1)
        interpreter.allocate_tensors()
        return interpreter


def network(describe: Callable[[Any], Any], layers: Layers, spec: InputSpec, name: str) -> Network:
    """Return what `describe` computes of pictures (1, H, W, 3), compiled, or compiled earlier and kept in the cache.

    name: tells apart what is computed of the same layers.
    """
    file = cache_dir() / "networks" / f"{_identity(layers, spec, name)}.tflite"
    with held_stderr():
        compiled = cache.read(file)
        if compiled is None:
            compiled = _compiled(describe, spec)
            cache.keep(file, compiled)
        return Network(compiled)


def _identity(layers: Layers, spec: InputSpec, name: str) -> str:
    digest = hashlib.sha256(f"{FORMAT}|{name}|{spec.height}x{spec.width}".encode())
    for layer, folded in layers.items():
        digest.update(f"|{layer}{folded.kernel.shape}".encode())
        digest.update(folded.kernel.tobytes())
        digest.update(folded.bias.tobytes())
    return digest.hexdigest()[:32]


def _compiled(describe: Callable[[Any], Any], spec: InputSpec) -> bytes:
    """Compile to float32. Raises ThumbprintError."""
    import_tensorflow()
    import tensorflow as tf

    shape = tf.TensorSpec((1, spec.height, spec.width, 3), tf.uint8)
    graph = tf.function(describe, input_signature=[shape], autograph=False).get_concrete_function()
    try:
        compiled: bytes = tf.lite.TFLiteConverter.from_concrete_functions([graph]).convert()
    except Exception as error:
        raise ThumbprintError(f"the network cannot be compiled for LiteRT: {error}") from error
    return compiled
