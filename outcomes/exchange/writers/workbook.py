"""All tables as one workbook (.xlsx), a sheet each. A text is written as a text: nothing in it can compute."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from outcomes.exchange.writers.contents import ContentsError, Table
from outcomes.exchange.writers.delimited import MISSING
from outcomes.exchange.writers.tables import Block

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header; a longer table goes on in a further sheet."""
MOST_LETTERS = 32_767
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class Workbook:
    """A workbook on its way to a file, in constant memory: rows go to disk as they come."""

    def __init__(self, path: Path, title: str, as_of: datetime, most_rows: int = MOST_ROWS) -> None:
        import xlsxwriter  # noqa: PLC0415 - loaded only where a workbook is written

        self._book: Any = xlsxwriter.Workbook(str(path), OPTIONS | {"tmpdir": str(path.parent)})
        self._book.set_properties({"title": title[:255], "created": as_of.astimezone(UTC).replace(tzinfo=None)})
        self._most_rows = most_rows

    def table(self, table: Table) -> "Sheets":
        """Begin a table."""
        return Sheets(self._book, table, self._most_rows)

    def close(self) -> None:
        """Write the workbook."""
        self._book.close()


class Sheets:
    """The sheets of one table."""

    def __init__(self, book: Any, table: Table, most_rows: int) -> None:  # noqa: ANN401 - the library ships no types
        self._book, self._table, self._most_rows = book, table, most_rows
        self._numbers = [column.kind.is_number for column in table.columns]
        self._parts = 0
        self._begin()

    def _begin(self) -> None:
        self._parts += 1
        self._sheet = self._book.add_worksheet(self._table.name + (f"_{self._parts}" if self._parts > 1 else ""))
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._table.names):
            self._sheet.write_string(0, place, name)
        self._row = 0

    def block(self, block: Block) -> None:
        """Write some rows."""
        for cells in zip(*block, strict=True):
            if self._row == self._most_rows:
                self._begin()
            self._row += 1
            self._write(cells)

    def _write(self, cells: Sequence[Any]) -> None:
        text, number, row = self._sheet.write_string, self._sheet.write_number, self._row
        for place, (is_number, cell) in enumerate(zip(self._numbers, cells, strict=True)):
            if not is_number:
                done = text(row, place, cell)
            else:
                done = text(row, place, MISSING) if cell is None else number(row, place, cell)
            if done:
                raise ContentsError(self._table.name, "does not fit into a cell of a workbook")
