"""What pages and cameras do to a run's figures, as the report shows it: whole views, and every disturbance as heat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.data.augment.views import CLEAN
from backend.models.run import ROBUSTNESS, Run
from backend.report.charts.svg import percent

SHADES = 10  # of a cell, as report.css has them
SHADE = 0.025  # of macro F1 lost, for each

Stress = Mapping[str, Any]  # of metrics.json


@dataclass(frozen=True)
class Cell:
    """A figure, what is written small below it, how dark its ground is (0 to SHADES), and all of it in words."""

    figure: str
    below: str
    shade: int
    words: str


@dataclass(frozen=True)
class Heat:
    """A run's disturbances: heads of the columns, and rows of a name, what it is, and a cell for each strength."""

    run: str
    sample: int
    clean: str
    strengths: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]


def measured(runs: Sequence[Run]) -> dict[str, Stress]:
    """Return what `evaluate --stress` wrote into runs, by their names; runs without it are left out."""
    found = {f"{run.root.name} ({run.recipe})": run.metrics().get(ROBUSTNESS) for run in runs}
    return {name: figures for name, figures in found.items() if figures}


def views(stress: Mapping[str, Stress]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return heads and rows of a table: each run's figures on pictures as they are, on pages and in photos."""
    rows: list[tuple[str, ...]] = []
    for run, figures in stress.items():
        for name, found in figures["views"].items():
            lost = found["macro_f1"] - figures["views"][CLEAN]["macro_f1"]
            interval = f"{percent(found['macro_f1_low'])}\u00a0to\u00a0{percent(found['macro_f1_high'])}"
            difference = "" if name == CLEAN else f"{100 * lost:+.1f}".replace("-", "\N{MINUS SIGN}")
            auroc, kept, false = (_share(found, key) for key in ("unknown_auroc", "kept", "false_known"))
            rows.append((f"{run}: {name}", f"{_tenth(found['macro_f1'])} ({interval})", difference, auroc, kept, false))
    return ("Pictures", "Macro F1", "Points", "AUROC of “none”", "Recognised", "False alarms"), rows


def _share(found: Mapping[str, float], key: str) -> str:
    return _tenth(found[key]) if key in found else "\N{EN DASH}"


def _tenth(value: float) -> str:
    """Write a share with one decimal: what is compared is small."""
    return f"{100 * value:.1f}\u00a0%"


def heats(stress: Mapping[str, Stress]) -> list[Heat]:
    """Return each run's disturbances."""
    return [_heat(run, figures) for run, figures in stress.items()]


def _heat(run: str, figures: Stress) -> Heat:
    clean = figures["sample_clean"]["macro_f1"]
    rows = tuple(
        (row["name"], row["what"], tuple(_cell(row["name"], s, found, clean) for s, found in row["strengths"].items()))
        for row in figures["disturbances"]
    )
    return Heat(run, figures["sample"], _tenth(clean), tuple(figures["strengths"]), rows)


def _cell(name: str, strength: str, found: Mapping[str, float], clean: float) -> Cell:
    lost = clean - found["macro_f1"]
    auroc = f"none {100 * found['unknown_auroc']:.0f}" if "unknown_auroc" in found else ""
    shade = min(SHADES, max(0, round(lost / SHADE)))
    words = f"{name}, {strength} ({found['amount']:.3g}): macro F1 {_tenth(found['macro_f1'])}"
    return Cell(f"{100 * found['macro_f1']:.0f}", auroc, shade, words)


def title(stress: Mapping[str, Stress]) -> str:
    """Say what the first run loses on a page and in a photo."""
    found = next(iter(stress.values()))["views"]
    page, camera = (100 * (found[CLEAN]["macro_f1"] - found[name]["macro_f1"]) for name in ("page", "camera"))
    return f"On a page it loses {_points(page)} of macro F1, in a photo of a screen {_points(camera)}"


def _points(lost: float) -> str:
    return "nothing" if lost < 0.05 else f"{lost:.1f} points"
