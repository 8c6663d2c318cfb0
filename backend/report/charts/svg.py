"""Plain SVG: scales, axes and marks. Colours are CSS classes, so that one drawing suits light, dark and paper.

Everything is 360 units wide: a telephone's width, so that letters keep their size there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 360
LETTERS = 34  # of a name in a drawing; the table below has all of it
Point = tuple[float, float]
Format = Callable[[float], str]


@dataclass(frozen=True)
class Frame:
    """A plotting area: its box in units, and the values at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: Point = (0.0, 1.0)
    y_range: Point = (0.0, 1.0)

    def x(self, value: float) -> float:
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round values from low to high, about as many as wanted."""
    rough = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [round(place * step, 10) for place in range(first, last + 1)]


def attributes(**values: object) -> str:
    """Write attributes; `class_` is `class`, `_` in a name is `-`."""
    pairs = ((name.rstrip("_").replace("_", "-"), value) for name, value in values.items())
    return "".join(
        f' {name}="{round(value, 2) if isinstance(value, float) else escape(str(value))}"' for name, value in pairs
    )


def element(name: str, hint: str = "", **values: object) -> str:
    """Write an element; `hint` is shown where the pointer rests on it."""
    inside = f"<title>{escape(hint)}</title>" if hint else ""
    return f"<{name}{attributes(**values)}>{inside}</{name}>" if inside else f"<{name}{attributes(**values)}/>"


def text(x: float, y: float, words: str, class_: str = "label", anchor: str = "start") -> str:
    """Write a line of text."""
    return f"<text{attributes(x=float(x), y=float(y), class_=class_, text_anchor=anchor)}>{escape(words)}</text>"


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "grid") -> str:
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str, hint: str = "", **values: object) -> str:
    box = {"x": float(x), "y": float(y), "width": float(max(width, 0)), "height": float(max(height, 0))}
    return element("rect", hint, **box, class_=class_, **values)


def dot(x: float, y: float, class_: str, hint: str = "", r: float = 3.5) -> str:
    return element("circle", hint, cx=float(x), cy=float(y), r=r, class_=class_)


def polyline(points: Sequence[Point], class_: str) -> str:
    return element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=f"stroke {class_}")


def band(lower: Sequence[Point], upper: Sequence[Point], class_: str) -> str:
    """Fill what lies between two lines."""
    around = [*lower, *reversed(upper)]
    return element("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in around), class_=f"band {class_}")


def x_axis(frame: Frame, values: Sequence[float], form: Format, label: str) -> str:
    """Draw vertical grid lines, their values below, and what they are."""
    parts = []
    for value in values:
        x = frame.x(value)
        anchor = "end" if x > WIDTH - 16 else "middle"
        parts += [line(x, frame.top, x, frame.bottom), text(x, frame.bottom + 15, form(value), "tick", anchor)]
    middle = (frame.left + frame.right) / 2
    return "".join([*parts, text(middle, frame.bottom + 33, label, "axis", "middle")])


def y_axis(frame: Frame, values: Sequence[float], form: Format, label: str) -> str:
    """Draw horizontal grid lines, their values at the left, and above them what they are."""
    parts = [text(2, frame.top - 12, label, "axis")]
    for value in values:
        y = frame.y(value)
        parts += [line(frame.left, y, frame.right, y), text(frame.left - 6, y + 4, form(value), "tick", "end")]
    return "".join(parts)


def drawing(height: float, title: str, body: Sequence[str]) -> str:
    """Put a drawing together; the title is its text for those who do not see it."""
    box = f"0 0 {WIDTH} {height:g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" class="chart" role="img"'
    return f'{head} aria-label="{escape(title)}">{"".join(body)}</svg>'


def short(name: str, letters: int = LETTERS) -> str:
    """Cut a name to fit, visibly."""
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"


def dots_legend(entries: Sequence[tuple[str, str]], more: str = "") -> str:
    """Name the dots of a drawing in its first line, each in its colour."""
    parts, x = [], 4.0
    for mark, label in entries:
        parts += [dot(x, 10, f"fill {mark}", r=4.5), text(x + 9, 14, label, f"direct {mark}")]
        x += 30 + 7.4 * len(label)
    return "".join([*parts, text(WIDTH - 2, 14, more, "tick", "end")])


def floor(values: Sequence[float]) -> float:
    """Return the round value below all values where an axis of shares begins."""
    lowest = min(values)
    return next(floor for floor in (0.95, 0.9, 0.8, 0.7, 0.5, 0.25, 0.0) if floor <= lowest or floor == 0.0)
