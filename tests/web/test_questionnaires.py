"""A patient's own follow-up in the browser without a script: answering, stopping, skipping, sending, being too ill."""

import gzip
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.change.windows import as_stored, default_time_points
from outcomes.records.tables import Assessment, Consent, Exposure, Membership, Score, SelfReport, Visit
from outcomes.terms import Absence, AnsweredBy, Purpose, Reached
from tests.factories import NOON, TODAY, days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

OWN = ("own_fatigue", "own_thinking", "own_quality_of_life", "own_change")
HERE = "/me/questionnaires/month_3"
MOST_BYTES = 60_000
STYLES = ("tokens", "base", "parts", "screens", "portal")


@pytest.fixture
def treated(make, people):
    """The patient is 91 days after FMT and the plan asks the four own scales."""

    def write(maker):
        points = as_stored(default_time_points(OWN))
        set_protocol(maker.work, ProtocolForm("own_fatigue.score", points, None))

    make(write, "administrator")
    make(lambda maker: maker.known(people.patient_id).course(days_before(91)).scored(days_before(95), fatigue=8))


@pytest.fixture
def patient(treated, client_of):
    return client_of("patient")


def answer(browser, number, go="next", **fields):
    return browser.post(HERE, data={"q": number, "go": go, **fields})


def question(browser, number):
    return Page(browser.get(f"{HERE}?q={number}").text)


def send(browser, **fields):
    page = Page(browser.get(f"{HERE}?q=end").text)
    key = page.form_with("idempotency_key")["idempotency_key"][0]
    return browser.post(f"{HERE}/send", data={"idempotency_key": key, **fields})


def rows(stored, table):
    return stored(lambda session: list(session.scalars(select(table))))


def test_what_is_due_with_its_minutes(patient):
    text = said(patient.get("/me/questionnaires"))
    assert "Your questions: 3 months" in text
    assert "5 questions, about 2 minutes" in text
    assert f"until {TODAY + timedelta(days=14):%-d %B %Y}" in text


def test_one_question_a_screen_and_each_answer_is_kept_at_once(patient, client_of):
    assert "How bad was your fatigue?" in question(patient, 1).text
    went = answer(patient, 1, **{"own_fatigue.1": "7"})
    assert went.location.endswith(f"{HERE}?q=2")
    elsewhere = client_of("patient")  # another device
    page = question(elsewhere, 1)
    assert page.form_with("q")["own_fatigue.1"] == ["7"]
    assert "1 of 5 done" in page.text
    assert "How much trouble" in said(elsewhere.get(HERE))  # goes on with the first that is open


def test_next_without_an_answer_asks_kindly_and_skip_is_always_there(patient):
    refused = answer(patient, 1)
    assert refused.status_code == 422
    assert "Choose an answer, or skip this question." in said(refused)
    assert answer(patient, 1, go="skip").location.endswith("q=2")
    assert "Skipped" in question(patient, 1).text


def test_stop_says_that_all_is_kept_and_30_days_later_it_is(patient, client_of):
    stopped = patient.post(HERE, data={"q": 1, "go": "stop", "own_fatigue.1": "3"}, follow_redirects=True)
    assert "kept for 30 days" in said(stopped)
    with time_machine.travel(NOON + timedelta(days=13)):
        assert question(client_of("patient"), 1).form_with("q")["own_fatigue.1"] == ["3"]


def test_sent_answers_are_a_visit_with_the_day_of_each(patient, client_of, stored):
    answer(patient, 1, **{"own_fatigue.1": "7"})
    with time_machine.travel(NOON + timedelta(days=2)):
        later = client_of("patient")
        answer(later, 2, go="skip")
        answer(later, 3, **{"own_quality_of_life.1": "4"})
        answer(later, 5, crash="yes")
        gone = send(later, words="A hard week")
        assert "Sent. It waits" in said(later.get(gone.location))
    visit = next(each for each in rows(stored, Visit) if each.reached is Reached.ONLINE)
    assert (visit.on_date, visit.crash, visit.too_ill) == (TODAY + timedelta(days=2), True, False)
    held = {each.instrument: each for each in rows(stored, Assessment) if each.visit_id == visit.id}
    first, second = TODAY.isoformat(), (TODAY + timedelta(days=2)).isoformat()
    assert {code: (each.answers, each.given_on) for code, each in held.items()} == {
        "own_fatigue": ({"1": 7}, {"1": first}),
        "own_thinking": ({}, {"1": second}),
        "own_quality_of_life": ({"1": 4}, {"1": second}),
    }
    assert held["own_fatigue"].started_at.date() == TODAY
    scores = {each.scale: each for each in rows(stored, Score) if each.assessment_id in {a.id for a in held.values()}}
    assert scores["own_thinking.score"].absence is Absence.SKIPPED
    (report,) = rows(stored, SelfReport)
    assert report.reviewed_at is None


