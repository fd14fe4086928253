"""What every action is given, and the few steps all of them take: who may, which row, which version, why."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from outcomes.access.rules import Act, Subject, can
from outcomes.access.scope import Actor, Reach
from outcomes.actions.errors import Conflict, NotAllowed, NotFound, StaleVersion
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.base import ClinicRow
from outcomes.records.queries.days import today_in
from outcomes.records.sealed_rows import needs_key, opened_text, sealed_columns, sealed_reason, sealed_values
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.session import act_as
from outcomes.records.tables import Clinic, Patient, PatientKey
from outcomes.records.violations import named_violations

Row = TypeVar("Row", bound=ClinicRow)
Write: TypeAlias = Callable[[Engine, Reach, Callable[[Session], None]], None]
"""A door's own transaction for work outside a request: within a reach, do something in a session and commit it."""


@dataclass(frozen=True, slots=True)
class Work:
    """One actor's turn at the records: the session of the request, the keys, the instruments and the instant."""

    session: Session
    actor: Actor
    keys: KeyRing
    catalogue: Catalogue
    now: datetime

    @property
    def clinic_id(self) -> UUID:
        """The clinic in which the actor works."""
        return self.actor.clinic_id

    @property
    def time_zone(self) -> str:
        """The clinic's time zone."""
        return the_clinic(self).time_zone

    @property
    def today(self) -> date:
        """The civil date where the clinic is."""
        return today_in(self.time_zone, self.now)


def the_clinic(work: Work) -> Clinic:
    """Return the actor's clinic.

    Raises:
        NotFound: if it does not exist.
    """
    clinic = work.session.get(Clinic, work.clinic_id)
    if clinic is None:
        raise NotFound("clinic", work.clinic_id)
    return clinic


def lock_imports(work: Work) -> Clinic:
    """Let imports into one clinic follow one another, so that no two bring in the same rows; return the clinic."""
    statement = select(Clinic.clinic_id).where(Clinic.clinic_id == work.clinic_id).with_for_update(key_share=True)
    work.session.execute(statement)
    return the_clinic(work)


def somebody(work: Work, act: str) -> UUID:
    """Return the member who acts: what names who did it is not done by the program itself.

    Raises:
        NotAllowed: for the program itself.
    """
    if work.actor.membership_id is None:
        raise NotAllowed(act)
    return work.actor.membership_id


def may(work: Work, act: Act, patient_id: UUID | None = None) -> None:
    """Let an act pass that the actor may do in their own clinic, a patient on their own record alone.

    Raises:
        NotAllowed: otherwise.
    """
    if not can(work.actor, act, Subject(work.clinic_id, patient_id)):
        raise NotAllowed(act)


def found(work: Work, table: type[Row], row_id: UUID, *, locked: bool = True) -> Row:
    """Return a live row of the actor's clinic, locked until the transaction ends.

    Who may read a row and never change it cannot lock it on PostgreSQL: researchers look at a release unlocked.

    Raises:
        NotFound: if it is absent, deleted or another clinic's.
    """
    statement = (
        select(table)
        .where(table.clinic_id == work.clinic_id, table.id == row_id, table.deleted_at.is_(None))
        .execution_options(populate_existing=True)
    )
    row = work.session.scalar(statement.with_for_update() if locked else statement)
    if row is None:
        raise NotFound(table.__tablename__, row_id)  # type: ignore[attr-defined]  # every table of ClinicRow has a name
    return row


def rows_of(work: Work, table: type[Row], patient_id: UUID) -> Sequence[Row]:
    """Return the live rows of a table that belong to a patient of the actor's clinic."""
    owner: Any = table
    statement = select(table).where(
        table.clinic_id == work.clinic_id, table.deleted_at.is_(None), owner.patient_id == patient_id
    )
    return work.session.scalars(statement).all()


def the_patient(work: Work, patient_id: UUID) -> Patient:
    """Return a live patient of the actor's clinic; see `found`."""
    return found(work, Patient, patient_id)


