"""Recording what was given: courses, infusions and arms."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from outcomes.access.rules import Act
from outcomes.access.scope import scope_of
from outcomes.actions.checks import fits, in_order, needed, not_to_come, within
from outcomes.actions.errors import Invalid
from outcomes.actions.once import once
from outcomes.actions.work import Work, add, because, edit_row, found, in_clear, may, remove, rows_of, the_patient
from outcomes.records.queries.treatment import TELLING_THE_ARM, arm_is_hidden
from outcomes.records.tables import Arm, Course, Donor, Infusion, Lot
from outcomes.terms import Intent, Material, MaterialState, Route
from outcomes.voice import N_

MOST = {
    "mass_g": 1000,
    "volume_ml": 5000,
    "capsules": 500,
    "retention_minutes": 2880,
    "antibiotic_days": 120,
    "antibiotic_washout_days": 365,
}


@dataclass(frozen=True, slots=True)
class CourseForm:
    """A course of FMT: what it is given for, and under which heading."""

    intent: Intent = Intent.CLINICAL
    indication: str = "ME/CFS"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class InfusionForm:
    """One administration. A lot brings its donor; mass in grams, volume in millilitres."""

    on_date: date
    route: Route
    material: Material = Material.DONOR
    donor_id: UUID | None = None
    lot_id: UUID | None = None
    mass_g: float | None = None
    volume_ml: float | None = None
    capsules: int | None = None
    state: MaterialState | None = None
    thawed_on: date | None = None
    anaerobic: bool | None = None
    retention_minutes: int | None = None
    lavage_agent: str | None = None
    antibiotic: str | None = None
    antibiotic_days: int | None = None
    antibiotic_washout_days: int | None = None
    proton_pump_inhibitor: bool | None = None
    sedation: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ArmForm:
    """The arm a patient is in; while `blinded`, nobody but the person who entered it is shown what it is."""

    label: str
    comparison: bool = False
    blinded: bool = False
    starts_on: date | None = None


def begin_course(work: Work, patient_id: UUID, form: CourseForm | None = None, key: str | None = None) -> UUID:
    """Begin the patient's next course and return its id; courses are numbered from 1.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`.
        Invalid: for a text that is empty or too long.
    """
    wanted = form or CourseForm()
    may(work, Act.CHANGE_RECORD, patient_id)
    return once(work, key, (patient_id, wanted), lambda: _begin_course(work, patient_id, wanted))


def _begin_course(work: Work, patient_id: UUID, form: CourseForm) -> UUID:
    the_patient(work, patient_id)
    own = (Course.clinic_id == work.clinic_id, Course.patient_id == patient_id)
    last = work.session.scalar(select(func.max(Course.number)).where(*own)) or 0
    return add(work, Course(patient_id=patient_id, number=last + 1, **course_values(form)))


def edit_course(work: Work, course_id: UUID, form: CourseForm, version: int) -> None:
    """Change what is said of a course.

    Raises:
        NotAllowed, NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: for a text that is empty or too long.
    """
    may(work, Act.CHANGE_RECORD)
    edit_row(work, found(work, Course, course_id), version, course_values(form))


def remove_course(work: Work, course_id: UUID, reason: str) -> None:
    """Take back a course entered by mistake, with its infusions.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    course = found(work, Course, course_id)
    with because(work, why, course.patient_id):
        for infusion in rows_of(work, Infusion, course.patient_id):
            if infusion.course_id == course_id:
                remove(work, infusion)
        remove(work, course)


def course_values(form: CourseForm) -> dict[str, Any]:
    """Return what is stored of a course.

    Raises:
        Invalid: for a text that is empty or too long.
    """
    fits("indication", form.indication, 200)
    fits("note", form.note, 1000)
    return {"intent": form.intent, "indication": needed("indication", form.indication), "note": form.note or None}


def infuse(work: Work, course_id: UUID, form: InfusionForm, key: str | None = None) -> UUID:
    """Record one administration of a course and return its id.

    Raises:
        NotAllowed, KeyReused: see `outcomes.actions.work`.
        NotFound: for a course, donor or lot that is not there.
        Invalid: for a date to come, a number out of range, or a lot that is recalled or of another donor.
    """
    may(work, Act.CHANGE_RECORD)
    return once(work, key, (course_id, form), lambda: _infuse(work, course_id, form))