def test_what_nobody_came_to_stays_due(patient):
    answer(patient, 1, **{"own_fatigue.1": "7"})
    assert "4 questions" not in said(send(patient))
    assert "4 questions" in said(patient.get("/me/questionnaires"))
    assert "own_fatigue.1" not in patient.get(HERE).text


def test_sent_twice_is_sent_once_and_the_way_back_leads_on(patient, stored):
    answer(patient, 1, **{"own_fatigue.1": "7"})
    page = Page(patient.get(f"{HERE}?q=end").text)
    key = page.form_with("idempotency_key")["idempotency_key"][0]
    for _ in range(2):
        assert patient.post(f"{HERE}/send", data={"idempotency_key": key}).status_code == 303
    assert len(rows(stored, SelfReport)) == 1
    for number in range(1, 5):
        answer(patient, number, go="skip")
    send(patient)
    assert patient.get(HERE).location.endswith("/me/questionnaires")


def test_too_ill_is_an_answer_once_a_day_and_leaves_the_questions(patient, stored):
    answer(patient, 1, **{"own_fatigue.1": "7"})
    for _ in range(2):
        gone = patient.post(f"{HERE}/too-ill", follow_redirects=True)
    assert "too ill to answer" in said(gone)
    ill = [each for each in rows(stored, Visit) if each.too_ill]
    assert len(ill) == 1
    absent = {each.absence for each in rows(stored, Score) if each.on_date == TODAY}
    assert absent == {Absence.TOO_ILL}
    assert question(patient, 1).form_with("q")["own_fatigue.1"] == ["7"]


def test_one_question_on_a_bad_day(patient, stored):
    refused = patient.post(f"{HERE}/short", data={})
    assert (refused.status_code, "Choose an answer." in said(refused)) == (422, True)
    patient.post(f"{HERE}/short", data={"own_fatigue.1": "10", "crash": "yes", "idempotency_key": "k"})
    (report,) = rows(stored, SelfReport)
    assert report.short
    assert "4 questions" in said(patient.get("/me/questionnaires"))


def test_who_answers_is_recorded(patient, stored):
    patient.post(f"{HERE}/begin", data={"answered_by": "proxy"})
    answer(patient, 1, **{"own_fatigue.1": "7"})
    send(patient)
    assert next(a for a in rows(stored, Assessment) if a.given_on).answered_by is AnsweredBy.PROXY


def test_a_carers_account_is_told_so(patient, wrote, people):
    def care(session):
        session.get(Membership, (people.clinic_id, people.patient.membership_id)).carer = True
        place = {"clinic_id": people.clinic_id, "patient_id": people.patient_id}
        session.add(Consent(**place, purpose=Purpose.CARER_ACCESS, text_version="1", given_on=TODAY))

    wrote(care)
    answered = patient.get("/me/questionnaires")
    assert "You answer as a carer" in said(answered)
    assert "answered_by" not in answered.text


def test_the_whole_page_is_chosen_once_and_remembered(patient):
    patient.post(HERE, data={"go": "whole"})
    page = Page(patient.get(HERE).text)
    assert all(words in page.text for words in ("How bad was your fatigue?", "How are you now?", "Stop here"))
    gone = patient.post(HERE, data={"go": "end", "own_fatigue.1": "2", "own_change.1": "3"})
    assert gone.location.endswith("q=end")
    assert "2 of 5 done" in said(patient.get(f"{HERE}?q=end"))
    patient.post(HERE, data={"go": "single"})
    assert "How are you now?" not in said(patient.get(f"{HERE}?q=1"))


