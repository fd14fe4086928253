import pytest

from outcomes.change.warnings import CohortFacts, CohortWarning, cautions, explanation, lead, text
from outcomes.terms import ErrorKind, Language
from outcomes.voice import Voice
from tests.change.making import an_error

W = CohortWarning
CALM = {
    "people": 40,
    "measured": 40,
    "comparison": 12,
    "with_baseline": 40,
    "error": an_error(),
    "threshold": 6.5,
    "band": 4.8,
}


def codes(**different):
    return [caution.code for caution in cautions(CohortFacts(**{**CALM, **different}))]


def test_a_cohort_with_nothing_against_it_is_left_in_peace():
    assert codes() == []


@pytest.mark.parametrize(
    ("different", "code"),
    [
        ({"comparison": 0}, W.NO_COMPARISON),
        ({"people": 19, "measured": 19}, W.FEW_PEOPLE),
        ({"measured": 31}, W.LOSS_TO_FOLLOW_UP),
        ({"single_baseline": 1}, W.SINGLE_BASELINE),
        ({"entered_on_score": 1}, W.ENTRY_ON_SCORE),
        ({"error": None}, W.NO_ERROR),
        ({"error": an_error(None, ErrorKind.SCORE_LEVEL)}, W.ONE_OCCASION_ERROR),
        ({"error": an_error(kind=ErrorKind.INTERNAL_CONSISTENCY)}, W.ONE_OCCASION_ERROR),
        ({"threshold": 4.7}, W.THRESHOLD_BELOW_ERROR),
        ({"at_floor": 6}, W.AT_FLOOR),
        ({"at_ceiling": 6}, W.AT_CEILING),
        ({"out_of_window": 1}, W.OUT_OF_WINDOW),
        ({"versions": 2}, W.VERSION_CHANGED),
        ({"languages": 2}, W.LANGUAGE_CHANGED),
        ({"scales": 2}, W.SEVERAL_SCALES),
        ({"definitions_changed": 1}, W.DEFINITION_CHANGED),
        ({"model_singular": True}, W.MODEL_SINGULAR),
        ({"model_withheld": True}, W.MODEL_WITHHELD),
    ],
)
def test_each_warning_is_called_for_by_its_data(different, code):
    assert codes(**different) == [code]


@pytest.mark.parametrize(
    "different",
    [
        {"people": 20, "measured": 20},
        {"measured": 32},
        {"threshold": 4.8},
        {"threshold": None},
        {"band": None},
        {"at_floor": 5},
        {"at_ceiling": 5},
        {"at_ceiling": 0, "with_baseline": 0},
    ],
)
def test_up_to_its_limit_nothing_is_said(different):
    assert codes(**different) == []


def test_an_empty_cohort_is_small_and_nothing_else_is_known_of_it():
    assert [each.code for each in cautions(CohortFacts(0, 0))] == [W.NO_COMPARISON, W.FEW_PEOPLE, W.NO_ERROR]


EVERYTHING = CohortFacts(
    people=14,
    measured=10,
    with_baseline=14,
    single_baseline=9,
    entered_on_score=3,
    at_floor=3,
    at_ceiling=4,
    out_of_window=6,
    threshold=3.3,
    band=5.5437,
    error=an_error(None, ErrorKind.SCORE_LEVEL),
    versions=2,
    languages=2,
    scales=4,
    definitions_changed=1,
    model_singular=True,
    model_withheld=True,
)


def test_warnings_come_in_one_order_each_once():
    found = [caution.code for caution in cautions(EVERYTHING)]
    assert found == [code for code in CohortWarning if code is not W.NO_ERROR]


@pytest.mark.parametrize(
    ("code", "english", "turkish"),
    [
        (W.LOSS_TO_FOLLOW_UP, "Not measured at this visit: 4 of 14 (29 %).", "%29"),
        (
            W.THRESHOLD_BELOW_ERROR,
            "The important change of 3.3 is smaller than the measurement error of ±5.54.",
            "±5,54",
        ),
        (W.SINGLE_BASELINE, "One score only before FMT: 9 of 14.", "9"),
    ],
)
def test_a_warning_says_its_figures_in_both_languages(code, english, turkish):
    caution = next(each for each in cautions(EVERYTHING) if each.code is code)
    assert lead(Voice(Language.ENGLISH), caution) == english
    assert turkish in lead(Voice(Language.TURKISH), caution)


@pytest.mark.parametrize("language", Language)
def test_every_warning_has_words_without_a_loose_end(language):
    voice = Voice(language)
    for caution in (*cautions(EVERYTHING), *cautions(CohortFacts(1, 1))):
        words = text(voice, caution)
        assert words == f"{lead(voice, caution)} {explanation(voice, caution)}"
        assert "%(" not in words
        assert "!" not in words


def test_what_is_said_of_placebo_is_the_published_figure():
    caution = cautions(CohortFacts(1, 1))[0]
    assert "35 % of those given placebo" in explanation(Voice(Language.ENGLISH), caution)
