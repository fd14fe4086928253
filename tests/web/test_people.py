"""People of the clinic: invited by a link that is shown once, let go, taken back; and two records made one."""

import re

import pytest
from sqlalchemy import select

from outcomes.records.tables import Invitation, Membership, Patient
from outcomes.terms import Role
from tests.cast import email
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

NEW = {"name": "Dr Deniz Ak", "email": "deniz@example.org", "role": "clinician"}


@pytest.fixture
def administrator(client_of):
    return client_of("administrator")


def fill(browser, path, **typed):
    return Page(browser.get(path).text).form_with("idempotency_key") | typed


def invite(browser, path="/admin/people/new", **typed):
    return browser.post(path, data=fill(browser, path, **typed))


def link_in(answer):
    return re.search(r"http://localhost:8000(/\S+?)</output>", answer.text).group(1)


def members(stored, address=None):
    rows = stored(lambda session: session.scalars(select(Membership)).all())
    return [row for row in rows if address is None or row.display_name == address]


def version_of(stored, actor):
    key = (actor.clinic_id, actor.membership_id)
    return stored(lambda session: session.get(Membership, key)).version


def test_everybody_with_a_place_is_listed(administrator):
    words = Page(administrator.get("/admin/people").text).words
    assert {email("clinician"), email("patient"), email("researcher"), "A clinician"} <= set(words)
    assert email("clinician_elsewhere") not in words


def test_an_invitation_gives_a_link_that_lets_its_person_in(administrator, app, stored):
    shown = invite(administrator, **NEW)
    assert (shown.status_code, "It works once, until 25 November 2026." in said(shown)) == (200, True)
    guest = app.test_client()
    assert "Dr Deniz Ak" in guest.get(link_in(shown)).text
    assert [row.role for row in members(stored, "Dr Deniz Ak")] == [Role.CLINICIAN]
    assert "invited until 25 November 2026" in said(administrator.get("/admin/people"))


def test_a_link_is_kept_nowhere(administrator, stored):
    token = link_in(invite(administrator, **NEW)).rpartition("/")[2]
    (kept,) = stored(lambda session: session.scalars(select(Invitation)).all())
    assert token not in {str(value) for value in vars(kept).values()}


def test_a_new_link_ends_the_one_before(administrator, app, stored):
    first = link_in(invite(administrator, **NEW))
    (member,) = members(stored, "Dr Deniz Ak")
    second = link_in(administrator.post(f"/admin/people/{member.id}/invite-again"))
    guest = app.test_client()
    assert "Dr Deniz Ak" not in guest.get(first).text
    assert "Dr Deniz Ak" in guest.get(second).text


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "This field is needed."),
        ({"email": "deniz"}, "email", "This is not an e-mail address."),
        ({"role": "patient"}, "role", "Not a valid choice."),
    ],
)
def test_an_invitation_that_cannot_be_is_told_beside_its_field(administrator, stored, typed, field, sentence):
    answer = invite(administrator, **{**NEW, **typed})
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(sentence)}', answer.text)
    assert stored(lambda session: session.scalars(select(Invitation)).all()) == []


def test_a_patient_is_invited_to_the_own_page_by_a_clinician(clinician, people, stored):
    path = f"/patients/{people.other_patient_id}/invitation"
    assert fill(clinician, path)["name"] == ["Işık Çağlayan"]
    assert invite(clinician, path, email="isik@example.org").status_code == 200
    (member,) = members(stored, "Işık Çağlayan")
    assert (member.role, member.patient_id) == (Role.PATIENT, people.other_patient_id)


def test_who_is_let_go_is_out_at_once_and_may_be_taken_back(administrator, client_of, people, stored):
    browser, member = client_of("clinician"), people.clinician.membership_id
    sent = {"version": version_of(stored, people.clinician)}
    gone = administrator.post(f"/admin/people/{member}/let-go", data=sent)
    assert "no longer here" in said(administrator.get(gone.location))
    assert browser.get("/worklist").status_code == 302
    sent = {"version": version_of(stored, people.clinician)}
    administrator.post(f"/admin/people/{member}/take-back-in", data=sent)
    assert client_of("clinician").get("/worklist").status_code == 200


