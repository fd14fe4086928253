"""When each row's scores were taken: dates as they stand, or days, weeks, months and labels counted from a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outcomes.change.windows import TimePoint
from outcomes.exchange.readers.columns import Column, Parsed, TimeKind, dates, labels, moved, numbers, plain
from outcomes.exchange.readers.mapping import ColumnMapping
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, shown
from outcomes.exchange.readers.table import Cell, text_of


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as the file gives it: a date, or an amount of days, weeks or months from a day still to be found."""

    on_date: date | None
    amount: float = 0
    kind: TimeKind = TimeKind.DATE

    def counted(self, anchor: date | None, today: date) -> date | ProblemCode:
        """Return the date, or why there is none."""
        if self.on_date is not None:
            return self.on_date
        if anchor is None:
            return ProblemCode.ANCHOR_MISSING
        day = moved(anchor, self.amount, self.kind)
        return ProblemCode.DATE_IN_FUTURE if isinstance(day, date) and day > today else day


def read_times(
    column: Column, mapping: ColumnMapping, points: Sequence[TimePoint], today: date, delimiter: str | None
) -> Parsed[Moment]:
    """Read a column of times of the mapping's kind."""
    cleared = column.without(frozenset(mapping.missing))
    if mapping.time is TimeKind.DATE:
        read = dates(cleared, today, mapping.date_format)
        return Parsed([None if day is None else Moment(day) for day in read.values], read.problems)
    if mapping.time is TimeKind.LABEL:
        days = known_labels(mapping.labels, points)
        named = labels(cleared)
        return named.read(lambda cell: _labelled(named, cell, days))
    amounts = numbers(cleared, mapping.decimal, delimiter)
    kind = mapping.time
    return Parsed([None if each is None else Moment(None, each, kind) for each in amounts.values], amounts.problems)


def known_labels(own: Mapping[str, str | int], points: Sequence[TimePoint]) -> dict[str, int]:
    """Return the day each label stands for: the protocol's codes and titles, and what the clinic declares."""
    by_code = {plain(point.code): point.day for point in points}
    by_title = {plain(title): point.day for point in points for title in point.title.values()}
    known = by_title | by_code
    declared = {plain(label): known.get(plain(day)) if isinstance(day, str) else day for label, day in own.items()}
    return known | {label: day for label, day in declared.items() if day is not None}


def _labelled(column: Column, cell: Cell, days: Mapping[str, int]) -> Moment | ImportProblem:
    """Read one label."""
    day = days.get(plain(text_of(cell)))
    if day is None:
        return column.problem(ProblemCode.LABEL_UNKNOWN, None, value=shown(text_of(cell)))
    return Moment(None, day, TimeKind.DAYS)
