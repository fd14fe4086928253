"""Accounts: the only tables that belong to no clinic. Exempt by name from the rule of keys."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import SECRET, UNAUDITED, Base, Code, Instant
from outcomes.terms import Language


class User(Base):
    """A person who may sign in. What they may see is said by their memberships."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255), info=SECRET)
    active: Mapped[bool] = mapped_column(default=True)
    uniquifier: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    language: Mapped[Language] = mapped_column(Code(Language), default=Language.ENGLISH)
    theme: Mapped[str | None] = mapped_column(String(10))
    second_factor_secret: Mapped[str | None] = mapped_column(String(200), info=SECRET)
    made_at: Mapped[datetime] = mapped_column(Instant)


class SignIn(Base):
    """One sign-in on one device. Only the hash of the cookie's token is kept; a revoked row ends it."""

    __tablename__ = "sign_in"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str | None] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = UNAUDITED


class Passkey(Base):
    """A registered WebAuthn credential."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(1024))
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(64))
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
