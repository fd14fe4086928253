"""What every action is given, and the few steps all of them take: who may, which row, which version, why."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.rules import Act, Subject, can
from outcomes.access.scope import Actor
from outcomes.actions.errors import Conflict, NotAllowed, NotFound, StaleVersion
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.base import ClinicRow
from outcomes.records.queries.days import today_in
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as
from outcomes.records.tables import Clinic, Patient
from outcomes.records.violations import named_violations

Row = TypeVar("Row", bound=ClinicRow)


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


def may(work: Work, act: Act, patient_id: UUID | None = None) -> None:
    """Let an act pass that the actor may do in their own clinic, a patient on their own record alone.

    Raises:
        NotAllowed: otherwise.
    """
    if not can(work.actor, act, Subject(work.clinic_id, patient_id)):
        raise NotAllowed(act)


def found(work: Work, table: type[Row], row_id: UUID) -> Row:
    """Return a live row of the actor's clinic, locked until the transaction ends.

    Raises:
        NotFound: if it is absent, deleted or another clinic's.
    """
    statement = (
        select(table)
        .where(table.clinic_id == work.clinic_id, table.id == row_id, table.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = work.session.scalar(statement)
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
    theirs = {name: getattr(row, name) for name in values}
    check_version(row, version, values, theirs)
    changed = {name: value for name, value in values.items() if value != theirs[name]}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.version += 1
        with named_violations():
            work.session.flush()
    return bool(changed)


def add(work: Work, row: ClinicRow) -> UUID:
    """Store a new row of the actor's clinic and return its id.

    Raises:
        Violation: if the database refuses it, for instance because somebody took the same code an instant earlier.
    """
    row.clinic_id = work.clinic_id
    row.id = row.id or uuid4()
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
def because(work: Work, reason: str | None) -> Iterator[None]:
    """Name the reason of everything written inside, in the trail."""
    work.session.flush()
    act_as(work.session, work.actor.name_in_trail, reason)
    yield
    work.session.flush()
    act_as(work.session, work.actor.name_in_trail)
