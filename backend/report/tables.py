"""The figures behind each chart, as rows of text: for whoever wants the numbers, or cannot see the drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.evaluation.open_set import BARS
from backend.report import robustness, wording
from backend.report.model import ReportData
from backend.report.numbers import NOTHING, exact_percent, p_value, percent, signed, with_minus

if TYPE_CHECKING:
    from backend.evaluation.compare import Difference


@dataclass(frozen=True)
class Table:
    """Column heads, and rows of as many cells; the first cell names the row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def images(data: ReportData) -> Table:
    rows = [
        (
            channel.display_name,
            "to recognise" if channel.role == "known" else "background, drawn" if channel.drawn else "background",
            str(channel.images),
            str(channel.videos),
            ", ".join(f"{width}x{height} ({count})" for width, height, count in channel.sizes[:3]) or NOTHING,
        )
        for channel in data.contents.channels
    ]
    return Table(("Channel", "Part", "Images", "Videos", "Pixels, commonest first"), tuple(rows))


def history(data: ReportData) -> Table:
    rows = [
        (
            "all pictures" if row.fold == "final" else f"{int(row.fold) + 1}",
            str(row.epoch),
            *(
                NOTHING if value is None else f"{value:.4f}"
                for value in (row.loss, row.val_loss, row.accuracy, row.val_accuracy)
            ),
        )
        for row in data.history
    ]
    head = ("Fold", "Epoch", "Loss, training", "Loss, held out", "Accuracy, training", "Accuracy, held out")
    return Table(head, tuple(rows))


def folds(data: ReportData) -> Table:
    cv = data.metrics["cv"]
    rows = [
        (str(row["fold"] + 1), str(row["images"]), percent(row["macro_f1"]), percent(row["accuracy"]))
        for row in cv["per_fold"]
    ]
    rows.append(("mean", "", percent(cv["macro_f1"]["mean"]), percent(cv["accuracy"]["mean"])))
    rows.append(("standard deviation", "", _points(cv["macro_f1"]["sd"]), _points(cv["accuracy"]["sd"])))
    return Table(("Fold", "Images", "Macro F1", "Accuracy"), tuple(rows))


def variants(data: ReportData) -> Table:
    keys = ("macro_f1", "accuracy")
    rows = [
        (name, str(size["images"]), str(size["channels"]), *(_with_interval(size[key], percent) for key in keys))
        for name, size in data.metrics.get("variants", {}).items()
    ]
    return Table(("Size", "Images", "Channels", "Macro F1", "Accuracy"), tuple(rows))


def _points(value: float) -> str:
    return f"{100 * value:.1f} points"


def confusion(data: ReportData) -> Table:
    called = wording.names(data)
    rows = [
        (
            called[i],
            *(f"{count} ({percent(count / max(sum(row), 1))})" for count in row),
            percent(row[i] / max(sum(row), 1)),
        )
        for i, row in enumerate(data.metrics["cv"]["confusion"])
    ]
    return Table(("True", *called, "Right"), tuple(rows))


def channels(data: ReportData) -> Table:
    rows = []
    for channel in data.channels:
        row = data.metrics["cv"]["per_channel"][channel.name]
        cells = [f"{percent(row[k])} ({_range(row, k)})" for k in ("precision", "recall", "f1")]
        rows.append((channel.display_name, *cells, str(row["support"])))
    return Table(("Channel", "Precision", "Recall", "F1", "Images"), tuple(rows))


def _range(row: dict[str, float], kind: str) -> str:
    return f"{percent(row[f'{kind}_low'])} to {percent(row[f'{kind}_high'])}"


def reliability(data: ReportData) -> Table:
    rows = [
        (
            f"{percent(group['low'])} to {percent(group['high'])}",
            percent(group["confidence"]),
            percent(group["accuracy"]),
            str(group["images"]),
        )
        for group in data.metrics["calibration"]["bins"]
    ]
    return Table(("Probabilities", "Mean given", "Right", "Images"), tuple(rows))


def unknown(data: ReportData) -> Table:
    known, others, _ = data.unknown_histograms()
    rows = [
        (f"{percent(i / BARS)} to {percent((i + 1) / BARS)}", percent(ours), percent(theirs))
        for i, (ours, theirs) in enumerate(zip(known, others, strict=True))
    ]
    return Table(("Probability of none", "These channels", "Other channels"), tuple(rows))


KINDS = {
    "near": "your background, each channel left out in turn",
    "other": "the prior's channels, left out in turn",
    "random": "random thumbnails, nothing fitted to them",
}


def strangers(data: ReportData) -> Table:
    """Say of each kind of strangers how well it is told apart, and how many named ones are right beside it."""
    unknown = data.metrics.get("unknown") or {}
    columns = ("auroc", "recall_at_1", "recall_at_5", "false_known", "precision")
    rows = [
        (
            "drawn channels" if kind == "near" and unknown["drawn"] else KINDS[kind],
            str(row["images"]),
            *(f"{percent(row[name])} ({_range(row, name)})" for name in columns),
        )
        for kind, row in unknown.get("kinds", {}).items()
    ]
    head = ("Strangers", "Images", "AUROC", "Recall at 1 %", "Recall at 5 %", "False alarms", "Right of those named")
    return Table(head, tuple(rows))


