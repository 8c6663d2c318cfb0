"""Charts of how good the answers and their probabilities are."""

from __future__ import annotations

from backend.report import wording
from backend.report.charts import svg
from backend.report.charts.svg import WIDTH, Frame, dot, drawing, line, polyline, rect, text
from backend.report.model import ReportData
from backend.report.numbers import percent, signed
from backend.utils.errors import ThumbprintError


def confusion(data: ReportData) -> str:
    """Draw the confusion matrix: counts, and below them shares of the true channel."""
    called, matrix = wording.names(data), data.metrics["cv"]["confusion"]
    size = (WIDTH - 96) / len(called)
    parts = [text(96, 12, "Predicted", "axis"), text(0, 12, "True", "axis")]
    for i, name in enumerate(called):
        parts.append(text(96 + (i + 0.5) * size, 32, svg.short(name, max(3, int(size / 7))), "tick", "middle"))
        parts.append(text(0, 44 + (i + 0.5) * size, svg.short(name, 13), "tick"))
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            share, x, y = count / max(sum(row), 1), 96 + j * size, 40 + i * size
            hint = f"{called[i]} taken for {called[j]}: {count} ({percent(share)})"
            mark, opacity = "known" if i == j else "second", round(0.06 + 0.6 * share**0.6, 3) if share else 0.03
            parts.append(rect(x + 1, y + 1, size - 2, size - 2, f"cell {mark}", hint, fill_opacity=opacity))
            if size > 24 and count:
                parts.append(text(x + size / 2, y + size / 2 + 4, str(count), "value", "middle"))
    return drawing(44 + size * len(called), wording.confusion_title(data), parts)


def channels(data: ReportData) -> str:
    """Draw precision, recall and F1 of each channel with their intervals."""
    rows = data.metrics["cv"]["per_channel"]
    low = svg.floor([row[f"{kind}_low"] for row in rows.values() for kind in ("precision", "recall", "f1")])
    bottom = 26 + 72 * len(rows)
    frame = Frame(72, 22, WIDTH - 40, bottom, (low, 1.0))
    parts = [svg.x_axis(frame, svg.ticks(low, 1, 4), percent, "Share, with 95 % interval")]
    for place, channel in enumerate(data.channels):
        y, row = 26.0 + 72 * place, rows[channel.name]
        parts.append(text(0, y + 10, svg.short(channel.display_name), "label strong"))
        for offset, kind, label, mark in (
            (24, "precision", "precision", "second"),
            (40, "recall", "recall", "third"),
            (56, "f1", "F1", "known"),
        ):
            at, ends = y + offset, (frame.x(row[f"{kind}_low"]), frame.x(row[f"{kind}_high"]))
            parts += [text(0, at + 4, label, f"direct {mark}"), line(ends[0], at, ends[1], at, f"whisker {mark}")]
            parts.append(dot(frame.x(row[kind]), at, f"fill {mark}", r=4))
            parts.append(text(WIDTH, at + 4, percent(row[kind]), "tick", "end"))
    return drawing(bottom + 44, wording.channels_title(data), parts)


def reliability(data: ReportData) -> str:
    """Draw how often answers of a probability are right, against that probability."""
    bins = data.metrics["calibration"]["bins"]
    frame = Frame(48, 30, WIDTH - 14, 320)
    shares = svg.ticks(0, 1, 5)
    parts = [svg.y_axis(frame, shares, percent, "Right answers")]
    parts.append(svg.x_axis(frame, shares, percent, "Probability given"))
    parts.append(line(frame.x(0), frame.y(0), frame.x(1), frame.y(1), "ideal"))
    parts.append(text(frame.x(0.19), frame.y(0.1), "exactly right", "tick"))
    parts.append(text(frame.x(0.04), frame.y(0.93), "too modest", "note"))
    parts.append(text(frame.x(0.98), frame.y(0.05), "too sure", "note", "end"))
    points = [(frame.x(group["confidence"]), frame.y(group["accuracy"])) for group in bins]
    for group, (x, _) in zip(bins, points, strict=True):
        low, high = wilson(group["accuracy"], group["images"])
        parts.append(line(x, frame.y(low), x, frame.y(high), "whisker known"))
    parts.append(polyline(points, "known thin"))
    for group, (x, y) in zip(bins, points, strict=True):
        given, right = percent(group["confidence"]), percent(group["accuracy"])
        parts.append(dot(x, y, "fill known", f"{group['images']} pictures: {given} given, {right} right", 4.5))
    return drawing(362, wording.calibration_title(data), parts)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share. (Wilson, JASA 22, 1927.)"""
    z = 1.959964
    centre, spread = share + z * z / (2 * count), z * (share * (1 - share) / count + z * z / (4 * count**2)) ** 0.5
    return max(0.0, (centre - spread) / (1 + z * z / count)), min(1.0, (centre + spread) / (1 + z * z / count))


def comparison(data: ReportData) -> str:
    """Draw how far each other run is from the first, with 95 % intervals."""
    if not data.comparisons:
        raise ThumbprintError("there is nothing to compare with: name more than one run")
    kinds = (("macro_f1", "macro F1", "known"), ("accuracy", "accuracy", "second"), ("unknown_auroc", "AUROC", "third"))
    bars = [(pair, getattr(pair, kind), label, mark) for pair in data.comparisons for kind, label, mark in kinds]
    bars = [bar for bar in bars if bar[1] is not None]
    reach = max(0.01, *(abs(end) for _, gap, _, _ in bars for end in (gap.low, gap.high))) * 1.1
    height = 30 + 24 * len(bars) + 24 * len(data.comparisons)
    frame = Frame(76, 22, WIDTH - 50, height, (-reach, reach))
    marks, against = svg.ticks(-reach, reach, 4), f"Points more than {svg.short(data.comparisons[0].baseline, 16)}"
    parts = [svg.x_axis(frame, marks, signed, against)]
    parts.append(line(frame.x(0), frame.top, frame.x(0), frame.bottom, "zero"))
    y, before = 22.0, None
    for pair, gap, label, mark in bars:
        if pair is not before:
            y, before = y + 24, pair
            parts.append(text(0, y - 6, svg.short(pair.other), "label strong"))
        parts.append(text(0, y + 12, label, f"direct {mark}"))
        parts.append(line(frame.x(gap.low), y + 8, frame.x(gap.high), y + 8, f"whisker {mark}"))
        parts.append(dot(frame.x(gap.difference), y + 8, f"fill {mark}", r=4))
        parts.append(text(WIDTH, y + 12, signed(gap.difference, 1), "tick", "end"))
        y += 24
    return drawing(height + 44, wording.comparison_title(data.comparisons[0]), parts)
