"""Which patients a visit is due of, found by the database: one statement for a clinic of any size.

The rule is that of `outcomes.change.windows.schedule`; here it is turned round. A window that is open today means a
range of days on which day 0 may lie, so that patients are found by their day 0.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Date, Integer, Select, column, exists, literal, or_, select, values
from sqlalchemy.orm import InstrumentedAttribute

from outcomes.access.scope import Scope
from outcomes.change.windows import CLOSING_DAYS, DueState, TimePoint, place
from outcomes.records.queries.days import days_after, days_from
from outcomes.records.queries.reach import anchors, live, live_patients, under_way
from outcomes.records.tables import Patient, PatientEnding, Visit

OPENING_DAYS = 7
WAITING = (DueState.UPCOMING, DueState.OPEN, DueState.CLOSING, DueState.OVERDUE)
STATES = tuple(DueState)


@dataclass(frozen=True, slots=True)
class _Range:
    """Day 0 lies from `first` to `last`, both included, when this time point is in this state unless it was filled."""

    point: int
    state: int
    first: date
    last: date


def _days(point: TimePoint, state: DueState, points: Sequence[TimePoint]) -> tuple[int, int | None] | None:
    """The days since day 0 on which an unfilled time point is in a state; None when it never is."""
    if state is DueState.UPCOMING:
        return point.opens - OPENING_DAYS, point.opens - 1
    if state is DueState.CLOSING:
        return max(point.opens, point.closes - CLOSING_DAYS), point.closes
    if state is DueState.OPEN:
        last = point.closes - CLOSING_DAYS - 1
        return (point.opens, last) if last >= point.opens else None
    later = [other.opens for other in points if other.opens > point.opens]
    overdue, last_of_all = point.closes + 1, min(later) - 1 if later else None
    return None if point.is_baseline or (last_of_all is not None and last_of_all < overdue) else (overdue, last_of_all)


def _ranges(points: Sequence[TimePoint], today: date, states: Collection[DueState]) -> Iterator[_Range]:
    for index, point in enumerate(points):
        for state in states:
            days = _days(point, state, points)
            if days is not None:
                first = date.min if days[1] is None else today - timedelta(days=days[1])
                yield _Range(index, STATES.index(state), first, today - timedelta(days=days[0]))


def _territories(points: Sequence[TimePoint]) -> Iterator[tuple[int, int, int]]:
    """The runs of days that belong to each time point, where windows overlap to the nearer target."""
    for index, point in enumerate(points):
        own = [day for day in range(point.opens, point.closes + 1) if place(day, points) == point]
        breaks = [day for day in own if day - 1 not in own]
        for first in breaks:
            last = first
            while last + 1 in own:
                last += 1
            yield index, first, last


def _ranges_table(ranges: Sequence[_Range]) -> CTE:
    names = column("point", Integer), column("state", Integer), column("from_day", Date), column("to_day", Date)
    rows = [(each.point, each.state, each.first, each.last) for each in ranges]
    return values(*names, name="due_range").data(rows).cte("due_range")


def _territory_table(points: Sequence[TimePoint]) -> CTE:
    table = values(column("point", Integer), column("from_day", Integer), column("to_day", Integer), name="territory")
    return table.data(list(_territories(points))).cte("territory")


def due_after_treatment(
    scope: Scope, points: Sequence[TimePoint], today: date, states: Collection[DueState] = WAITING
) -> Select[Any, Any, Any, Any] | None:
    """Select (patient_id, days since day 0, place in `points`, place in `STATES`) of every visit that is due.

    None if none can be.
    """
    ranges = list(_ranges(points, today, states))
    if not ranges:
        return None
    anchor, due, territory = anchors(scope), _ranges_table(ranges), _territory_table(points)
    made: ColumnElement[bool] = exists().where(
        live(Visit, scope),
        Visit.patient_id == anchor.c.patient_id,
        Visit.on_date <= today,
        territory.c.point == due.c.point,
        Visit.on_date.between(
            days_after(anchor.c.day_zero, territory.c.from_day), days_after(anchor.c.day_zero, territory.c.to_day)
        ),
    )
    there = exists().where(live_patients(scope), Patient.id == anchor.c.patient_id)
    return (
        select(anchor.c.patient_id, days_from(anchor.c.day_zero, literal(today, Date)), due.c.point, due.c.state)
        .join(due, anchor.c.day_zero.between(due.c.from_day, due.c.to_day))
        .where(there, ~_ended(scope, anchor.c.patient_id), ~made)
    )


def due_before_treatment(scope: Scope, points: Sequence[TimePoint], today: date) -> Select[Any, Any, Any, Any] | None:
    """Select patients without any infusion who lack a fresh baseline, in the columns of `due_after_treatment`."""
    baselines = [point for point in points if point.is_baseline]
    if not baselines:
        return None
    fresh = or_(
        *(
            exists().where(
                live(Visit, scope),
                Visit.patient_id == Patient.id,
                Visit.on_date.between(today + timedelta(days=point.opens), today),
            )
            for point in baselines
        )
    )
    columns = Patient.id.label("patient_id"), literal(None, Integer), literal(0), literal(STATES.index(DueState.OPEN))
    return select(*columns).where(live_patients(scope), ~under_way(scope), ~_ended(scope, Patient.id), ~fresh)


def _ended(scope: Scope, patient_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return exists().where(live(PatientEnding, scope), PatientEnding.patient_id == patient_id)
