"""Giving consent again, or for the first time, as the patient: after reading, one purpose at a time, and at once."""

import pytest
from sqlalchemy import select

from outcomes.access.scope import Scope
from outcomes.actions.consents import GIVEN_ALONE, give, newest_version
from outcomes.actions.enrol import ConsentForm, give_consent
from outcomes.actions.errors import Invalid, NotAllowed
from outcomes.actions.work import Work
from outcomes.records.queries.release import Standing, standings
from outcomes.records.queries.reminding import addressees
from outcomes.records.tables import AuditEntry, Consent, Membership, User
from outcomes.terms import Purpose
from tests.factories import TODAY, days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

READ = {"en": "I agree", "tr": "kabul ediyorum"}


@pytest.fixture
def patient(client_of):
    return client_of("patient")


@pytest.fixture
def withdrawn(make, people):
    """Living consent to the record; every other purpose was given and withdrawn."""

    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(14)).scored(days_before(20), fatigue=6)
        for purpose in Purpose:
            ended = None if purpose is Purpose.RECORD else days_before(2)
            give_consent(maker.work, patient.id, ConsentForm(purpose, days_before(30), "1", ended))

    make(write)


def form_of(browser, purpose):
    return Page(browser.get(f"/me/consents/give/{purpose}").text).form_with("text_version")


def agree(browser, purpose, **changes):
    return browser.post(f"/me/consents/give/{purpose}", data=form_of(browser, purpose) | changes)


def rows(stored, purpose):
    """The consents to a purpose, the one that was given first before the others."""
    columns = (Consent.given_on, Consent.withdrawn_on, Consent.text_version, Consent.deleted_at)
    wanted = select(*columns).where(Consent.purpose == purpose).order_by(Consent.given_on)
    return stored(lambda session: [tuple(row) for row in session.execute(wanted)])


@pytest.mark.parametrize("purpose", GIVEN_ALONE)
@pytest.mark.usefixtures("withdrawn")
def test_a_withdrawn_consent_is_given_again_after_its_text_was_read(patient, clinician, people, stored, purpose):
    assert f"/me/consents/give/{purpose}" in Page(patient.get("/me/consents").text).links
    for language, words in READ.items():
        patient.post("/language", data={"language": language})
        assert words in said(patient.get(f"/me/consents/give/{purpose}"))
    patient.post("/language", data={"language": "en"})
    answer = agree(patient, purpose)
    assert (answer.status_code, answer.location) == (303, "/me/consents")
    assert rows(stored, purpose) == [
        (days_before(30), days_before(2), "1", None),
        (TODAY, None, newest_version(), None),
    ]
    page = said(patient.get("/me/consents"))
    assert "Given on 22 November 2026, text version 1." in page
    assert f"/me/consents/give/{purpose}" not in Page(patient.get("/me/consents").text).links
    added = select(AuditEntry.actor).where(AuditEntry.table_name == "consent", AuditEntry.operation == "insert")
    actors = stored(lambda session: list(session.scalars(added)))
    assert actors.count(f"member:{people.patient.membership_id}") == 1
    told = said(clinician.get(f"/patients/{people.patient_id}"))
    assert "Consent given again" in told
    history = said(clinician.get(f"/patients/{people.patient_id}/history"))
    assert "22 November 2026" in history


def test_what_was_never_asked_is_given_for_the_first_time(patient, clinician, people, stored):
    assert agree(patient, Purpose.REMINDERS).status_code == 303
    assert rows(stored, Purpose.REMINDERS) == [(TODAY, None, newest_version(), None)]
    assert "given again" not in said(clinician.get(f"/patients/{people.patient_id}"))


@pytest.mark.usefixtures("withdrawn")
def test_it_counts_at_once_for_letters_and_releases(patient, people, stored, wrote):
    wrote(lambda s: setattr(s.get(User, people.users["patient"]), "password_hash", "set"))
    scope = Scope(people.clinic_id)
    letters = lambda: stored(lambda s: [each.patient_id for each in addressees(scope, s)])  # noqa: E731
    inside = lambda: stored(  # noqa: E731
        lambda s: standings(scope, s, Purpose.RESEARCH_AGGREGATE, TODAY)[people.patient_id.hex]
    )
    assert (letters(), inside()) == ([], Standing.WITHDRAWN)
    agree(patient, Purpose.REMINDERS)
    agree(patient, Purpose.RESEARCH_AGGREGATE)
    assert (letters(), inside()) == ([people.patient_id], Standing.INSIDE)


