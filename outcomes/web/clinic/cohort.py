"""The cohort: everybody's change at one visit, and each figure's data."""

from typing import TYPE_CHECKING

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.web.clinic import blueprint
from outcomes.web.database import catalogue, reading, records, today, voice
from outcomes.web.security import allow

if TYPE_CHECKING:
    from outcomes.web.clinic.cohort_page import Desk


@blueprint.get("/cohort")
@allow(Access.CLINICIANS)
def cohort() -> ResponseReturnValue:
    """Show how many changed beyond the band, in which direction, and how many are missing."""
    return render_template("clinic/cohort.html", page=_desk().page())


@blueprint.get("/cohort/figures/<name>.json")
@allow(Access.CLINICIANS)
def cohort_figure(name: str) -> ResponseReturnValue:
    """Give one figure's data for what the address asks."""
    told = _desk().figure(name)
    return Response(told, mimetype="application/json") if told is not None else abort(404)


def _desk() -> "Desk":
    # these bring numpy, which a start does without
    from outcomes.web.clinic.cohort_look import Source  # noqa: PLC0415
    from outcomes.web.clinic.cohort_page import Desk  # noqa: PLC0415

    scope, session = reading()
    return Desk(voice(), Source(scope, session, records().memory, catalogue(), today()), request.args)
