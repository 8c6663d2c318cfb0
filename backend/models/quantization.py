"""Weights in few bits, from which nothing is lost afterwards: they are rounded before anything is learnt on them.

Each output channel of a convolution has its own scale, a number of few binary digits: whole numbers times such a scale
are exact in float32, so that both can be read back from the rounded kernel alone. The converter sends those, and the
browser computes with the very numbers that the features were made with.

Kernels take eight bits. The first layers take 16: what they round goes through everything behind them, and they are
3 % of the numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.models.mobilenet_v2 import Folded, Layers

FLOAT_DIGITS = 24  # of float32: the product of a level and a scale must fit in
FINE = ("Conv1", "expanded_conv_", "block_1_")  # layers that take 16 bits
SMALLEST = 1e-30  # a channel without a larger weight does nothing, and its scale would leave float32's range


class Packed(NamedTuple):
    """A rounded kernel: levels in its shape, int8 or int16, times the scales, (channels,), of its output channels."""

    levels: NDArray[np.int8] | NDArray[np.int16]
    scales: NDArray[np.float32]


def round_layers(layers: Layers) -> dict[str, Folded]:
    """Round the kernels of all layers; biases stay as they are."""
    return {name: Folded(round_kernel(kernel, bits_of(name)), bias) for name, (kernel, bias) in layers.items()}


def bits_of(layer: str) -> int:
    """Return the bits that a layer's kernel is rounded to."""
    return 16 if layer.startswith(FINE) else 8


def round_kernel(kernel: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Round a kernel, (kh, kw, in, out) or depthwise (kh, kw, channels, 1), by output channel; the shape stays."""
    scale = _scale(kernel, bits)
    return _scaled(_divided(kernel, scale), scale)


def pack(kernel: NDArray[np.float32]) -> Packed | None:
    """Take a rounded kernel apart, exactly and in the fewest bits; None for a kernel that was not rounded."""
    for bits in (8, 16):
        scale = _scale(kernel, bits)
        levels = _divided(kernel, scale)
        if np.array_equal(_scaled(levels, scale), kernel):
            whole = levels.astype(np.int8) if bits == 8 else levels.astype(np.int16)
            return Packed(whole, scale.reshape(-1).astype(np.float32))
    return None


def unpack(packed: Packed) -> NDArray[np.float32]:
    """Put a rounded kernel together again, the very numbers that `pack` took apart."""
    shape = [1, 1, 1, 1]
    shape[channel_axis(packed.levels.shape)] = len(packed.scales)
    return _scaled(packed.levels.astype(np.float64), packed.scales.reshape(shape).astype(np.float64))


def _scale(kernel: NDArray[np.float32], bits: int) -> NDArray[np.float64]:
    """Return the scale of each output channel, in a shape that the kernel's goes with; the same for its rounded kernel.

    Eight bits: what the largest number is 127 of, with as many digits as leave the product exact. 16 bits, which could
    not be read back from such a scale: a power of two.
    """
    others = tuple(axis for axis in range(4) if axis != channel_axis(kernel.shape))
    largest = np.abs(kernel.astype(np.float64)).max(axis=others, keepdims=True)
    digits, exponent = np.frexp(largest / (2 ** (bits - 1) - 1))
    steps = 2 ** (FLOAT_DIGITS - bits) if bits == 8 else 1
    up = np.ldexp(np.ceil(digits * steps) / steps, exponent)  # never less: nothing is cut off
    return np.where(largest < SMALLEST, 0.0, up)


def channel_axis(shape: tuple[int, ...]) -> int:
    """Return the axis of a kernel's output channels."""
    return 2 if shape[3] == 1 else 3


def _divided(kernel: NDArray[np.float32], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    levels: NDArray[np.float64] = np.rint(kernel / np.where(scale == 0, 1, scale)) * (scale != 0)
    return levels


def _scaled(levels: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    return (levels.astype(np.float32) * scale.astype(np.float32)).astype(np.float32)
