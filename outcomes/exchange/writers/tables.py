"""The tables of a release: scores long and wide, made ready in blocks of columns and checked while they pass.

A block is one list a column. In it texts and codes are never missing; a number may be, and then the column beside it
says why. A release that contradicts its own description is refused, not repaired.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite
from operator import itemgetter
from typing import Any, TypeAlias

from outcomes.exchange.writers.contents import (
    FIRST_MISSING,
    LAST_MISSING,
    MEASURED,
    NO_SCORE,
    NOT_COUNTED,
    NOT_KNOWN,
    OUTSIDE,
    REASONS,
    ROLES,
    WITHHELD,
    Batches,
    Cells,
    Code,
    Column,
    ContentsError,
    Kind,
    LongRow,
    Records,
    ReleaseContents,
    Table,
    Titles,
    said,
)
from outcomes.exchange.writers.texts import named, plain
from outcomes.terms import AnsweredBy, Language
from outcomes.voice import N_

Block: TypeAlias = list[Sequence[Any]]

ROWS_OF_WIDE = 500
ANSWERED = {
    AnsweredBy.SELF: N_("the patient"),
    AnsweredBy.PROXY: N_("somebody on the patient's behalf"),
    AnsweredBy.CLINICIAN_READ: N_("read aloud by a clinician"),
    AnsweredBy.PAPER: N_("on paper"),
}
LANGUAGES = {Language.ENGLISH: N_("English"), Language.TURKISH: N_("Turkish")}


def absences() -> tuple[Code, ...]:
    """Every reason why a number is not there, and "measured"."""
    there = Code(MEASURED, said(N_("there is a value")))
    return (there, *(Code(code, said(text)) for code, text in REASONS.items()))


def tables(contents: ReleaseContents) -> tuple[Table, ...]:
    """Every table of a release, in the order of the file."""
    records = contents.records
    if records is None:
        return contents.summaries
    long, wide = long_table(contents), wide_table(contents)
    return (long, wide, records.patients, records.treatments, records.events, *contents.summaries)


def long_table(contents: ReleaseContents) -> Table:
    """One row a score."""
    records = _records(contents)
    title = said(N_("Scores, one row a score"))
    return Table("long", title, _long_columns(contents), records.long, ("patient", "visit", "scale", "occurrence"))


def _records(contents: ReleaseContents) -> Records:
    if contents.records is None:
        raise ContentsError("records", "missing")
    return contents.records


def _long_columns(contents: ReleaseContents) -> tuple[Column, ...]:
    """Describe the columns of the long table, in the order of `LongRow`."""
    records = _records(contents)
    scales = tuple(Code(scale.key, scale.title) for scale in records.scales)
    answered = (*(Code(code, said(text)) for code, text in ANSWERED.items()), _unknown())
    languages = (*(Code(code, said(text)) for code, text in LANGUAGES.items()), _unknown())
    day = said(N_("Planned day of the visit window, counted from the first infusion"))
    items = said(N_("Items of the scale"))
    return (
        _patient(),
        _visit(records),
        Column("day", Kind.INTEGER, day, reason=WITHHELD),
        Column("scale", Kind.CODE, said(N_("Scale")), scales),
        Column("value", Kind.NUMBER, said(N_("Score")), absence="absence"),
        Column("standard_error", Kind.NUMBER, said(N_("Standard error of the score")), reason=NOT_KNOWN),
        Column("absence", Kind.CODE, said(N_("Why there is no score")), absences()),
        Column("items_used", Kind.INTEGER, said(N_("Items that were answered and used")), reason=NOT_COUNTED),
        Column("items", Kind.INTEGER, items, reason=NOT_COUNTED),
        Column("key_version", Kind.TEXT, said(N_("Version of the scoring key"))),
        Column("answered_by", Kind.CODE, said(N_("Who gave the answers")), answered),
        Column("language", Kind.CODE, said(N_("Language of the questions")), languages),
        Column("role", Kind.CODE, said(N_("Part of the score in the summary")), _roles()),
        Column("occurrence", Kind.INTEGER, said(N_("Number of the score within the visit window"))),
    )


def _roles() -> tuple[Code, ...]:
    return tuple(Code(code, said(text)) for code, text in ROLES.items())


def _unknown() -> Code:
    return Code("unknown", said(REASONS[NOT_KNOWN]))


def _patient() -> Column:
    return Column("patient", Kind.TEXT, said(N_("Identifier of the patient in this release alone")))


def _visit(records: Records) -> Column:
    visits = tuple(Code(visit.code, visit.title) for visit in records.visits)
    outside = Code(OUTSIDE, said(N_("outside every visit window")))
    return Column("visit", Kind.CODE, said(N_("Visit window")), (*visits, outside))


def wide_table(contents: ReleaseContents) -> Table:
    """One row a patient and visit window, each scale in a column with the reason for its absence beside it."""
    records = _records(contents)
    occurrence = Column("occurrence", Kind.INTEGER, said(N_("Number of the score within the visit window")))
    columns = [_patient(), _visit(records), occurrence]
    names = scale_names(records)
    for scale in records.scales:
        name = names[scale.key]
        columns.append(Column(name, Kind.NUMBER, scale.title, absence=f"{name}_absence"))
        columns.append(Column(f"{name}_absence", Kind.CODE, _why(scale.title), absences()))
    title = said(N_("Scores, one row a patient and visit window"))
    return Table("wide", title, tuple(columns), _Wide(records), ("patient", "visit", "occurrence"))


def scale_names(records: Records) -> dict[str, str]:
    """Name the column of each scale in the wide table."""
    taken = {"patient", "visit", "occurrence"}
    return {scale.key: named(scale.key, taken) for scale in records.scales}


def _why(title: Titles) -> Titles:
    """Title the column of absence of one scale."""
    words = said(N_("Why there is no score"))
    return {language: f"{words[language]}: {title[language]}" for language in title}


@dataclass(frozen=True, slots=True)
class _Wide:
    """Rows of the wide table, made anew from the long rows each time they are read."""

    records: Records = field(repr=False)

    def __iter__(self) -> Iterator[Sequence[Cells]]:
        """Give the rows in batches."""
        batch: list[Cells] = []
        for rows in people(self.records.long):
            batch.extend(self._rows(rows))
            if len(batch) >= ROWS_OF_WIDE:
                yield batch
                batch = []
        if batch:
            yield batch

    def _rows(self, rows: Sequence[LongRow]) -> Iterator[Cells]:
        """Give one patient's rows in the order of visits."""
        order = {visit.code: place for place, visit in enumerate(self.records.visits)}
        found: dict[tuple[str, int], dict[str, LongRow]] = {}
        for row in rows:
            here = found.setdefault((row[1], row[13]), {})
            if row[3] in here:
                raise ContentsError("long", "a score stands twice")
            here[row[3]] = row
        for visit, occurrence in sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1])):
            yield self._row(rows[0][0], visit, occurrence, found[visit, occurrence])

    def _row(self, patient: str, visit: str, occurrence: int, scores: Mapping[str, LongRow]) -> Cells:
        cells: list[str | int | float | None] = [patient, visit, occurrence]
        for scale in self.records.scales:
            row = scores.get(scale.key)
            cells += (None, NO_SCORE) if row is None else (row[4], row[6] or MEASURED)
        return cells


