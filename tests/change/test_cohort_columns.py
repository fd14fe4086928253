"""The columns agree with the rule for one person, whatever the cohort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.change import individual
from outcomes.change.columns import (
    ABSENCES,
    NOTHING,
    REASONS,
    VERDICTS,
    Person,
    UnknownPersonError,
    baselines,
    changes,
    columns,
    own_error,
)
from outcomes.change.windows import TimePoint, default_time_points
from outcomes.terms import Absence, Better, ErrorKind, Language
from tests.change.making import a_cohort, a_scale, a_threshold, an_error

PLAN = default_time_points()
OVERLAPPING = tuple(TimePoint(f"p{day}", {Language.ENGLISH: f"Day {day}"}, day, 25, 25) for day in (-25, 40, 70, 100))
SETTINGS = settings(max_examples=60, deadline=None)

# Whole and half points and the ends themselves come up often, so that ties and ends are tried.
VALUES = st.sampled_from([0.0, 0.5, 10.0, 12.5, 13.0, 16.5, 20.0, 32.5, 33.0]) | st.floats(0, 33).map(
    lambda x: round(x, 1)
)
ROWS = st.tuples(
    st.sampled_from("ABCDE"),
    st.integers(-35, 3) | st.integers(60, 130),
    st.none() | VALUES,
    st.none() | st.sampled_from([0.0, 2.9, 3.3]),
    st.booleans(),
    st.none() | st.sampled_from(Absence),
)
COHORTS = st.lists(ROWS, max_size=40)
ERRORS = st.none() | st.sampled_from(
    [an_error(2.0), an_error(0.1), an_error(12.5 / 1.96), an_error(None, ErrorKind.SCORE_LEVEL), an_error(None)]
)
THRESHOLDS = st.none() | st.sampled_from([a_threshold(0.3), a_threshold(3.5), a_threshold(6.5)])
SCALES = st.builds(
    a_scale,
    better=st.sampled_from([None, *Better]),
    step=st.sampled_from([None, 1.0]),
    minimum=st.sampled_from([None, 0.0]),
    maximum=st.sampled_from([None, 33.0]),
    decimals=st.just(1),
)
PEOPLE = [Person(key) for key in "ABCDEF"]


def number(x):
    return None if np.isnan(x) else float(x)


@SETTINGS
@given(COHORTS, SCALES, ERRORS, THRESHOLDS, st.sampled_from([PLAN, OVERLAPPING]), st.integers(1, 3))
def test_everybody_at_once_is_everybody_one_by_one(rows, scale, error, threshold, points, visit):
    data, point = columns(PEOPLE, rows), points[visit]
    found = changes(data, scale, point, points, error, threshold=threshold)
    for person in range(data.people):
        readings = data.readings(person)
        one = individual.change(
            scale, individual.baseline(readings), individual.at(readings, point, points), error, threshold
        )
        assert (VERDICTS[found.verdict[person]], REASONS[found.reason[person]]) == (one.verdict, one.reason)
        for column, value in ((found.change, one.change), (found.index, one.index), (found.band, one.band)):
            assert number(column[person]) == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9))
        base = one.baseline
        assert found.baselines[person] == (base.count if base else 0)
        assert found.only_qualifying[person] == (base.only_qualifying if base else False)
        assert number(found.follow_up[person]) == one.follow_up.value
        assert found.day[person] == one.follow_up.day


@SETTINGS
@given(COHORTS, st.randoms(use_true_random=False), THRESHOLDS)
def test_the_order_of_rows_and_the_names_of_people_change_nothing(rows, random, threshold):
    shuffled = random.sample(rows, len(rows))
    renamed = [(f"{key}*", *rest) for key, *rest in shuffled]
    error = an_error(None, ErrorKind.SCORE_LEVEL)
    one = changes(columns(PEOPLE, rows), a_scale(), PLAN[3], PLAN, error, threshold=threshold)
    people = [Person(f"{person.key}*") for person in PEOPLE]
    other = changes(columns(people, renamed), a_scale(), PLAN[3], PLAN, error, threshold=threshold)
    for name in ("baseline", "follow_up", "change", "index", "band", "verdict", "reason", "day", "absence", "due"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "due")


@SETTINGS
@given(COHORTS.filter(len), st.data())
def test_one_missing_visit_changes_only_its_person(rows, data):
    gone = data.draw(st.integers(0, len(rows) - 1))
    fewer = rows[:gone] + rows[gone + 1 :]
    one = changes(columns(PEOPLE, rows), a_scale(), PLAN[3], PLAN, an_error())
    other = changes(columns(PEOPLE, fewer), a_scale(), PLAN[3], PLAN, an_error())
    others = np.array([person.key != rows[gone][0] for person in PEOPLE])
    assert np.array_equal(one.change[others], other.change[others], equal_nan=True)
    assert np.array_equal(one.verdict[others], other.verdict[others])


@SETTINGS
@given(COHORTS)
def test_own_error_of_columns_is_that_of_single_people(rows):
    data = columns(PEOPLE, rows)
    single = [
        [each.value for each in individual.baseline_readings(data.readings(person))] for person in range(data.people)
    ]
    one, other = own_error(data, at_least=2), individual.own_error(single, at_least=2)
    assert (one is None) == (other is None)
    if one is not None:
        assert (one.people, one.sem) == (other.people, pytest.approx(other.sem))


def test_people_without_scores_are_in_the_cohort():
    data = columns(PEOPLE, [])
    found = changes(data, a_scale(), PLAN[3], PLAN, an_error())
    assert (data.people, len(found.change)) == (6, 6)
    assert np.isnan(found.baseline).all()


def test_a_score_of_a_stranger_and_two_people_of_one_name_are_refused():
    with pytest.raises(UnknownPersonError):
        columns([Person("A")], [("B", 3, 20.0)])
    with pytest.raises(UnknownPersonError):
        columns([Person("A"), Person("A")], [])


def test_what_is_no_number_is_missing():
    data = columns([Person("A")], [("A", -1, float("inf")), ("A", -2, float("nan")), ("A", -3, None), ("A", -4, 20.0)])
    assert baselines(data).mean.tolist() == [20.0]


def test_a_reason_for_a_missing_score_is_kept():
    data = columns(PEOPLE, [("A", 91, None, None, False, Absence.TOO_ILL)])
    found = changes(data, a_scale(), PLAN[3], PLAN, an_error())
    assert ABSENCES[found.absence[0]] is Absence.TOO_ILL
    assert set(found.absence[1:]) == {NOTHING}


def test_some_of_the_people_can_be_chosen():
    data = a_cohort({"A": [(-1, 20.0), (91, 10.0)], "B": [(-1, 30.0)], "C": [(-1, 25.0), (91, 26.0)]})
    kept = data.only(np.array([True, False, True]))
    found = changes(kept, a_scale(), PLAN[3], PLAN, an_error())
    assert (kept.keys, found.change.tolist()) == (("A", "C"), [-10.0, 1.0])


@pytest.mark.parametrize(
    ("observed", "scores", "due"),
    [(None, [], True), (105, [], True), (104, [], False), (85, [(84, 20.0)], True), (85, [(84, None)], False)],
)
def test_for_whom_a_visit_has_come_round(observed, scores, due):
    data = columns([Person("A", observed)], [("A", day, value) for day, value in scores])
    assert bool(changes(data, a_scale(), PLAN[3], PLAN, an_error()).due[0]) is due
