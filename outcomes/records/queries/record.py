"""One patient's record: who, what was done, what was answered, what else happened, how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.individual import Reading
from outcomes.change.windows import DueVisit, TimePoint, place, schedule
from outcomes.records.queries.header import PatientHeader, header_and_cipher
from outcomes.records.queries.plan import Plan, plan
from outcomes.records.queries.reach import cipher_for, columns, of_patient, opened_row, reached
from outcomes.records.queries.signatures import visit_states
from outcomes.records.queries.treatment import CourseRow, courses_of
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import AdverseEvent, Assessment, Exposure, Score, Visit
from outcomes.terms import (
    Absence,
    AnsweredBy,
    AssessmentState,
    EventOutcome,
    ExposureKind,
    Language,
    Reached,
    Relation,
    Seriousness,
    Severity,
    VisitState,
)


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One instrument filled in on a visit, without its answers."""

    id: UUID
    visit_id: UUID
    instrument: str
    key_version: str
    form_version: str | None
    language: Language
    wording_version: str | None
    answered_by: AnsweredBy
    state: AssessmentState
    started_at: datetime | None
    finished_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit. `day` counts from the latest day 0 and `point` is the window it lies in; both None when unknown."""

    id: UUID
    on_date: date
    time_zone: str
    reached: Reached
    severity: Severity | None
    crash: bool
    too_ill: bool
    qualifying: bool
    note: str | None
    made_at: datetime
    import_id: UUID | None
    version: int
    day: int | None = None
    point: TimePoint | None = None
    assessments: tuple[AssessmentRow, ...] = ()
    state: VisitState = VisitState.COMPLETE


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score with its provenance. `value` is None exactly when `absence` says why."""

    scale: str
    visit_id: UUID
    assessment_id: UUID
    on_date: date
    value: float | None
    standard_error: float | None
    absence: Absence | None
    items_used: int
    items: int
    key_version: str
    form_version: str | None
    language: Language
    answered_by: AnsweredBy
    crash: bool
    too_ill: bool
    qualifying: bool
    reached: Reached

    def reading(self, anchor: date) -> Reading:
        """The score as the science reads it, its day counted from the anchor."""
        days = (self.on_date - anchor).days
        return Reading(days, self.value, self.standard_error, self.qualifying, self.absence)


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """Something besides FMT that may move scores."""

    id: UUID
    kind: ExposureKind
    text: str
    started_on: date
    ended_on: date | None
    by_patient: bool
    how_bad: int | None
    version: int


@dataclass(frozen=True, slots=True)
class AdverseEventRow:
    """An adverse event."""

    id: UUID
    infusion_id: UUID | None
    term: str
    started_on: date
    ended_on: date | None
    grade: int
    seriousness: Seriousness | None
    relation_to_fmt: Relation
    relation_to_procedure: Relation
    expected: bool | None
    action: str | None
    outcome: EventOutcome
    crash_after_exertion: bool
    organism: str | None
    version: int


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Everything a patient's page shows.

    `first_day` is the first infusion of the first course, against which verdicts compare; `day_zero` the first
    infusion of the latest course, from which days and windows count. Both are None before any infusion, but for
    somebody in an untreated comparison arm, where they are the day on which it began.
    """

    header: PatientHeader
    courses: tuple[CourseRow, ...]
    visits: tuple[VisitRow, ...]
    scores: Mapping[str, tuple[ScoreRow, ...]]
    exposures: tuple[ExposureRow, ...]
    events: tuple[AdverseEventRow, ...]
    plan: Plan
    due: tuple[DueVisit, ...]
    first_day: date | None
    day_zero: date | None
    today: date
    blinded: bool = field(default=False)

    def readings(self, scale: str, anchor: date | None = None) -> tuple[Reading, ...]:
        """The scores of a scale, days counted from `anchor`, or from the first course; () before any infusion."""
        start = anchor or self.first_day
        return () if start is None else tuple(row.reading(start) for row in self.scores.get(scale, ()))


def patient_record(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID, today: date) -> PatientRecord:
    """Read one patient's record.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    header, cipher = header_and_cipher(scope, session, keys, patient_id)
    given = courses_of(scope, session, cipher, patient_id)
    starts = [course.starts_on for course in given if course.starts_on] or _start_of_comparison(header)
    day_zero = max(starts, default=None)
    in_force = plan(scope, session)
    visits = visit_rows(scope, session, cipher, patient_id, day_zero, in_force.points)
    ended_on = header.ending.on_date if header.ending else None
    return PatientRecord(
        header=header,
        courses=given,
        visits=visits,
        scores=score_rows(scope, session, patient_id),
        exposures=exposures_of(scope, session, cipher, patient_id),
        events=events_of(scope, session, cipher, patient_id),
        plan=in_force,
        due=schedule(day_zero, [visit.on_date for visit in visits], in_force.points, today, ended_on),
        first_day=min(starts, default=None),
        day_zero=day_zero,
        today=today,
        blinded=any(course.hidden for course in given),
    )