@pytest.mark.usefixtures("withdrawn")
def test_who_withdrew_the_record_is_in_no_release_and_gets_no_letter_until_it_is_given_again(
    patient, make, people, stored, wrote
):
    agree(patient, Purpose.RESEARCH_AGGREGATE)
    record = stored(lambda s: s.scalar(select(Consent.id).where(Consent.purpose == Purpose.RECORD)))
    patient.post(f"/me/consents/{record}")
    scope = Scope(people.clinic_id)
    inside = lambda: stored(  # noqa: E731
        lambda s: standings(scope, s, Purpose.RESEARCH_AGGREGATE, TODAY)[people.patient_id.hex]
    )
    assert inside() is Standing.WITHDRAWN
    make(lambda maker: give_consent(maker.work, people.patient_id, ConsentForm(Purpose.RECORD, TODAY, "1")))
    assert inside() is Standing.INSIDE
    wrote(lambda s: setattr(s.get(User, people.users["patient"]), "password_hash", "set"))
    agree(patient, Purpose.REMINDERS)
    assert stored(lambda s: [each.patient_id for each in addressees(scope, s)]) == [people.patient_id]


@pytest.mark.usefixtures("withdrawn")
def test_the_same_form_twice_is_one_consent(patient, stored):
    form = form_of(patient, Purpose.REMINDERS)
    for _ in range(2):
        assert patient.post("/me/consents/give/reminders", data=form).status_code == 303
    fresh = form | {"idempotency_key": ["another"]}
    assert patient.post("/me/consents/give/reminders", data=fresh).status_code == 303
    assert patient.post("/me/consents/give/reminders", data=form | {"idempotency_key": [""]}).status_code == 303
    assert len(rows(stored, Purpose.REMINDERS)) == 2


@pytest.mark.usefixtures("withdrawn")
def test_a_key_that_came_with_another_purpose_is_refused(patient, stored):
    form = form_of(patient, Purpose.REMINDERS)
    patient.post("/me/consents/give/reminders", data=form)
    refused = patient.post("/me/consents/give/research_aggregate", data=form)
    assert refused.status_code == 422
    assert "already saved" in said(refused)
    assert len(rows(stored, Purpose.RESEARCH_AGGREGATE)) == 1


@pytest.mark.parametrize("version", ["0", "", "99", "<b>"])
@pytest.mark.usefixtures("withdrawn")
def test_a_text_that_is_not_the_newest_is_read_once_more(patient, stored, version):
    refused = agree(patient, Purpose.REMINDERS, text_version=version)
    assert refused.status_code == 422
    assert "Read it once more" in said(refused)
    assert Page(refused.text).form_with("text_version")["text_version"] == [newest_version()]
    assert len(rows(stored, Purpose.REMINDERS)) == 1


@pytest.mark.usefixtures("withdrawn")
def test_while_the_record_is_withdrawn_nothing_is_given_alone(patient, stored):
    form = form_of(patient, Purpose.REMINDERS)
    record = stored(lambda s: s.scalar(select(Consent.id).where(Consent.purpose == Purpose.RECORD)))
    patient.post(f"/me/consents/{record}")
    page = patient.get("/me/consents")
    assert "Talk to it first" in said(page)
    assert not [each for each in Page(page.text).links if "/give/" in each]
    assert patient.get("/me/consents/give/reminders").status_code == 404
    assert patient.post("/me/consents/give/reminders", data=form).status_code == 404
    assert len(rows(stored, Purpose.REMINDERS)) == 1


@pytest.mark.usefixtures("withdrawn")
def test_saving_all_fields_leaves_an_earlier_consent_in_the_records(patient, clinician, people, stored):
    agree(patient, Purpose.REMINDERS)
    path = f"/patients/{people.patient_id}/edit"
    form = Page(clinician.get(path).text).form_with("diet")
    assert form["consent_reminders_given"] == [TODAY.isoformat()]
    assert form["consent_reminders_withdrawn"] == [""]
    assert clinician.post(path, data=form | {"diet": "no milk", "why": "mistyped"}).status_code == 302
    assert rows(stored, Purpose.REMINDERS) == [
        (days_before(30), days_before(2), "1", None),
        (TODAY, None, newest_version(), None),
    ]


