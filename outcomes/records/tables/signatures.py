"""Signatures on visits, and the unlocking that voids them. Both tables are insert-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import SEALED, Base, ClinicRow, Code, Instant, belongs_to
from outcomes.terms import ChangeReason, Meaning


class Signature(ClinicRow, Base):
    """One member's signature on a visit: the printed name, when (UTC), what it means, and what was signed.

    `content_sha256` is the hash of the visit's canonical content (see `outcomes.records.signing`); `patient_id`
    is whose visit it was then, for a merge voids the signature before it moves the visit.
    """

    __tablename__ = "signature"

    patient_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    printed_name: Mapped[str] = mapped_column(String(200))
    meaning: Mapped[Meaning] = mapped_column(Code(Meaning))
    signed_at: Mapped[datetime] = mapped_column(Instant)
    content_sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("visit"),
        belongs_to("membership"),
        Index(None, "clinic_id", "visit_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class SignatureVoid(ClinicRow, Base):
    """A signature that no longer holds, because its visit was unlocked: who did so, when and why."""

    __tablename__ = "signature_void"

    patient_id: Mapped[UUID]
    signature_id: Mapped[UUID]
    membership_id: Mapped[UUID | None]
    printed_name: Mapped[str | None] = mapped_column(String(200))
    why: Mapped[ChangeReason] = mapped_column(Code(ChangeReason))
    more: Mapped[str | None] = mapped_column(Text, info=SEALED)
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("signature"),
        belongs_to("membership"),
        Index(None, "clinic_id", "patient_id"),
        UniqueConstraint("clinic_id", "signature_id"),
    )
