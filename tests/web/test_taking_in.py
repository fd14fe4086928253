"""Taking a record in, in the browser: choose the file, see what comes along and what not, one button, once."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from outcomes.access.scope import Scope
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.enrol import ConsentForm, give_consent
from outcomes.actions.importing.waiting import WaitingRoom
from outcomes.actions.take_home import whole_record
from outcomes.exchange.writers.own_record import ReportRow
from outcomes.records.queries.own_record import whole
from outcomes.records.sealing import KeyRing
from outcomes.records.session import new_session
from outcomes.records.tables import AuditEntry, Consent, ImportRun, Patient, ReadLog, Visit
from outcomes.terms import AnsweredBy, Language, Purpose
from tests.cast import MASTER_KEYS
from tests.exchange.taking import file_of
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def record(make, people):
    """The record of a patient of the other clinic."""

    def write(maker):
        patient = maker.known(people.patient_elsewhere_id).course(days_before(40), note="given slowly")
        patient.visit(days_before(50), AssessmentForm("chalder11", {str(n): 2 for n in range(1, 12)}))
        patient.visit(days_before(5), AssessmentForm("chalder11", totals={"likert": 9}), answered_by=AnsweredBy.PROXY)
        give_consent(maker.work, patient.id, ConsentForm(Purpose.RESEARCH_AGGREGATE, days_before(50), "1"))
        scope = Scope(maker.work.clinic_id)
        found = whole(scope, maker.work.session, maker.work.keys, patient.id, maker.work.today)
        return whole_record(found, maker.work.now)

    return make(write, "clinician_elsewhere")


@pytest.fixture
def room(app, people):
    """Where the clinician's record waits."""
    data = app.extensions["records"].settings.data
    return WaitingRoom(data, KeyRing(MASTER_KEYS), people.clinic_id, people.clinician.membership_id, "record-")


@pytest.fixture(autouse=True)
def _empty(room):
    yield
    room.throw_away()


def count(engine, table, **where):
    with new_session(engine, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(table).filter_by(**where))


def send(browser, content, name="record.json"):
    data = {"file": (io.BytesIO(content), name)}
    return browser.post("/import/record", data=data, content_type="multipart/form-data")


def form_of(browser):
    return Page(browser.get("/import/record/check").text).form_with("code")


def test_a_record_goes_from_choosing_to_the_patients_page(clinician, people, record, sqlite_engine, wrote):
    assert "/import/record" in Page(clinician.get("/import").text).links
    assert send(clinician, file_of(record)).location == "/import/record/check"
    page = said(clinician.get("/import/record/check"))
    for told in (
        "This record can be taken in",
        "Elsewhere Clinic",
        "1 new patient",
        "2 new visits",
        "1 infusion",
        "Consents, for they were given to the other clinic: research with counts and means.",
        "Signatures: nothing of it is signed here.",
        "Every score comes out as the file says.",
        "This code is already in use.",
    ):
        assert told in page
    assert count(sqlite_engine, Visit, clinic_id=people.clinic_id) == 0
    form = form_of(clinician)
    assert form["code"] == ["P-001"]
    refused = clinician.post("/import/record/check", data=form)
    assert (refused.status_code, "already in use" in said(refused)) == (422, True)
    assert Page(refused.text).form_with("code")["code"] == ["P-001"]
    answer = clinician.post("/import/record/check", data=form | {"code": "P-077"})
    patient_id = answer.location.rpartition("/")[2]
    landed = said(clinician.get(answer.location))
    assert "P-077" in landed
    assert "none came along" in landed
    assert count(sqlite_engine, Visit, clinic_id=people.clinic_id) == 2
    assert count(sqlite_engine, Consent, clinic_id=people.clinic_id) == 0
    assert "taken in from a record of another clinic" in said(clinician.get(f"/patients/{patient_id}/history"))
    reads = wrote(lambda session: list(session.scalars(select(ReadLog.what))))
    assert "record" in reads
    again = clinician.get("/import").text
    assert "1 new patient, 1 course of FMT, 2 new visits" in again
    run = wrote(lambda session: session.scalar(select(ImportRun.membership_id)))
    assert run == people.clinician.membership_id


def test_a_second_click_leads_to_the_same_patient(clinician, people, record, sqlite_engine):
    send(clinician, file_of(record))
    form = form_of(clinician) | {"code": "P-077"}
    first, second = (clinician.post("/import/record/check", data=form) for _ in range(2))
    assert first.location == second.location
    assert count(sqlite_engine, ImportRun, clinic_id=people.clinic_id) == 1
    assert clinician.post("/import/record/check", data=form | {"idempotency_key": "x"}).location == "/import/record"


def test_the_same_person_again_is_refused_with_who_it_is(clinician, people, record, sqlite_engine):
    send(clinician, file_of(record))
    made = clinician.post("/import/record/check", data=form_of(clinician) | {"code": "P-077"}).location
    send(clinician, file_of(replace(record, as_of=datetime(2026, 11, 22, 8, tzinfo=UTC))))
    page = clinician.get("/import/record/check")
    assert "taken in on 22 November 2026, with the number P-077" in said(page)
    assert made in Page(page.text).links
    assert 'name="code"' not in page.text
    refused = clinician.post("/import/record/check", data={"code": "P-078"})
    assert refused.status_code == 422
    assert count(sqlite_engine, ImportRun, clinic_id=people.clinic_id) == 1


