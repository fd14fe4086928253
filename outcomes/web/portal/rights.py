"""Consent in the patient's hands: what was agreed to, in which words, since when; and taking it back."""

from http import HTTPStatus
from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.consents import withdraw
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.portal_own import is_carer
from outcomes.voice import N_
from outcomes.web.database import reading, records, voice, work
from outcomes.web.i18n import say
from outcomes.web.portal import blueprint, rights_page
from outcomes.web.portal.desk import own_membership, own_patient
from outcomes.web.security import allow


@blueprint.get("/me/consents")
@allow(Access.PATIENTS)
def consents() -> ResponseReturnValue:
    """Show every consent, and what can be taken home."""
    scope, session = reading()
    carer = is_carer(scope, session, own_membership())
    return render_template("portal/rights.html", given=_given(), carer=carer)


@blueprint.get("/me/consents/<uuid:consent_id>")
@allow(Access.PATIENTS)
def consent(consent_id: UUID) -> ResponseReturnValue:
    """Say what withdrawing one consent means, and ask."""
    scope, session = reading()
    found = next((each for each in _given() if each.id == consent_id), None)
    if found is None or not found.lives or is_carer(scope, session, own_membership()):
        abort(HTTPStatus.NOT_FOUND)
    return render_template("portal/withdraw.html", given=found)


@blueprint.post("/me/consents/<uuid:consent_id>")
@allow(Access.PATIENTS)
def withdraw_consent(consent_id: UUID) -> ResponseReturnValue:
    """Withdraw one consent."""
    withdraw(work(), own_patient(), consent_id)
    flash(say(N_("Withdrawn. Your clinic sees it.")))
    return redirect(url_for("portal.consents"), HTTPStatus.SEE_OTHER)


def _given() -> tuple[rights_page.Given, ...]:
    scope, session = reading()
    header = patient_header(scope, session, records().keys, own_patient())
    return rights_page.given(voice(), header.consents)
