"""Drafts of the visit form: sealed, their writer's alone, kept thirty days, and gone once they are a visit."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from outcomes.actions.merge import merge
from outcomes.records.tables import Draft
from tests.factories import NOON
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def path(people):
    return f"/patients/{people.patient_id}/visits"


def keep(browser, path, sequence=1, **fields):
    return browser.put(f"{path}/draft", json={"fields": fields, "sequence": sequence})


def form(browser, path):
    return Page(browser.get(f"{path}/new").text).form_with("idempotency_key")


def drafts(stored):
    return stored(lambda session: session.scalars(select(Draft)).all())


def test_what_is_kept_says_when(clinician, path):
    assert keep(clinician, path, note="tired").json["saved"] == "draft of 22 November 2026, 12:00"
    assert "draft of 22 November 2026, 12:00" in said(clinician.get(f"{path}/new"))


def test_a_draft_says_it_in_the_reader_s_language(clinician, path):
    clinician.post("/language", data={"language": "tr"})
    kept = keep(clinician, path, **{"own_fatigue.1": "5"}).json
    assert (kept["saved"], kept["day"]) == ("taslak: 22 Kasım 2026, 12:00", "FMT öncesi")


def test_fields_arrive_one_by_one_and_add_up(clinician, path):
    keep(clinician, path, 1, note="tired")
    keep(clinician, path, 2, severity="severe")
    keep(clinician, path, 3, note="tired, slept badly")
    kept = form(clinician, path)
    assert (kept["note"], kept["severity"]) == (["tired, slept badly"], ["severe"])


def test_a_field_can_be_emptied(clinician, path):
    keep(clinician, path, 1, crash="1", note="tired")
    keep(clinician, path, 2, crash="", note="")
    kept = form(clinician, path)
    assert "crash" not in kept
    assert kept["note"] == [""]


def test_the_same_request_twice_changes_nothing(clinician, path):
    answers = [keep(clinician, path, 4, note="tired").json for _ in range(2)]
    assert answers[0] == answers[1]


def test_what_is_typed_lies_sealed(clinician, path, stored):
    keep(clinician, path, note="Ayşe is tired")
    (draft,) = drafts(stored)
    assert "tired" not in str(draft.fields)
    assert draft.patient_id


def test_a_draft_waits_thirty_days(clinician, client_of, path):
    keep(clinician, path, note="tired")
    for days, note in ((29, "tired"), (31, "")):
        with time_machine.travel(NOON + timedelta(days=days)):
            assert form(client_of("clinician"), path)["note"] == [note]


def test_a_draft_begun_anew_after_thirty_days_holds_nothing_old(clinician, client_of, path):
    keep(clinician, path, 9, note="tired")
    with time_machine.travel(NOON + timedelta(days=31)):
        browser = client_of("clinician")
        keep(browser, path, 1, severity="mild")
        kept = form(browser, path)
    assert (kept["note"], kept["severity"]) == ([""], ["mild"])


def test_what_the_form_is_steered_by_is_not_kept(clinician, path):
    keep(clinician, path, csrf_token="x", idempotency_key="same-for-ever", note="tired")
    kept = form(clinician, path)
    assert kept["idempotency_key"] != ["same-for-ever"]
    assert kept["note"] == ["tired"]


def test_each_patient_has_a_draft_of_their_own(clinician, path, people):
    other = f"/patients/{people.other_patient_id}/visits"
    keep(clinician, path, note="of the one")
    keep(clinician, other, note="of the other")
    assert [form(clinician, each)["note"] for each in (path, other)] == [["of the one"], ["of the other"]]


def test_a_draft_of_a_record_that_was_merged_breaks_nothing(clinician, make, people, path):
    keep(clinician, path, note="tired")
    duplicate, survivor = people.patient_id, people.other_patient_id
    make(lambda maker: merge(maker.work, survivor, duplicate, "entered twice"), "administrator")
    answer = clinician.get("/worklist")
    assert answer.status_code == 200
    assert f"/patients/{duplicate}" not in answer.text


# Who may not


def test_nobody_reads_another_member_s_draft(clinician, client_of, path):
    keep(clinician, path, note="between us")
    assert "between us" not in client_of("administrator").get(f"{path}/new").text


@pytest.mark.parametrize("name", [None, "patient", "researcher", "clinician_elsewhere"])
def test_nobody_else_keeps_one(client_of, path, stored, name):
    answer = keep(client_of(name), path, note="x")
    assert answer.status_code in {302, 401, 404}
    assert drafts(stored) == []


def test_there_is_no_draft_about_nobody(clinician, stored):
    assert keep(clinician, f"/patients/{uuid4()}/visits", note="x").status_code == 404
    assert drafts(stored) == []


@pytest.mark.parametrize("name", ["x" * 121, ""])
def test_a_field_s_name_is_short(clinician, path, name):
    answer = keep(clinician, path, **{name: "1"})
    assert answer.status_code == (422 if name else 200)
