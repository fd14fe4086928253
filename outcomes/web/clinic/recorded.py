"""A visit on record: what was answered and scored, correcting an answer with a reason, taking the visit back."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import amend
from outcomes.actions.assess import the_instrument
from outcomes.actions.demo.clinic import sign_ins
from outcomes.actions.errors import Invalid, StaleVersion
from outcomes.instruments.definition import Instrument
from outcomes.records.queries.answers import AnswersRow, answers
from outcomes.records.queries.record import PatientRecord, VisitRow, patient_record
from outcomes.records.queries.signatures import standing, visit_states
from outcomes.terms import Role, VisitState
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.answers import Filled, read
from outcomes.web.clinic.reasons import ReasonForm
from outcomes.web.clinic.recorded_page import fields_of, visit_words
from outcomes.web.clinic.saving import NOTHING, Difference, RemovalForm, remove
from outcomes.web.clinic.signing_form import SignForm, UnlockForm, prepared
from outcomes.web.clinic.signing_page import signing_words
from outcomes.web.clinic.visit_page import Question, Sheet, Total, sheet
from outcomes.web.database import catalogue, reading, records, saw, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow


@dataclass(frozen=True, slots=True)
class Correction:
    """What the page of a correction holds: the sheet, the form around it, what was refused, what somebody else did."""

    sheet: Sheet
    form: ReasonForm
    refusal: str = ""
    conflicts: tuple[Difference, ...] = ()
    locked: bool = False


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
        removal=RemovalForm.of(row.version),
        demo_password=_demo_password(who.role) if records().settings.demo else "",
    )


def _demo_password(role: Role) -> str:
    """Return the password of an invented member, who never typed one to come in."""
    return next((each.password for each in sign_ins() if each.role is role), "")


def visit_row(patient_id: UUID, visit_id: UUID) -> VisitRow:
    """Return one visit; one that is out of reach is not found."""
    return _visit(_record(patient_id), visit_id)


@blueprint.post("/patients/<uuid:patient_id>/visits/<uuid:visit_id>/remove")
@allow(Access.CLINICIANS)
def remove_visit(patient_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Take back a visit entered by mistake."""
    row = visit_row(patient_id, visit_id)
    back = url_for("clinic.patient", patient_id=patient_id)
    return remove(back, lambda reason: amend.remove_visit(work(), visit_id, reason), row.version)


@blueprint.get("/patients/<uuid:patient_id>/assessments/<uuid:assessment_id>")
@allow(Access.CLINICIANS)
def correct(patient_id: UUID, assessment_id: UUID) -> ResponseReturnValue:
    """Show one questionnaire as answered, to correct."""
    row = _answers(patient_id, assessment_id)
    instrument = the_instrument(catalogue(), row.instrument, row.key_version)
    laid_out = sheet(voice(), catalogue(), instrument, fields_of(instrument, row), {})
    saw(patient_id, "answers")
    return _correction(row, Correction(laid_out, _reason_form(row.version), locked=_is_signed(row)))


@blueprint.post("/patients/<uuid:patient_id>/assessments/<uuid:assessment_id>")
@allow(Access.CLINICIANS)
def amend_answers(patient_id: UUID, assessment_id: UUID) -> ResponseReturnValue:
    """Correct the answers, with the reason; the scores follow."""
    row, form = _answers(patient_id, assessment_id), ReasonForm()
    instrument = the_instrument(catalogue(), row.instrument, row.key_version)
    filled = read(instrument, request.form, voice())
    refusal = ""
    conflicts: tuple[Difference, ...] = ()
    if not filled.problems and form.validate():
        try:
            _amend(row, filled, form)
        except Invalid as refused:
            form.take(refused)
        except StaleVersion as stale:
            form.version.data, refusal = str(stale.current), say(stale.sentence)
            conflicts = _differences(instrument, _answers(patient_id, assessment_id), request.form)  # as it is by now
        else:
            flash(say(N_("Corrected. The history keeps what was there before.")))
            return redirect(url_for("clinic.visit", patient_id=patient_id, visit_id=row.visit_id))
    laid_out = sheet(voice(), catalogue(), instrument, request.form, filled.problems)
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.UNPROCESSABLE_ENTITY
    return _correction(row, Correction(laid_out, form, refusal, conflicts)), status


def _amend(row: AnswersRow, filled: Filled, form: ReasonForm) -> None:
    edit = amend.AssessmentEdit(filled.answers, filled.totals, row.answered_by, row.language, row.form_version)
    amend.amend(work(), row.id, edit, form.opened_version, form.reason.text)


def _differences(instrument: Instrument, row: AnswersRow, typed: Mapping[str, str]) -> tuple[Difference, ...]:
    """Say what is stored by now and what this form holds, question by question, where they differ."""
    stored = fields_of(instrument, row)
    shown = sheet(voice(), catalogue(), instrument, stored, {})
    asked: list[Question | Total] = [*shown.questions, *shown.totals]
    return tuple(
        Difference(each.label, stored.get(each.name) or NOTHING, typed.get(each.name) or NOTHING)
        for each in asked
        if stored.get(each.name, "") != typed.get(each.name, "")
    )


def _reason_form(version: int) -> ReasonForm:
    form = ReasonForm(formdata=None)
    form.version.data, form.idempotency_key.data = str(version), str(uuid4())
    return form


def _is_signed(row: AnswersRow) -> bool:
    return visit_states(*reading(), row.patient_id).get(row.visit_id) is VisitState.SIGNED


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
