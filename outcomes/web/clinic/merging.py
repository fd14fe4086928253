"""Merging two records of one person."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import merge as deeds
from outcomes.actions.errors import Refusal
from outcomes.records.queries.patients import PatientFilter, patient_list
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import RecordForm, needed_text
from outcomes.web.clinic.saving import Sheet, show
from outcomes.web.database import reading, records, today, work
from outcomes.web.i18n import say
from outcomes.web.security import allow

UNPROCESSABLE = 422


class MergeEntry(RecordForm):
    """Which record stays and which one goes into it."""

    groups = ((N_("Which records"), ("survivor", "duplicate", "reason")),)
    survivor = needed_text(N_("Number of the record that stays"), 40)
    duplicate = needed_text(N_("Number of the record that goes into it"), 40)
    reason = needed_text(N_("Reason"), 500, N_("It stays in the history of both."))


@blueprint.get("/admin/merge")
@allow(Access.ADMINISTRATORS)
def merge() -> ResponseReturnValue:
    """Show the form of a merge."""
    return show(MergeEntry(), _sheet())


@blueprint.post("/admin/merge")
@allow(Access.ADMINISTRATORS)
def merge_records() -> ResponseReturnValue:
    """Merge, or say what contradicts itself."""
    form = MergeEntry()
    if not form.validate():
        return show(form, _sheet()), UNPROCESSABLE
    survivor, duplicate = _by_code(form, "survivor"), _by_code(form, "duplicate")
    if survivor is None or duplicate is None:
        return show(form, _sheet()), UNPROCESSABLE
    try:
        deeds.merge(work(), survivor, duplicate, form.reason.data)
    except Refusal as refusal:
        form.form_errors.append(say(refusal.sentence, **refusal.values))
        return show(form, _sheet()), UNPROCESSABLE
    flash(say(N_("The records are one now. The history keeps every step.")))
    return redirect(url_for("clinic.patient", patient_id=survivor))


def _sheet() -> Sheet:
    back, title = url_for("clinic.people"), say(N_("Merge two records of one person"))
    return Sheet(title, ((say(N_("Members")), back), (title, None)), back)


def _by_code(form: MergeEntry, name: str) -> UUID | None:
    """Return the patient with the number typed into a field; without one say so beside it."""
    scope, session = reading()
    code = (form[name].data or "").strip()
    found = patient_list(scope, session, records().keys, today(), PatientFilter(text=code)).rows
    exact = [row.id for row in found if row.code == code]
    if not exact:
        form[name].errors = [*form[name].errors, say(N_("There is no patient with this number."))]
    return exact[0] if exact else None
