"""The network as LiteRT runs it: ready in no time, and without TensorFlow.

LiteRT (TensorFlow Lite) with XNNPACK is the fastest way known to run such a network on a processor. TensorFlow, which
takes seconds to import, is needed only to compile. What is compiled is a *frame*: a network without its kernels and
biases, which are put in at their places. So it depends on the shapes of the layers alone. The one of `style` is shipped
(`style_network.npz`); others are compiled once a machine, and kept in the cache.
"""

from __future__ import annotations

import hashlib
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.pixels import InputSpec, Pixels
from backend.models.mobilenet_v2 import Folded, Layers
from backend.utils import cache
from backend.utils.cache import cache_dir
from backend.utils.errors import ThumbprintError
from backend.utils.files import pack_arrays, unpack_arrays
from backend.utils.reading import DAMAGED
from backend.utils.tf_quiet import held_stderr, import_tensorflow

THREADS = os.cpu_count() or 1
FORMAT = 3  # a new number where the same graph is compiled to another frame, or it is kept in another form
SHIPPED = Path(__file__).with_name("style_network.npz")

Output = NDArray[np.float32]


@dataclass(frozen=True)
class Graph:
    """What is to be compiled.

    build: builds the outputs in TensorFlow, from pixels (1, H, W, 3), 0 to 255, and layers; name: tells apart what is
    computed of the same layers.
    """

    build: Callable[[Any, Layers], Sequence[Any]]
    spec: InputSpec
    name: str

    def identity(self, layers: Layers) -> str:
        """Name everything that decides what a frame computes, but for the kernels and biases that are put in."""
        shapes = [f"{name}{folded.kernel.shape}" for name, folded in layers.items()]
        text = "|".join([str(FORMAT), self.name, f"{self.spec.height}x{self.spec.width}", *shapes])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Frame:
    """A compiled network with zeros in the places of its kernels and biases.

    places: where each layer's kernel and bias begin, in bytes, (2 * layers,).
    """

    identity: str
    compiled: bytes
    places: NDArray[np.int64]

    def filled(self, layers: Layers) -> bytes:
        """Put kernels and biases in."""
        whole = bytearray(self.compiled)
        for place, part in zip(self.places, _parts(layers), strict=True):
            whole[place : place + len(part)] = part
        return bytes(whole)

    def pack(self) -> bytes:
        """Return the file that `unpack_frame` reads."""
        compiled = np.frombuffer(self.compiled, np.uint8)
        return pack_arrays({"identity": np.array(self.identity), "compiled": compiled, "places": self.places})


class Network:
    """A compiled network: (H, W, 3) uint8 pixels to outputs. Used by any number of threads.

    Each thread runs one picture at a time: several at once would be hardly faster, but how a picture's numbers are
    rounded would depend on its place among them.
    """

    def __init__(self, compiled: bytes) -> None:
        self._compiled = compiled
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._idle.put(self._interpreter())  # what cannot be run is found out here

    def __call__(self, pixels: Pixels) -> Output:
        """Return the first output, (B, ...), of pictures (B, H, W, 3), on all cores where there are several."""
        if len(pixels) == 1:
            return self.outputs(pixels[0], 1)[0][None]
        with ThreadPoolExecutor(THREADS) as pool:
            return np.stack([outputs[0] for outputs in pool.map(lambda picture: self.outputs(picture, 1), pixels)])

    def outputs(self, picture: Pixels, count: int | None = None) -> list[Output]:
        """Return the first outputs of one picture, by default all."""
        try:
            interpreter = self._idle.get_nowait()
        except queue.Empty:
            interpreter = self._interpreter()
        try:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
            interpreter.invoke()
            return [interpreter.get_tensor(each["index"])[0] for each in interpreter.get_output_details()[:count]]
        finally:
            self._idle.put(interpreter)

    def _interpreter(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_content=self._compiled, num_threads=1)
        interpreter.allocate_tensors()
        return interpreter


def network(graph: Graph, layers: Layers) -> Network:
    """Return what a graph computes of pictures, compiled: shipped so, or earlier and kept in the cache, or now."""
    identity = graph.identity(layers)
    file = cache_dir() / "networks" / f"{identity}.npz"
    with held_stderr():
        frame = load_shipped_frame()
        if frame.identity != identity:
            kept = cache.read(file)
            frame = compile_frame(graph, layers) if kept is None else unpack_frame(kept)
            if kept is None:
                cache.keep(file, frame.pack())
        return Network(frame.filled(layers))


def load_shipped_frame() -> Frame:
    """Read the frame of `style`. Raises ThumbprintError."""
    try:
        return unpack_frame(SHIPPED.read_bytes())
    except DAMAGED as error:
        raise ThumbprintError(f"{SHIPPED}: damaged or missing ({error}); install Thumbprint again") from None


def unpack_frame(packed: bytes) -> Frame:
    """Read what `Frame.pack` returned; raises one of DAMAGED."""
    arrays = unpack_arrays(packed)
    return Frame(str(arrays["identity"]), arrays["compiled"].tobytes(), arrays["places"])


def compile_frame(graph: Graph, layers: Layers) -> Frame:
    """Compile to float32 a graph of layers of such shapes. Raises ThumbprintError.

    It is compiled with random numbers, by which the places are found, as each kernel and bias is there exactly once.
    """
    rng = np.random.default_rng(0)
    drawn = {name: Folded(_drawn(rng, kernel), _drawn(rng, bias)) for name, (kernel, bias) in layers.items()}
    whole = _compiled(graph, drawn)
    frame, places = bytearray(whole), []
    for part in _parts(drawn):
        if whole.count(part) != 1:
            raise ThumbprintError(f"the network cannot be compiled for LiteRT: {graph.name} changes a kernel or bias")
        places.append(place := whole.index(part))
        frame[place : place + len(part)] = bytes(len(part))
    return Frame(graph.identity(layers), bytes(frame), np.array(places, np.int64))


def _drawn(rng: np.random.Generator, like: NDArray[np.float32]) -> NDArray[np.float32]:
    return rng.standard_normal(like.size, np.float32).reshape(like.shape)


def _parts(layers: Layers) -> Iterator[bytes]:
    """Yield kernels and biases as LiteRT keeps them: kernels are (out, kh, kw, in), depthwise (1, kh, kw, channels)."""
    for folded in layers.values():
        yield folded.kernel.transpose(3, 0, 1, 2).tobytes()
        yield folded.bias.tobytes()


def _compiled(graph: Graph, layers: Layers) -> bytes:
    import_tensorflow()
    import tensorflow as tf

    shape = tf.TensorSpec((1, graph.spec.height, graph.spec.width, 3), tf.uint8)
    build = tf.function(lambda pixels: graph.build(pixels, layers), input_signature=[shape], autograph=False)
    concrete = build.get_concrete_function()
    try:
        compiled: bytes = tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert()
    except Exception as error:
        raise ThumbprintError(f"the network cannot be compiled for LiteRT: {error}") from error
    return compiled
