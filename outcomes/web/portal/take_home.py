"""What a patient takes home: the whole record as files, a page for the next talk, and dates for a calendar."""

import json
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.take_home import whole_record
from outcomes.exchange.writers.calendar import as_calendar
from outcomes.exchange.writers.fhir import as_bundle
from outcomes.exchange.writers.own_record import WholeRecord, as_csv
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.own_record import whole
from outcomes.records.queries.portal import own_record
from outcomes.terms import Language
from outcomes.voice import Voice
from outcomes.web.database import catalogue, now, reading, records, today, took, voice
from outcomes.web.portal import blueprint, take_home_page
from outcomes.web.portal.desk import own_patient
from outcomes.web.security import allow

TAKEN = "whole record as a file"


@blueprint.get("/me/record.json")
@allow(Access.PATIENTS)
def record_as_fhir() -> ResponseReturnValue:
    """The whole record as a FHIR R4 bundle."""
    bundle = as_bundle(_whole(), catalogue())
    return _file(json.dumps(bundle, ensure_ascii=False, indent=1).encode(), "application/fhir+json", "record.json")


@blueprint.get("/me/record.csv")
@allow(Access.PATIENTS)
def record_as_csv() -> ResponseReturnValue:
    """Scores and answers as a table."""
    return _file(as_csv(_whole()), "text/csv; charset=utf-8", "record.csv")


@blueprint.get("/me/summary")
@allow(Access.PATIENTS)
def summary() -> ResponseReturnValue:
    """One page to print and take along, in either language."""
    chosen = _voice()
    return render_template("portal/summary.html", sheet=_sheet(chosen), language_of_sheet=chosen.language.value)


@blueprint.get("/me/summary.pdf")
@allow(Access.PATIENTS)
def summary_as_pdf() -> ResponseReturnValue:
    """The same page as PDF."""
    from outcomes.exchange.writers.summary_pdf import as_pdf  # noqa: PLC0415 - loads the writer of PDF

    return _file(as_pdf(_sheet(_voice()), now()), "application/pdf", "summary.pdf")


@blueprint.get("/me/dates.ics")
@allow(Access.PATIENTS)
def dates() -> ResponseReturnValue:
    """The days on which questions wait, for a calendar, without a word about health."""
    scope, session = reading()
    own = own_record(scope, session, records().keys, today())
    file = as_calendar(take_home_page.days(voice(), own.record), now())
    return _file(file, "text/calendar; charset=utf-8", "dates.ics")


def _whole() -> WholeRecord:
    scope, session = reading()
    patient_id: UUID = own_patient()
    took(patient_id, TAKEN)
    return whole_record(whole(scope, session, records().keys, patient_id, today()), now())


def _voice() -> Voice:
    """The voice of the language asked for, else that of the page."""
    asked = request.args.get("language", "")
    return Voice(Language(asked)) if asked in set(Language) else voice()


def _sheet(chosen: Voice) -> take_home_page.Sheet:
    scope, session = reading()
    own = own_record(scope, session, records().keys, today())
    errors = own_errors(scope, session, own.record.scores, records().memory)
    return take_home_page.sheet(chosen, catalogue(), own, errors)


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
