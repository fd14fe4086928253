"""From the worklist to the patient's page: what was sent is reviewed, and the patient sees it."""

import re

import pytest

from outcomes.actions import self_report
from outcomes.actions.activities import add_activity
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.diary import tap
from outcomes.actions.self_report import ReportForm
from tests.factories import TODAY, days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def sent(make, people):
    """A patient with two baselines sends a form from a worse day, with words and an own activity."""

    def before(maker):
        patient = maker.known(people.patient_id).course(days_before(91))
        for day in (105, 95):
            patient.scored(days_before(day), fatigue=5)

    def tell(maker):
        hard = add_activity(maker.work, people.patient_id, "read aloud")
        for name in ("own_fatigue", "own_thinking"):
            tap(maker.work, people.patient_id, f"{name}.score", 6)
        day = days_before(1).isoformat()
        answers = (
            AssessmentForm("own_fatigue", {"1": 9}, given_on={"1": day}),
            AssessmentForm("own_thinking", {}, given_on={"1": TODAY.isoformat()}),
        )
        form = ReportForm(people.patient_id, TODAY, answers, {hard: 8}, crash=True, words="It was a hard week")
        return self_report.send(maker.work, form)

    make(before)
    return make(tell, "patient")


@pytest.fixture
def address(sent, people):
    return f"/patients/{people.patient_id}/reports/{sent}"


def test_it_waits_in_the_worklist_one_click_away(clinician, address):
    page = Page(clinician.get("/worklist").text)
    assert "Self-reports to review" in page.text
    assert "during a crash" in page.text
    assert address in page.links


def test_the_review_shows_answers_words_and_verdicts(clinician, address):
    text = said(clinician.get(address))
    for words in (
        "It was a hard week",
        "How bad was your fatigue?",
        "skipped",
        "21 Nov",
        "read aloud",
        "8 of 10",
        "during a crash",
        "Answered by",
    ):
        assert words in text


def test_reviewed_with_a_note_and_the_patient_sees_it(clinician, client_of, address):
    gone = clinician.post(address, data={"note": "Rest first; we call you.", "idempotency_key": "k"})
    assert gone.location.endswith("/worklist")
    assert "Self-reports to review" not in said(clinician.get("/worklist"))
    patient = client_of("patient")
    for path in ("/me", "/me/questionnaires"):
        text = said(patient.get(path))
        assert "Your clinician looked at this on 22 November 2026: A clinician." in text
        assert "Rest first; we call you." in text
    assert "reviewed by A clinician" in said(clinician.get(address))


def test_an_opened_record_is_told_before_a_review(clinician, client_of, address):
    patient = client_of("patient")
    assert "Nobody has looked at it yet." in said(patient.get("/me/questionnaires"))
    clinician.get(address)
    assert "Your clinic opened your record on 22 November 2026." in said(patient.get("/me/questionnaires"))


def test_the_same_review_twice_is_one_and_a_late_one_is_told(clinician, client_of, address):
    form = {"note": "First.", "idempotency_key": "k"}
    assert clinician.post(address, data=form).status_code == 303
    assert clinician.post(address, data=form).status_code == 303
    late = client_of("administrator").post(address, data={"note": "Second.", "idempotency_key": "other"})
    assert (late.status_code, "in the meantime" in said(late)) == (422, True)
    assert "Second." not in said(client_of("patient").get("/me/questionnaires"))


def test_a_note_that_is_too_long_is_kept_in_the_form(clinician, address):
    refused = clinician.post(address, data={"note": "x" * 501})
    assert refused.status_code == 422
    assert "x" * 501 in refused.text


def test_a_report_under_another_patients_address_is_absent(clinician, sent, people):
    assert clinician.get(f"/patients/{people.other_patient_id}/reports/{sent}").status_code == 404


def test_the_record_shows_what_the_patient_told(clinician, address, people):
    text = clinician.get(f"/patients/{people.patient_id}").text
    words = said(clinician.get(f"/patients/{people.patient_id}"))
    for told in ("Told by the patient", "waits for review", "read aloud", "1 day in the diary", "Daily diary"):
        assert told in words
    assert len(re.findall('data-figure="trajectory"', text)) >= 3
