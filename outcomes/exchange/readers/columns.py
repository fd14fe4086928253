"""Columns of a table: texts to numbers, dates, words and times. What holds for one cell holds for its whole column."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from math import isfinite
from typing import Generic, TypeVar

from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, shown
from outcomes.exchange.readers.table import Cell, text_of

T = TypeVar("T")

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
MOST_YEARS = 60
_MOST_DAYS = MOST_YEARS * 366

_POINT = re.compile(r"[+−-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_COMMA = re.compile(r"[+−-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_GROUPS = {
    ",": re.compile(r"[+−-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+"),
    ".": re.compile(r"[+−-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+"),
}

_NO_VALUE = re.compile(r"[+-]?(?:nan|inf|infinity|null|none|n/?a|na\.?|yok|-+|\?+|\.)", re.IGNORECASE)
_WHOLE_WITH_ZERO = re.compile(r"([0-9]+)[.,]0+")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.+Zz-]*)?")
_FORMAT_PART = re.compile(r"YYYY|MM|DD|M|D|[^A-Za-z0-9]")
ISO_FORMAT = "YYYY-MM-DD"


class TimeKind(StrEnum):
    """How a file says when a visit took place."""

    DATE = "date"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    LABEL = "label"


@dataclass(slots=True)
class Parsed(Generic[T]):
    """The values of a column, row by row; None where there is none or where a problem says why."""

    values: list[T | None] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, its cells and the numbers of their rows."""

    name: str
    numbers: Sequence[int]
    cells: Sequence[Cell]

    def problem(self, code: ProblemCode, row: int | None, **values: object) -> ImportProblem:
        """Say what is wrong in this column."""
        return ImportProblem(code, row, self.name, {name: str(value) for name, value in values.items()})

    def without(self, missing: frozenset[str]) -> "Column":
        """Return the column with the clinic's signs for a missing value taken as empty."""
        if not missing:
            return self
        cells = [None if cell is not None and text_of(cell) in missing else cell for cell in self.cells]
        return Column(self.name, self.numbers, cells)

    def read(self, read_cell: Callable[[Cell], "T | ImportProblem | None"]) -> Parsed[T]:
        """Read each cell that holds something; equal texts are read once. The problem's row is filled in here."""
        parsed, known = Parsed[T](), dict[Cell, T | ImportProblem | None]()
        for number, cell in zip(self.numbers, self.cells, strict=True):
            if cell is not None and cell not in known:
                known[cell] = read_cell(cell)
            value = None if cell is None else known[cell]
            if isinstance(value, ImportProblem):
                parsed.problems.append(ImportProblem(value.code, number, value.column, value.values))
                value = None
            parsed.values.append(value)
        return parsed


def numbers(column: Column, decimal: str | None = None, delimiter: str | None = None) -> Parsed[float]:
    """Read a column of numbers; whether a comma marks the decimals is decided for the whole column.

    Parameters:
        column: the cells.
        decimal: the decimal sign, "." or ",", when the clinic declares it.
        delimiter: the sign between the file's cells; a semicolon speaks for decimal commas.

    Returns:
        The numbers, and a problem for each cell that is none.
    """
    sign, problem = (decimal, None) if decimal else _decimal_sign(column, delimiter)
    if problem is not None:
        return Parsed([None] * len(column.cells), [problem])
    pattern = _COMMA if sign == "," else _POINT
    return column.read(lambda cell: _number(column, cell, pattern))


def _decimal_sign(column: Column, delimiter: str | None) -> tuple[str, ImportProblem | None]:
    """Decide between "." and ",", or say why it cannot be decided."""
    texts = [(row, cell) for row, cell in zip(column.numbers, column.cells, strict=True) if isinstance(cell, str)]
    commas = [(row, text) for row, text in texts if "," in text and _COMMA.fullmatch(text)]
    points = [(row, text) for row, text in texts if "." in text and _POINT.fullmatch(text)]
    if commas and points:
        row, comma = commas[0]
        problem = column.problem(ProblemCode.DECIMALS_MIXED, row, comma=shown(comma), point=shown(points[0][1]))
        return ".", problem
    sign, written = (",", commas) if commas else (".", points)
    spoken_for = (sign == ",") is (delimiter == ";")
    if written and not spoken_for and all(_GROUPS[sign].fullmatch(text) for _, text in written):
        row, text = written[0]
        return sign, column.problem(ProblemCode.DECIMALS_AMBIGUOUS, row, value=shown(text))
    return sign, None


def _number(column: Column, cell: Cell, pattern: re.Pattern[str]) -> float | ImportProblem:
    """Read one number."""
    if isinstance(cell, date) or cell is None:
        return column.problem(ProblemCode.NOT_A_NUMBER, None, value=text_of(cell))
    if isinstance(cell, float):
        return cell if isfinite(cell) else column.problem(ProblemCode.NOT_FINITE, None, value=cell)
    if not pattern.fullmatch(cell):
        code = ProblemCode.NO_VALUE_WORD if _NO_VALUE.fullmatch(cell) else ProblemCode.NOT_A_NUMBER
        return column.problem(code, None, value=shown(cell))
    number = float(cell.replace(",", ".").replace("−", "-"))
    return number if isfinite(number) else column.problem(ProblemCode.NOT_FINITE, None, value=shown(cell))


