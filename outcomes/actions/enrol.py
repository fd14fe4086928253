"""Taking a patient in: every field of enrolment, identifiers sealed with the patient's own key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select

from outcomes.access.rules import Act
from outcomes.actions.checks import fits, not_to_come
from outcomes.actions.errors import Invalid, NotFound
from outcomes.actions.once import once
from outcomes.actions.work import (
    Work,
    add,
    check_version,
    edit_row,
    found,
    in_clear,
    may,
    remove,
    rows_of,
    the_cipher,
    the_patient,
)
from outcomes.records import sealed_rows
from outcomes.records.base import ClinicRow
from outcomes.records.queries.reach import SEALED_BIRTH_DATE, SEALED_CONTACT, SEALED_NAME, opened
from outcomes.records.sealing import PatientCipher
from outcomes.records.tables import CaseDefinition, Clinic, Consent, NamePrefix, Patient, PatientKey
from outcomes.terms import (
    CaseDefinitionName,
    Comorbidity,
    EntryBasis,
    Onset,
    Purpose,
    Sex,
    Trigger,
    WorkStatus,
)
from outcomes.voice import N_

CODE_PREFIX = "OC"
CODE_DIGITS = 4
EARLIEST_YEAR = 1900
MONTHS = range(1, 13)
NOTHING_KNOWN = (None, "", Sex.UNKNOWN, Onset.UNKNOWN, WorkStatus.UNKNOWN, EntryBasis.UNKNOWN)


@dataclass(frozen=True, slots=True)
class CaseDefinitionForm:
    """A case definition, met or not, with the date and the assessor."""

    definition: CaseDefinitionName
    met: bool = True
    on_date: date | None = None
    assessor: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """Consent to one purpose, with the version of the text that was shown."""

    purpose: Purpose
    given_on: date
    text_version: str
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class PatientForm:
    """Every field of enrolment. A code left out is given automatically; on editing it stays as it is."""

    code: str | None = None
    name: str | None = None
    contact: str | None = None
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    country: str | None = None
    onset_kind: Onset = Onset.UNKNOWN
    onset_year: int | None = None
    onset_month: int | None = None
    trigger: Trigger | None = None
    diagnosed_on: date | None = None
    work_status: WorkStatus = WorkStatus.UNKNOWN
    comorbidities: tuple[Comorbidity, ...] = ()
    medication: str | None = None
    diet: str | None = None
    antibiotics_last_3_months: bool | None = None
    entry_basis: EntryBasis = EntryBasis.UNKNOWN
    case_definitions: tuple[CaseDefinitionForm, ...] = ()
    consents: tuple[ConsentForm, ...] = ()


DEFINED = ("definition", "met", "on_date", "assessor")
PLAIN = (
    "sex",
    "country",
    "onset_kind",
    "onset_year",
    "onset_month",
    "trigger",
    "diagnosed_on",
    "work_status",
    "medication",
    "diet",
    "antibiotics_last_3_months",
    "entry_basis",
)


def enrol(work: Work, form: PatientForm, key: str | None = None) -> UUID:
    """Take a patient in and return the id.

    Raises:
        NotAllowed: if the actor may not change records.
        Invalid: for a code in use, an impossible date or onset, or a country that is no two-letter code.
        KeyReused: if the key came before with another form.
    """
    may(work, Act.CHANGE_RECORD)
    return once(work, key, form, lambda: _enrol(work, form))


def _enrol(work: Work, form: PatientForm) -> UUID:
    check_patient(form, work.today)
    patient_id = uuid4()
    cipher, key_row = new_cipher(work, patient_id)
    row = Patient(
        id=patient_id,
        code=_code_for(work, form.code),
        comorbidities=_comorbidities(form),
        **sealed_rows.sealed_values(cipher, Patient.__tablename__, _plain_values(form)),
        **sealed_values(cipher, form),
    )
    add(work, row)
    work.session.execute(insert(PatientKey).values(key_row))
    keep_prefixes(work, patient_id, form.name)
    for definition in form.case_definitions:
        add(work, _case_definition(patient_id, definition))
    for consent in form.consents:
        add(work, _consent(patient_id, consent))
    return patient_id


def edit(work: Work, patient_id: UUID, form: PatientForm, version: int) -> None:
    """Change a patient's fields, all of them at once; case definitions and consents become those of the form.

    Raises:
        NotAllowed: if the actor may not change records.
        NotFound: for a patient of another clinic or none.
        Invalid: as `enrol`.
        StaleVersion: if somebody else changed the patient since the form was opened.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    patient = the_patient(work, patient_id)
    check_patient(form, work.today)
    cipher = the_cipher(work, patient_id)
    mine, theirs = _fields_of(form, patient.code), _stored_fields(work, cipher, patient)
    check_version(patient, version, mine, theirs)
    if mine == theirs:
        return
    changed = {name: value for name, value in mine.items() if value != theirs[name]}
    if "code" in changed:
        patient.code = _typed_code(work, mine["code"])
    _set_plain(cipher, patient, changed)
    _seal_changed(cipher, patient, changed)
    patient.comorbidities = _comorbidities(form)
    patient.version += 1
    work.session.flush()
    if "name" in changed:
        keep_prefixes(work, patient_id, form.name)
    _keep(
        work,
        _definitions(work, patient_id),
        {each: _case_definition(patient_id, each) for each in form.case_definitions},
    )
    _keep(work, _consents(work, patient_id), {each: _consent(patient_id, each) for each in form.consents})


