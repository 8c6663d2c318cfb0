"""A run's report, as the command and the server make it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.models.run import Run
from backend.report.build import build
from backend.report.model import ReportData
from backend.training.report_data import complete


def report_of(run: Run, others: Sequence[Run] = (), **given: Any) -> ReportData:
    """Build it, with what the run lacks."""
    return build(run, complete(run, others), others, **given)
