"""Reviewing what a patient sent in."""

from http import HTTPStatus
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, TextAreaField

from outcomes.access.rules import Access
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.actions.review import LONGEST_NOTE, review
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.portal_own import activities
from outcomes.records.queries.portal_reports import answered_on, report
from outcomes.records.queries.record import patient_record
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.reviews_page import review_page
from outcomes.web.database import catalogue, reading, records, saw, today, voice, work
from outcomes.web.forms import Form, at_most
from outcomes.web.i18n import say
from outcomes.web.security import allow


class ReviewForm(Form):
    """Marking a report as reviewed."""

    note = TextAreaField(
        N_("A short note to the patient (you need not)"),
        [at_most(LONGEST_NOTE)],
        description=N_("The patient reads it as it stands, with your name and the date."),
    )
    idempotency_key = HiddenField()


@blueprint.get("/patients/<uuid:patient_id>/reports/<uuid:report_id>")
@allow(Access.CLINICIANS)
def self_report(patient_id: UUID, report_id: UUID) -> ResponseReturnValue:
    """Show what a patient sent in."""
    shown = _page(patient_id, report_id, ReviewForm())
    saw(patient_id, "self report")
    return shown


@blueprint.post("/patients/<uuid:patient_id>/reports/<uuid:report_id>")
@allow(Access.CLINICIANS)
def review_report(patient_id: UUID, report_id: UUID) -> ResponseReturnValue:
    """Mark a report as reviewed, with a note if there is one."""
    form = ReviewForm()
    if form.validate():
        try:
            review(work(), patient_id, report_id, form.note.data, form.idempotency_key.data or None)
        except Invalid as refusal:
            form.take(refusal)
        except KeyReused as refusal:
            form.form_errors.append(say(refusal.sentence))
        else:
            flash(say(N_("Reviewed. The patient sees that you looked.")))
            return redirect(url_for("clinic.worklist"), HTTPStatus.SEE_OTHER)
    return _page(patient_id, report_id, form), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(patient_id: UUID, report_id: UUID, form: ReviewForm) -> str:
    scope, session = reading()
    known = records()
    row = report(scope, session, known.keys, patient_id, report_id)
    record = patient_record(scope, session, known.keys, patient_id, today())
    own = own_errors(scope, session, record.scores, known.memory)
    told = activities(scope, session, known.keys, patient_id)
    answered = answered_on(scope, session, row.visit_id)
    form.idempotency_key.data = form.idempotency_key.data or str(uuid4())
    page = review_page(voice(), catalogue(), record, own, row, answered, told)
    return render_template("clinic/review.html", page=page, form=form)
