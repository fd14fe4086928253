"""The patient's own records as every page of the portal reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import abort

from outcomes.records.queries.drafts import draft
from outcomes.records.queries.portal_due import DueForm, due_form
from outcomes.records.queries.portal_own import ActivityRow, activities
from outcomes.records.queries.record import PatientRecord, patient_record
from outcomes.web.database import catalogue, now, reading, records, today, voice
from outcomes.web.member import own_membership, the_member
from outcomes.web.portal.asking import Question, questions


@dataclass(frozen=True, slots=True)
class Desk:
    """One follow-up in the making: what is asked, and what is answered so far."""

    patient_id: UUID
    form: DueForm
    name: str
    fields: Mapping[str, str]
    started_at: datetime | None
    questions: tuple[Question, ...]
    own: tuple[ActivityRow, ...]

    @property
    def done(self) -> int:
        """How many questions were answered or skipped."""
        return sum(each.done for each in self.questions)


def own_patient() -> UUID:
    """The patient whose account this is."""
    return the_member().actor.patient_id or abort(404)


def own_record() -> PatientRecord:
    """The own record."""
    scope, session = reading()
    return patient_record(scope, session, records().keys, own_patient(), today())


def draft_name(record: PatientRecord, form: DueForm) -> str:
    """The name of a follow-up's draft: of one time point of one course."""
    return f"me:{form.point.code}:{record.day_zero or 'before'}"


def desk(point: str) -> Desk | None:
    """The follow-up of a time point; None when there is nothing to answer in it."""
    record = own_record()
    form = due_form(record, catalogue(), voice().language, point)
    return None if form is None else desk_of(record, form)


def desk_of(record: PatientRecord, form: DueForm) -> Desk:
    """The follow-up with its draft."""
    scope, session = reading()
    name = draft_name(record, form)
    kept = draft(scope, session, records().keys, own_membership(), name, now=now())
    own = activities(scope, session, records().keys, own_patient())
    fields = {key: str(value) for key, value in kept.fields.items()} if kept else {}
    asked = questions(voice(), catalogue(), form, own, fields)
    return Desk(own_patient(), form, name, fields, kept.started_at if kept else None, asked, own)
