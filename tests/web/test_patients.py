"""Patients: found however their names are typed, taken in with every field, edited by two at once without loss."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from outcomes.actions.assess import AssessmentForm
from outcomes.records.tables import Patient, ReadLog, SignIn
from outcomes.terms import Ending
from tests.factories import TODAY, days_before
from tests.web.pages import Page, reasoned, said
from tests.words import in_clear

pytestmark = pytest.mark.usefixtures("noon")

EVERYTHING = {
    "name": "İpek Nur Işıkçı",
    "code": "P-100",
    "birth_date": "1984-02-29",
    "sex": "female",
    "contact": "ipek@example.org, 0212 000 00 00",
    "country": "TR",
    "onset_kind": "sudden",
    "onset_year": "2019",
    "onset_month": "3",
    "trigger": "covid_19",
    "diagnosed_on": "2020-06-01",
    "work_status": "sick_leave",
    "comorbidities": ["ibs", "migraine"],
    "medication": "propranolol 10 mg",
    "diet": "no gluten",
    "antibiotics_last_3_months": "no",
    "entry_basis": "qualifying_score",
    "case_canadian_2003_met": "yes",
    "case_canadian_2003_on": "2020-06-01",
    "case_canadian_2003_by": "Dr Öztürk",
    "case_nice_2021_met": "no",
    "consent_record_given": "2025-01-10",
    "consent_reminders_given": "2025-01-10",
    "consent_reminders_withdrawn": "2025-03-01",
}


def edit_path(patient_id):
    return f"/patients/{patient_id}/edit"


def form_of(browser, path):
    return reasoned(Page(browser.get(path).text).form_with("idempotency_key"))


def filled(form):
    """What stands in a form, without what the program itself put there."""
    return {name: values for name, values in form.items() if name not in TECHNICAL and values != [""]}


TECHNICAL = {"csrf_token", "idempotency_key", "version", "why"}


def enrol(browser, **fields):
    return browser.post("/patients/new", data=form_of(browser, "/patients/new") | fields)


def patient_of(stored, code):
    return stored(lambda session: session.scalars(select(Patient).where(Patient.code == code)).one_or_none())


def listed(answer):
    return re.findall(r"<small class=\"muted\">([^<]+)</small></th>", answer.text)


# The search


@pytest.mark.parametrize("typed", ["Işık", "ışık", "IŞIK", "isik", "ISIK", "İşık", "çağ", "cag", "CAG", "Çağlayan ış"])
def test_a_name_is_found_however_its_turkish_letters_are_typed(clinician, people, typed):
    answer = clinician.post("/patients", data={"text": typed})
    assert answer.location == f"/patients/{people.other_patient_id}"


@pytest.mark.parametrize("typed", ["P-001", "p-001", "001", " P-001 "])
def test_a_number_is_found_by_a_part_of_it(clinician, people, typed):
    assert clinician.post("/patients", data={"text": typed}).location == f"/patients/{people.patient_id}"


def test_several_who_are_found_are_listed_and_what_was_typed_stays(clinician, make):
    make(lambda maker: maker.patient("P-003", name="Ayla Demir"))
    answer = clinician.post("/patients", data={"text": "Ay"})
    assert listed(answer) == ["P-001", "P-003"]
    assert 'value="Ay"' in answer.text


def test_a_search_goes_on_to_its_next_page(clinician, make):
    make(lambda maker: [maker.patient(f"X-{n:03}") for n in range(53)])
    first = clinician.post("/patients", data={"text": "X-"})
    assert (len(listed(first)), "53 patients" in first.text) == (50, True)
    further = clinician.post("/patients", data=Page(first.text).form_with("after"))
    assert listed(further) == ["X-050", "X-051", "X-052"]
    assert "after" not in "".join(Page(further.text).links)


def test_nobody_found_is_said_with_the_way_back(clinician):
    answer = clinician.post("/patients", data={"text": "Zzyzx"})
    assert "Nobody is found by this name or number." in said(answer)
    assert "/patients" in Page(answer.text).links


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "'; DROP TABLE patient; --", "<script>"])
def test_whatever_is_typed_is_only_searched_for(clinician, typed):
    answer = clinician.post("/patients", data={"text": typed})
    assert answer.status_code == 200
    assert listed(answer) == ([] if typed.strip() else ["P-001", "P-002"])
    assert "<script>" not in answer.text.partition("<main")[2]


@pytest.mark.parametrize("typed", ["L" * 300_000, "ab " * 3_000], ids=["one long word", "many words"])
def test_a_search_for_more_than_a_name_can_be_finds_nobody(clinician, typed):
    answer = clinician.post("/patients", data={"text": typed})
    assert (answer.status_code, listed(answer)) == (200, [])


def test_no_address_holds_a_name(clinician):
    answer = clinician.get("/patients?text=Yılmaz")
    assert listed(answer) == ["P-001", "P-002"]


# The list


def test_the_list_is_told_a_page_at_a_time_in_the_order_of_the_numbers(clinician, make):
    make(lambda maker: [maker.patient(f"A-{n:03}") for n in range(60)])
    first = clinician.get("/patients?sex=unknown")
    (further,) = [link for link in Page(first.text).links if "after=" in link]
    assert (len(listed(first)), listed(first)[0], "60 patients" in first.text) == (50, "A-000", True)
    assert "sex=unknown" in further
    assert listed(clinician.get(further)) == [f"A-{n:03}" for n in range(50, 60)]


@pytest.fixture
def some(make, people):
    """One patient in each state."""

    def write(maker):
        maker.known(people.patient_id).course(days_before(91)).scored(
            days_before(60), fatigue=5, visit={"severity": "severe"}
        )
        maker.known(people.other_patient_id)
        for code, kind in (("E-1", Ending.DEATH), ("E-2", Ending.WITHDRAWAL), ("E-3", Ending.LOST)):
            maker.patient(code).course(days_before(100)).ended(kind, days_before(20))

    make(write)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("state=before_treatment", ["P-002"]),
        ("state=follow_up", ["P-001"]),
        ("state=death", ["E-1"]),
        ("state=withdrawal", ["E-2"]),
        ("state=lost", ["E-3"]),
        ("severity=severe", ["P-001"]),
        ("sex=female&state=follow_up", ["P-001"]),
        ("due=open&state=follow_up", ["P-001"]),
        ("state=nonsense", ["E-1", "E-2", "E-3", "P-001", "P-002"]),
        ("severity=mild", []),
    ],
)
def test_filters_show_whom_they_name_and_stay_chosen(clinician, some, query, codes):
    answer = clinician.get(f"/patients?{query}")
    assert listed(answer) == codes
    chosen = Page(answer.text).form_with("severity")
    for name, value in (part.split("=") for part in query.split("&")):
        assert chosen[name] == [value if value != "nonsense" else ""]
    assert ("No patient passes these filters." in said(answer)) is (not codes)


def test_a_row_says_where_its_patient_stands(clinician, some):
    words = set(Page(clinician.get("/patients").text).words)
    assert {
        "died",
        "withdrew",
        "lost to follow-up",
        "in follow-up",
        "before FMT",
        "severe",
        "23 September 2026",
    } <= words
    assert "3 months, 14 days left" in words


# Taking a patient in, and editing


def test_a_patient_is_taken_in_with_every_field_and_all_of_it_comes_back(clinician, stored):
    answer = enrol(clinician, **EVERYTHING)
    assert (answer.status_code, answer.location) == (302, "/patients")
    patient = patient_of(stored, "P-100")
    assert filled(form_of(clinician, edit_path(patient.id))) == {
        name: value if isinstance(value, list) else [value] for name, value in EVERYTHING.items()
    }
    assert clinician.post("/patients", data={"text": "isikci"}).location == f"/patients/{patient.id}"


def test_what_tells_who_somebody_is_lies_sealed(clinician, stored):
    enrol(clinician, **EVERYTHING)
    patient = patient_of(stored, "P-100")
    for sealed in (patient.name_sealed, patient.contact_sealed, patient.birth_date_sealed):
        assert not any(word.encode() in sealed for word in ("pek", "example", "1984"))


def test_a_patient_may_be_taken_in_with_nothing_but_a_number_given_by_the_program(clinician, stored):
    assert enrol(clinician).status_code == 302
    assert patient_of(stored, "OC-0001")
    page = Page(clinician.get(f"/patients/{patient_of(stored, 'OC-0001').id}").text)
    assert {"OC-0001", "No scores yet"} <= set(page.words)


def test_the_same_form_sent_twice_is_one_patient(clinician, stored):
    form = form_of(clinician, "/patients/new") | {"name": "Deniz"}
    assert [clinician.post("/patients/new", data=form).status_code for _ in range(2)] == [302, 302]
    assert patient_of(stored, "OC-0002") is None


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"code": "P-001"}, "code", "This code is already in use."),
        ({"birth_date": (TODAY + timedelta(days=1)).isoformat()}, "birth_date", "This date is still to come."),
        ({"birth_date": "29.02.2023"}, "birth_date", "Not a valid date value."),
        ({"country": "T1"}, "country", "A country is given by two letters, such as TR."),
        ({"onset_month": "3"}, "onset_year", "A month of onset needs its year."),
        ({"onset_year": "2027"}, "onset_year", "This year cannot be."),
        ({"onset_year": "1800"}, "onset_year", "This number cannot be right."),
        ({"onset_year": "1980", "birth_date": "1984-01-01"}, "onset_year", "The illness cannot begin before birth."),
        ({"onset_year": "2026", "onset_month": "12"}, "onset_month", "This month is still to come."),
        ({"sex": "robot"}, "sex", "Invalid Choice: could not coerce."),
        ({"name": "x" * 201}, "name", "This is too long."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_lost(clinician, stored, typed, field, sentence):
    answer = enrol(clinician, medication="none", comorbidities=["ibs"], **typed)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(sentence)}', answer.text)
    assert f"#{field}" in Page(answer.text).links
    kept = Page(answer.text).form_with("idempotency_key")
    assert (kept["medication"], kept["comorbidities"]) == (["none"], ["ibs"])
    assert stored(lambda session: session.scalars(select(Patient.medication)).all()) == [None, None, None]


def test_a_country_may_be_typed_small(clinician, stored):
    enrol(clinician, code="P-9", country="tr")
    assert patient_of(stored, "P-9").country == "TR"


def test_two_who_edit_at_once_see_both_values_and_lose_nothing(clinician, client_of, people, stored):
    path = edit_path(people.patient_id)
    mine = form_of(clinician, path) | {"diet": "no gluten", "medication": "none", "comorbidities": ["ibs"]}
    theirs = {"diet": "vegan", "diagnosed_on": "2020-06-01", "case_iom_2015_met": "yes", "sex": "male"}
    other = client_of("administrator")
    assert other.post(path, data=form_of(other, path) | theirs).status_code == 302

    refused = clinician.post(path, data=mine)
    assert refused.status_code == 409
    words = Page(refused.text).words
    told = words[words.index("Yours") + 1 :]
    rows = {tuple(told[n : n + 3]) for n in range(0, 21, 3)}
    assert rows >= {
        ("Diet", "vegan", "no gluten"),
        ("Medication", "–", "none"),
        ("Sex", "man", "woman"),
        ("Date of diagnosis", "1 June 2020", "–"),
        ("Other conditions", "–", "irritable bowel syndrome"),
        ("Case definitions", "IOM 2015 yes", "–"),
    }
    key = (people.clinic_id, people.patient_id)
    assert stored(lambda session: in_clear(session, session.get(Patient, key), "diet")) == "vegan"

    again = Page(refused.text).form_with("idempotency_key")
    assert (again["diet"], again["comorbidities"]) == (["no gluten"], ["ibs"])
    assert clinician.post(path, data=again | {"sex": "male"}).status_code == 302
    patient = stored(lambda session: session.get(Patient, key))
    assert (patient.comorbidities, patient.sex) == (["ibs"], "male")
    for name, words in {"diet": "no gluten", "medication": "none"}.items():
        assert stored(lambda session, name=name: in_clear(session, patient, name)) == words


def test_an_edit_that_wants_what_is_there_already_is_no_conflict(clinician, client_of, people):
    path = edit_path(people.patient_id)
    form = form_of(clinician, path) | {"diet": "vegan"}
    assert client_of("administrator").post(path, data=form).status_code == 302
    assert clinician.post(path, data=form).status_code == 302


# The page of one patient


def test_the_page_tells_who_what_was_done_what_changed_and_what_is_due(clinician, make, people):
    def treated(maker):
        patient = maker.known(people.patient_id).course(days_before(91), mass_g=50)
        for on_date, total in ((days_before(105), 30), (days_before(95), 30), (days_before(2), 12)):
            patient.visit(on_date, AssessmentForm("chalder11", totals={"likert": total}))

    make(treated)
    words = Page(clinician.get(f"/patients/{people.patient_id}").text).words
    parts = ["Ayşe Yılmaz", "Courses and infusions", "Better beyond the band: fatigue.", "Nothing is due now"]
    assert sorted(parts, key=words.index) == parts
    assert "23 August 2026: colonoscopy, 50 g, donor stool" in words
    assert "Better, beyond questionnaire error" in words
    assert any(word.startswith("Day 89: 18.0 points lower than before FMT.") for word in words)


def test_what_is_not_known_of_somebody_is_not_shown_as_something_else(clinician, make, people):
    make(lambda maker: maker.known(people.patient_id).scored(days_before(3), visit={"severity": "severe"}, fatigue=7))
    words = Page(clinician.get(f"/patients/{people.patient_id}").text).words
    assert (words[words.index("woman") - 1], words[words.index("severe") - 1]) == ("Sex", "Severity")


def test_an_ending_stands_above_everything_and_nothing_is_due_any_more(clinician, make, people):
    make(
        lambda maker: maker.known(people.patient_id).course(days_before(91)).ended(Ending.LOST, days_before(3), "moved")
    )
    words = Page(clinician.get(f"/patients/{people.patient_id}").text).words
    assert {"lost to follow-up on 19 November 2026: moved", "No further visits are expected"} <= set(words)


def test_opening_a_record_is_written_down(clinician, people, stored):
    clinician.get(f"/patients/{people.patient_id}")
    looks = stored(lambda session: session.scalars(select(ReadLog)).all())
    assert [(look.patient_id, look.what) for look in looks] == [(people.patient_id, "record")]
    assert stored(lambda session: session.scalars(select(SignIn)).all())


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
@pytest.mark.parametrize("path", ["/patients", "/patients/new"])
def test_the_list_and_enrolment_are_there_for_clinicians_alone(client_of, name, path):
    browser = client_of(name)
    assert (browser.get(path).status_code, browser.post(path, data={"text": "A"}).status_code) == (404, 404)


def test_a_neighbouring_clinic_is_neither_listed_nor_found(client_of, people):
    elsewhere = client_of("clinician_elsewhere")
    assert listed(elsewhere.get("/patients")) == ["P-001"]
    assert "Ayşe" not in elsewhere.get("/patients").text
    assert "Nobody is found" in said(elsewhere.post("/patients", data={"text": "Yılmaz"}))


def test_a_foreign_patient_is_not_edited(client_of, people, stored):
    elsewhere = client_of("clinician_elsewhere")
    assert elsewhere.post(edit_path(people.patient_id), data={"diet": "vegan"}).status_code == 404
    key = (people.clinic_id, people.patient_id)
    assert stored(lambda session: session.get(Patient, key)).diet is None


def test_nothing_is_said_of_a_patient_because_it_stands_first(clinician, stored):
    form = Page(clinician.get("/patients/new").text).form_with("idempotency_key")
    clinician.post("/patients/new", data={**form, "code": "P-200"})
    row = stored(lambda session: session.scalar(select(Patient).where(Patient.code == "P-200")))
    assert (row.sex, row.onset_kind, row.work_status, row.entry_basis) == ("unknown",) * 4
