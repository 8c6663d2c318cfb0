"""Charts of what was learnt from, and how the training went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backend.evaluation.predictions import Epoch
from backend.report import wording
from backend.report.charts import svg
from backend.report.charts.svg import WIDTH, Frame, dot, drawing, line, polyline, rect, text
from backend.report.model import ReportData
from backend.report.numbers import percent, plain
from backend.utils.errors import ThumbprintError


def images(data: ReportData) -> str:
    """Draw how many images each channel has, background apart."""
    channels, parts, y = data.contents.channels, [], 6.0
    most = max(channel.images for channel in channels)
    for channel in channels:
        mark = "known" if channel.role == "known" else "muted"
        role = "" if channel.role == "known" else " · background"
        long = 300 * channel.images / most
        parts += [text(0, y + 10, svg.short(channel.display_name) + role), rect(0, y + 16, long, 12, f"fill {mark}")]
        parts.append(text(long + 6, y + 26, str(channel.images), "value"))
        y += 42
    return drawing(y, wording.images_title(data), parts)


def history(data: ReportData) -> str:
    """Draw loss and accuracy over epochs: the folds' mean, their range, and every fold."""
    if data.epochs <= 1:
        raise ThumbprintError(f"{data.run.root}: trained in one step, so there are no training curves to draw")
    ends = [
        ("accuracy", "Right answers", (0.0, 1.0), percent, 24.0),
        ("loss", "Loss (nats)", (0.0, _highest(data)), plain, 254.0),
    ]
    epochs = sorted({1.0, *(tick for tick in svg.ticks(1, data.epochs, 5) if tick == int(tick) and tick >= 1)})
    parts = []
    for name, label, limits, form, top in ends:
        frame = Frame(44, top + 10, WIDTH - 12, top + 160, (1, float(data.epochs)), limits)
        parts.append(svg.y_axis(frame, svg.ticks(*limits, 4), form, label))
        parts.append(svg.x_axis(frame, epochs, plain, "Epoch"))
        parts += _curves(data, frame, name, "second", "training") + _curves(
            data, frame, f"val_{name}", "known", "held out"
        )
        parts.append(_legend(frame, [("known", "held out"), ("second", "training")]))
    return drawing(458, wording.training_title(data), parts)


def _legend(frame: Frame, entries: Sequence[tuple[str, str]]) -> str:
    """Name the lines at the upper right, each in its colour."""
    parts, x = [], frame.right
    for mark, label in reversed(entries):
        parts.append(text(x, frame.top - 12, label, f"direct {mark}", "end"))
        x -= 8 + 6.6 * len(label)
        parts.append(line(x - 14, frame.top - 16, x - 2, frame.top - 16, f"stroke mean {mark}"))
        x -= 28
    return "".join(parts)


def _highest(data: ReportData) -> float:
    values = [v for row in data.history if row.fold != "final" for v in (row.loss, row.val_loss) if v is not None]
    return max(values, default=1.0) or 1.0


def _curves(data: ReportData, frame: Frame, name: str, mark: str, label: str) -> list[str]:
    """Draw a figure's range and mean over folds, and a thin line for every fold."""
    folds = {fold: _series(data.history, fold, name) for fold in data.folds}
    folds = {fold: points for fold, points in folds.items() if points}
    epochs = sorted({epoch for points in folds.values() for epoch in points})
    if not epochs:
        return []
    at = {epoch: [points[epoch] for points in folds.values() if epoch in points] for epoch in epochs}

    def path(pick: Callable[[Sequence[float]], float]) -> list[svg.Point]:
        return [(frame.x(epoch), frame.y(pick(at[epoch]))) for epoch in epochs]

    parts = [svg.band(path(min), path(max), mark)]
    for points in folds.values():
        parts.append(polyline([(frame.x(e), frame.y(v)) for e, v in points.items()], f"fold {mark}"))
    return [*parts, polyline(path(lambda values: sum(values) / len(values)), f"mean {mark}")]


def _series(rows: Sequence[Epoch], fold: str, name: str) -> dict[int, float]:
    values = ((row.epoch, getattr(row, name)) for row in rows if row.fold == fold)
    return {epoch: value for epoch, value in values if value is not None}


def folds(data: ReportData) -> str:
    """Draw each fold's macro F1 and accuracy, and their means."""
    rows, cv = data.metrics["cv"]["per_fold"], data.metrics["cv"]
    low = svg.floor([row[name] for row in rows for name in ("macro_f1", "accuracy")])
    bottom = 34 + 26 * len(rows)
    frame = Frame(52, 30, WIDTH - 14, bottom, (low, 1.0))
    parts = [svg.x_axis(frame, svg.ticks(low, 1, 4), percent, "On held-out pictures")]
    for mark, name in (("known", "macro_f1"), ("second", "accuracy")):
        x = frame.x(cv[name]["mean"])
        parts.append(line(x, frame.top, x, frame.bottom, f"stroke thin {mark}"))
    for place, row in enumerate(rows):
        y = 46.0 + 26 * place
        parts.append(text(0, y + 4, f"Fold {row['fold'] + 1}", "tick"))
        for mark, name, off in (("known", "macro_f1", -4), ("second", "accuracy", 4)):
            hint = f"Fold {row['fold'] + 1}: {name.replace('_', ' ')} {percent(row[name])}"
            parts.append(dot(frame.x(row[name]), y + off, f"fill {mark}", hint, 4.5))
    parts.append(svg.dots_legend([("known", "macro F1"), ("second", "accuracy")], "lines: means"))
    return drawing(bottom + 44, wording.folds_title(data), parts)
