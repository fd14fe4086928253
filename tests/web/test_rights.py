"""What is the patient's own: the record to take home, consent to take back, the page for the next talk."""

import csv
import io
import json
import re
from uuid import UUID, uuid4

import icalendar
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from outcomes.actions.activities import OwnEventForm, add_activity, tell_event
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.consents import stop_token
from outcomes.actions.enrol import ConsentForm, give_consent
from outcomes.actions.work import Work
from outcomes.exchange.readers.fhir import read_bundle
from outcomes.records.tables import AuditEntry, Consent, Membership, ReadLog
from outcomes.terms import AnsweredBy, Language, Purpose
from tests.factories import TODAY, days_before
from tests.web.conftest import SECRET
from tests.web.pages import said

pytestmark = pytest.mark.usefixtures("noon")

HEALTH = re.compile(r"fmt|fecal|faecal|fatigue|yorgun|me/cfs|klini|clinic|score|puan|treat|tedavi|hasta", re.IGNORECASE)


@pytest.fixture
def treated(make, people):
    """A patient two weeks after FMT, with scores, an own event, an own activity and words of their own."""

    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(14), note="=1+1 given slowly")
        patient.visit(days_before(20), AssessmentForm("chalder11", totals={"likert": 25}))
        patient.visit(days_before(18), AssessmentForm("chalder11", totals={"likert": 25}))
        patient.visit(days_before(1), AssessmentForm("chalder11", totals={"likert": 8}), answered_by=AnsweredBy.PROXY)
        own = Work(maker.work.session, people.patient, maker.work.keys, maker.work.catalogue, maker.work.now)
        add_activity(own, people.patient_id, "read to my son, İpek")
        tell_event(own, people.patient_id, OwnEventForm("a cold", days_before(3)))

    make(write)


@pytest.fixture
def consented(make, people):
    """The ids of a living consent to each purpose."""
    return make(
        lambda maker: {
            purpose: give_consent(maker.work, people.patient_id, ConsentForm(purpose, days_before(30), "1"))
            for purpose in Purpose
        }
    )


@pytest.fixture
def patient(client_of):
    return client_of("patient")


def takings(wrote):
    columns = select(ReadLog.membership_id, ReadLog.patient_id, ReadLog.what)
    return wrote(lambda session: [tuple(row) for row in session.execute(columns)])


def withdrawals(wrote):
    return wrote(lambda session: [each.withdrawn_on for each in session.scalars(select(Consent))])


@pytest.mark.usefixtures("treated")
def test_the_whole_record_comes_as_a_bundle_that_reads_back(patient, people):
    answer = patient.get("/me/record.json")
    assert answer.content_type == "application/fhir+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    record = read_bundle(json.loads(answer.text))
    assert record.person.id == people.patient_id
    assert [each.note for each in record.infusions] == ["=1+1 given slowly"]
    assert [each.answered_by for each in record.filled] == [AnsweredBy.SELF, AnsweredBy.SELF, AnsweredBy.PROXY]
    assert [each.value for each in record.scores if each.scale == "chalder11.likert"] == [25, 25, 8]
    assert [each.words for each in record.activities] == ["read to my son, İpek"]
    assert [(each.text, each.by_patient) for each in record.exposures] == [("a cold", True)]


@pytest.mark.usefixtures("treated")
def test_the_table_holds_every_score(patient):
    answer = patient.get("/me/record.csv")
    lines = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    scores = [each["value"] for each in lines if each["kind"] == "score" and each["name"] == "chalder11.likert"]
    assert [float(each) for each in scores] == [25, 25, 8]


@pytest.mark.usefixtures("treated")
def test_taking_the_record_is_written_down_and_looking_is_not(patient, people, wrote):
    for path in ("/me", "/me/summary", "/me/consents", "/me/dates.ics"):
        assert patient.get(path).status_code == 200
    assert takings(wrote) == []
    patient.get("/me/record.json")
    assert takings(wrote) == [(people.patient.membership_id, people.patient_id, "whole record as a file")]


