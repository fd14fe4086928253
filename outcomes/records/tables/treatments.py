"""What was done: donors, lots, courses, infusions, arms, and what else happened."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import SEALED, Base, ClinicRow, Code, belongs_to, of_clinic
from outcomes.terms import (
    DonorKind,
    EventOutcome,
    ExposureKind,
    Intent,
    Material,
    MaterialState,
    Relation,
    Route,
    ScreeningResult,
    Seriousness,
)


class Donor(ClinicRow, Base):
    """A stool donor under a pseudonym, the same for all patients."""

    __tablename__ = "donor"

    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[DonorKind] = mapped_column(Code(DonorKind))
    active: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str | None] = mapped_column(String(1000))

    __table_args__ = (of_clinic(), UniqueConstraint("clinic_id", "code"))


class DonorScreening(ClinicRow, Base):
    """One screening of a donor."""

    __tablename__ = "donor_screening"

    donor_id: Mapped[UUID]
    on_date: Mapped[date]
    panel: Mapped[str] = mapped_column(String(300))
    result: Mapped[ScreeningResult] = mapped_column(Code(ScreeningResult))
    note: Mapped[str | None] = mapped_column(String(1000))

    __table_args__ = (belongs_to("donor"), Index(None, "clinic_id", "donor_id"))


class Lot(ClinicRow, Base):
    """One preparation of a donor's stool; the lot number leads back to every patient who received it."""

    __tablename__ = "lot"

    donor_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(60))
    prepared_on: Mapped[date | None]
    state: Mapped[MaterialState] = mapped_column(Code(MaterialState))
    anaerobic: Mapped[bool | None]
    recalled_on: Mapped[date | None]
    recall_reason: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        belongs_to("donor"),
        UniqueConstraint("clinic_id", "number"),
        Index(None, "clinic_id", "donor_id"),
    )


class Course(ClinicRow, Base):
    """One course of FMT: one or more infusions given for one indication."""

    __tablename__ = "course"

    patient_id: Mapped[UUID]
    number: Mapped[int]
    intent: Mapped[Intent] = mapped_column(Code(Intent), default=Intent.CLINICAL)
    indication: Mapped[str] = mapped_column(Text, default="ME/CFS", info=SEALED)
    note: Mapped[str | None] = mapped_column(Text, info=SEALED)

    __table_args__ = (belongs_to("patient"), UniqueConstraint("clinic_id", "patient_id", "number"))


class Arm(ClinicRow, Base):
    """The arm a patient is in, kept apart from scores. While blinded, clinicians do not see it."""

    __tablename__ = "arm"

    patient_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(String(60))
    comparison: Mapped[bool] = mapped_column(default=False)
    blinded: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date | None]
    unblinded_on: Mapped[date | None]

    __table_args__ = (belongs_to("patient"), UniqueConstraint("clinic_id", "patient_id"))


class Infusion(ClinicRow, Base):
    """One administration of material. The first of the latest course is day 0."""

    __tablename__ = "infusion"

    course_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    on_date: Mapped[date]
    route: Mapped[Route] = mapped_column(Code(Route))
    material: Mapped[Material] = mapped_column(Code(Material))
    donor_id: Mapped[UUID | None]
    lot_id: Mapped[UUID | None]
    mass_g: Mapped[float | None]
    volume_ml: Mapped[float | None]
    capsules: Mapped[int | None]
    state: Mapped[MaterialState | None] = mapped_column(Code(MaterialState))
    thawed_on: Mapped[date | None]
    anaerobic: Mapped[bool | None]
    retention_minutes: Mapped[int | None]
    lavage_agent: Mapped[str | None] = mapped_column(Text, info=SEALED)
    antibiotic: Mapped[str | None] = mapped_column(Text, info=SEALED)
    antibiotic_days: Mapped[int | None]
    antibiotic_washout_days: Mapped[int | None]
    proton_pump_inhibitor: Mapped[bool | None]
    sedation: Mapped[bool | None]
    note: Mapped[str | None] = mapped_column(Text, info=SEALED)

    __table_args__ = (
        belongs_to("course"),
        belongs_to("patient"),
        belongs_to("donor"),
        belongs_to("lot"),
        Index(None, "clinic_id", "patient_id", "on_date"),
        Index(None, "clinic_id", "course_id", "on_date"),
        Index(None, "clinic_id", "donor_id"),
        Index(None, "clinic_id", "lot_id"),
    )


class Exposure(ClinicRow, Base):
    """Something besides FMT that may move scores, in the clinic's or the patient's words.

    `how_bad` is the patient's own judgement, 0 to 10.
    """

    __tablename__ = "exposure"

    patient_id: Mapped[UUID]
    kind: Mapped[ExposureKind] = mapped_column(Code(ExposureKind))
    text: Mapped[str] = mapped_column(Text, info=SEALED)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    by_patient: Mapped[bool] = mapped_column(default=False)
    how_bad: Mapped[int | None]

    __table_args__ = (belongs_to("patient"), Index(None, "clinic_id", "patient_id"))


class AdverseEvent(ClinicRow, Base):
    """An adverse event, graded 1 to 5 by CTCAE v5; a crash after exertion is marked, for CTCAE has no word for it."""

    __tablename__ = "adverse_event"

    patient_id: Mapped[UUID]
    infusion_id: Mapped[UUID | None]
    term: Mapped[str] = mapped_column(Text, info=SEALED)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    grade: Mapped[int]
    seriousness: Mapped[Seriousness | None] = mapped_column(Code(Seriousness))
    relation_to_fmt: Mapped[Relation] = mapped_column(Code(Relation))
    relation_to_procedure: Mapped[Relation] = mapped_column(Code(Relation))
    expected: Mapped[bool | None]
    action: Mapped[str | None] = mapped_column(Text, info=SEALED)
    outcome: Mapped[EventOutcome] = mapped_column(Code(EventOutcome), default=EventOutcome.UNKNOWN)
    crash_after_exertion: Mapped[bool] = mapped_column(default=False)
    organism: Mapped[str | None] = mapped_column(Text, info=SEALED)

    __table_args__ = (belongs_to("patient"), belongs_to("infusion"), Index(None, "clinic_id", "patient_id"))
