"""How long a training takes: the laboratory's way, ours, one channel more, many pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from backend.data.dataset import load_dataset
from backend.models.lab import EPOCHS

from .command import say
from .laboratory import FOLDS, LabTiming, laboratory
from .made_up import all_known
from .ours import Bench, adding, many, trainings
from .plan import Plan
from .setting import Setting
from .table import markdown

PHASES = ("whole", "start", "features", "folds", "record")
ADDED_TO, ADDED_EACH = 10, 40  # channels, and pictures of each


def measure(setting: Setting, plan: Plan) -> dict[str, Any]:
    """Measure one after the other, so that none disturbs another; both ways learn from the same pictures."""
    data = all_known(setting.dataset, setting.work / "all-known")
    bench = Bench(setting.work, data, setting.background)
    say(f"Training, ours: {2 * plan.trainings + 1} times in fresh processes")
    ours = trainings(bench, plan.trainings)
    say("Training, one channel added to ten")
    added = adding(bench, ADDED_TO, ADDED_EACH, plan.trainings)
    grown = []
    for images in plan.images:
        say(f"Training, {images} pictures")
        grown.append(many(bench, images))
    say(f"Training, the laboratory's way: {plan.lab_epochs} epochs after one to warm up")
    lab = laboratory(load_dataset(data), setting.weights, plan.lab_epochs)
    return {
        "lab": asdict(lab),
        "ours": ours,
        "adding": {**added, "lab_whole": round(_lab_whole(lab, added["pictures"]), 1)},
        "images": grown,
        "ratios": {
            **{name: round(lab.whole / ours[name]["whole"]["median"], 2) for name in ours},
            "adding": round(_lab_whole(lab, added["pictures"]) / added["seconds"]["whole"]["median"], 2),
        },
    }


def _lab_whole(lab: LabTiming, images: int) -> float:
    """Extrapolate the laboratory's way to another number of pictures, to which its time is proportional."""
    return lab.whole * images / lab.images


def tables(found: Mapping[str, Any]) -> list[str]:
    """Lay out the figures as Markdown."""
    return [_whole(found), _phases(found), _images(found)]


def _whole(found: Mapping[str, Any]) -> str:
    lab, added, ratios = found["lab"], found["adding"], found["ratios"]
    how = f"extrapolated from epochs of {lab['epoch']:.2f} s" if lab["extrapolated"] else "measured whole"
    rows = [
        [f"the laboratory's way: {EPOCHS} epochs x {FOLDS} folds, no final fit ({how})", f"{lab['whole']:.1f}", "1"]
    ]
    for name, timing in found["ours"].items():
        seconds = timing["whole"]["median"]
        rows.append([f"ours: 5 folds and the final fit, {name}", f"{seconds:.1f}", f"{ratios[name]:.0f}"])
    more = f"one channel more than {added['channels']}, {added['pictures']} pictures"
    rows.append([f"the laboratory's way: {more} (extrapolated)", f"{added['lab_whole']:.1f}", "1"])
    seconds = added["seconds"]["whole"]["median"]
    rows.append([f"ours: {more}, of which the new ones are read", f"{seconds:.1f}", f"{ratios['adding']:.0f}"])
    return markdown([f"training, {lab['images']} known pictures", "seconds", "times as fast"], rows)


def _phases(found: Mapping[str, Any]) -> str:
    rows = [[name, *(f"{t[phase]['median']:.2f}" for phase in PHASES)] for name, t in found["ours"].items()]
    return markdown(["ours, seconds by phase", *PHASES], rows)


def _images(found: Mapping[str, Any]) -> str:
    rows = []
    for row in found["images"]:
        seconds = [f"{row[name]:.1f}" for name in ("whole", "features", "folds")]
        rows.append([f"{row['images']:,}", *seconds, f"{row['peak_mb']:.0f}"])
    return markdown(["pictures of 320x180, all new", "seconds", "features", "folds", "peak memory, MB"], rows)
