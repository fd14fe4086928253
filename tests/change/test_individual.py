import csv
from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.individual import (
    Baseline,
    OwnError,
    Reading,
    Reason,
    at,
    baseline,
    baseline_readings,
    change,
    error_in_force,
    own_error,
    smallest_detectable_change,
)
from outcomes.change.windows import TimePoint, default_time_points
from outcomes.terms import Absence, Better, ErrorKind, Language, Verdict
from tests.change.making import REFERENCE, a_scale, a_threshold, an_error, published

PLAN = default_time_points()
MONTH_3 = PLAN[3]
MIRRORED = {
    Verdict.BETTER_BEYOND: Verdict.WORSE_BEYOND,
    Verdict.BETTER_WITHIN: Verdict.WORSE_WITHIN,
    Verdict.NO_CHANGE: Verdict.NO_CHANGE,
    Verdict.WORSE_WITHIN: Verdict.BETTER_WITHIN,
    Verdict.WORSE_BEYOND: Verdict.BETTER_BEYOND,
    Verdict.NOT_MEASURABLE: Verdict.NOT_MEASURABLE,
}


def before(*values):
    return baseline([Reading(-20 + place, value) for place, value in enumerate(values)])


# baseline


@pytest.mark.parametrize(
    ("readings", "mean", "days"),
    [
        ([Reading(-24, 28.0), Reading(-2, 26.0), Reading(14, 25.0)], 27.0, (-24, -2)),
        ([Reading(-28, 30.0), Reading(-29, 10.0)], 30.0, (-28,)),
        ([Reading(0, 30.0), Reading(1, 10.0)], 30.0, (0,)),
        ([Reading(-2, 26.0), Reading(-24, 28.0)], 27.0, (-24, -2)),
        ([Reading(-3, None, absence=Absence.TOO_ILL), Reading(-1, 20.0)], 20.0, (-1,)),
        ([Reading(-3, float("nan")), Reading(-1, 20.0), Reading(-2, float("inf"))], 20.0, (-1,)),
        ([Reading(-20, 33.0, qualifying=True), Reading(-1, 25.0)], 25.0, (-1,)),
        ([Reading(-20, 33.0, qualifying=True), Reading(-1, None)], 33.0, (-20,)),
    ],
)
def test_the_baseline_is_the_mean_of_the_four_weeks_before_treatment(readings, mean, days):
    found = baseline(readings)
    assert (found.mean, found.days, found.count) == (mean, days, len(days))


@pytest.mark.parametrize("readings", [[], [Reading(-40, 20.0)], [Reading(3, 20.0)], [Reading(-3, None)]])
def test_without_a_score_in_time_there_is_no_baseline(readings):
    assert baseline(readings) is None


def test_a_baseline_of_nothing_but_the_qualifying_score_says_so():
    assert baseline([Reading(-20, 33.0, qualifying=True)]).only_qualifying
    assert not baseline([Reading(-20, 33.0, qualifying=True), Reading(-1, 25.0)]).only_qualifying


def test_the_error_of_a_mean_of_scores_with_their_own_errors():
    two = baseline([Reading(-20, 60.0, 3.0), Reading(-1, 62.0, 4.0)])
    assert two.standard_error == pytest.approx(2.5)
    assert baseline([Reading(-20, 60.0, 3.0), Reading(-1, 62.0)]).standard_error is None


# which score stands for a visit


@pytest.mark.parametrize(
    ("readings", "value"),
    [
        ([Reading(80, 20.0), Reading(94, 18.0)], 18.0),
        ([Reading(94, 18.0), Reading(88, 20.0)], 20.0),
        ([Reading(91, None), Reading(100, 15.0)], 15.0),
        ([Reading(91, 22.0), Reading(91, 21.0)], 21.0),
        ([Reading(106, 18.0), Reading(76, 18.0)], None),
        ([], None),
    ],
)
def test_the_score_nearest_to_the_target_stands_for_the_visit(readings, value):
    assert at(readings, MONTH_3, PLAN).value == value
    assert at(readings[::-1], MONTH_3, PLAN).value == value


