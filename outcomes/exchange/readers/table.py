"""A table as a file gives it: a header and rows of cells. Knows nothing yet of patients or scores."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from outcomes.exchange.readers.problems import ProblemCode, refuse, shown

Cell = str | float | date | None
"""What a cell holds: text, a number or a date (both from workbooks only), or nothing."""

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold before it is refused."""

    size: int = 20 * MEGABYTE
    unzipped: int = 64 * MEGABYTE
    rows: int = 100_000
    columns: int = 2_000
    cell: int = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row, numbered as a spreadsheet numbers it (the header is row 1)."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it, each row as long as the header. Rows without any entry are left out.

    `encoding` and `delimiter` tell how a text file was read, `sheet` which sheet of a workbook was.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def column(self, name: str) -> tuple[Cell, ...]:
        """Return every row's cell in the column of this name."""
        place = self.header.index(name)
        return tuple(row.cells[place] for row in self.rows)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every row's number."""
        return tuple(row.number for row in self.rows)


def header_hash(header: Iterable[str]) -> str:
    """Return what a remembered mapping is found by: the names of the columns, whatever their order."""
    return sha256("\x1f".join(sorted(header)).encode()).hexdigest()


def text_of(cell: Cell) -> str:
    """Return a cell as text; a whole number loses its decimals, so that 7.0 is "7"."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else cell


def trimmed(text: str) -> str | None:
    """Return a text cell without the space around it, or None when nothing is left."""
    return text.strip().strip("\ufeff\u200b").strip() or None


def assemble(rows: Iterable[tuple[int, Sequence[Cell]]], limits: Limits) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Check the shape of numbered rows, and return the header and the rows that hold anything."""
    filled = ((number, without_tail(cells)) for number, cells in rows)
    number, first = next(((n, cells) for n, cells in filled if cells), (1, ()))
    header = tuple(_named(text_of(cell)) for cell in first)
    _check_header(number, header, limits)
    body: list[Row] = []
    for row_number, cells in filled:
        if cells:
            body.append(_fitted(row_number, cells, header, limits))
        if len(body) > limits.rows:
            raise refuse(ProblemCode.TOO_MANY_ROWS, most=limits.rows)
    return header, tuple(body)


def _named(text: str) -> str:
    """Return a column's name on one line, without invisible signs."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def without_tail(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells up to the last one that holds anything."""
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return tuple(cells[:end])


def _check_header(number: int, header: tuple[str, ...], limits: Limits) -> None:
    """Refuse a header that is not there, is too wide, or names two columns alike."""
    if not any(header):
        raise refuse(ProblemCode.HEADER_MISSING, number)
    if len(header) > limits.columns:
        raise refuse(ProblemCode.TOO_MANY_COLUMNS, most=limits.columns)
    for name, times in Counter(name for name in header if name).items():
        if times > 1:
            raise refuse(ProblemCode.HEADER_DUPLICATE, number, shown(name))


def _fitted(number: int, cells: tuple[Cell, ...], header: tuple[str, ...], limits: Limits) -> Row:
    """Return the row as long as the header."""
    if len(cells) > len(header):
        raise refuse(ProblemCode.ROW_TOO_LONG, number, cells=len(cells), columns=len(header))
    for name, cell in zip(header, cells, strict=False):
        if isinstance(cell, str) and len(cell) > limits.cell:
            raise refuse(ProblemCode.CELL_TOO_LONG, number, name or None, most=limits.cell)
    return Row(number, cells + (None,) * (len(header) - len(cells)))
