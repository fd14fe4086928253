"""The own progress: charts that can be put away, still pictures, others for whoever asks, and what is kept beside."""

import pytest

from outcomes.access.scope import Scope
from outcomes.actions import activities, diary
from outcomes.actions.assess import AssessmentForm
from outcomes.records.queries.others import others
from outcomes.records.session import new_session
from outcomes.records.tables import Clinic
from tests.factories import TODAY, days_before
from tests.web.pages import said

pytestmark = pytest.mark.usefixtures("noon")

HEARD = 11


@pytest.fixture
def treated(make, people):
    """The patient with a fatigue and a thinking score before FMT and after it."""

    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(91))
        patient.scored(days_before(95), fatigue=8, thinking=6).scored(days_before(2), fatigue=5, thinking=6)
        patient.visit(days_before(94), AssessmentForm("chalder11", totals={"likert": 25}))
        patient.visit(days_before(1), AssessmentForm("chalder11", totals={"likert": 33}))

    make(write)


@pytest.fixture
def browser(client_of, treated):
    return client_of("patient")


def charts(browser, query=""):
    return browser.get(f"/me{query}").text.count("data-figure=")


def change(browser, value):
    return browser.post("/me/view", data={"change": value})


def test_a_domain_has_one_sentence_and_one_chart_and_its_other_scores_are_folded(browser):
    text = browser.get("/me").text
    assert text.count('id="part-fatigue"') == text.count('id="part-cognition"') == 1
    assert said(browser.get("/me")).count("1 more score of this kind") == 1
    assert charts(browser) == 3


def test_what_is_worse_is_never_folded_away(browser):
    text = browser.get("/me").text
    assert '<details class="also" open>' in text or "33" in text.partition('<details class="also"')[0]
    assert "Something here is worse than before." in text


def test_charts_can_be_put_away_and_brought_back(browser):
    before = charts(browser)
    answer = change(browser, "hide.fatigue")
    assert answer.location == "/me#part-fatigue"
    assert charts(browser) == before - 2
    text = said(browser.get("/me"))
    assert text.count("lower than before treatment") + text.count("higher than before treatment") >= 2
    change(browser, "hide.cognition")
    assert charts(browser) == 0
    change(browser, "show.fatigue")
    assert charts(browser) == before - 1


def test_the_choice_is_kept_by_the_browser_alone_and_for_long(browser, client_of):
    answer = change(browser, "hide.fatigue")
    cookie = answer.headers["Set-Cookie"]
    assert "own_page=fatigue" in cookie
    assert {"HttpOnly", "Path=/me", "SameSite=Lax", "Max-Age=31536000"} <= set(cookie.split("; "))
    assert charts(client_of("patient")) == 3


def test_still_pictures_need_no_drawing_library(browser):
    assert "plotly" in browser.get("/me").text
    change(browser, "still")
    text = browser.get("/me").text
    assert "plotly" not in text
    assert text.count('class="still"') == text.count("data-figure=") == 3
    change(browser, "drawn")
    assert "plotly" in browser.get("/me").text


@pytest.mark.parametrize("value", ["", "hide.everything", "hide.", "fatigue", "still.fatigue"])
def test_no_other_change_is_known(browser, value):
    assert change(browser, value).status_code == 400


def test_a_cookie_of_anything_else_changes_nothing(browser):
    browser.set_cookie("own_page", "<script>.hide.everything", path="/me")
    assert charts(browser) == 3


# Other people


def write_others(count):
    """So many others, of whom the trouble with thinking of one fell by 0, of the next by 1 and so on."""

    def write(maker):
        for number in range(count):
            made = maker.patient(f"O-{number}").course(days_before(91))
            made.scored(days_before(95), thinking=10).scored(days_before(2), thinking=10 - number % 11)

    return write


def test_others_are_shown_to_nobody_who_did_not_ask(browser, make):
    make(write_others(HEARD))
    assert "other people here" not in said(browser.get("/me"))


def test_who_asks_is_told_of_half_of_eleven_others(browser, make):
    make(write_others(HEARD))
    text = said(browser.get("/me?others=cognition"))
    assert "half of 11 other people here lay between −7.5 and −2.5 points of change" in text
    assert "That tells nothing about you" in text
    assert charts(browser, "?others=cognition") == charts(browser)


def test_ten_others_are_too_few(browser, make):
    make(write_others(HEARD - 1))
    text = said(browser.get("/me?others=cognition"))
    assert "Too few other people have been measured" in text
    assert "half of" not in text


def test_oneself_and_people_never_treated_are_no_others(make, people, sqlite_engine, treated, app):
    def write(maker):
        write_others(HEARD)(maker)
        made = maker.patient("U").arm("usual care", comparison=True, starts_on=days_before(91))
        made.scored(days_before(95), thinking=10).scored(days_before(2), thinking=10)

    make(write)
    scale = app.extensions["records"].catalogue.scale("own_thinking.score")
    with new_session(sqlite_engine, read_only=True) as session:
        (found,) = others(Scope(people.clinic_id, people.patient_id), session, scale, TODAY)
    assert (found.people, found.low, found.middle, found.high) == (HEARD, -7.5, -5.0, -2.5)


def test_others_of_something_else_are_not_told(browser):
    for asked in ("chalder11", "mood", "%3Cscript%3E"):
        assert browser.get(f"/me?others={asked}").status_code == 200


# What is kept beside the visits


def test_the_diary_and_own_activities_have_their_charts(browser, make, people):
    def write(maker):
        activities.add_activity(maker.work, people.patient_id, "read to my son")

    make(write, "patient")
    text = said(browser.get("/me"))
    assert "read to my son" in text
    assert "Not asked yet. Each follow-up asks how hard it was." in text


def test_the_diary_is_told_with_how_many_days_it_has(browser, make, people):
    make(lambda maker: diary.tap(maker.work, people.patient_id, "own_fatigue.score", 4), "patient")
    assert "1 day in the diary, no week with 4 days yet." in said(browser.get("/me"))


# Every page of the portal


PAGES = ("/me", "/me/questionnaires", "/me/diary", "/me/activities", "/me/events", "/me/nowhere")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("language", "told", "call"),
    [
        (
            "en",
            "This is a record, not medical advice, and nobody watches it at night.",
            "In an emergency: 0212 000 00 00",
        ),
        ("tr", "Burası bir kayıttır, tıbbi öneri değildir; geceleri kimse izlemez.", "Acil durumda: 0212 000 00 00"),
    ],
)
def test_every_page_says_what_it_is_and_whom_to_call(browser, wrote, people, path, language, told, call):
    wrote(lambda session: setattr(session.get(Clinic, people.clinic_id), "emergency_contact", "0212 000 00 00"))
    browser.post("/language", data={"language": language})
    text = said(browser.get(path))
    assert told in text
    assert call in text


# Who may not


@pytest.mark.parametrize("name", ["clinician", "administrator", "researcher"])
def test_nobody_else_has_charts_of_their_own_to_put_away(client_of, name):
    assert change(client_of(name), "still").status_code == 404
