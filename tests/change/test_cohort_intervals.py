import csv
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from outcomes.change.intervals import correlation, distribution, quantiles, spread, wilson
from outcomes.change.sensitivity import Cut, Population, cut_off
from outcomes.terms import Better
from tests.change.making import REFERENCE

SAMPLES = st.lists(st.floats(-50, 50), min_size=2, max_size=30).filter(lambda values: np.ptp(values) > 1e-3)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (42, 60, 57, 80),  # Borody 2012: initial response after treatment and retreatment
        (7, 12, 32, 81),  # Borody 2012: complete resolution among those reached
        (10, 48, 12, 34),
        (2, 48, 1, 14),
        (0, 48, 0, 7),
        (48, 48, 93, 100),
        (1, 1, 21, 100),
    ],
)
def test_wilson_intervals(count, of, low, high):
    share = wilson(count, of)
    assert (round(100 * share.low), round(100 * share.high)) == (low, high)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_agrees_with_scipy_and_holds_the_share(pair):
    share = wilson(*pair)
    theirs = stats.binomtest(*pair).proportion_ci(method="wilson")
    assert isclose(share.low, theirs.low, abs_tol=1e-12)
    assert isclose(share.high, theirs.high, abs_tol=1e-12)
    assert share.low <= share.share <= share.high


def test_a_share_of_nobody_is_unknown_and_an_impossible_one_refused():
    assert wilson(0, 0).share is None
    for count, of in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no share"):
            wilson(count, of)


@given(SAMPLES)
def test_mean_and_deviation_with_their_intervals(values):
    found = spread(np.array([*values, np.nan]))
    theirs = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    lower, upper = stats.chi2.ppf([0.025, 0.975], len(values) - 1)
    squares = (len(values) - 1) * np.var(values, ddof=1)
    assert (found.sd_low, found.sd_high) == pytest.approx((np.sqrt(squares / upper), np.sqrt(squares / lower)))
    assert found.sd == pytest.approx(np.std(values, ddof=1))


def test_too_few_values_leave_the_rest_unknown():
    assert spread(np.array([np.nan])).mean is None
    one = spread(np.array([3.0, np.inf]))
    assert (one.n, one.mean, one.sd, one.low) == (1, 3.0, None, None)
    assert quantiles(np.array([np.nan])) == {}
    assert distribution(np.array([np.nan])).n == 0


def test_a_distribution_rises_to_one_and_stays_in_its_band():
    found = distribution(np.array([-9.0, -9.0, -2.0, 0.0, 4.0, np.nan]))
    assert found.n == 5
    assert found.values.tolist() == [-9.0, -2.0, 0.0, 4.0]
    assert found.share.tolist() == pytest.approx([0.4, 0.6, 0.8, 1.0])
    half = np.sqrt(np.log(40) / 10)
    assert found.high.tolist() == pytest.approx(np.minimum(found.share + half, 1).tolist())
    assert found.low.tolist() == pytest.approx(np.maximum(found.share - half, 0).tolist())


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=4, max_size=30))
def test_correlation_agrees_with_scipy(pairs):
    one, other = np.array(pairs).T
    if np.ptp(one) < 1e-3 or np.ptp(other) < 1e-3:
        return
    found = correlation(np.append(one, [np.nan, 1.0]), np.append(other, [1.0, np.nan]))
    theirs = stats.pearsonr(one, other)
    assert found.n == len(pairs)
    assert found.r == pytest.approx(theirs.statistic, abs=1e-9)
    if abs(found.r) < 1 - 1e-9:
        interval = theirs.confidence_interval()
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [([1.0, 2.0, 3.0], [3.0, 1.0, 2.0]), ([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]), ([], []), ([np.nan], [1.0])],
)
def test_a_correlation_that_cannot_be_known(one, other):
    assert correlation(np.array(one), np.array(other)).r is None


def test_fatigue_of_real_people_with_and_without_the_illness():
    """Walitt 2024: PROMIS Fatigue T-scores 66.37 (SD 4.66) in 17 people with ME/CFS, 37.50 (5.67) in 21 volunteers."""
    path = REFERENCE / "walitt2024_scores.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    with path.open() as file:
        rows = [(row["group"], float(row["promis_fatigue_t"])) for row in csv.DictReader(file)]
    groups = {group: spread(np.array([value for name, value in rows if name == group])) for group, _ in rows}
    found = {group: (each.n, round(each.mean, 2), round(each.sd, 2)) for group, each in groups.items()}
    assert sorted(found.values()) == [(17, 66.37, 4.66), (21, 37.5, 5.67)]
    well, ill = sorted((Population(each.mean, each.sd) for each in groups.values()), key=lambda each: each.mean)
    lines = [cut_off(cut, Better.LOWER, ill, well) for cut in (Cut.A, Cut.B, Cut.C)]
    assert lines == pytest.approx([57.05, 48.84, 53.35], abs=0.015)  # published from rounded means
