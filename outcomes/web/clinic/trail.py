"""The administrator's view of the trail: every change, who read whose record, and a verification of all of it."""

from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from threading import Thread
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import checking
from outcomes.records.queries.trail import TrailFilter, account_trail, actors, anchored, read_log, trail
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.trail_page import check_words, read_lines, tables_to_choose, trail_lines
from outcomes.web.database import reading, records, saw, voice
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow

AT_A_TIME = 50
VIEWS = {
    "records": N_("Changes of records"),
    "accounts": N_("Changes of accounts"),
    "reads": N_("Who opened which record"),
}


@blueprint.get("/admin/audit")
@allow(Access.ADMINISTRATORS)
def audit() -> ResponseReturnValue:
    """Show a page of the trail, of the accounts' trail or of the read log."""
    view = request.args.get("view", "records")
    return _reads() if view == "reads" else _changes("accounts" if view == "accounts" else "records")


def _changes(view: str) -> str:
    scope, session = reading()
    ask = account_trail if view == "accounts" else trail
    found = ask(scope, session, records().keys, _filter(view), AT_A_TIME)
    for patient_id in {entry.patient.id for entry in found.entries if entry.patient}:
        saw(patient_id, "trail")
    lines = trail_lines(voice(), found, _zone())
    further = _address(view, before=found.next_before) if found.next_before is not None else ""
    return _page(view, further, lines=lines, reads=())


def _reads() -> str:
    scope, session = reading()
    person = request.args.get("person", "").removeprefix("member:")
    after = request.args.get("after", type=UUID)
    member = UUID(person) if _is_id(person) else None
    rows = read_log(scope, session, records().keys, member=member, after=after, limit=AT_A_TIME)
    further = _address("reads", after=rows[-1].id) if len(rows) == AT_A_TIME else ""
    return _page("reads", further, lines=(), reads=read_lines(voice(), rows, _zone()))


def _page(view: str, further: str, **found: object) -> str:
    return render_template(
        "clinic/trail.html",
        view=view,
        views=[(name, say(title), url_for("clinic.audit", view=name)) for name, title in VIEWS.items()],
        people=actors(*reading()),
        tables=tables_to_choose(voice()) if view == "records" else (),
        chosen={name: request.args.get(name, "") for name in ("person", "table", "since", "until")},
        further=further,
        **found,
    )


def _address(view: str, **further: object) -> str:
    kept = {name: value for name in ("person", "table", "since", "until") if (value := request.args.get(name))}
    return url_for("clinic.audit", view=view, **kept, **further)  # type: ignore[arg-type]  # anything fits an address


def _filter(view: str) -> TrailFilter:
    person = request.args.get("person") or None
    if person and view == "accounts":
        person = None  # accounts are changed by persons, not by members
    return TrailFilter(
        actor=person,
        table=(request.args.get("table") or None) if view == "records" else None,
        since=_day("since"),
        until=_day("until", timedelta(days=1)),
        before=request.args.get("before", type=int),
    )


def _day(name: str, later: timedelta = timedelta()) -> datetime | None:
    """Return the beginning of a civil day where the clinic is; what is no day asks for nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
        return datetime.combine(day + later, time(), ZoneInfo(_zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone() -> str:
    return the_member().place.time_zone


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@blueprint.get("/admin/verify")
@allow(Access.ADMINISTRATORS)
def verification() -> ResponseReturnValue:
    """Show what the last verification found, or how far it has come."""
    found = check_words(voice(), _room().last(), anchored(*reading()), _zone())
    return render_template("clinic/verification.html", found=found)


@blueprint.post("/admin/verify")
@allow(Access.ADMINISTRATORS)
def start_verification() -> ResponseReturnValue:
    """Begin a verification in the background, unless one is under way."""
    room = _room()
    if checking.begin(room):
        Thread(target=checking.check, args=(room, records().engine), daemon=True).start()
    return redirect(url_for("clinic.verification"), HTTPStatus.SEE_OTHER)


@blueprint.get("/admin/verify/progress")
@allow(Access.ADMINISTRATORS)
def verification_progress() -> ResponseReturnValue:
    """Tell how many entries of how many are verified, and whether it goes on."""
    last = _room().last()
    return jsonify(
        done=last.done if last else 0, total=last.total if last else 0, running=last is not None and last.is_running
    )


def _room() -> checking.CheckRoom:
    return checking.CheckRoom(records().settings.data, the_member().actor.clinic_id)