def test_a_missing_score_keeps_its_reason():
    assert at([Reading(95, None, absence=Absence.TOO_ILL)], MONTH_3, PLAN).absence is Absence.TOO_ILL
    assert at([], MONTH_3, PLAN) == Reading(91, None)


def test_a_score_belongs_to_one_of_two_overlapping_windows():
    early = TimePoint("early", {Language.ENGLISH: "Early"}, 30, 20, 20)
    late = TimePoint("late", {Language.ENGLISH: "Late"}, 50, 20, 20)
    assert at([Reading(41, 9.0)], late, (early, late)).value == 9.0
    assert at([Reading(41, 9.0)], early, (early, late)).value is None


# error


def test_the_smallest_detectable_change_shrinks_with_every_score():
    assert smallest_detectable_change(2.0) == pytest.approx(1.96 * 2.0 * sqrt(2))
    assert smallest_detectable_change(2.0, baselines=2) == pytest.approx(1.96 * 2.0 * sqrt(1.5))
    assert smallest_detectable_change(2.0, 2, 2) == pytest.approx(1.96 * 2.0)
    with pytest.raises(ValueError, match="at least one"):
        smallest_detectable_change(2.0, baselines=0)


@pytest.mark.parametrize(
    ("sem", "band"), [(7.3, 20.2), (3.6, 10.0), (3.8, 10.5), (0.8, 2.2), (0.7, 1.94), (0.43, 1.19)]
)
def test_published_errors_give_the_published_detectable_changes(sem, band):
    """MFIS over six months (CMSC 2013, MS, published 20.2, 9.9, 10.6, 2.3 from unrounded errors); FSS 1.94 and 1.2."""
    assert smallest_detectable_change(sem) == pytest.approx(band, abs=0.05)


def test_own_error_is_the_pooled_within_person_deviation():
    people = [(26.0, 28.0)] * 10 + [(20.0, 20.0, 23.0)] * 10 + [(9.0,)] * 5
    assert own_error(people) == OwnError(pytest.approx(sqrt((10 * 2 + 10 * 6) / (10 + 20))), 20)


@pytest.mark.parametrize("people", [[(26.0, 28.0)] * 19 + [(30.0,)] * 9, [], [(30.0, 30.0)] * 25])
def test_own_error_needs_twenty_people_and_some_difference(people):
    assert own_error(people) is None


def test_the_qualifying_score_is_no_second_baseline():
    person = [Reading(-20, 33.0, qualifying=True), Reading(-1, 25.0)]
    assert own_error([[each.value for each in baseline_readings(person)]] * 30) is None


ALL_KINDS = (ErrorKind.INTERNAL_CONSISTENCY, ErrorKind.SCORE_LEVEL, ErrorKind.RETEST)


@pytest.mark.parametrize(
    ("own", "kinds", "chosen", "daily"),
    [
        (OwnError(1.5, 24), ALL_KINDS, ErrorKind.OWN_BASELINES, True),
        (None, ALL_KINDS, ErrorKind.RETEST, True),
        (None, ALL_KINDS[:2], ErrorKind.SCORE_LEVEL, False),
        (None, ALL_KINDS[:1], ErrorKind.INTERNAL_CONSISTENCY, False),
    ],
)
def test_which_error_is_in_force(own, kinds, chosen, daily):
    errors = tuple(published(kind, None if kind is ErrorKind.SCORE_LEVEL else 2.0) for kind in kinds)
    found = error_in_force(a_scale(errors=errors), own)
    assert (found.kind, found.covers_daily_variation) == (chosen, daily)
    assert found.people == (own and own.people)


def test_of_several_retest_errors_the_first_is_in_force_and_nothing_is_no_error():
    first, second = published(ErrorKind.RETEST, 0.7, "MS"), published(ErrorKind.RETEST, 0.43, "obesity")
    assert error_in_force(a_scale(errors=(first, second))).population == "MS"
    assert error_in_force(a_scale()) is None
    assert error_in_force(a_scale(errors=(published(ErrorKind.RETEST, 0.0),))) is None


# verdict

BAND = smallest_detectable_change(2.0)  # 5.54


