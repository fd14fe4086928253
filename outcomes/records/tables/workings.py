"""The workings of the house: imports, drafts, keys of requests, reading, definitions and releases."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import UNAUDITED, Base, ClinicRow, Instant, Json, belongs_to, of_clinic


class ImportRun(ClinicRow, Base):
    """One import of a clinic's own file: what it was, how its columns were read, what came of it."""

    __tablename__ = "import_run"

    membership_id: Mapped[UUID | None]
    file_sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (of_clinic(), belongs_to("membership"))


class ImportMapping(ClinicRow, Base):
    """A remembered reading of columns, found again by the header it fits."""

    __tablename__ = "import_mapping"

    header_hash: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (of_clinic(), UniqueConstraint("clinic_id", "header_hash"))


class ResponderDefinition(ClinicRow, Base):
    """A versioned definition of who counts as changed, frozen before data are shown."""

    __tablename__ = "responder_definition"

    name: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    after_data_seen: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (of_clinic(), UniqueConstraint("clinic_id", "name", "number"))


class Release(ClinicRow, Base):
    """A set of data prepared for research: its tier, its as-of instant and its measured risk."""

    __tablename__ = "release"

    tier: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    as_of: Mapped[datetime] = mapped_column(Instant)
    recipe: Mapped[dict[str, Any]] = mapped_column(Json)
    risk: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str | None] = mapped_column(String(1000))

    __table_args__ = (of_clinic(),)


class Draft(Base):
    """What somebody has typed and not yet saved: one row a form and person, replaced field by field."""

    __tablename__ = "draft"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(120), primary_key=True)
    patient_id: Mapped[UUID | None]
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sequence: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(Instant)
    saved_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (belongs_to("membership"), belongs_to("patient"), UNAUDITED)


class IdempotencyKey(Base):
    """A key sent with a form. The same key again gives the first answer; with another body it is refused."""

    __tablename__ = "idempotency_key"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    result: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (of_clinic(), UNAUDITED)


class ReadLog(Base):
    """Who opened whose record, and when."""

    __tablename__ = "read_log"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant)
    what: Mapped[str] = mapped_column(String(60))

    __table_args__ = (
        belongs_to("membership"),
        belongs_to("patient"),
        Index(None, "clinic_id", "patient_id", "membership_id", "at"),
        UNAUDITED,
    )
