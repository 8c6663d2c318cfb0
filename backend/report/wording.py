"""What the figures say, in sentences: the verdict, and the title of every section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from backend.evaluation.calibration_error import BINS
from backend.evaluation.test_set import rule_in_words
from backend.report.model import ReportData
from backend.report.numbers import percent

if TYPE_CHECKING:
    from backend.evaluation.compare import Comparison

MANY_ALARMS = 0.2  # share of other channels' pictures taken for one of yours
LITTLE_RECALL = 0.7
STEP, HIGH_RECALL = 0.05, 0.9
FEW = 40  # pictures of a channel, under which more of them help most
WEAK = 0.9  # F1
FAR_APART = 0.1  # between two folds' macro F1


def names(data: ReportData) -> list[str]:
    """Return what people call the channels, in label order."""
    return [channel.display_name for channel in data.channels]


def verdict(data: ReportData) -> list[str]:
    """Say in three sentences how good it is, what it does with strangers, and what would help."""
    cv, known = data.metrics["cv"], len(data.known)
    interval = f"{percent(cv['accuracy']['low'])} to {percent(cv['accuracy']['high'])}"
    right = (
        f"Of {known} thumbnails that it had not seen, it gave {known - data.wrong} to the right one of "
        f"{len(data.channels)} channels: {percent(1 - data.wrong / known)} (95\N{NO-BREAK SPACE}% interval {interval})."
    )
    return [right, _strangers(data), _advice(data)]


def _strangers(data: ReportData) -> str:
    unknown = data.metrics.get("unknown")
    if unknown is None:
        return (
            "It does not know “none of these”: whatever you show it, a page or a stranger's thumbnail, it names one of "
            "its channels."
        )
    kind = "drawn, made-up channels" if unknown["drawn"] else "channels that it had not seen"
    said = (
        f"It recognises {percent(unknown['known_recall'])} of these channels' thumbnails as theirs, and takes "
        f"{percent(unknown['false_known'])} of the thumbnails of {kind} for one of them."
    )
    if "precision" not in unknown or unknown["drawn"]:
        return said
    return f"{said} Of ten named, about {10 * unknown['precision']:.0f} are right, if one thumbnail in ten is theirs."


def judged_on(unknown: Mapping[str, Any]) -> str:
    """Say on which strangers the figures of 'none of these' stand."""
    if unknown.get("strangers") == "random":
        return (
            f"Judged on {unknown['images']} random thumbnails, to which nothing was fitted. "
            "The prior's own channels were left out in turn, but the space was fitted to them, which flatters a little."
        )
    kind = "drawn" if unknown["drawn"] else "other"
    return (
        f"Judged on {unknown['images']} thumbnails of {len(unknown['channels'])} {kind} channels, each by models that "
        "had seen nothing of that channel. With few channels, no interval says how the next one will do."
    )


def _advice(data: ReportData) -> str:
    unknown, images = data.metrics.get("unknown"), data.metrics["images"]
    called = {channel.name: channel.display_name for channel in data.channels}
    least = min(images, key=lambda name: images[name])
    f1 = {name: row["f1"] for name, row in data.metrics["cv"]["per_channel"].items()}
    worst = min(f1, key=lambda name: f1[name])
    if images[least] < FEW:
        return f"More thumbnails of {called[least]} would help most: there are {images[least]}, and 100 are better."
    if unknown is None:
        return "Train the recipe “style” with background channels before you let it judge pages at large."
    if unknown["drawn"]:
        return "Thumbnails of real background channels would tell how it does on others' pictures, and improve it."
    if "precision" in unknown and unknown["known_recall"] < LITTLE_RECALL:
        return (
            "It is strict, because other channels are hard to tell from yours: more thumbnails of your channels would "
            "help most, and the slider in the extension's options recognises more."
        )
    if unknown["false_known"] > MANY_ALARMS:
        count = len(unknown["channels"])
        if unknown.get("strangers") == "random":
            return "More thumbnails of your channels would help most: it is too ready to claim what it does not know."
        return (
            f"More background channels would help most: it has learnt “none of these” from {count}, "
            "and is still too ready to claim what it does not know."
        )
    if f1[worst] < WEAK:
        return f"Look at the mistakes about {called[worst]} first: its F1 is {percent(f1[worst])}, the lowest."
    return "Nothing stands out that needs mending; more thumbnails of other channels keep false alarms down."


def images_title(data: ReportData) -> str:
    """Name the range of images a channel."""
    counts = [channel.images for channel in data.contents.channels if channel.role == "known"]
    spread = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{counts[0]}"
    return f"{sum(counts)} thumbnails of {len(counts)} channels, {spread} of each"


def checks_title(data: ReportData) -> str:
    """Say how much was found wrong with the dataset."""
    count = sum(len(check.findings) for check in data.contents.checks)
    return f"{count} finding{'s' if count != 1 else ''} to look at" if count else "No findings"


def steps_title(data: ReportData) -> str:
    spec = data.model.input
    way = "scaled to" if spec["fit"] == "stretch" else "padded with black to"
    return f"Every picture is freed of black bars and {way} {spec['width']} by {spec['height']} pixels"


def model_title(data: ReportData) -> str:
    cost = data.metrics["cost"]
    return (
        f"{cost['params'] / 1e6:.2f} million numbers, {cost['multiply_adds'] / 1e6:.0f} million multiply-adds a picture"
    )


def training_title(data: ReportData) -> str:
    """Say where the loss on held-out pictures ended, or that there was but one step."""
    if data.epochs <= 1:
        return "Solved in one step: there is no curve to draw"
    last = [row for row in data.history if row.fold != "final" and row.epoch == data.epochs]
    held, seen = (_mean([getattr(row, name) for row in last]) for name in ("val_accuracy", "accuracy"))
    if held is None or seen is None:
        return f"{data.epochs} epochs"
    return f"After {data.epochs} epochs: {percent(held)} right on held-out pictures, {percent(seen)} while training"


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def folds_title(data: ReportData) -> str:
    scores = [fold["macro_f1"] for fold in data.metrics["cv"]["per_fold"]]
    spread = f"macro F1 from {percent(min(scores))} to {percent(max(scores))}"
    alike = "differ widely" if max(scores) - min(scores) > FAR_APART else "agree"
    return f"{len(scores)} folds {alike}: {spread}"


def test_sentence(test: Mapping[str, Any]) -> str:
    """Say how the final model did on what was kept for a test, and what that was."""
    f1, kept = test["macro_f1"], rule_in_words(test["rule"])
    return (
        f"{sum(test['images'].values())} thumbnails were kept for a test{kept and f' ({kept})'}, and learnt from by no "
        f"model. Of these, the final model gave {percent(test['accuracy']['mean'])} to the right channel: macro F1 "
        f"{percent(f1['mean'])} ({percent(f1['low'])} to {percent(f1['high'])})."
    )


def confusion_title(data: ReportData) -> str:
    """Name the commonest confusion."""
    worst = next((cell for cell in data.cells if cell.true != cell.predicted), None)
    if worst is None:
        return "No thumbnail was taken for another channel's"
    alike = [cell for cell in data.cells if cell.true != cell.predicted and cell.count == worst.count]
    if len(alike) > 1:
        return f"{data.wrong} of {len(data.known)} thumbnails were taken for another channel's"
    called, times = names(data), "once" if worst.count == 1 else f"{worst.count} times"
    return f"Most often, {called[worst.true]} is taken for {called[worst.predicted]}: {times}"


def channels_title(data: ReportData) -> str:
    rows = data.metrics["cv"]["per_channel"]
    called = {channel.name: channel.display_name for channel in data.channels}
    best, worst = (choose(rows, key=lambda name: rows[name]["f1"]) for choose in (max, min))
    if rows[best]["f1"] == rows[worst]["f1"]:
        return f"All channels are told alike: F1 {percent(rows[best]['f1'])}"
    return (
        f"{called[best]} is told best (F1 {percent(rows[best]['f1'])}), {called[worst]} worst "
        f"({percent(rows[worst]['f1'])})"
    )


def mistakes_title(data: ReportData) -> str:
    if not data.wrong:
        return "No mistakes to show"
    shown = len(data.mistakes)
    if shown < data.wrong:
        return f"The {shown} worst of {data.wrong} mistakes"
    return "The only mistake" if data.wrong == 1 else f"All {data.wrong} mistakes, worst first"


def confused(data: ReportData) -> list[int]:
    """Return the labels that the mistakes shown are about, in order."""
    pairs = ((mistake.shot.true, mistake.shot.predicted) for mistake in data.mistakes)
    return sorted({label for pair in pairs for label in pair if label is not None})


def calibration_title(data: ReportData) -> str:
    calibration = data.metrics["calibration"]
    return f"Probabilities are off by {100 * calibration['ece']:.1f} percentage points on average"


def calibration_note(data: ReportData) -> str:
    """Say what a point is, and how many bins there really are."""
    calibration = data.metrics["calibration"]
    bins, images = len(calibration["bins"]), calibration["images"]
    fewer = f" (fewer than {BINS}, because equal probabilities share a bin)" if bins < BINS else ""
    ends = f"{100 * calibration['ece_low']:.1f} to {100 * calibration['ece_high']:.1f}"
    return (
        f"{images} predictions in {bins} bins of as many pictures each{fewer}; 95 % interval of the "
        f"average error is {ends} points, and chance alone makes some of it."
    )


def unknown_title(data: ReportData) -> str:
    unknown = data.metrics.get("unknown")
    if unknown is None:
        return "This recipe does not know “none of these”"
    return f"{percent(unknown['auroc'])} of the time, a stranger's thumbnail looks stranger than one of your channels'"


def threshold_title(data: ReportData) -> str:
    unknown = data.metrics["unknown"]
    recall, false = percent(unknown["known_recall"]), percent(unknown["false_known"])
    return f"Recognising {recall} costs {false} false alarms"


def threshold_note(data: ReportData) -> str:
    """Say what a little less recall would cost, which the curve has but hides in its steep end; or a little more."""
    unknown = data.metrics["unknown"]
    step = -STEP if unknown["known_recall"] > HIGH_RECALL else STEP
    wanted = unknown["known_recall"] + step
    other = min(unknown["curve"], key=lambda point: abs(point["known_recall"] - wanted))
    instead = f"{percent(other['known_recall'])} instead would cost {percent(other['false_known'])}"
    return f"Every point is another threshold. Recognising {instead}: train with --known-recall {wanted:.2f}."


def curve_title(curve: Mapping[str, Any]) -> str:
    first, last = curve["points"][0], curve["points"][-1]
    if has_both(curve):
        scores = (percent(first[name]["mean"]) for name in ("macro_f1", "without_prior"))
        return "From {} a channel, macro F1 is {} with the prior and {} without it".format(_videos(first), *scores)
    return (
        f"From {_videos(first)} to {_videos(last)}: macro F1 rises from {percent(first['macro_f1']['mean'])} to "
        f"{percent(last['macro_f1']['mean'])}"
        if last["macro_f1"]["mean"] > first["macro_f1"]["mean"]
        else f"More thumbnails than {_videos(first)} a channel have not helped"
    )


def has_both(curve: Mapping[str, Any] | None) -> bool:
    """Say whether a learning curve was measured without the prior as well."""
    return curve is not None and all("without_prior" in point for point in curve["points"])


def faithfulness_title(figures: Mapping[str, Any]) -> str:
    """Say whether heat beats a random order for sure, at deleting and at inserting."""
    gains = [figures["runs"][0]["gains"][measure]["random"]["low"] for measure in ("deletion", "insertion")]
    if min(gains) > 0:
        return "What is hot matters: it changes the answer more than parts at random"
    half = "at inserting, not at deleting" if gains[1] > 0 else "at deleting, not at inserting"
    return f"Heat beats parts at random {half}" if max(gains) > 0 else "Heat is no better than parts at random"


def _videos(point: Mapping[str, Any]) -> str:
    return "all videos" if point["count"] == "all" else f"{point['count']} videos"


def comparison_title(comparison: Comparison) -> str:
    """Say whether the difference is one."""
    change = comparison.macro_f1
    points = f"{abs(100 * change.difference):.1f} points of macro F1"
    if change.low <= 0 <= change.high:
        return f"{comparison.other} and {comparison.baseline} cannot be told apart ({points} between them)"
    better, worse = (
        (comparison.other, comparison.baseline) if change.difference > 0 else (comparison.baseline, comparison.other)
    )
    return f"{better} is better than {worse} by {points}"


def cost_title(data: ReportData) -> str:
    seconds = data.metrics["cost"]["seconds"]
    took = f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f"Trained and cross-validated in {took}; the model is {data.model.bytes / 1e6:.1f} MB"


def left_out(data: ReportData) -> list[str]:
    """Say what this report does not show, and why."""
    notes = []
    gone = data.contents.images - data.contents.present
    if data.contents.present == 0:
        notes.append(
            f"The dataset is no longer at {data.contents.path}, so this report has no pictures. Put it back and make "
            "the report again to see them."
        )
    elif gone:
        notes.append(f"{gone} of {data.contents.images} images are gone or changed since the training, and not shown.")
    if data.left_out:
        notes.append(f"{data.left_out} pictures were left out to keep the file small; the tables have all figures.")
    return notes


def contents(data: ReportData) -> list[tuple[str, str]]:
    """Return the sections that there are, in order: their ids and names."""
    return [
        ("dataset", "Dataset"),
        ("preprocessing", "Preprocessing"),
        ("model", "Model"),
        ("training", "Training"),
        ("folds", "Cross-validation"),
        ("confusion", "Confusion"),
        ("channels", "Each channel"),
        ("mistakes", "Mistakes"),
        ("saliency", "What it looks at"),
        ("calibration", "Calibration"),
        ("unknown", "None of these"),
        *([("stress", "Pages and cameras")] if data.stress else []),
        *([("learning-curve", "Learning curve")] if data.curve else []),
        *([("faithfulness", "Faithfulness")] if data.faithfulness else []),
        *([("comparison", "Recipes compared")] if data.comparisons else []),
        ("cost", "Cost"),
        ("reproducibility", "Reproducibility"),
    ]