def give_consent(work: Work, patient_id: UUID, form: ConsentForm) -> UUID:
    """Record consent to one purpose.

    Raises:
        NotAllowed, NotFound: as `edit`.
        Invalid: for a date to come.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    the_patient(work, patient_id)
    not_to_come(work.today, "given_on", form.given_on)
    return add(work, _consent(patient_id, form))


def withdraw_consent(work: Work, patient_id: UUID, consent_id: UUID, on_date: date) -> None:
    """Record that a consent was withdrawn; from that day on the purpose is closed.

    Raises:
        NotAllowed, NotFound: as `edit`; also for a consent of somebody else.
        Invalid: for a date to come or before the consent.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    consent = found(work, Consent, consent_id)
    if consent.patient_id != patient_id:
        raise NotFound("consent", consent_id)
    not_to_come(work.today, "withdrawn_on", on_date)
    if on_date < consent.given_on:
        raise Invalid("order_of_dates", "withdrawn_on", N_("This date lies before the consent."))
    edit_row(work, consent, consent.version, {"withdrawn_on": on_date})


def check_patient(form: PatientForm, today: date) -> None:
    """Refuse fields that cannot be true.

    Raises:
        Invalid: names the field.
    """
    for name in ("birth_date", "diagnosed_on"):
        not_to_come(today, name, getattr(form, name))
    for each in form.case_definitions:
        not_to_come(today, "case_definitions", each.on_date)
    for consent in form.consents:
        not_to_come(today, "consents", consent.given_on)
    if form.country is not None and not re.fullmatch("[A-Z]{2}", form.country):
        raise Invalid("country", "country", N_("A country is given by two letters, such as TR."))
    _check_onset(form, today)
    _check_lengths(form)


def _check_onset(form: PatientForm, today: date) -> None:
    year, month = form.onset_year, form.onset_month
    if year is None and month is not None:
        raise Invalid("onset_year", "onset_year", N_("A month of onset needs its year."))
    if year is not None and not EARLIEST_YEAR <= year <= today.year:
        raise Invalid("onset_year", "onset_year", N_("This year cannot be."))
    if month is not None and month not in MONTHS:
        raise Invalid("onset_month", "onset_month", N_("A month is a number from 1 to 12."))
    if year == today.year and (month or 1) > today.month:
        raise Invalid("onset_month", "onset_month", N_("This month is still to come."))
    if form.birth_date and year is not None and year < form.birth_date.year:
        raise Invalid("onset_year", "onset_year", N_("The illness cannot begin before birth."))


def _check_lengths(form: PatientForm) -> None:
    for name, longest in {"code": 40, "name": 200, "contact": 1000, "medication": 2000, "diet": 500}.items():
        fits(name, getattr(form, name), longest)


def _code_for(work: Work, typed: str | None) -> str:
    return next_code(work) if not (typed or "").strip() else _typed_code(work, str(typed))


