"""MobileNetV2 written out: the same numbers as keras.applications, and costs counted independently."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backend.models.mobilenet_v2 import Folded, Layers, blocks, fold, forward, layer_names, multiply_adds, parameters
from backend.models.style import Style
from backend.models.weights import Weights, fold_keras

pytestmark = pytest.mark.slow

TAPS = ("block_1_expand_relu", "block_6_expand_relu", "block_13_expand_relu", "out_relu")


def convolutions(model: Any, last_tap: str = "out_relu") -> list[Any]:
    """The Keras layers with a kernel that are run to reach a tap, in order."""
    names = [layer.name for layer in model.layers]
    before = model.layers[: names.index(last_tap)]
    return [layer for layer in before if "Conv" in type(layer).__name__]


def keras_multiply_adds(model: Any, last_tap: str) -> int:
    """Count from the shapes of Keras' own layers: each output number of a convolution costs a kernel window."""
    total = 0
    for layer in convolutions(model, last_tap):
        kernel = layer.get_weights()[0].shape
        _, height, width, channels = layer.output.shape
        window = kernel[0] * kernel[1] * (1 if "Depthwise" in type(layer).__name__ else kernel[2])
        total += height * width * channels * window
    return total


@pytest.fixture(scope="module")
def wide(keras_backbone: Any) -> Any:
    """The Keras network for pictures of 128x224."""
    import keras

    model = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(128, 224, 3))
    model.set_weights(keras_backbone.get_weights())
    return model


@pytest.fixture(scope="module")
def layers(keras_backbone: Any) -> Layers:
    return fold_keras(keras_backbone, layer_names())


def assert_equal_taps(model: Any, layers: Layers, height: int, width: int) -> None:
    import keras
    import tensorflow as tf

    pixels = np.random.default_rng(1).uniform(-1, 1, (2, height, width, 3)).astype(np.float32)
    expected = keras.Model(model.input, [model.get_layer(tap).output for tap in TAPS])(pixels, training=False)
    found = forward(tf.constant(pixels), layers, TAPS)
    assert list(found) == list(TAPS)
    for tap, wanted in zip(TAPS, expected, strict=True):
        difference = np.abs(found[tap] - wanted).max() / np.abs(wanted).max()
        assert wanted.numpy().std() > 0.05, "the network's signal died, the comparison says nothing"
        assert difference < 1e-3, f"{tap} differs by {difference:.2g}"


def test_forward_equals_keras_at_every_tap(wide: Any, layers: Layers) -> None:
    assert_equal_taps(wide, layers, 128, 224)


def test_odd_sizes_are_padded_as_keras_pads_them(keras_backbone: Any, layers: Layers) -> None:
    import keras

    odd = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(101, 180, 3))
    odd.set_weights(keras_backbone.get_weights())
    assert_equal_taps(odd, layers, 101, 180)


def test_forward_runs_only_what_a_tap_needs(layers: Layers) -> None:
    import tensorflow as tf

    few = {name: layers[name] for name in layer_names("block_3_expand_relu")}
    found = forward(tf.zeros((1, 64, 64, 3)), few, ("block_3_expand_relu",))
    assert found["block_3_expand_relu"].shape == (1, 16, 16, 144)


def test_folding_a_batch_normalisation() -> None:
    """By hand: 2 * (w x - 3) / sqrt(4 - e + e) + 5 = w x + 2."""
    one = np.ones(1, np.float32)
    folded = fold(np.full((1, 1, 1, 1), 7, np.float32), 2 * one, 5 * one, 3 * one, (4 - 1e-3) * one)
    assert folded.kernel.item() == pytest.approx(7)
    assert folded.bias.item() == pytest.approx(2)


@pytest.mark.parametrize("tap", TAPS)
def test_layer_names_are_those_of_keras_up_to_the_tap(keras_backbone: Any, tap: str) -> None:
    assert layer_names(tap) == [layer.name for layer in convolutions(keras_backbone, tap)]


@pytest.mark.parametrize("tap", ["block_99_expand_relu", "expanded_conv_expand_relu", "block_6_project", ""])
def test_an_unknown_tap_is_an_error(tap: str) -> None:
    with pytest.raises(ValueError, match=f"^'{tap}' is no tap: use block_N_expand_relu or out_relu$"):
        layer_names(tap)


def test_blocks_are_residual_where_keras_adds(keras_backbone: Any) -> None:
    names = {layer.name for layer in keras_backbone.layers}
    assert len(list(blocks())) == 17
    for block in blocks():
        assert block.residual == (f"{block.prefix}_add" in names)


def test_multiply_adds_of_the_whole_network(keras_backbone: Any) -> None:
    layers = fold_keras(keras_backbone, layer_names())
    assert multiply_adds(224, 224, layers) == keras_multiply_adds(keras_backbone, "out_relu") == 299_494_272


@pytest.mark.parametrize("tap", TAPS)
def test_multiply_adds_up_to_a_tap(wide: Any, layers: Layers, tap: str) -> None:
    few = {name: layers[name] for name in layer_names(tap)}
    assert multiply_adds(128, 224, few) == keras_multiply_adds(wide, tap)


def test_the_style_recipes_network_costs_what_it_says(weights: Weights) -> None:
    names = layer_names(Style.taps[-1])
    cut = replace(weights, layers={name: weights.layers[name] for name in names})
    layers = Style().prepared(cut).layers
    assert round(multiply_adds(Style.spec.height, Style.spec.width, layers) / 1e6) == 68
    assert round(parameters(layers) / 1e6, 2) == 0.19


def test_a_residual_block_that_is_left_out_passes_its_input_on(layers: Layers) -> None:
    import tensorflow as tf

    pixels = tf.constant(np.random.default_rng(2).uniform(-1, 1, (1, 32, 48, 3)).astype(np.float32))
    silent = {
        name: Folded(folded.kernel * (name != "block_4_project"), folded.bias * (name != "block_4_project"))
        for name, folded in layers.items()
    }
    few = {name: folded for name, folded in layers.items() if not name.startswith("block_4_")}
    (expected,), (found,) = (forward(pixels, some, TAPS[1:2]).values() for some in (silent, few))
    assert np.abs(found - forward(pixels, layers, TAPS[1:2])[TAPS[1]]).max() > 0.1, "the block does nothing anyway"
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert multiply_adds(32, 48, layers) - multiply_adds(32, 48, few) == 4 * 6 * (2 * 32 * 192 + 9 * 192)


def test_no_other_block_may_be_missing(layers: Layers) -> None:
    import tensorflow as tf

    few = {name: folded for name, folded in layers.items() if not name.startswith("block_3_")}
    with pytest.raises(KeyError, match="block_3_expand"):
        forward(tf.zeros((1, 32, 48, 3)), few, TAPS[1:2])


def test_folding_leaves_a_bias_for_each_batch_normalisation(keras_backbone: Any, weights: Weights) -> None:
    """Four numbers a channel become one."""
    norms = sum(layer.count_params() for layer in keras_backbone.layers if "Normalization" in type(layer).__name__)
    assert parameters(weights.layers) == keras_backbone.count_params() - norms * 3 // 4
