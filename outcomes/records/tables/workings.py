"""The workings of the house: imports, drafts, keys of requests, reading, definitions and releases."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import SECRET, UNAUDITED, Base, ClinicRow, Instant, Json, belongs_to, of_clinic


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
    purpose: Mapped[str | None] = mapped_column(String(1000))
    prepared_by: Mapped[UUID | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_bytes: Mapped[int | None]

    __table_args__ = (of_clinic(),)


class ReleaseSecret(ClinicRow, Base):
    """What leads back from a release: its seed, who is in it and in which group, sealed. It never leaves."""

    __tablename__ = "release_secret"

    release_id: Mapped[UUID]
    master_key_id: Mapped[str] = mapped_column(String(40))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)

    __table_args__ = (belongs_to("release"), Index(None, "clinic_id", "release_id"))


class ReleaseApproval(ClinicRow, Base):
    """Somebody's approval of a release, of exactly the file with this SHA-256."""

    __tablename__ = "release_approval"

    release_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant)
    file_sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (belongs_to("release"), belongs_to("membership"), Index(None, "clinic_id", "release_id"))


class ReleaseTaking(ClinicRow, Base):
    """Who took a release, when and what for; nobody is named where a command of the operator wrote it to a file."""

    __tablename__ = "release_taking"

    release_id: Mapped[UUID]
    membership_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(500))
    file_sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (belongs_to("release"), belongs_to("membership"), Index(None, "clinic_id", "release_id"))


class ReleaseScript(ClinicRow, Base):
    """A researcher's script for the safe room, what it gave, and who looked at that before it left."""

    __tablename__ = "release_script"

    release_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant)
    title: Mapped[str] = mapped_column(String(200))
    script: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    told: Mapped[dict[str, Any] | None] = mapped_column(Json)
    output: Mapped[dict[str, Any] | None] = mapped_column(Json)
    looked_by: Mapped[UUID | None]
    looked_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (belongs_to("release"), belongs_to("membership"), Index(None, "clinic_id", "release_id"))


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
