"""How probable 'none of these' is for the channels' pictures, and for others."""

from __future__ import annotations

from backend.report.model import ReportData
from backend.utils.errors import ThumbprintError

BARS = 20


def histograms(data: ReportData) -> tuple[list[float], list[float], float]:
    """Return shares of known and of other pictures by the probability of 'none of these', and the threshold."""
    threshold = data.run.threshold
    if "unknown" not in data.metrics or threshold is None:
        raise ThumbprintError(f"{data.run.root}: recipe {data.run.recipe!r} does not know 'none of these'")
    shares = []
    for is_known in (True, False):
        scores = [row.unknown for row in data.rows if (row.label is not None) == is_known and row.unknown is not None]
        counts = [0] * BARS
        for score in scores:
            counts[min(int(score * BARS), BARS - 1)] += 1
        shares.append([count / max(len(scores), 1) for count in counts])
    return shares[0], shares[1], threshold