def _typed_code(work: Work, typed: str) -> str:
    code = typed.strip()
    if not code:
        raise Invalid("code_empty", "code", N_("A patient needs a code."))
    taken = select(Patient.id).where(Patient.clinic_id == work.clinic_id, Patient.code == code)
    if work.session.scalar(taken) is not None:
        raise Invalid("code_taken", "code", N_("This code is already in use."))
    return code


def next_code(work: Work) -> str:
    """The next free automatic code of the clinic, such as "OC-0147".

    The clinic's row is locked, so that two enrolments at once do not meet.
    """
    lock = select(Clinic.settings).where(Clinic.clinic_id == work.clinic_id).with_for_update()
    settings = work.session.scalar(lock) or {}
    prefix = f"{settings.get('code_prefix', CODE_PREFIX)}-"
    codes = (
        select(Patient.code)
        .where(Patient.clinic_id == work.clinic_id, Patient.code.startswith(prefix, autoescape=True))
        .order_by(func.length(Patient.code).desc(), Patient.code.desc())
    )
    for code in work.session.scalars(codes):
        digits = code.removeprefix(prefix)
        if digits.isascii() and digits.isdigit():
            return f"{prefix}{int(digits) + 1:0{CODE_DIGITS}}"
    return f"{prefix}{1:0{CODE_DIGITS}}"


def _plain_values(form: PatientForm) -> dict[str, Any]:
    return {
        name: getattr(form, name) or None if name in {"medication", "diet"} else getattr(form, name) for name in PLAIN
    }


def _comorbidities(form: PatientForm) -> list[str]:
    return [each.value for each in Comorbidity if each in form.comorbidities]


def new_cipher(work: Work, patient_id: UUID) -> tuple[PatientCipher, dict[str, Any]]:
    """Make a patient's own key: what seals with it, and its row to be stored after the patient's."""
    master_key_id, wrapped = work.keys.new_patient_key(work.clinic_id, patient_id)
    row = {
        "clinic_id": work.clinic_id,
        "patient_id": patient_id,
        "master_key_id": master_key_id,
        "wrapped": wrapped,
    }
    return work.keys.open_patient_key(master_key_id, wrapped, work.clinic_id, patient_id), row


def sealed_values(cipher: PatientCipher, form: PatientForm) -> dict[str, bytes | None]:
    """The sealed columns of a patient."""
    born = form.birth_date.isoformat() if form.birth_date else None
    return {
        "name_sealed": _sealed(cipher, SEALED_NAME, form.name),
        "contact_sealed": _sealed(cipher, SEALED_CONTACT, form.contact),
        "birth_date_sealed": _sealed(cipher, SEALED_BIRTH_DATE, born),
    }


def _sealed(cipher: PatientCipher, column: str, text: str | None) -> bytes | None:
    return cipher.seal(column, text) if text else None


def _seal_changed(cipher: PatientCipher, patient: Patient, changed: Mapping[str, Any]) -> None:
    if "name" in changed:
        patient.name_sealed = _sealed(cipher, SEALED_NAME, changed["name"])
    if "contact" in changed:
        patient.contact_sealed = _sealed(cipher, SEALED_CONTACT, changed["contact"])
    if "birth_date" in changed:
        born = changed["birth_date"]
        patient.birth_date_sealed = _sealed(cipher, SEALED_BIRTH_DATE, born.isoformat() if born else None)


def _set_plain(cipher: PatientCipher, patient: Patient, changed: Mapping[str, Any]) -> None:
    plain = {name: value for name, value in changed.items() if name in PLAIN}
    for name, value in sealed_rows.sealed_values(cipher, Patient.__tablename__, plain).items():
        setattr(patient, name, value)


def keep_prefixes(work: Work, patient_id: UUID, name: str | None) -> None:
    """Make the hashes by which a patient is found those of this name."""
    wanted = work.keys.prefix_hashes(work.clinic_id, name) if name else set()
    own = (NamePrefix.clinic_id == work.clinic_id, NamePrefix.patient_id == patient_id)
    there = set(work.session.scalars(select(NamePrefix.prefix_hash).where(*own)))
    if there - wanted:
        work.session.execute(delete(NamePrefix).where(*own, NamePrefix.prefix_hash.in_(there - wanted)))
    place = {"clinic_id": work.clinic_id, "patient_id": patient_id}
    rows = [place | {"prefix_hash": each} for each in sorted(wanted - there)]
    if rows:
        work.session.execute(insert(NamePrefix), rows)


