"""Infusions: recorded with the course they begin, corrected, taken back, and silent about a blinded arm."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from outcomes.actions.donors import recall
from outcomes.records.tables import Course, Infusion
from outcomes.terms import Intent, Material, MaterialState, Route
from tests.factories import TODAY, days_before
from tests.web.pages import Page, reasoned, said
from tests.words import in_clear

pytestmark = pytest.mark.usefixtures("noon")

MUST = {"route": "enema", "material": "donor"}
GIVEN = {
    "intent": "trial",
    "indication": "ME/CFS after COVID-19",
    "on_date": days_before(30).isoformat(),
    "route": "enema",
    "material": "autologous",
    "state": "frozen",
    "mass_g": "52,5",
    "volume_ml": "200",
    "thawed_on": days_before(30).isoformat(),
    "anaerobic": "yes",
    "retention_minutes": "60",
    "lavage_agent": "macrogol",
    "proton_pump_inhibitor": "no",
    "sedation": "no",
    "antibiotic": "vancomycin",
    "antibiotic_days": "5",
    "antibiotic_washout_days": "1",
    "note": "well borne",
}


@pytest.fixture
def base(people):
    return f"/patients/{people.patient_id}/treatments"


@pytest.fixture
def blank(clinician, base):
    """The fields of the form of a new infusion."""

    def fields(**typed):
        return Page(clinician.get(f"{base}/new").text).form_with("idempotency_key") | typed

    return fields


@pytest.fixture
def given(stored):
    """The infusions and courses on record."""

    def rows(table=Infusion):
        return stored(lambda session: session.scalars(select(table).where(table.deleted_at.is_(None))).all())

    return rows


def open_form(browser, path):
    return reasoned(Page(browser.get(path).text).form_with("on_date"))


def test_an_infusion_is_recorded_with_every_field_and_begins_its_course(clinician, people, base, blank, given, stored):
    answer = clinician.post(f"{base}/new", data=blank(**GIVEN))
    assert (answer.status_code, answer.location) == (302, f"/patients/{people.patient_id}")
    assert "Saved." in said(clinician.get(answer.location))
    (course,), (row,) = given(Course), given()
    assert (course.number, course.intent) == (1, Intent.TRIAL)
    assert stored(lambda session: in_clear(session, course, "indication")) == "ME/CFS after COVID-19"
    form = open_form(clinician, f"{base}/{row.id}")
    told = {"intent", "indication"}
    shown = {**GIVEN, "mass_g": "52.5"}
    assert {name: form[name] for name in GIVEN if name not in told} == {
        name: [value] for name, value in shown.items() if name not in told
    }
    assert (row.mass_g, row.material, row.state) == (52.5, Material.AUTOLOGOUS, MaterialState.FROZEN)


def test_the_next_infusion_continues_the_latest_course_unless_a_new_one_is_begun(clinician, base, blank, given):
    clinician.post(f"{base}/new", data=blank(**GIVEN))
    form = blank(**MUST, on_date=days_before(23).isoformat())
    assert form["course_id"] == [str(given(Course)[0].id)]
    clinician.post(f"{base}/new", data=form)
    clinician.post(f"{base}/new", data=blank(**MUST, course_id="", on_date=days_before(3).isoformat()))
    assert sorted(course.number for course in given(Course)) == [1, 2]
    assert (len(given()), len({row.course_id for row in given()})) == (3, 2)


def test_the_same_form_sent_twice_is_one_infusion_of_one_course(clinician, base, blank, given):
    form = blank(**GIVEN)
    assert [clinician.post(f"{base}/new", data=form).status_code for _ in range(2)] == [302, 302]
    assert (len(given()), len(given(Course))) == (1, 1)


def test_a_lot_brings_its_donor(clinician, make, base, blank, given):
    donor_id = make(lambda maker: maker.donor("D-04"))
    lot_id = make(lambda maker: maker.lot(donor_id, "L-9"))
    assert f'<option value="{lot_id}">L-9 · D-04</option>' in clinician.get(f"{base}/new").text
    clinician.post(f"{base}/new", data=blank(**MUST, on_date=days_before(3).isoformat(), lot_id=str(lot_id)))
    assert [(row.lot_id, row.donor_id) for row in given()] == [(lot_id, donor_id)]
    assert "donor D-04" in said(clinician.get(base.removesuffix("/treatments")))


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"on_date": ""}, "on_date", "This field is needed."),
        ({"on_date": (TODAY + timedelta(days=1)).isoformat()}, "on_date", "This date is still to come."),
        ({"mass_g": "much"}, "mass_g", "Enter a number."),
        ({"mass_g": "1001"}, "mass_g", "A number from 0 to 1000 is needed."),
        ({"capsules": "1,5"}, "capsules", "Not a valid integer value."),
        ({"retention_minutes": "-1"}, "retention_minutes", "This number cannot be right."),
        ({"indication": " "}, "indication", "This field is needed."),
        ({"note": "x" * 1001}, "note", "This is too long."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_recorded(
    clinician, base, blank, given, typed, field, sentence
):
    answer = clinician.post(f"{base}/new", data=blank(**{**GIVEN, **typed}))
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(sentence)}', answer.text)
    assert open_form_of(answer)["lavage_agent"] == ["macrogol"]
    assert given(Course) == []


def test_route_and_material_are_never_filled_in_by_standing_first(clinician, base, blank, given):
    answer = clinician.post(f"{base}/new", data=blank(on_date=days_before(3).isoformat()))
    assert answer.status_code == 422
    for field in ("route", "material"):
        assert re.search(rf'id="{field}-error">[^<]*This field is needed', answer.text)
    assert given() == []


def open_form_of(answer):
    return Page(answer.text).form_with("idempotency_key")


def test_a_recalled_lot_and_one_of_another_donor_are_refused_beside_the_lot(clinician, make, base, blank):
    donor_id, other_id = make(lambda maker: (maker.donor("D-1"), maker.donor("D-2")))
    lot_id = make(lambda maker: maker.lot(donor_id, "L-1"))
    when = {**MUST, "on_date": days_before(3).isoformat(), "lot_id": str(lot_id)}
    wrong = clinician.post(f"{base}/new", data=blank(**when, donor_id=str(other_id)))
    assert "This lot comes from another donor." in said(wrong)
    make(lambda maker: recall(maker.work, lot_id, days_before(5), "a late result"))
    assert "This lot was recalled and may not be given." in said(clinician.post(f"{base}/new", data=blank(**when)))


@pytest.fixture
def one(make, people):
    """One infusion on record."""
    return make(lambda maker: maker.known(people.patient_id).course(days_before(30), mass_g=50).infusions[0])


def test_an_infusion_is_corrected(clinician, base, one, given):
    form = open_form(clinician, f"{base}/{one}") | {"on_date": days_before(31).isoformat(), "mass_g": "45"}
    assert clinician.post(f"{base}/{one}", data=form).status_code == 302
    assert [(row.on_date, row.mass_g, row.version) for row in given()] == [(days_before(31), 45, 2)]


def test_an_amount_is_shown_as_it_is_stored_with_the_reader_s_decimal_sign(clinician, make, people, base):
    one = make(lambda maker: maker.known(people.patient_id).course(days_before(9), mass_g=50.125).infusions[0])
    clinician.post("/language", data={"language": "tr"})
    form = open_form(clinician, f"{base}/{one}")
    assert form["mass_g"] == ["50,125"]
    assert clinician.post(f"{base}/{one}", data=form).status_code == 302
    assert open_form(clinician, f"{base}/{one}")["version"] == ["1"]


def test_two_who_correct_at_once_see_both_values_in_words(clinician, client_of, make, base, one, given):
    donor_id = make(lambda maker: maker.donor("D-04"))
    mine = open_form(clinician, f"{base}/{one}") | {"mass_g": "45"}
    theirs = {"route": "enema", "on_date": days_before(32).isoformat(), "donor_id": str(donor_id), "anaerobic": "yes"}
    other = client_of("administrator")
    other.post(f"{base}/{one}", data=open_form(other, f"{base}/{one}") | theirs)
    refused = clinician.post(f"{base}/{one}", data=mine)
    assert refused.status_code == 409
    words = Page(refused.text).words
    table = words[words.index("Yours") + 1 :]
    assert {tuple(table[n : n + 3]) for n in range(0, 15, 3)} == {
        ("Date", "21 October 2026", "23 October 2026"),
        ("Route", "enema", "colonoscopy"),
        ("Donor", "D-04", "–"),
        ("Mass in g", "50", "45"),
        ("Prepared without oxygen", "yes", "–"),
    }
    assert clinician.post(f"{base}/{one}", data=open_form_of(refused)).status_code == 302
    assert [(row.mass_g, row.route) for row in given()] == [(45, Route.COLONOSCOPY)]


def test_an_infusion_is_taken_back_with_a_reason_and_not_without(clinician, people, base, one, given):
    back = clinician.post(f"{base}/{one}/remove", data={"taken_why": ""})
    assert "Nothing was taken back: a reason is needed." in said(clinician.get(back.location))
    assert len(given()) == 1
    back = clinician.post(f"{base}/{one}/remove", data={"taken_why": "other", "taken_more": "entered twice"})
    assert "Taken back. The history keeps it." in said(clinician.get(back.location))
    assert given() == []
    assert "entered twice" in said(clinician.get(f"/patients/{people.patient_id}/history"))


# A blinded arm


@pytest.fixture
def blinded(make, people):
    """One infusion of placebo in a blinded arm."""

    def write(maker):
        patient = maker.known(people.patient_id).arm("B", blinded=True)
        return patient.course(days_before(30), material=Material.PLACEBO, note="the placebo bag").infusions[0]

    return make(write)


def test_the_form_of_a_blinded_infusion_does_not_tell_what_was_given(clinician, base, blinded):
    answer = clinician.get(f"{base}/{blinded}")
    assert answer.status_code == 200
    assert "the placebo bag" not in answer.text
    assert {"material", "donor_id", "lot_id", "state", "note"}.isdisjoint(open_form(clinician, f"{base}/{blinded}"))


@pytest.mark.parametrize("more", [{}, {"material": "donor", "note": "", "state": "fresh"}])
def test_correcting_a_blinded_infusion_leaves_what_was_given_as_it_is(clinician, base, blinded, given, stored, more):
    form = open_form(clinician, f"{base}/{blinded}") | {"on_date": days_before(29).isoformat()} | more
    assert clinician.post(f"{base}/{blinded}", data=form).status_code == 302
    (row,) = given()
    assert (row.on_date, row.material, row.state) == (days_before(29), Material.PLACEBO, None)
    assert stored(lambda session: in_clear(session, row, "note")) == "the placebo bag"


def test_two_who_correct_a_blinded_infusion_at_once_do_not_learn_the_arm(clinician, client_of, base, blinded):
    mine = open_form(clinician, f"{base}/{blinded}") | {"mass_g": "45", "material": "donor"}
    other = client_of("administrator")
    other.post(f"{base}/{blinded}", data=open_form(other, f"{base}/{blinded}") | {"mass_g": "40"})
    refused = clinician.post(f"{base}/{blinded}", data=mine)
    assert refused.status_code == 409
    assert "placebo" not in refused.text


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_nobody_else_reaches_an_infusion(client_of, base, one, given, name):
    browser = client_of(name)
    for path in (f"{base}/new", f"{base}/{one}"):
        assert (browser.get(path).status_code, browser.post(path, data=GIVEN).status_code) == (404, 404)
    assert browser.post(f"{base}/{one}/remove", data={"taken_why": "other", "taken_more": "x"}).status_code == 404
    assert len(given()) == 1


def test_an_infusion_is_not_reached_under_another_patient(clinician, people, one):
    path = f"/patients/{people.other_patient_id}/treatments/{one}"
    assert clinician.get(path).status_code == 404
    assert clinician.post(f"{path}/remove", data={"taken_why": "other", "taken_more": "x"}).status_code == 404


@pytest.mark.parametrize("where", ["nowhere", "elsewhere", "neighbour"])
def test_an_infusion_is_added_to_no_course_but_the_patient_s_own(clinician, make, people, base, blank, given, where):
    elsewhere = make(lambda maker: maker.known(people.patient_elsewhere_id).course().courses[0], "clinician_elsewhere")
    neighbour = make(lambda maker: maker.known(people.other_patient_id).course().courses[0])
    course_id = {"nowhere": uuid4(), "elsewhere": elsewhere, "neighbour": neighbour}[where]
    answer = clinician.post(f"{base}/new", data=blank(**GIVEN) | {"course_id": str(course_id)})
    assert answer.status_code == 422
    assert given() == []
