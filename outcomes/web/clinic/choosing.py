"""Lists of records to choose from in forms: donors, lots, infusions."""

from collections.abc import Sequence
from uuid import UUID

from flask import request

from outcomes.records.queries.donors import donor_list
from outcomes.records.queries.treatment import CourseRow, courses
from outcomes.web.database import reading, records, voice


def donors_to_choose() -> Sequence[tuple[UUID, str]]:
    """Return the donors of the clinic."""
    scope, session = reading()
    return [(donor.id, donor.code) for donor in donor_list(scope, session)]


def lots_to_choose() -> Sequence[tuple[UUID, str]]:
    """Return the lots of the clinic with their donors."""
    scope, session = reading()
    return [(lot.id, f"{lot.number} · {donor.code}") for donor in donor_list(scope, session) for lot in donor.lots]


def courses_to_choose() -> Sequence[tuple[UUID, str]]:
    """Return the courses of the patient whose page this is."""
    return [(course.id, voice().say("course %(n)s", n=course.number)) for course in _courses()]


def infusions_to_choose() -> Sequence[tuple[UUID, str]]:
    """Return the infusions of the patient whose page this is."""
    return [(each.id, voice().date(each.on_date)) for course in _courses() for each in course.infusions]


def _courses() -> Sequence[CourseRow]:
    scope, session = reading()
    patient_id = (request.view_args or {}).get("patient_id")
    return () if patient_id is None else courses(scope, session, records().keys, patient_id)
