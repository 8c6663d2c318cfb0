"""One fixture holds both computations of heat: this one, and `extension/src/model/gradcam.ts`.

`python -m tests.python.explain.test_gradcam_fixture` from the root of the repository, with `tests/python/support` on
PYTHONPATH, writes it anew.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Channel
from backend.data.pixels import InputSpec
from backend.explain.gradcam import Explainer
from backend.models.features import EPSILON
from backend.models.head import Head
from backend.models.mobilenet_v2 import tap_shapes
from backend.models.run import Run
from backend.models.style import Style

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "gradcam.json"
COLOURS, CLASSES, CHANNELS, COMPONENTS = 3, 5, 3, 6
STEP = 1 / 40  # of an activation
DECIMALS = 6

Levels = NDArray[np.int8]


class Small(Style):
    """Two taps of a small input: 4x6 and 2x3."""

    spec = InputSpec(16, 24, "stretch")
    taps = ("block_2_expand_relu", "block_6_expand_relu")


class Seen:
    """A network that gives the same outputs for every picture."""

    def __init__(self, outputs: Sequence[NDArray[np.float32]]) -> None:
        self._outputs = outputs

    def outputs(self, _picture: Any) -> list[NDArray[np.float32]]:
        return list(self._outputs)


def pooled(activation: NDArray[np.float32]) -> NDArray[np.float32]:
    places = activation.reshape(-1, activation.shape[2]).astype(np.float64)
    both: NDArray[np.float64] = np.concatenate([places.mean(axis=0), np.sqrt(places.var(axis=0) + EPSILON)])
    return both.astype(np.float32)


def explained(outputs: Sequence[NDArray[np.float32]], head: Head, typical: NDArray[np.float32], target: int) -> Any:
    """Return the map of a class over the input, and what is typical of it in each tap."""
    explainer = Explainer.__new__(Explainer)  # its network is not run here
    names = tuple(Channel(str(number), str(number)) for number in range(head["kernel"].shape[1]))
    explainer.run, explainer.recipe = Run(Path("run"), {}, names, {}, head), Small()
    explainer.names = [channel.name for channel in names]
    explainer._network = Seen(outputs)  # type: ignore[assignment]
    explainer._typical = Small().tap_logits(head, lambda: typical[None])
    pixels = np.zeros((1, 16, 24, 3), np.uint8)
    heat = explainer.heatmaps(pixels, np.array([target]), "gradcam")[0][0]
    added = [float(tap[:, target].sum(dtype=np.float64)) for tap in explainer._typical]
    return {
        "target": target,
        "typical": [round(number, DECIMALS) for number in added],
        "cells": heat.ravel().astype(np.float64).round(DECIMALS).tolist(),
    }


def fixture() -> dict[str, Any]:
    """Draw taps, heads and a prior, and say what heat there is."""
    rng = np.random.default_rng(26)
    shapes = tap_shapes(16, 24, Small.taps).values()
    # Most activations of a ReLU6 are 0.
    levels = [rng.integers(-120, 121, shape).clip(0).astype(np.int8) for shape in shapes]
    activations = [(level * np.float32(STEP)).astype(np.float32) for level in levels]
    features = np.concatenate([*map(pooled, activations), rng.uniform(0, 1, COLOURS).astype(np.float32)])
    count = len(features)
    kernels = {name: rng.integers(-120, 121, (count, CLASSES)).astype(np.int8) for name in ("kernel", "photo_kernel")}
    gate = rng.integers(-120, 121, (count, 1)).astype(np.int8)
    biases = {name: rng.normal(size=CLASSES).round(3).astype(np.float32) for name in ("bias", "photo_bias")}
    plain: Head = {"kernel": kernels["kernel"] / np.float32(1000), "bias": biases["bias"]}
    gated: Head = {
        **plain,
        "photo_kernel": kernels["photo_kernel"] / np.float32(1000),
        "photo_bias": biases["photo_bias"],
        "gate_kernel": gate / np.float32(10_000),
        "gate_bias": np.array([0.25], np.float32),
    }
    typical = (features * rng.uniform(0.9, 1.1, count)).round(4).astype(np.float32)
    prior, learnt = small_prior(rng, typical)
    outputs = [features, *activations]
    return {
        "input": [16, 24],
        "taps": [{"shape": list(level.shape), "levels": packed(level)} for level in levels],
        "step": STEP,
        "features": features.astype(np.float64).tolist(),
        "kernel": packed(kernels["kernel"]),
        "photo_kernel": packed(kernels["photo_kernel"]),
        "gate_kernel": packed(gate),
        "bias": biases["bias"].astype(np.float64).tolist(),
        "photo_bias": biases["photo_bias"].astype(np.float64).tolist(),
        "gate_bias": 0.25,
        "plain": [explained(outputs, plain, typical, target) for target in range(CHANNELS)],
        "gated": [explained(outputs, gated, typical, target) for target in range(CHANNELS)],
        "prior": prior,
        "learnt": [
            explained(outputs, {"kernel": kernel, "bias": np.zeros(1, np.float32)}, typical, 0) for kernel in learnt
        ],
    }


def small_prior(rng: np.random.Generator, mean: NDArray[np.float32]) -> tuple[dict[str, Any], list[Any]]:
    """Draw a prior's space and kernels in it; return also what they are as kernels of features, each (features, 1)."""
    scale = rng.uniform(0.5, 2, len(mean)).round(4).astype(np.float32)
    basis = rng.integers(-127, 128, (len(mean), COMPONENTS)).astype(np.int8)
    step = rng.uniform(0.001, 0.002, COMPONENTS).round(6).astype(np.float32)
    kernels = rng.normal(size=(2, COMPONENTS)).round(4)
    learnt = [(basis * step.astype(np.float64) @ kernel / scale)[:, None].astype(np.float32) for kernel in kernels]
    described = {
        "mean": mean.astype(np.float64).tolist(),
        "scale": scale.astype(np.float64).tolist(),
        "basis": packed(basis),
        "basis_step": step.astype(np.float64).tolist(),
        "kernels": kernels.tolist(),
    }
    return described, learnt


def packed(levels: Levels) -> str:
    return base64.b64encode(levels.tobytes()).decode()


def test_the_fixture_says_what_python_says() -> None:
    kept, made = json.loads(FIXTURE.read_text(encoding="utf-8")), fixture()
    for kind in ("plain", "gated", "learnt"):
        for one, other in zip(kept.pop(kind), made.pop(kind), strict=True):
            assert one["target"] == other["target"]
            np.testing.assert_allclose(one["typical"], other["typical"], atol=1e-5)
            np.testing.assert_allclose(one["cells"], other["cells"], atol=1e-5)
    assert kept == made


def test_the_maps_differ_and_have_cold_and_hot_places() -> None:
    """Or else a fixture would hold nothing."""
    maps = [np.array(one["cells"]) for kind in ("plain", "gated", "learnt") for one in fixture()[kind]]
    for number, heat in enumerate(maps):
        assert heat.max() == 1 and (heat == 0).mean() > 0.02
        assert all(np.abs(heat - other).max() > 0.05 for other in maps[:number])


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(fixture()) + "\n", encoding="utf-8")