def people(batches: Iterable[Sequence[LongRow]]) -> Iterator[list[LongRow]]:
    """Give each patient's rows together.

    Raises:
        ContentsError: a patient's rows do not come one after another.
    """
    seen: set[str] = set()
    rows = (row for batch in batches for row in batch)
    for patient, own in groupby(rows, key=itemgetter(0)):
        if patient in seen:
            raise ContentsError("long", "the rows of a patient are not together")
        seen.add(patient)
        yield list(own)


def blocks(table: Table, batches: Batches | None = None) -> Iterator[Block]:
    """Give the rows of a table as checked blocks of columns.

    Raises:
        ContentsError: a row of another width, an unknown code, a text that is missing, a number that is not finite, or
            one that is missing without a reason.
    """
    checks = [_Check(table, column) for column in table.columns]
    for batch in table.batches if batches is None else batches:
        if not batch:
            continue
        columns = list(zip(*batch, strict=True))
        if len(columns) != len(checks):
            raise ContentsError(table.name, "width")
        block = [check.passed(column) for check, column in zip(checks, columns, strict=True)]
        for check in checks:
            check.explained(block)
        yield block


def _is_reason(number: float) -> bool:
    return LAST_MISSING <= number <= FIRST_MISSING


class _Check:
    """The check of one column."""

    def __init__(self, table: Table, column: Column) -> None:
        self.where = f"{table.name}.{column.name}"
        self.column = column
        self._codes: dict[Any, str] = {code.code: str(code.code) for code in column.codes}
        if any(other.absence == column.name for other in table.columns):
            self._codes[None] = MEASURED
        if column.absence is not None and column.absence not in table.names:
            raise ContentsError(self.where, "no column of absence")
        self._beside = table.names.index(column.absence) if column.absence else None
        self._here = table.names.index(column.name)

    def passed(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Check the cells by themselves."""
        if self.column.kind.is_number:
            return self._numbers(cells)
        try:
            if self.column.kind is Kind.CODE:
                return [self._codes[cell] for cell in cells]
            texts = {cell: plain(cell) for cell in set(cells)}
            return [texts[cell] for cell in cells]
        except (KeyError, AttributeError, TypeError):
            raise ContentsError(self.where, "a text is missing or a code unknown") from None

    def _numbers(self, cells: Sequence[Any]) -> Sequence[Any]:
        there = [cell for cell in cells if cell is not None]
        if len(there) < len(cells) and not self.column.may_be_missing:
            raise ContentsError(self.where, "missing without a reason")
        if not all(map(isfinite, there)):
            raise ContentsError(self.where, "not finite")
        if self.column.may_be_missing and there and min(there) <= FIRST_MISSING and any(map(_is_reason, there)):
            raise ContentsError(self.where, "a number that stands for a reason")
        return cells

    def explained(self, block: Block) -> None:
        """Check that a reason stands beside every missing number, and beside no other."""
        if self._beside is None:
            return
        beside = zip(block[self._here], block[self._beside], strict=True)
        if any((number is None) == (why == MEASURED) for number, why in beside):
            raise ContentsError(self.where, "value and reason do not fit")
