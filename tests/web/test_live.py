"""What the visit form says while one types: the score, the change, and their place on the meter."""

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.change.individual import Baseline, Reading, change, error_in_force
from outcomes.instruments.catalogue import load_catalogue
from outcomes.terms import Language
from outcomes.voice import Voice
from outcomes.web.clinic.answers import filled_names, mode_of, read, read_number
from outcomes.web.clinic.live import BAND, MIDDLE, REACH, meter
from tests.factories import days_before

pytestmark = pytest.mark.usefixtures("noon")

CATALOGUE = load_catalogue()
EN, TR = Voice(Language.ENGLISH), Voice(Language.TURKISH)


def judged(key, before, after, count=2):
    scale = CATALOGUE.scale(key)
    base = Baseline(mean=before, count=count, days=(-14, -4), standard_error=None, only_qualifying=False)
    return scale, change(scale, base, Reading(90, after), error_in_force(scale, None))


# The meter: right of the middle is better, whatever the scale's direction


@pytest.mark.parametrize(
    ("key", "before", "after", "side"),
    [
        ("chalder11.likert", 30, 20, 1),
        ("chalder11.likert", 20, 30, -1),
        ("sdmt.correct", 40, 50, 1),
        ("sdmt.correct", 50, 40, -1),
        ("own_fatigue.score", 8, 3, 1),
        ("rand36.physical_functioning", 20, 80, 1),
    ],
)
def test_the_dot_stands_right_for_the_better_and_left_for_the_worse(key, before, after, side):
    dot = meter(*judged(key, before, after)).dot
    assert (dot - MIDDLE) * side > 0
    assert abs(dot - MIDDLE) <= REACH


def test_no_change_stands_in_the_middle():
    assert meter(*judged("chalder11.likert", 25, 25)).dot == MIDDLE


def test_the_end_of_the_band_is_where_the_picture_has_it():
    scale, whole = judged("chalder11.likert", 30, 30)
    assert meter(*judged("chalder11.likert", 30, 30 - whole.band)).dot == pytest.approx(MIDDLE + BAND)
    assert meter(scale, whole).banded


def test_a_change_off_the_picture_stands_at_its_edge():
    assert meter(*judged("own_fatigue.score", 10, 0)).dot == MIDDLE + REACH


def test_a_band_of_questionnaire_error_alone_is_hatched():
    assert meter(*judged("chalder11.likert", 30, 20)).hatched


def test_a_scale_whose_error_is_not_known_has_no_band():
    placed = meter(*judged("own_fatigue.score", 8, 3))
    assert (placed.banded, placed.hatched) == (False, False)


def test_before_there_is_a_score_the_band_may_stand_already():
    placed = meter(*judged("chalder11.likert", 30, None))
    assert (placed.dot, placed.banded) == (None, True)


# Reading the fields


@pytest.mark.parametrize(
    ("typed", "number"),
    [("4,5", 4.5), ("4.5", 4.5), (" 0 ", 0), ("−3", -3), ("1e2", 100), ("", None), ("four", None), ("inf", None)],
)
def test_a_number_is_read_with_point_or_comma(typed, number):
    assert read_number(typed) == number


def test_what_is_not_a_number_is_none():
    assert read_number("nan") is None


@pytest.mark.parametrize(
    ("code", "chosen", "mode"),
    [
        ("chalder11", None, "items"),
        ("chalder11", "totals", "totals"),
        ("chalder11", "nonsense", "items"),
        ("own_fatigue", "totals", "items"),
        ("sdmt", "items", "totals"),
    ],
)
def test_items_or_totals_as_chosen_and_as_the_instrument_allows(code, chosen, mode):
    fields = {} if chosen is None else {f"mode.{code}": chosen}
    assert mode_of(CATALOGUE[code], fields) == mode


