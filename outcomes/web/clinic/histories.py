"""The history of one record: every change with its author and reason, and who opened it."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.history import history as changes
from outcomes.records.queries.history import looks
from outcomes.web.clinic import blueprint, history_page
from outcomes.web.database import reading, records, saw, voice
from outcomes.web.member import the_member
from outcomes.web.security import allow

AT_A_TIME = 100


@blueprint.get("/patients/<uuid:patient_id>/history")
@allow(Access.CLINICIANS)
def history(patient_id: UUID) -> ResponseReturnValue:
    """Show every change of a record, the newest first, and who opened it."""
    scope, session = reading()
    skip = max(0, request.args.get("skip", 0, type=int))
    header = patient_header(scope, session, records().keys, patient_id)
    found = changes(scope, session, records().keys, patient_id, skip=skip, limit=AT_A_TIME)
    seen = looks(scope, session, patient_id, limit=20)
    saw(patient_id, "history")
    page = history_page.page(voice(), header, found, seen, the_member().place.time_zone, skip)
    return render_template("clinic/history.html", page=page, next_skip=skip + AT_A_TIME)
