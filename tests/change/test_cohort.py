import csv

import numpy as np
import pytest

from outcomes.change.cohort import (
    attrition,
    correlations,
    distribution_of_change,
    ends,
    error_sd,
    facts,
    flow,
    mean_baseline,
    mean_change,
    mean_score,
    out_of_window,
    quantiles_of_change,
    series,
    shares,
    summary,
)
from outcomes.change.columns import CLASSES, Person, changes, columns
from outcomes.change.individual import smallest_detectable_change
from outcomes.change.warnings import CohortWarning, cautions
from outcomes.change.windows import default_time_points
from outcomes.terms import Absence, Better, Ending, Verdict
from tests.change.making import REFERENCE, a_cohort, a_scale, a_threshold, an_error

PLAN = default_time_points()
MONTH_3 = PLAN[3]
SCALE = a_scale(thresholds=(a_threshold(3.3),))

# name: baseline, month 3, month 6; band for one baseline and an error of 2 is 5.5
PEOPLE = {
    "better": (27.0, 18.0, 26.0),
    "slightly": (27.0, 23.0, 18.0),
    "same": (27.0, 26.0, None),
    "slightly worse": (22.0, 26.0, 22.0),
    "worse": (20.0, 29.0, 31.0),
    "ceiling": (33.0, 33.0, 33.0),
    "gone": (25.0, None, None),
    "unmeasured": (None, 20.0, 21.0),
}


def the_people(**different):
    rows = [
        (name, day, value)
        for name, values in PEOPLE.items()
        for day, value in zip((-3, 91, 182), values, strict=True)
        if value is not None
    ]
    return columns([different.get(name, Person(name)) for name in PEOPLE], rows)


def month_3(data=None, scale=SCALE):
    return changes(data or the_people(), scale, MONTH_3, PLAN, an_error())


def test_every_class_is_counted_and_the_missing_stay_in_the_denominator():
    found = shares(month_3())
    assert {name: share.count for name, share in found.each.items()} == {
        "better_beyond": 1,
        "better_within": 1,
        "no_change": 1,
        "worse_within": 1,
        "worse_beyond": 1,
        "not_measurable": 2,
        "missing": 1,
    }
    assert (found.of, found.better.count, found.unchanged.count, found.worse.count) == (8, 1, 3, 1)
    assert {share.of for share in found.each.values()} == {8}
    assert found.missing.share == 1 / 8


def test_who_is_too_early_is_in_no_share():
    found = shares(month_3(the_people(gone=Person("gone", observed=90))))
    assert (found.of, found.too_early, found.missing.count) == (7, 1, 0)


def test_means_are_over_who_was_measured():
    found = month_3()
    moved = np.array([-9.0, -4.0, -1.0, 4.0, 9.0, 0.0])
    assert (mean_change(found).n, mean_change(found).mean) == (6, pytest.approx(moved.mean()))
    assert mean_change(found).sd == pytest.approx(moved.std(ddof=1))
    assert (mean_score(found).n, mean_baseline(found).n) == (7, 7)
    assert quantiles_of_change(found)[0.5] == np.median(moved)
    assert distribution_of_change(found).values.tolist() == sorted(moved)


def test_the_follow_ups_of_the_protocol_are_judged_in_order():
    visits = series(the_people(), SCALE, PLAN[::-1], an_error())
    assert [visit.point.code for visit in visits] == [point.code for point in PLAN[1:]]


def test_people_flow_from_class_to_class():
    visits = series(the_people(), SCALE, PLAN, an_error())[2:4]
    found = flow(visits)
    place = {name: CLASSES.index(name) for name in CLASSES}
    assert [point.code for point in found.points] == ["month_3", "month_6"]
    assert found.counts.sum(axis=1).tolist() == [8, 8]
    assert found.moves[0].sum() == 8
    assert found.moves[0, place["better_beyond"], place["no_change"]] == 1
    assert found.moves[0, place["better_within"], place["better_beyond"]] == 1
    assert found.moves[0, place["no_change"], place["missing"]] == 1
    assert found.moves[0].sum(axis=1).tolist() == found.counts[0].tolist()
    assert found.moves[0].sum(axis=0).tolist() == found.counts[1].tolist()


def test_who_is_not_yet_due_does_not_flow():
    data = columns([Person("A"), Person("B", observed=120)], [("A", 91, 20.0), ("B", 91, 20.0)])
    found = flow(series(data, SCALE, PLAN, an_error())[2:4])
    assert (found.counts.sum(axis=1).tolist(), int(found.moves.sum())) == ([2, 1], 1)
    assert flow([]).counts.shape == (0, 7)


def test_who_is_missing_and_why():
    people = [
        Person("died", None, Ending.DEATH, 60),
        Person("left", None, Ending.WITHDRAWAL, 105),
        Person("lost", None, Ending.LOST, 80),
        Person("left later", None, Ending.WITHDRAWAL, 106),
        Person("too ill"),
        Person("skipped"),
        Person("silent"),
        Person("here", None, Ending.DEATH, 300),
        Person("early", 30),
    ]
    rows = [(person.key, -3, 25.0) for person in people[:-1]]
    rows += [("too ill", 91, None, None, False, Absence.TOO_ILL), ("skipped", 91, None, None, False, Absence.SKIPPED)]
    rows += [("here", 91, 15.0)]
    data = columns(people, rows)
    found = attrition(data, month_3(data))
    assert (found.due, found.measured, found.missing.count) == (8, 1, 7)
    assert (found.died, found.withdrew, found.lost) == (1, 1, 1)
    assert (found.too_ill, found.no_score, found.unexplained) == (1, 1, 2)


