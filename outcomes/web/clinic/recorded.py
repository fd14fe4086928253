"""A visit on record: what was answered and scored, correcting an answer with a reason, taking the visit back."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import amend
from outcomes.actions.assess import the_instrument
from outcomes.actions.errors import Invalid, StaleVersion
from outcomes.records.queries.answers import AnswersRow, answers
from outcomes.records.queries.record import PatientRecord, VisitRow, patient_record
from outcomes.records.queries.signatures import standing
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.answers import read
from outcomes.web.clinic.recorded_page import fields_of, visit_words
from outcomes.web.clinic.saving import RemovalForm, remove
from outcomes.web.clinic.signing_form import SignForm, UnlockForm, prepared
from outcomes.web.clinic.signing_page import signing_words
from outcomes.web.clinic.visit_page import Sheet, sheet
from outcomes.web.database import catalogue, reading, records, saw, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow


@dataclass(frozen=True, slots=True)
class Correction:
    """What the form of a correction holds: the sheet, the version it was opened on, and what was refused."""

    sheet: Sheet
    version: int
    reason: str = ""
    refusal: str = ""


@blueprint.get("/patients/<uuid:patient_id>/visits/<uuid:visit_id>")
@allow(Access.CLINICIANS)
def visit(patient_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Show one visit with its scores."""
    saw(patient_id, "visit")
    return visit_page(patient_id, visit_id)


def visit_page(
    patient_id: UUID, visit_id: UUID, signing: SignForm | None = None, unlocking: UnlockForm | None = None
) -> str:
    """Return the page of one visit; a form that was refused stands in it as it was sent."""
    scope, session = reading()
    record = _record(patient_id)
    row = _visit(record, visit_id)
    stands, who = standing(scope, session, records().keys, patient_id, visit_id), the_member()
    return render_template(
        "clinic/recorded.html",
        page=visit_words(voice(), catalogue(), record, row),
        signing=signing_words(voice(), stands, who.place.time_zone, who.actor.membership_id),
        signs=prepared(signing or SignForm(formdata=None), row.version, stands),
        unlocks=prepared(unlocking or UnlockForm(formdata=None), row.version, stands),
        removal=RemovalForm(formdata=None),
    )


def visit_row(patient_id: UUID, visit_id: UUID) -> VisitRow:
    """Return one visit; one that is out of reach is not found."""
    return _visit(_record(patient_id), visit_id)


@blueprint.post("/patients/<uuid:patient_id>/visits/<uuid:visit_id>/remove")
@allow(Access.CLINICIANS)
def remove_visit(patient_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Take back a visit entered by mistake."""
    _visit(_record(patient_id), visit_id)
    back = url_for("clinic.patient", patient_id=patient_id)
    return remove(back, lambda reason: amend.remove_visit(work(), visit_id, reason))


@blueprint.get("/patients/<uuid:patient_id>/assessments/<uuid:assessment_id>")
@allow(Access.CLINICIANS)
def correct(patient_id: UUID, assessment_id: UUID) -> ResponseReturnValue:
    """Show one questionnaire as answered, to correct."""
    row = _answers(patient_id, assessment_id)
    instrument = the_instrument(catalogue(), row.instrument, row.key_version)
    laid_out = sheet(voice(), catalogue(), instrument, fields_of(instrument, row), {})
    saw(patient_id, "answers")
    return _correction(row, Correction(laid_out, row.version))


@blueprint.post("/patients/<uuid:patient_id>/assessments/<uuid:assessment_id>")
@allow(Access.CLINICIANS)
def amend_answers(patient_id: UUID, assessment_id: UUID) -> ResponseReturnValue:
    """Correct the answers, with the reason; the scores follow."""
    row = _answers(patient_id, assessment_id)
    instrument = the_instrument(catalogue(), row.instrument, row.key_version)
    filled = read(instrument, request.form, voice())
    reason, version = request.form.get("reason", ""), request.form.get("version", 0, type=int)
    refusal = ""
    if not filled.problems:
        edit = amend.AssessmentEdit(filled.answers, filled.totals, row.answered_by, row.language, filled.form_version)
        try:
            amend.amend(work(), assessment_id, edit, version, reason)
        except Invalid as refused:
            lacking = refused.field == "reason"
            refusal = say(N_("Give the reason for the correction.") if lacking else refused.sentence, **refused.values)
        except StaleVersion as stale:
            refusal, version = say(stale.sentence), stale.current
        else:
            flash(say(N_("Corrected. The history keeps what was there before.")))
            return redirect(url_for("clinic.visit", patient_id=patient_id, visit_id=row.visit_id))
    laid_out = sheet(voice(), catalogue(), instrument, request.form, filled.problems)
    return _correction(row, Correction(laid_out, version, reason, refusal)), HTTPStatus.UNPROCESSABLE_ENTITY


def _correction(row: AnswersRow, correction: Correction) -> str:
    return render_template("clinic/correction.html", row=row, correction=correction)


def _record(patient_id: UUID) -> PatientRecord:
    scope, session = reading()
    return patient_record(scope, session, records().keys, patient_id, today())


def _visit(record: PatientRecord, visit_id: UUID) -> VisitRow:
    for each in record.visits:
        if each.id == visit_id:
            return each
    return abort(404)


def _answers(patient_id: UUID, assessment_id: UUID) -> AnswersRow:
    row = answers(*reading(), assessment_id)
    if row.patient_id != patient_id:
        abort(404)
    return row
