"""What else happened: adverse events, exposures and endings, each recorded, brought up to date and taken back."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from outcomes.records.tables import AdverseEvent, Exposure, PatientEnding
from outcomes.terms import Ending, ExposureKind, Seriousness
from tests.factories import TODAY, days_before
from tests.web.pages import Page, reasoned, said
from tests.words import in_clear

pytestmark = pytest.mark.usefixtures("noon")

EVENT = {
    "term": "abdominal pain",
    "started_on": days_before(20).isoformat(),
    "ended_on": days_before(18).isoformat(),
    "grade": "3",
    "outcome": "recovered",
    "crash_after_exertion": "yes",
    "organism": "Escherichia coli",
    "relation_to_fmt": "possible",
    "relation_to_procedure": "unlikely",
    "expected": "no",
    "seriousness": "hospitalisation",
    "action": "two nights on the ward",
}
EXPOSURE = {"kind": "antibiotic", "text": "amoxicillin for a tooth", "started_on": days_before(12).isoformat()}
ENDING = {"kind": "withdrawal", "on_date": days_before(2).isoformat(), "reason": "moved away"}


@pytest.fixture
def base(people):
    return f"/patients/{people.patient_id}"


def fill(browser, path, **typed):
    return reasoned(Page(browser.get(path).text).form_with("version")) | typed


def live(stored, table):
    return stored(lambda session: session.scalars(select(table).where(table.deleted_at.is_(None))).all())


def error_of(answer, field):
    found = re.search(rf'id="{field}-error">([^<]*)', answer.text)
    return found.group(1) if found else ""


@pytest.mark.parametrize(
    ("kind", "form", "table"),
    [("events", EVENT, AdverseEvent), ("exposures", {**EXPOSURE, "ended_on": TODAY.isoformat()}, Exposure)],
)
def test_it_is_recorded_with_every_field_and_brought_up_to_date(clinician, base, stored, kind, form, table):
    answer = clinician.post(f"{base}/{kind}/new", data=fill(clinician, f"{base}/{kind}/new", **form))
    assert (answer.status_code, answer.location) == (302, base)
    (row,) = live(stored, table)
    path = f"{base}/{kind}/{row.id}"
    again = fill(clinician, path)
    assert {name: again[name] for name in form} == {name: [value] for name, value in form.items()}
    assert clinician.post(path, data=again | {"started_on": days_before(21).isoformat()}).status_code == 302
    assert [(each.started_on, each.version) for each in live(stored, table)] == [(days_before(21), 2)]


def test_events_stand_on_the_patient_s_page_and_lead_to_their_forms(clinician, base, stored):
    clinician.post(f"{base}/events/new", data=fill(clinician, f"{base}/events/new", **EVENT))
    clinician.post(f"{base}/exposures/new", data=fill(clinician, f"{base}/exposures/new", **EXPOSURE))
    page = Page(clinician.get(base).text)
    assert {"abdominal pain, grade 3", "antibiotic: amoxicillin for a tooth"} <= set(page.words)
    (event,), (exposure,) = live(stored, AdverseEvent), live(stored, Exposure)
    assert {f"{base}/events/{event.id}", f"{base}/exposures/{exposure.id}"} <= set(page.links)
    assert (event.seriousness, exposure.kind) == (Seriousness.HOSPITALISATION, ExposureKind.ANTIBIOTIC)


def test_an_event_may_name_the_infusion_it_followed(clinician, make, people, base, stored):
    (infusion,) = make(lambda maker: maker.known(people.patient_id).course(days_before(21))).infusions
    form = fill(clinician, f"{base}/events/new", **EVENT, infusion_id=str(infusion))
    clinician.post(f"{base}/events/new", data=form)
    assert [event.infusion_id for event in live(stored, AdverseEvent)] == [infusion]


def test_the_form_of_an_event_leads_to_that_of_an_exposure(clinician, base):
    assert f"{base}/exposures/new" in Page(clinician.get(f"{base}/events/new").text).links


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"term": " "}, "term", "This field is needed."),
        ({"started_on": ""}, "started_on", "This field is needed."),
        ({"grade": ""}, "grade", "This field is needed."),
        ({"grade": "0"}, "grade", "This number cannot be right."),
        ({"grade": "6"}, "grade", "This number cannot be right."),
        ({"grade": "5"}, "grade", "Grade 5, death as the reason and a fatal outcome go together."),
        ({"ended_on": days_before(30).isoformat()}, "ended_on", "This date lies before the beginning."),
        ({"ended_on": (TODAY + timedelta(days=1)).isoformat()}, "ended_on", "This date is still to come."),
        ({"action": "x" * 501}, "action", "This is too long."),
    ],
)
def test_an_event_that_cannot_be_is_refused_beside_its_field(clinician, base, stored, typed, field, sentence):
    path = f"{base}/events/new"
    answer = clinician.post(path, data=fill(clinician, path, **{**EVENT, **typed}))
    assert answer.status_code == 422
    assert sentence in error_of(answer, field)
    assert Page(answer.text).form_with("version")["organism"] == ["Escherichia coli"]
    assert live(stored, AdverseEvent) == []


def test_a_death_is_recorded_when_its_three_signs_agree(clinician, base, stored):
    path = f"{base}/events/new"
    form = fill(clinician, path, **{**EVENT, "grade": "5", "seriousness": "death", "outcome": "fatal"})
    assert clinician.post(path, data=form).status_code == 302
    assert [event.grade for event in live(stored, AdverseEvent)] == [5]


@pytest.mark.parametrize(
    ("kind", "form", "table"), [("events", EVENT, AdverseEvent), ("exposures", EXPOSURE, Exposure)]
)
def test_the_same_form_sent_twice_counts_once(clinician, base, stored, kind, form, table):
    sent = fill(clinician, f"{base}/{kind}/new", **form)
    for _ in range(2):
        assert clinician.post(f"{base}/{kind}/new", data=sent).status_code == 302
    assert len(live(stored, table)) == 1


def test_two_who_bring_it_up_to_date_at_once_lose_nothing(clinician, client_of, base, stored):
    clinician.post(f"{base}/events/new", data=fill(clinician, f"{base}/events/new", **EVENT))
    path = f"{base}/events/{live(stored, AdverseEvent)[0].id}"
    mine = fill(clinician, path, outcome="sequelae", action="three nights")
    other = client_of("administrator")
    other.post(path, data=fill(other, path, grade="2", ended_on=""))
    refused = clinician.post(path, data=mine)
    assert refused.status_code == 409
    words = Page(refused.text).words
    told = words[words.index("Yours") + 1 :]
    assert {tuple(told[n : n + 3]) for n in range(0, 12, 3)} == {
        ("CTCAE grade", "2", "3"),
        ("Ended on", "–", "4 November 2026"),
        ("Outcome", "over", "over, with lasting effects"),
        ("What was done", "two nights on the ward", "three nights"),
    }
    assert clinician.post(path, data=Page(refused.text).form_with("version")).status_code == 302
    (event,) = live(stored, AdverseEvent)
    assert stored(lambda session: in_clear(session, event, "action")) == "three nights"


@pytest.mark.parametrize(
    ("kind", "form", "table"), [("events", EVENT, AdverseEvent), ("exposures", EXPOSURE, Exposure)]
)
def test_it_is_taken_back_with_a_reason_and_not_without(clinician, base, stored, kind, form, table):
    clinician.post(f"{base}/{kind}/new", data=fill(clinician, f"{base}/{kind}/new", **form))
    path = f"{base}/{kind}/{live(stored, table)[0].id}/remove"
    clinician.post(path, data={"taken_why": ""})
    assert len(live(stored, table)) == 1
    clinician.post(path, data={"taken_why": "wrong_record", "taken_more": "another patient's"})
    assert live(stored, table) == []


# Endings


def test_an_ending_is_recorded_told_and_undone(clinician, base, stored):
    path = f"{base}/ending"
    assert clinician.post(path, data=fill(clinician, path, **ENDING)).status_code == 302
    assert "withdrew on 20 November 2026: moved away" in said(clinician.get(base))
    assert [row.kind for row in live(stored, PatientEnding)] == [Ending.WITHDRAWAL]
    assert "The patient is back: take the ending back" in said(clinician.get(path))
    clinician.post(f"{path}/remove", data={"taken_why": "other", "taken_more": "came back"})
    assert live(stored, PatientEnding) == []
    assert "The patient is back" not in said(clinician.get(path))


def test_a_patient_leaves_once(clinician, base, stored):
    path = f"{base}/ending"
    clinician.post(path, data=fill(clinician, path, **ENDING))
    answer = clinician.post(path, data=fill(clinician, path, **{**ENDING, "kind": "death"}))
    assert (answer.status_code, "This patient has left already." in said(answer)) == (422, True)
    assert len(live(stored, PatientEnding)) == 1


def test_who_has_not_left_cannot_come_back(clinician, base):
    answer = clinician.post(f"{base}/ending/remove", data={"taken_why": "other", "taken_more": "x"})
    assert "This patient has not left." in said(clinician.get(answer.location))


def test_nobody_leaves_on_a_day_to_come(clinician, base, stored):
    path = f"{base}/ending"
    answer = clinician.post(path, data=fill(clinician, path, **{**ENDING, "on_date": "2027-01-01"}))
    assert "This date is still to come." in error_of(answer, "on_date")


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
@pytest.mark.parametrize("path", ["events/new", "exposures/new", "ending"])
def test_nobody_else_opens_or_sends_these_forms(client_of, base, stored, name, path):
    browser = client_of(name)
    sent = browser.post(f"{base}/{path}", data={**EVENT, **EXPOSURE, **ENDING})
    assert (browser.get(f"{base}/{path}").status_code, sent.status_code) == (404, 404)
    assert [live(stored, table) for table in (AdverseEvent, Exposure, PatientEnding)] == [[], [], []]


@pytest.mark.parametrize(
    ("kind", "form", "table"), [("events", EVENT, AdverseEvent), ("exposures", EXPOSURE, Exposure)]
)
def test_it_is_not_reached_under_another_patient(clinician, people, base, stored, kind, form, table):
    clinician.post(f"{base}/{kind}/new", data=fill(clinician, f"{base}/{kind}/new", **form))
    path = f"/patients/{people.other_patient_id}/{kind}/{live(stored, table)[0].id}"
    assert [clinician.get(path).status_code, clinician.post(path, data=form).status_code] == [404, 404]
    assert clinician.post(f"{path}/remove", data={"taken_why": "other", "taken_more": "x"}).status_code == 404


def test_an_event_follows_no_infusion_of_somebody_else(clinician, make, people, base, stored):
    (infusion,) = make(lambda maker: maker.known(people.other_patient_id).course(days_before(21))).infusions
    form = fill(clinician, f"{base}/events/new", **EVENT) | {"infusion_id": str(infusion)}
    assert clinician.post(f"{base}/events/new", data=form).status_code == 422
    assert live(stored, AdverseEvent) == []
