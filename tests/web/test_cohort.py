"""The cohort's page: the answer, the warnings beside it, figures that are the same as data, and who may see it."""

import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from outcomes.actions.assess import AssessmentForm
from tests.web.cohorts import BETTER, GONE, NEW, SHOWN, WITHIN, day, score, write_cohort
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

FIGURE = re.compile(r'data-figure="(\w+)" data-src="([^"]+)"[^>]*aria-label="([^"]+)"')
HEADING = re.compile(r'<h\d id="(\w+)-title">([^<]+)</h\d>')
MONTH_6 = "/cohort?" + "&".join(f"{name}={value}" for name, value in SHOWN.items())
DRAWN = {
    "spaghetti",
    "before_after",
    "waterfall",
    "shares",
    "flow",
    "comparison_shares",
    "survival",
}


@pytest.fixture
def cohort(make):
    """The small cohort, committed; its people by code."""
    return make(write_cohort)


def figures(text):
    """Of each figure on a page: where its data are, and its sentence."""
    return {name: (unescape(src), unescape(sentence)) for name, src, sentence in FIGURE.findall(text)}


@pytest.mark.usefixtures("cohort")
def test_the_answer_stands_above_all_figures(clinician):
    page = Page(clinician.get(MONTH_6).text)
    answer = (
        "6 months: of 7 people, 1 became better beyond usual variation, 2 stayed inside it, 1 became worse beyond it; "
        "2 not measured."
    )
    assert page.words.index(answer) < page.words.index("The same as a table")
    assert "8 of 12 people treated or compared, data as of 22 November 2026" in page.words


@pytest.mark.usefixtures("cohort")
def test_the_warnings_that_the_data_call_for_stand_beside_it(clinician):
    words = said(clinician.get(MONTH_6))
    for warning in (
        "Few people: 7.",
        "Not measured at this visit: 2 of 7 (29 %).",
        "One score only before FMT: 5 of 6.",
        "Treated because of a score: 1 of 7.",
        "The important change of 4 is smaller than the measurement error of ±20.23.",
    ):
        assert warning in words
    assert "No comparison group." not in words
    assert "Read with these 6 warnings" in words


def test_without_a_comparison_group_the_page_warns_and_estimates_nothing(clinician, make):
    def write(maker):
        one = maker.patient("T-1").course(day(0))
        score(one, -3, 60)
        score(one, 181, 30)

    make(write)
    words = said(clinician.get("/cohort"))
    assert "No comparison group." in words
    assert words.count("cannot be estimated: there is no comparison group") >= 3


@pytest.mark.usefixtures("cohort")
def test_each_figure_is_the_same_as_data(clinician):
    """What the script fetches has the words of the page; and so it has when nothing is remembered any more."""
    text = clinician.get(MONTH_6).text
    titles = {name: unescape(title) for name, title in HEADING.findall(text)}
    drawn = figures(text)
    assert set(drawn) == DRAWN
    memory = clinician.application.extensions["records"].memory
    for name, (address, sentence) in drawn.items():
        answer = clinician.get(address)
        told = json.loads(answer.text)
        assert answer.mimetype == "application/json"
        assert (told["name"], told["headline"], told["sentence"]) == (name, titles[name], sentence)
        memory._kept.clear()
        assert clinician.get(address).text == answer.text


@pytest.mark.usefixtures("cohort")
def test_a_figure_without_anything_to_show_is_not_there(clinician):
    for name in ("caterpillar", "loss", "no_such_figure"):
        assert clinician.get(f"/cohort/figures/{name}.json?visit=month_6").status_code == 404


@pytest.mark.usefixtures("cohort")
def test_filters_stay_chosen_and_reach_every_figure(clinician):
    text = clinician.get(f"{MONTH_6}&route=capsule&severity=moderate").text
    form = Page(text).form_with("scale")
    assert (form["route"], form["severity"], form["visit"]) == (["capsule"], ["moderate"], ["month_6"])
    for address, _ in figures(text).values():
        assert "route=capsule" in urlsplit(address).query
    told = json.loads(clinician.get(figures(text)["before_after"][0]).text)
    assert [name for trace in told["plot"]["data"] for name in trace.get("text", ())] == [BETTER]


