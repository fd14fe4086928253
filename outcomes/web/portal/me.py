"""A patient's own page."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.queries.others import others
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.portal import OwnRecord, own_record
from outcomes.records.queries.portal_due import due_forms
from outcomes.records.queries.portal_own import activities, diaries
from outcomes.records.queries.portal_reports import reports
from outcomes.web.database import catalogue, reading, records, today, voice
from outcomes.web.member import the_member
from outcomes.web.portal import blueprint, me_page
from outcomes.web.portal.desk import desk_of, own_patient
from outcomes.web.portal.me_page import Heard, MyPage, Series
from outcomes.web.portal.others import OthersTold, beside, others_told
from outcomes.web.portal.questionnaires_page import due_words, sent_words
from outcomes.web.portal.sight import sight
from outcomes.web.progress import Told
from outcomes.web.security import allow


@blueprint.get("/me")
@allow(Access.PATIENTS)
def me() -> ResponseReturnValue:
    """Show a patient what the own scores say."""
    scope, session = reading()
    known = records()
    own = own_record(scope, session, known.keys, today())
    errors = own_errors(scope, session, own.record.scores, known.memory)
    series = Series(diaries(scope, session, own_patient()), activities(scope, session, known.keys, own_patient()))
    page = me_page.page(voice(), catalogue(), own, errors, series, _heard(own), sight())
    asked = request.args.get("others", "")
    beside_others = next((_beside(own, part.told[0]) for part in page.parts if part.code == asked), None)
    return render_template("portal/me.html", page=page, asked=asked, others=beside_others)


def _heard(own: OwnRecord) -> Heard:
    """What can be answered now, and what became of what was sent."""
    scope, session = reading()
    forms = due_forms(own.record, catalogue(), voice().language)
    due = tuple(due_words(voice(), catalogue(), desk_of(own.record, form)) for form in forms)
    rows = reports(scope, session, records().keys, own_patient())
    sent = sent_words(voice(), rows, the_member().place.time_zone)
    return Heard(due, sent[0] if sent else None, next((each for each in sent[1:] if each.note), None))


def _beside(own: OwnRecord, told: Told) -> tuple[OthersTold, object]:
    """How other people here changed on the scale of a part, and the own chart with them."""
    scope, session = reading()
    found = others(scope, session, told.scale, today(), records().memory)
    day = MyPage.day_of(own.record)
    return others_told(voice(), found, day), beside(own.record, told, found, day)
