"""The clinician's home: what changed, what is due, what is unfinished, each with one click to it."""

import re
from datetime import date

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.change.windows import DueState, DueVisit, as_stored, default_time_points
from outcomes.terms import Ending, Language
from outcomes.voice import Voice
from outcomes.web.clinic.worklist_page import due_words
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

POINT = default_time_points()[2]
DAY = date(2026, 11, 22)


def section(page, title):
    """The words of one part of the page."""
    words = page.words[page.words.index(title) + 1 :]
    ends = [words.index(other) for other in ("Visits", "Your unfinished drafts") if other in words]
    return words[: min(ends, default=len(words))]


def test_a_clinic_with_nothing_to_do_says_so(clinician, make, people):
    for patient_id in (people.patient_id, people.other_patient_id):
        make(lambda maker, patient=patient_id: maker.known(patient).ended(Ending.LOST, days_before(3)))
    page = Page(clinician.get("/worklist").text)
    assert "No visit is due. When a window opens it appears here." in page.words
    assert "Sunday 22 November 2026 · 0 things wait for you" in page.words


def test_visits_stand_by_urgency_each_with_one_click_to_its_form(clinician, make, people):
    def write(maker):
        maker.known(people.patient_id).course(days_before(400))
        maker.known(people.other_patient_id).course(days_before(35))
        maker.patient("A-1", name="Can Er").course(days_before(91))
        maker.patient("B-1", name="Ece Su").course(days_before(70)).scored(days_before(40), fatigue=4)

    make(write)
    page = Page(clinician.get("/worklist").text)
    groups = ["Closing within 7 days", "Open", "Overdue", "Opening within 7 days"]
    assert sorted(groups, key=page.words.index) == groups
    told = {"closes in 2 days", "14 days left", "overdue by 5 days", "opens in 7 days"}
    assert told <= set(page.words)
    assert "Sunday 22 November 2026 · 3 things wait for you" in page.words
    assert page.links.count(f"/patients/{people.other_patient_id}/visits/new") == 1


def test_before_fmt_a_baseline_may_be_logged_at_any_time(clinician):
    words = Page(clinician.get("/worklist").text).words
    assert words[words.index("Işık Çağlayan") :][:4] == ["Işık Çağlayan", "P-002", "Baseline", "before FMT"]


@pytest.fixture
def changed(make, people):
    """Somebody whose score moved beyond the band since anybody looked."""

    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(91))
        for on_date, total in ((days_before(105), 30), (days_before(95), 30), (days_before(2), 12)):
            patient.visit(on_date, AssessmentForm("chalder11", totals={"likert": total}))

    plan = ProtocolForm("chalder11.likert", as_stored(default_time_points(["chalder11"])))
    make(lambda maker: set_protocol(maker.work, plan), "administrator")
    make(write)
    return f"/patients/{people.patient_id}"


def test_a_change_beyond_the_band_is_told_until_somebody_has_looked(clinician, client_of, changed):
    page = Page(clinician.get("/worklist").text)
    news = section(page, "Changed beyond the band since you last looked")
    assert {"Ayşe Yılmaz", "better, beyond questionnaire error", "Look"} <= set(news)
    assert any(re.fullmatch(r"18\.0 lower · band ±[\d.]+ · day 89", word) for word in news)
    clinician.get(changed)
    assert "Changed beyond the band" not in said(clinician.get("/worklist"))
    assert "Changed beyond the band" in said(client_of("administrator").get("/worklist"))


def test_a_draft_is_listed_until_the_visit_is_saved(clinician, people):
    path = f"/patients/{people.patient_id}/visits"
    sent = {"fields": {"note": "tired", "crash": "1"}, "sequence": 1}
    clinician.put(f"{path}/draft", json=sent)
    page = Page(clinician.get("/worklist").text)
    assert {"Ayşe Yılmaz", "2 fields filled in · kept until 22 December 2026"} <= set(
        section(page, "Your unfinished drafts")
    )
    row = page.words[page.words.index("Ayşe Yılmaz") :]
    assert row[row.index("before FMT") + 1] == "Go on"
    form = Page(clinician.get(f"{path}/new").text).form_with("idempotency_key")
    assert clinician.post(f"{path}/new", data=form | {"gaps": "1"}).status_code == 302
    assert "Your unfinished drafts" not in said(clinician.get("/worklist"))


def test_more_than_fits_is_counted(clinician, make):
    make(lambda maker: [maker.patient(f"X-{n:02}") for n in range(50)])
    assert "and 2 more" in said(clinician.get("/worklist"))


@pytest.mark.parametrize(
    ("state", "days", "english", "turkish"),
    [
        (DueState.UPCOMING, 1, "opens in 1 day", "1 gün sonra açılıyor"),
        (DueState.UPCOMING, 7, "opens in 7 days", "7 gün sonra açılıyor"),
        (DueState.OPEN, 9, "9 days left", "9 gün kaldı"),
        (DueState.OPEN, 0, "closes today", "bugün kapanıyor"),
        (DueState.CLOSING, 0, "closes today", "bugün kapanıyor"),
        (DueState.CLOSING, 1, "closes in 1 day", "1 gün sonra kapanıyor"),
        (DueState.OVERDUE, 11, "overdue by 11 days", "11 gün gecikti"),
        (DueState.MISSED, 1, "overdue by 1 day", "1 gün gecikti"),
        (DueState.DONE, 0, "done", "yapıldı"),
    ],
)
def test_when_a_visit_is_due_is_said_in_words(state, days, english, turkish):
    due = DueVisit(POINT, DAY, DAY, DAY, state, days)
    assert (due_words(Voice(Language.ENGLISH), due), due_words(Voice(Language.TURKISH), due)) == (english, turkish)


def test_a_window_is_drawn_with_today_inside_the_picture(clinician, make, people):
    make(lambda maker: maker.known(people.patient_id).course(days_before(700)))
    for place in re.findall(r'class="now" d="M([\d.]+) ', clinician.get("/worklist").text):
        assert 2 <= float(place) <= 118


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_the_worklist_is_for_clinicians(client_of, name):
    assert client_of(name).get("/worklist").status_code == 404


def test_nobody_of_another_clinic_is_on_it(client_of, changed):
    answer = client_of("clinician_elsewhere").get("/worklist")
    assert "Ayşe" not in answer.text
    assert "Changed beyond the band" not in said(answer)


def test_a_draft_is_on_its_writer_s_list_alone(clinician, client_of, people):
    sent = {"fields": {"note": "tired"}, "sequence": 1}
    clinician.put(f"/patients/{people.patient_id}/visits/draft", json=sent)
    assert "Your unfinished drafts" not in said(client_of("administrator").get("/worklist"))
