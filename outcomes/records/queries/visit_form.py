"""What the form of a visit needs: what is due, what was answered last, and the baseline of every scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.individual import Baseline, ErrorInForce, baseline, error_in_force
from outcomes.change.windows import DueState, DueVisit, TimePoint, place
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.patients import next_due
from outcomes.records.queries.plan import Plan, plan
from outcomes.records.queries.reach import anchors
from outcomes.records.queries.record import PatientRecord, ScoreRow, VisitRow, patient_record
from outcomes.records.queries.remembered import Remembered
from outcomes.records.sealing import KeyRing


@dataclass(frozen=True, slots=True)
class ScaleSoFar:
    """What is known of one scale before the visit: its baseline, its last score, and the error that judges a change."""

    baseline: Baseline | None
    last: ScoreRow | None
    error: ErrorInForce | None


@dataclass(frozen=True, slots=True)
class VisitFormView:
    """A visit about to be logged.

    `point` is the time point whose instruments are asked: the window the date lies in, else the visit due now.
    `inside` says that the date lies in its window. `day` counts from the latest day 0. `asked` holds the codes of
    the instruments in the protocol's order, those already answered on a visit of this date left out.
    """

    record: PatientRecord
    on_date: date
    day: int | None
    point: TimePoint | None
    due: DueVisit | None
    inside: bool
    asked: tuple[str, ...]
    scales: Mapping[str, ScaleSoFar]
    same_day: tuple[VisitRow, ...]


def visit_form(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    catalogue: Catalogue,
    patient_id: UUID,
    *,
    today: date,
    on_date: date | None = None,
    memory: Remembered | None = None,
) -> VisitFormView:
    """Read what the form of a visit needs, for today or another date.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    record = patient_record(scope, session, keys, patient_id, today)
    day_of_visit = on_date or today
    day = None if record.day_zero is None else (day_of_visit - record.day_zero).days
    due = next_due(record.due)
    point = point_of(record, day, due)
    asked = _asked(record, catalogue, point, day_of_visit)
    return VisitFormView(
        record=record,
        on_date=day_of_visit,
        day=day,
        point=point,
        due=due if due is not None and due.point == point else None,
        inside=point is not None and (day is None or point.holds(day)),
        asked=asked,
        scales=_so_far(scope, session, catalogue, record, asked, memory=memory),
        same_day=tuple(visit for visit in record.visits if visit.on_date == day_of_visit),
    )


def point_of(record: PatientRecord, day: int | None, due: DueVisit | None) -> TimePoint | None:
    """The time point a visit on this day is for: its window, else what is due now, else the nearest planned."""
    points = record.plan.points
    if day is None:
        return next((point for point in points if point.is_baseline), None)
    inside = place(day, points)
    if inside is not None:
        return inside
    if due is not None and due.state is not DueState.UPCOMING:
        return due.point
    return min(points, key=lambda point: abs(point.day - day), default=None)


def asked_on(scope: Scope, session: Session, patient_id: UUID, on_date: date) -> tuple[str, ...]:
    """The instruments that the protocol asks of a patient on a day: those of its window, else the primary one."""
    in_force = plan(scope, session)
    anchor = anchors(scope, (patient_id,))
    day_zero = session.scalar(select(anchor.c.day_zero))
    points = in_force.points
    if day_zero is None:
        point = next((each for each in points if each.is_baseline), None)
    else:
        point = place((on_date - day_zero).days, points)
    return _planned(in_force, point)


def _planned(in_force: Plan, point: TimePoint | None) -> tuple[str, ...]:
    if point is not None and point.instruments:
        return point.instruments
    return (in_force.primary_scale.partition(".")[0],) if in_force.primary_scale else ()


def _asked(record: PatientRecord, catalogue: Catalogue, point: TimePoint | None, on_date: date) -> tuple[str, ...]:
    """The point's instruments that are installed and not answered yet on that date; without any, the primary one."""
    answered = {each.instrument for visit in record.visits if visit.on_date == on_date for each in visit.assessments}
    return tuple(code for code in _planned(record.plan, point) if code in catalogue and code not in answered)


def _so_far(
    scope: Scope,
    session: Session,
    catalogue: Catalogue,
    record: PatientRecord,
    asked: tuple[str, ...],
    *,
    memory: Remembered | None,
) -> Mapping[str, ScaleSoFar]:
    scales = {scale.key: scale for code in asked for scale in catalogue[code].scales}
    own = own_errors(scope, session, scales, memory)
    so_far = {}
    for key, scale in scales.items():
        measured = [row for row in record.scores.get(key, ()) if row.value is not None]
        last = measured[-1] if measured else None
        so_far[key] = ScaleSoFar(baseline(record.readings(key)), last, error_in_force(scale, own.get(key)))
    return so_far
