"""On paper: what a million thumbnails and ten thousand channels cost, from constants that were measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.models.style import VIEWS

PICTURES, CHANNELS = 1_000_000, 10_000
COLLECTED_A_SECOND = 10  # `collect --rate`
SMALL_MODEL_MB = 0.8


@dataclass(frozen=True)
class Constants:
    """What the arithmetic begins with, each measured.

    features_a_second: pictures with their views, of the trial of many; folds_s, memory_mb: seconds of cross-validation
    and final fit, and memory, a picture more; base_mb: memory without pictures; class_bytes, class_answer_ms: a channel
    more in the model and in an answer, base_bytes and answer_ms without (or with the fewest); features: numbers a view.
    """

    features_a_second: float
    folds_s: float
    memory_mb: float
    base_mb: float
    class_bytes: float
    base_bytes: float
    answer_ms: float
    class_answer_ms: float
    features: int


def constants(results: Mapping[str, Any], features: int) -> Constants:
    """Take them from results: slopes between the smaller and the larger of two trials."""
    few, many = results["training"]["images"][-2:]
    less, more = results["growth"]["rows"][0], results["growth"]["rows"][-1]
    images, channels = many["images"] - few["images"], more["channels"] - less["channels"]
    class_bytes = (more["model_bytes"] - less["model_bytes"]) / channels
    class_ms = (more["answer_ms"]["median"] - less["answer_ms"]["median"]) / channels
    memory = max(0.0, many["peak_mb"] - few["peak_mb"]) / images
    return Constants(
        features_a_second=many["images"] / many["features"],
        folds_s=(many["folds"] - few["folds"]) / images,
        memory_mb=memory,
        base_mb=few["peak_mb"] - memory * few["images"],
        class_bytes=class_bytes,
        base_bytes=less["model_bytes"] - class_bytes * less["channels"],
        answer_ms=less["answer_ms"]["median"],
        class_answer_ms=max(0.0, class_ms),
        features=features,
    )


def lines(found: Constants) -> list[Sequence[str]]:
    """Return rows of (what, arithmetic, result)."""
    stored = found.features * 4 * (1 + VIEWS)
    room = (SMALL_MODEL_MB * 1e6 - found.base_bytes) / found.class_bytes
    model, answer = found.base_bytes + CHANNELS * found.class_bytes, found.answer_ms + CHANNELS * found.class_answer_ms
    memory = found.base_mb + PICTURES * found.memory_mb
    return [
        (
            "collecting a million, as slowly as `collect` asks",
            f"{PICTURES:,} / {COLLECTED_A_SECOND} a second",
            _long(PICTURES / COLLECTED_A_SECOND),
        ),
        (
            "features of a million, with a view of each",
            f"{PICTURES:,} / {found.features_a_second:.0f} a second",
            _long(PICTURES / found.features_a_second),
        ),
        (
            "features on disk",
            f"{PICTURES:,} x {found.features:,} numbers x 4 bytes x {1 + VIEWS} views",
            f"{PICTURES * stored / 1e9:.0f} GB",
        ),
        (
            "folds and the final fit",
            f"{PICTURES:,} x {1000 * found.folds_s:.2f} ms",
            _long(PICTURES * found.folds_s),
        ),
        (
            "memory",
            f"{found.base_mb:.0f} MB + {PICTURES:,} x {1000 * found.memory_mb:.1f} kB",
            f"{memory / 1000:.0f} GB",
        ),
        (
            "the model of ten thousand channels",
            f"{found.base_bytes / 1e6:.2f} MB + {CHANNELS:,} x {found.class_bytes / 1e3:.1f} kB",
            f"{model / 1e6:.0f} MB",
        ),
        (
            f"channels that fit into {SMALL_MODEL_MB} MB",
            f"({SMALL_MODEL_MB} - {found.base_bytes / 1e6:.2f}) MB / {found.class_bytes / 1e3:.1f} kB",
            f"{room:.0f}",
        ),
        (
            "an answer among ten thousand channels",
            f"{found.answer_ms:.1f} ms + {CHANNELS:,} x {1000 * found.class_answer_ms:.2f} µs",
            f"{answer:.0f} ms",
        ),
    ]


def _long(seconds: float) -> str:
    """Write a time in the unit that people would."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
