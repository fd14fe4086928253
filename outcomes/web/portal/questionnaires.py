"""Answering in bed: what is due, one question a screen or the whole page, stopping, going on, sending."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from flask import Response, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import drafts, self_report
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.actions.once import body_hash
from outcomes.actions.self_report import FLOOR, ReportForm
from outcomes.records.queries.drafts import DRAFT_DAYS
from outcomes.records.queries.portal_due import due_forms
from outcomes.records.queries.portal_own import is_carer
from outcomes.records.queries.portal_reports import reports
from outcomes.terms import AnsweredBy
from outcomes.voice import N_
from outcomes.web.database import catalogue, reading, records, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import own_membership, the_member
from outcomes.web.portal import blueprint, questionnaires_page
from outcomes.web.portal.asking import SKIPPED, WHO, WHO_ANSWERS, WORDS, minutes_left, report_of, single, stamped
from outcomes.web.portal.desk import Desk, desk, desk_of, own_patient, own_record
from outcomes.web.security import allow

MODE = "entry"
MODES = ("single", "whole")
YEAR = 365 * 24 * 3600
END = "end"
NOT_DUE = N_("There is nothing to answer there now.")
ALL_KEPT = N_("All your answers are kept for 30 days. Go on whenever you like, on any device.")


@blueprint.get("/me/questionnaires")
@allow(Access.PATIENTS)
def questionnaires() -> ResponseReturnValue:
    """Show what is due, and what was sent before."""
    scope, session = reading()
    record, known = own_record(), records()
    desks = [desk_of(record, form) for form in due_forms(record, catalogue(), voice().language)]
    sent = reports(scope, session, known.keys, own_patient())
    return render_template(
        "portal/questionnaires.html",
        due=[questionnaires_page.due_words(voice(), catalogue(), each) for each in desks],
        sent=questionnaires_page.sent_words(voice(), sent, the_member().place.time_zone),
        carer=is_carer(scope, session, own_membership()),
        who={each.form.point.code: each.fields.get(WHO, AnsweredBy.SELF.value) for each in desks},
        days=DRAFT_DAYS,
    )


@blueprint.get("/me/questionnaires/<point>")
@allow(Access.PATIENTS)
def questionnaire(point: str) -> ResponseReturnValue:
    """Show one question, the whole page, or what is left to do before sending."""
    found = desk(point)
    return _nothing_there() if found is None else _show(found, request.args.get("q", ""))


@blueprint.put("/me/questionnaires/<point>")
@allow(Access.PATIENTS)
def keep_answer(point: str) -> ResponseReturnValue:
    """Keep what was just answered, as a script sends it."""
    found, sent = desk(point), request.get_json(silent=True)
    fields = sent.get("fields") if isinstance(sent, dict) else None
    if found is None or not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields.values()):
        abort(HTTPStatus.BAD_REQUEST)
    if _refused(found, fields):
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    _keep(found, fields)
    after = desk(point) or found
    return jsonify(saved=say("Saved"), done=after.done, left=_left(after))


@blueprint.post("/me/questionnaires/<point>")
@allow(Access.PATIENTS)
def answer(point: str) -> ResponseReturnValue:
    """Keep what was answered and go where the button says."""
    found, go = desk(point), request.form.get("go", "next")
    if found is None:
        return _nothing_there()
    fields = {name: value for name, value in request.form.items() if name in _names(found)}
    number = request.form.get("q", type=int)
    if go == "skip" and number and 0 < number <= len(found.questions):
        fields[found.questions[number - 1].name] = SKIPPED
    refused = _refused(found, fields)
    if refused:
        return _show(found, str(number or ""), refused), HTTPStatus.UNPROCESSABLE_ENTITY
    _keep(found, fields)
    if go == "next" and number and not _answered(found, fields, number):
        missing = {found.questions[number - 1].name: say("Choose an answer, or skip this question.")}
        return _show(desk(point) or found, str(number), missing), HTTPStatus.UNPROCESSABLE_ENTITY
    return _onward(found, go, number)


@blueprint.post("/me/questionnaires/<point>/send")
@allow(Access.PATIENTS)
def send(point: str) -> ResponseReturnValue:
    """Send what was answered; it becomes a visit and waits for the clinic."""
    found = desk(point)
    if found is None:
        return _nothing_there()
    _keep(found, {WORDS: request.form.get(WORDS, "")[: self_report.LONGEST_WORDS]})
    found = desk(point) or found
    form = report_of(
        catalogue(),
        found.form,
        found.own,
        found.fields,
        found.patient_id,
        language=voice().language,
        today=today(),
        started_at=found.started_at,
    )
    return _sent(found, form, request.form.get("idempotency_key"))


@blueprint.post("/me/questionnaires/<point>/too-ill")
@allow(Access.PATIENTS)
def too_ill(point: str) -> ResponseReturnValue:
    """Record that today is too ill a day to answer; what was answered before stays in the draft."""
    found = desk(point)
    if found is None:
        return _nothing_there()
    key = body_hash(["too ill", found.patient_id, found.form.point.code, today()])
    self_report.too_ill(work(), found.patient_id, found.form.asked, voice().language, key)
    flash(say(N_("It is noted that you are too ill today. Nothing else is needed.")))
    return redirect(url_for("portal.questionnaires"), HTTPStatus.SEE_OTHER)


@blueprint.get("/me/questionnaires/<point>/short")
@allow(Access.PATIENTS)
def short(point: str) -> ResponseReturnValue:
    """Show the one question of a bad day."""
    found = desk(point)
    return _nothing_there() if found is None else _short(found)


@blueprint.post("/me/questionnaires/<point>/short")
@allow(Access.PATIENTS)
def send_short(point: str) -> ResponseReturnValue:
    """Send the one answer of a bad day."""
    found = desk(point)
    if found is None:
        return _nothing_there()
    question = single(voice(), catalogue(), FLOOR, "")
    value = request.form.get(question.name, "")
    if value not in {each.value for each in question.choices}:
        return _short(found, say("Choose an answer.")), HTTPStatus.UNPROCESSABLE_ENTITY
    empty = ReportForm(
        found.patient_id,
        today(),
        language=voice().language,
        answered_by=_who(found),
        crash=request.form.get("crash") == "yes",
    )
    return _sent(found, self_report.floor(empty, float(value)), request.form.get("idempotency_key"), keep=True)


@blueprint.post("/me/questionnaires/<point>/begin")
@allow(Access.PATIENTS)
def begin(point: str) -> ResponseReturnValue:
    """Note who answers, and go to the first question."""
    found = desk(point)
    if found is None:
        return _nothing_there()
    who = request.form.get(WHO)
    if who in {each.value for each in WHO_ANSWERS}:
        _keep(found, {WHO: who})
    return redirect(url_for("portal.questionnaire", point=point), HTTPStatus.SEE_OTHER)


def _nothing_there() -> ResponseReturnValue:
    """Lead back to the list: the form was sent meanwhile, or its window closed."""
    if request.method != "GET":
        flash(say(NOT_DUE))
    return redirect(url_for("portal.questionnaires"), HTTPStatus.SEE_OTHER)


def _names(found: Desk) -> set[str]:
    return {WORDS, WHO, *(each.name for each in found.questions)}


def _refused(found: Desk, fields: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be an answer, by the name of its question."""
    asked = {each.name: each for each in found.questions}
    wrong = {name: each for name, each in asked.items() if name in fields and not each.permits(fields[name])}
    low_high = {name: {"low": each.bounds[0], "high": each.bounds[1]} for name, each in wrong.items()}
    return {name: _between(**low_high[name]) for name in wrong}


