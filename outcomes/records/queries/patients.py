"""The list of patients: searched, filtered, a page at a time in the order of their codes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, Select, and_, exists, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.windows import DueState, DueVisit, schedule
from outcomes.records.queries.due import due_after_treatment, due_before_treatment
from outcomes.records.queries.plan import Plan, plan
from outcomes.records.queries.reach import (
    SEALED_NAME,
    anchors,
    cipher_of,
    key_of_patient,
    live,
    live_patients,
    opened,
    reached,
    under_way,
)
from outcomes.records.sealing import SHORTEST_PREFIX, KeyRing, name_words
from outcomes.records.tables import NamePrefix, Patient, PatientEnding, PatientKey, Visit
from outcomes.terms import Ending, Severity, Sex

LONGEST_TYPED = 500  # no name or code is longer, and a database refuses to compare with a text of millions of letters


class PatientState(StrEnum):
    """Where a patient stands: before any infusion, in follow-up, or how the patient left."""

    BEFORE_TREATMENT = "before_treatment"
    FOLLOW_UP = "follow_up"
    DEATH = "death"
    WITHDRAWAL = "withdrawal"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PatientFilter:
    """What to show of all patients; a filter left out lets everybody pass.

    `text` is the beginning of one or more words of a name, or a part of a code. `severity` is that of the last
    visit that has one.
    """

    text: str = ""
    sex: Sex | None = None
    severity: Severity | None = None
    state: PatientState | None = None
    due: DueState | None = None


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One patient in a list. `due` is the visit to be made next, or overdue; None when nothing is expected."""

    id: UUID
    code: str
    name: str | None
    sex: Sex
    state: PatientState
    severity: Severity | None
    first_day: date | None
    day_zero: date | None
    last_visit: date | None
    ended_on: date | None
    due: DueVisit | None


@dataclass(frozen=True, slots=True)
class PatientPage:
    """One page of patients. `next_after` is the code after which the next page begins; None on the last page."""

    rows: tuple[PatientLine, ...]
    next_after: str | None


def patient_list(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    today: date,
    chosen: PatientFilter | None = None,
    *,
    after: str | None = None,
    limit: int = 50,
) -> PatientPage:
    """One page of the patients that pass a filter, beginning after a code."""
    wanted = chosen or PatientFilter()
    in_force = plan(scope, session)
    ids = _matching(scope, keys, wanted, in_force, today)
    if after is not None:
        ids = ids.where(Patient.code > after)
    ids = ids.order_by(Patient.code).limit(limit + 1)
    found = [row.id for row in session.execute(ids)]
    lines = _lines(scope, session, keys, found[:limit], in_force=in_force, today=today)
    return PatientPage(lines, lines[-1].code if len(found) > limit else None)


def count_patients(
    scope: Scope, session: Session, keys: KeyRing, today: date, chosen: PatientFilter | None = None
) -> int:
    """How many patients pass a filter."""
    ids = _matching(scope, keys, chosen or PatientFilter(), plan(scope, session), today)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _matching(scope: Scope, keys: KeyRing, wanted: PatientFilter, in_force: Plan, today: date) -> Select[UUID, str]:
    statement = select(Patient.id, Patient.code).where(live_patients(scope))
    if wanted.text.strip():
        statement = statement.where(_text_matches(scope, keys, wanted.text))
    if wanted.sex:
        statement = statement.where(Patient.sex == wanted.sex)
    if wanted.severity:
        statement = statement.where(_last_severity(scope) == wanted.severity)
    if wanted.state:
        statement = statement.where(_state_is(scope, wanted.state))
    if wanted.due:
        statement = statement.where(Patient.id.in_(_due_ids(scope, in_force, today, {wanted.due})))
    return statement


def _text_matches(scope: Scope, keys: KeyRing, text: str) -> ColumnElement[bool]:
    """A part of the code, or a beginning of a word of the name for every word typed."""
    typed = text.strip()
    if len(typed) > LONGEST_TYPED:
        return false()
    by_code = Patient.code.icontains(typed, autoescape=True)
    words = [word for word in name_words(typed) if len(word) >= SHORTEST_PREFIX]
    if not words:
        return by_code
    hits: list[ColumnElement[bool]] = [
        exists().where(
            NamePrefix.clinic_id == scope.clinic_id,
            NamePrefix.patient_id == Patient.id,
            NamePrefix.prefix_hash.in_(keys.prefix_hashes_of_all_keys(scope.clinic_id, word)),
        )
        for word in words
    ]
    return or_(by_code, and_(*hits))


def _last_severity(scope: Scope) -> ColumnElement[Severity | None]:
    return (
        select(Visit.severity)
        .where(live(Visit, scope), Visit.patient_id == Patient.id, Visit.severity.is_not(None))
        .order_by(Visit.on_date.desc(), Visit.made_at.desc())
        .limit(1)
        .correlate(Patient)
        .scalar_subquery()
    )