def test_what_difference_the_missing_could_make():
    data = a_cohort(
        {"A": [(-3, 20.0), (91, 10.0)], "B": [(-3, 26.0)], "C": [(-3, 24.0)], "D": [(-3, 22.0), (91, 22.0)]}
    )
    found = attrition(data, month_3(data))
    assert found.better == (0.25, 0.75)
    assert found.worse == (0.0, 0.5)
    assert found.baseline_difference == 4.0
    assert found.mean_change == ((-10 + 0 + 7 + 9) / 4, (-10 + 0 - 26 - 24) / 4)
    turned = attrition(data, month_3(data, a_scale(better=Better.HIGHER)))
    assert turned.mean_change == ((-10 + 0 - 26 - 24) / 4, (-10 + 0 + 7 + 9) / 4)
    assert attrition(data, month_3(data, a_scale(maximum=None))).mean_change is None


def test_nobody_due_has_no_bounds():
    data = columns([Person("A", 30)], [])
    found = attrition(data, month_3(data))
    assert (found.due, found.better, found.mean_change, found.missing.share) == (0, None, None, None)


def test_who_stands_at_an_end_of_the_scale():
    found = ends(month_3())
    assert (found.ceiling_before.count, found.ceiling_before.of) == (1, 7)
    assert (found.ceiling_at_visit.count, found.floor_before.count, found.floor_at_visit.of) == (1, 0, 7)


def test_domains_that_get_better_together_correlate_positively():
    fatigue = a_cohort({key: [(-3, 30.0), (91, 30.0 - gain)] for key, gain in zip("ABCDE", range(5), strict=True)})
    function = a_cohort({key: [(-3, 10.0), (91, 10.0 + gain)] for key, gain in zip("ABCDE", range(5), strict=True)})
    bristol = a_scale(key="bristol.type", better=None)
    found = correlations(
        [
            month_3(fatigue),
            month_3(function, a_scale(key="bell.score", better=Better.HIGHER)),
            month_3(fatigue, bristol),
        ]
    )
    assert set(found) == {("chalder11.likert", "bell.score")}
    assert found["chalder11.likert", "bell.score"].r == pytest.approx(1.0)


def test_the_spread_that_error_alone_makes():
    data = a_cohort({"A": [(-3, 20.0), (91, 10.0)], "B": [(-9, 26.0), (-3, 25.0), (91, 20.0)], "C": [(-3, 20.0)]})
    found = month_3(data)
    assert error_sd(found) == pytest.approx(np.sqrt((2.0**2 * 2 + 2.0**2 * 1.5) / 2))
    assert error_sd(changes(data, SCALE, MONTH_3, PLAN, None)) is None


def test_the_summary_gathers_one_visit():
    found = summary(month_3())
    assert (found.people, found.measured, found.missing.count) == (8, 7, 1)
    assert found.change.n == 6
    assert found.error_sd == pytest.approx(2.0 * np.sqrt(2))
    assert found.shares.better.count == 1


def test_scores_outside_every_window_are_counted():
    data = a_cohort({"A": [(-40, 20.0), (-3, 21.0), (50, 22.0), (50, None), (91, 20.0)]})
    assert out_of_window(data, PLAN) == 2


def test_the_facts_behind_the_warnings():
    rows = [
        ("A", -9, 33.0, None, True),
        ("A", 91, 30.0),
        ("B", -9, 33.0, None, True),
        ("B", -3, 29.0),
        ("B", 140, 20.0),
    ]
    data = columns([Person("A"), Person("B"), Person("C", 10)], rows)
    found = facts(data, month_3(data), PLAN)
    assert (found.people, found.measured, found.with_baseline, found.single_baseline) == (2, 1, 2, 2)
    assert (found.entered_on_score, found.at_ceiling, found.at_floor, found.out_of_window) == (1, 1, 0, 1)
    assert (found.threshold, found.band) == (3.3, pytest.approx(smallest_detectable_change(2.0)))
    assert facts(data, month_3(data), PLAN, np.array([False, True, False])).entered_on_score == 2
    codes = {caution.code for caution in cautions(found)}
    assert CohortWarning.THRESHOLD_BELOW_ERROR in codes
    assert CohortWarning.AT_CEILING in codes
    assert CohortWarning.NO_ERROR not in codes


def test_turning_the_scale_round_mirrors_the_cohort():
    one, other = shares(month_3()), shares(month_3(scale=a_scale(better=Better.HIGHER, thresholds=(a_threshold(3.3),))))
    assert one.each[Verdict.BETTER_WITHIN].count == other.each[Verdict.WORSE_WITHIN].count
    assert (one.better, one.worse, one.unchanged) == (other.worse, other.better, other.unchanged)


def test_counts_of_a_real_cohort():
    """Claus 2020, HAM-D, visit 1 to 4, reliability .80: 29 better, 10 unchanged, 1 worse, and 3 of 43 missing."""
    path = REFERENCE / "claus_2020.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    days = {1: 0, 2: 14, 3: 30, 4: 91}
    with path.open() as file:
        rows = [(row["id"], days[int(float(row["time"]))], row["hamd"]) for row in csv.DictReader(file)]
    people = [Person(key) for key in dict.fromkeys(key for key, *_ in rows)]
    data = columns(people, [(key, day, float(value)) for key, day, value in rows if value not in {"", "NA"}])
    found = changes(data, a_scale(key="hamd.total", maximum=52.0), MONTH_3, PLAN, an_error(1.4937))
    counted = shares(found)
    assert (counted.better.count, counted.unchanged.count, counted.worse.count) == (29, 10, 1)
    assert (counted.of, counted.missing.count) == (43, 3)
    assert mean_change(found).n == 40
