"""The form of JSON that somebody may have changed: which keys there are, and of which types their values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

# A type; a Range; None; a tuple of alternatives; [the shape of each item], of which there must be one, or with ... as a
# second item none; an object's keys with their shapes, where "key?" may be missing; {...: the shape of each value}.
Shape: TypeAlias = Any
NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", dict: "an object"}


@dataclass(frozen=True)
class Range:
    """Numbers from low to high."""

    low: float
    high: float = math.inf
    kind: type = float


def check_shape(value: Any, shape: Shape, place: str = "") -> None:
    """Raise ValueError, which names the place, where a value of JSON is not of a shape."""
    if isinstance(shape, tuple):
        _check_any(value, shape, place)
    elif isinstance(shape, list):
        if not isinstance(value, list) or (not value and len(shape) == 1):
            raise ValueError(f"{place or 'all'} is not a list of something")
        for number, item in enumerate(value):
            check_shape(item, shape[0], f"{place}[{number}]")
    elif isinstance(shape, Mapping):
        _check_keys(value, shape, place)
    elif isinstance(shape, Range):
        if not _is_of(value, shape.kind) or not shape.low <= value <= shape.high:
            raise ValueError(f"{place or 'all'} is not {NAMES[shape.kind]} from {shape.low:g} to {shape.high:g}")
    elif not _is_of(value, shape):
        raise ValueError(f"{place or 'all'} is not {NAMES.get(shape, 'null')}")


def _check_any(value: Any, shapes: tuple[Shape, ...], place: str) -> None:
    for shape in shapes[:-1]:
        with suppress(ValueError):
            check_shape(value, shape, place)
            return
    check_shape(value, shapes[-1], place)


def _check_keys(value: Any, shape: Mapping[Any, Shape], place: str) -> None:
    if not isinstance(value, dict) or (not value and shape):
        raise ValueError(f"{place or 'all'} is not an object with something in it")
    for name, inner in shape.items():
        if name is ...:
            for key, item in value.items():
                check_shape(item, inner, f"{place}.{key}".lstrip("."))
            continue
        key = name.removesuffix("?")
        if key in value:
            check_shape(value[key], inner, f"{place}.{key}".lstrip("."))
        elif key == name:
            raise ValueError(f"{place or 'it'} has no {key!r}")


def _is_of(value: Any, kind: type | None) -> bool:
    if kind is None:
        return value is None
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
