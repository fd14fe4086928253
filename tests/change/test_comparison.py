from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.comparison import ComparisonError, individual_response, mean_difference, variability_ratio

CHANGES = st.lists(st.floats(-50, 50), min_size=3, max_size=40).map(np.array)


def of_spread(sd, n):
    """N numbers with exactly this SD."""
    values = np.linspace(-1, 1, n)
    return values / values.std(ddof=1) * sd


def test_the_trial_of_beating_the_blues():
    """SDs of change of 9.51 and 9.20 in 52 and 45 people say nothing of differing response; lnVR 0.031 (SE 0.146).

    Proudfoot et al. 2003, Psychol Med 33:217; data in the R package HSAUR3.
    """
    treated, usual = of_spread(9.51, 52), of_spread(9.20, 45)
    found = individual_response(treated, usual)
    assert found.sd == pytest.approx(sqrt(9.51**2 - 9.20**2))
    assert found.lower < 0 < found.upper
    ratio = variability_ratio(treated, usual)
    assert ratio.log_ratio == pytest.approx(log(9.51 / 9.20) + 1 / 102 - 1 / 88)
    assert ratio.standard_error == pytest.approx(sqrt(1 / 102 + 1 / 88))


@pytest.mark.parametrize(("each", "smallest"), [(25, 12.4), (50, 9.1), (100, 7.1), (250, 5.3), (500, 4.4)])
def test_differing_response_takes_many_people_to_see(each, smallest):
    """With an SD of change of 10 without treatment, this is the smallest SD of response whose interval excludes 0."""
    usual = of_spread(10, each)
    seen = individual_response(of_spread(sqrt(100 + (smallest + 0.05) ** 2), each), usual)
    unseen = individual_response(of_spread(sqrt(100 + (smallest - 0.15) ** 2), each), usual)
    assert seen.lower > 0 > unseen.lower


@given(CHANGES, CHANGES)
def test_swapping_the_groups_turns_the_sign(one, other):
    forth, back = individual_response(one, other), individual_response(other, one)
    assert (forth.sd, forth.lower, forth.upper) == pytest.approx((-back.sd, -back.upper, -back.lower))


@given(CHANGES, CHANGES, st.floats(-30, 30))
def test_a_shift_of_everybody_is_no_difference_in_response(one, other, shift):
    moved, still = individual_response(one + shift, other), individual_response(one, other)
    assert moved.sd**2 == pytest.approx(still.sd**2, abs=1e-6)


def test_the_mean_difference_is_read_at_the_same_baseline():
    """A worked analysis of covariance: the groups start 10 apart and slope 0.5, so 5 of the raw 2 are start."""
    before, start = np.array([20.0, 24, 28, 32]), 10.0
    usual, treated = (before, 0.5 * before + np.array([1, -1, -1, 1])), (before + start, 0.5 * (before + start) - 3)
    found = mean_difference(treated, usual)
    assert found.difference == pytest.approx(-3)
    assert found.degrees == 5
    assert found.lower < -3 < found.upper


def test_its_error_is_that_of_least_squares():
    dice = np.random.default_rng(5)
    a, b, c, d = (dice.normal(size=n) for n in (9, 9, 7, 7))
    x = np.column_stack([np.ones(16), np.r_[np.ones(9), np.zeros(7)], np.r_[a, c]])
    y = np.r_[b, d]
    expected, squares, *_ = np.linalg.lstsq(x, y)
    error = np.sqrt(squares[0] / 13 * np.linalg.inv(x.T @ x)[1, 1])
    found = mean_difference((a, b), (c, d))
    assert (found.difference, found.standard_error) == pytest.approx((expected[1], error))


def test_equal_baselines_leave_the_plain_difference():
    same = np.full(4, 30.0)
    found = mean_difference((same, np.array([20.0, 22, 24, 26])), (same, np.array([28.0, 29, 30, 31])))
    assert found.difference == pytest.approx(23 - 29.5)
    assert found.degrees == 6


@pytest.mark.parametrize("few", [[], [1.0], [1.0, 2.0]])
def test_two_people_are_no_comparison_group(few):
    enough, few = np.array([1.0, 2, 4]), np.array(few)
    for compare in (individual_response, variability_ratio):
        with pytest.raises(ComparisonError):
            compare(enough, few)
    with pytest.raises(ComparisonError):
        mean_difference((enough, enough), (few, few))


def test_a_group_that_does_not_vary_has_no_ratio():
    with pytest.raises(ComparisonError):
        variability_ratio(np.array([1.0, 2, 4]), np.ones(3))