def the_cipher(work: Work, patient_id: UUID) -> PatientCipher:
    """Return what seals and opens a patient's own words and identifiers.

    Raises:
        NotFound: if the patient's key was destroyed.
    """
    row = work.session.get(PatientKey, (work.clinic_id, patient_id))
    if row is None:
        raise NotFound("patient_key", patient_id)
    return work.keys.open_patient_key(row.master_key_id, row.wrapped, work.clinic_id, patient_id)


def sealed(work: Work, table: type[Any], patient_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a patient's row as they are stored: people's words sealed with the patient's key."""
    name = table.__tablename__
    return sealed_values(the_cipher(work, patient_id), name, values) if needs_key(name, values) else dict(values)


def in_clear(work: Work, row: ClinicRow, names: Iterable[str]) -> dict[str, Any]:
    """Return these values of a row, people's words opened."""
    table = _table(row)
    cipher = _cipher_if_kept(work, _patient_of(row)) if sealed_columns(table) & set(names) else None
    return {name: opened_text(cipher, table, name, getattr(row, name)) for name in names}


def _cipher_if_kept(work: Work, patient_id: UUID) -> PatientCipher | None:
    row = work.session.get(PatientKey, (work.clinic_id, patient_id))
    return None if row is None else the_cipher(work, patient_id)


def _table(row: ClinicRow) -> str:
    return str(row.__tablename__)  # type: ignore[attr-defined]  # see found


def _patient_of(row: Any) -> UUID:  # noqa: ANN401 - any row with words about a patient
    whose: UUID = row.id if isinstance(row, Patient) else row.patient_id
    return whose


def check_version(row: ClinicRow, version: int, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Refuse a form that was opened on an older version of the row, unless it asks for nothing else than is stored.

    Raises:
        StaleVersion: with both values of every field that differs.
    """
    conflicts = tuple(Conflict(name, mine[name], theirs[name]) for name in mine if mine[name] != theirs[name])
    if row.version != version and conflicts:
        raise StaleVersion(row.__tablename__, row.id, row.version, conflicts)  # type: ignore[attr-defined]  # see found


def edit_row(work: Work, row: ClinicRow, version: int, values: Mapping[str, Any]) -> bool:
    """Write what differs and count the version up; return whether anything did.

    Raises:
        StaleVersion: if the form was opened on an older version and asks for something else than is stored.
    """
    theirs = in_clear(work, row, values)
    check_version(row, version, values, theirs)
    changed = {name: value for name, value in values.items() if value != theirs[name]}
    kept = sealed(work, type(row), _patient_of(row), changed) if sealed_columns(_table(row)) else changed
    for name, value in kept.items():
        setattr(row, name, value)
    if changed:
        row.version += 1
        with named_violations():
            work.session.flush()
    return bool(changed)


def add(work: Work, row: ClinicRow) -> UUID:
    """Store a new row of the actor's clinic, people's words sealed, and return its id.

    Raises:
        Violation: if the database refuses it, for instance because somebody took the same code an instant earlier.
    """
    row.clinic_id = work.clinic_id
    row.id = row.id or uuid4()
    own = {name: getattr(row, name) for name in sealed_columns(_table(row))}
    if own and not isinstance(row, Patient):  # a patient's own row comes before the patient's key
        for name, value in sealed(work, type(row), _patient_of(row), own).items():
            setattr(row, name, value)
    work.session.add(row)
    with named_violations():
        work.session.flush()
    return row.id


def remove(work: Work, row: ClinicRow) -> None:
    """Mark a row as deleted; nothing clinical is ever thrown away."""
    row.deleted_at = work.now
    row.version += 1
    work.session.flush()


@contextmanager
def because(work: Work, reason: str | None, patient_id: UUID | None = None, code: str | None = None) -> Iterator[None]:
    """Name the reason of everything written inside, in the trail.

    What was typed about a patient is sealed with the patient's key; a `code` from a list stands in clear before it.
    """
    work.session.flush()
    told = reason if patient_id is None else sealed_reason(the_cipher(work, patient_id), reason or "", code)
    act_as(work.session, work.actor.name_in_trail, told or None)
    yield
    work.session.flush()
    act_as(work.session, work.actor.name_in_trail)