def copy_what_is_missing(work: Work, patient: Patient, other: Patient) -> None:
    """Fill the fields of enrolment that a patient lacks from another record of the same person."""
    ours, theirs = the_cipher(work, patient.id), the_cipher(work, other.id)
    mine, more = _stored_fields(work, ours, patient), _stored_fields(work, theirs, other)
    lacking = {name for name, value in mine.items() if value in NOTHING_KNOWN and more[name] not in NOTHING_KNOWN}
    _set_plain(ours, patient, {name: more[name] for name in lacking})
    _seal_changed(ours, patient, {name: more[name] for name in lacking & {"name", "contact", "birth_date"}})
    both = {*mine["comorbidities"], *more["comorbidities"]}
    patient.comorbidities = [each.value for each in Comorbidity if each in both]
    patient.version += 1
    work.session.flush()
    if "name" in lacking:
        keep_prefixes(work, patient.id, more["name"])


def _fields_of(form: PatientForm, code: str) -> dict[str, Any]:
    """What a form asks for, in the shape of `_stored_fields`."""
    return _plain_values(form) | {
        "code": code if form.code is None else form.code.strip(),
        "name": form.name or None,
        "contact": form.contact or None,
        "birth_date": form.birth_date,
        "comorbidities": tuple(_comorbidities(form)),
        "case_definitions": frozenset(form.case_definitions),
        "consents": frozenset(form.consents),
    }


def _stored_fields(work: Work, cipher: PatientCipher, patient: Patient) -> dict[str, Any]:
    born = opened(cipher, SEALED_BIRTH_DATE, patient.birth_date_sealed)
    return in_clear(work, patient, PLAIN) | {
        "code": patient.code,
        "name": opened(cipher, SEALED_NAME, patient.name_sealed),
        "contact": opened(cipher, SEALED_CONTACT, patient.contact_sealed),
        "birth_date": date.fromisoformat(born) if born else None,
        "comorbidities": tuple(patient.comorbidities),
        "case_definitions": frozenset(_definitions(work, patient.id)),
        "consents": frozenset(_consents(work, patient.id)),
    }


def _definitions(work: Work, patient_id: UUID) -> dict[CaseDefinitionForm, CaseDefinition]:
    rows = rows_of(work, CaseDefinition, patient_id)
    return {CaseDefinitionForm(**in_clear(work, row, DEFINED)): row for row in rows}


def _consents(work: Work, patient_id: UUID) -> dict[ConsentForm, Consent]:
    """The consents that a form shows: of each purpose the one that lives, else the last one; those before it stay."""
    rows = sorted(rows_of(work, Consent, patient_id), key=lambda row: (row.withdrawn_on is None, row.given_on))
    shown = {row.purpose: row for row in rows}.values()
    return {ConsentForm(row.purpose, row.given_on, row.text_version, row.withdrawn_on): row for row in shown}


def _keep(work: Work, there: Mapping[Any, ClinicRow], wanted: Mapping[Any, ClinicRow]) -> None:
    """Make the stored rows those wanted: what is no longer asked for is marked deleted, what is new is added."""
    for form, row in there.items():
        if form not in wanted:
            remove(work, row)
    for form, row in wanted.items():
        if form not in there:
            add(work, row)


def _case_definition(patient_id: UUID, form: CaseDefinitionForm) -> CaseDefinition:
    assessor = form.assessor or None
    return CaseDefinition(
        patient_id=patient_id, definition=form.definition, met=form.met, on_date=form.on_date, assessor=assessor
    )


def _consent(patient_id: UUID, form: ConsentForm) -> Consent:
    return Consent(
        patient_id=patient_id,
        purpose=form.purpose,
        given_on=form.given_on,
        text_version=form.text_version,
        withdrawn_on=form.withdrawn_on,
    )
