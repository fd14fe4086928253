"""Taking a release: a form with a reason, and the file as its answer. There is no link that somebody else could use."""

from collections.abc import Iterator
from http import HTTPStatus
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.errors import Invalid
from outcomes.actions.release import Taken, take
from outcomes.web.database import records, work
from outcomes.web.i18n import say
from outcomes.web.research import blueprint
from outcomes.web.research.desk import the_release
from outcomes.web.security import allow

PIECE = 1 << 16


@blueprint.post("/research/releases/<uuid:release_id>/take")
@allow(Access.RELEASES)
def take_release(release_id: UUID) -> ResponseReturnValue:
    """Write down who takes it and why, then hand it over."""
    the_release(release_id)
    try:
        taken = take(work(), release_id, request.form.get("why", ""), records().settings.data)
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
        return redirect(url_for("research.release", release_id=release_id), HTTPStatus.SEE_OTHER)
    response = Response(_pieces(taken), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{taken.name}"'
    response.headers["Content-Length"] = str(taken.size)
    return response


def _pieces(taken: Taken) -> Iterator[bytes]:
    with taken.room.read() as file:
        while piece := file.read(PIECE):
            yield piece