def dates(column: Column, today: date, written: str = ISO_FORMAT) -> Parsed[date]:
    """Read a column of dates, written YYYY-MM-DD or as declared; none may lie in the future.

    Parameters:
        column: the cells; dates of a workbook are taken as they are.
        today: the last day that can be.
        written: how days, months and years are written, such as DD.MM.YYYY or D/M/YYYY.

    Returns:
        The dates, and a problem for each cell that is none.

    Raises:
        ValueError: for a format that does not name day, month and year once each.
    """
    pattern = date_pattern(written)
    return column.read(lambda cell: _date(column, cell, pattern, today, written))


def date_pattern(written: str) -> re.Pattern[str]:
    """Turn a format such as DD.MM.YYYY into what finds its parts.

    Raises:
        ValueError: when it does not name day, month and year once each.
    """
    parts = _FORMAT_PART.findall(written)
    letters = sorted(part[0] for part in parts if part[0] in "DMY")
    if "".join(parts) != written or letters != ["D", "M", "Y"]:
        raise ValueError("a format names D, M and YYYY once each")
    digits = {"YYYY": "{4}", "MM": "{2}", "DD": "{2}", "M": "{1,2}", "D": "{1,2}"}
    return re.compile(
        "".join(f"(?P<{part[0]}>[0-9]{digits[part]})" if part in digits else re.escape(part) for part in parts)
    )


def _date(column: Column, cell: Cell, pattern: re.Pattern[str], today: date, written: str) -> date | ImportProblem:
    """Read one date."""
    value = text_of(cell)
    day = cell if isinstance(cell, date) else None
    if day is None:
        found = pattern.fullmatch(value)
        iso = _ISO.fullmatch(value)
        if found is None and iso is None:
            return column.problem(ProblemCode.DATE_UNREADABLE, None, value=shown(value), format=written)
        year, month, number = (found["Y"], found["M"], found["D"]) if found else iso.groups() if iso else ("", "", "")
        day = _day(int(year), int(month), int(number))
    if day is None:
        return column.problem(ProblemCode.DATE_IMPOSSIBLE, None, value=shown(value))
    if day < FIRST_DAY:
        return column.problem(ProblemCode.DATE_TOO_OLD, None, value=shown(value), first=FIRST_DAY.isoformat())
    return column.problem(ProblemCode.DATE_IN_FUTURE, None, value=shown(value)) if day > today else day


def _day(year: int, month: int, day: int) -> date | None:
    """The date, or None when there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def texts(column: Column, most: int, code: ProblemCode = ProblemCode.TEXT_TOO_LONG) -> Parsed[str]:
    """Read a column of short texts, one line each and without invisible signs."""
    return column.read(lambda cell: _text(column, cell, most, code))


def _text(column: Column, cell: Cell, most: int, code: ProblemCode) -> str | ImportProblem:
    """Read one text."""
    text = " ".join(text_of(cell).split())
    if len(text) > most or not text.isprintable():
        return column.problem(code, None, most=most)
    return text


def codes(column: Column, most: int) -> Parsed[str]:
    """Read a column of patient codes; where every code is a whole number written like 7.0, the zero is dropped."""
    return texts(_plain_whole(column), most, ProblemCode.PATIENT_UNUSABLE)


def labels(column: Column) -> Column:
    """Return a column of names of visits, whole numbers written like 1.0 without the zero."""
    return _plain_whole(column)


def _plain_whole(column: Column) -> Column:
    """Drop the ".0" of whole numbers where the whole column writes them so."""
    written = [cell for cell in column.cells if isinstance(cell, str)]
    if not written or not all(_WHOLE_WITH_ZERO.fullmatch(cell) for cell in written):
        return column
    cells = [re.sub(_WHOLE_WITH_ZERO, r"\1", cell) if isinstance(cell, str) else cell for cell in column.cells]
    return Column(column.name, column.numbers, cells)


def words(column: Column, known: Mapping[str, T], names: Sequence[str]) -> Parsed[T]:
    """Read a column of words, whatever their case; `names` are what a clinic's own word can stand for."""
    return column.read(lambda cell: _word(column, cell, known, names))


def _word(column: Column, cell: Cell, known: Mapping[str, T], names: Sequence[str]) -> T | ImportProblem:
    """Read one word."""
    value = known.get(plain(text_of(cell)))
    if value is not None:
        return value
    return column.problem(ProblemCode.WORD_UNKNOWN, None, value=shown(text_of(cell)), known=", ".join(names))


def plain(text: str) -> str:
    """Return a text by which words are compared: no case, no space around, Turkish letters as their plain ones."""
    return text.strip().replace("İ", "i").replace("I", "i").replace("ı", "i").casefold()


def moved(anchor: date, amount: float, kind: TimeKind) -> date | ProblemCode:
    """Return the day that lies some days, weeks or months from another, or why there is none."""
    days = amount * 7 if kind is TimeKind.WEEKS else amount
    if abs(days) > (MOST_YEARS * 12 if kind is TimeKind.MONTHS else _MOST_DAYS):
        return ProblemCode.TIME_TOO_FAR
    if not float(days).is_integer():
        return ProblemCode.TIME_NOT_WHOLE
    return _months_later(anchor, int(days)) if kind is TimeKind.MONTHS else anchor + timedelta(days=int(days))


def _months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
