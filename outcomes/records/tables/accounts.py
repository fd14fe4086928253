"""Accounts: the only tables that belong to no clinic. Exempt by name from the rule of keys."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import PERSONAL, SECRET, UNAUDITED, Base, Code, Instant
from outcomes.terms import Language, LinkKind


class User(Base):
    """A person who may sign in. What they may see is said by their memberships."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True, info=PERSONAL)
    password_hash: Mapped[str | None] = mapped_column(String(255), info=SECRET)
    active: Mapped[bool] = mapped_column(default=True)
    uniquifier: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    language: Mapped[Language] = mapped_column(Code(Language), default=Language.ENGLISH)
    theme: Mapped[str | None] = mapped_column(String(10))
    second_factor_secret: Mapped[str | None] = mapped_column(String(200), info=SECRET)
    second_factor_since: Mapped[datetime | None] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)


class SignIn(Base):
    """One sign-in on one device. Only the hash of the cookie's token is kept; a revoked row ends it.

    A `half` one has seen the password and still waits for the second factor. `seen_at` is when its owner last did
    something: from it the idle lock is told.
    """

    __tablename__ = "sign_in"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str | None] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    half: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = UNAUDITED


class Passkey(Base):
    """A registered WebAuthn credential."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(1024))
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(64), info=PERSONAL)
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInAttempt(Base):
    """A refused sign-in, counted for a quarter of an hour and then deleted. Both names are keyed hashes."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_hash: Mapped[str] = mapped_column(String(64))
    place_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "account_hash", "place_hash", "at"), Index(None, "at"), UNAUDITED)


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once. Only its Argon2id hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(255), info=SECRET)
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class UsedCode(Base):
    """The newest time step whose one-time code a person has used, so that none works twice.

    Like a sign-in it is no fact about anybody, so it has no trail.
    """

    __tablename__ = "used_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = UNAUDITED


class Challenge(Base):
    """What a passkey is asked to sign: random, for one browser, used once, worthless after five minutes.

    Without a trail for the same reason as a sign-in.
    """

    __tablename__ = "challenge"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    random: Mapped[bytes] = mapped_column(LargeBinary(64))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)

    __table_args__ = UNAUDITED


class AccountLink(Base):
    """A link sent by e-mail: for a new password, or for a patient's sign-in. Only the hash of its token is kept.

    Without a trail for the same reason as a sign-in; the new password itself stands in the trail.
    """

    __tablename__ = "account_link"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    kind: Mapped[LinkKind] = mapped_column(Code(LinkKind))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = UNAUDITED
