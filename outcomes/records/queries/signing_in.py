"""Reading for the front door: whom a cookie or a link stands for. These run before there is a scope.

Staff who did nothing for 15 minutes are locked out of everything but the lock, patients are signed out after 60, and
every sign-in ends after 12 hours (ADR 6 names the sources; ASVS 5.0, 7.3.1 and 7.3.2). Half a sign-in has 15 minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Actor
from outcomes.access.tokens import clinic_of, token_hash
from outcomes.records.queries.factors import has_factor
from outcomes.records.tables import Clinic, Consent, Invitation, Membership, SignIn, SignInAttempt, User
from outcomes.terms import Language, Purpose, Role, Standing

LONGEST = timedelta(hours=12)
HALF_LASTS = timedelta(minutes=15)
IDLE = {
    Role.ADMINISTRATOR: timedelta(minutes=15),
    Role.CLINICIAN: timedelta(minutes=15),
    Role.RESEARCHER: timedelta(minutes=15),
    Role.PATIENT: timedelta(minutes=60),
}
ORDER = (Role.ADMINISTRATOR, Role.CLINICIAN, Role.RESEARCHER, Role.PATIENT)


@dataclass(frozen=True, slots=True)
class Place:
    """One membership of a person: where, as whom, and what the clinic's pages need to know."""

    actor: Actor
    name: str
    clinic: str
    time_zone: str
    emergency_contact: str | None
    carer: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a living sign-in, and the places in which that person may act once the sign-in is whole."""

    sign_in_id: UUID
    user_id: UUID
    email: str
    language: Language
    theme: str | None
    made_at: datetime
    seen_at: datetime
    places: tuple[Place, ...]
    standing: Standing = Standing.FULL


@dataclass(frozen=True, slots=True)
class Device:
    """One living sign-in as its owner sees it."""

    id: UUID
    device: str | None
    made_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation is for."""

    clinic_id: UUID
    invitation_id: UUID
    membership_id: UUID
    user_id: UUID
    email: str
    name: str
    clinic: str
    language: Language


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs of an account."""

    user_id: UUID
    password_hash: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo cohort, to be entered with a button."""

    user_id: UUID
    role: Role
    name: str


# A place that was offered by a link counts once one of its links has been used: whoever holds a link of one clinic
# learns nothing of another that invited the same address.
_links = select(Invitation.id).where(
    Invitation.clinic_id == Membership.clinic_id, Invitation.membership_id == Membership.id
)
_ACCEPTED = _links.where(Invitation.used_at.is_not(None)).exists() | ~_links.exists()
# A carer's place counts while the patient's consent to it lives: withdrawn, it is shut from the next request on.
_CONSENTED = or_(
    Membership.carer.is_(False),
    select(Consent.id)
    .where(Consent.clinic_id == Membership.clinic_id, Consent.patient_id == Membership.patient_id)
    .where(Consent.purpose == Purpose.CARER_ACCESS, Consent.withdrawn_on.is_(None), Consent.deleted_at.is_(None))
    .exists(),
)
_LIVING = and_(Membership.active.is_(True), Membership.deleted_at.is_(None), _ACCEPTED, _CONSENTED)