def _between(low: float, high: float) -> str:
    return say("A number from %(low)s to %(high)s is needed.", low=voice().number(low), high=voice().number(high))


def _keep(found: Desk, fields: Mapping[str, str]) -> None:
    """Put answers into the draft, each with its day."""
    given = {name: value for name, value in fields.items() if name in _names(found)}
    changed = stamped(found.fields, given, today())
    if changed:
        drafts.keep(work(), found.name, changed, None, patient_id=found.patient_id)


def _answered(found: Desk, fields: Mapping[str, str], number: int) -> bool:
    question = found.questions[min(number, len(found.questions)) - 1]
    return bool(fields.get(question.name) or (question.name not in fields and question.value))


def _onward(found: Desk, go: str, number: int | None) -> ResponseReturnValue:
    """Go to the next question, back, to the end, to the other way of answering, or out."""
    if go == "stop":
        flash(say(ALL_KEPT))
        return redirect(url_for("portal.questionnaires"), HTTPStatus.SEE_OTHER)
    here = number or 1
    step = {"back": max(1, here - 1), "next": here + 1, "skip": here + 1}.get(go)
    if go == END or (step is not None and step > len(found.questions)):
        place: str | int | None = END
    else:
        place = step
    response = make_response(redirect(_address(found, place), HTTPStatus.SEE_OTHER))
    if go in MODES:
        _remember(response, go)
    return response