@pytest.mark.parametrize(
    ("base", "follow_up", "threshold", "verdict", "reason"),
    [
        ((27.0,), 18.0, 6.5, Verdict.BETTER_BEYOND, Reason.BEYOND_BAND),
        ((27.0,), 21.0, 6.5, Verdict.BETTER_BEYOND, Reason.BEYOND_BAND),
        ((20.0,), 26.0, 6.5, Verdict.WORSE_BEYOND, Reason.BEYOND_BAND),
        ((27.0,), 22.0, 6.5, Verdict.NO_CHANGE, Reason.BELOW_THRESHOLD),
        ((27.0,), 22.0, 3.3, Verdict.BETTER_WITHIN, Reason.REACHES_THRESHOLD),
        ((22.0,), 27.0, 3.3, Verdict.WORSE_WITHIN, Reason.REACHES_THRESHOLD),
        ((27.0,), 24.0, 3.0, Verdict.BETTER_WITHIN, Reason.REACHES_THRESHOLD),
        ((27.0,), 24.0, 3.3, Verdict.NO_CHANGE, Reason.BELOW_THRESHOLD),
        ((27.0,), 26.0, None, Verdict.BETTER_WITHIN, Reason.INSIDE_BAND),
        ((27.0, 26.0), 26.0, None, Verdict.BETTER_WITHIN, Reason.INSIDE_BAND),
        ((27.0, 26.0, 26.0), 26.0, None, Verdict.NO_CHANGE, Reason.BELOW_STEP),
        ((27.0,), 27.0, None, Verdict.NO_CHANGE, Reason.BELOW_STEP),
        ((27.0,), 27.0, 3.3, Verdict.NO_CHANGE, Reason.BELOW_THRESHOLD),
        ((27.0,), None, 3.3, Verdict.NOT_MEASURABLE, Reason.NO_SCORE),
        ((27.0,), float("nan"), 3.3, Verdict.NOT_MEASURABLE, Reason.NO_SCORE),
        ((), 18.0, 3.3, Verdict.NOT_MEASURABLE, Reason.NO_BASELINE),
        ((33.0,), 33.0, 3.3, Verdict.NOT_MEASURABLE, Reason.AT_CEILING),
        ((0.0,), 0.0, 3.3, Verdict.NOT_MEASURABLE, Reason.AT_FLOOR),
        ((33.0,), 25.0, 3.3, Verdict.BETTER_BEYOND, Reason.BEYOND_BAND),
        ((32.0,), 33.0, None, Verdict.WORSE_WITHIN, Reason.INSIDE_BAND),
        ((33.0, 32.0), 33.0, None, Verdict.WORSE_WITHIN, Reason.INSIDE_BAND),
    ],
)
def test_verdicts(base, follow_up, threshold, verdict, reason):
    found = change(
        a_scale(),
        before(*base),
        Reading(91, follow_up),
        an_error(),
        None if threshold is None else a_threshold(threshold),
    )
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_change_of_exactly_the_band_is_not_beyond_it():
    found = change(a_scale(), before(20.0), Reading(91, 20.0 + BAND), an_error())
    assert (found.verdict, found.index) == (Verdict.WORSE_WITHIN, pytest.approx(1.96))


def test_a_decimal_change_that_reaches_the_threshold_does_so_in_binary_too():
    scale = a_scale(minimum=0.0, maximum=1.0, step=None, decimals=3, better=Better.HIGHER)
    assert 0.815 - 0.8 < 0.015
    found = change(scale, before(0.8), Reading(91, 0.815), an_error(0.1), a_threshold(0.015))
    assert found.verdict is Verdict.BETTER_WITHIN
    assert found.reaches_threshold


def test_everything_a_verdict_rests_on_comes_with_it():
    base = before(28.0, 26.0)
    found = change(a_scale(thresholds=(a_threshold(),)), base, Reading(91, 18.0), an_error())
    assert found.change == -9.0
    assert found.band == pytest.approx(1.96 * 2.0 * sqrt(1.5))
    assert found.index == pytest.approx(-9.0 / (2.0 * sqrt(1.5)))
    assert (found.threshold.value, found.baseline, found.follow_up.day) == (6.5, base, 91)
    assert found.reaches_threshold
    assert found.strong_words


