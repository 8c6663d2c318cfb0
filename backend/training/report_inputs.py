"""What a report is rendered from, beside the run's own tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.data.augment.samples import AugmentationPictures
from backend.evaluation.audit.findings import Check
from backend.evaluation.compare import Comparison
from backend.explain.heatmap import Heatmap
from backend.explain.samples import Heatmaps, Key


@dataclass(frozen=True)
class ReportInputs:
    """files: the pictures that are still there, by checksum; sizes: width and height in pixels of what the datasets
    list, by checksum; checks: of the audit; samples: by the channel's name; comparisons: with other runs.
    """

    files: Mapping[str, Path]
    sizes: Mapping[str, tuple[int, int]]
    checks: tuple[Check, ...]
    samples: Mapping[str, AugmentationPictures]
    heatmaps: Heatmaps
    comparisons: Sequence[Comparison] = ()

    def heatmap(self, sha256: str, channel: str) -> Heatmap | None:
        """Return what speaks for a channel in a picture; None where its picture is gone."""
        return self.heatmaps.get(Key(sha256, channel))
