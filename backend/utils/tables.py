"""Tables as CSV. A spreadsheet takes some cells for formulas, and whoever names a file could write one: they are told
apart by an apostrophe in front, which is taken off again here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

FORMULA = re.compile(r"'*[=+\-@\t\r]")  # with apostrophes that were in front before: one more tells them apart
NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)", re.ASCII | re.IGNORECASE)


def write_table(file: SupportsWrite[str], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table row by row, so that no cell is a formula; numbers stay as they are."""
    writer = csv.writer(_Lines(file), lineterminator="\r\n")  # so that a cell that holds one of them is quoted
    writer.writerow(map(_defused, header))
    writer.writerows(map(_defused, row) for row in rows)


def table_reader(file: Iterable[str]) -> csv.DictReader[str]:
    """Return a reader of what `write_table` has written, and of any other table with a header."""
    reader = csv.DictReader(file)
    reader.reader = _Cells(reader.reader)  # type: ignore[assignment]  # all that is used of it is there
    return reader


def _defused(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def _restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


class _Lines:
    """A file whose lines end in a line feed alone."""

    def __init__(self, file: SupportsWrite[str]) -> None:
        self._file = file

    def write(self, line: str) -> object:
        return self._file.write(line.removesuffix("\r\n") + "\n")


class _Cells:
    """A reader of rows whose cells are as they were before they were written."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        return [_restored(cell) for cell in next(self._rows)]

    @property
    def line_num(self) -> int:
        return int(self._rows.line_num)
