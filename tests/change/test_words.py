from datetime import date

import pytest

from outcomes.change.individual import ErrorInForce, Reading, Reason, baseline, change
from outcomes.change.words import amount, sentence, source_sentence, verdict_words
from outcomes.terms import Absence, Better, ErrorKind, Language
from outcomes.voice import Voice
from tests.change.making import a_scale, a_threshold, an_error

ENGLISH, TURKISH = Voice(Language.ENGLISH), Voice(Language.TURKISH)
OWN = ErrorInForce(ErrorKind.OWN_BASELINES, 2.0, None, "", "", 31)
ALPHA = an_error(2.0, ErrorKind.INTERNAL_CONSISTENCY)
WITH_THRESHOLD = a_scale(thresholds=(a_threshold(6.5),))
SMALL_THRESHOLD = a_scale(thresholds=(a_threshold(2.0),))


def judged(before, after, scale=WITH_THRESHOLD, error=OWN, absence=None):
    base = baseline([Reading(-20 + place, value) for place, value in enumerate(before)])
    return change(scale, base, Reading(91, after, absence=absence), error)


ORDINARY = "so this may be ordinary ups and downs."
LOWER, HIGHER = "3.0 points lower than before FMT.", "3.0 points higher than before FMT."
MUCH_LOWER = "9.0 points lower than before FMT."


@pytest.mark.parametrize(
    ("before", "after", "scale", "error", "words", "moved", "why"),
    [
        (
            (28.0, 26.0), 18.0, WITH_THRESHOLD, OWN, "better, beyond usual variation",
            MUCH_LOWER, "Usual variation is ±4.8; an important change is 6.5.",
        ),
        (
            (27.0,), 24.0, SMALL_THRESHOLD, OWN, "better, within usual variation",
            LOWER, f"An important change is 2, but usual variation is ±5.5, {ORDINARY}",
        ),
        (
            (24.0,), 27.0, a_scale(), OWN, "worse, within usual variation",
            HIGHER, f"Usual variation is ±5.5, {ORDINARY}",
        ),
        (
            (24.0,), 24.0, a_scale(), OWN, "no measurable change",
            "the same as before FMT.", "Usual variation is ±5.5.",
        ),
        (
            (27.0,), 18.0, a_scale(), ALPHA, "better, beyond questionnaire error",
            MUCH_LOWER, "Questionnaire error is ±5.5; variation from day to day is not known.",
        ),
        (
            (24.0,), 27.0, a_scale(), ALPHA, "worse, within questionnaire error",
            HIGHER, "Questionnaire error is ±5.5, so this may be error alone.",
        ),
        (
            (27.0,), 18.0, WITH_THRESHOLD, None, "cannot be measured",
            MUCH_LOWER, "No measurement error is known for this score, so there is no band.",
        ),
        (
            (33.0,), 33.0, WITH_THRESHOLD, OWN, "cannot be measured",
            "the same as before FMT.", "Both scores are the highest possible; a rise cannot be seen there.",
        ),
        (
            (), 18.0, WITH_THRESHOLD, OWN, "cannot be measured",
            "score 18.", "There is no score from the 28 days before FMT to compare with.",
        ),
        ((27.0,), None, WITH_THRESHOLD, OWN, "cannot be measured", "not measured.", ""),
    ],
)  # fmt: skip
def test_what_the_clinic_reads(before, after, scale, error, words, moved, why):
    found = judged(before, after, scale, error)
    assert verdict_words(ENGLISH, found) == words
    assert sentence(ENGLISH, scale, found) == f"Day 91: {moved} {why}".strip()


def test_why_there_is_no_score_is_said():
    found = judged((27.0,), None, absence=Absence.TOO_ILL)
    assert sentence(ENGLISH, WITH_THRESHOLD, found) == "Day 91: not measured, too ill that day."
    assert sentence(TURKISH, WITH_THRESHOLD, found) == "91. gün: ölçülmedi, o gün çok hasta."


def test_turkish_says_the_same():
    found = judged((28.0, 26.0), 18.0)
    assert verdict_words(TURKISH, found) == "daha iyi, olağan değişkenliğin ötesinde"
    assert sentence(TURKISH, WITH_THRESHOLD, found) == (
        "91. gün: FMT öncesinden 9,0 puan daha düşük. Olağan değişkenlik ±4,8; önemli sayılan değişim 6,5."
    )


