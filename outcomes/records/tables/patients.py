"""Patients: who they are (sealed), how their illness is described, what they consent to, how they left."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import (
    PERSONAL,
    SEALED,
    SECRET,
    UNAUDITED,
    Base,
    ClinicRow,
    Code,
    Json,
    belongs_to,
    of_clinic,
)
from outcomes.terms import (
    CaseDefinitionName,
    Ending,
    EntryBasis,
    Onset,
    Purpose,
    Sex,
    Trigger,
    WorkStatus,
)


class Patient(ClinicRow, Base):
    """One person treated in a clinic. Name, contact and birth date are sealed with the patient's own key."""

    __tablename__ = "patient"

    code: Mapped[str] = mapped_column(String(40), info=PERSONAL)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_date_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sex: Mapped[Sex] = mapped_column(Code(Sex), default=Sex.UNKNOWN)
    country: Mapped[str | None] = mapped_column(String(2))
    onset_kind: Mapped[Onset] = mapped_column(Code(Onset), default=Onset.UNKNOWN)
    onset_year: Mapped[int | None]
    onset_month: Mapped[int | None]
    trigger: Mapped[Trigger | None] = mapped_column(Code(Trigger))
    diagnosed_on: Mapped[date | None]
    work_status: Mapped[WorkStatus] = mapped_column(Code(WorkStatus), default=WorkStatus.UNKNOWN)
    comorbidities: Mapped[list[str]] = mapped_column(Json, default=list)
    medication: Mapped[str | None] = mapped_column(Text, info=SEALED)
    diet: Mapped[str | None] = mapped_column(Text, info=SEALED)
    antibiotics_last_3_months: Mapped[bool | None]
    entry_basis: Mapped[EntryBasis] = mapped_column(Code(EntryBasis), default=EntryBasis.UNKNOWN)
    merged_into_id: Mapped[UUID | None]

    __table_args__ = (
        of_clinic(),
        belongs_to("patient", "merged_into_id"),
        UniqueConstraint("clinic_id", "code"),
    )


class PatientKey(Base):
    """A patient's data key, wrapped by a master key. Destroying it erases what it sealed."""

    __tablename__ = "patient_key"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    master_key_id: Mapped[str] = mapped_column(String(40))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)

    __table_args__ = (belongs_to("patient"),)


class NamePrefix(Base):
    """A keyed hash of a folded beginning of a patient's name, so that sealed names can be searched."""

    __tablename__ = "name_prefix"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    prefix_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (belongs_to("patient"), Index(None, "clinic_id", "patient_id"), UNAUDITED)


class CaseDefinition(ClinicRow, Base):
    """A case definition assessed in a patient: met or not, when, by whom."""

    __tablename__ = "case_definition"

    patient_id: Mapped[UUID]
    definition: Mapped[CaseDefinitionName] = mapped_column(Code(CaseDefinitionName))
    met: Mapped[bool]
    on_date: Mapped[date | None]
    assessor: Mapped[str | None] = mapped_column(Text, info=SEALED)

    __table_args__ = (belongs_to("patient"), Index(None, "clinic_id", "patient_id"))


class Consent(ClinicRow, Base):
    """Consent to one purpose, with the text it was given to."""

    __tablename__ = "consent"

    patient_id: Mapped[UUID]
    purpose: Mapped[Purpose] = mapped_column(Code(Purpose))
    text_version: Mapped[str] = mapped_column(String(40))
    given_on: Mapped[date]
    withdrawn_on: Mapped[date | None]

    __table_args__ = (belongs_to("patient"), Index(None, "clinic_id", "patient_id"))


class PatientEnding(ClinicRow, Base):
    """Death, withdrawal or loss to follow-up: a recorded state with a date, not silence."""

    __tablename__ = "patient_ending"

    patient_id: Mapped[UUID]
    kind: Mapped[Ending] = mapped_column(Code(Ending))
    on_date: Mapped[date]
    reason: Mapped[str | None] = mapped_column(Text, info=SEALED)

    __table_args__ = (belongs_to("patient"), Index(None, "clinic_id", "patient_id"))
