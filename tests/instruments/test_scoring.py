"""The engine's answers in particular cases that no table of examples shows."""

import pytest

from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.definition import Item
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.notation import parse_answers, parse_totals, spans
from outcomes.instruments.scoring import asked, score
from outcomes.terms import Absence

CATALOGUE = load_catalogue()
CHALDER = CATALOGUE["chalder11"]


def one(instrument, scale, answers, totals=None):
    return next(each for each in score(instrument, answers, totals) if each.scale == f"{instrument.code}.{scale}")


def test_none_is_no_answer():
    answers = dict.fromkeys(map(str, range(1, 12)), 2) | {"7": None}
    result = one(CHALDER, "likert", answers)
    assert (result.value, result.items_used, result.items, result.missing) == (None, 10, 11, ("7",))
    assert result.reason == "This score needs all 11 answers. Without an answer: 7."


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), True, "2", 10**400])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(AnswerError) as refusal:
        score(CHALDER, {"3": value})
    assert (refusal.value.instrument, refusal.value.item) == ("chalder11", "3")
    assert refusal.value.code is AnswerProblem.NOT_A_NUMBER


def test_totals_go_by_short_code_or_full_key():
    assert score(CHALDER, {}, {"likert": 24}) == score(CHALDER, {}, {"chalder11.likert": 24})


def test_a_total_is_refused_where_only_answers_are_taken():
    with pytest.raises(AnswerError) as refusal:
        score(CATALOGUE["own_fatigue"], {}, {"score": 4})
    assert refusal.value.code is AnswerProblem.TOTALS_NOT_ACCEPTED


def test_an_unknown_scale_is_refused_under_a_foreign_key_too():
    with pytest.raises(AnswerError) as refusal:
        score(CHALDER, {}, {"fss9.mean": 4})
    assert refusal.value.code is AnswerProblem.UNKNOWN_SCALE


@pytest.mark.parametrize("value", [0, -1])
def test_a_standard_error_must_be_above_zero(value):
    with pytest.raises(AnswerError):
        score(CATALOGUE["promis_fatigue_8a"], {}, {"t": 60, "t_se": value})


def test_a_standard_error_is_taken_only_where_scores_carry_one():
    with pytest.raises(AnswerError) as refusal:
        score(CHALDER, {}, {"likert": 24, "likert_se": 2})
    assert refusal.value.code is AnswerProblem.UNKNOWN_SCALE


def test_scales_without_items_are_not_asked_when_only_another_is_answered():
    result = one(CATALOGUE["eq5d"], "index", {"vas": 40})
    assert result.absence is Absence.NOT_ASKED
    assert result.reason == "No value was entered."


def test_the_rule_for_the_whole_form_is_said_when_a_domain_has_enough():
    answers = dict.fromkeys(["20", "21", "22"], 3)
    assert one(CATALOGUE["whoqol_bref"], "social", answers).reason == (
        "This score needs at least 21 answers on the whole form."
    )


def test_binary_noise_does_not_make_an_answer_strange():
    tenths = Item("1", 0, 1, 0.1, reverse=False, recode=None)
    assert tenths.permits(0.1 + 0.2)
    assert tenths.nearest(0.1 + 0.2) == tenths.choices[3]
    assert not tenths.permits(0.35)
    assert len(tenths.choices) == 11


def test_items_that_no_scale_uses_need_not_be_asked():
    assert set(map(str, range(1, 37))) - set(asked(CATALOGUE["rand36"])) == {"2"}


def test_floor_and_ceiling_of_a_scale():
    likert = CATALOGUE.scale("chalder11.likert")
    assert (likert.at_floor(0), likert.at_floor(1), likert.at_ceiling(33), likert.at_ceiling(32)) == (
        True,
        False,
        True,
        False,
    )
    marker = CATALOGUE.scale("crp.value")
    assert not marker.at_ceiling(1e6)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("", {}),
        ("1=3,2=0,4=2", {"1": 3, "2": 0, "4": 2}),
        (" 1 = 3 , 2= ", {"1": 3, "2": None}),
        ("1-3=2, 2=1", {"1": 2, "2": 1, "3": 2}),
        ("1=-1.5", {"1": -1.5}),
    ],
)
def test_answers_are_written_shortly(text, answers):
    assert parse_answers(CHALDER, text) == answers


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1", AnswerProblem.NOT_READABLE),
        ("=3", AnswerProblem.NOT_READABLE),
        ("1=3, 1=2", AnswerProblem.NOT_READABLE),
        ("1=x", AnswerProblem.NOT_A_NUMBER),
        ("1=nan", AnswerProblem.NOT_A_NUMBER),
        ("1=1_0", AnswerProblem.NOT_A_NUMBER),
        ("3-1=2", AnswerProblem.UNKNOWN_ITEM),
        ("1-999999999=2", AnswerProblem.UNKNOWN_ITEM),
    ],
)
def test_what_cannot_be_read_is_refused(text, problem):
    with pytest.raises(AnswerError) as refusal:
        parse_answers(CHALDER, text)
    assert refusal.value.code is problem


def test_totals_are_written_likewise():
    assert parse_totals(CHALDER, "likert=24, physical=14") == {"likert": 24, "physical": 14}
    for bad in ("likert", "likert=", "=3", "likert=2, likert=3", "likert=two"):
        with pytest.raises(AnswerError):
            parse_totals(CHALDER, bad)


@pytest.mark.parametrize(
    ("codes", "written"),
    [([], ""), (["1"], "1"), (["1", "2"], "1, 2"), (["1", "2", "3", "5"], "1–3, 5"), (["1f", "1s"], "1f, 1s")],
)
def test_items_are_listed_shortly(codes, written):
    assert spans(codes) == written
