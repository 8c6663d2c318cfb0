from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import exactly

import backend.models.litert as module
from backend.data.pixels import InputSpec, Pixels
from backend.models.features import describe, graph, normalise
from backend.models.litert import Graph, Network, compile_frame, load_shipped_frame, network
from backend.models.mobilenet_v2 import Folded, Layers, forward, used_layers
from backend.models.registry import get_recipe
from backend.models.run import Run
from backend.models.style import Style, StyleLarge
from backend.models.weights import Weights, load_shipped
from backend.utils import cache as cache_files
from backend.utils.errors import ThumbprintError

pytestmark = pytest.mark.slow

SPEC = InputSpec(32, 64)
TAPS = ("block_1_expand_relu", "block_3_expand_relu")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def use_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(cache))


def used(weights: Weights) -> dict[str, Folded]:
    return used_layers(weights.layers, TAPS[-1])


def compiled(weights: Weights) -> Network:
    return network(graph(TAPS, SPEC), used(weights))


def in_tensorflow(layers: Layers, taps: tuple[str, ...], pictures: Pixels) -> list[Any]:
    """Return what a graph of features computes: these, and the taps' activations."""
    activations = forward(normalise(pictures), layers, taps)
    return [describe(activations, pictures), *activations.values()]


def pixels(count: int = 5) -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (count, SPEC.height, SPEC.width, 3), np.uint8)


def test_it_computes_what_tensorflow_does(weights: Weights) -> None:
    expected, *activations = (output.numpy() for output in in_tensorflow(weights.layers, TAPS, pixels()))
    found = compiled(weights)(pixels())
    assert found.dtype == np.float32
    assert np.ptp(expected, axis=0).max() > 0.1, "the pictures must differ for this to say anything"
    assert found == pytest.approx(expected, abs=1e-4)
    outputs = compiled(weights).outputs(pixels()[2])
    assert np.array_equal(outputs[0], found[2])
    for output, activation in zip(outputs[1:], activations, strict=True):
        np.testing.assert_allclose(output, activation[2], atol=1e-3)


def test_the_same_frame_runs_other_weights(weights: Weights) -> None:
    """Without compiling: only shapes decide."""
    first = compiled(weights)(pixels())
    rng = np.random.default_rng(5)
    others = {
        name: Folded(rng.permuted(kernel), bias + np.float32(0.01)) for name, (kernel, bias) in used(weights).items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_compiled", None)
        found = network(graph(TAPS, SPEC), others)(pixels())
    assert np.abs(found - first).max() > 0.1
    assert found == pytest.approx(in_tensorflow(others, TAPS, pixels())[0].numpy(), abs=1e-3)


def test_what_was_compiled_once_is_used_again_without_tensorflow(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compiled(weights)(pixels())
    monkeypatch.setattr(module, "_compiled", None)
    assert np.array_equal(compiled(weights)(pixels()), first)


def flipped(whole: bytes) -> bytes:
    """Change one bit."""
    place = len(whole) // 2
    return whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :]


@pytest.mark.parametrize("damage", [lambda _: b"", lambda _: b"not a network", lambda w: w[: len(w) // 2], flipped])
def test_a_damaged_network_is_compiled_again(weights: Weights, cache: Path, damage: Callable[[bytes], bytes]) -> None:
    first = compiled(weights)(pixels())
    (file,) = (cache / "networks").iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert np.array_equal(compiled(weights)(pixels()), first)
    assert file.read_bytes() == whole
    assert list((cache / "networks").iterdir()) == [file]


def test_other_shapes_sizes_and_graphs_are_other_frames(weights: Weights) -> None:
    layers, taps = used(weights), ("block_2_expand_relu", TAPS[1])
    kernel, bias = layers["Conv1"]
    wider = {**layers, "Conv1": Folded(np.concatenate([kernel, kernel], axis=3), np.concatenate([bias, bias]))}
    fewer = {name: folded for name, folded in layers.items() if name != "Conv1"}
    names = {
        graph(TAPS, SPEC).identity(layers),
        graph(taps, SPEC).identity(layers),
        graph(TAPS, InputSpec(64, 32)).identity(layers),
        graph(TAPS, SPEC).identity(wider),
        graph(TAPS, SPEC).identity(fewer),
    }
    assert len(names) == 5


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "file"))
    assert compiled(weights)(pixels()).shape[0] == 5


def test_many_threads_get_the_numbers_of_one(weights: Weights) -> None:
    run, pictures = compiled(weights), pixels(16)
    expected = np.concatenate([run(picture[None]) for picture in pictures])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda picture: run(picture[None]), [*pictures] * 4))
    assert np.array_equal(np.concatenate(found), np.concatenate([expected] * 4))
    assert np.array_equal(run(pictures), expected)


