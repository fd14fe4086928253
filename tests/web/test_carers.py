"""Carers with accounts of their own, on the patient's consent; links on the clinic's screen."""

import re

import pytest
from sqlalchemy import select

from outcomes.records.tables import Consent, Membership
from outcomes.terms import Purpose, Role
from tests.cast import email
from tests.web.pages import Page, said

PASSWORD = "winter teapot on a quiet hill"
CARER = {"name": "Ali Yılmaz", "email": "ali@example.org", "given_on": "2026-01-12", "text_version": "carers 1"}


@pytest.fixture
def path(people):
    return f"/patients/{people.patient_id}/carer"


def invite(browser, path, **changes):
    form = Page(browser.get(path).text).form_with("idempotency_key")
    return browser.post(path, data=form | CARER | changes)


def link_in(answer):
    return re.search(r"http://localhost:8000(/\S+?)</output>", answer.text).group(1)


def accept(browser, link, **more):
    return browser.post(link, data={"name": "Ali Yılmaz", "password": PASSWORD, **more})


@pytest.fixture
def carer(app, clinician, path):
    browser = app.test_client()
    accept(browser, link_in(invite(clinician, path)))
    return browser


def carers_consents(stored):
    where = select(Consent).where(Consent.purpose == Purpose.CARER_ACCESS)
    return stored(lambda session: session.scalars(where).all())


def test_a_carer_reaches_the_patients_page_under_their_own_name(carer, stored, people):
    assert carer.get("/me").status_code == 200
    assert "Ali Yılmaz" in said(carer.get("/account"))
    row = stored(lambda session: session.scalars(select(Membership).where(Membership.carer.is_(True))).one())
    assert (row.role, row.patient_id, row.display_name) == (Role.PATIENT, people.patient_id, "Ali Yılmaz")
    assert (row.one_factor_basis, row.one_factor_by) == ("patients_rule", people.clinician.membership_id)


def test_the_consent_is_recorded_once(carer, clinician, path, stored):
    invite(clinician, path, email="second@example.org")
    (consent,) = carers_consents(stored)
    assert (str(consent.given_on), consent.text_version) == ("2026-01-12", "carers 1")


def test_a_withdrawn_consent_shuts_the_carer_out_with_the_next_request(carer, wrote, stored):
    (consent,) = carers_consents(stored)
    wrote(
        lambda session: setattr(session.get(Consent, (consent.clinic_id, consent.id)), "withdrawn_on", consent.given_on)
    )
    assert carer.get("/me").location.startswith("/login")
    carer.post("/login", data={"email": CARER["email"], "password": PASSWORD})
    assert carer.get("/me").location.startswith("/login")


def test_the_members_page_tells_carers_from_patients(carer, client_of):
    page = said(client_of("administrator").get("/admin/people"))
    assert "carer" in page
    assert "the rule for patients" in page


@pytest.mark.parametrize("missing", ["name", "email", "given_on", "text_version"])
def test_nothing_is_recorded_of_a_form_that_lacks_something(clinician, path, stored, missing):
    assert invite(clinician, path, **{missing: ""}).status_code == 422
    assert carers_consents(stored) == []


def test_the_link_stands_beside_a_code_for_a_telephone_and_the_clinician_stays_signed_in(clinician, path):
    shown = invite(clinician, path)
    assert 'class="qr"' in shown.text
    assert clinician.get("/worklist").status_code == 200


def test_a_link_opened_where_somebody_is_signed_in_takes_nothing_over(clinician, path):
    link = link_in(invite(clinician, path))
    assert f"is signed in on this device: {email('clinician')}" in said(clinician.get(link))
    assert accept(clinician, link).status_code == 409
    assert clinician.get("/worklist").status_code == 200


def test_when_it_is_said_so_the_other_is_signed_out_first(app, clinician, path):
    link = link_in(invite(clinician, path))
    copy = app.test_client()
    copy.set_cookie("outcomes", clinician.get_cookie("outcomes").value)
    assert accept(clinician, link, instead="1").status_code == 302
    assert "Ali Yılmaz" in said(clinician.get("/account"))
    assert copy.get("/worklist").location.startswith("/login")


def test_a_refused_form_signs_nobody_out(clinician, path):
    link = link_in(invite(clinician, path))
    assert accept(clinician, link, instead="1", password="short").status_code == 422
    assert clinician.get("/worklist").status_code == 200


def test_the_page_of_a_link_names_its_address_to_nobody(visitor, clinician, path):
    link = link_in(invite(clinician, path))
    for answer in (visitor.get(link), visitor.get("/invitation/x"), visitor.post("/invitation/x")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"


# Who may not


def test_a_carer_reaches_no_other_patient(carer, people):
    for patient in (people.patient_id, people.other_patient_id, people.patient_elsewhere_id):
        assert carer.get(f"/patients/{patient}").status_code == 404


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_others_invite_no_carer(client_of, path, name):
    assert client_of(name).post(path, data=CARER).status_code == 404
