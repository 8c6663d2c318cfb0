from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.models.mobilenet_v2 import Folded, layer_names
from backend.models.quantization import bits_of, channel_axis, pack, round_kernel, round_layers
from backend.models.weights import Weights

SHAPES = [(1, 1, 24, 144), (3, 3, 3, 32), (3, 3, 144, 1), (1, 1, 1, 1)]


def kernel(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.float32]:
    """Numbers whose channels are of very different sizes, as those of folded kernels are."""
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-6, 2, shape[channel_axis(shape)])
    factor = sizes[:, None] if channel_axis(shape) == 2 else sizes
    return (rng.normal(size=shape) * factor).astype(np.float32)


def largest(array: NDArray[np.float32]) -> NDArray[np.float32]:
    axes = tuple(axis for axis in range(4) if axis != channel_axis(array.shape))
    found: NDArray[np.float32] = np.abs(array).max(axis=axes, keepdims=True)
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("bits", "most"), [(8, 127), (16, 32767)])
@pytest.mark.parametrize("seed", range(20))
def test_a_rounded_kernel_is_read_back_exactly(shape: tuple[int, ...], bits: int, most: int, seed: int) -> None:
    rounded = round_kernel(kernel(shape, seed), bits)
    found = pack(rounded)
    assert found is not None
    assert rounded.dtype == np.float32
    assert np.abs(found.levels.astype(int)).max() <= most
    scales = found.scales[:, None] if channel_axis(shape) == 2 else found.scales
    assert np.array_equal(found.levels.astype(np.float32) * scales, rounded), "one multiplication in float32"
    assert np.array_equal(round_kernel(rounded, bits), rounded), "rounding again changes nothing"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("bits", "steps"), [(8, 127), (16, 16383)])
def test_what_is_lost_is_half_a_step(shape: tuple[int, ...], bits: int, steps: int) -> None:
    """16 bits are scaled by powers of two, and use at least half of their levels."""
    exact = kernel(shape)
    off = np.abs(round_kernel(exact, bits) - exact)
    assert (off <= 0.501 * largest(exact) / steps).all()
    assert off.max() > 0 or exact.size == 1


def test_most_of_the_eight_bits_are_used() -> None:
    found = pack(round_kernel(kernel((1, 1, 64, 96)), 8))
    assert found is not None
    assert found.levels.dtype == np.int8
    assert (np.abs(found.levels.astype(int)).max(axis=(0, 1, 2)) == 127).all()


def test_channels_that_do_nothing_stay_nothing() -> None:
    """Folded batch normalisation leaves channels of zeros, and of numbers too small to compute with."""
    exact = kernel((1, 1, 4, 3))
    exact[..., 0], exact[..., 1] = 0, 1e-38
    for bits in (8, 16):
        rounded = round_kernel(exact, bits)
        assert not rounded[..., :2].any()
        assert rounded[..., 2].any()
        assert pack(rounded) is not None


def test_a_kernel_that_was_not_rounded_is_told() -> None:
    exact = kernel((1, 1, 16, 8))
    assert pack(exact) is None
    rounded = round_kernel(exact, 8)
    rounded[0, 0, 3, 5] = np.nextafter(rounded[0, 0, 3, 5], np.float32(9))
    assert pack(rounded) is None, "a single number that is off by the smallest step there is"


def test_the_first_layers_keep_more_and_biases_all(weights: Weights) -> None:
    found = round_layers(weights.layers)
    assert [name for name in layer_names() if bits_of(name) == 16] == layer_names("block_2_expand_relu")[:-1]
    for name, (exact, bias) in weights.layers.items():
        assert np.array_equal(found[name].bias, bias)
        packed = pack(found[name].kernel)
        assert packed is not None
        assert packed.levels.itemsize * 8 == bits_of(name)
        assert np.abs(found[name].kernel - exact).max() <= np.abs(exact).max() / (250 if bits_of(name) == 8 else 32000)


def test_rounded_weights_are_others_than_the_exact_ones(weights: Weights) -> None:
    rounded = weights.rounded()
    assert rounded.identity != weights.identity
    assert rounded.describe() == {**weights.describe(), "bits": 8}
    assert isinstance(rounded.layers["Conv1"], Folded)
