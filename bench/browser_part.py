"""The browsers' part, bench/browser, called from here: what it needs is prepared, and its figures are read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.utils.errors import ThumbprintError

from .command import CACHE, ROOT, WORK, environment, python, run, say
from .setting import Setting
from .table import markdown

FOLDER = ROOT / "bench" / "browser"
OUT = WORK / "browser.json"
NAMES = {
    "nsfwjs": "nsfwjs",
    "full": "the full network",
    "onnxruntime": "onnxruntime-web",
    "ours": "ours",
    "release": "ours, as released",
}


def measure(setting: Setting, options: Sequence[str]) -> dict[str, Any]:
    """Run it in Chromium and Firefox, or as the options say, and return what it wrote. Raises ThumbprintError."""
    npm = shutil.which("npm")
    if npm is None:
        raise ThumbprintError("npm is not on the PATH: install Node.js 20 or newer, or leave out `browser` (--only)")
    say("Browsers: pictures, and the full network")
    named: list[str | Path] = ["--weights", setting.weights.location] if setting.weights.source != "package" else []
    python(FOLDER / "prepare.py", "--out", WORK / "browser", "--data", setting.data, *named)
    say("Browsers: " + " ".join(options))
    OUT.unlink(missing_ok=True)
    command = [npm, "run", "--silent", "bench", "--", "--model", str(setting.model.absolute()), "--out", str(OUT)]
    run([*command, *options], ROOT / "extension", environment(CACHE))
    return read(OUT)


def read(path: Path) -> dict[str, Any]:
    """Read the browsers' figures."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def ratios(found: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return ratios, ours by the other's, by browser: of inference, and where it was measured from the
    pointer to the badge, after a stop.
    """
    by_browser = {}
    for name, browser in found["browsers"].items():
        by_browser[name] = dict(browser["inference"]["ratios"])
        if "hover" in browser:
            by_browser[name] |= {
                "hover_by_full": browser["hover"]["ratios"]["after_dwell"],
                "hover_with_dwell_by_full": browser["hover"]["ratios"]["whole"],
                "after_stop_by_full": browser["after_stop"]["ratios"]["whole"],
            }
    return by_browser


def size_ratios(found: Mapping[str, Any]) -> dict[str, float]:
    """Return ratios of downloads: the zip and the model by the full network's; all that computes by nsfwjs' (gzip)."""
    size = found["size"]
    ours, theirs = (size[name] for name in ("ours", "nsfwjs"))
    computes = sum(ours[part]["gzip"] for part in ("model", "wasm", "background"))
    return {
        "zip_by_full": round(size["zip"]["ours"]["chrome"] / size["zip"]["full"]["chrome"], 3),
        "model_by_full": round(ours["model"]["raw"] / size["full"]["model"]["raw"], 3),
        "download_by_nsfwjs": round(computes / sum(theirs[part]["gzip"] for part in ("script", "wasm")), 3),
    }


def tables(found: Mapping[str, Any]) -> list[str]:
    """Lay out the figures as Markdown."""
    return [*(_inference(name, one) for name, one in found["browsers"].items()), _answers(found), _sizes(found)]


def _inference(name: str, browser: Mapping[str, Any]) -> str:
    inference, rows = browser["inference"], []
    ours = inference["phases"]["ours"]
    for contender, phases in inference["phases"].items():
        cells = [_median(phases, phase) for phase in ("crop", "resize", "inference", "total")]
        shares = [f"{ours[phase]['median'] / phases[phase]['median']:.2f}" for phase in ("inference", "total")]
        rows.append([NAMES[contender], f"{inference['decode']['median']:.1f}", *cells, *shares])
    title = f"{name}, {inference['pictures']} pictures, ms (medians)"
    return markdown([title, "decode", "crop", "resize", "inference", "whole", "ours / it", "ours / it, whole"], rows)


def _median(phases: Mapping[str, Any], phase: str) -> str:
    return f"{phases[phase]['median']:.1f}" if phase in phases else "-"


def _answers(found: Mapping[str, Any]) -> str:
    rows = []
    for name, browser in found["browsers"].items():
        for kind, words in (("hover", "warm"), ("after_stop", "background stopped before"), ("first", "first of all")):
            whole, after = browser[kind]["whole"], browser[kind]["after_dwell"]
            cells = [f"{part[model]['median']:.0f}" for part in (whole, after) for model in ("ours", "full")]
            spread = f"{whole['ours']['p5']:.0f} to {whole['ours']['p95']:.0f}"
            rows.append([f"{name}, {words}", *cells, f"{browser[kind]['ratios']['after_dwell']:.2f}", spread])
    dwell = next(iter(found["browsers"].values()))["hover"]["dwell_ms"]
    title = f"from the pointer to the badge, ms, of which the pointer rests {dwell}"
    header = [title, "ours", "full network", "ours, without the rest", "full, without it", "ratio", "ours, 5 to 95 %"]
    return markdown(header, rows)


def _sizes(found: Mapping[str, Any]) -> str:
    size, rows = found["size"], []
    for name, archives in size["zip"].items():
        rows.append([f"extension, zip, {NAMES[name]}", f"{archives['chrome'] / 1e6:.2f}", "-"])
    for name in ("ours", "full", "nsfwjs", "onnxruntime"):
        for part, one in size[name].items():
            rows.append([f"{NAMES[name]}: {part}", f"{one['raw'] / 1e6:.2f}", f"{one['gzip'] / 1e6:.2f}"])
    return markdown(["what a user downloads", "MB", "gzip, MB"], rows)
