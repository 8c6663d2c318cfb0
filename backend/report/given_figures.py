"""Figures that a report is given as files, whose form is checked first: nothing else vouches for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from backend.utils.errors import RunError
from backend.utils.reading import DAMAGED, parse_json, read_file, reason_of
from backend.utils.shapes import Range, Shape, check_shape

SHARE, DIFFERENCE = Range(-0.001, 1.001), Range(-1.001, 1.001)  # as far as they are rounded
DRAWS = {"mean": SHARE, "sd": SHARE, "min": SHARE, "max": SHARE, "draws": [SHARE]}
INTERVAL, GAIN = ({"mean": kind, "low": kind, "high": kind} for kind in (SHARE, DIFFERENCE))
MEASURES, ORDERS = ("deletion", "insertion"), ("heat", "random", "centre")
CURVE_SHAPE = {
    "points": [{"count": (int, str), "images": {...: Range(0)}, "macro_f1": DRAWS, "without_prior?": DRAWS}],
    "left_out": [{"count": (int, str), "reason": str}, ...],
}
FAITHFULNESS_SHAPE = {
    "runs": [
        {
            "run?": str,
            "recipe": str,
            "pictures": int,
            "curves": {measure: {order: [SHARE] for order in ORDERS} for measure in MEASURES},
            "gains": {measure: {order: GAIN for order in ORDERS[1:]} for measure in MEASURES},
            "randomised": {...: GAIN},
            "bars": INTERVAL,
            "bars_area": SHARE,
            "border": INTERVAL,
            "border_area": SHARE,
        }
    ],
}


def read_curve(path: Path) -> dict[str, Any]:
    """Read what `learning-curve --out` wrote. Raises RunError where it is something else."""
    return _read(path, CURVE_SHAPE, lambda curve: None)


def read_faithfulness(path: Path) -> dict[str, Any]:
    """Read what `faithfulness` wrote. Raises RunError where it is something else."""
    return _read(path, FAITHFULNESS_SHAPE, _check_alike)


def _read(path: Path, shape: Shape, check: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    try:
        content: dict[str, Any] = parse_json(read_file(path))
        check_shape(content, shape)
        check(content)
    except DAMAGED as error:
        raise RunError(f"{path}: cannot be read ({reason_of(error)}); name a file that Thumbprint wrote") from None
    return content


def _check_alike(faithfulness: Mapping[str, Any]) -> None:
    """Raise ValueError where runs cannot stand side by side in a table."""
    runs = faithfulness["runs"]
    curves = [values for run in runs for orders in run["curves"].values() for values in orders.values()]
    if len({len(values) for values in curves}) > 1:
        raise ValueError("its curves are not of one length")
    if any(run["randomised"].keys() != runs[0]["randomised"].keys() for run in runs):
        raise ValueError("its runs have other figures")
