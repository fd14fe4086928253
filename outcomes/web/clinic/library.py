"""The library of instruments: what each measures, how it is scored, how sure it is, and on whose word."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.web.clinic import blueprint, library_page
from outcomes.web.database import catalogue, voice
from outcomes.web.security import allow


@blueprint.get("/instruments")
@allow(Access.SIGNED_IN)
def instruments() -> ResponseReturnValue:
    """List the instruments by what they measure."""
    return render_template("clinic/instruments.html", shelves=library_page.shelves(voice(), catalogue()))


@blueprint.get("/instruments/<code>")
@allow(Access.SIGNED_IN)
def instrument(code: str) -> ResponseReturnValue:
    """Show one instrument: items, rules, errors, thresholds, worked examples, sources."""
    if code not in catalogue():
        abort(404)
    page = library_page.page(voice(), catalogue()[code], catalogue())
    return render_template("clinic/instrument.html", page=page)
