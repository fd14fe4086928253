"""What a patient keeps beside the questionnaires: the diary, own activities, and what happened."""

from http import HTTPStatus
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, DateField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from outcomes.access.rules import Access
from outcomes.actions import activities, diary
from outcomes.actions.activities import LONGEST_ACTIVITY, LONGEST_EVENT, MOST_ACTIVITIES, OwnEventForm
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.records.queries.portal_own import activities as own_activities
from outcomes.records.queries.portal_own import diaries
from outcomes.records.queries.record import exposures
from outcomes.voice import N_
from outcomes.web.database import catalogue, reading, records, today, voice, work
from outcomes.web.forms import Form, answered, at_most, needed, offered
from outcomes.web.i18n import say
from outcomes.web.portal import blueprint, own_page
from outcomes.web.portal.desk import own_patient
from outcomes.web.security import allow

SEE_OTHER = HTTPStatus.SEE_OTHER
DIGITS = [("", N_("not said")), *((str(n), str(n)) for n in range(11))]


class ActivityForm(Form):
    """Taking up an own activity."""

    words = StringField(
        N_("Something you want to be able to do"),
        [needed(), at_most(LONGEST_ACTIVITY)],
        description=N_("In your words. For instance: read to my son for ten minutes."),
    )
    idempotency_key = HiddenField()


class EventForm(Form):
    """Telling what happened."""

    text = TextAreaField(
        N_("What happened?"),
        [needed(), at_most(LONGEST_EVENT)],
        description=N_("In your words: a new medicine, an infection, a crash, anything that may matter."),
    )
    started_on = DateField(N_("On which day?"), [answered()])
    how_bad = RadioField(
        N_("How bad was it, 0 to 10?"),
        [Optional()],
        choices=offered(lambda: DIGITS),
        default="",
        description=N_("0: not bad at all. 10: as bad as it can be."),
    )
    crash = BooleanField(N_("It was a crash after exertion"))
    idempotency_key = HiddenField()


@blueprint.get("/me/diary")
@allow(Access.PATIENTS)
def own_diary() -> ResponseReturnValue:
    """Show today's taps, and the weeks so far."""
    found = diaries(*reading(), own_patient())
    return render_template("portal/diary.html", page=own_page.diary_page(voice(), catalogue(), found, today()))


@blueprint.post("/me/diary")
@allow(Access.PATIENTS)
def tap() -> ResponseReturnValue:
    """Write down one tap."""
    value = request.form.get("value", type=int)
    try:
        diary.tap(work(), own_patient(), request.form.get("scale", ""), -1 if value is None else value)
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
    else:
        flash(say(N_("Saved. Until midnight a new tap corrects it.")))
    return redirect(url_for("portal.own_diary"), SEE_OTHER)


@blueprint.get("/me/activities")
@allow(Access.PATIENTS)
def own_activities_list() -> ResponseReturnValue:
    """Show the own activities."""
    return _activities(ActivityForm())


@blueprint.post("/me/activities")
@allow(Access.PATIENTS)
def add_activity() -> ResponseReturnValue:
    """Take up an activity."""
    form = ActivityForm()
    if form.validate():
        try:
            activities.add_activity(work(), own_patient(), form.words.data, form.idempotency_key.data or None)
        except Invalid as refusal:
            form.take(refusal)
        except KeyReused as refusal:
            form.form_errors.append(say(refusal.sentence))
        else:
            flash(say(N_("It is on your list. Each follow-up asks how hard it was.")))
            return redirect(url_for("portal.own_activities_list"), SEE_OTHER)
    return _activities(form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/me/activities/<uuid:activity_id>/end")
@allow(Access.PATIENTS)
def end_activity(activity_id: UUID) -> ResponseReturnValue:
    """Lay an activity aside."""
    activities.end_activity(work(), own_patient(), activity_id)
    flash(say(N_("Laid aside. What you said about it is kept.")))
    return redirect(url_for("portal.own_activities_list"), SEE_OTHER)


@blueprint.get("/me/events")
@allow(Access.PATIENTS)
def own_events() -> ResponseReturnValue:
    """Show what the patient told, and the form to tell more."""
    return _events(EventForm(started_on=today()))


@blueprint.post("/me/events")
@allow(Access.PATIENTS)
def tell_event() -> ResponseReturnValue:
    """Write down what happened."""
    form = EventForm()
    if form.validate():
        bad = form.how_bad.data
        told = OwnEventForm(form.text.data, form.started_on.data, int(bad) if bad else None, form.crash.data)
        try:
            activities.tell_event(work(), own_patient(), told, form.idempotency_key.data or None)
        except Invalid as refusal:
            form.take(refusal)
        except KeyReused as refusal:
            form.form_errors.append(say(refusal.sentence))
        else:
            flash(say(N_("Written down. Your clinic sees it in your record.")))
            return redirect(url_for("portal.own_events"), SEE_OTHER)
    return _events(form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/me/events/<uuid:own_event_id>/remove")
@allow(Access.PATIENTS)
def take_back_event(own_event_id: UUID) -> ResponseReturnValue:
    """Take back what was told."""
    activities.take_back_event(work(), own_patient(), own_event_id)
    flash(say(N_("Taken back. The history keeps it.")))
    return redirect(url_for("portal.own_events"), SEE_OTHER)


def _activities(form: ActivityForm) -> str:
    scope, session = reading()
    rows = own_activities(scope, session, records().keys, own_patient())
    page = own_page.activities_page(voice(), rows)
    form.idempotency_key.data = form.idempotency_key.data or str(uuid4())
    return render_template("portal/activities.html", form=form, page=page, most=MOST_ACTIVITIES)


def _events(form: EventForm) -> str:
    scope, session = reading()
    rows = [each for each in exposures(scope, session, records().keys, own_patient()) if each.by_patient]
    form.idempotency_key.data = form.idempotency_key.data or str(uuid4())
    return render_template("portal/events.html", form=form, told=own_page.told_events(voice(), rows))
