"""Every sentence about an instrument can be said in both languages."""

import doctest
import importlib

import pytest

from outcomes.instruments import reasons, words
from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.manual import messages
from outcomes.instruments.scoring import score
from outcomes.terms import Absence, Better, ErrorKind, Language, LicencePolicy
from outcomes.voice import Voice

CATALOGUE = load_catalogue()
ENGLISH, TURKISH = Voice(Language.ENGLISH), Voice(Language.TURKISH)
SAME_IN_BOTH = {"CFS", "ME/CFS", "T", "mg/L", "µg/g", "ng/mL", "lupus"}

SENTENCES = [
    *messages(CATALOGUE),
    *reasons.ABSENCES.values(),
    *reasons.REFUSALS.values(),
    *reasons.DIRECTIONS.values(),
    *words.FORMULAS.values(),
    *words.ERROR_KINDS.values(),
    *words.POLICIES.values(),
    *(text for module in (reasons, words) for text in vars(module).values() if isinstance(text, str) and " " in text),
]


@pytest.mark.parametrize("sentence", [each for each in dict.fromkeys(SENTENCES) if not each.startswith("Says ")])
def test_it_is_translated(sentence):
    assert (TURKISH.say(sentence) == sentence) is (sentence in SAME_IN_BOTH)


def test_every_kind_has_words():
    assert set(reasons.ABSENCES) == set(Absence)
    assert set(reasons.REFUSALS) == set(AnswerProblem)
    assert set(reasons.DIRECTIONS) == {*Better, None}
    assert set(words.ERROR_KINDS) == set(ErrorKind)
    assert set(words.POLICIES) == set(LicencePolicy)


def test_a_reason_is_said_in_either_language():
    result = score(CATALOGUE["fss9"], {"1": 5})[0]
    assert result.why.say(ENGLISH) == result.reason == str(result.why)
    assert result.why.say(TURKISH).startswith("Bu puan için 9 yanıtın tümü gerekir.")


def test_a_stored_absence_is_said_without_its_answers():
    assert reasons.say_absence(TURKISH, Absence.ITEMS_MISSING) == "Bu puan için gereken yanıtlar eksik."


@pytest.mark.parametrize("problem", AnswerProblem)
@pytest.mark.parametrize("voice", [ENGLISH, TURKISH], ids=["en", "tr"])
def test_a_refusal_is_one_sentence(voice, problem):
    said = reasons.say_refusal(voice, AnswerError("chalder11", "3", 1.5, problem))
    assert "%(" not in said
    assert said.endswith(".")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, 10**4000, True, "x" * 5000])
def test_a_strange_value_does_not_break_the_refusal(value):
    said = reasons.say_refusal(TURKISH, AnswerError("chalder11", "3", value, AnswerProblem.NOT_PERMITTED))
    assert len(said) < 100


def test_numbers_in_a_refusal_are_written_as_the_language_does():
    error = AnswerError("chalder11", "3", 1.5, AnswerProblem.NOT_PERMITTED)
    assert "1,5" in reasons.say_refusal(TURKISH, error)
    assert reasons.say_refusal(ENGLISH, error) == "3: 1.5 is not one of the answers offered."


@pytest.mark.parametrize(
    ("key", "rule", "missing"),
    [
        (
            "chalder11.bimodal",
            ("Sum of items 1–11.", "For this scale the answers count as 0 → 0, 1 → 0, 2 → 1, 3 → 1."),
            ("All 11 answers are needed; no published rule for missing answers was found.",),
        ),
        (
            "whoqol_bref.social",
            ("Mean of items 20–22.", "The score is that times 25, then −25 added."),
            (
                "At least 2 of 3 answers are needed; the mean of those given stands for the missing ones.",
                "At least 21 answers are needed on the whole form.",
            ),
        ),
        (
            "promis_fatigue_7a.t",
            ("Sum of items 1–7, looked up in the table.", "Turned round before counting: items 7."),
            ("The table needs all 7 answers.",),
        ),
        ("bell.score", ("The answer to item 1.",), ("Without an answer there is no score.",)),
        ("hads.anxiety", ("Worked out elsewhere and entered as a number.",), ()),
        (
            "dsq_pem.duration",
            ("1 for yes, 0 for no. Yes when one of these holds: 7 ≥ 1 and 9 ≥ 4; 8 ≥ 1 and 9 ≥ 4.",),
            ("There is a result as soon as the answers given decide it; a blank never counts as no.",),
        ),
    ],
)
def test_a_rule_in_words(key, rule, missing):
    scale = CATALOGUE.scale(key)
    assert words.rule_in_words(ENGLISH, CATALOGUE.instrument_of(key), scale) == rule
    assert words.missing_in_words(ENGLISH, scale) == missing


def test_recoded_items_are_listed_by_their_recoding():
    pain = words.rule_in_words(ENGLISH, CATALOGUE["rand36"], CATALOGUE.scale("rand36.pain"))
    assert len(pain) == 3


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("chalder11.likert", "0–33"),
        ("crp.value", "≥ 0"),
        ("eq5d.index", "≤ 1"),
        ("promis_fatigue_7a.t", "29.4–83.2"),
    ],
)
def test_a_range_in_words(key, written):
    assert words.range_in_words(ENGLISH, CATALOGUE.scale(key)) == written


def test_an_error_in_words():
    error = CATALOGUE.scale("fss9.mean").errors[0]
    assert words.error_in_words(ENGLISH, error) == "retest error, 6 months, multiple sclerosis"
    assert words.error_in_words(TURKISH, error) == "yeniden test hatası, 6 ay, multipl skleroz"


@pytest.mark.parametrize("module", ["catalogue", "scoring", "examples"])
def test_the_examples_in_the_docstrings_run(module):
    outcome = doctest.testmod(importlib.import_module(f"outcomes.instruments.{module}"))
    assert (outcome.failed, outcome.attempted > 0) == (0, True)
