"""Keeping what is being typed: each field as it is left, so that nothing marked saved is lost.

A draft may hold a name, so its fields are sealed, with a key of its own. Each field remembers the sequence number it
came with: what was typed earlier never replaces what was typed later, in whatever order the requests arrive.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from outcomes.access.rules import Act
from outcomes.actions.checks import fits
from outcomes.actions.errors import Invalid
from outcomes.actions.work import Work, may, somebody, the_patient
from outcomes.records.queries.drafts import DRAFT_DAYS, Typed, closed, opened_fields
from outcomes.records.tables import Draft
from outcomes.terms import Role
from outcomes.voice import N_

MOST_FIELDS = 2000
LONGEST_VALUE = 10_000
LONGEST_FORM = 120


def keep(
    work: Work, form: str, fields: Mapping[str, Any], sequence: int | None = None, patient_id: UUID | None = None
) -> dict[str, Any]:
    """Keep fields of a form in the member's own draft and return the whole draft.

    Parameters:
        work: the actor's turn; the draft belongs to the actor alone.
        form: what is being filled in, a name the door chooses.
        fields: the values as typed, by field; None empties a field.
        sequence: counts up with every change on the page; None stands for the next one.
        patient_id: whom the form is about.

    Raises:
        NotAllowed: for the program itself, and for a patient on anybody else's form.
        NotFound: for a patient of another clinic or none.
        Invalid: for a form, a field or a value that is too long, or too many fields.
    """
    member = somebody(work, "keep_draft")
    _check(work, form, fields, patient_id)
    draft = _the_draft(work, member, form, patient_id)
    typed = opened_fields(work.keys, work.clinic_id, member, form, draft.fields)
    number = draft.sequence + 1 if sequence is None else sequence
    for name, value in fields.items():
        known = typed.get(name)
        if known is None or number >= known.sequence:
            typed[name] = Typed(value, number)
    if len(typed) > MOST_FIELDS:
        raise Invalid("too_many_fields", None, N_("This form is too long to be kept as a draft."))
    draft.fields = closed(work.keys, work.clinic_id, member, form, typed)
    draft.sequence = max(draft.sequence, number)
    draft.saved_at = work.now
    work.session.flush()
    return {name: each.value for name, each in typed.items() if each.value is not None}


def drop(work: Work, form: str) -> None:
    """Throw the member's own draft of a form away; without one nothing happens."""
    own = (Draft.clinic_id == work.clinic_id, Draft.membership_id == somebody(work, "keep_draft"), Draft.form == form)
    work.session.execute(delete(Draft).where(*own))


def drop_old(work: Work) -> int:
    """Throw every draft of the clinic away that nobody has touched for 30 days; return how many there were."""
    old = (Draft.clinic_id == work.clinic_id, Draft.saved_at <= work.now - timedelta(days=DRAFT_DAYS))
    gone = work.session.scalars(delete(Draft).where(*old).returning(Draft.form)).all()
    return len(gone)


def _check(work: Work, form: str, fields: Mapping[str, Any], patient_id: UUID | None) -> None:
    if work.actor.role is Role.PATIENT:
        may(work, Act.REPORT_ON_ONESELF, patient_id)
    else:
        may(work, Act.CHANGE_RECORD, patient_id)
    if patient_id is not None:
        the_patient(work, patient_id)
    fits("form", form, LONGEST_FORM)
    for name, value in fields.items():
        fits(name, name, LONGEST_FORM)
        fits(name, str(value), LONGEST_VALUE)


def _the_draft(work: Work, member: UUID, form: str, patient_id: UUID | None) -> Draft:
    """The member's draft of a form, begun now if there is none or it is too old."""
    draft = _locked(work, member, form)
    if draft is None:
        draft = _begun(work, member, form, patient_id)
    elif draft.saved_at <= work.now - timedelta(days=DRAFT_DAYS):
        draft.fields, draft.sequence, draft.started_at = {}, 0, work.now
    draft.patient_id = patient_id or draft.patient_id
    return draft


def _locked(work: Work, member: UUID, form: str) -> Draft | None:
    statement = (
        select(Draft)
        .where(Draft.clinic_id == work.clinic_id, Draft.membership_id == member, Draft.form == form)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return work.session.scalar(statement)


def _begun(work: Work, member: UUID, form: str, patient_id: UUID | None) -> Draft:
    """Begin a draft; when another request of the same page began it at the same instant, take that one."""
    row = {
        "clinic_id": work.clinic_id,
        "membership_id": member,
        "form": form,
        "patient_id": patient_id,
        "fields": {},
        "started_at": work.now,
        "saved_at": work.now,
        "sequence": 0,
    }
    try:
        with work.session.begin_nested():
            work.session.execute(insert(Draft).values(row))
    except IntegrityError:
        work.session.expire_all()
    draft = _locked(work, member, form)
    if draft is None:
        raise Invalid("draft_lost", None, N_("This draft could not be kept. Try again."))
    return draft
