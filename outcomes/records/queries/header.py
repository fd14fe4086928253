"""Who a patient is: every field of enrolment, opened for those who may read it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import (
    SEALED_BIRTH_DATE,
    SEALED_CONTACT,
    SEALED_NAME,
    birth_date,
    cipher_of,
    columns,
    key_of_patient,
    live_patients,
    of_patient,
    opened,
    opened_row,
)
from outcomes.records.sealed_rows import opened_text
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import Arm, CaseDefinition, Consent, Patient, PatientEnding, PatientKey
from outcomes.terms import (
    CaseDefinitionName,
    Comorbidity,
    Ending,
    EntryBasis,
    Onset,
    Purpose,
    Sex,
    Trigger,
    WorkStatus,
)


@dataclass(frozen=True, slots=True)
class CaseDefinitionRow:
    """A case definition, met or not, with date and assessor."""

    id: UUID
    definition: CaseDefinitionName
    met: bool
    on_date: date | None
    assessor: str | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """Consent to one purpose."""

    id: UUID
    purpose: Purpose
    text_version: str
    given_on: date
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class EndingRow:
    """Why no further scores are to be expected."""

    id: UUID
    kind: Ending
    on_date: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class ArmRow:
    """The arm a patient is in. While it is hidden from the reader, `label` and `comparison` are None."""

    id: UUID
    label: str | None
    comparison: bool | None
    blinded: bool
    starts_on: date | None
    unblinded_on: date | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class PatientHeader:
    """Every field of enrolment. Name, contact and birth date are None when unknown or erased."""

    id: UUID
    code: str
    version: int
    name: str | None
    contact: str | None
    birth_date: date | None
    sex: Sex
    country: str | None
    onset_kind: Onset
    onset_year: int | None
    onset_month: int | None
    trigger: Trigger | None
    diagnosed_on: date | None
    work_status: WorkStatus
    comorbidities: tuple[Comorbidity, ...]
    medication: str | None
    diet: str | None
    antibiotics_last_3_months: bool | None
    entry_basis: EntryBasis
    case_definitions: tuple[CaseDefinitionRow, ...]
    consents: tuple[ConsentRow, ...]
    ending: EndingRow | None
    arm: ArmRow | None

    def age_on(self, day: date) -> int | None:
        """Whole years of age on a day."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def years_ill_on(self, day: date) -> float | None:
        """Years since onset on a day; a year alone counts from its middle, a month from its first day."""
        if self.onset_year is None:
            return None
        month = self.onset_month or 7
        return max(0.0, (day - date(self.onset_year, month, 1)).days / 365.25)


def patient_header(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> PatientHeader:
    """Read who a patient is.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    return header_and_cipher(scope, session, keys, patient_id)[0]


def header_and_cipher(
    scope: Scope, session: Session, keys: KeyRing, patient_id: UUID
) -> tuple[PatientHeader, PatientCipher | None]:
    """Read who a patient is, with what opens everything else that is sealed of this patient.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    statement = (
        select(Patient, PatientKey.master_key_id, PatientKey.wrapped)
        .outerjoin(PatientKey, key_of_patient())
        .where(live_patients(scope), Patient.id == patient_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("patient", patient_id)
    patient, master_key_id, wrapped = row
    cipher = cipher_of(keys, scope.clinic_id, patient_id, master_key_id, wrapped)
    return header_of(scope, session, patient, cipher), cipher


def header_of(scope: Scope, session: Session, patient: Patient, cipher: PatientCipher | None) -> PatientHeader:
    """Open a patient's fields and read the lists that belong to them."""
    patient_id = patient.id
    return PatientHeader(
        id=patient.id,
        code=patient.code,
        version=patient.version,
        name=opened(cipher, SEALED_NAME, patient.name_sealed),
        contact=opened(cipher, SEALED_CONTACT, patient.contact_sealed),
        birth_date=birth_date(opened(cipher, SEALED_BIRTH_DATE, patient.birth_date_sealed)),
        sex=patient.sex,
        country=patient.country,
        onset_kind=patient.onset_kind,
        onset_year=patient.onset_year,
        onset_month=patient.onset_month,
        trigger=patient.trigger,
        diagnosed_on=patient.diagnosed_on,
        work_status=patient.work_status,
        comorbidities=tuple(Comorbidity(each) for each in patient.comorbidities),
        medication=opened_text(cipher, Patient.__tablename__, "medication", patient.medication),
        diet=opened_text(cipher, Patient.__tablename__, "diet", patient.diet),
        antibiotics_last_3_months=patient.antibiotics_last_3_months,
        entry_basis=patient.entry_basis,
        case_definitions=case_definitions(scope, session, cipher, patient_id),
        consents=consents(scope, session, patient_id),
        ending=ending(scope, session, cipher, patient_id),
        arm=arm(scope, session, patient_id),
    )


def case_definitions(
    scope: Scope, session: Session, cipher: PatientCipher | None, patient_id: UUID
) -> tuple[CaseDefinitionRow, ...]:
    """The case definitions assessed in a patient."""
    table = CaseDefinition
    statement = (
        select(*columns(CaseDefinitionRow, table))
        .where(of_patient(table, scope, patient_id))
        .order_by(table.on_date, table.definition)
    )
    return tuple(opened_row(CaseDefinitionRow, cipher, table, row) for row in session.execute(statement))


def consents(scope: Scope, session: Session, patient_id: UUID) -> tuple[ConsentRow, ...]:
    """The consents of a patient, withdrawn ones included."""
    table = Consent
    statement = (
        select(*columns(ConsentRow, table))
        .where(of_patient(table, scope, patient_id))
        .order_by(table.given_on, table.purpose)
    )
    return tuple(ConsentRow(*row) for row in session.execute(statement))


def ending(scope: Scope, session: Session, cipher: PatientCipher | None, patient_id: UUID) -> EndingRow | None:
    """How a patient left, if so; the last ending recorded counts."""
    table = PatientEnding
    statement = (
        select(*columns(EndingRow, table)).where(of_patient(table, scope, patient_id)).order_by(table.on_date.desc())
    )
    row = session.execute(statement).first()
    return None if row is None else opened_row(EndingRow, cipher, table, row)


def arm(scope: Scope, session: Session, patient_id: UUID) -> ArmRow | None:
    """The arm of a patient, its content withheld from a blinded reader."""
    row = session.scalar(select(Arm).where(of_patient(Arm, scope, patient_id)))
    if row is None:
        return None
    hidden = scope.blinded and row.blinded and row.unblinded_on is None
    label, comparison = (None, None) if hidden else (row.label, row.comparison)
    return ArmRow(row.id, label, comparison, row.blinded, row.starts_on, row.unblinded_on, hidden)
