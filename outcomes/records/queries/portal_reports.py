"""What patients sent in: as the patient sees it, and as it waits for a clinician."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, false, func, select
from sqlalchemy.orm import Session, aliased

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import Person, cipher_for, live, live_patients, people, reached, require_patient
from outcomes.records.sealed_rows import opened_text
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import Assessment, Membership, Patient, ReadLog, SelfReport, Visit
from outcomes.terms import Role

STAFF = (Role.CLINICIAN, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One form that was sent in. `looked_at` is when a clinician first opened the record after it came."""

    id: UUID
    patient_id: UUID
    visit_id: UUID
    on_date: date
    sent_at: datetime
    short: bool
    too_ill: bool
    crash: bool
    by_carer: bool
    words: str | None
    note: str | None
    reviewed_at: datetime | None
    reviewer: str | None
    looked_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A form that nobody has reviewed yet."""

    id: UUID
    person: Person
    on_date: date
    sent_at: datetime
    short: bool
    too_ill: bool
    crash: bool


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """One questionnaire of a report: its answers by item, and the day of each; an item with a day alone was skipped."""

    id: UUID
    instrument: str
    key_version: str
    answers: Mapping[str, Any]
    given_on: Mapping[str, str]


def reports(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> tuple[ReportRow, ...]:
    """Everything a patient sent in, the newest first.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    require_patient(scope, session, patient_id)
    cipher = cipher_for(scope, session, keys, patient_id)
    found = session.execute(_rows(scope).where(SelfReport.patient_id == patient_id).order_by(SelfReport.sent_at.desc()))
    return tuple(_report(row, cipher) for row in found)


def report(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID, report_id: UUID) -> ReportRow:
    """One form that a patient sent in.

    Raises:
        NotFound: if the scope does not reach it, or it is another patient's.
    """
    for row in reports(scope, session, keys, patient_id):
        if row.id == report_id:
            return row
    raise NotFound("self_report", report_id)


def report_of_visit(scope: Scope, session: Session, visit_id: UUID) -> UUID | None:
    """The report from which a visit came; None for a visit that the clinic entered."""
    statement = select(SelfReport.id).where(live(SelfReport, scope), SelfReport.visit_id == visit_id)
    return session.scalar(statement)


def _rows(scope: Scope) -> Select[*tuple[Any, ...]]:
    sender, reviewer = aliased(Membership), aliased(Membership)
    looked = (
        select(func.min(ReadLog.at))
        .join(Membership, and_(Membership.clinic_id == ReadLog.clinic_id, Membership.id == ReadLog.membership_id))
        .where(
            ReadLog.clinic_id == SelfReport.clinic_id,
            ReadLog.patient_id == SelfReport.patient_id,
            ReadLog.at >= SelfReport.sent_at,
            Membership.role.in_(STAFF),
        )
        .correlate(SelfReport)
        .scalar_subquery()
    )
    columns = (
        SelfReport.id,
        SelfReport.patient_id,
        SelfReport.visit_id,
        Visit.on_date,
        SelfReport.sent_at,
        SelfReport.short,
        Visit.too_ill,
        Visit.crash,
        func.coalesce(sender.carer, false()).label("by_carer"),
        SelfReport.words,
        SelfReport.note,
        SelfReport.reviewed_at,
        reviewer.display_name.label("reviewer"),
        looked.label("looked_at"),
        SelfReport.version,
    )
    return (
        select(*columns)
        .join(Visit, and_(Visit.clinic_id == SelfReport.clinic_id, Visit.id == SelfReport.visit_id))
        .outerjoin(sender, and_(sender.clinic_id == SelfReport.clinic_id, sender.id == SelfReport.membership_id))
        .outerjoin(reviewer, and_(reviewer.clinic_id == SelfReport.clinic_id, reviewer.id == SelfReport.reviewed_by))
        .where(live(SelfReport, scope), Visit.deleted_at.is_(None))
    )


def _report(row: Row[*tuple[Any, ...]], cipher: PatientCipher | None) -> ReportRow:
    held = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    for name in ("words", "note"):
        held[name] = opened_text(cipher, "self_report", name, held[name])
    return ReportRow(**held)


def waiting_reports(
    scope: Scope, session: Session, keys: KeyRing, limit: int = 50
) -> tuple[tuple[WaitingReport, ...], int]:
    """The forms that wait for a review, the longest waiting first, at most so many; and how many there are in all."""
    waiting = (
        select(
            SelfReport.id,
            SelfReport.patient_id,
            Visit.on_date,
            SelfReport.sent_at,
            SelfReport.short,
            Visit.too_ill,
            Visit.crash,
        )
        .join(Visit, and_(Visit.clinic_id == SelfReport.clinic_id, Visit.id == SelfReport.visit_id))
        .join(Patient, and_(Patient.clinic_id == SelfReport.clinic_id, Patient.id == SelfReport.patient_id))
        .where(live(SelfReport, scope), live_patients(scope))
        .where(SelfReport.reviewed_at.is_(None), Visit.deleted_at.is_(None))
    )
    rows = list(session.execute(waiting.order_by(SelfReport.sent_at).limit(limit)))
    count = len(rows) if len(rows) < limit else session.scalar(select(func.count()).select_from(waiting.subquery()))
    persons = people(scope, session, keys, {row.patient_id for row in rows})
    lines = tuple(WaitingReport(row.id, persons[row.patient_id], *row[2:]) for row in rows)
    return lines, count or 0


def answered_on(scope: Scope, session: Session, visit_id: UUID) -> tuple[AnsweredRow, ...]:
    """The questionnaires of one visit with their answers, in the order of their codes."""
    columns = (Assessment.id, Assessment.instrument, Assessment.key_version, Assessment.answers, Assessment.given_on)
    own = (live(Assessment, scope), reached(Assessment, scope))
    statement = select(*columns).where(*own, Assessment.visit_id == visit_id)
    found = session.execute(statement.order_by(Assessment.instrument))
    return tuple(AnsweredRow(row.id, row.instrument, row.key_version, row.answers, row.given_on or {}) for row in found)
