"""A patient's own page: the own scores in plain words, and nothing of anybody else."""

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.records.tables import Clinic
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

CLINICAL = ("chalder", "responder", "beyond questionnaire error", "better_beyond", "sem", "band ±", "P-001")


def chalder(total):
    return AssessmentForm("chalder11", totals={"likert": total})


@pytest.fixture
def mine(client_of, make, people):
    """The patient's page after these totals: two before FMT, one at day 89."""

    def page(*after, before=(25, 25), language="en"):
        def write(maker):
            patient = maker.known(people.patient_id).course(days_before(91))
            for on_date, total in zip((days_before(105), days_before(95)), before, strict=False):
                patient.visit(on_date, chalder(total))
            for total in after:
                patient.visit(days_before(2), chalder(total))

        make(write)
        browser = client_of("patient")
        browser.post("/language", data={"language": language})
        answer = browser.get("/me")
        assert answer.status_code == 200
        return Page(answer.text)

    return page


@pytest.mark.parametrize(
    ("total", "words", "sentence"),
    [
        (8, "Better by more than the questionnaire's error", "17 points lower than before treatment"),
        (25, "About the same as before", "the same as before treatment"),
        (28, "About the same as before", "3 points higher than before treatment"),
        (33, "Worse by more than the questionnaire's error", "8 points higher than before treatment"),
    ],
)
def test_a_change_is_told_in_plain_words(mine, total, words, sentence):
    page = mine(total)
    assert words in page.words
    assert any(sentence in word for word in page.words)


def test_the_same_in_turkish(mine):
    page = mine(8, language="tr")
    assert {"Merhaba Ayşe", "Yorgunluk"} <= set(page.words)
    assert "İlk FMT’niz 23 Ağustos 2026 tarihindeydi. Bugün 91. gün." in page.words
    assert any("tedavi öncesinden 17 puan daha düşüktü" in word for word in page.words)


def test_no_word_of_the_clinic_s_language_is_on_the_page(mine):
    text = mine(8).text.lower()
    assert [word for word in CLINICAL if word.lower() in text] == []


def test_no_link_leads_where_a_patient_may_not_go(mine, client_of):
    browser = client_of("patient")
    for link in mine(8).links:
        assert link.startswith("#") or browser.get(link).status_code in {200, 302}, link
    assert "/patients/" not in browser.get("/me").text


def test_becoming_worse_is_said_gently_with_whom_to_call(mine, wrote, people):
    wrote(lambda session: setattr(session.get(Clinic, people.clinic_id), "emergency_contact", "0212 000 00 00"))
    page = mine(33, before=(3, 3))
    assert "Worse by more than the questionnaire's error" in page.words
    (note,) = [word for word in page.words if word.startswith("Something here is worse than before.")]
    assert note.endswith("tell the clinic. 0212 000 00 00")


def test_who_is_not_worse_is_not_alarmed(mine):
    assert "Something here is worse" not in mine(8).text


def test_every_page_says_what_it_is_and_is_not(mine):
    text = mine().text
    assert "This is a record, not medical advice, and nobody watches it at night." in text
    assert "Nothing here says what caused a change, or what comes next." in text


def test_before_any_score_the_page_says_what_will_be_there(client_of):
    text = said(client_of("patient").get("/me"))
    assert "There are no scores yet. After your next visit they appear here." in text
    assert "No FMT is recorded yet." in text


def test_when_the_clinic_looked_is_told_and_the_own_look_is_not(mine, client_of, clinician, people):
    assert "looked at this" not in mine(8).text
    clinician.get(f"/patients/{people.patient_id}")
    page = said(client_of("patient").get("/me"))
    assert "A clinician looked at this on 22 November 2026." in page


def test_an_impression_of_change_is_not_judged(client_of, make, people):
    def write(maker):
        impression = AssessmentForm("own_change", answers={"1": 2})
        maker.known(people.patient_id).course(days_before(91)).visit(days_before(2), impression)

    make(write)
    assert "There are no scores yet." in said(client_of("patient").get("/me"))


def test_a_page_of_one_s_own_shows_what_was_too_much_to_answer(client_of, make, people):
    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(91))
        patient.visit(days_before(100), chalder(25)).visit(days_before(2), AssessmentForm("chalder11"), too_ill=True)

    make(write)
    text = said(client_of("patient").get("/me"))
    assert "Cannot be told yet" in text
    assert "too ill that day" in text


# Who may not


@pytest.mark.parametrize("name", ["clinician", "administrator", "researcher"])
def test_nobody_else_has_a_page_of_their_own(client_of, name):
    assert client_of(name).get("/me").status_code == 404


def test_nothing_of_anybody_else_is_on_the_page(mine, make, people):
    def write(maker):
        maker.known(people.other_patient_id).course(days_before(91)).scored(days_before(2), fatigue=9)

    make(write)
    page = mine(8)
    assert "Işık" not in page.text
    assert "own_fatigue" not in page.text


@pytest.mark.parametrize("where", ["", "/visits/new", "/history", "/edit", "/events/new", "/treatments/new", "/ending"])
def test_a_patient_reaches_no_page_of_the_clinic_not_even_about_oneself(client_of, people, where):
    for patient_id in (people.patient_id, people.other_patient_id):
        assert client_of("patient").get(f"/patients/{patient_id}{where}").status_code == 404


def test_the_date_of_the_clinic_counts(client_of, make, people):
    make(lambda maker: maker.known(people.patient_id).course(days_before(0)))
    assert "Today is day 0." in said(client_of("patient").get("/me"))
