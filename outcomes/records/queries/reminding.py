"""Whom a letter may be written to: patients with an account of their own who agreed to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.reach import live, live_patients
from outcomes.records.tables import Clinic, Consent, Membership, Patient, PatientEnding, Reminder, User
from outcomes.terms import Language, Purpose, Role


@dataclass(frozen=True, slots=True)
class Addressee:
    """One account to which a letter may go. The address is for the envelope alone and is never logged."""

    membership_id: UUID
    patient_id: UUID
    address: str
    language: Language


@dataclass(frozen=True, slots=True)
class Hours:
    """Between which hours of the clinic's day letters go out: from the first, until before the last."""

    time_zone: str
    first: int
    last: int


FIRST_HOUR, LAST_HOUR = 9, 19


def letter_hours(scope: Scope, session: Session) -> Hours:
    """The hours of a clinic, from its settings `letters_from` and `letters_until`, else from 9 until 19."""
    clinic = session.get_one(Clinic, scope.clinic_id)
    first, last = clinic.settings.get("letters_from", FIRST_HOUR), clinic.settings.get("letters_until", LAST_HOUR)
    return Hours(clinic.time_zone, first, last)


def addressees(scope: Scope, session: Session) -> Sequence[Addressee]:
    """Everybody to whom a letter may be written now, were something due."""
    return [Addressee(*row) for row in session.execute(_statement(scope).order_by(Membership.id))]


def addressee(scope: Scope, session: Session, membership_id: UUID) -> Addressee | None:
    """One of them, looked up afresh; None when a letter may no longer be written."""
    row = session.execute(_statement(scope).where(Membership.id == membership_id)).one_or_none()
    return None if row is None else Addressee(*row)


def letters_about(scope: Scope, session: Session, membership_id: UUID, point: str, course: str) -> dict[str, Reminder]:
    """The letters of one follow-up by kind, those that the mail server refused among them."""
    statement = select(Reminder).where(
        Reminder.clinic_id == scope.clinic_id,
        Reminder.membership_id == membership_id,
        Reminder.point == point,
        Reminder.course == course,
    )
    return {row.kind: row for row in session.scalars(statement)}


def _statement(scope: Scope) -> Select[*tuple[Any, ...]]:
    consented = exists().where(live(Consent, scope), Consent.patient_id == Patient.id, Consent.withdrawn_on.is_(None))
    to_record = exists().where(
        live(Consent, scope), Consent.patient_id == Patient.id, Consent.purpose == Purpose.RECORD
    )
    withdrawn, given = (
        to_record.where(Consent.withdrawn_on.is_not(None)),
        to_record.where(Consent.withdrawn_on.is_(None)),
    )
    closed = and_(withdrawn, ~given)
    ended = exists().where(live(PatientEnding, scope), PatientEnding.patient_id == Patient.id)
    return (
        select(Membership.id, Patient.id, User.email, User.language)
        .join(Patient, (Patient.clinic_id == Membership.clinic_id) & (Patient.id == Membership.patient_id))
        .join(User, User.id == Membership.user_id)
        .where(live(Membership, scope), live_patients(scope))
        .where(Membership.role == Role.PATIENT, Membership.carer.is_(False), Membership.active.is_(True))
        .where(User.active.is_(True), User.password_hash.is_not(None))
        .where(consented.where(Consent.purpose == Purpose.REMINDERS), ~closed, ~ended)
    )
