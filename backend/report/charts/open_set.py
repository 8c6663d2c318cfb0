"""Charts of 'none of these', of fewer thumbnails, and of the heatmaps' faithfulness."""

from __future__ import annotations

from backend.evaluation.open_set import BARS
from backend.report import wording
from backend.report.charts import svg
from backend.report.charts.svg import WIDTH, Frame, dot, drawing, line, polyline, rect, text
from backend.report.model import ReportData
from backend.report.numbers import percent
from backend.utils.errors import ThumbprintError


def unknown(data: ReportData) -> str:
    """Draw how probable 'none of these' is: for the channels' pictures above, for others below."""
    known, others, threshold = data.unknown_histograms()
    most = max([*known, *others, 0.01])
    parts = []
    for shares, top, mark, label in (
        (known, 30, "known", "these channels"),
        (others, 174, "second", "other channels"),
    ):
        frame = Frame(48, top, WIDTH - 14, top + 104, (0, 1), (0, most))
        parts.append(svg.y_axis(frame, svg.ticks(0, most, 3), percent, "Share of pictures"))
        parts.append(text(frame.right, top - 12, label, f"direct {mark}", "end"))
        width = (frame.right - frame.left) / BARS
        for place, share in enumerate(shares):
            span = f"{percent(place / BARS)} to {percent((place + 1) / BARS)}: {percent(share)} of {label}"
            x, y = frame.left + place * width, frame.y(share)
            parts.append(rect(x + 0.75, y, width - 1.5, frame.bottom - y, f"fill {mark}", span))
        x = frame.x(threshold)
        parts.append(line(x, frame.top, x, frame.bottom, "threshold"))
    parts.append(svg.x_axis(frame, svg.ticks(0, 1, 5), percent, "Probability of “none of these”"))
    beside, anchor = (x - 5, "end") if x > WIDTH / 2 else (x + 5, "start")
    parts.append(text(beside, 44, "claimed left of this", "note", anchor))
    return drawing(320, wording.unknown_title(data), parts)


def threshold(data: ReportData) -> str:
    """Draw what recognising more of the channels' pictures costs in false alarms."""
    data.unknown_histograms()  # raises where there is no threshold
    figures = data.metrics["unknown"]
    frame = Frame(48, 30, WIDTH - 14, 250)
    shares = svg.ticks(0, 1, 5)
    parts = [
        svg.y_axis(frame, shares, percent, "Others' pictures claimed: false alarms"),
        svg.x_axis(frame, shares, percent, "These channels' pictures recognised"),
    ]
    curve = [(frame.x(point["known_recall"]), frame.y(point["false_known"])) for point in figures["curve"]]
    parts.append(polyline(curve, "mean known"))
    x, y = frame.x(figures["known_recall"]), frame.y(figures["false_known"])
    low, high = frame.y(figures["false_known_low"]), frame.y(figures["false_known_high"])
    parts += [line(x, low, x, high, "whisker second"), dot(x, y, "fill second", r=5.5)]
    label = f"chosen: {percent(figures['known_recall'])}, {percent(figures['false_known'])}"
    parts.append(text(x - 11, y - 3, label, "direct second", "end"))
    return drawing(292, wording.threshold_title(data), parts)


def learning_curve(data: ReportData) -> str:
    """Draw macro F1 by the number of videos learnt from: mean, range, and every draw; without the prior too."""
    if data.curve is None:
        raise ThumbprintError("no learning curve was given: add --learning-curve FILE")
    points = data.curve["points"]
    kinds = [("macro_f1", "known", "with the prior")]
    if wording.has_both(data.curve):
        kinds.insert(0, ("without_prior", "second", "without it"))
    values = [score for point in points for kind, *_ in kinds for score in point[kind]["draws"]]
    low = svg.floor(values)
    frame = Frame(48, 30, WIDTH - 24, 230, (0, max(len(points) - 1, 1)), (low, 1.0))
    parts = [svg.y_axis(frame, svg.ticks(low, 1, 5), percent, "Macro F1, pictures not learnt from")]
    places = [float(place) for place in range(len(points))]
    parts.append(svg.x_axis(frame, places, lambda p: str(points[int(p)]["count"]), "Videos a channel learnt from"))
    for kind, mark, _ in kinds:
        lowest, highest, means = (
            [(frame.x(p), frame.y(point[kind][which])) for p, point in enumerate(points)]
            for which in ("min", "max", "mean")
        )
        parts.append(svg.band(lowest, highest, mark))
        for place, point in enumerate(points):
            scores = point[kind]["draws"]
            parts += [dot(frame.x(place), frame.y(score), f"faint {mark}", percent(score), 2) for score in scores]
        parts.append(polyline(means, f"mean {mark}"))
        parts += [dot(x, y, f"fill {mark}", r=4) for x, y in means]
    if len(kinds) == 1:
        return drawing(274, wording.curve_title(data.curve), parts)
    legend = svg.dots_legend([(mark, label) for _, mark, label in reversed(kinds)])
    below = f'<g transform="translate(0 26)">{"".join(parts)}</g>'
    return drawing(300, wording.curve_title(data.curve), [legend, below])


def faithfulness(data: ReportData) -> str:
    """Draw what becomes of the answer while the hottest, random or central parts are deleted, or inserted."""
    if data.faithfulness is None:
        raise ThumbprintError("there are no figures of faithfulness: add --faithfulness FILE")
    kinds = (("heat", "hottest first", "known"), ("random", "at random", "muted"), ("centre", "centre first", "second"))
    curves, parts = data.faithfulness["runs"][0]["curves"], []
    for top, measure, label in (
        (30.0, "deletion", "Probability, while deleting"),
        (238.0, "insertion", "Probability, while inserting"),
    ):
        most = max(max(values) for values in curves[measure].values())
        frame = Frame(48, top, WIDTH - 14, top + 140, (0, 1), (0, most or 1.0))
        parts.append(svg.y_axis(frame, svg.ticks(0, most or 1.0, 4), percent, label))
        parts.append(svg.x_axis(frame, svg.ticks(0, 1, 4), percent, "Share of the picture"))
        for order, _, mark in kinds:
            values = curves[measure][order]
            steps = max(len(values) - 1, 1)
            parts.append(polyline([(frame.x(i / steps), frame.y(v)) for i, v in enumerate(values)], f"mean {mark}"))
    below = f'<g transform="translate(0 26)">{"".join(parts)}</g>'
    legend = svg.dots_legend([(mark, label) for _, label, mark in kinds])
    return drawing(450, wording.faithfulness_title(data.faithfulness), [legend, below])
