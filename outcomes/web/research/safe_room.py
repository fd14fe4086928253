"""The safe room: a researcher sends a script, it runs here, and an administrator looks at what it gave."""

from http import HTTPStatus
from threading import Thread
from uuid import UUID

from flask import Response, after_this_request, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.access.scope import Actor
from outcomes.actions.errors import Invalid, StaleVersion
from outcomes.actions.release_room import Bench, look, run, send
from outcomes.voice import N_
from outcomes.web.database import Records, records, work, write_apart
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.readable import whole_number
from outcomes.web.research import blueprint
from outcomes.web.research.desk import the_release
from outcomes.web.security import allow


@blueprint.post("/research/releases/<uuid:release_id>/scripts")
@allow(Access.RELEASES)
def send_script(release_id: UUID) -> ResponseReturnValue:
    """Take a script in and run it in the background."""
    the_release(release_id)
    try:
        script_id = send(work(), release_id, request.form.get("title", ""), request.form.get("script", ""))
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
    else:
        _run_after_this(script_id)
        flash(say(N_("The script runs. What it gives is looked at before it leaves.")))
    return _back(release_id)


@blueprint.post("/research/releases/<uuid:release_id>/scripts/<uuid:script_id>/look")
@allow(Access.ADMINISTRATORS)
def look_at_script(release_id: UUID, script_id: UUID) -> ResponseReturnValue:
    """Let what a script gave leave, or hold it back."""
    the_release(release_id)
    passes = request.form.get("passes") == "yes"
    try:
        look(work(), release_id, script_id, whole_number(request.form.get("version")), passes=passes)
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
    except StaleVersion as stale:
        flash(say(stale.sentence))
    else:
        flash(say(N_("Saved.")))
    return _back(release_id)


def _back(release_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("research.release", release_id=release_id), HTTPStatus.SEE_OTHER)


def _run_after_this(script_id: UUID) -> None:
    """Have a script run once this request is committed; a request that is done again asks once."""
    if "to_run" not in g:
        after_this_request(_begin)
    g.to_run = script_id


def _begin(response: Response) -> Response:
    if response.status_code < HTTPStatus.BAD_REQUEST:
        Thread(target=_run, args=(records(), the_member().actor, g.to_run), daemon=True, name="script").start()
    return response


def _run(opened: Records, actor: Actor, script_id: UUID) -> None:
    run(Bench(opened.engine, opened.keys, opened.catalogue, opened.settings.data, actor, write_apart), script_id)
