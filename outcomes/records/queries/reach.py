"""What a scope reaches: the conditions and the sealed words that all queries share."""

from collections.abc import Collection
from dataclasses import MISSING, dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.base import ClinicRow
from outcomes.records.queries.errors import NotFound
from outcomes.records.sealed_rows import opened_values
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import Arm, Infusion, Patient, PatientKey

Made = TypeVar("Made")

SEALED_NAME, SEALED_CONTACT, SEALED_BIRTH_DATE = "name", "contact", "birth_date"


@dataclass(frozen=True, slots=True)
class Person:
    """How a patient is called on a screen; the name is None when it was never given or has been erased."""

    id: UUID
    code: str
    name: str | None


@lru_cache(maxsize=256)
def columns(row: type, *tables: Any) -> tuple[Any, ...]:  # noqa: ANN401 - mapped tables
    """The columns that fill a row's fields, by name, each from the first table that has it.

    Fields with a default are left to the caller.
    """
    wanted = [each.name for each in fields(row) if each.default is MISSING]
    return tuple(next(getattr(table, name) for table in tables if hasattr(table, name)) for name in wanted)


# Conditions that every page asks a dozen times are built once: building one costs more than the database takes.
@lru_cache(maxsize=1024)
def live(table: type[ClinicRow], scope: Scope) -> ColumnElement[bool]:
    """The rows of a table that belong to the scope's clinic and are not deleted."""
    return and_(table.clinic_id == scope.clinic_id, table.deleted_at.is_(None))


def of_patient(table: Any, scope: Scope, patient_id: UUID) -> ColumnElement[bool]:  # noqa: ANN401 - any table of patients' rows
    """The live rows of a table that belong to one patient whom the scope reaches."""
    return and_(live(table, scope), table.patient_id == patient_id, reached(table, scope))


def reached(table: Any, scope: Scope) -> ColumnElement[bool]:  # noqa: ANN401 - any table of patients' rows
    """The rows of the scope's one patient where it has one, whoever is asked for."""
    return true() if scope.patient_id is None else table.patient_id == scope.patient_id


@lru_cache(maxsize=1024)
def live_patients(scope: Scope) -> ColumnElement[bool]:
    """The patients that a scope reaches."""
    conditions = live(Patient, scope)
    return conditions if scope.patient_id is None else and_(conditions, Patient.id == scope.patient_id)


def require_patient(scope: Scope, session: Session, patient_id: UUID) -> None:
    """Refuse a patient outside the scope.

    Raises:
        NotFound: if the patient is absent, deleted, another clinic's, or another person than the scope's own.
    """
    if session.scalar(select(Patient.id).where(live_patients(scope), Patient.id == patient_id)) is None:
        raise NotFound("patient", patient_id)


def anchors(scope: Scope, patient_ids: Collection[UUID] | None = None) -> Subquery:
    """Day 0 of each patient who has one, or of these: `first_day` by the first course, `day_zero` by the latest.

    Somebody in a comparison arm who was never given anything has the day on which the arm began. `courses` counts
    those with an infusion.
    """
    given = (
        select(Infusion.patient_id, func.min(Infusion.on_date).label("start"), literal(1).label("course"))
        .where(live(Infusion, scope), _of(Infusion.patient_id, scope, patient_ids))
        .group_by(Infusion.patient_id, Infusion.course_id)
    )
    compared = select(Arm.patient_id, Arm.starts_on, literal(0)).where(
        _compares_untreated(scope), _of(Arm.patient_id, scope, patient_ids)
    )
    start = union_all(given, compared).subquery("starts")
    return (
        select(
            start.c.patient_id,
            func.min(start.c.start).label("first_day"),
            func.max(start.c.start).label("day_zero"),
            func.sum(start.c.course).label("courses"),
        )
        .group_by(start.c.patient_id)
        .subquery("anchors")
    )


def _of(column: Any, scope: Scope, patient_ids: Collection[UUID] | None) -> ColumnElement[bool]:  # noqa: ANN401 - a column of patients' ids
    conditions = [column == scope.patient_id] if scope.patient_id else []
    return and_(true(), *conditions, *([column.in_(patient_ids)] if patient_ids is not None else []))


def _compares_untreated(scope: Scope) -> ColumnElement[bool]:
    given = exists().where(live(Infusion, scope), Infusion.patient_id == Arm.patient_id)
    return and_(live(Arm, scope), Arm.comparison, Arm.starts_on.is_not(None), ~given)


def under_way(scope: Scope) -> ColumnElement[bool]:
    """Whether a patient has a day 0: an infusion, or the beginning of a comparison arm."""
    given = exists().where(live(Infusion, scope), Infusion.patient_id == Patient.id)
    compared = exists().where(
        live(Arm, scope), Arm.patient_id == Patient.id, Arm.comparison, Arm.starts_on.is_not(None)
    )
    return or_(given, compared)


@lru_cache(maxsize=1)
def key_of_patient() -> ColumnElement[bool]:
    """Join a patient to the key that seals the patient's identifiers."""
    return and_(PatientKey.clinic_id == Patient.clinic_id, PatientKey.patient_id == Patient.id)


def cipher_of(
    keys: KeyRing, clinic_id: UUID, patient_id: UUID, master_key_id: str | None, wrapped: bytes | None
) -> PatientCipher | None:
    """Return what opens a patient's identifiers; None when the key was destroyed."""
    if master_key_id is None or wrapped is None:
        return None
    return keys.open_patient_key(master_key_id, wrapped, clinic_id, patient_id)


def cipher_for(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> PatientCipher | None:
    """Return what opens a patient's own words; None when the key was destroyed or the scope does not reach it."""
    key = select(PatientKey.master_key_id, PatientKey.wrapped).where(
        PatientKey.clinic_id == scope.clinic_id, PatientKey.patient_id == patient_id
    )
    found = session.execute(key).one_or_none() if scope.patient_id in {None, patient_id} else None
    return None if found is None else keys.open_patient_key(*found, scope.clinic_id, patient_id)


def opened(cipher: PatientCipher | None, column: str, sealed: bytes | None) -> str | None:
    """Return a sealed text; None when there is none or its key was destroyed."""
    return None if cipher is None or sealed is None else cipher.open(column, sealed)


def opened_row(kind: type[Made], cipher: PatientCipher | None, table: Any, row: Any) -> Made:  # noqa: ANN401 - a mapped table and a row of it
    """Return a row of a table in its own shape, people's words opened."""
    return kind(*opened_values(cipher, table.__tablename__, row._fields, row))


def people(scope: Scope, session: Session, keys: KeyRing, patient_ids: set[UUID]) -> dict[UUID, Person]:
    """Return the names and codes of these patients, as far as the scope reaches, in one statement."""
    if not patient_ids:
        return {}
    statement = (
        select(Patient.id, Patient.code, Patient.name_sealed, PatientKey.master_key_id, PatientKey.wrapped)
        .outerjoin(PatientKey, key_of_patient())
        .where(live_patients(scope), Patient.id.in_(patient_ids))
    )
    found = {}
    for patient_id, code, sealed, master_key_id, wrapped in session.execute(statement):
        cipher = cipher_of(keys, scope.clinic_id, patient_id, master_key_id, wrapped)
        found[patient_id] = Person(patient_id, code, opened(cipher, SEALED_NAME, sealed))
    return found


def birth_date(text: str | None) -> date | None:
    """Read an opened birth date."""
    return None if text is None else date.fromisoformat(text)