def test_a_score_that_comes_out_otherwise_is_shown_before_anything_is_written(clinician, record):
    wrong = tuple(replace(each, value=each.value + 1) if each.value == 22 else each for each in record.scores)
    send(clinician, file_of(replace(record, scores=wrong)))
    page = said(clinician.get("/import/record/check"))
    assert "1 score comes out otherwise here than the file says." in page
    assert "\n23\n22\n" in page


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"instrument": "nothing"}, "The instrument nothing is not installed here."),
        ({"key_version": "99"}, "Version 99 of the key of chalder11 is not installed here."),
        ({"answers": {"1": 7}}, "is not permitted by its key: 1"),
        ({"form_version": "<script>\x00"}, "a sign that cannot be kept"),
    ],
)
def test_what_stands_in_the_way_is_told_and_there_is_no_button(clinician, people, record, sqlite_engine, spoil, told):
    first, *others = record.filled
    send(clinician, file_of(replace(record, filled=(replace(first, **spoil), *others))))
    page = clinician.get("/import/record/check")
    assert "This record cannot be taken in" in said(page)
    assert told in said(page)
    assert 'name="code"' not in page.text
    refused = clinician.post("/import/record/check", data={"code": "P-077"})
    assert (refused.status_code, told in said(refused)) == (422, True)
    assert count(sqlite_engine, Patient, clinic_id=people.clinic_id) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty."),
        (b"id;dep\nA;5\n", "This is no JSON file."),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"resourceType": "Bundle"}', "This is no record of one patient as this program writes it."),
        (b'{"resourceType": "Bundle", "entry": "<script>alert(1)</script>"}', "This is no record"),
    ],
)
def test_a_file_that_is_no_record_is_refused_with_its_reason(clinician, room, content, told):
    answer = send(clinician, content, "<b>x</b>.json")
    assert (answer.status_code, told in said(answer)) == (422, True)
    assert "<script>alert" not in answer.text
    assert room.found() is None


def test_no_file_at_all_is_refused(clinician):
    assert clinician.post("/import/record", data={}).status_code == 422


def test_what_a_record_says_is_shown_as_text(clinician, record):
    person = replace(record.person, name="<script>alert(2)</script>", code="<b>1</b>")
    send(clinician, file_of(replace(record, person=person, clinic="<i>x</i>")), "<b>x</b>.json")
    page = clinician.get("/import/record/check").text
    for word in ("<script>alert", "<b>1</b>", "<i>x</i>", "<b>x</b>"):
        assert word not in page


def test_a_waiting_record_is_sealed_thrown_away_and_apart_from_a_waiting_table(clinician, room, record, app):
    folder = app.extensions["records"].settings.data / "imports"
    send(clinician, file_of(record))
    kept = [path.read_bytes() for path in folder.glob(f"{room.membership_id.hex}*")]
    assert kept
    assert all(b"Elif" not in each and b"resourceType" not in each for each in kept)
    assert "is waiting" not in clinician.get("/import").text
    assert "A file of yours is waiting: record.json" in clinician.get("/import/record").text
    assert clinician.post("/import/record/discard").location == "/import/record"
    assert room.found() is None
    assert clinician.get("/import/record/check").location == "/import/record"


def test_looking_writes_nothing(clinician, people, record, sqlite_engine):
    send(clinician, file_of(record))
    before = [count(sqlite_engine, table) for table in (Patient, Visit, ImportRun, AuditEntry)]
    for path in ("/import/record", "/import/record/check"):
        assert clinician.get(path).status_code == 200
    assert [count(sqlite_engine, table) for table in (Patient, Visit, ImportRun, AuditEntry)] == before


@pytest.mark.parametrize(
    ("language", "words"),
    [(Language.ENGLISH, "What does not come along"), (Language.TURKISH, "Birlikte gelmeyenler")],
)
def test_the_pages_are_whole_in_both_languages(clinician, record, language, words):
    clinician.post("/language", data={"language": language.value})
    send(clinician, file_of(record))
    page = clinician.get("/import/record/check")
    assert words in said(page)
    assert f'lang="{language.value}"' in page.text
    assert f'lang="{language.value}"' in clinician.get("/import/record").text


def test_a_form_that_came_along_was_reviewed_elsewhere(clinician, people, record):
    told = {"sent_at": record.as_of, "reviewed_at": record.as_of, "reviewer": "Dr Else", "note": "rest", "words": None}
    sent = replace(record, reports=(report_of(record, **told),))
    send(clinician, file_of(sent))
    page = said(clinician.get("/import/record/check"))
    assert "Who reviewed the forms that were sent in" in page
    made = clinician.post("/import/record/check", data=form_of(clinician) | {"code": ""}).location
    assert "reviewed in another clinic on 22 November 2026" in said(clinician.get(made))


def report_of(record, **told):
    return ReportRow(id=uuid4(), visit_id=record.visits[0].id, short=False, by_carer=False, **told)


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_find_no_such_page(client_of, record, name):
    browser = client_of(name)
    assert send(browser, file_of(record)).status_code == 404
    for path in ("/import/record", "/import/record/check"):
        assert browser.get(path).status_code == 404
    for path in ("/import/record/check", "/import/record/discard"):
        assert browser.post(path).status_code == 404


def test_a_record_waits_for_its_sender_alone(clinician, client_of, record):
    send(clinician, file_of(record))
    for name in ("administrator", "clinician_elsewhere"):
        browser = client_of(name)
        assert "is waiting" not in browser.get("/import/record").text
        assert browser.get("/import/record/check").location == "/import/record"
        assert browser.post("/import/record/check", data={"code": ""}).location == "/import/record"
