"""The history of one record: every change with its author and reason, and who opened it."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.history import Chosen, looks
from outcomes.records.queries.history import history as changes
from outcomes.web.clinic import blueprint, history_page
from outcomes.web.clinic.history_page import KINDS
from outcomes.web.database import reading, records, saw, voice
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow

AT_A_TIME = 100


@blueprint.get("/patients/<uuid:patient_id>/history")
@allow(Access.CLINICIANS)
def history(patient_id: UUID) -> ResponseReturnValue:
    """Show every change of a record, the newest first, and who opened it."""
    scope, session = reading()
    skip = max(0, request.args.get("skip", 0, type=int))
    about, field = request.args.get("about", ""), request.args.get("field", "")
    row_id = request.args.get("row", type=UUID)
    chosen = Chosen(KINDS[about][1] if about in KINDS else None, row_id, field or None)
    header = patient_header(scope, session, records().keys, patient_id)
    found = changes(scope, session, records().keys, patient_id, skip=skip, limit=AT_A_TIME, chosen=chosen)
    seen = looks(scope, session, patient_id, limit=20)
    saw(patient_id, "history")
    return render_template(
        "clinic/history.html",
        page=history_page.page(voice(), header, found, seen, the_member().place.time_zone, skip),
        kinds=[(kind, say(title)) for kind, (title, _) in KINDS.items()],
        fields=history_page.fields_to_choose(voice(), about),
        chosen={"about": about, "field": field, "row": row_id or ""},
        next_skip=skip + AT_A_TIME,
    )
