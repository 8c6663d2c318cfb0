"""The report's charts by name; each stands alone, or takes its colours from the page around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from backend.report.charts.open_set import faithfulness, learning_curve, threshold, unknown
from backend.report.charts.results import channels, comparison, confusion, reliability
from backend.report.charts.training import folds, history, images
from backend.report.model import ReportData
from backend.utils.errors import ThumbprintError

DRAWN: dict[str, Callable[[ReportData], str]] = {
    "images": images,
    "history": history,
    "folds": folds,
    "confusion": confusion,
    "channels": channels,
    "reliability": reliability,
    "unknown": unknown,
    "threshold": threshold,
    "learning-curve": learning_curve,
    "faithfulness": faithfulness,
    "comparison": comparison,
}
FIGURES = tuple(DRAWN)


def draw(data: ReportData, name: str) -> str:
    """Return a figure as SVG that takes its colours from the page."""
    if name not in DRAWN:
        raise ThumbprintError(f"figure {name!r} is unknown; there are {', '.join(FIGURES)}")
    return DRAWN[name](data)


def figure(data: ReportData, name: str) -> str:
    """Return a figure as an SVG file of its own, for light and dark. Raises ThumbprintError where there is none."""
    opening, rest = draw(data, name).split(">", 1)
    return f"{opening}><style>{chart_css()}</style>{rest}"


@lru_cache(maxsize=1)
def chart_css() -> str:
    """Return the colours and letters of charts, the same in the page and in files."""
    return files("backend.report").joinpath("templates/chart.css").read_text(encoding="utf-8")
