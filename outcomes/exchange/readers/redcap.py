"""Reading a REDCap-shaped data file and its dictionary back into visits, value for value."""

import csv
from collections.abc import Mapping
from datetime import date
from io import StringIO

from outcomes.exchange.writers.redcap import ABSENT, DICTIONARY, FIRST, RedcapScale, RedcapVisit
from outcomes.exchange.writers.texts import unguarded
from outcomes.terms import Absence


class RedcapError(ValueError):
    """A file is not of the shape it says; names the line and the field, never a value."""

    def __init__(self, line: int, field: str) -> None:
        super().__init__(f"line {line}: {field}")
        self.line, self.field = line, field


def read_dictionary(text: str) -> tuple[RedcapScale, ...]:
    """Read the scales of a data dictionary.

    Parameters:
        text: the file.

    Returns:
        The scales, in their order.

    Raises:
        RedcapError: it is no data dictionary, or a limit is no number.

    References:
        See `writers.redcap.data_dictionary`.

    Example:
        >>> from outcomes.exchange.writers.redcap import data_dictionary
        >>> read_dictionary(data_dictionary([RedcapScale("own_fatigue.score", "Fatigue", 0, 10)]))[0].key
        'own_fatigue.score'
    """
    found = []
    for line, row in _lines(text, DICTIONARY):
        if key := row["Field Annotation"]:
            ends = (_number(row[f"Text Validation {end}"], line, "limit") for end in ("Min", "Max"))
            found.append(RedcapScale(key, row["Field Label"], *ends))
    return tuple(found)


def read_data(text: str, names: Mapping[str, str]) -> tuple[RedcapVisit, ...]:
    """Read visits.

    Parameters:
        text: the data file.
        names: the field of each scale, by key; see `writers.redcap.variables`.

    Returns:
        The visits, in the order of the file.

    Raises:
        RedcapError: a column is missing, a date or number is none, or a reason is unknown.

    References:
        See `writers.redcap.data_file`.

    Example:
        >>> from outcomes.exchange.writers.redcap import data_file
        >>> read_data(data_file([], [RedcapVisit("P", date(2026, 5, 12))]), {})
        (RedcapVisit(code='P', on_date=datetime.date(2026, 5, 12), values={}, absences={}),)
    """
    wanted = (*FIRST, *(column for name in names.values() for column in (name, f"{name}{ABSENT}")))
    return tuple(_visit(row, line, names) for line, row in _lines(text, wanted))


def _visit(row: Mapping[str, str], line: int, names: Mapping[str, str]) -> RedcapVisit:
    try:
        on_date = date.fromisoformat(row["visit_date"])
    except ValueError:
        raise RedcapError(line, "visit_date") from None
    values = {key: _number(row[name], line, name) for key, name in names.items()}
    reasons = {key: row[f"{name}{ABSENT}"] for key, name in names.items()}
    if unknown := [key for key, reason in reasons.items() if reason and reason not in set(Absence)]:
        raise RedcapError(line, f"{names[unknown[0]]}{ABSENT}")
    return RedcapVisit(
        row["record_id"],
        on_date,
        {key: value for key, value in values.items() if value is not None},
        {key: Absence(reason) for key, reason in reasons.items() if reason},
    )


def _lines(text: str, wanted: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(StringIO(text, newline=""), restval="")
    missing = [name for name in wanted if name not in (reader.fieldnames or ())]
    if missing:
        raise RedcapError(1, missing[0])
    return [(reader.line_num, {name: unguarded(row[name]) for name in wanted}) for row in reader]


def _number(text: str, line: int, field: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise RedcapError(line, field) from None