@pytest.mark.usefixtures("cohort")
def test_nobody_left_by_the_filters_is_no_error(clinician):
    words = said(clinician.get("/cohort?ill=0-2"))
    assert "Nobody passes these filters." in words
    assert "0 of 12 people treated or compared, data as of 22 November 2026" in words


def test_an_empty_clinic_is_told_what_begins_a_cohort(clinician):
    words = said(clinician.get("/cohort"))
    assert "A cohort begins with the first infusion and the first scores." in words
    assert clinician.get("/cohort/figures/spaghetti.json").status_code == 404


def test_people_are_named_by_their_codes_alone(clinician, cohort):
    text = clinician.get(MONTH_6).text
    address, _ = figures(text)["before_after"]
    for answer in (text, clinician.get(address).text):
        assert BETTER in answer
        assert f"/patients/{cohort[BETTER].id}" in answer
        assert "Gizem" not in answer


def test_a_new_score_is_seen_at_once(clinician, cohort, make):
    address, _ = figures(clinician.get(MONTH_6).text)["waterfall"]
    before = json.loads(clinician.get(address).text)
    make(lambda maker: score(maker.known(cohort[GONE].id), 182, 20))
    after = json.loads(clinician.get(address).text)
    assert before["headline"] == "From −31.0 to +24.0 points, and 3 not measured"
    assert after["headline"] == "From −35.0 to +24.0 points, and 2 not measured"
    assert "1 not measured." in said(clinician.get(MONTH_6))


@pytest.mark.usefixtures("cohort")
def test_the_page_says_it_in_turkish(clinician):
    clinician.post("/language", data={"language": "tr", "next": "/cohort"})
    words = said(clinician.get(MONTH_6))
    assert (
        "6. ay: 7 kişiden 1 kişi olağan değişkenliğin ötesinde daha iyi, 2 kişi bunun içinde kaldı, 1 kişi ötesinde "
        "daha kötü; 2 kişi ölçülmedi."
    ) in words
    address, _ = figures(clinician.get(MONTH_6).text)["waterfall"]
    assert json.loads(clinician.get(address).text)["headline"] == "−31,0 ile +24,0 puan arasında; 3 kişi ölçülmedi"


def test_other_scales_are_offered_as_soon_as_anybody_has_a_score(clinician, cohort, make):
    own = AssessmentForm("own_thinking", answers={"1": 5})
    make(lambda maker: maker.known(cohort[WITHIN].id).visit(day(181), own))
    text = clinician.get("/cohort").text
    assert 'value="own_thinking.score"' in text
    assert "no change can be judged on this scale" in said(clinician.get("/cohort?scale=own_thinking.score"))


# ---- who may not


@pytest.mark.usefixtures("cohort")
@pytest.mark.parametrize("name", ["patient", "researcher"])
@pytest.mark.parametrize("path", ["/cohort", "/cohort/figures/waterfall.json"])
def test_a_cohort_is_for_clinicians_alone(client_of, name, path):
    assert client_of(name).get(path).status_code == 404


@pytest.mark.usefixtures("cohort")
def test_a_visitor_is_sent_to_the_door(visitor):
    assert visitor.get("/cohort").location.startswith("/login")
    assert visitor.get("/cohort/figures/waterfall.json").status_code == 401


@pytest.mark.usefixtures("cohort")
def test_the_clinic_elsewhere_has_a_cohort_of_its_own(client_of, make):
    def write(maker):
        one = maker.patient("X-1").course(day(0))
        score(one, -3, 60)
        score(one, 181, 20)

    make(write, "clinician_elsewhere")
    elsewhere, here = client_of("clinician_elsewhere"), client_of("clinician")
    text = elsewhere.get(MONTH_6).text
    assert "of 1 person, 1 became better" in said(elsewhere.get(MONTH_6))
    assert BETTER not in text
    assert NEW not in text
    assert "X-1" not in here.get(MONTH_6).text
    address, _ = figures(text)["before_after"]
    assert elsewhere.get(address).text != here.get(address).text
