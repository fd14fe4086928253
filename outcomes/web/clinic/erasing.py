"""Erasing a patient: what goes, what stays, and the code typed to say that it is meant."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from outcomes.access.rules import Access
from outcomes.actions import erase as deeds
from outcomes.actions.errors import Invalid
from outcomes.records.queries.header import PatientHeader, patient_header
from outcomes.terms import ErasureGround
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import RecordForm, needed_text, word
from outcomes.web.database import reading, records, work
from outcomes.web.i18n import say
from outcomes.web.security import allow

UNPROCESSABLE = 422


class ErasureEntry(RecordForm):
    """Why, how much, and the code of the patient who is meant."""

    ground = word(N_("Why"), ErasureGround)
    scores = BooleanField(N_("Take answers and scores out too"))
    code = needed_text(N_("Type the number of the patient"), 40)


@blueprint.get("/patients/<uuid:patient_id>/erase")
@allow(Access.ADMINISTRATORS)
def erase(patient_id: UUID) -> ResponseReturnValue:
    """Show what an erasure does, before it is done."""
    return _page(ErasureEntry(), _header(patient_id))


@blueprint.post("/patients/<uuid:patient_id>/erase")
@allow(Access.ADMINISTRATORS)
def erase_for_good(patient_id: UUID) -> ResponseReturnValue:
    """Erase, if the number typed is that of the patient."""
    form, header = ErasureEntry(), _header(patient_id)
    if not form.validate():
        return _page(form, header), UNPROCESSABLE
    wanted = deeds.ErasureForm(form.ground.data, form.code.data or "", bool(form.scores.data))
    try:
        done = deeds.erase(work(), patient_id, wanted, records().settings.anchors)
    except Invalid as refusal:
        form.take(refusal)
        return _page(form, header), UNPROCESSABLE
    flash(say(N_("Erased. What is left stands under the number %(code)s."), code=done.code))
    return redirect(url_for("clinic.patients"))


def _header(patient_id: UUID) -> PatientHeader:
    scope, session = reading()
    return patient_header(scope, session, records().keys, patient_id)


def _page(form: ErasureEntry, header: PatientHeader) -> str:
    return render_template("clinic/erase.html", form=form, header=header)
