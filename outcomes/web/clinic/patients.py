"""Patients: the list, the search, enrolment, and each one's page and history."""

from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import enrol
from outcomes.change.windows import DueState
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.patients import PatientFilter, PatientState, count_patients, patient_list
from outcomes.records.queries.portal_own import activities, diaries
from outcomes.records.queries.portal_reports import reports
from outcomes.records.queries.record import patient_record
from outcomes.terms import Severity, Sex
from outcomes.voice import N_
from outcomes.web.clinic import blueprint, patient_page, patients_page
from outcomes.web.clinic.patient_forms import EnrolmentForm, filled_from
from outcomes.web.clinic.reasons import edited
from outcomes.web.clinic.saving import Sheet, save, show
from outcomes.web.clinic.self_told import self_told
from outcomes.web.database import catalogue, reading, records, saw, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.security import allow

Word = TypeVar("Word", bound=StrEnum)


@blueprint.get("/patients")
@allow(Access.CLINICIANS)
def patients() -> ResponseReturnValue:
    """List the patients, a page at a time."""
    chosen = PatientFilter(
        sex=_chosen(Sex, "sex"),
        severity=_chosen(Severity, "severity"),
        state=_chosen(PatientState, "state"),
        due=_chosen(DueState, "due"),
    )
    return _list(chosen, request.args.get("after"))


@blueprint.post("/patients")
@allow(Access.CLINICIANS)
def search() -> ResponseReturnValue:
    """Search by the beginnings of a name or a part of the number, by POST so that no address holds a name."""
    return _list(PatientFilter(text=request.form.get("text", "")), request.form.get("after"))


@blueprint.get("/patients/new")
@allow(Access.CLINICIANS)
def new_patient() -> ResponseReturnValue:
    """Show an empty form of enrolment."""
    return show(EnrolmentForm(), _new_sheet())


@blueprint.post("/patients/new")
@allow(Access.CLINICIANS)
def enrol_patient() -> ResponseReturnValue:
    """Take a patient in."""
    form = EnrolmentForm()
    return save(form, _new_sheet(), lambda: enrol.enrol(work(), form.details(), form.key))


@blueprint.get("/patients/<uuid:patient_id>")
@allow(Access.CLINICIANS)
def patient(patient_id: UUID) -> ResponseReturnValue:
    """Show one patient: who, what was done, what changed beyond noise, what is due."""
    scope, session = reading()
    record = patient_record(scope, session, records().keys, patient_id, today())
    own = own_errors(scope, session, record.scores, records().memory)
    sent = reports(scope, session, records().keys, patient_id)
    days = diaries(scope, session, patient_id)
    hard = activities(scope, session, records().keys, patient_id)
    own_told = self_told(voice(), catalogue(), record, sent, days, hard)
    saw(patient_id, "record")
    return render_template(
        "clinic/patient.html", page=patient_page.page(voice(), catalogue(), record, own), own_told=own_told
    )


@blueprint.get("/patients/<uuid:patient_id>/edit")
@allow(Access.CLINICIANS)
def edit_patient(patient_id: UUID) -> ResponseReturnValue:
    """Show every field of a patient, to edit."""
    scope, session = reading()
    header = patient_header(scope, session, records().keys, patient_id)
    saw(patient_id, "all fields")
    return show(edited(EnrolmentForm)(data=filled_from(header)), _edit_sheet(patient_id))


@blueprint.post("/patients/<uuid:patient_id>/edit")
@allow(Access.CLINICIANS)
def change_patient(patient_id: UUID) -> ResponseReturnValue:
    """Change a patient's fields."""
    form = edited(EnrolmentForm)()
    sheet = _edit_sheet(patient_id)
    return save(form, sheet, lambda: enrol.edit(work(), patient_id, form.details(), form.opened_version))


def _chosen(words: type[Word], name: str) -> Word | None:
    text = request.args.get(name, "")
    return words(text) if text in {word.value for word in words} else None


def _list(chosen: PatientFilter, after: str | None) -> ResponseReturnValue:
    scope, session = reading()
    keys = records().keys
    found = patient_list(scope, session, keys, today(), chosen, after=after)
    everybody = count_patients(scope, session, keys, today(), chosen)
    if chosen.text and everybody == 1 and found.rows:
        return redirect(url_for("clinic.patient", patient_id=found.rows[0].id))
    page = patients_page.page(voice(), found, chosen, everybody)
    return render_template("clinic/patients.html", page=page)


def _new_sheet() -> Sheet:
    back = url_for("clinic.patients")
    return Sheet(say(N_("New patient")), ((say(N_("Patients")), back), (say(N_("New")), None)), back)


def _edit_sheet(patient_id: UUID) -> Sheet:
    back = url_for("clinic.patient", patient_id=patient_id)
    ways = ((say(N_("Patients")), url_for("clinic.patients")), (say(N_("Record")), back), (say(N_("All fields")), None))
    return Sheet(say(N_("All fields of this record")), ways, back)