def _address(found: Desk, place: str | int | None) -> str:
    return url_for("portal.questionnaire", point=found.form.point.code, q=place)


def _remember(response: Response, mode: str) -> None:
    secure = records().settings.encrypted
    response.set_cookie(MODE, mode, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")


def _show(found: Desk, place: str, problems: Mapping[str, str] | None = None) -> str:
    """Show the place asked for: the end, the whole page, or one question, the first open one unless told."""
    common = {"desk": found, "left": _left(found), "problems": problems or {}, "days": DRAFT_DAYS}
    if place == END:
        return render_template("portal/finish.html", key=str(uuid4()), words=found.fields.get(WORDS, ""), **common)
    if request.cookies.get(MODE) == "whole":
        return render_template("portal/whole.html", **common)
    first_open = next((n for n, each in enumerate(found.questions, 1) if not each.done), len(found.questions))
    number = min(int(place), len(found.questions)) if place.isdigit() and int(place) > 0 else first_open
    return render_template("portal/question.html", question=found.questions[number - 1], number=number, **common)


def _left(found: Desk) -> str:
    """Say how far one is: "3 of 12 · about 2 minutes left"."""
    done = say("%(done)s of %(all)s done", done=voice().number(found.done), all=voice().number(len(found.questions)))
    minutes = minutes_left(found.questions)
    if not minutes:
        return done
    about = voice().count("about %(n)s minute left", "about %(n)s minutes left", minutes)
    return f"{done} · {about}"


def _short(found: Desk, problem: str = "") -> str:
    question = single(voice(), catalogue(), FLOOR, request.form.get(f"{FLOOR}.1", ""))
    key = request.form.get("idempotency_key") or str(uuid4())
    return render_template("portal/short.html", desk=found, question=question, problem=problem, key=key)


def _who(found: Desk) -> AnsweredBy:
    return AnsweredBy.PROXY if found.fields.get(WHO) == AnsweredBy.PROXY else AnsweredBy.SELF


def _sent(found: Desk, form: ReportForm, key: str | None, *, keep: bool = False) -> ResponseReturnValue:
    """Send a report, drop the draft unless it is to be gone on with, and lead back to the list."""
    try:
        report_id: UUID = self_report.send(work(), form, key)
    except (Invalid, KeyReused) as refusal:
        flash(say(refusal.sentence, **refusal.values))
        return redirect(_address(found, END), HTTPStatus.SEE_OTHER)
    if not keep:
        drafts.drop(work(), found.name)
    flash(say(N_("Sent. It waits for your clinician now.")))
    return redirect(url_for("portal.questionnaires", _anchor=f"sent-{report_id}"), HTTPStatus.SEE_OTHER)
