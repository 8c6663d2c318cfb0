"""Reading what may be damaged: at once, bounded, and with few kinds of errors; and the form of JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from backend.utils.reading import parse_json, read_file
from backend.utils.shapes import Range, check_shape


def test_a_file_is_read_whole_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0\r\n\xff")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read_file(tmp_path / "a") == read_file(tmp_path / "b") == b"\0\r\n\xff"


def test_what_is_no_file_or_too_large_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "large").write_bytes(b"12345")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(OSError, match=r".+"):
            read_file(path)
    assert read_file(tmp_path / "large", 5) == b"12345"
    with pytest.raises(OSError, match="of more than"):
        read_file(tmp_path / "large", 4)


@pytest.mark.parametrize(
    "content",
    ["NaN", "[-Infinity]", "1e999", "[" * 100_000, '{"a":' * 100_000, '"\\ud800"', "", "{", "{} {}", "1" * 5000, "\0"],
)
def test_what_is_no_json_to_all_readers_is_one_error(content: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_json(content.encode())


def test_json_is_read_with_a_byte_order_mark_and_any_letters() -> None:
    assert parse_json('\ufeff{"é": ["\\u00e9\\ud83c\\udf6e", 1, 0.5, null]}'.encode()) == {"é": ["é🍮", 1, 0.5, None]}
    with pytest.raises(ValueError, match=r".+"):
        parse_json(b'"\xff"')


SHAPE = {
    "name": str,
    "count?": int,
    "share": (None, Range(0, 1)),
    "yes": bool,
    "rows": [{"n": float}],
    "any": [str, ...],
    "sums": {...: str},
}
WHOLE: dict[str, Any] = {
    "name": "a",
    "count": 1,
    "share": 0.5,
    "yes": True,
    "rows": [{"n": 1}, {"n": 1.5}],
    "any": [],
    "sums": {"b": "c"},
    "more": [],
}


def test_a_value_of_a_shape_passes() -> None:
    check_shape(WHOLE, SHAPE)
    check_shape({**WHOLE, "share": None}, SHAPE)
    check_shape({key: value for key, value in WHOLE.items() if key != "count"}, SHAPE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 1}, "name is not a text"),
        ({"count": 1.0}, "count is not a whole number"),
        ({"count": True}, "count is not a whole number"),
        ({"share": 1.5}, "share is not a number from 0 to 1"),
        ({"share": 10**400}, "share is not a number from 0 to 1"),
        ({"share": False}, "share is not a number from 0 to 1"),
        ({"yes": 1}, "yes is not true or false"),
        ({"rows": []}, "rows is not a list of something"),
        ({"rows": {}}, "rows is not a list of something"),
        ({"rows": [{"n": 1}, {}]}, "rows.1. is not an object with something in it"),
        ({"rows": [{"m": 1}]}, "rows.0. has no 'n'"),
        ({"any": [1]}, "any.0. is not a text"),
        ({"sums": {"b": None}}, "sums.b is not a text"),
        ({"sums": {}}, "sums is not an object with something in it"),
    ],
)
def test_another_value_is_named_by_its_place(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_shape({**WHOLE, **changes}, SHAPE)
