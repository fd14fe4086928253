"""The history of a record: every change with its author, its reason and the words of the forms; and who looked."""

from itertools import pairwise

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.actions.enrol import PatientForm, edit
from outcomes.actions.treat import remove_infusion, unblind
from outcomes.terms import Comorbidity, Sex
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def path(people):
    return f"/patients/{people.patient_id}/history"


def told(browser, path):
    """The fields that changed: label and "before → after"."""
    words = Page(browser.get(path).text).words
    return [(word, after.removeprefix(": ")) for word, after in pairwise(words) if "→" in after]


def test_an_edit_is_told_with_what_stood_there_and_what_stands_there_now(clinician, make, people, path):
    form = PatientForm(name="Ayşe Demir", sex=Sex.MALE, comorbidities=(Comorbidity.MIGRAINE,), diet="vegan")
    make(lambda maker: edit(maker.work, people.patient_id, form, 1))
    words = Page(clinician.get(path).text).words
    assert {"2 entries", "patient, changed", "patient, entered", "A clinician", "the program", "4 fields"} <= set(words)
    assert told(clinician, path)[:4] == [
        ("Name", "sealed → sealed"),
        ("Sex", "woman → man"),
        ("Other conditions", "– → migraine"),
        ("Diet", "– → vegan"),
    ]
    assert "Demir" not in "".join(words[words.index("Fields") :])


def test_a_visit_and_its_answers_are_told_in_words(clinician, make, people, path):
    def write(maker):
        answers = AssessmentForm("own_fatigue", answers={"1": 7})
        maker.known(people.patient_id).visit(days_before(3), answers, crash=True, severity="severe")

    make(write)
    changes = told(clinician, path)
    assert {
        ("Date of the answers", "– → 19 November 2026"),
        ("Worse than usual now because of exertion", "– → yes"),
        ("Severity that day (NICE)", "– → severe"),
        ("Entered at", "– → 22 November 2026, 12:00"),
        ("Instrument", "– → own_fatigue"),
        ("Answers", "– → 1=7"),
        ("Answered by", "– → patient"),
        ("State", "– → complete"),
    } <= set(changes)


def test_what_was_taken_back_is_told_with_its_reason(clinician, make, people, path):
    (infusion,) = make(lambda maker: maker.known(people.patient_id).course(days_before(9), mass_g=50.5)).infusions
    make(lambda maker: remove_infusion(maker.work, infusion, "given to somebody else"))
    words = set(Page(clinician.get(path).text).words)
    assert {"infusion, taken back", "given to somebody else", "course, entered"} <= words
    assert ("Mass in g", "– → 50.5") in told(clinician, path)


def test_every_field_of_the_record_has_its_label(clinician, make, people, path):
    everything = {name: name for name in ("medication", "diet")}

    def write(maker):
        maker.known(people.patient_id).arm("A").course(days_before(9), capsules=3, note="n").scored(
            days_before(3), fatigue=4
        ).ended("lost", days_before(1), "moved")
        edit(maker.work, people.patient_id, PatientForm(code="P-001", **everything), 1)

    make(write)
    assert [label for label, _ in told(clinician, path) if "_" in label] == []


def test_who_opened_the_record_is_told(clinician, client_of, people, path):
    client_of("administrator").get(f"/patients/{people.patient_id}")
    clinician.get(f"/patients/{people.patient_id}/edit")
    clinician.get(path)
    page = Page(clinician.get(path).text)
    looks = page.words[page.words.index("Who opened this record") + 1 :][:3]
    assert looks == ["22 November 2026, 12:00 · A clinician"] * 2 + ["22 November 2026, 12:00 · A administrator"]


def test_nobody_has_opened_a_new_record(clinician, path):
    assert "Nobody yet." in said(clinician.get(path))


def test_older_entries_are_a_page_further_and_the_last_page_ends(clinician, make, people, path):
    def write(maker):
        for version in range(1, 121):
            edit(maker.work, people.patient_id, PatientForm(code="P-001", name="A", diet=f"diet {version}"), version)

    make(write)
    first = Page(clinician.get(path).text)
    (older,) = [link for link in first.links if "skip=" in link]
    assert "121 entries" in first.words
    last = clinician.get(older)
    assert not [link for link in Page(last.text).links if "skip=" in link]
    assert "patient, entered" in said(last)


# Who may not


@pytest.fixture
def blinded(make, people):
    make(lambda maker: maker.known(people.patient_id).arm("placebo", blinded=True).course(days_before(9), note="bag B"))


def test_a_blinded_arm_is_not_told_by_the_history(clinician, blinded, path):
    answer = clinician.get(path)
    assert "Entries about the arm are withheld while it is blinded." in said(answer)
    assert "placebo" not in answer.text
    assert "bag B" not in answer.text


def test_an_arm_that_was_opened_is_told(clinician, make, people, blinded, path):
    make(lambda maker: unblind(maker.work, people.patient_id, "the trial ended"))
    assert {("Arm", "– → placebo"), ("Note", "– → bag B")} <= set(told(clinician, path))


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_nobody_else_reads_the_history(client_of, path, name):
    assert client_of(name).get(path).status_code == 404


@pytest.mark.parametrize("skip", ["-5", "many", "100000"])
def test_a_page_that_is_not_there_is_no_fault(clinician, path, skip):
    assert clinician.get(f"{path}?skip={skip}").status_code == 200