@pytest.mark.parametrize("value", ["11", "-1", "seven", "3.5"])
def test_what_is_no_answer_is_refused_and_not_kept(patient, value):
    assert answer(patient, 1, **{"own_fatigue.1": value}).status_code == 422
    assert "own_fatigue.1" not in question(patient, 1).form_with("q")
    sent = patient.put(HERE, json={"fields": {"own_fatigue.1": value}})
    assert sent.status_code == 422


def test_a_script_keeps_an_answer_and_hears_how_far_one_is(patient):
    told = patient.put(HERE, json={"fields": {"own_fatigue.1": "4"}})
    assert told.get_json() == {"saved": "Saved", "done": 1, "left": "1 of 5 done · about 1 minute left"}
    for body in ({"fields": {"own_fatigue.1": 4}}, {"fields": []}, [], None):
        assert patient.put(HERE, json=body).status_code == 400
    patient.put(HERE, json={"fields": {"day.own_fatigue.1": "2020-01-01", "chalder11.1": "3"}})
    assert "2020" not in patient.get(f"{HERE}?q=end").text


def test_an_ended_window_leads_back_to_the_list(patient):
    assert patient.get("/me/questionnaires/month_6").status_code == 303
    assert "nothing to answer" in said(patient.post("/me/questionnaires/month_6", data={}, follow_redirects=True))


def test_the_markup_reads_aloud(patient):
    text = patient.get(HERE).text
    assert len(re.findall("<h1", text)) == 1
    assert re.search(r"<fieldset[^>]*>\s*<legend><h1", text)
    assert 'role="status"' in text
    assert "Stop here" in text


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_first_view_is_light_before_the_charts(patient, language):
    """Text, styles and scripts of a first visit, compressed as a proxy or this program sends them."""
    patient.post("/language", data={"language": language})
    for path in ("/me", HERE):
        text = patient.get(path).text
        parts = re.findall(r'<(?:link rel="stylesheet"|script)[^>]*?(?:href|src)="(/static/[^"]+)"', text)
        assert not any("plotly" in part for part in parts)
        bodies = [
            text.encode(),
            *(patient.get(part).data for part in [*parts, *set(re.findall(r'/static/img/[^"#]+', text))]),
        ]
        assert sum(len(gzip.compress(body)) for body in bodies) < MOST_BYTES


def test_a_tap_a_day(patient):
    patient.post("/me/diary", data={"scale": "own_fatigue.score", "value": "6"})
    text = patient.get("/me/diary").text
    assert re.search(r'value="6" aria-pressed="true"', text)
    assert "cannot" not in said(patient.post("/me/diary", data={"scale": "x", "value": "6"}, follow_redirects=True))


def test_own_activities_are_asked_and_scored(patient):
    for n in range(6):
        patient.post("/me/activities", data={"words": f"thing {n}", "idempotency_key": f"k{n}"})
    page = said(patient.get("/me/activities"))
    assert "thing 4" in page
    assert "thing 5" not in page
    assert "How hard was this: thing 0" in question(patient, 5).text
    name = next(each for each in re.findall(r'name="(activity\.[^"]+)"', patient.get(f"{HERE}?q=5").text))
    answer(patient, 5, **{name: "9"})
    answer(patient, 1, **{"own_fatigue.1": "7"})
    send(patient)
    assert "22 Nov: 9" in said(patient.get("/me/activities"))


def test_an_event_is_told_and_seen_by_the_clinic(patient, client_of, people, stored):
    assert "needed" in said(patient.post("/me/events", data={"text": "", "started_on": "2026-11-20"}))
    patient.post(
        "/me/events", data={"text": "Walked too far", "started_on": "2026-11-20", "how_bad": "8", "crash": "y"}
    )
    assert "8 of 10" in said(patient.get("/me/events"))
    page = client_of("clinician").get(f"/patients/{people.patient_id}")
    assert "“Walked too far” (told by the patient, 8 of 10)" in said(page)
    (row,) = rows(stored, Exposure)
    patient.post(f"/me/events/{row.id}/remove")
    assert "Walked" not in said(patient.get("/me/events"))
