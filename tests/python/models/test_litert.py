from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import backend.models.litert as module
from backend.data.pixels import InputSpec, Pixels
from backend.models.features import describe
from backend.models.litert import Network, network
from backend.models.mobilenet_v2 import Folded
from backend.models.run import Run
from backend.models.weights import Weights

pytestmark = pytest.mark.slow

SPEC = InputSpec(32, 64)
TAPS = ("block_1_expand_relu", "block_3_expand_relu")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def use_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(cache))


def compiled(weights: Weights, name: str = "test") -> Network:
    return network(lambda pixels: describe(pixels, weights.layers, TAPS), weights.layers, SPEC, name)


def pixels(count: int = 5) -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (count, SPEC.height, SPEC.width, 3), np.uint8)


def test_it_computes_what_tensorflow_does(weights: Weights) -> None:
    expected = describe(pixels(), weights.layers, TAPS).numpy()
    found = compiled(weights)(pixels())
    assert found.dtype == np.float32
    assert np.ptp(expected, axis=0).max() > 0.1, "the pictures must differ for this to say anything"
    assert found == pytest.approx(expected, abs=1e-4)


def test_what_was_compiled_once_is_used_again_without_tensorflow(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compiled(weights)(pixels())
    monkeypatch.setattr(module, "_compiled", None)
    assert np.array_equal(compiled(weights)(pixels()), first)


def flipped(whole: bytes) -> bytes:
    """Change one number of a kernel: a network that runs, and is another one."""
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


def test_other_layers_sizes_and_names_are_other_networks(weights: Weights) -> None:
    kernel, bias = weights.layers["Conv1"]
    changed = {**weights.layers, "Conv1": Folded(kernel, bias + np.float32(1e-7))}
    names = {
        module._identity(weights.layers, SPEC, "a"),
        module._identity(weights.layers, SPEC, "b"),
        module._identity(weights.layers, InputSpec(64, 32), "a"),
        module._identity(changed, SPEC, "a"),
    }
    assert len(names) == 4


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
    def impossible(pictures: Any) -> Any:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        network(impossible, weights.layers, SPEC, "impossible")