def test_the_patient_reads_plain_words():
    found = judged((28.0, 26.0), 18.0)
    assert verdict_words(ENGLISH, found, plain=True) == "Better than your usual ups and downs"
    assert sentence(ENGLISH, WITH_THRESHOLD, found, plain=True, on=date(2026, 8, 11)) == (
        "11 August 2026: your score was 9 points lower than before treatment. "
        "Your usual ups and downs are about 4.8 points either way."
    )
    weak = judged((27.0,), 18.0, error=ALPHA)
    assert verdict_words(ENGLISH, weak, plain=True) == "Better by more than the questionnaire's error"
    assert "not known" in sentence(ENGLISH, WITH_THRESHOLD, weak, plain=True)


def test_a_day_of_ones_own_may_be_given():
    assert sentence(ENGLISH, WITH_THRESHOLD, judged((27.0,), 18.0), 94).startswith("Day 94: ")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OWN, "Band: this clinic, 31 people scored at least twice before FMT, error 2."),
        (an_error(7.3), "Band: published retest error 7.3 (MS, 6 months; A source 2013)."),
        (an_error(None, ErrorKind.SCORE_LEVEL), "one occasion only (MS, 6 months; A source 2013)."),
        (ALPHA, "Band: error 2 from internal consistency, one occasion only (MS, 6 months; A source 2013)."),
        (None, "No band: no measurement error is known for this scale."),
    ],
)
def test_where_the_band_comes_from(error, said):
    assert said in source_sentence(ENGLISH, WITH_THRESHOLD, judged((28.0, 26.0), 18.0, error=error))


def test_where_the_threshold_comes_from():
    told = source_sentence(ENGLISH, WITH_THRESHOLD, judged((28.0, 26.0), 18.0))
    assert told.endswith("Important change: 6.5, patients' own rating (ME/CFS; Collin & Crawley 2017).")
    none = source_sentence(ENGLISH, a_scale(), judged((28.0, 26.0), 18.0, a_scale()))
    assert none.endswith("No important change is known for this scale.")


def test_what_weakens_a_baseline_is_said():
    assert "One score only before FMT" in source_sentence(ENGLISH, WITH_THRESHOLD, judged((28.0,), 18.0))
    base = baseline([Reading(-9, 30.0, qualifying=True)])
    found = change(WITH_THRESHOLD, base, Reading(91, 18.0), OWN)
    assert "qualified for treatment" in source_sentence(ENGLISH, WITH_THRESHOLD, found)


def test_small_units_keep_their_decimals_and_a_marker_its_unit():
    fifteen_d = a_scale(minimum=0.0, maximum=1.0, decimals=3, unit="index points", thresholds=(a_threshold(0.015),))
    base = baseline([Reading(-3, 0.8)])
    found = change(fifteen_d, base, Reading(91, 0.76), an_error(0.01))
    assert sentence(ENGLISH, fifteen_d, found).endswith("±0.028; an important change is 0.015.")
    assert amount(ENGLISH, a_scale(unit="mg/L"), -3.25) == "3.3 mg/L"
    assert amount(ENGLISH, a_scale(), 1.0, plain=True) == "1 point"


EVERY_CASE = [
    judged(before, after, scale, error)
    for before in ((), (27.0,), (33.0,), (0.0,), (28.0, 26.0, 27.0))
    for after in (None, 0.0, 18.0, 24.0, 27.0, 33.0)
    for scale in (a_scale(), WITH_THRESHOLD, SMALL_THRESHOLD, a_scale(better=None), a_scale(better=Better.HIGHER))
    for error in (OWN, ALPHA, None)
]


@pytest.mark.parametrize("voice", [ENGLISH, TURKISH], ids=["en", "tr"])
@pytest.mark.parametrize("plain", [False, True])
def test_every_verdict_has_its_words(voice, plain):
    assert {each.reason for each in EVERY_CASE} == set(Reason)
    for found in EVERY_CASE:
        said = sentence(voice, WITH_THRESHOLD, found, plain=plain)
        assert said.endswith(".")
        assert "%(" not in said
        assert "±." not in said
        assert verdict_words(voice, found, plain=plain)
        assert source_sentence(voice, WITH_THRESHOLD, found).endswith(".")
