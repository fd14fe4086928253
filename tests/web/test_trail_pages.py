"""The administrator's pages of the trail: who changed and who read what, and the verification begun from a page."""

import time
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text, update

from outcomes.actions.checking import SILENT_SECONDS, Check, CheckRoom, begin
from outcomes.actions.enrol import PatientForm, edit
from outcomes.records.audit import audited_tables
from outcomes.records.tables import ChainHead, ReadLog, User
from outcomes.web.clinic.trail_page import EVERY_TABLE
from tests.factories import days_before
from tests.records.tampering import behind_its_back
from tests.web.pages import Page, said

AUDIT, VERIFY = "/admin/audit", "/admin/verify"


@pytest.fixture
def administrator(client_of):
    return client_of("administrator")


@pytest.fixture
def room(app, people, tmp_path, web_data):
    """Where the last verification of this test's clinic is kept."""
    return CheckRoom(app.extensions["records"].settings.data, people.clinic_id)


@pytest.fixture
def visited(make, people):
    def write(maker):
        maker.known(people.patient_id).scored(days_before(5), fatigue=7)
        edit(maker.work, people.patient_id, PatientForm(code="P-001", name="Ayşe Demir", diet="vegan"), 1)

    make(write)


def rows(answer):
    words = Page(answer.text).words
    return [word for word in words if word.endswith((", entered", ", changed", ", deleted", ", taken back"))]


def test_every_change_is_told_with_who_when_and_whose(administrator, visited, people):
    answer = administrator.get(AUDIT)
    words = Page(answer.text).words
    assert rows(answer)[0] == "patient, changed"
    assert {"score, entered", "questionnaire, entered", "visit, entered", "A clinician", "P-001"} <= set(words)
    assert any(word.endswith(" UTC") for word in words)
    assert "Demir" not in answer.text
    assert ("Diet", ": – → vegan") in list(pairwise(words))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?table=visit", {"visit, entered"}),
        ("?table=visit&person=program", set()),
        ("?person=program&table=patient", {"patient, entered"}),
        ("?since=2100-01-01", set()),
        ("?until=2000-01-01", set()),
        ("?since=never&table=visit", {"visit, entered"}),
        ("?until=9999-12-31&table=visit", {"visit, entered"}),
        ("?table=nothing", set()),
    ],
)
def test_the_filters_choose(administrator, visited, query, found):
    assert set(rows(administrator.get(AUDIT + query))) == found


def test_a_person_s_changes_are_found_by_the_name(administrator, visited, people):
    person = f"member:{people.clinician.membership_id}"
    assert "membership, entered" not in rows(administrator.get(f"{AUDIT}?person={person}"))
    assert "visit, entered" in rows(administrator.get(f"{AUDIT}?person={person}"))


def test_older_entries_are_a_page_further_and_none_is_told_twice(administrator, make, people, stored):
    def write(maker):
        for version in range(1, 121):
            edit(maker.work, people.patient_id, PatientForm(code="P-001", name="A", diet=f"diet {version}"), version)

    make(write)
    path, pages, changes = f"{AUDIT}?table=patient", 0, []
    while path:
        page = Page(administrator.get(path).text)
        changes += [word for word in page.words if "→ diet" in word]
        path = next((link for link in page.links if "before=" in link), None)
        pages += 1
    assert pages == 3
    assert len(changes) == len(set(changes)) == 120


def test_whose_rows_were_shown_is_noted(administrator, visited, people, stored):
    administrator.get(f"{AUDIT}?table=visit")
    seen = stored(lambda session: session.execute(select(ReadLog.patient_id, ReadLog.what)).all())
    assert seen == [(people.patient_id, "trail")]
    words = said(administrator.get(f"{AUDIT}?view=reads"))
    assert "A administrator" in words
    assert "entries of the audit trail" in words


