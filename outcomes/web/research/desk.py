"""The desk: every release for administrators, the finished ones for researchers."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.access.scope import release_scope_of
from outcomes.actions import release as deeds
from outcomes.actions.errors import Refusal
from outcomes.actions.releasing.room import ReleaseRoom
from outcomes.actions.work import Work
from outcomes.privacy.tiers import Tier
from outcomes.records.queries.release_scripts import scripts
from outcomes.records.queries.research import (
    ReleaseRow,
    all_releases,
    approvals,
    finished_release,
    finished_releases,
    one_person_approves,
    one_release,
    takings,
)
from outcomes.terms import ReleaseState, Role
from outcomes.voice import N_
from outcomes.web.database import catalogue, now, reading, records, session, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.readable import whole_number
from outcomes.web.research import blueprint
from outcomes.web.research.release_page import (
    ReleasePage,
    ScriptWords,
    differences_said,
    release_page,
    script_words,
    tiers,
)
from outcomes.web.security import allow


@blueprint.get("/research")
@allow(Access.RELEASES)
def desk() -> ResponseReturnValue:
    """Show the releases that a researcher may take, or to an administrator all of them."""
    if not prepares():
        found = finished_releases(release_scope_of(the_member().actor), session())
        return _desk(found, prepares=False, two=True)
    found = all_releases(*reading())
    return _desk(found, prepares=True, two=not one_person_approves(*reading()))


def _desk(found: tuple[ReleaseRow, ...], *, prepares: bool, two: bool) -> str:
    pages = [_page(row) for row in found]
    return render_template("research/desk.html", releases=pages, prepares=prepares, two=two, tiers=tiers(voice()))


@blueprint.get("/research/releases/<uuid:release_id>")
@allow(Access.RELEASES)
def release(release_id: UUID) -> ResponseReturnValue:
    """Show one release: what is in it, what was measured, and to administrators who approved and took it."""
    row = the_release(release_id)
    if not prepares():
        return render_template("research/release.html", page=_page(row), prepares=False, scripts=_scripts(row))
    return render_template(
        "research/release.html",
        page=_page(row),
        prepares=True,
        scripts=_scripts(row),
        deeds={"approvals": approvals(*reading(), release_id), "takings": takings(*reading(), release_id)},
        differs=_differences(row) if request.args.get("compare") else None,
    )


@blueprint.get("/research/releases/<uuid:release_id>/risk.json")
@allow(Access.RELEASES)
def risk(release_id: UUID) -> ResponseReturnValue:
    """Give what was measured as data."""
    return jsonify({name: value for name, value in the_release(release_id).risk.items() if name != "words"})


@blueprint.get("/research/releases/<uuid:release_id>/progress")
@allow(Access.ADMINISTRATORS)
def release_progress(release_id: UUID) -> ResponseReturnValue:
    """Tell how far a building has come, and whether it goes on."""
    row = the_release(release_id)
    told = _room(row).told()
    running = row.state == ReleaseState.BUILDING and (told is None or told.is_alive)
    return jsonify(done=told.done if told else 0, total=told.of if told else 0, running=running)


@blueprint.post("/research/releases/<uuid:release_id>/approve")
@allow(Access.ADMINISTRATORS)
def approve_release(release_id: UUID) -> ResponseReturnValue:
    """Approve a release, so that it can be taken."""
    return _change(release_id, N_("Approved. It can be taken now."), deeds.approve)


@blueprint.post("/research/releases/<uuid:release_id>/lay-aside")
@allow(Access.ADMINISTRATORS)
def lay_release_aside(release_id: UUID) -> ResponseReturnValue:
    """Let nobody take a release any more."""
    return _change(release_id, N_("Laid aside. Nobody can take it any more."), deeds.lay_aside)


@blueprint.post("/research/persons")
@allow(Access.ADMINISTRATORS)
def demand_persons() -> ResponseReturnValue:
    """Say whether a second person is needed for each release."""
    deeds.demand_persons(work(), two=request.form.get("two") == "yes")
    flash(say(N_("Saved.")))
    return redirect(url_for("research.desk"), HTTPStatus.SEE_OTHER)


def prepares() -> bool:
    """Whether the member prepares releases, and so sees those that are not finished."""
    return the_member().role is Role.ADMINISTRATOR


def the_release(release_id: UUID) -> ReleaseRow:
    """The release of an address, as far as the member may see it."""
    if prepares():
        return one_release(*reading(), release_id)
    return finished_release(release_scope_of(the_member().actor), session(), release_id)


def _page(row: ReleaseRow) -> ReleasePage:
    return release_page(voice(), catalogue(), row, the_member().place.time_zone, _room(row).told())


def _room(row: ReleaseRow) -> ReleaseRoom:
    return ReleaseRoom(records().settings.data, records().keys, the_member().actor.clinic_id, row.id)


def _scripts(row: ReleaseRow) -> tuple[ScriptWords, ...]:
    """The scripts of a release for the safe room: all for who looks at them, else one's own."""
    actor = the_member().actor
    sent_by = None if prepares() else actor.membership_id
    found = scripts(release_scope_of(actor), session(), row.id, sent_by) if row.tier == Tier.SAFE_ROOM else ()
    return tuple(script_words(voice(), each, the_member().place.time_zone) for each in found)


def _differences(row: ReleaseRow) -> tuple[str, ...]:
    # this brings numpy, which a start does without
    from outcomes.actions.release_build import what_differs  # noqa: PLC0415

    looking = Work(session(), the_member().actor, records().keys, catalogue(), now())
    return differences_said(voice(), what_differs(looking, row.id).as_data())


def _change(release_id: UUID, done: str, do: Callable[[Work, UUID, int], None]) -> ResponseReturnValue:
    try:
        do(work(), release_id, whole_number(request.form.get("version")))
    except Refusal as refusal:
        flash(say(refusal.sentence, **refusal.values))
    else:
        flash(say(done))
    return redirect(url_for("research.release", release_id=release_id), HTTPStatus.SEE_OTHER)
