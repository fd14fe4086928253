"""Whether a person's record is here already: taken in before, written here, or under the same name."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.patients import PatientFilter, patient_list, survivor_of
from outcomes.records.queries.reach import live, live_patients
from outcomes.records.sealing import KeyRing, folded
from outcomes.records.tables import IdempotencyKey, ImportRun, Patient, PatientKey

MARK, WHOM = "record_of", "patient"
"""What the row of an import keeps of a record that was taken in: whose it was, unreadably, and who it became."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Who a record is already; `taken_in_at` is None for a patient whose record was written in this clinic."""

    patient_id: UUID
    code: str
    taken_in_at: datetime | None = None


def mark_of(clinic_id: UUID, person_id: UUID) -> str:
    """Return a mark by which a person of another clinic is known again in this one, and nowhere else.

    >>> mark_of(UUID(int=1), UUID(int=2)) == mark_of(UUID(int=3), UUID(int=2))
    False
    """
    return sha256(f"{clinic_id} {person_id}".encode()).hexdigest()


def twin(scope: Scope, session: Session, person_id: UUID) -> Twin | None:
    """Who the person of a record is in this clinic already; whoever was erased is nobody.

    Raises:
        NotFound: for a scope of one patient.
    """
    _for_staff(scope)
    taken = select(ImportRun.at, ImportRun.mapping).where(
        live(ImportRun, scope), ImportRun.mapping[MARK].as_string() == mark_of(scope.clinic_id, person_id)
    )
    known = [(person_id, None), *((UUID(row.mapping[WHOM]), row.at) for row in session.execute(taken))]
    for patient_id, at in known:
        code = _code_of(scope, session, patient_id)
        if code is not None:
            return Twin(survivor_of(scope, session, patient_id) or patient_id, code, at)
    return None


def _code_of(scope: Scope, session: Session, patient_id: UUID) -> str | None:
    """The code of a patient who is here and whose key is there; of one that was merged, that of the record kept."""
    kept = survivor_of(scope, session, patient_id) or patient_id
    key = exists().where(PatientKey.clinic_id == Patient.clinic_id, PatientKey.patient_id == Patient.id)
    return session.scalar(select(Patient.code).where(live(Patient, scope), Patient.id == kept, key))


def namesakes(scope: Scope, session: Session, keys: KeyRing, name: str | None, today: date) -> tuple[str, ...]:
    """The codes of patients here who have just this name.

    Raises:
        NotFound: for a scope of one patient.
    """
    _for_staff(scope)
    if not (name or "").strip():
        return ()
    wanted = folded(name or "").split()
    found = patient_list(scope, session, keys, today, PatientFilter(text=name or "")).rows
    return tuple(each.code for each in found if folded(each.name or "").split() == wanted)


def taken_with(scope: Scope, session: Session, key: str | None) -> UUID | None:
    """The patient whose record was taken in with the form of this key, so that a second click leads there too.

    Raises:
        NotFound: for a scope of one patient.
    """
    _for_staff(scope)
    kept = select(IdempotencyKey.result).where(IdempotencyKey.clinic_id == scope.clinic_id, IdempotencyKey.key == key)
    result = session.scalar(kept) if key else None
    if result is None:
        return None
    return session.scalar(select(Patient.id).where(live_patients(scope), Patient.id == UUID(result)))


def code_is_taken(scope: Scope, session: Session, code: str) -> bool:
    """Whether a patient here has this code.

    Raises:
        NotFound: for a scope of one patient.
    """
    _for_staff(scope)
    taken = exists().where(Patient.clinic_id == scope.clinic_id, Patient.code == code)
    return bool(session.scalar(select(taken)))


def _for_staff(scope: Scope) -> None:
    if scope.patient_id is not None:
        raise NotFound("import_run")
