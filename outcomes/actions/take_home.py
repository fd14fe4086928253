"""From a patient's record as it is kept to the plain rows that leave the house."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from outcomes.exchange.writers import own_record as rows
from outcomes.exchange.writers.own_record import WholeRecord
from outcomes.records.queries.own_record import Whole

Made = TypeVar("Made")


def whole_record(whole: Whole, as_of: datetime) -> WholeRecord:
    """Turn everything that is known of a patient into plain rows, without versions and marks of the house."""
    record, header = whole.record, whole.record.header
    given = [each for course in record.courses for each in course.infusions]
    return WholeRecord(
        as_of=as_of,
        clinic=whole.clinic.name,
        person=_copy(rows.PersonRow, header),
        definitions=_all(rows.DefinitionRow, header.case_definitions),
        consents=_all(rows.ConsentRow, header.consents),
        endings=_all(rows.EndingRow, [header.ending] if header.ending else []),
        arms=_all(rows.ArmRow, [header.arm] if header.arm else []),
        courses=_all(rows.CourseRow, record.courses),
        infusions=_all(rows.InfusionRow, given),
        visits=_all(rows.VisitRow, record.visits),
        filled=tuple(_copy(rows.FilledRow, each, given_on=each.given_on or None) for each in whole.filled),
        scores=_all(rows.ScoreRow, [score for scale in record.scores.values() for score in scale]),
        exposures=_all(rows.ExposureRow, record.exposures),
        events=_all(rows.EventRow, record.events),
        activities=_all(rows.ActivityRow, whole.activities),
        activity_scores=tuple(
            rows.ActivityScoreRow(each.id, visit_id, on_date, value)
            for each in whole.activities
            for on_date, value, visit_id in each.scores
        ),
        diary=tuple(
            rows.DiaryRow(scale, on_date, value)
            for scale, diary in sorted(whole.diaries.items())
            for on_date, value in sorted(diary.days.items())
        ),
        reports=_all(rows.ReportRow, whole.reports),
    )


def _all(kind: type[Made], found: Iterable[Any]) -> tuple[Made, ...]:
    return tuple(_copy(kind, each) for each in found)


def _copy(kind: type[Made], row: Any, **instead: Any) -> Made:  # noqa: ANN401 - any row of the records
    """Take the fields of a row that go by the same names; an empty text is no text."""
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]  # every kind of row is a dataclass
    values = {name: instead.get(name, getattr(row, name)) for name in names}
    return kind(**{name: None if value == "" else value for name, value in values.items()})
