"""What was done to a patient: courses and their infusions."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, select
from sqlalchemy.orm import Session, aliased

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import cipher_for, live, of_patient, reached, require_patient
from outcomes.records.sealed_rows import opened_text, opened_values
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import Arm, Course, Donor, Infusion, Lot
from outcomes.terms import Intent, Material, MaterialState, Route


@dataclass(frozen=True, slots=True)
class InfusionRow:
    """One administration. While `hidden` from a blinded reader, material, donor and lot are None."""

    id: UUID
    course_id: UUID
    on_date: date
    route: Route
    material: Material | None
    donor_id: UUID | None
    donor_code: str | None
    lot_id: UUID | None
    lot_number: str | None
    lot_recalled_on: date | None
    mass_g: float | None
    volume_ml: float | None
    capsules: int | None
    state: MaterialState | None
    thawed_on: date | None
    anaerobic: bool | None
    retention_minutes: int | None
    lavage_agent: str | None
    antibiotic: str | None
    antibiotic_days: int | None
    antibiotic_washout_days: int | None
    proton_pump_inhibitor: bool | None
    sedation: bool | None
    note: str | None
    version: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course of FMT with its infusions, the earliest first."""

    id: UUID
    number: int
    intent: Intent
    indication: str
    note: str | None
    version: int
    infusions: tuple[InfusionRow, ...]

    @property
    def starts_on(self) -> date | None:
        """The first infusion; None before any."""
        return min((each.on_date for each in self.infusions), default=None)

    @property
    def hidden(self) -> bool:
        """Whether what was given is withheld from this reader."""
        return any(each.hidden for each in self.infusions)


_INFUSION: tuple[Any, ...] = (
    Infusion.id,
    Infusion.course_id,
    Infusion.on_date,
    Infusion.route,
    Infusion.material,
    Infusion.donor_id,
    Donor.code.label("donor_code"),
    Infusion.lot_id,
    Lot.number.label("lot_number"),
    Lot.recalled_on.label("lot_recalled_on"),
    Infusion.mass_g,
    Infusion.volume_ml,
    Infusion.capsules,
    Infusion.state,
    Infusion.thawed_on,
    Infusion.anaerobic,
    Infusion.retention_minutes,
    Infusion.lavage_agent,
    Infusion.antibiotic,
    Infusion.antibiotic_days,
    Infusion.antibiotic_washout_days,
    Infusion.proton_pump_inhibitor,
    Infusion.sedation,
    Infusion.note,
    Infusion.version,
)
TELLING_THE_ARM = ("material", "donor_id", "lot_id", "state", "note")
"""What is given may tell the arm; these columns are withheld while it is hidden."""
_TELLING = (*TELLING_THE_ARM, "donor_code", "lot_number", "lot_recalled_on")


def arm_is_hidden(scope: Scope, patient_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a value or a column
    """Whether a patient's arm is still blinded to this reader."""
    if not scope.blinded:
        return false()
    arm = aliased(Arm)
    return exists().where(
        arm.clinic_id == scope.clinic_id,
        arm.deleted_at.is_(None),
        arm.patient_id == patient_id,
        arm.blinded,
        arm.unblinded_on.is_(None),
    )


def _infusion(row: Any, cipher: PatientCipher | None, *, hidden: bool) -> InfusionRow:  # noqa: ANN401 - a row of _INFUSION
    values = dict(zip(row._fields, opened_values(cipher, Infusion.__tablename__, row._fields, row), strict=True))
    if hidden:
        values |= dict.fromkeys(_TELLING)
    return InfusionRow(**values, hidden=hidden)


def _infusions(scope: Scope, session: Session, *conditions: ColumnElement[bool]) -> list[Any]:
    statement = (
        select(*_INFUSION)
        .outerjoin(Donor, (Donor.clinic_id == Infusion.clinic_id) & (Donor.id == Infusion.donor_id))
        .outerjoin(Lot, (Lot.clinic_id == Infusion.clinic_id) & (Lot.id == Infusion.lot_id))
        .where(live(Infusion, scope), reached(Infusion, scope), *conditions)
        .order_by(Infusion.on_date, Infusion.id)
    )
    return list(session.execute(statement))


def courses(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> tuple[CourseRow, ...]:
    """The courses of a patient by number."""
    return courses_of(scope, session, cipher_for(scope, session, keys, patient_id), patient_id)


def courses_of(scope: Scope, session: Session, cipher: PatientCipher | None, patient_id: UUID) -> tuple[CourseRow, ...]:
    """As `courses`, with the patient's key opened already."""
    hidden = bool(session.scalar(select(arm_is_hidden(scope, patient_id))))
    given: dict[UUID, list[InfusionRow]] = {}
    for row in _infusions(scope, session, Infusion.patient_id == patient_id):
        given.setdefault(row.course_id, []).append(_infusion(row, cipher, hidden=hidden))
    found = session.scalars(select(Course).where(of_patient(Course, scope, patient_id)).order_by(Course.number))
    return tuple(_course(row, cipher, tuple(given.get(row.id, ()))) for row in found)


def _course(row: Course, cipher: PatientCipher | None, given: tuple[InfusionRow, ...]) -> CourseRow:
    indication = opened_text(cipher, Course.__tablename__, "indication", row.indication) or ""
    note = opened_text(cipher, Course.__tablename__, "note", row.note)
    return CourseRow(row.id, row.number, row.intent, indication, note, row.version, given)


def infusion(scope: Scope, session: Session, keys: KeyRing, infusion_id: UUID) -> tuple[UUID, InfusionRow]:
    """One infusion, with the id of its patient.

    Raises:
        NotFound: if the scope does not reach it.
    """
    patient_id = session.scalar(select(Infusion.patient_id).where(live(Infusion, scope), Infusion.id == infusion_id))
    if patient_id is None:
        raise NotFound("infusion", infusion_id)
    require_patient(scope, session, patient_id)
    hidden = bool(session.scalar(select(arm_is_hidden(scope, patient_id))))
    (row,) = _infusions(scope, session, Infusion.id == infusion_id)
    return patient_id, _infusion(row, cipher_for(scope, session, keys, patient_id), hidden=hidden)