def _start_of_comparison(header: PatientHeader) -> list[date]:
    """Somebody who is compared and was never given anything counts from the day on which the arm began."""
    arm = header.arm
    return [arm.starts_on] if arm and arm.comparison and arm.starts_on else []


def visit_rows(
    scope: Scope,
    session: Session,
    cipher: PatientCipher | None,
    patient_id: UUID,
    day_zero: date | None,
    points: tuple[TimePoint, ...],
) -> tuple[VisitRow, ...]:
    """The visits of a patient, the earliest first, each placed in its window."""
    picked = columns(VisitRow, Visit)
    order = (Visit.on_date, Visit.made_at)
    found = session.execute(select(*picked).where(of_patient(Visit, scope, patient_id)).order_by(*order))
    assessed = assessment_rows(scope, session, patient_id)
    states = visit_states(scope, session, patient_id)
    rows = []
    for row in found:
        day = None if day_zero is None else (row.on_date - day_zero).days
        point = None if day is None else place(day, points)
        rows.append(
            replace(
                opened_row(VisitRow, cipher, Visit, row),
                day=day,
                point=point,
                assessments=tuple(assessed.get(row.id, ())),
                state=states.get(row.id, VisitState.COMPLETE),
            )
        )
    return tuple(rows)


def assessment_rows(scope: Scope, session: Session, patient_id: UUID) -> dict[UUID, list[AssessmentRow]]:
    """The assessments of a patient by visit."""
    picked = columns(AssessmentRow, Assessment)
    statement = select(*picked).where(of_patient(Assessment, scope, patient_id)).order_by(Assessment.instrument)
    by_visit: dict[UUID, list[AssessmentRow]] = {}
    for row in session.execute(statement):
        by_visit.setdefault(row.visit_id, []).append(AssessmentRow(*row))
    return by_visit


def score_rows(scope: Scope, session: Session, patient_id: UUID) -> dict[str, tuple[ScoreRow, ...]]:
    """The scores of a patient by scale, the earliest first."""
    picked = columns(ScoreRow, Score, Assessment, Visit)
    statement = (
        select(*picked)
        .join(Assessment, (Assessment.clinic_id == Score.clinic_id) & (Assessment.id == Score.assessment_id))
        .join(Visit, (Visit.clinic_id == Assessment.clinic_id) & (Visit.id == Assessment.visit_id))
        .where(Score.clinic_id == scope.clinic_id, Score.patient_id == patient_id, reached(Score, scope))
        .order_by(Visit.on_date, Visit.made_at)
    )
    by_scale: dict[str, list[ScoreRow]] = {}
    for row in session.execute(statement):
        by_scale.setdefault(row.scale, []).append(ScoreRow(*row))
    return {scale: tuple(by_scale[scale]) for scale in sorted(by_scale)}


def exposures(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> tuple[ExposureRow, ...]:
    """What else happened to a patient, the earliest first."""
    return exposures_of(scope, session, cipher_for(scope, session, keys, patient_id), patient_id)


def exposures_of(
    scope: Scope, session: Session, cipher: PatientCipher | None, patient_id: UUID
) -> tuple[ExposureRow, ...]:
    """As `exposures`, with the patient's key opened already."""
    picked = columns(ExposureRow, Exposure)
    statement = select(*picked).where(of_patient(Exposure, scope, patient_id)).order_by(Exposure.started_on)
    return tuple(opened_row(ExposureRow, cipher, Exposure, row) for row in session.execute(statement))


def adverse_events(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> tuple[AdverseEventRow, ...]:
    """The adverse events of a patient, the earliest first."""
    return events_of(scope, session, cipher_for(scope, session, keys, patient_id), patient_id)


def events_of(
    scope: Scope, session: Session, cipher: PatientCipher | None, patient_id: UUID
) -> tuple[AdverseEventRow, ...]:
    """As `adverse_events`, with the patient's key opened already."""
    picked = columns(AdverseEventRow, AdverseEvent)
    statement = select(*picked).where(of_patient(AdverseEvent, scope, patient_id)).order_by(AdverseEvent.started_on)
    return tuple(opened_row(AdverseEventRow, cipher, AdverseEvent, row) for row in session.execute(statement))