def test_nobody_takes_their_own_place_away(administrator, people, stored):
    path = f"/admin/people/{people.administrator.membership_id}/let-go"
    assert path not in administrator.get("/admin/people").text
    answer = administrator.post(path, data={"version": version_of(stored, people.administrator)})
    assert "Your account may not do this." in said(administrator.get(answer.location))
    assert administrator.get("/admin/people").status_code == 200


def test_two_administrators_do_not_undo_one_another_unseen(administrator, people, stored):
    path, sent = f"/admin/people/{people.researcher.membership_id}", {"version": version_of(stored, people.researcher)}
    administrator.post(f"{path}/let-go", data=sent)
    answer = administrator.post(f"{path}/take-back-in", data=sent)
    assert "Somebody else changed this record" in said(administrator.get(answer.location))


# Two records of one person


def merge(browser, **typed):
    return browser.post("/admin/merge", data=fill(browser, "/admin/merge", **typed))


def test_two_records_of_one_person_become_one(administrator, make, people, stored):
    make(lambda maker: maker.known(people.other_patient_id).scored(days_before(3), fatigue=4))
    answer = merge(administrator, survivor="P-001", duplicate="P-002", reason="entered twice")
    assert answer.location == f"/patients/{people.patient_id}"
    page = administrator.get(answer.location)
    assert "The records are one now. The history keeps every step." in said(page)
    key = (people.clinic_id, people.other_patient_id)
    assert stored(lambda session: session.get(Patient, key)).merged_into_id == people.patient_id
    assert "entered twice" in said(administrator.get(f"{answer.location}/history"))


def test_the_address_of_a_merged_record_leads_to_the_one_that_stayed(administrator, clinician, client_of, people):
    merge(administrator, survivor="P-001", duplicate="P-002", reason="entered twice")
    old = f"/patients/{people.other_patient_id}"
    for page in ("", "/history", "/visits/new"):
        assert clinician.get(f"{old}{page}").location == f"/patients/{people.patient_id}{page}"
    assert clinician.post(f"{old}/ending", data={}).status_code == 404
    assert client_of("clinician_elsewhere").get(old).status_code == 404


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"duplicate": "P-009"}, "duplicate", "There is no patient with this number."),
        ({"survivor": "P-00"}, "survivor", "There is no patient with this number."),
        ({"duplicate": "P-001"}, "duplicate", "These are the same record."),
        ({"reason": " "}, "reason", "This field is needed."),
    ],
)
def test_a_merge_that_cannot_be_is_refused_with_everything_kept(administrator, typed, field, sentence):
    form = {"survivor": "P-001", "duplicate": "P-002", "reason": "entered twice", **typed}
    answer = merge(administrator, **form)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert f"#{field}" in Page(answer.text).links or typed == {"duplicate": "P-001"}
    kept = Page(answer.text).form_with("survivor")
    assert {name: kept[name][0] for name in form} == form


def test_records_that_contradict_each_other_stay_two(administrator, make, people, stored):
    for patient_id, fatigue in ((people.patient_id, 4), (people.other_patient_id, 9)):
        make(lambda maker, one=patient_id, score=fatigue: maker.known(one).scored(days_before(3), fatigue=score))
    answer = merge(administrator, survivor="P-001", duplicate="P-002", reason="entered twice")
    assert (answer.status_code, "These two records contradict each other." in said(answer)) == (422, True)
    key = (people.clinic_id, people.other_patient_id)
    assert stored(lambda session: session.get(Patient, key)).merged_into_id is None


# Who may not


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher"])
@pytest.mark.parametrize("path", ["/admin/people", "/admin/people/new", "/admin/merge", "/admin/protocol"])
def test_the_administration_is_for_administrators(client_of, name, path):
    browser = client_of(name)
    assert browser.get(path).status_code == 404
    assert browser.post(path, data=NEW).status_code in {404, 405}


def test_an_administrator_reaches_no_member_of_another_clinic(administrator, people, stored):
    member = people.clinician_elsewhere
    for deed in ("let-go", "take-back-in", "invite-again"):
        sent = {"version": version_of(stored, member)}
        assert administrator.post(f"/admin/people/{member.membership_id}/{deed}", data=sent).status_code == 404
    assert "P-001" in said(administrator.get("/patients"))


def test_a_patient_of_another_clinic_is_neither_invited_nor_merged(administrator, clinician, people):
    path = f"/patients/{people.patient_elsewhere_id}/invitation"
    assert [clinician.get(path).status_code, clinician.post(path, data=NEW).status_code] == [404, 404]