def test_a_chosen_threshold_replaces_the_default():
    scale = a_scale(thresholds=(a_threshold(6.5), replace(a_threshold(3.3), default=False)))
    assert change(scale, before(27.0), Reading(91, 23.0), an_error()).verdict is Verdict.NO_CHANGE
    assert (
        change(scale, before(27.0), Reading(91, 23.0), an_error(), scale.thresholds[1]).verdict is Verdict.BETTER_WITHIN
    )


def test_without_an_error_the_change_stands_but_not_the_verdict():
    found = change(a_scale(), before(27.0), Reading(91, 18.0), None)
    assert (found.verdict, found.reason) == (Verdict.NOT_MEASURABLE, Reason.NO_ERROR)
    assert (found.change, found.band, found.index) == (-9.0, None, None)
    assert not found.strong_words


def test_a_scale_without_a_good_end_has_no_verdict():
    found = change(a_scale(better=None, minimum=1.0, maximum=7.0), before(4.0), Reading(91, 7.0), an_error())
    assert (found.verdict, found.reason, found.change) == (Verdict.NOT_MEASURABLE, Reason.NO_DIRECTION, 3.0)


def test_a_higher_score_is_better_where_the_scale_says_so():
    scale = a_scale(better=Better.HIGHER, maximum=100.0)
    assert change(scale, before(30.0), Reading(91, 50.0), an_error()).verdict is Verdict.BETTER_BEYOND
    assert change(scale, before(100.0), Reading(91, 100.0), an_error()).reason is Reason.AT_CEILING


def test_score_level_errors_make_the_band_and_the_weaker_words():
    """PROMIS Fatigue 7a, raw scores 28 (T 67.8, SE 2.9) and 20 (T 56.4, SE 2.9): published band 8.0."""
    error = error_in_force(a_scale(errors=(published(ErrorKind.SCORE_LEVEL, None),)))
    scale = a_scale(minimum=29.4, maximum=83.2, step=None, decimals=1)
    base = baseline([Reading(-3, 67.8, 2.9)])
    found = change(scale, base, Reading(91, 56.4, 2.9), error)
    assert found.band == pytest.approx(8.04, abs=0.005)
    assert (found.verdict, found.strong_words) == (Verdict.BETTER_BEYOND, False)
    assert change(scale, base, Reading(91, 67.7, 2.9), error).verdict is Verdict.BETTER_WITHIN
    assert change(scale, base, Reading(91, 67.8, 2.9), error).verdict is Verdict.NO_CHANGE
    assert change(scale, base, Reading(91, 56.4), error).reason is Reason.NO_ERROR


# properties

VALUES = st.floats(1.0, 32.0)
LISTS = st.lists(VALUES, min_size=1, max_size=4)
THRESHOLDS = st.none() | st.floats(0.5, 12.0)


@given(LISTS, VALUES, st.floats(0.1, 6.0), THRESHOLDS)
def test_turning_a_scale_round_mirrors_the_verdict(values, follow_up, sem, threshold):
    chosen = None if threshold is None else a_threshold(threshold)
    one = change(a_scale(), before(*values), Reading(91, follow_up), an_error(sem), chosen)
    other = change(a_scale(better=Better.HIGHER), before(*values), Reading(91, follow_up), an_error(sem), chosen)
    assert other.verdict is MIRRORED[one.verdict]
    assert (other.change, other.band, other.index, other.reason) == (one.change, one.band, one.index, one.reason)


@given(LISTS, VALUES, st.floats(0.1, 6.0), THRESHOLDS)
def test_counting_from_the_other_end_changes_nothing_but_the_sign(values, follow_up, sem, threshold):
    chosen = None if threshold is None else a_threshold(threshold)
    one = change(a_scale(), before(*values), Reading(91, follow_up), an_error(sem), chosen)
    turned = a_scale(better=Better.HIGHER)
    other = change(turned, before(*(33 - v for v in values)), Reading(91, 33 - follow_up), an_error(sem), chosen)
    assert other.change == pytest.approx(-one.change, abs=1e-9)
    if min(abs(abs(one.change) - limit) for limit in (one.band, threshold or 0.5, 0.0)) > 1e-6:
        assert other.verdict is one.verdict


