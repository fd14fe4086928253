import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.survival import Duration, Seen, kaplan_meier, lost, sustained
from tests.change.making import REFERENCE

COLUMNS = ["time", "n_risk", "n_event", "surv", "std_err", "lower", "upper"]


def number(value):
    return float("nan") if value == "NA" else float(value)


@pytest.mark.parametrize(("group", "rows"), [("Maintained", slice(10)), ("Nonmaintained", slice(10, 20))])
def test_it_agrees_with_survfit_on_the_aml_data(group, rows):
    """Miller 1981, Survival Analysis; answers of R's survival package."""
    if not REFERENCE.is_dir():
        pytest.skip(f"no reference data in {REFERENCE}")
    with (REFERENCE / "km_aml.csv").open(newline="") as file:
        people = [
            Duration(float(row["time"]), row["status"] == "1") for row in csv.DictReader(file) if row["x"] == group
        ]
    curve = kaplan_meier(people)
    answer = json.loads((REFERENCE / "km_aml_survfit.json").read_text())
    ours = [curve.times, curve.at_risk, curve.events, curve.share, curve.standard_error, curve.lower, curve.upper]
    for name, column in zip(COLUMNS, ours, strict=True):
        assert column == pytest.approx([number(value) for value in answer[name][rows]], abs=1e-9, nan_ok=True), name


def test_numbers_at_risk_at_chosen_times():
    curve = kaplan_meier([Duration(3, True), Duration(6, False), Duration(6, True), Duration(12, False)])
    assert curve.at_risk_at([0, 3, 6, 9, 12, 13]) == (4, 4, 3, 1, 1, 0)


@pytest.mark.parametrize(
    ("people", "median"),
    [
        ([Duration(1, True), Duration(2, True)], 1.0),
        ([Duration(1, True), Duration(2, True), Duration(3, True)], 2.0),
        ([Duration(1, True), Duration(2, False), Duration(3, False)], None),
        ([], None),
    ],
)
def test_the_median_is_where_half_remain(people, median):
    assert kaplan_meier(people).median() == median


@given(st.lists(st.builds(Duration, st.integers(1, 12), st.booleans()), min_size=1, max_size=60), st.randoms())
def test_the_curve_only_falls_and_order_does_not_matter(people, dice):
    curve = kaplan_meier(people)
    assert np.all(np.diff(curve.share) <= 0)
    assert curve.at_risk[0] == len(people)
    assert kaplan_meier(dice.sample(people, len(people))).share.tolist() == curve.share.tolist()


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60))
def test_without_censoring_it_is_the_share_still_waiting(times):
    curve = kaplan_meier([Duration(time, True) for time in times])
    for time, share in zip(curve.times, curve.share, strict=True):
        assert share == pytest.approx(sum(other > time for other in times) / len(times), abs=1e-12)


YES, NO, GONE = True, False, None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ([YES, YES, NO, NO], Duration(1, True)),
        ([NO, YES, YES, NO], Duration(2, True)),
        ([YES, NO, YES, NO], Duration(4, False)),
        ([NO, NO, NO, YES], Duration(4, False)),
        ([YES, GONE, YES, YES], Duration(3, True)),
        ([YES, GONE, YES, GONE], Duration(3, False)),
        ([NO, NO, GONE, GONE], Duration(2, False)),
        ([GONE, GONE, GONE, GONE], None),
        ([], None),
    ],
)
def test_a_change_lasts_when_it_holds_at_two_visits_in_a_row(pattern, expected):
    assert sustained([Seen(time, holds) for time, holds in enumerate(pattern, 1)]) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ([YES, YES, NO, NO], Duration(1, True)),
        ([YES, YES, NO, YES, NO, NO], Duration(3, True)),
        ([YES, YES, NO, YES], Duration(2, False)),
        ([YES, YES, YES, YES, YES], Duration(3, False)),
        ([YES, YES], Duration(0.0, False)),
        ([YES, YES, GONE, NO, GONE, NO], Duration(4, False)),
        ([NO, YES, NO, YES], None),
    ],
)
def test_it_is_lost_when_it_fails_at_two_visits_in_a_row(pattern, expected):
    """Counted from the visit that confirmed it: before that nobody can lose it."""
    assert lost([Seen(time, holds) for time, holds in enumerate(pattern, 1)]) == expected
