"""The report of a run: one HTML file that explains itself, the same as JSON, and each figure as SVG."""

from __future__ import annotations

from backend.report.charts.figures import FIGURES, figure
from backend.report.data import ReportData, build, to_json
from backend.report.page import to_html, write

__all__ = ["FIGURES", "ReportData", "build", "figure", "to_html", "to_json", "write"]
