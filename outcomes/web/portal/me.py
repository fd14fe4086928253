"""A patient's own page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.portal import own_record
from outcomes.records.queries.portal_due import due_forms
from outcomes.records.queries.portal_reports import reports
from outcomes.web.database import catalogue, reading, records, today, voice
from outcomes.web.member import the_member
from outcomes.web.portal import blueprint, me_page
from outcomes.web.portal.desk import desk_of, own_patient
from outcomes.web.portal.questionnaires_page import due_words, sent_words
from outcomes.web.security import allow


@blueprint.get("/me")
@allow(Access.PATIENTS)
def me() -> ResponseReturnValue:
    """Show a patient what the own scores say."""
    scope, session = reading()
    known = records()
    own = own_record(scope, session, known.keys, today())
    errors = own_errors(scope, session, own.record.scores, known.memory)
    forms = due_forms(own.record, catalogue(), voice().language)
    due = [due_words(voice(), catalogue(), desk_of(own.record, form)) for form in forms]
    sent = reports(scope, session, known.keys, own_patient())[:1]
    newest = next(iter(sent_words(voice(), sent, the_member().place.time_zone)), None)
    return render_template("portal/me.html", page=me_page.page(voice(), catalogue(), own, errors, due, newest))
