"""Signing a visit on record, with the password asked for again, and unlocking it with a reason."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import sign as deeds
from outcomes.actions.errors import Invalid, Refusal
from outcomes.actions.signing_in_factors import prove_oneself
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.recorded import visit_page, visit_row
from outcomes.web.clinic.signing_form import SignForm, UnlockForm
from outcomes.web.database import doorway, keep_in_spite_of_refusal, work
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow
from outcomes.web.signin import place_of_attempt


@blueprint.post("/patients/<uuid:patient_id>/visits/<uuid:visit_id>/sign")
@allow(Access.CLINICIANS)
def sign_visit(patient_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Sign a visit, once the password is right."""
    visit_row(patient_id, visit_id)
    form = SignForm()
    if form.validate() and _is_proved(form) and _is_signed(visit_id, form):
        flash(say(N_("Signed. The visit cannot change unless it is unlocked.")))
        return redirect(url_for("clinic.visit", patient_id=patient_id, visit_id=visit_id))
    return visit_page(patient_id, visit_id, signing=form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/patients/<uuid:patient_id>/visits/<uuid:visit_id>/unlock")
@allow(Access.CLINICIANS)
def unlock_visit(patient_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Unlock a signed visit for the reason given."""
    visit_row(patient_id, visit_id)
    form = UnlockForm()
    try:
        if form.validate():
            deeds.unlock(work(), visit_id, form.reason)
            flash(say(N_("Unlocked. Its signatures stay in the history; sign it again when it is right.")))
            return redirect(url_for("clinic.visit", patient_id=patient_id, visit_id=visit_id))
    except Invalid as refusal:
        form.take(refusal)
    return visit_page(patient_id, visit_id, unlocking=form), HTTPStatus.UNPROCESSABLE_ENTITY


def _is_proved(form: SignForm) -> bool:
    """Whether whoever is at the page is whose place it is; a wrong password is counted as at the front door."""
    who = the_member()
    try:
        prove_oneself(doorway(), who.user_id, form.proof.data, place_of_attempt(who.email))
    except Refusal as refusal:
        keep_in_spite_of_refusal()
        form.proof.errors = [say(refusal.sentence, **refusal.values)]
        return False
    return True


def _is_signed(visit_id: UUID, form: SignForm) -> bool:
    try:
        deeds.sign(work(), visit_id, form.signature(), form.key)
    except Refusal as refusal:
        form.form_errors.append(say(refusal.sentence, **refusal.values))
        return False
    return True