def test_a_trained_model_predicts_without_tensorflow(style_run: Run, cache: Path, tmp_path: Path) -> None:
    """TensorFlow takes seconds to import, and every `backend predict` would wait for it."""
    from helpers import draw, encode

    (tmp_path / "one.jpg").write_bytes(encode(draw("ember", 3)))
    code = (
        "import sys; from backend.cli.main import main; main(standalone_mode=False); print('tensorflow' in sys.modules)"
    )
    words = [sys.executable, "-c", code, "predict", str(style_run.root), str(tmp_path / "one.jpg")]
    outputs = [subprocess.run(words, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    before, after = (output.rpartition("]\n") for output in outputs)
    assert (before[2], after[2]) == ("True\n", "False\n"), "compiled by the first, in the cache for the second"
    assert before[0] == after[0]


def test_what_cannot_be_compiled_is_an_error(weights: Weights) -> None:
    def impossible(pictures: Any, layers: Layers) -> Any:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        network(Graph(impossible, SPEC, "impossible"), used(weights))


def test_a_graph_that_changes_its_kernels_cannot_be_compiled(weights: Weights) -> None:
    """Kernels could not be put in at their places."""

    def doubled(pictures: Any, layers: Layers) -> Any:
        twice = {name: Folded(2 * kernel, bias) for name, (kernel, bias) in layers.items()}
        return in_tensorflow(twice, TAPS, pictures)

    message = "the network cannot be compiled for LiteRT: doubled changes a kernel or bias"
    with pytest.raises(ThumbprintError, match=exactly(message)):
        network(Graph(doubled, SPEC, "doubled"), used(weights))


@pytest.mark.parametrize("name", ["style-large", "lab"])
def test_the_other_recipes_are_compiled_too(weights: Weights, name: str) -> None:
    recipe = get_recipe(name)
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (1, recipe.spec.height, recipe.spec.width, 3), np.uint8)
    outputs = recipe.network(weights.layers).outputs(pictures[0])
    activations = recipe.activations(pictures, weights.layers)
    assert len(outputs) == 1 + len(recipe.taps)
    for output, tap in zip(outputs[1:], recipe.taps, strict=True):
        expected = activations[tap].numpy()[0]
        np.testing.assert_allclose(output, expected, atol=1e-3 * np.abs(expected).max())


# --- The frame that is shipped -----------------------------------------------------------------------------------


def test_the_shipped_frame_is_of_the_shipped_network_and_todays_code() -> None:
    """Else write it anew: tools/style_backbone.py."""
    identity = graph(Style.taps, Style.spec).identity(load_shipped().layers)
    assert load_shipped_frame().identity == identity
    assert graph(StyleLarge.taps, StyleLarge.spec).identity(load_shipped().layers) != identity


def test_the_shipped_frame_computes_what_is_compiled_anew() -> None:
    layers, (height, width) = load_shipped().layers, (Style.spec.height, Style.spec.width)
    shipped, anew = (
        Network(frame.filled(layers))
        for frame in (load_shipped_frame(), compile_frame(graph(Style.taps, Style.spec), layers))
    )
    picture = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    expected = [output.numpy()[0] for output in in_tensorflow(layers, Style.taps, picture[None])]
    for outputs in (shipped.outputs(picture), anew.outputs(picture)):
        for output, right in zip(outputs, expected, strict=True):
            np.testing.assert_allclose(output, right, atol=1e-3)


def test_style_is_never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_compiled", None)
    monkeypatch.setattr(cache_files, "read", None)
    assert len(Style().network(load_shipped().layers).outputs(np.zeros((120, 208, 3), np.uint8))) == 5


def test_a_damaged_shipped_frame_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, file = module.SHIPPED.read_bytes(), tmp_path / "style_network.npz"
    monkeypatch.setattr(module, "SHIPPED", file)
    for content in (None, b"", whole[:100], whole[: len(whole) // 2]):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ThumbprintError, match=rf"^{re.escape(str(file))}: damaged or missing .*install Thumbprint"):
            load_shipped_frame()
