"""Clinics, their members and how they may be reached."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import PERSONAL, Base, ClinicRow, Code, Instant, Json, belongs_to, of_clinic
from outcomes.terms import Language, Role


class Clinic(Base):
    """One clinic; the root of every key but those of accounts."""

    __tablename__ = "clinic"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str | None] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64))
    language: Mapped[Language] = mapped_column(Code(Language))
    emergency_contact: Mapped[str | None] = mapped_column(String(300))
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=1)


class Membership(ClinicRow, Base):
    """A person's place in a clinic: a role and a name to show.

    A carer's place has the role of the patient cared for, and counts while that patient's consent to it lives. The
    `one_factor` columns record who signs in without a second factor, since when, by whose decision and on what basis.
    """

    __tablename__ = "membership"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[Role] = mapped_column(Code(Role))
    display_name: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    active: Mapped[bool] = mapped_column(default=True)
    patient_id: Mapped[UUID | None]
    carer: Mapped[bool] = mapped_column(default=False, server_default=false())
    one_factor_since: Mapped[datetime | None] = mapped_column(Instant)
    one_factor_by: Mapped[UUID | None]
    one_factor_basis: Mapped[str | None] = mapped_column(String(200), info=PERSONAL)

    __table_args__ = (
        of_clinic(),
        belongs_to("patient"),
        UniqueConstraint("clinic_id", "user_id", "role"),
        Index(None, "user_id"),
    )


class Invitation(ClinicRow, Base):
    """A single-use link that lets a member set up a sign-in. Only the hash of its token is kept."""

    __tablename__ = "invitation"

    membership_id: Mapped[UUID]
    token_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (belongs_to("membership"), UniqueConstraint("clinic_id", "token_hash"))