def _infuse(work: Work, course_id: UUID, form: InfusionForm) -> UUID:
    course = found(work, Course, course_id)
    values = _infusion_values(work, form)
    return add(work, Infusion(course_id=course_id, patient_id=course.patient_id, **values))


def edit_infusion(work: Work, infusion_id: UUID, form: InfusionForm, version: int) -> None:
    """Correct an administration. While its arm is hidden from the actor, what would tell the arm stays as it is.

    Raises:
        NotAllowed, StaleVersion: see `outcomes.actions.work`.
        NotFound, Invalid: as `infuse`.
    """
    may(work, Act.CHANGE_RECORD)
    row = found(work, Infusion, infusion_id)
    if work.session.scalar(select(arm_is_hidden(scope_of(work.actor), row.patient_id))):
        form = replace(form, **in_clear(work, row, TELLING_THE_ARM))
    edit_row(work, row, version, _infusion_values(work, form, row.lot_id))


def remove_infusion(work: Work, infusion_id: UUID, reason: str) -> None:
    """Take back an administration entered by mistake.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    row = found(work, Infusion, infusion_id)
    with because(work, why, row.patient_id):
        remove(work, row)


def _infusion_values(work: Work, form: InfusionForm, known_lot: UUID | None = None) -> dict[str, Any]:
    check_infusion(form, work.today)
    donor_id = _donor_of(work, form, known_lot)
    return asdict(form) | {
        "donor_id": donor_id,
        "lavage_agent": form.lavage_agent or None,
        "antibiotic": form.antibiotic or None,
        "note": form.note or None,
    }


def check_infusion(form: InfusionForm, today: date) -> None:
    """Refuse what no administration can have been, whatever the donors and lots of the clinic.

    Raises:
        Invalid: for a date to come or out of order, a number out of range, or a text that is too long.
    """
    not_to_come(today, "on_date", form.on_date)
    in_order("on_date", form.thawed_on, form.on_date)
    for name, most in MOST.items():
        within(name, getattr(form, name), 0, most)
    for name, longest in {"lavage_agent": 120, "antibiotic": 120, "note": 1000}.items():
        fits(name, getattr(form, name), longest)


def _donor_of(work: Work, form: InfusionForm, known_lot: UUID | None) -> UUID | None:
    """The donor, which a lot names too; both must agree. A recalled lot is refused unless it was there before."""
    if form.donor_id is not None:
        found(work, Donor, form.donor_id)
    if form.lot_id is None:
        return form.donor_id
    lot = found(work, Lot, form.lot_id)
    if form.donor_id not in {None, lot.donor_id}:
        raise Invalid("lot_of_other_donor", "lot_id", N_("This lot comes from another donor."))
    if lot.recalled_on is not None and lot.recalled_on <= form.on_date and lot.id != known_lot:
        raise Invalid("lot_recalled", "lot_id", N_("This lot was recalled and may not be given."))
    return lot.donor_id


def assign_arm(work: Work, patient_id: UUID, form: ArmForm) -> UUID:
    """Say which arm a patient is in; there is one arm a patient, and it is set once.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: for an empty label, a second arm or a date to come.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    the_patient(work, patient_id)
    label = needed("label", form.label)
    fits("label", label, 60)
    if rows_of(work, Arm, patient_id):
        raise Invalid("arm_set", "label", N_("This patient is in an arm already."))
    return add(work, Arm(patient_id=patient_id, **(asdict(form) | {"label": label})))


def unblind(work: Work, patient_id: UUID, reason: str) -> None:
    """Open a patient's blinded arm from today on; everybody sees it from then, and the trail keeps why.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason, or when there is nothing to open.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    the_patient(work, patient_id)
    why = needed("reason", reason)
    hidden = [arm for arm in rows_of(work, Arm, patient_id) if arm.blinded and arm.unblinded_on is None]
    if not hidden:
        raise Invalid("not_blinded", None, N_("This patient's arm is not blinded."))
    with because(work, why, patient_id):
        edit_row(work, hidden[0], hidden[0].version, {"unblinded_on": work.today})
