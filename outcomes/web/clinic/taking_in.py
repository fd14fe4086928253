"""Taking in the record of a patient who comes from another clinic: choose the file, look it through, take it in.

A member has one such file on its way at a time; until it is taken in or thrown away it is kept sealed. Looking writes
nothing. The page tells what would be written, what stays behind and why, and which scores come out otherwise here.
"""

from http import HTTPStatus
from uuid import uuid4

from flask import Response, after_this_request, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.actions.import_ import ImportDesk
from outcomes.actions.importing.waiting import WaitingFile, WaitingRoom
from outcomes.actions.take_in import TakeInPlan, TakeInRefused, look_through, take_in
from outcomes.exchange.readers.bundle import RecordUnreadable, problem_said, read_record
from outcomes.exchange.readers.table import Limits
from outcomes.records.queries.taken_in import code_is_taken, taken_with
from outcomes.voice import N_
from outcomes.web.clinic import blueprint, taking_in_page
from outcomes.web.clinic.fields import RecordForm, text
from outcomes.web.database import catalogue, now, reading, records, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import own_membership, the_member
from outcomes.web.security import allow

SHELF = "record-"
LONGEST_CODE = 40


class TakeInEntry(RecordForm):
    """Under which number the patient is to be known here."""

    code = text(N_("Number"), LONGEST_CODE, N_("In this clinic. Left empty, the next free number is given."))


@blueprint.get("/import/record")
@allow(Access.CLINICIANS)
def record_file() -> ResponseReturnValue:
    """Show where the file is sent from, and the one that waits."""
    return _start()


@blueprint.post("/import/record")
@allow(Access.CLINICIANS)
def send_record() -> ResponseReturnValue:
    """Keep a file that can be read as a record; refuse another with its reason."""
    sent = request.files.get("file")
    content = sent.stream.read(Limits().size + 1) if sent else b""
    try:
        read_record(content)
    except RecordUnreadable as refused:
        return _start(problem_said(voice(), refused.problem)), HTTPStatus.UNPROCESSABLE_ENTITY
    _room().keep((sent.filename if sent else None) or "", content)
    return redirect(url_for("clinic.check_record"))


@blueprint.get("/import/record/check")
@allow(Access.CLINICIANS)
def check_record() -> ResponseReturnValue:
    """Show what taking the record in would write, what stays behind, and what stands in the way."""
    waiting = _room().found()
    if waiting is None:
        return redirect(url_for("clinic.record_file"))
    plan = _looked(waiting)
    form = TakeInEntry(formdata=None, data={"code": (plan.record.person.code or "").strip()[:LONGEST_CODE]})
    if code_is_taken(*reading(), form.code.data):
        form.code.errors = [N_("This code is already in use. Type another, or none.")]
    return _checked(waiting, plan, form)


@blueprint.post("/import/record/check")
@allow(Access.CLINICIANS)
def take_record_in() -> ResponseReturnValue:
    """Make a new patient of the record that waits: all of it, or nothing."""
    room, form = _room(), TakeInEntry()
    waiting = room.found()
    if waiting is None:
        return _there_already(form)
    if form.validate():
        try:
            patient_id = take_in(work(), waiting.content, (form.code.data or "").strip() or None, form.key)
        except Invalid as refusal:
            form.take(refusal)
        except KeyReused as refusal:
            form.form_errors.append(say(refusal.sentence))
        except TakeInRefused as refused:
            return _checked(waiting, refused.plan, form), HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            after_this_request(lambda response: _cleared(room, response))
            flash(say(N_("The record was taken in. Ask the patient for consent: none came along.")))
            return redirect(url_for("clinic.patient", patient_id=patient_id))
    return _checked(waiting, _looked(waiting), form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/import/record/discard")
@allow(Access.CLINICIANS)
def discard_record() -> ResponseReturnValue:
    """Throw the waiting file away."""
    _room().throw_away()
    flash(say(N_("The file was thrown away. Nothing was written.")))
    return redirect(url_for("clinic.record_file"))


def _room() -> WaitingRoom:
    """The place of this member's record."""
    return WaitingRoom(records().settings.data, records().keys, the_member().actor.clinic_id, own_membership(), SHELF)


def _there_already(form: TakeInEntry) -> ResponseReturnValue:
    """The answer to a second click: the patient whom the first one made."""
    patient_id = taken_with(*reading(), form.key)
    if patient_id is None:
        return redirect(url_for("clinic.record_file"))
    return redirect(url_for("clinic.patient", patient_id=patient_id))


def _looked(waiting: WaitingFile) -> TakeInPlan:
    scope, session = reading()
    desk = ImportDesk(scope, session, records().keys, catalogue(), today())
    return look_through(desk, waiting.content, now())


def _cleared(room: WaitingRoom, response: Response) -> Response:
    """Throw the file away once the record is in the clinic's own."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        room.throw_away()
    return response


def _start(problem: str = "") -> str:
    return render_template("clinic/record_in.html", problem=problem, waiting=_room().found())


def _checked(waiting: WaitingFile, plan: TakeInPlan, form: TakeInEntry) -> str:
    form.idempotency_key.data = form.idempotency_key.data or str(uuid4())
    page = taking_in_page.page(voice(), catalogue(), plan)
    return render_template("clinic/record_check.html", name=waiting.name, page=page, form=form)