@pytest.mark.usefixtures("treated")
def test_a_clinician_takes_the_bundle_and_it_is_written_down(clinician, people, wrote):
    answer = clinician.get(f"/patients/{people.patient_id}/record.json")
    assert read_bundle(json.loads(answer.text)).person.name == "Ayşe Yılmaz"
    assert takings(wrote) == [(people.clinician.membership_id, people.patient_id, "whole record as a file")]


@pytest.mark.parametrize(
    "path", ["/me/record.json", "/me/record.csv", "/me/summary", "/me/summary.pdf", "/me/dates.ics"]
)
@pytest.mark.usefixtures("treated")
def test_no_file_holds_anybody_else(patient, make, path):
    make(lambda maker: maker.patient(name="Zeynep Kanarya").course(days_before(9)).scored(TODAY, fatigue=3))
    raw = patient.get(path).get_data()
    text = PdfReader(io.BytesIO(raw)).pages[0].extract_text() if path.endswith("pdf") else raw.decode()
    assert "Kanarya" not in text


@pytest.mark.parametrize(
    ("language", "heading", "change"),
    [("en", "What changed", "17 points lower"), ("tr", "Ne değişti", "17 puan")],
)
@pytest.mark.usefixtures("treated")
def test_the_summary_says_what_the_charts_say_in_both_languages(patient, language, heading, change):
    page = said(patient.get(f"/me/summary?language={language}"))
    assert heading in page
    assert change in page
    file = PdfReader(io.BytesIO(patient.get(f"/me/summary.pdf?language={language}").get_data()))
    text = " ".join(each.extract_text() for each in file.pages).replace("\n", " ")
    assert len(file.pages) == 1
    assert heading in text
    assert change in text
    assert file.trailer["/Root"]["/Lang"] == language


@pytest.mark.usefixtures("treated")
def test_the_charts_sentence_is_the_summarys(patient):
    sentence = re.search(r"[^.>]*17 points lower than before treatment[^.<]*", patient.get("/me").text).group().strip()
    assert sentence in patient.get("/me/summary").text


@pytest.mark.usefixtures("treated")
def test_the_calendar_is_whole_days_without_a_word_about_health(patient):
    for language in ("en", "tr"):
        patient.post("/language", data={"language": language})
        raw = patient.get("/me/dates.ics").get_data()
        calendar = icalendar.Calendar.from_ical(raw)
        events = list(calendar.walk("VEVENT"))
        assert len(events) >= 3
        assert not HEALTH.search(raw.decode().replace("PRODID:-//Outcomes//EN", ""))
        for each in events:
            assert each["DTSTART"].params["VALUE"] == "DATE"
            assert each.decoded("DTEND") > each.decoded("DTSTART")
        assert len({each["UID"] for each in events}) == len(events)
        assert not calendar.errors


def test_without_treatment_the_calendar_is_empty(patient):
    assert list(icalendar.Calendar.from_ical(patient.get("/me/dates.ics").get_data()).walk("VEVENT")) == []


def test_consents_are_shown_with_date_version_and_words(patient, consented):
    for language, word, given in (("en", "I agree", "text version 1"), ("tr", "kabul ediyorum", "metin sürümü 1")):
        patient.post("/language", data={"language": language})
        page = said(patient.get("/me/consents"))
        assert page.count(given) == len(Purpose)
        assert page.count(word) >= len(Purpose)
    assert all(f"/me/consents/{each}" in patient.get("/me/consents").text for each in consented.values())


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_consent_is_withdrawn_after_it_was_said_what_that_means(
    patient, clinician, people, consented, wrote, purpose
):
    path = f"/me/consents/{consented[purpose]}"
    asked = patient.get(path)
    assert "What it means" in asked.text
    assert wrote(lambda session: session.get(Consent, (people.clinic_id, consented[purpose])).withdrawn_on) is None
    assert patient.post(path).status_code == 303
    assert patient.post(path).status_code == 303  # twice is once
    kept = wrote(lambda session: {each.purpose: each.withdrawn_on for each in session.scalars(select(Consent))})
    assert kept == {each: TODAY if each is purpose else None for each in Purpose}
    assert patient.get(path).status_code == 404
    assert "Withdrawn on 22 November 2026" in said(patient.get("/me/consents"))
    assert "Consent withdrawn" in clinician.get(f"/patients/{people.patient_id}").text
    changes = select(AuditEntry.actor).where(AuditEntry.table_name == "consent", AuditEntry.operation == "update")
    assert wrote(lambda session: list(session.scalars(changes))) == [f"member:{people.patient.membership_id}"]


