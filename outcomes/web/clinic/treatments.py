"""Infusions: recording a new one, correcting one, taking one back."""

from dataclasses import asdict
from uuid import UUID

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import treat
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.treatment import InfusionRow, courses, infusion
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import RecordForm
from outcomes.web.clinic.reasons import edited
from outcomes.web.clinic.saving import Removal, RemovalForm, Sheet, remove, save, show
from outcomes.web.clinic.treatment_forms import BlindedInfusionEntry, InfusionEntry, NewInfusionEntry
from outcomes.web.database import reading, records, work
from outcomes.web.i18n import say
from outcomes.web.security import allow


def record_sheet(
    patient_id: UUID, title: str, removal: Removal | None = None, *, further: tuple[str, str] | None = None
) -> Sheet:
    """Return what stands around a form of one patient's record."""
    scope, session = reading()
    header = patient_header(scope, session, records().keys, patient_id)
    back = url_for("clinic.patient", patient_id=patient_id)
    who = header.name or header.code
    ways = ((say(N_("Patients")), url_for("clinic.patients")), (who, back), (title, None))
    return Sheet(
        title, ways, back, under=f"{who}, {header.code}" if header.name else "", removal=removal, further=further
    )


@blueprint.get("/patients/<uuid:patient_id>/treatments/new")
@allow(Access.CLINICIANS)
def new_treatment(patient_id: UUID) -> ResponseReturnValue:
    """Show the form of a new infusion, in the latest course if there is one."""
    scope, session = reading()
    latest = [course.id for course in courses(scope, session, records().keys, patient_id)][-1:]
    form = NewInfusionEntry(data={"course_id": latest[0] if latest else None, "indication": "ME/CFS"})
    return show(form, record_sheet(patient_id, say(N_("New infusion"))))


@blueprint.post("/patients/<uuid:patient_id>/treatments/new")
@allow(Access.CLINICIANS)
def record_treatment(patient_id: UUID) -> ResponseReturnValue:
    """Record an infusion, and the course it begins."""
    form = NewInfusionEntry()
    return save(form, record_sheet(patient_id, say(N_("New infusion"))), lambda: _infuse(patient_id, form))


def _infuse(patient_id: UUID, form: NewInfusionEntry) -> UUID:
    """Store the infusion; the form's key guards course and infusion together, and offers the patient's own courses."""
    key, turn = form.key, work()
    course_id = form.course_id.data or treat.begin_course(turn, patient_id, form.into(treat.CourseForm), _part(key))
    return treat.infuse(turn, course_id, form.into(treat.InfusionForm), key)


def _part(key: str | None) -> str | None:
    return f"{key[:50]}:course" if key else None


@blueprint.get("/patients/<uuid:patient_id>/treatments/<uuid:infusion_id>")
@allow(Access.CLINICIANS)
def edit_treatment(patient_id: UUID, infusion_id: UUID) -> ResponseReturnValue:
    """Show one infusion, to correct."""
    row = _infusion(patient_id, infusion_id)
    return show(_entry(row)(data=asdict(row)), _edit_sheet(patient_id, row))


@blueprint.post("/patients/<uuid:patient_id>/treatments/<uuid:infusion_id>")
@allow(Access.CLINICIANS)
def change_treatment(patient_id: UUID, infusion_id: UUID) -> ResponseReturnValue:
    """Correct an infusion."""
    row = _infusion(patient_id, infusion_id)
    form = _entry(row)()
    return save(
        form,
        _edit_sheet(patient_id, row),
        lambda: treat.edit_infusion(work(), infusion_id, form.into(treat.InfusionForm), form.opened_version),
    )


@blueprint.post("/patients/<uuid:patient_id>/treatments/<uuid:infusion_id>/remove")
@allow(Access.CLINICIANS)
def remove_treatment(patient_id: UUID, infusion_id: UUID) -> ResponseReturnValue:
    """Take back an infusion entered by mistake."""
    row = _infusion(patient_id, infusion_id)
    back = url_for("clinic.patient", patient_id=patient_id)
    return remove(back, lambda reason: treat.remove_infusion(work(), infusion_id, reason), row.version)


def _infusion(patient_id: UUID, infusion_id: UUID) -> InfusionRow:
    whose, row = infusion(*reading(), records().keys, infusion_id)
    if whose != patient_id:
        abort(404)
    return row


def _entry(row: InfusionRow) -> type[RecordForm]:
    return edited(BlindedInfusionEntry if row.hidden else InfusionEntry)


def _edit_sheet(patient_id: UUID, row: InfusionRow) -> Sheet:
    address = url_for("clinic.remove_treatment", patient_id=patient_id, infusion_id=row.id)
    removal = Removal(say(N_("Take this infusion back")), address, RemovalForm.of(row.version))
    return record_sheet(patient_id, say(N_("Infusion")), removal)