def test_accounts_are_told_without_their_secrets(administrator, wrote, people):
    changed = update(User).where(User.id == people.users["clinician"]).values(password_hash="$argon2id$x", theme="dark")
    wrote(lambda session: session.execute(changed))
    answer = administrator.get(f"{AUDIT}?view=accounts")
    words = Page(answer.text).words
    assert rows(answer)[0] == "account, changed"
    assert ("Display", ": – → dark") in list(pairwise(words))
    assert ": sealed → sealed" in words
    assert "argon2id" not in answer.text


def test_accounts_of_other_clinics_are_not_told(administrator, wrote, people):
    elsewhere = update(User).where(User.id == people.users["clinician_elsewhere"]).values(theme="quiet")
    wrote(lambda session: session.execute(elsewhere))
    assert "quiet" not in [word.split(" ")[-1] for word in Page(administrator.get(f"{AUDIT}?view=accounts").text).words]


def test_a_hidden_arm_is_withheld(administrator, make, people):
    make(lambda maker: maker.known(people.patient_id).arm("placebo", blinded=True).course(days_before(9), note="bag B"))
    answer = administrator.get(AUDIT)
    assert "withheld while the arm is blinded" in said(answer)
    assert "placebo" not in answer.text
    assert "bag B" not in answer.text


# Verification


def finished(administrator, room):
    administrator.post(VERIFY)
    for _ in range(200):
        if (last := room.last()) and last.ended_at:
            return last
        time.sleep(0.02)
    raise AssertionError("the verification did not end")


def test_before_the_first_verification_the_page_says_so(administrator):
    words = said(administrator.get(VERIFY))
    assert "The records were not verified yet" in words
    assert "The trail was never anchored outside the database." in words


def test_sound_records_are_found_sound_and_the_data_do_not_change(administrator, room, visited, stored, people):
    version = select(func.max(ChainHead.position)).where(ChainHead.clinic_id == people.clinic_id)
    before = stored(lambda session: session.scalar(version))
    last = finished(administrator, room)
    assert (last.count, last.entries > 0, last.done == last.total) == (0, True, True)
    assert "verified, nothing is wrong" in said(administrator.get(VERIFY))
    assert stored(lambda session: session.scalar(version)) == before


def test_each_fault_is_named_with_table_row_and_field(administrator, room, visited, sqlite_engine, people):
    with behind_its_back(sqlite_engine) as connection:
        connection.execute(text("UPDATE patient SET country = 'XX' WHERE code = 'P-001'"))
    finished(administrator, room)
    words = said(administrator.get(VERIFY))
    assert "A record was changed without an entry in the audit trail." in words
    assert f"patient · row {people.patient_id.hex} · field country" in words


def test_one_verification_runs_at_a_time_and_a_silent_one_was_broken_off(administrator, room):
    assert begin(room)
    assert not begin(room)
    answer = administrator.get(VERIFY)
    assert "Verifying the records" in said(answer)
    assert administrator.get(f"{VERIFY}/progress").json == {"done": 0, "total": 0, "running": True}
    assert administrator.post(VERIFY).status_code == 303
    room.keep(Check("2026-11-22T09:00:00+00:00", time.time() - SILENT_SECONDS - 1))
    assert "The last verification was broken off" in said(administrator.get(VERIFY))
    assert begin(room)


# Who may not


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher", None])
@pytest.mark.parametrize("path", [AUDIT, f"{AUDIT}?view=accounts", f"{AUDIT}?view=reads", VERIFY])
def test_nobody_but_the_administrator_sees_the_trail(client_of, name, path):
    assert client_of(name).get(path).status_code in {302, 404}


def test_another_clinic_s_changes_are_not_told(administrator, make, people):
    make(
        lambda maker: maker.known(people.patient_elsewhere_id).scored(days_before(5), fatigue=7), "clinician_elsewhere"
    )
    assert "visit, entered" not in rows(administrator.get(AUDIT))


def test_every_kind_of_record_in_the_trail_has_a_name_people_use():
    assert {table.name for table in audited_tables()} - set(EVERY_TABLE) == set()
