"""The audit trail: entries written by triggers alone, seals in a table of their own, one chain head a clinic.

Accounts belong to no clinic; their chain has the nil UUID for its clinic, so nothing here refers to `clinic`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import UNAUDITED, Base, Instant, JsonText


class AuditEntry(Base):
    """One change of one row: who, when (UTC), why, and the row before and after. Append-only."""

    __tablename__ = "audit_entry"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    table_name: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[str] = mapped_column(String(250))
    operation: Mapped[str] = mapped_column(String(6))
    old: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    new: Mapped[dict[str, Any] | None] = mapped_column(JsonText)

    __table_args__ = (Index(None, "clinic_id", "table_name", "row_id"), UNAUDITED)


class AuditSeal(Base):
    """The place of an entry in its clinic's chain and the HMAC that binds it to the one before. Insert-only."""

    __tablename__ = "audit_seal"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[UUID]
    mac: Mapped[str] = mapped_column(String(64))

    __table_args__ = ({**UNAUDITED, "sqlite_with_rowid": False},)


class ChainHead(Base):
    """The newest position and HMAC of a clinic's chain. It is the version of the clinic's data."""

    __tablename__ = "chain_head"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    mac: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = UNAUDITED


class AnchorMark(Base):
    """When anchors of a clinic's chain were last written outside the database."""

    __tablename__ = "anchor_mark"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    anchored_at: Mapped[datetime] = mapped_column(Instant)
    position: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = UNAUDITED