def _state_is(scope: Scope, state: PatientState) -> ColumnElement[bool]:
    ended: Exists = exists().where(live(PatientEnding, scope), PatientEnding.patient_id == Patient.id)
    if state.value in set(Ending):
        return ended.where(PatientEnding.kind == Ending(state.value))
    begun = under_way(scope)
    return ~ended & (begun if state is PatientState.FOLLOW_UP else ~begun)


def _due_ids(scope: Scope, in_force: Plan, today: date, states: Collection[DueState]) -> Select[UUID]:
    parts = [due_after_treatment(scope, in_force.points, today, states)]
    if DueState.OPEN in states:
        parts.append(due_before_treatment(scope, in_force.points, today))
    there = [part for part in parts if part is not None]
    if not there:
        return select(Patient.id).where(Patient.id != Patient.id)
    due = union_all(*there).subquery("due")
    return select(due.c.patient_id)


def _lines(
    scope: Scope, session: Session, keys: KeyRing, ids: Sequence[UUID], *, in_force: Plan, today: date
) -> tuple[PatientLine, ...]:
    if not ids:
        return ()
    endings, visits = _endings(scope, session, ids), visit_dates(scope, session, ids)
    lines, place = [], {patient_id: number for number, patient_id in enumerate(ids)}
    for row in sorted(session.execute(_line_rows(scope, ids)), key=lambda row: place[row.id]):
        cipher = cipher_of(keys, scope.clinic_id, row.id, row.master_key_id, row.wrapped)
        kind, ended_on = endings.get(row.id, (None, None))
        dates = visits.get(row.id, ())
        due = () if ended_on else schedule(row.day_zero, dates, in_force.points, today)
        line = PatientLine(
            id=row.id,
            code=row.code,
            name=opened(cipher, SEALED_NAME, row.name_sealed),
            sex=row.sex,
            state=_state(kind, row.day_zero),
            severity=row.severity,
            first_day=row.first_day,
            day_zero=row.day_zero,
            last_visit=max(dates, default=None),
            ended_on=ended_on,
            due=next_due(due),
        )
        lines.append(line)
    return tuple(lines)


def _line_rows(scope: Scope, ids: Sequence[UUID]) -> Select[Any]:
    anchor = anchors(scope, ids)
    columns = (
        Patient.id,
        Patient.code,
        Patient.name_sealed,
        PatientKey.master_key_id,
        PatientKey.wrapped,
        Patient.sex,
        anchor.c.first_day,
        anchor.c.day_zero,
        _last_severity(scope).label("severity"),
    )
    return (
        select(*columns)
        .outerjoin(PatientKey, key_of_patient())
        .outerjoin(anchor, anchor.c.patient_id == Patient.id)
        .where(live_patients(scope), Patient.id.in_(ids))
    )


def _state(kind: Ending | None, day_zero: date | None) -> PatientState:
    if kind is not None:
        return PatientState(kind.value)
    return PatientState.BEFORE_TREATMENT if day_zero is None else PatientState.FOLLOW_UP


def next_due(due: Sequence[DueVisit]) -> DueVisit | None:
    """Of a patient's planned visits the one to make now: open or closing, else overdue, else the next to open."""
    for states in ({DueState.OPEN, DueState.CLOSING}, {DueState.OVERDUE}, {DueState.UPCOMING}):
        for each in due:
            if each.state in states:
                return each
    return None


def _endings(scope: Scope, session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[Ending, date]]:
    columns = (PatientEnding.patient_id, PatientEnding.kind, PatientEnding.on_date)
    statement = select(*columns).where(live(PatientEnding, scope), PatientEnding.patient_id.in_(ids))
    found = session.execute(statement.order_by(PatientEnding.on_date))
    return {patient_id: (kind, on_date) for patient_id, kind, on_date in found}


def visit_dates(scope: Scope, session: Session, ids: Collection[UUID]) -> Mapping[UUID, Sequence[date]]:
    """The dates of these patients' visits, in one statement."""
    own = (live(Visit, scope), reached(Visit, scope), Visit.patient_id.in_(ids))
    statement = select(Visit.patient_id, Visit.on_date).where(*own)
    dates: dict[UUID, list[date]] = {}
    for patient_id, on_date in session.execute(statement):
        dates.setdefault(patient_id, []).append(on_date)
    return dates


def survivor_of(scope: Scope, session: Session, patient_id: UUID) -> UUID | None:
    """The record into which another was merged, so that an old address leads on; None when it was not."""
    statement = select(Patient.merged_into_id).where(Patient.clinic_id == scope.clinic_id, Patient.id == patient_id)
    survivor = session.scalar(statement)
    allowed = scope.patient_id is None or scope.patient_id == survivor
    return survivor if allowed else None
