"""Our network as an ONNX file, written from the same folded layers, so that onnxruntime runs the very same numbers.

Inside, everything is in ONNX's order, (N, channels, height, width). It is `backend.models.mobilenet_v2.forward`,
`backend.models.features.describe` and a head, step by step; the bench checks that the answers agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.images import InputSpec
from backend.models.features import EPSILON, TO_UNIT
from backend.models.head import Head
from backend.models.mobilenet_v2 import Layers, blocks

OPSET = 17
IR_VERSION = 8
PIXELS, LOGITS = "pixels", "logits"
LEVELS = (0.0, 1 / 3, 2 / 3, 1.0)  # of each colour in the histogram


def onnx_model(layers: Layers, taps: Sequence[str], spec: InputSpec, head: Head) -> bytes:
    """Return a model from pixels (N, height, width, 3) uint8 to logits (N, classes), for any N."""
    graph = Graph()
    pixels = graph.add("Transpose", graph.add("Cast", PIXELS, to=1), perm=[0, 3, 1, 2])
    scale, offset = TO_UNIT
    x = graph.add("Add", graph.add("Mul", pixels, graph.floats(scale)), graph.floats(offset))
    parts = [part for tap in forward(graph, x, layers, taps) for part in pooled(graph, tap)]
    features = graph.add("Concat", *parts, *colours(graph, pixels, spec), axis=1)  # (N, features)
    product = graph.add("MatMul", features, graph.floats(head["kernel"]))
    graph.add("Add", product, graph.floats(head["bias"]), output=LOGITS)
    return graph.encode(spec, len(head["bias"]))


class Graph:
    """Nodes and constants in the order in which they were added; every node has one output, which names it."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._numpy = helper, numpy_helper
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node, and return the name of what it computes."""
        output = output or f"{operator}_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def floats(self, values: Any) -> str:
        return self._constant(np.asarray(values, np.float32))

    def integers(self, *values: int) -> str:
        return self._constant(np.array(values, np.int64))

    def encode(self, spec: InputSpec, classes: int) -> bytes:
        """Return the file's bytes, checked."""
        import onnx

        given = self._helper.make_tensor_value_info(PIXELS, onnx.TensorProto.UINT8, ["N", spec.height, spec.width, 3])
        wanted = self._helper.make_tensor_value_info(LOGITS, onnx.TensorProto.FLOAT, ["N", classes])
        graph = self._helper.make_graph(self._nodes, "thumbprint", [given], [wanted], self._constants)
        opsets = [self._helper.make_opsetid("", OPSET)]
        model = self._helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._numpy.from_array(np.ascontiguousarray(values), name))
        return name


def forward(graph: Graph, pixels: str, layers: Layers, taps: Sequence[str]) -> list[str]:
    """Add the network up to the last of `taps`, and name each tap's activation."""
    zero, six = graph.floats(0.0), graph.floats(6.0)

    def conv(x: str, name: str, stride: int = 1) -> str:
        kernel, bias = layers[name]
        depthwise = name.endswith("_depthwise")
        turned = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        options: dict[str, Any] = {
            "strides": [stride, stride],
            "auto_pad": "SAME_UPPER",
            "group": len(turned) if depthwise else 1,
        }
        return graph.add("Conv", x, graph.floats(turned), graph.floats(bias), **options)

    def relu6(x: str) -> str:
        return graph.add("Clip", x, zero, six)

    found: dict[str, str] = {}
    x = relu6(conv(pixels, "Conv1", 2))
    for block in blocks():
        if block.residual and f"{block.prefix}_expand" not in layers:
            continue
        before = x
        if block.expansion > 1:
            x = found[f"{block.prefix}_expand_relu"] = relu6(conv(x, f"{block.prefix}_expand"))
            if found.keys() >= set(taps):
                return [found[tap] for tap in taps]
        x = conv(relu6(conv(x, f"{block.prefix}_depthwise", block.stride)), f"{block.prefix}_project")
        x = graph.add("Add", before, x) if block.residual else x
    raise ValueError(f"no such taps: {sorted(set(taps) - found.keys())}")


def pooled(graph: Graph, tap: str) -> list[str]:
    """Add mean and standard deviation of a tap's channels over positions, (N, channels) each."""
    mean = graph.add("GlobalAveragePool", tap)
    apart = graph.add("Sub", tap, mean)
    variance = graph.add("GlobalAveragePool", graph.add("Mul", apart, apart))
    deviation = graph.add("Sqrt", graph.add("Add", variance, graph.floats(EPSILON)))
    return [graph.add("Flatten", mean), graph.add("Flatten", deviation)]


def colours(graph: Graph, pixels: str, spec: InputSpec) -> list[str]:
    """Add the coarse picture and the histogram of colours, of pixels (N, 3, height, width), 0 to 255."""
    height, width = spec.height // 4, spec.width // 4
    small = graph.add(
        "Mul", graph.add("AveragePool", pixels, kernel_shape=[4, 4], strides=[4, 4]), graph.floats(1 / 255)
    )
    window = [size // max(1, round(size / 8)) for size in (height, width)]
    coarse = graph.add("AveragePool", small, kernel_shape=window, strides=window)
    grid = graph.add("Flatten", graph.add("Transpose", coarse, perm=[0, 2, 3, 1]))
    places = graph.add("Reshape", small, graph.integers(0, 3, 1, height * width))  # (N, 3, 1, P)
    distance = graph.add("Abs", graph.add("Sub", places, graph.floats(np.reshape(LEVELS, (1, 1, 4, 1)))))
    near = graph.add("Relu", graph.add("Sub", graph.floats(1.0), graph.add("Mul", distance, graph.floats(3.0))))
    red, green, blue = (
        graph.add("Gather", near, graph.integers(colour), axis=1) for colour in range(3)
    )  # (N, 1, 4, P)
    columns = graph.add("Transpose", red, perm=[0, 2, 1, 3])  # (N, 4, 1, P)
    pairs = graph.add("Reshape", graph.add("Mul", columns, green), graph.integers(0, 16, height * width))
    levels = graph.add("Transpose", graph.add("Squeeze", blue, graph.integers(1)), perm=[0, 2, 1])  # (N, P, 4)
    histogram = graph.add("Mul", graph.add("MatMul", pairs, levels), graph.floats(1 / (height * width)))
    return [grid, graph.add("Flatten", graph.add("Sqrt", graph.add("Add", histogram, graph.floats(EPSILON))))]
