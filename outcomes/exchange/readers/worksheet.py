"""One sheet of a workbook: cells to values, row by row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import IO
from xml.etree.ElementTree import Element

from outcomes.exchange.readers.parts import elements, name_of
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, refuse, shown
from outcomes.exchange.readers.table import Cell, Limits, trimmed

_MOST_NAMED = 50
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HALVES = range(0xD800, 0xE000)
_NO_SIGN = "\ufffd"
_NO_SUCH_DAY = 60


@dataclass(frozen=True, slots=True)
class Book:
    """What is needed to read a cell: the shared texts, which styles show dates, and from which day dates count."""

    texts: Sequence[str]
    date_styles: frozenset[int]
    day_zero: date


@dataclass(slots=True)
class SheetReader:
    """Reads the rows of one sheet; the formulas it meets are gathered, up to fifty of them."""

    book: Book
    limits: Limits
    formulas: list[ImportProblem] = field(default_factory=list)

    def rows(self, stream: IO[bytes]) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield numbered rows; reading ends with the table, or when enough formulas are found."""
        number, cells = 0, list[Cell]()
        for element in elements(stream, "c", "row", "sheetData"):
            name = name_of(element)
            if name == "c":
                self._place(element, number + 1, cells)
            elif name == "sheetData" or len(self.formulas) >= _MOST_NAMED:
                return
            else:
                stated = element.get("r") or ""
                number = max(number + 1, int(stated) if _ROW_NUMBER.fullmatch(stated) else 0)
                yield number, cells
                cells = []

    def _place(self, element: Element, row: int, cells: list[Cell]) -> None:
        """Put a cell at its place in the row."""
        found = _ADDRESS.fullmatch(element.get("r") or "")
        column = _column_number(found[1]) if found else len(cells)
        address = found[0] if found else f"{_column_name(column)}{row}"
        inner = {name_of(part): part for part in element}
        if "f" in inner:
            at = int(found[2]) if found else row
            self.formulas.append(ImportProblem(ProblemCode.FORMULA, at, None, {"cell": address}))
        value = self._value(element, inner, address)
        if column >= self.limits.columns and value is not None:
            raise refuse(ProblemCode.TOO_MANY_COLUMNS, most=self.limits.columns)
        if column < self.limits.columns:
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = value

    def _value(self, element: Element, inner: Mapping[str, Element], address: str) -> Cell:
        """Return what a cell holds."""
        kind = element.get("t") or "n"
        if kind == "inlineStr":
            return trimmed(text_in(inner["is"])) if "is" in inner else None
        raw = (inner["v"].text or "").strip() if "v" in inner else ""
        if not raw:
            return None
        if kind == "n":
            return self._number(raw, element.get("s") or "0", address)
        if kind == "e":
            raise refuse(ProblemCode.CELL_ERROR, cell=address, value=shown(raw))
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        return trimmed(self._shared(raw) if kind == "s" else raw)

    def _shared(self, raw: str) -> str:
        """Return a shared text by its number."""
        if not raw.isdecimal() or int(raw) >= len(self.book.texts):
            raise refuse(ProblemCode.WORKBOOK_BROKEN)
        return self.book.texts[int(raw)]

    def _number(self, raw: str, style: str, address: str) -> Cell:
        """Return a number, or the date it is shown as."""
        if not _NUMBER.fullmatch(raw):
            return shown(raw)
        number = float(raw)
        if int(style) not in self.book.date_styles:
            return number
        try:
            return _date(number, self.book.day_zero)
        except (OverflowError, ValueError) as error:
            raise refuse(ProblemCode.DATE_IMPOSSIBLE, column=address, value=shown(raw)) from error


def text_in(element: Element) -> str:
    """Join the runs of a text, without its reading aids."""
    plain = [piece for piece in element if name_of(piece) == "t"]
    in_runs = [piece for run in element if name_of(run) == "r" for piece in run if name_of(piece) == "t"]
    text = "".join(piece.text or "" for piece in (*plain, *in_runs))
    return _ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    """Return the sign that an escape stands for; a NUL and half of a letter stand for none."""
    code = int(found[1], 16)
    return _NO_SIGN if code == 0 or code in _HALVES else chr(code)


def _column_number(letters: str) -> int:
    """A is 0, Z is 25, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _column_name(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    name = ""
    while number >= 0:
        number, rest = divmod(number, 26)
        name = chr(ord("A") + rest) + name
        number -= 1
    return name


def _date(serial: float, day_zero: date) -> date:
    """Return the date of a serial number; the calendar of 1900 counts a 29 February that never was."""
    days = int(serial)
    if day_zero.year == date(1899, 1, 1).year and days <= _NO_SUCH_DAY:
        if days in {0, _NO_SUCH_DAY}:
            raise ValueError("a day that was not")
        days += 1
    return day_zero + timedelta(days=days)