def test_a_carer_cannot_withdraw(patient, consented, people, wrote):
    wrote(
        lambda session: setattr(
            session.get(Membership, (people.clinic_id, people.patient.membership_id)), "carer", True
        )
    )
    path = f"/me/consents/{consented[Purpose.RECORD]}"
    assert "Only the patient" in patient.get("/me/consents").text
    assert path not in patient.get("/me/consents").text
    assert patient.get(path).status_code == 404
    assert patient.post(path).status_code in {403, 404}
    assert wrote(lambda session: [each.withdrawn_on for each in session.scalars(select(Consent))]) == [None] * len(
        Purpose
    )


def test_nobody_withdraws_for_somebody_else(patient, make, people, wrote):
    other = make(
        lambda maker: give_consent(
            maker.work, people.other_patient_id, ConsentForm(Purpose.RECORD, days_before(3), "1")
        )
    )
    for consent_id in (other, uuid4()):
        assert patient.get(f"/me/consents/{consent_id}").status_code == 404
        assert patient.post(f"/me/consents/{consent_id}").status_code == 404
    assert wrote(lambda session: [each.withdrawn_on for each in session.scalars(select(Consent))]) == [None]


@pytest.fixture
def link(people, web_app):
    key = web_app.extensions["records"].settings.secret_key.encode()
    assert key == SECRET.encode()
    return f"/letters/{stop_token(key, people.clinic_id, people.patient.membership_id)}"


def test_looking_at_a_letters_link_ends_nothing_and_one_click_does(app, consented, people, wrote, link):
    stranger = app.test_client()
    page = stranger.get(link)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    living = lambda: wrote(lambda s: s.get(Consent, (people.clinic_id, consented[Purpose.REMINDERS])).withdrawn_on)  # noqa: E731
    assert living() is None
    answer = stranger.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert living() == TODAY
    assert stranger.post(link).status_code == 200
    others = wrote(lambda s: [e.withdrawn_on for e in s.scalars(select(Consent)) if e.purpose is not Purpose.REMINDERS])
    assert others == [None] * (len(Purpose) - 1)


def test_one_click_needs_no_page_no_cookie_and_no_token(real_app, consented, people, wrote, link):
    answer = real_app.test_client().post(
        link, data={"List-Unsubscribe": "One-Click"}, base_url="https://outcomes.example"
    )
    assert answer.status_code == 200


def test_the_page_behind_a_link_reveals_nothing(app, people, link, consented):
    text = app.test_client().get(link).text
    for word in ("Ayşe", "Yılmaz", "@", str(people.patient_id), "P-001"):
        assert word not in text
    assert not HEALTH.search(text[text.index("<main") : text.index("</main")])


@pytest.mark.parametrize("token", ["x", "0" * 96, "é" * 96])
def test_a_link_that_was_not_made_here_opens_nothing(app, token):
    assert app.test_client().get(f"/letters/{token}").status_code == 404
    assert app.test_client().post(f"/letters/{token}").status_code == 404


def test_a_changed_link_ends_nothing(app, consented, people, wrote, link):
    clinic_id, place = link[9:41], UUID(int=7).hex
    answer = app.test_client().post(f"/letters/{clinic_id}{place}{link[73:]}")
    assert answer.status_code == 404
    assert withdrawals(wrote) == [None] * len(Purpose)


@pytest.mark.parametrize("language", list(Language))
def test_every_page_of_rights_is_whole_in_both_languages(patient, consented, language):
    patient.post("/language", data={"language": language.value})
    for path in ("/me/consents", "/me/summary", f"/me/consents/{consented[Purpose.RECORD]}"):
        page = patient.get(path)
        assert page.status_code == 200
        assert f'lang="{language.value}"' in page.text
