"""Donors under pseudonyms: their screenings and lots, a recall, and the way from a lot to everybody who received it."""

import re

import pytest
from sqlalchemy import select

from outcomes.records.tables import Donor, DonorScreening, Lot
from outcomes.terms import Material
from tests.factories import days_before
from tests.web.pages import Page, reasoned, said

pytestmark = pytest.mark.usefixtures("noon")

DONOR = {"code": "D-04", "kind": "universal", "active": "yes", "note": "morning donations"}
SCREENING = {
    "on_date": days_before(90).isoformat(),
    "panel": "stool and blood",
    "result": "passed",
    "note": "repeat in May",
}
LOT = {"number": "L-17", "state": "frozen", "prepared_on": days_before(60).isoformat(), "anaerobic": "yes"}


def fill(browser, path, **typed):
    return reasoned(Page(browser.get(path).text).form_with("version")) | typed


def send(browser, path, **typed):
    return browser.post(path, data=fill(browser, path, **typed))


def all_of(stored, table):
    return stored(lambda session: session.scalars(select(table)).all())


@pytest.fixture
def donor_path(clinician, stored):
    """A donor taken in through the form."""
    send(clinician, "/donors/new", **DONOR)
    return f"/donors/{all_of(stored, Donor)[0].id}"


def test_a_donor_is_taken_in_shown_and_edited(clinician, donor_path, stored):
    assert {"D-04", "universal donor"} <= set(Page(clinician.get("/donors").text).words)
    form = fill(clinician, f"{donor_path}/edit")
    assert {name: form[name] for name in DONOR} == {name: [value] for name, value in DONOR.items()}
    assert clinician.post(f"{donor_path}/edit", data=form | {"active": "no"}).location == donor_path
    assert "no longer gives" in said(clinician.get("/donors"))
    assert [donor.active for donor in all_of(stored, Donor)] == [False]


def test_without_donors_the_page_says_what_to_do_next(clinician):
    page = Page(clinician.get("/donors").text)
    assert "There is no donor here yet." in page.words
    assert "/donors/new" in page.links


def test_screenings_and_lots_stand_on_the_donor_s_page(clinician, donor_path, stored):
    send(clinician, f"{donor_path}/screenings/new", **SCREENING)
    send(clinician, f"{donor_path}/lots/new", **LOT)
    words = set(Page(clinician.get(donor_path).text).words)
    assert {"1 screening", "stool and blood", "passed", "1 lot", "L-17", "frozen", "24 August 2026"} <= words
    assert "24 August 2026, passed" in said(clinician.get("/donors"))
    assert [(row.panel, row.note) for row in all_of(stored, DonorScreening)] == [("stool and blood", "repeat in May")]
    assert [(row.number, row.anaerobic) for row in all_of(stored, Lot)] == [("L-17", True)]


@pytest.mark.parametrize(
    ("where", "form", "field", "sentence"),
    [
        ("/edit", {**DONOR, "code": " "}, "code", "This field is needed."),
        ("/screenings/new", {**SCREENING, "on_date": "2027-01-01"}, "on_date", "This date is still to come."),
        ("/screenings/new", {**SCREENING, "panel": ""}, "panel", "This field is needed."),
        ("/lots/new", {**LOT, "number": ""}, "number", "This field is needed."),
        ("/lots/new", {**LOT, "prepared_on": "2027-01-01"}, "prepared_on", "This date is still to come."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(clinician, donor_path, where, form, field, sentence):
    answer = send(clinician, f"{donor_path}{where}", **form)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(sentence)}', answer.text)


def test_a_pseudonym_and_a_lot_number_are_given_once(clinician, donor_path):
    assert "This code is already in use." in said(send(clinician, "/donors/new", **DONOR))
    send(clinician, f"{donor_path}/lots/new", **LOT)
    assert "This lot number is already in use." in said(send(clinician, f"{donor_path}/lots/new", **LOT))


def test_two_who_edit_a_donor_at_once_see_both_values(clinician, client_of, donor_path):
    mine = fill(clinician, f"{donor_path}/edit", note="evening donations")
    send(client_of("administrator"), f"{donor_path}/edit", kind="bank", active="no")
    refused = clinician.post(f"{donor_path}/edit", data=mine)
    assert refused.status_code == 409
    words = Page(refused.text).words
    told = words[words.index("Yours") + 1 :]
    assert {tuple(told[n : n + 3]) for n in range(0, 9, 3)} == {
        ("Kind", "stool bank", "universal donor"),
        ("Still gives", "no", "yes"),
        ("Note", "morning donations", "evening donations"),
    }


@pytest.fixture
def given(make, people):
    """A lot of one donor given to two people, one of them in a blinded arm, and another lot to a third."""

    def write(maker):
        donor_id = maker.donor("D-04")
        lots = [maker.lot(donor_id, number) for number in ("L-1", "L-2")]
        maker.known(people.patient_id).course(days_before(30), lot_id=lots[0], donor_id=donor_id)
        maker.known(people.other_patient_id).course(days_before(20), lot_id=lots[1], donor_id=donor_id)
        hidden = maker.patient("H-1").arm("A", blinded=True)
        hidden.course(days_before(10), lot_id=lots[0], donor_id=donor_id, material=Material.DONOR)
        return f"/donors/{donor_id}", lots

    return make(write)


def test_a_donor_leads_to_everybody_who_received_something(clinician, people, given):
    page = Page(clinician.get(given[0]).text)
    assert {"2 infusions were given", "Ayşe Yılmaz", "Işık Çağlayan", "L-1", "L-2"} <= set(page.words)
    assert {f"/patients/{people.patient_id}", f"/patients/{people.other_patient_id}"} <= set(page.links)


def test_who_is_in_a_blinded_arm_is_counted_and_not_named(clinician, given):
    answer = clinician.get(given[0])
    assert "1 more is withheld while its arm is blinded." in said(answer)
    assert "H-1" not in answer.text


def test_a_recall_is_recorded_with_its_reason_and_once(clinician, given, stored):
    path, (lot_id, _) = given
    recall = f"{path}/lots/{lot_id}/recall"
    assert "Recall lot L-1" in said(clinician.get(recall))
    assert send(clinician, recall, on_date="2026-11-21", reason="").status_code == 422
    form = {"on_date": "2026-11-21", "reason": "a late culture"}
    assert send(clinician, recall, **form).location == path
    assert "21 November 2026: a late culture" in said(clinician.get(path))
    assert "This lot was recalled already." in said(send(clinician, recall, **form))
    assert {lot.number: lot.recall_reason for lot in all_of(stored, Lot)} == {"L-1": "a late culture", "L-2": None}


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_nobody_else_sees_or_changes_a_donor(client_of, given, stored, name):
    browser, (path, (lot_id, _)) = client_of(name), given
    for where, form in (
        ("/edit", DONOR),
        ("/screenings/new", SCREENING),
        ("/lots/new", LOT),
        (f"/lots/{lot_id}/recall", LOT),
    ):
        answers = [browser.get(f"{path}{where}"), browser.post(f"{path}{where}", data=form)]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert browser.get(path).status_code == 404
    assert len(all_of(stored, Lot)) == 2


def test_the_neighbouring_clinic_has_donors_of_its_own(client_of, given):
    assert "There is no donor here yet." in said(client_of("clinician_elsewhere").get("/donors"))


def test_a_lot_is_recalled_under_its_own_donor_alone(clinician, make, given):
    other = make(lambda maker: maker.donor("D-05"))
    path = f"/donors/{other}/lots/{given[1][0]}/recall"
    assert [clinician.get(path).status_code, clinician.post(path, data={}).status_code] == [404, 404]
