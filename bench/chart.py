"""The figures as one drawing: ours beside each peer, bars on one scale a panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.report.charts.figures import chart_css
from backend.report.charts.svg import WIDTH, drawing, rect, text

LEFT, RIGHT = 150.0, 52.0  # units that names and values take
ROW, BAR, HEAD, GAP = 22, 14, 30, 16
TITLE = "Thumbprint beside what one would use instead"


@dataclass(frozen=True)
class Panel:
    """Bars with a title; the first is ours. better: which way is good, in words."""

    title: str
    better: str
    bars: Sequence[tuple[str, float]]
    digits: int = 1


def chart(results: Mapping[str, Any]) -> str:
    """Draw the results as an SVG file of its own, for light and dark."""
    parts, y = [], 4.0
    for panel in panels(results):
        drawn, height = _draw(panel, y)
        parts.append(drawn)
        y += height + GAP
    opening, rest = drawing(y, TITLE, parts).split(">", 1)
    # Text on a page whose ground nobody knows: a ground of our own.
    ground = f'<rect width="{WIDTH}" height="{y:g}" rx="8" fill="var(--paper)"/>'
    return f"{opening}><style>{chart_css()}</style>{ground}{rest}\n"


def panels(results: Mapping[str, Any]) -> list[Panel]:
    """Choose what is drawn, as far as it was measured."""
    found = []
    if "browser" in results:
        for name, browser in results["browser"]["browsers"].items():
            phases = browser["inference"]["phases"]
            bars = [(label, phases[key]["inference"]["median"]) for key, label in _CONTENDERS.items()]
            found.append(Panel(f"Inference in {name.title()}, ms", "less is better", bars))
            hover = browser["hover"]["after_dwell"]
            bars = [("ours", hover["ours"]["median"]), ("the full network", hover["full"]["median"])]
            found.append(Panel(f"Pointer to badge in {name.title()}, ms", "less is better", bars))
        found.append(_download(results["browser"]["size"]))
    if "training" in results:
        found.append(_training(results["training"]))
    if "predict" in results:
        found.append(_predict(results["predict"]))
    return found


_CONTENDERS = {"ours": "ours", "onnxruntime": "onnxruntime-web", "full": "full MobileNetV2", "nsfwjs": "nsfwjs"}


def _download(size: Mapping[str, Any]) -> Panel:
    bars = [("ours", size["ours"]["model"]["raw"]), ("full MobileNetV2", size["full"]["model"]["raw"])]
    bars.append(("nsfwjs", size["nsfwjs"]["model"]["raw"]))
    return Panel("Model, MB", "less is better", [(name, value / 1e6) for name, value in bars], 2)


def _training(training: Mapping[str, Any]) -> Panel:
    ours, lab = training["ours"], training["lab"]
    bars = [(f"ours, {name}", timing["whole"]["median"]) for name, timing in ours.items()]
    return Panel(f"Training, {lab['images']} pictures, s", "less is better", [*bars, ("laboratory", lab["whole"])])


def _predict(predict: Mapping[str, Any]) -> Panel:
    found = predict["without_start"]
    rates = found["pictures_a_second"]
    bars = [("ours", rates["ours"]["median"])]
    bars += [(engine, rates[name]["median"]) for engine, name in found["best"].items()]
    return Panel("A folder, pictures a second", "more is better", bars, 0)


def _draw(panel: Panel, top: float) -> tuple[str, float]:
    """Draw a panel; return it with its height."""
    longest = max(value for _, value in panel.bars)
    parts = [text(8, top + 16, panel.title, "label strong"), text(WIDTH - 8, top + 16, panel.better, "tick", "end")]
    for place, (name, value) in enumerate(panel.bars):
        y = top + HEAD + ROW * place
        mark = "known" if name.startswith("ours") else "muted"
        long = (WIDTH - LEFT - RIGHT) * value / longest
        parts.append(text(LEFT - 8, y + 11, name, "tick", "end"))
        parts.append(rect(LEFT, y, max(long, 1), BAR, f"fill {mark}"))
        parts.append(text(LEFT + long + 6, y + 11, f"{value:.{panel.digits}f}", "value"))
    return "".join(parts), HEAD + ROW * len(panel.bars)
