"""Consent in the patient's hands: what was agreed to, in which words, since when; taking it back, giving it again."""

from http import HTTPStatus
from uuid import UUID, uuid4

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from outcomes.access.rules import Access
from outcomes.actions.consents import give, withdraw
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.records.queries.header import ConsentRow, patient_header
from outcomes.records.queries.portal_own import is_carer
from outcomes.terms import Purpose
from outcomes.voice import N_
from outcomes.web.database import reading, records, voice, work
from outcomes.web.forms import Form
from outcomes.web.i18n import say
from outcomes.web.member import own_membership
from outcomes.web.portal import blueprint, rights_page
from outcomes.web.portal.desk import own_patient
from outcomes.web.security import allow


class ConsentEntry(Form):
    """Consenting to the text that was shown."""

    text_version = HiddenField()
    idempotency_key = HiddenField()


@blueprint.get("/me/consents")
@allow(Access.PATIENTS)
def consents() -> ResponseReturnValue:
    """Show every consent, what else may be consented to, and what can be taken home."""
    rows = _rows()
    given, more = rights_page.given(voice(), rows), rights_page.open_now(voice(), rows)
    return render_template("portal/rights.html", given=given, more=more, carer=_carer())


@blueprint.get("/me/consents/<uuid:consent_id>")
@allow(Access.PATIENTS)
def consent(consent_id: UUID) -> ResponseReturnValue:
    """Say what withdrawing one consent means, and ask."""
    found = next((each for each in rights_page.given(voice(), _rows()) if each.id == consent_id), None)
    if found is None or not found.lives or _carer():
        abort(HTTPStatus.NOT_FOUND)
    return render_template("portal/withdraw.html", given=found)


@blueprint.post("/me/consents/<uuid:consent_id>")
@allow(Access.PATIENTS)
def withdraw_consent(consent_id: UUID) -> ResponseReturnValue:
    """Withdraw one consent."""
    withdraw(work(), own_patient(), consent_id)
    flash(say(N_("Withdrawn. Your clinic sees it.")))
    return redirect(url_for("portal.consents"), HTTPStatus.SEE_OTHER)


@blueprint.get("/me/consents/give/<purpose>")
@allow(Access.PATIENTS)
def new_consent(purpose: str) -> ResponseReturnValue:
    """Show the text of a purpose, and ask."""
    return _asking(purpose, ConsentEntry(formdata=None))


@blueprint.post("/me/consents/give/<purpose>")
@allow(Access.PATIENTS)
def give_consent(purpose: str) -> ResponseReturnValue:
    """Consent to a purpose."""
    if purpose not in set(Purpose):
        abort(HTTPStatus.NOT_FOUND)
    form = ConsentEntry()
    version, key = form.text_version.data or "", form.idempotency_key.data or None
    if form.validate():
        try:
            give(work(), own_patient(), Purpose(purpose), version, key)
        except Invalid as refusal:
            form.take(refusal)
        except KeyReused as refusal:
            form.form_errors.append(say(refusal.sentence))
        else:
            flash(say(N_("You agreed. Your clinic sees it.")))
            return redirect(url_for("portal.consents"), HTTPStatus.SEE_OTHER)
    return _asking(purpose, form), HTTPStatus.UNPROCESSABLE_ENTITY


def _asking(purpose: str, form: ConsentEntry) -> str:
    """The page with the newest text; there is none for what cannot be given now, and none for a carer."""
    found = next((each for each in rights_page.open_now(voice(), _rows()).asked if each.code == purpose), None)
    if found is None or _carer():
        abort(HTTPStatus.NOT_FOUND)
    form.text_version.data = found.version
    form.idempotency_key.data = str(uuid4())
    return render_template("portal/agree.html", asked=found, form=form)


def _carer() -> bool:
    return is_carer(*reading(), own_membership())


def _rows() -> tuple[ConsentRow, ...]:
    scope, session = reading()
    return patient_header(scope, session, records().keys, own_patient()).consents
