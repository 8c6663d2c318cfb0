"""How numbers are written in a report."""

from __future__ import annotations

NOTHING = "\N{EN DASH}"  # where there is no number


def percent(value: float) -> str:
    """Write a share as people read it: '98 %', one decimal only where it says more ('99.6 %')."""
    if 0 < value < 0.0005 or 0.9995 < value < 1:
        return "< 0.1\N{NO-BREAK SPACE}%" if value < 0.5 else "> 99.9\N{NO-BREAK SPACE}%"
    hundred = 100 * value
    exact = round(hundred, 1)
    digits = 1 if 99 < exact < 100 or 0 < exact < 1 else 0
    return f"{hundred:.{digits}f}\N{NO-BREAK SPACE}%"


def exact_percent(value: float) -> str:
    """Write a share with one decimal, where what is compared is small."""
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def chance(value: float | None) -> str:
    """Write a probability, or a dash where there is none."""
    return NOTHING if value is None else percent(value)


def signed(value: float, digits: int | None = None) -> str:
    """Write a difference of shares in points, with its sign; a plain 0 where there is none."""
    points = 100 * value
    written = f"{points:+g}" if digits is None else f"{points:+.{digits}f}"
    return "0" if points == 0 else with_minus(written)


def with_minus(written: str) -> str:
    """Give a written number the sign that is as wide as a plus."""
    return written.replace("-", "\N{MINUS SIGN}")


def plain(value: float) -> str:
    """Write a number without needless zeros."""
    return f"{value:g}"


def p_value(value: float) -> str:
    """Write a p-value."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
