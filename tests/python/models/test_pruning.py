"""Channels that say nothing are left out by groups, and what is left answers as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.models.mobilenet_v2 import Folded, Layers, forward, layer_names
from backend.models.pruning import GROUP, without_dead_channels
from backend.models.weights import Weights

TAP = "block_3_expand_relu"


def killed(layers: Layers, names: tuple[str, str, str], channels: list[int], part: int) -> dict[str, Folded]:
    """Set what is a channel's in one of three layers to nothing: 0 makes it, 1 filters it, 2 reads it."""
    kernel, bias = layers[names[part]]
    changed = kernel.copy()
    if part == 0:
        changed[..., channels] = 0
    else:
        changed[:, :, channels] = 0
    return {**layers, names[part]: Folded(changed, bias)}


@pytest.fixture
def few(weights: Weights) -> dict[str, Folded]:
    return {name: weights.layers[name] for name in layer_names(TAP)}


def seen(layers: Layers, tap: str = TAP) -> NDArray[np.float32]:
    import tensorflow as tf

    pixels = np.random.default_rng(5).uniform(-1, 1, (2, 32, 48, 3)).astype(np.float32)
    found: NDArray[np.float32] = forward(tf.constant(pixels), layers, (tap,))[tap].numpy()
    return found


FIRST = ("Conv1", "expanded_conv_depthwise", "expanded_conv_project")
SECOND = ("block_2_expand", "block_2_depthwise", "block_2_project")


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("names", [FIRST, SECOND])
def test_eight_dead_channels_go_and_the_features_behind_them_stay(few: Any, names: Any, part: int) -> None:
    dead = list(range(1, 2 * GROUP, 2))
    layers = killed(few, names, dead, part)
    found = without_dead_channels(layers)
    size = layers[names[0]].kernel.shape[3]
    assert found[names[0]].kernel.shape[3] == len(found[names[0]].bias) == size - GROUP
    assert found[names[1]].kernel.shape[2] == len(found[names[1]].bias) == size - GROUP
    assert found[names[2]].kernel.shape[2] == size - GROUP
    alive = np.setdiff1d(np.arange(size), dead)
    assert np.array_equal(found[names[0]].bias, layers[names[0]].bias[alive])
    inside = (slice(None), slice(2, -2), slice(2, -2))  # a constant is no longer one where the picture ends
    before, after = seen(layers)[inside], seen(found)[inside]
    assert before.std() > 0.1, "the network's signal died, the comparison says nothing"
    np.testing.assert_allclose(after, before, atol=2e-3)


def test_fewer_than_a_group_stay(few: Any) -> None:
    found = without_dead_channels(killed(few, FIRST, list(range(GROUP - 1)), 0))
    assert found["Conv1"].kernel.shape == few["Conv1"].kernel.shape


def test_channels_that_say_something_stay(few: Any) -> None:
    found = without_dead_channels(few)
    assert list(found) == list(few)
    for name, layer in few.items():
        assert np.array_equal(found[name].kernel, layer.kernel)
        assert np.array_equal(found[name].bias, layer.bias)


def test_a_tap_of_a_pruned_block_loses_the_channels(few: Any) -> None:
    dead = list(range(GROUP))
    layers = killed(few, SECOND, dead, 2)
    before, after = (seen(some, "block_2_expand_relu") for some in (layers, without_dead_channels(layers)))
    assert np.array_equal(after, before[..., GROUP:])


def test_weights_without_parts_have_another_identity(weights: Weights) -> None:
    slim = weights.without("block_4")
    assert slim.identity != weights.identity
    assert {name for name in weights.layers if name not in slim.layers} == {
        "block_4_expand",
        "block_4_depthwise",
        "block_4_project",
    }
    assert slim.describe() == weights.describe()