@pytest.mark.usefixtures("withdrawn")
def test_withdrawn_and_given_again_on_one_day_it_lives(patient, clinician, people, stored):
    for _ in range(2):
        agree(patient, Purpose.REMINDERS)
        living = select(Consent.id).where(Consent.purpose == Purpose.REMINDERS, Consent.withdrawn_on.is_(None))
        patient.post(f"/me/consents/{stored(lambda s: s.scalar(living))}")  # noqa: B023 - read at once
    agree(patient, Purpose.REMINDERS)
    path = f"/patients/{people.patient_id}/edit"
    form = Page(clinician.get(path).text).form_with("diet")
    assert form["consent_reminders_withdrawn"] == [""]
    assert clinician.post(path, data=form | {"diet": "no milk", "why": "mistyped"}).status_code == 302
    assert [gone for *_, gone in rows(stored, Purpose.REMINDERS)] == [None] * 4
    assert [ended for _, ended, *_ in rows(stored, Purpose.REMINDERS)].count(None) == 1


def test_consent_to_the_record_is_given_with_the_clinic(patient, make, people, stored):
    assert patient.get("/me/consents/give/record").status_code == 404
    form = form_of(patient, Purpose.REMINDERS)
    assert patient.post("/me/consents/give/record", data=form).status_code == 404
    assert rows(stored, Purpose.RECORD) == []

    def alone(maker):
        own = Work(maker.work.session, people.patient, maker.work.keys, maker.work.catalogue, maker.work.now)
        with pytest.raises(Invalid, match="with_the_clinic"):
            give(own, people.patient_id, Purpose.RECORD, newest_version())

    make(alone)


# who may not


@pytest.mark.usefixtures("withdrawn")
def test_a_carer_gives_nothing(patient, people, stored, wrote):
    form = form_of(patient, Purpose.RESEARCH_AGGREGATE)
    place = (people.clinic_id, people.patient.membership_id)
    give_back = lambda session: session.get(Membership, place)  # noqa: E731
    wrote(lambda s: setattr(give_back(s), "carer", True))
    wrote(lambda s: s.add(carers_consent(people)))
    page = patient.get("/me/consents")
    assert "Only the patient can give or withdraw a consent" in said(page)
    assert not [each for each in Page(page.text).links if "/give/" in each]
    assert patient.get("/me/consents/give/research_aggregate").status_code == 404
    assert patient.post("/me/consents/give/research_aggregate", data=form).status_code in {403, 404}
    assert len(rows(stored, Purpose.RESEARCH_AGGREGATE)) == 1


def carers_consent(people):
    told = {"purpose": Purpose.CARER_ACCESS, "given_on": TODAY, "text_version": "1"}
    return Consent(clinic_id=people.clinic_id, patient_id=people.patient_id, **told)


def test_nobody_gives_for_somebody_else(make, people, stored):
    def others(maker):
        own = Work(maker.work.session, people.patient, maker.work.keys, maker.work.catalogue, maker.work.now)
        for who, whom in ((own, people.other_patient_id), (maker.work, people.patient_id)):
            with pytest.raises(NotAllowed):
                give(who, whom, Purpose.REMINDERS, newest_version())

    make(others)
    assert rows(stored, Purpose.REMINDERS) == []


@pytest.mark.parametrize("name", ["clinician", "researcher", "administrator"])
def test_the_page_is_the_patients_alone(client_of, name):
    browser = client_of(name)
    assert browser.get("/me/consents/give/reminders").status_code == 404
    assert browser.post("/me/consents/give/reminders").status_code == 404


@pytest.mark.parametrize("purpose", ["", "x", "RECORD", "reminders%00"])
def test_a_purpose_that_there_is_not_opens_nothing(patient, purpose):
    for ask in (patient.get, patient.post):
        assert ask(f"/me/consents/give/{purpose}").status_code in {400, 404, 405}