@given(st.lists(st.integers(1, 32), min_size=1, max_size=4), st.integers(1, 32), st.integers(-500, 500), THRESHOLDS)
def test_adding_a_constant_changes_nothing(values, follow_up, constant, threshold):
    chosen = None if threshold is None else a_threshold(threshold)
    moved = a_scale(minimum=0.0 + constant, maximum=33.0 + constant)
    one = change(a_scale(), before(*map(float, values)), Reading(91, float(follow_up)), an_error(), chosen)
    other = change(
        moved,
        before(*(float(v + constant) for v in values)),
        Reading(91, float(follow_up + constant)),
        an_error(),
        chosen,
    )
    assert (other.verdict, other.reason, other.band) == (one.verdict, one.reason, one.band)
    assert other.change == pytest.approx(one.change, abs=1e-9)


@given(st.permutations([Reading(-24, 28.3), Reading(-2, 26.1), Reading(0, 25.7), Reading(91, 18.0), Reading(94, 17.0)]))
def test_the_order_of_scores_does_not_matter(readings):
    assert baseline(readings) == baseline(sorted(readings, key=lambda each: each.day))
    assert at(readings, MONTH_3, PLAN).value == 18.0


@given(LISTS, VALUES, st.floats(0.1, 6.0))
def test_a_second_follow_up_never_widens_and_a_baseline_never_hides_the_change(values, follow_up, sem):
    found = change(a_scale(), before(*values), Reading(91, follow_up), an_error(sem))
    assert found.band <= smallest_detectable_change(sem) * (1 + 1e-12)
    assert found.index == pytest.approx(found.change / (found.band / 1.96))
    assert found.verdict is not Verdict.NOT_MEASURABLE


# reference


def claus(measure="hamd"):
    path = REFERENCE / "claus_2020.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row[measure] not in {"", "NA"}]
    return {(row["id"], int(float(row["time"]))): float(row[measure]) for row in rows}


def sem_of(scores, reliability):
    """SEM from the spread at the first visit of those who have both visits."""
    first = [value for (person, time), value in scores.items() if time == 1 and (person, 4) in scores]
    mean = sum(first) / len(first)
    return sqrt(sum((value - mean) ** 2 for value in first) / (len(first) - 1) * (1 - reliability))


def test_jacobson_truax_counts_of_a_real_cohort():
    """Claus 2020, HAM-D from visit 1 to visit 4, reliability .80: 29 better, 10 unchanged, 1 worse of 40."""
    scores = claus()
    sem = sem_of(scores, 0.80)
    assert sem == pytest.approx(1.4937, abs=5e-5)
    scale = a_scale(key="hamd.total", maximum=52.0)
    found = [
        change(scale, baseline([Reading(0, value)]), Reading(91, scores[person, 4]), an_error(sem))
        for (person, time), value in scores.items()
        if time == 1 and (person, 4) in scores
    ]
    verdicts = [each.verdict for each in found]
    better, worse = verdicts.count(Verdict.BETTER_BEYOND), verdicts.count(Verdict.WORSE_BEYOND)
    assert (len(verdicts), better, len(verdicts) - better - worse, worse) == (40, 29, 10, 1)


def test_every_jacobson_truax_index_of_a_real_cohort():
    scores = claus()
    path = REFERENCE / "claus_hamd_expected_rci.csv"
    with path.open() as file:
        expected = {row["id"]: float(row["rci"]) for row in csv.DictReader(file) if row["method"] == "JT"}
    sem = sem_of(scores, 0.80)
    scale = a_scale(key="hamd.total", maximum=52.0)
    for person, index in expected.items():
        pre, post = scores[f"{float(person)}", 1], scores[f"{float(person)}", 4]
        found = change(scale, baseline([Reading(0, pre)]), Reading(91, post), an_error(sem))
        assert found.index == pytest.approx(index, abs=1e-9)
    assert len(expected) == 40


def test_baseline_fields_are_plain():
    assert baseline([Reading(-3, 20.0)]) == Baseline(20.0, 1, (-3,), None, only_qualifying=False)