# Built once, for every page of every member asks it.
_SIGNED_IN = (
    select(
        SignIn.id.label("sign_in_id"),
        SignIn.made_at,
        SignIn.seen_at,
        SignIn.half,
        User.id.label("user_id"),
        User.email,
        User.language,
        User.theme,
        Membership.clinic_id,
        Membership.id.label("membership_id"),
        Membership.role,
        Membership.patient_id,
        Membership.display_name,
        Membership.carer,
        Clinic.name.label("clinic"),
        Clinic.time_zone,
        Clinic.emergency_contact,
    )
    .join(User, User.id == SignIn.user_id)
    .join(Membership, Membership.user_id == User.id)
    .join(Clinic, Clinic.clinic_id == Membership.clinic_id)
    .where(SignIn.token_hash == bindparam("token"), SignIn.revoked_at.is_(None), User.active.is_(True), _LIVING)
)


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Return the person whose cookie holds a token, and how far the sign-in has come.

    None when it has ended, is too old, or is a patient's and slept too long.
    """
    rows = session.execute(_SIGNED_IN, {"token": token_hash(token)}).all()
    if not rows:
        return None
    first, places = rows[0], tuple(sorted(map(_place, rows), key=_rank))
    standing = _standing(session, first, places[0].actor.role, now)
    if standing is None:
        return None
    whole = (first.email, first.language, first.theme, first.made_at, first.seen_at)
    return SignedIn(first.sign_in_id, first.user_id, *whole, places, standing)


def _standing(session: Session, row: Any, role: Role, now: datetime) -> Standing | None:  # noqa: ANN401 - a row of _SIGNED_IN
    """Say how far a sign-in has come; None when it is over."""
    if row.half:
        if now - row.made_at > HALF_LASTS:
            return None
        return Standing.OWES_FACTOR if has_factor(session, row.user_id) else Standing.SETS_UP
    if now - row.made_at > LONGEST:
        return None
    if now - row.seen_at <= IDLE[role]:
        return Standing.FULL
    return None if role is Role.PATIENT else Standing.LOCKED


def _place(row: Any) -> Place:  # noqa: ANN401 - a row of _SIGNED_IN
    actor = Actor(row.clinic_id, row.membership_id, row.role, row.patient_id)
    return Place(actor, row.display_name, row.clinic, row.time_zone, row.emergency_contact, row.carer)


def _rank(place: Place) -> tuple[int, str]:
    """Put the role that may do most first."""
    return ORDER.index(place.actor.role), place.clinic


def devices(session: Session, user_id: UUID, now: datetime) -> tuple[Device, ...]:
    """Return the living sign-ins of a person, the one seen last first."""
    rows = session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None), SignIn.made_at > now - LONGEST)
        .where(SignIn.half.is_(False))
        .order_by(SignIn.seen_at.desc(), SignIn.id)
    )
    return tuple(Device(row.id, row.device, row.made_at, row.seen_at) for row in rows)


def account(session: Session, email: str) -> Account | None:
    """Return the account with a stored address."""
    row = session.execute(select(User.id, User.password_hash, User.active).where(User.email == email)).one_or_none()
    return None if row is None else Account(*row)


def account_of(session: Session, user_id: UUID) -> Account | None:
    """Return the account of a person."""
    row = session.execute(select(User.id, User.password_hash, User.active).where(User.id == user_id)).one_or_none()
    return None if row is None else Account(*row)


def invited(session: Session, token: str, now: datetime) -> Invited | None:
    """Return whom an invitation is for; None when it is unknown, used or too old."""
    found = session.execute(
        select(Invitation, Membership, Clinic, User)
        .join(
            Membership,
            (Membership.clinic_id == Invitation.clinic_id) & (Membership.id == Invitation.membership_id),
        )
        .join(Clinic, Clinic.clinic_id == Invitation.clinic_id)
        .join(User, User.id == Membership.user_id)
        .where(Invitation.clinic_id == clinic_of(token), Invitation.token_hash == token_hash(token))
        .where(Invitation.used_at.is_(None), Invitation.expires_at > now)
        .where(Invitation.deleted_at.is_(None), Membership.active.is_(True), Membership.deleted_at.is_(None))
    ).one_or_none()
    if found is None:
        return None
    invitation, member, clinic, user = found
    return Invited(
        invitation.clinic_id,
        invitation.id,
        member.id,
        user.id,
        user.email,
        member.display_name,
        clinic.name,
        user.language,
    )


def failures(session: Session, account_hash: str, place_hash: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many sign-ins of an account were refused at a place since an instant, and when the last one was."""
    statement = select(func.count(), func.max(SignInAttempt.at)).where(
        SignInAttempt.account_hash == account_hash, SignInAttempt.place_hash == place_hash, SignInAttempt.at > since
    )
    count, last = session.execute(statement).one()
    return count, last


def demo_accounts(session: Session) -> tuple[DemoAccount, ...]:
    """Return one account a role, for the sign-in page of the demo: the first that was made for it."""
    rows = session.execute(
        select(Membership.user_id, Membership.role, Membership.display_name)
        .join(User, User.id == Membership.user_id)
        .where(User.active.is_(True), _LIVING)
        .order_by(User.made_at, User.email)
    )
    first: dict[Role, DemoAccount] = {}
    for user_id, role, name in rows:
        first.setdefault(role, DemoAccount(user_id, role, name))
    return tuple(
        first[role] for role in (Role.CLINICIAN, Role.PATIENT, Role.RESEARCHER, Role.ADMINISTRATOR) if role in first
    )
