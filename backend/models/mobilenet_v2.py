"""MobileNetV2 1.0 with batch normalisation folded into the convolutions, written out whole.

The architecture is that of Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018), table 2,
with the layer names of keras.applications. Training features, prediction and the exported graph all run this one
function, so that they cannot differ. Where the weights come from is `weights.py`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BATCH_NORM_EPSILON = 1e-3  # keras.applications.MobileNetV2

# expansion, output channels, repetitions, stride of the first repetition
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class Folded(NamedTuple):
    """One convolution with its batch normalisation folded in.

    kernel: (kh, kw, in, out), or (3, 3, channels, 1) for a depthwise one; bias: (out,). float32.
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


Layers = Mapping[str, Folded]


@dataclass(frozen=True)
class Block:
    """One inverted residual block, and the index that keras.applications gives it (0 is `expanded_conv`)."""

    index: int
    inputs: int
    expansion: int
    outputs: int
    stride: int

    @property
    def prefix(self) -> str:
        return f"block_{self.index}" if self.index else "expanded_conv"

    @property
    def residual(self) -> bool:
        return self.stride == 1 and self.inputs == self.outputs


def blocks() -> Iterator[Block]:
    """Yield the 17 inverted residual blocks in order."""
    index, inputs = 0, 32
    for expansion, outputs, repetitions, stride in STAGES:
        for repetition in range(repetitions):
            yield Block(index, inputs, expansion, outputs, stride if repetition == 0 else 1)
            index, inputs = index + 1, outputs


def layer_names(last_tap: str = "out_relu") -> list[str]:
    """Name the convolutions that are needed to reach a tap, in order."""
    names = ["Conv1"]
    for block in blocks():
        if block.expansion > 1:
            names.append(f"{block.prefix}_expand")
            if last_tap == f"{block.prefix}_expand_relu":
                return names
        names += [f"{block.prefix}_depthwise", f"{block.prefix}_project"]
    if last_tap != "out_relu":
        raise ValueError(f"{last_tap!r} is no tap: use block_N_expand_relu or out_relu")
    return [*names, "Conv_1"]


def used_layers(layers: Layers, last_tap: str) -> dict[str, Folded]:
    """Return those of some layers that are run to reach a tap, in order."""
    return {name: layers[name] for name in layer_names(last_tap) if name in layers}


def batch_norm_name(layer: str) -> str:
    """Name the batch normalisation that follows a convolution in keras.applications."""
    return {"Conv1": "bn_Conv1", "Conv_1": "Conv_1_bn"}.get(layer, f"{layer}_BN")


def fold(
    kernel: NDArray[np.float32],
    gamma: NDArray[np.float32],
    beta: NDArray[np.float32],
    mean: NDArray[np.float32],
    variance: NDArray[np.float32],
) -> Folded:
    """Fold a batch normalisation into the convolution before it.

    kernel: (kh, kw, in, out) or depthwise (kh, kw, channels, 1); the others: (out,) or (channels,).
    """
    factor = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + BATCH_NORM_EPSILON)
    depthwise = kernel.shape[3] == 1
    folded = kernel * (factor[:, None] if depthwise else factor)
    return Folded(folded.astype(np.float32), (beta - mean * factor).astype(np.float32))


def forward(pixels: Any, layers: Layers, taps: tuple[str, ...]) -> dict[str, Any]:
    """Run the network up to the last of `taps` and return each tap's activation.

    pixels: float tensor (B, H, W, 3), already normalised. A residual block that `layers` lacks is passed by; any other
    raises KeyError. Returns {tap: (B, H / stride, W / stride, channels)}.
    """
    import tensorflow as tf

    def conv(x: Any, name: str, stride: int = 1) -> Any:
        with tf.name_scope(name):
            kernel, bias = layers[name]
            if name.endswith("_depthwise"):
                x = tf.nn.depthwise_conv2d(x, tf.constant(kernel, name="kernel"), [1, stride, stride, 1], "SAME")
            else:
                x = tf.nn.conv2d(x, tf.constant(kernel, name="kernel"), stride, "SAME")
            return tf.nn.bias_add(x, tf.constant(bias, name="bias"))

    activations: dict[str, Any] = {}
    x = tf.nn.relu6(conv(pixels, "Conv1", stride=2))  # (B, H/2, W/2, 32)
    for block in blocks():
        if block.residual and f"{block.prefix}_expand" not in layers:
            continue
        before = x
        if block.expansion > 1:
            x = activations[f"{block.prefix}_expand_relu"] = tf.nn.relu6(conv(x, f"{block.prefix}_expand"))
            if len(activations.keys() & set(taps)) == len(taps):
                return {tap: activations[tap] for tap in taps}
        x = tf.nn.relu6(conv(x, f"{block.prefix}_depthwise", block.stride))
        x = conv(x, f"{block.prefix}_project")
        x = before + x if block.residual else x
    activations["out_relu"] = tf.nn.relu6(conv(x, "Conv_1"))  # (B, H/32, W/32, 1280)
    return {tap: activations[tap] for tap in taps}


def tap_shapes(height: int, width: int, taps: tuple[str, ...]) -> dict[str, tuple[int, int, int]]:
    """Return height, width and channels of each tap's activation, for pictures of a size in pixels."""
    shapes = {}
    height, width = -(-height // 2), -(-width // 2)
    for block in blocks():
        shapes[f"{block.prefix}_expand_relu"] = height, width, block.inputs * block.expansion
        height, width = -(-height // block.stride), -(-width // block.stride)
    shapes["out_relu"] = height, width, 1280
    return {tap: shapes[tap] for tap in taps}


def parameters(layers: Layers) -> int:
    """Count the numbers in kernels and biases."""
    return sum(folded.kernel.size + folded.bias.size for folded in layers.values())


def multiply_adds(height: int, width: int, layers: Layers) -> int:
    """Count the multiply-adds of one picture, by the sizes of the kernels that there are."""
    height, width = -(-height // 2), -(-width // 2)
    total = height * width * layers["Conv1"].kernel.size
    for block in blocks():
        expand, *others = (f"{block.prefix}_{part}" for part in ("expand", "depthwise", "project"))
        total += height * width * _numbers(layers, expand)
        height, width = -(-height // block.stride), -(-width // block.stride)
        total += height * width * sum(_numbers(layers, name) for name in others)
    return total + height * width * _numbers(layers, "Conv_1")


def _numbers(layers: Layers, name: str) -> int:
    return layers[name].kernel.size if name in layers else 0
