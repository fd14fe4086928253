"""The researcher's desk."""

from flask import render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.access.scope import release_scope_of
from outcomes.records.queries.research import finished_releases
from outcomes.web.database import session
from outcomes.web.member import the_member
from outcomes.web.research import blueprint
from outcomes.web.security import allow


@blueprint.get("/research")
@allow(Access.RELEASES)
def desk() -> ResponseReturnValue:
    """Show the releases that a researcher may take."""
    releases = finished_releases(release_scope_of(the_member().actor), session())
    return render_template("research/desk.html", releases=releases, zone=the_member().place.time_zone)
