"""Donors with their screenings and lots, and who received what."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import Person, columns, live, live_patients, people
from outcomes.records.queries.treatment import arm_is_hidden
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Donor, DonorScreening, Infusion, Lot, Patient
from outcomes.terms import DonorKind, MaterialState, Route, ScreeningResult


@dataclass(frozen=True, slots=True)
class ScreeningRow:
    """One screening of a donor."""

    id: UUID
    donor_id: UUID
    on_date: date
    panel: str
    result: ScreeningResult
    note: str | None
    version: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot; `given` is how many infusions were made with it."""

    id: UUID
    donor_id: UUID
    number: str
    prepared_on: date | None
    state: MaterialState
    anaerobic: bool | None
    recalled_on: date | None
    recall_reason: str | None
    version: int
    given: int = 0


@dataclass(frozen=True, slots=True)
class DonorRow:
    """A donor. `patients` is how many people received something; screenings and lots stand the newest first."""

    id: UUID
    code: str
    kind: DonorKind
    active: bool
    note: str | None
    version: int
    screenings: tuple[ScreeningRow, ...] = ()
    lots: tuple[LotRow, ...] = ()
    patients: int = 0

    @property
    def last_screening(self) -> ScreeningRow | None:
        """The newest screening."""
        return self.screenings[0] if self.screenings else None


@dataclass(frozen=True, slots=True)
class Received:
    """One infusion that somebody received of a donor or a lot."""

    person: Person
    infusion_id: UUID
    on_date: date
    route: Route
    lot_number: str | None


@dataclass(frozen=True, slots=True)
class LookBack:
    """Who received what, the earliest first. `withheld` counts patients whose arm is still hidden from this reader."""

    received: tuple[Received, ...]
    withheld: int


def donor_list(scope: Scope, session: Session) -> tuple[DonorRow, ...]:
    """The clinic's donors by code."""
    _staff_only(scope)
    return _donors(scope, session)


def donor(scope: Scope, session: Session, donor_id: UUID) -> DonorRow:
    """One donor.

    Raises:
        NotFound: if the scope does not reach the donor.
    """
    _staff_only(scope)
    found = _donors(scope, session, Donor.id == donor_id)
    if not found:
        raise NotFound("donor", donor_id)
    return found[0]


def _staff_only(scope: Scope) -> None:
    """Donors are none of a single patient's business."""
    if scope.patient_id is not None:
        raise NotFound("donor")


def _donors(scope: Scope, session: Session, *conditions: ColumnElement[bool]) -> tuple[DonorRow, ...]:
    statement = select(*columns(DonorRow, Donor)).where(live(Donor, scope), *conditions).order_by(Donor.code)
    rows = [DonorRow(*row) for row in session.execute(statement)]
    ids = [row.id for row in rows]
    screenings, lots, patients = _screenings(scope, session, ids), _lots(scope, session, ids), _patients(scope, session)
    return tuple(
        replace(
            row,
            screenings=tuple(screenings.get(row.id, ())),
            lots=tuple(lots.get(row.id, ())),
            patients=patients.get(row.id, 0),
        )
        for row in rows
    )


def _screenings(scope: Scope, session: Session, ids: list[UUID]) -> Mapping[UUID, list[ScreeningRow]]:
    statement = (
        select(*columns(ScreeningRow, DonorScreening))
        .where(live(DonorScreening, scope), DonorScreening.donor_id.in_(ids))
        .order_by(DonorScreening.on_date.desc())
    )
    found: dict[UUID, list[ScreeningRow]] = {}
    for row in session.execute(statement):
        found.setdefault(row.donor_id, []).append(ScreeningRow(*row))
    return found


def _lots(scope: Scope, session: Session, ids: list[UUID]) -> Mapping[UUID, list[LotRow]]:
    given = _count_by(scope, session, Infusion.lot_id, func.count())
    statement = (
        select(*columns(LotRow, Lot))
        .where(live(Lot, scope), Lot.donor_id.in_(ids))
        .order_by(Lot.prepared_on.desc(), Lot.number.desc())
    )
    found: dict[UUID, list[LotRow]] = {}
    for row in session.execute(statement):
        found.setdefault(row.donor_id, []).append(replace(LotRow(*row), given=given.get(row.id, 0)))
    return found


def _patients(scope: Scope, session: Session) -> Mapping[UUID, int]:
    return _count_by(scope, session, Infusion.donor_id, func.count(Infusion.patient_id.distinct()))


def _count_by(scope: Scope, session: Session, column: Any, count: ColumnElement[int]) -> dict[UUID, int]:  # noqa: ANN401 - a column of ids
    """Count infusions by donor or lot; of patients whose arm is hidden nothing is counted."""
    statement = (
        select(column, count)
        .where(live(Infusion, scope), column.is_not(None), ~arm_is_hidden(scope, Infusion.patient_id))
        .group_by(column)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def look_back(
    scope: Scope, session: Session, keys: KeyRing, *, donor_id: UUID | None = None, lot_id: UUID | None = None
) -> LookBack:
    """Who received material of a donor, or of one lot.

    Raises:
        NotFound: if the scope does not reach the donor or lot.
        ValueError: if neither or both are named.
    """
    _staff_only(scope)
    if (donor_id is None) == (lot_id is None):
        raise ValueError("look back from a donor or from a lot")
    table, row_id, column = (Donor, donor_id, Infusion.donor_id) if donor_id else (Lot, lot_id, Infusion.lot_id)
    if session.scalar(select(table.id).where(live(table, scope), table.id == row_id)) is None:
        raise NotFound(table.__tablename__, row_id)
    return _look_back(scope, session, keys, column == row_id)


def _look_back(scope: Scope, session: Session, keys: KeyRing, condition: ColumnElement[bool]) -> LookBack:
    hidden = arm_is_hidden(scope, Infusion.patient_id).label("hidden")
    statement = (
        select(Infusion.patient_id, Infusion.id, Infusion.on_date, Infusion.route, Lot.number, hidden)
        .join(Patient, (Patient.clinic_id == Infusion.clinic_id) & (Patient.id == Infusion.patient_id))
        .outerjoin(Lot, (Lot.clinic_id == Infusion.clinic_id) & (Lot.id == Infusion.lot_id))
        .where(live(Infusion, scope), live_patients(scope), condition)
        .order_by(Infusion.on_date, Patient.code)
    )
    rows = list(session.execute(statement))
    shown = [row for row in rows if not row.hidden]
    persons = people(scope, session, keys, {row.patient_id for row in shown})
    received = (Received(persons[row.patient_id], row.id, row.on_date, row.route, row.number) for row in shown)
    return LookBack(tuple(received), len({row.patient_id for row in rows if row.hidden}))
