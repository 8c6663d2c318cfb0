"""Tables that a spreadsheet may open: no cell is a formula there, and every one comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.utils.files import pack_csv
from backend.utils.tables import NUMBER, table_reader

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.text("'=+-@\t\r\n1.e,\"", max_size=5),
)


def read(packed: bytes) -> list[dict[str, str]]:
    return list(table_reader(io.StringIO(packed.decode(), newline="")))


@given(
    st.lists(st.tuples(CELLS, CELLS), max_size=4), st.tuples(CELLS, CELLS).filter(lambda names: names[0] != names[1])
)
def test_a_table_comes_back_as_it_was(rows: list[tuple[str, str]], header: tuple[str, str]) -> None:
    packed = pack_csv(header, rows)
    assert read(packed) == [dict(zip(header, row, strict=True)) for row in rows]
    for row in csv.reader(io.StringIO(packed.decode(), newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r") and cell and not NUMBER.fullmatch(cell)]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-abcdefghij", "'-abcdefghij"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+x", "'+x"),
        ("'=x", "''=x"),
        ("it's", "it's"),
        ("'quoted'", "'quoted'"),
        (-1, "-1"),
        (-0.5, "-0.5"),
        ("-1.5e-08", "-1.5e-08"),
        ("-inf", "-inf"),
        ("-1+1", "'-1+1"),
        ("", ""),
    ],
)
def test_formulas_are_defused_and_numbers_are_not(cell: object, written: str) -> None:
    packed = pack_csv(["name", "other"], [[cell, "x"]])
    assert packed.decode() == f"name,other\n{written},x\n"
    assert read(packed) == [{"name": str(cell), "other": "x"}]


def test_an_older_table_is_read_as_before() -> None:
    older = "channel,key,=odd\naero,-_abcdefghi,=1\naero,'quoted',@x\n"
    assert read(older.encode()) == [
        {"channel": "aero", "key": "-_abcdefghi", "=odd": "=1"},
        {"channel": "aero", "key": "'quoted'", "=odd": "@x"},
    ]
