"""Reading of second factors: whether somebody has one, which, and the passkeys. These run before there is a scope."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.records.tables import AccountLink, Membership, Passkey, RecoveryCode, User
from outcomes.terms import LinkKind, Role


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A registered passkey, as its owner sees it."""

    id: UUID
    name: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of a person."""

    app_since: datetime | None
    passkeys: tuple[KeyRow, ...]
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Whether there is one at all; recovery codes alone are none."""
        return self.app_since is not None or bool(self.passkeys)


def factors_of(session: Session, user_id: UUID) -> Factors:
    """Return the second factors of a person."""
    rows = session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.made_at, Passkey.id))
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return Factors(
        session.scalar(select(User.second_factor_since).where(User.id == user_id)),
        tuple(KeyRow(row.id, row.name, row.made_at, row.used_at) for row in rows),
        session.scalar(left) or 0,
    )


def has_factor(session: Session, user_id: UUID) -> bool:
    """Tell whether a person has set a second factor up."""
    app = select(User.id).where(User.id == user_id, User.second_factor_since.is_not(None)).exists()
    key = select(Passkey.id).where(Passkey.user_id == user_id).exists()
    return bool(session.scalar(select(app | key)))


def is_staff(session: Session, user_id: UUID) -> bool:
    """Tell whether a person has a place that is not a patient's, taken up or not; it is asked before letting in."""
    places = select(Membership.id).where(
        Membership.user_id == user_id, Membership.active.is_(True), Membership.deleted_at.is_(None)
    )
    return session.scalars(places.where(Membership.role != Role.PATIENT)).first() is not None


def links_sent(session: Session, user_id: UUID, kind: LinkKind, since: datetime) -> int:
    """Return how many links of a kind were sent to a person since an instant."""
    sent = select(func.count()).where(
        AccountLink.user_id == user_id, AccountLink.kind == kind, AccountLink.made_at > since
    )
    return session.scalar(sent) or 0


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a letter to a person goes, and in which language."""

    user_id: UUID
    email: str
    language: str
    link_id: UUID | None = None


def link_of(session: Session, token_hash: str, kind: LinkKind, now: datetime) -> Letterbox | None:
    """Return whom a sent link is for; None when it is unknown, used or too old, or its account is closed."""
    row = session.execute(
        select(User.id, User.email, User.language, AccountLink.id)
        .join(User, User.id == AccountLink.user_id)
        .where(AccountLink.token_hash == token_hash, AccountLink.kind == kind, User.active.is_(True))
        .where(AccountLink.used_at.is_(None), AccountLink.expires_at > now)
    ).one_or_none()
    return None if row is None else Letterbox(*row)
