"""The pages of erasing and of backups: for administrators, told before it is done, and done only when it is meant."""

import json
from datetime import timedelta

import pytest

from outcomes.records.erasures import read_erasures
from outcomes.records.tables import Patient, PatientKey
from tests.databases import AUDIT_KEY
from tests.factories import NOON
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


@pytest.fixture(autouse=True)
def data(web_data):
    """The data folder, which all tests of the web share, without what these tests leave in it."""
    for name in ("anchors/erasures.jsonl", "backup-status.json"):
        (web_data / name).unlink(missing_ok=True)
    yield web_data
    for name in ("anchors/erasures.jsonl", "backup-status.json"):
        (web_data / name).unlink(missing_ok=True)


@pytest.fixture
def address(people):
    return f"/patients/{people.patient_id}/erase"


def sent(client, address, **changes):
    return client.post(address, data=Page(client.get(address).text).form_with("code") | changes)


def test_it_says_what_goes_and_what_stays(admin, address):
    shown = said(admin.get(address))
    assert "An erasure cannot be undone" in shown
    assert "Name, contact, date of birth and number" in shown
    assert "Answers and scores" in shown


def test_with_the_number_typed_the_patient_is_erased(admin, address, people, stored, data):
    answer = sent(admin, address, ground="asked", code="P-001")
    assert (answer.status_code, answer.location) == (302, "/patients")
    page = said(admin.get("/patients"))
    assert "Erased. What is left stands under the number erased-" in page
    assert "Ayşe" not in page
    assert stored(lambda session: session.get(PatientKey, (people.clinic_id, people.patient_id))) is None
    (line,) = read_erasures(data / "anchors", AUDIT_KEY)
    assert (line.patient_id, line.scores) == (people.patient_id, False)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"ground": "asked", "code": "P-002"}, "This is not the number of this patient."),
        ({"ground": "asked", "code": ""}, None),
        ({"ground": "", "code": "P-001"}, None),
    ],
)
def test_anything_else_erases_nobody_and_keeps_what_was_typed(admin, address, people, stored, data, typed, told):
    answer = sent(admin, address, **typed)
    assert answer.status_code == 422
    assert Page(answer.text).form_with("code")["code"] == [typed["code"]]
    assert told is None or told in said(answer)
    assert stored(lambda session: session.get(Patient, (people.clinic_id, people.patient_id))).code == "P-001"
    assert list(read_erasures(data / "anchors", AUDIT_KEY)) == []


def test_the_way_to_it_is_shown_to_administrators_alone(admin, clinician, people):
    path = f"/patients/{people.patient_id}"
    assert f"{path}/erase" in admin.get(path).text
    assert f"{path}/erase" not in clinician.get(path).text


def test_without_a_backup_the_page_warns(admin):
    shown = said(admin.get("/admin/backup"))
    assert "There is no backup yet." in shown
    assert "python -m outcomes backup" in shown


HOURS = {"at": NOON.isoformat(), "file": "/media/outcomes.backup", "bytes": 12_345_678, "entries": 9, "sound": True}
TRIED = {"at": (NOON - timedelta(days=3)).isoformat(), "file": "x", "seconds": 4.5, "code": 0}
LONG_AGO = (NOON - timedelta(days=40)).isoformat()


@pytest.mark.parametrize(
    ("backup", "drill", "told"),
    [
        ({}, {}, None),
        ({"sound": False}, {}, "The copy did not verify."),
        ({"at": LONG_AGO}, {}, "The last backup is more than a day old."),
        ({}, {"at": LONG_AGO}, "No backup was tried in the last month."),
        ({}, {"code": 2}, "The last drill failed."),
    ],
)
def test_the_page_tells_how_old_things_are_and_what_needs_doing(admin, data, backup, drill, told):
    status = {"backup": HOURS | backup, "drill": TRIED | drill}
    (data / "backup-status.json").write_text(json.dumps(status), "utf-8")
    answer = admin.get("/admin/backup")
    shown = said(answer)
    assert "12.3 MB" in shown
    assert ("note strong" in answer.text) == (told is not None)
    assert told is None or told in shown
    assert "keys/" not in answer.text
