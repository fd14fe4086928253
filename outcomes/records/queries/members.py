"""The clinic and its members, for its administrator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live
from outcomes.records.tables import Clinic, Invitation, Membership, Passkey, Patient, SignIn, User
from outcomes.terms import Language, Role


@dataclass(frozen=True, slots=True)
class ClinicView:
    """The clinic and what its pages need to know of it."""

    id: UUID
    name: str
    country: str | None
    time_zone: str
    language: Language
    emergency_contact: str | None
    code_prefix: str
    version: int


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member. `invited_until` is when the open invitation ends; None without one. `last_seen` is of any device."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    role: Role
    active: bool
    patient_id: UUID | None
    patient_code: str | None
    has_password: bool
    invited_until: datetime | None
    last_seen: datetime | None
    version: int
    carer: bool
    has_second_factor: bool
    one_factor_since: datetime | None
    one_factor_basis: str | None
    one_factor_by: str | None


def clinic(scope: Scope, session: Session) -> ClinicView:
    """The clinic of the scope.

    Raises:
        NotFound: if there is none.
    """
    row = session.get(Clinic, scope.clinic_id)
    if row is None:
        raise NotFound("clinic", scope.clinic_id)
    return ClinicView(
        row.clinic_id,
        row.name,
        row.country,
        row.time_zone,
        row.language,
        row.emergency_contact,
        row.settings.get("code_prefix", "OC"),
        row.version,
    )


def member_list(scope: Scope, session: Session, now: datetime) -> tuple[MemberRow, ...]:
    """Everybody who has, or had, a place in the clinic: staff before patients, by name.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("membership")
    picked: tuple[Any, ...] = (
        Membership.id,
        Membership.user_id,
        Membership.display_name,
        User.email,
        Membership.role,
        Membership.active,
        Membership.patient_id,
        Patient.code,
        User.password_hash.is_not(None),
        _invited_until(now),
        _last_seen(),
        Membership.version,
        Membership.carer,
        _has_second_factor(),
        Membership.one_factor_since,
        Membership.one_factor_basis,
        _decided_by(),
    )
    statement = (
        select(*picked)
        .join(User, User.id == Membership.user_id)
        .outerjoin(Patient, (Patient.clinic_id == Membership.clinic_id) & (Patient.id == Membership.patient_id))
        .where(live(Membership, scope))
        .order_by(Membership.role == Role.PATIENT, Membership.display_name, User.email)
    )
    return tuple(MemberRow(*row) for row in session.execute(statement))


def member(scope: Scope, session: Session, membership_id: UUID, now: datetime) -> MemberRow:
    """One member.

    Raises:
        NotFound: if the scope does not reach the member.
    """
    for row in member_list(scope, session, now):
        if row.id == membership_id:
            return row
    raise NotFound("membership", membership_id)


def _invited_until(now: datetime) -> ColumnElement[Any]:
    return (
        select(func.max(Invitation.expires_at))
        .where(
            Invitation.clinic_id == Membership.clinic_id,
            Invitation.membership_id == Membership.id,
            Invitation.used_at.is_(None),
            Invitation.deleted_at.is_(None),
            Invitation.expires_at > now,
        )
        .correlate(Membership)
        .scalar_subquery()
    )


def _has_second_factor() -> ColumnElement[Any]:
    key = select(Passkey.id).where(Passkey.user_id == Membership.user_id).correlate(Membership).exists()
    return or_(User.second_factor_since.is_not(None), key)


def _decided_by() -> ColumnElement[Any]:
    who = aliased(Membership)
    named = select(who.display_name).where(who.clinic_id == Membership.clinic_id, who.id == Membership.one_factor_by)
    return named.correlate(Membership).scalar_subquery()


def _last_seen() -> ColumnElement[Any]:
    seen = select(func.max(SignIn.seen_at)).where(SignIn.user_id == Membership.user_id)
    return seen.correlate(Membership).scalar_subquery()
