"""The clinician's home."""

from flask import render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.queries.worklist import worklist as waiting
from outcomes.web.clinic import blueprint, worklist_page
from outcomes.web.database import catalogue, now, reading, records, today, voice
from outcomes.web.member import own_membership
from outcomes.web.security import allow


@blueprint.get("/worklist")
@allow(Access.CLINICIANS)
def worklist() -> ResponseReturnValue:
    """Show what waits for this clinician today."""
    scope, session = reading()
    known = records()
    found = waiting(
        scope,
        session,
        known.keys,
        catalogue(),
        membership_id=own_membership(),
        today=today(),
        now=now(),
        memory=known.memory,
    )
    return render_template("clinic/worklist.html", page=worklist_page.page(voice(), catalogue(), found))