def threshold(data: ReportData) -> Table:
    rows = [
        (f"{point['threshold']:.3g}", percent(point["known_recall"]), percent(point["false_known"]))
        for point in data.metrics["unknown"]["curve"][::5]
    ]
    return Table(("Threshold", "Recognised", "False alarms"), tuple(rows))


def measure_robustness(data: ReportData) -> Table:
    head, rows = robustness.views(data.stress)
    return Table(head, tuple(rows))


def learning_curve(data: ReportData) -> Table:
    points = (data.curve or {"points": []})["points"]
    head, figures = _both(points) if wording.has_both(data.curve) else _with_deviation(points)
    sizes = [(str(p["count"]), f"{sum(p['images'].values()) / len(p['images']):.0f}") for p in points]
    rows = [(*size, *cells) for size, cells in zip(sizes, figures, strict=True)]
    return Table(("Videos a channel", "Images", *head), tuple(rows))


def _both(points: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    head = "Macro F1 with the prior, mean (lowest to highest)", "Without it"
    return head, [(_draws(point["macro_f1"]), _draws(point["without_prior"])) for point in points]


def _with_deviation(points: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    scores = [point["macro_f1"] for point in points]
    figures = [(*(percent(s[name]) for name in ("mean", "min", "max")), _points(s["sd"])) for s in scores]
    return ("Macro F1, mean", "Lowest", "Highest", "Standard deviation"), figures


def _draws(score: Mapping[str, float]) -> str:
    return f"{percent(score['mean'])} ({percent(score['min'])} to {percent(score['max'])})"


def faithfulness(data: ReportData) -> Table:
    """Give the curves that are drawn: probability by share of the picture deleted, or inserted."""
    curves = (data.faithfulness or {"runs": []})["runs"][0]["curves"]
    columns = [
        (f"{measure}, {order}", values) for measure, orders in curves.items() for order, values in orders.items()
    ]
    steps = len(columns[0][1])
    rows = [
        (percent(step / max(steps - 1, 1)), *(f"{values[step]:.3f}" for _, values in columns)) for step in range(steps)
    ]
    return Table(("Share of the picture", *(name for name, _ in columns)), tuple(rows))


def heat_figures(data: ReportData) -> Table:
    """Say by how much heat is better than other orders, and what becomes of it in another network, of each run."""
    runs = _judged(data)
    columns = [dict(_faithful(run)) for run in runs.values()]
    cells = [(name, *(_with_interval(column[name], _number) for column in columns)) for name in columns[0]]
    return Table(("Mean (95 % interval)", *runs), tuple(cells))


def _judged(data: ReportData) -> dict[str, Mapping[str, Any]]:
    """Name the runs whose heat was judged: by their recipes, or by their folders where two have the same."""
    runs = (data.faithfulness or {"runs": []})["runs"]
    recipes = [run["recipe"] for run in runs]
    return {run["run"] if recipes.count(run["recipe"]) > 1 else run["recipe"]: run for run in runs}


def _faithful(run: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, float]]]:
    for measure, gains in run["gains"].items():
        for name, figure in gains.items():
            yield f"{measure}: better than {name}", figure
    for name, figure in run["randomised"].items():
        yield f"rank correlation with another {name}", figure


def heat_places(data: ReportData) -> Table:
    """Say how much heat lies where it should not, beside how much of the picture that is, of each run."""
    places = (("bars", "black bars", "what it sees"), ("border", "outer 8 %", "the picture"))
    rows = [
        (
            run_name,
            *(
                f"{_with_interval(run[key], exact_percent)}; {exact_percent(run[key + '_area'])} of {whole}"
                for key, _, whole in places
            ),
        )
        for run_name, run in _judged(data).items()
    ]
    return Table(("Share of the heat in", *(name for _, name, _ in places)), tuple(rows))


def _with_interval(figure: Mapping[str, float], write: Callable[[float], str]) -> str:
    mean, low, high = (write(figure[key]) for key in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _number(value: float) -> str:
    return with_minus(f"{value:.3f}")


def comparison(data: ReportData) -> Table:
    rows = []
    for pair in data.comparisons:
        gaps = (("macro F1", pair.macro_f1), ("accuracy", pair.accuracy), ("AUROC of “none”", pair.unknown_auroc))
        rows += [_difference(pair.other, name, gap) for name, gap in gaps if gap is not None]
    first = data.comparisons[0].baseline
    return Table(("Run", "Figure", "Its own", first, "Difference", "95 % interval", "p"), tuple(rows))


def _difference(run: str, name: str, gap: Difference) -> tuple[str, ...]:
    ends = f"{signed(gap.low, 1)} to {signed(gap.high, 1)}"
    return run, name, percent(gap.other), percent(gap.baseline), signed(gap.difference, 1), ends, p_value(gap.p)


TABLES: dict[str, Callable[[ReportData], Table]] = {
    "images": images,
    "history": history,
    "folds": folds,
    "variants": variants,
    "confusion": confusion,
    "channels": channels,
    "reliability": reliability,
    "unknown": unknown,
    "strangers": strangers,
    "threshold": threshold,
    "stress": measure_robustness,
    "learning-curve": learning_curve,
    "faithfulness": faithfulness,
    "heat-figures": heat_figures,
    "heat-places": heat_places,
    "comparison": comparison,
}
