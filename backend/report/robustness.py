"""What pages and cameras do to a run's figures, as a report shows it: whole views, and every corruption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.data.augment.views import CLEAN
from backend.models.run import ROBUSTNESS, Run
from backend.report.model import Robustness
from backend.report.numbers import NOTHING, exact_percent, percent, with_minus

SHADES = 10  # of a cell, as report.css has them
SHADE = 0.025  # of macro F1 lost, for each


@dataclass(frozen=True)
class Cell:
    """A figure, what is written small below it, how dark its ground is (0 to SHADES), and all of it in words."""

    figure: str
    below: str
    shade: int
    words: str


@dataclass(frozen=True)
class CorruptionTable:
    """A run's corruptions: heads of the columns, and rows of a name, what it is, and a cell for each severity."""

    run: str
    sample: int
    clean: str
    severities: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]


def measured(runs: Sequence[Run]) -> dict[str, Robustness]:
    """Return what `evaluate --stress` wrote into runs, by their names; runs without it are left out."""
    by_run = {f"{run.root.name} ({run.recipe})": run.metrics().get(ROBUSTNESS) for run in runs}
    return {name: figures for name, figures in by_run.items() if figures}


def views(stress: Mapping[str, Robustness]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return heads and rows of a table: each run's figures on pictures as they are, on pages and in photos."""
    rows: list[tuple[str, ...]] = []
    for run, figures in stress.items():
        for name, view in figures["views"].items():
            lost = view["macro_f1"] - figures["views"][CLEAN]["macro_f1"]
            interval = f"{percent(view['macro_f1_low'])}\u00a0to\u00a0{percent(view['macro_f1_high'])}"
            difference = "" if name == CLEAN else with_minus(f"{100 * lost:+.1f}")
            auroc, kept, false = (_share(view, key) for key in ("unknown_auroc", "kept", "false_known"))
            rows.append(
                (f"{run}: {name}", f"{exact_percent(view['macro_f1'])} ({interval})", difference, auroc, kept, false)
            )
    return ("Pictures", "Macro F1", "Points", "AUROC of “none”", "Recognised", "False alarms"), rows


def _share(view: Mapping[str, float], key: str) -> str:
    return exact_percent(view[key]) if key in view else NOTHING


def corruption_tables(stress: Mapping[str, Robustness]) -> list[CorruptionTable]:
    """Return a table for each run."""
    tables = []
    for run, figures in stress.items():
        clean, rows = figures["sample_clean"]["macro_f1"], []
        for row in figures["disturbances"]:
            cells = tuple(_cell(row["name"], severity, view, clean) for severity, view in row["strengths"].items())
            rows.append((row["name"], row["what"], cells))
        heads = tuple(figures["strengths"])
        tables.append(CorruptionTable(run, figures["sample"], exact_percent(clean), heads, tuple(rows)))
    return tables


def _cell(name: str, severity: str, judged: Mapping[str, float], clean: float) -> Cell:
    lost = clean - judged["macro_f1"]
    auroc = f"none {100 * judged['unknown_auroc']:.0f}" if "unknown_auroc" in judged else ""
    shade = min(SHADES, max(0, round(lost / SHADE)))
    words = f"{name}, {severity} ({judged['amount']:.3g}): macro F1 {exact_percent(judged['macro_f1'])}"
    return Cell(f"{100 * judged['macro_f1']:.0f}", auroc, shade, words)


def title(stress: Mapping[str, Robustness]) -> str:
    """Say what the first run loses on a page and in a photo."""
    first = next(iter(stress.values()))["views"]
    page, camera = (100 * (first[CLEAN]["macro_f1"] - first[name]["macro_f1"]) for name in ("page", "camera"))
    return f"On a page it loses {_points(page)} of macro F1, in a photo of a screen {_points(camera)}"


def _points(lost: float) -> str:
    return "nothing" if lost < 0.05 else f"{lost:.1f} points"
