"""What is promised, and what may not get worse: ratios and figures by name, their targets, and the comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .browser_part import ratios as browser_ratios
from .browser_part import size_ratios

WORSE = 1.3  # times as bad as committed is too bad
CHECKED = (
    "chromium.inference_by_nsfwjs",
    "chromium.inference_by_full",
    "network.ours_by_litert",
    "predict.ours_by_litert",
    "size.zip_by_full",
    "size.model_by_full",
)


@dataclass(frozen=True)
class Target:
    """What a figure may be at the most, or must be at least; and what it is, in words."""

    name: str
    bound: float
    words: str
    unit: str = ""

    @property
    def at_least(self) -> bool:
        return more_is_better(self.name)

    def met(self, value: float) -> bool:
        """Say whether a figure is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound


TARGETS = (
    Target("chromium.inference_by_nsfwjs", 0.17, "inference in Chromium's service worker, by nsfwjs"),
    Target("chromium.inference_by_full", 0.33, "inference in Chromium's service worker, by the full network"),
    Target("chromium.hover_by_full", 0.4, "warm, from the pointer to the badge, without its rest, by the full network"),
    Target("chromium.after_stop_ms", 250, "first answer after a stopped worker, with the pointer's rest", " ms"),
    Target("size.model_mb", 0.8, "model, without what channels are learnt with", " MB"),
    Target("size.zip_mb", 1.8, "extension, zip", " MB"),
    Target("training.strangers cached", 40, "training, times as fast as the laboratory's way"),
    Target("predict.ours_by_litert", 0.5, "`backend predict` on a folder, by LiteRT"),
)


@dataclass(frozen=True)
class Change:
    """A ratio that was measured again; `factor`: how many times as bad, below 1 where it is better."""

    name: str
    committed: float
    found: float

    @property
    def factor(self) -> float:
        pair = (self.committed, self.found) if more_is_better(self.name) else (self.found, self.committed)
        return pair[0] / pair[1] if pair[1] > 0 else float("inf")

    @property
    def failed(self) -> bool:
        return not self.factor <= WORSE  # a NaN fails, too

    def line(self) -> str:
        """Say what was found, and where it failed what to do."""
        better = "more" if more_is_better(self.name) else "less"
        told = f"{self.name}: {self.found:.3f}, committed {self.committed:.3f} ({better} is better)"
        if not self.failed:
            return told
        return (
            f"{told}: {self.factor - 1:.0%} worse, {WORSE - 1:.0%} allowed. Find out what became slower or larger "
            "(`make bench-short` shows all parts); if it is meant, `make bench WRITE=1` on a quiet machine writes the "
            "new figures, to be committed with the reason"
        )


def more_is_better(name: str) -> bool:
    """Speeds by speeds, and the laboratory's time by ours; everything else is a time or a size."""
    return name.startswith(("training.", "network.", "predict."))


def ratios(results: Mapping[str, Any]) -> dict[str, float]:
    """Collect all ratios of results, by part and name, as far as the parts were measured."""
    found: dict[str, float] = {}
    if "browser" in results:
        parts = {**browser_ratios(results["browser"]), "size": size_ratios(results["browser"])}
        found |= {f"{part}.{name}": value for part, names in parts.items() for name, value in names.items()}
    for part, names in _own(results):
        found |= {f"{part}.{name}": value for name, value in names.items()}
    return found


def _own(results: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, float]]]:
    for part in ("training", "network", "growth"):
        if part in results:
            yield part, results[part]["ratios"]
    if "predict" in results:
        predict = results["predict"]
        yield "predict", predict["without_start"]["ratios"]
        yield "predict", {f"{name}_with_start": value for name, value in predict["with_start"]["ratios"].items()}


def figures(results: Mapping[str, Any]) -> dict[str, float]:
    """Return all ratios, and the figures that have targets of their own."""
    found = ratios(results)
    if "browser" in results:
        browser = results["browser"]
        for name, one in browser["browsers"].items():
            found[f"{name}.after_stop_ms"] = one["after_stop"]["whole"]["ours"]["median"]
        found["size.model_mb"] = browser["size"]["ours"]["model"]["raw"] / 1e6
        found["size.zip_mb"] = max(browser["size"]["zip"].get("release", browser["size"]["zip"]["ours"]).values()) / 1e6
    return found


def compare(committed: Mapping[str, float], found: Mapping[str, float]) -> list[Change]:
    """Compare what is checked. Raises KeyError for a ratio that was not committed, or not measured."""
    return [Change(name, committed[name], found[name]) for name in CHECKED]


def better_of(first: Change, second: Change) -> Change:
    """Take the better of two measurements of one ratio: a noisy machine makes figures worse, never better."""
    return min(first, second, key=lambda change: change.factor)
