"""A patient's own page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.portal import own_record
from outcomes.web.database import catalogue, reading, records, today, voice
from outcomes.web.portal import blueprint, me_page
from outcomes.web.security import allow


@blueprint.get("/me")
@allow(Access.PATIENTS)
def me() -> ResponseReturnValue:
    """Show a patient what the own scores say."""
    scope, session = reading()
    known = records()
    own = own_record(scope, session, known.keys, today())
    errors = own_errors(scope, session, own.record.scores, known.memory)
    return render_template("portal/me.html", page=me_page.page(voice(), catalogue(), own, errors))