def test_reading_tells_answers_gaps_and_faults_apart():
    filled = read(CATALOGUE["chalder11"], {"chalder11.1": "3", "chalder11.2": "4", "chalder11.3": "1,5"}, EN)
    assert filled.answers["1"] == 3
    assert {code for code, answer in filled.answers.items() if answer is None} == {str(n) for n in range(2, 12)}
    assert set(filled.problems) == {"chalder11.2", "chalder11.3"}
    assert set(filled.problems.values()) == {"A number from 0 to 3 is needed."}
    assert filled.touched


def test_totals_are_read_by_scale_and_empty_ones_passed_over():
    filled = read(CATALOGUE["fss9"], {"mode.fss9": "totals", "total.fss9.mean": "5,4"}, TR)
    assert (filled.totals, filled.form_version, filled.problems) == ({"mean": 5.4}, None, {})
    assert not read(CATALOGUE["fss9"], {"mode.fss9": "totals"}, TR).touched


@pytest.mark.parametrize(("typed", "read_as"), [("B", "B"), ("paper", None), ("", None)])
def test_the_version_of_a_form_is_one_that_it_has(typed, read_as):
    assert read(CATALOGUE["rbans"], {"form.rbans": typed}, EN).form_version == read_as


def test_a_fault_is_told_in_the_reader_s_language():
    filled = read(CATALOGUE["eq5d"], {"mode.eq5d": "totals", "total.eq5d.vas": "101", "total.eq5d.index": "2"}, TR)
    assert filled.problems["total.eq5d.vas"] == "0 ile 100 arasında bir sayı gerekli."
    assert filled.problems["total.eq5d.index"]


def test_only_answers_count_as_filled_in():
    fields = {"chalder11.1": "3", "chalder11.2": " ", "mode.chalder11": "items", "form.rbans": "A", "note": "x"}
    assert filled_names(fields) == ["chalder11.1"]


# As the page asks for it


@pytest.fixture
def put(clinician, make, people):
    """Keep fields of the form of somebody treated 91 days ago with a Chalder score of 30 twice before."""

    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(91))
        for on_date in (days_before(105), days_before(95)):
            patient.visit(on_date, AssessmentForm("chalder11", totals={"likert": 30}))

    make(write)

    def send(sequence=1, **fields):
        sent = {"fields": {"with": "chalder11", **fields}, "sequence": sequence}
        return clinician.put(f"/patients/{people.patient_id}/visits/draft", json=sent).json

    return send


def test_the_live_score_judges_as_the_patient_s_page_will(put):
    score = put(**{"mode.chalder11": "totals", "total.chalder11.likert": "12"})["scales"]["chalder11.likert"]
    assert score["before"] == "before FMT 30.0"
    assert score["verdict"] == "better, beyond questionnaire error"
    assert score["sentence"].startswith("Day 91: 18.0 points lower than before FMT.")
    assert score["title"].endswith("0–33, lower is better")


def test_a_total_that_cannot_be_is_no_score(put):
    score = put(**{"mode.chalder11": "totals", "total.chalder11.likert": "99"})["scales"]["chalder11.likert"]
    assert (score["value"], score["measured"], score["meter"]["dot"]) == ("no score yet", False, None)


def test_another_date_is_judged_as_that_day(put):
    fields = {"mode.chalder11": "totals", "total.chalder11.likert": "12", "on_date": days_before(60).isoformat()}
    live = put(**fields)
    assert live["day"].startswith("day 31")
    assert live["scales"]["chalder11.likert"]["sentence"].startswith("Day 31:")


def test_every_question_counts_once_in_the_progress(put):
    fields = {f"chalder11.{item}": "1" for item in range(1, 6)}
    assert put(**fields)["count"] == "5 of 11 answered"
    assert put(2, **{"chalder11.1": ""})["answered"] == 4


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_nobody_else_is_told_a_live_score(client_of, people, name):
    sent = {"fields": {"with": "chalder11", "chalder11.1": "3"}, "sequence": 1}
    answer = client_of(name).put(f"/patients/{people.patient_id}/visits/draft", json=sent)
    assert answer.status_code == 404
    assert "scales" not in answer.text
