from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from outcomes.change import mixed
from outcomes.change.mixed import individuals
from outcomes.change.mixed_criterion import solve, weights
from outcomes.change.mixed_intervals import Beliefs, beliefs, chance_of_change, intervals
from outcomes.terms import Better
from tests.change.simulated_clinics import clinic


def fitted(rows, baselines=1):
    post = np.array([float(row.visit >= baselines) for row in rows])
    return mixed.fit([row.patient for row in rows], np.array([row.score for row in rows]), mixed.before_after(post))


def mixture(means, errors, weights):
    one = np.array(means, float)[:, None], np.array(errors, float)[:, None]
    return Beliefs(*one, np.array(weights, float), integrated=True)


@pytest.mark.parametrize(
    ("means", "errors", "weights"),
    [([0], [1], [1]), ([0, 0], [1, 4], [0.5, 0.5]), ([-30, 5, 6], [0.1, 2, 3], [0.03, 0.5, 0.47]), ([3], [1e-6], [1])],
)
def test_the_interval_leaves_the_same_on_both_sides(means, errors, weights):
    found = intervals(mixture(means, errors, weights), 0.9)
    below = np.array(weights) @ ndtr((found.lower - np.array(means)) / np.array(errors))
    above = np.array(weights) @ ndtr(-(found.upper - np.array(means)) / np.array(errors))
    assert below == pytest.approx(0.05, abs=1e-9)
    assert above == pytest.approx(0.05, abs=1e-9)


def test_up_to_200_patients_the_covariance_is_integrated_out():
    assert beliefs(fitted(clinic(1, patients=200))).integrated
    assert not beliefs(fitted(clinic(1, patients=201))).integrated


def test_without_integration_the_interval_is_the_plug_in():
    fit = fitted(clinic(1, patients=201))
    found = intervals(beliefs(fit))
    assert found.upper - found.lower == pytest.approx(2 * 1.959964 * fit.change_errors, rel=1e-6)


@pytest.mark.parametrize("patients", [20, 50])
def test_integration_widens_the_intervals_of_small_clinics(patients):
    fit = fitted(clinic(1, patients=patients))
    found = intervals(beliefs(fit))
    assert np.mean((found.upper - found.lower) / (2 * 1.96 * fit.change_errors)) > 1.02


@pytest.mark.parametrize("seed", range(6))
def test_draws_are_worth_having(seed):
    belief = beliefs(fitted(clinic(seed, patients=10 + 15 * seed, sd_change=2.0 * (seed % 4))))
    assert belief.effective_draws > 300
    assert belief.weights.sum() == pytest.approx(1)


def test_integration_agrees_with_a_direct_sum_over_a_grid():
    """The same means and errors by brute force over SDs and correlation, the residual variance in closed form."""
    fit = fitted(clinic(4, patients=20, baselines=2, sd_change=8), 2)
    sums, degrees = fit.sums, fit.sums.degrees - 6
    log_density, means, variances = [], [], []
    for level, change, twist in product(np.linspace(-2, 2, 15), np.linspace(-1.5, 2, 15), np.linspace(-2.5, 2.5, 15)):
        factor = np.array([np.exp(level), np.exp(change) * np.tanh(twist), np.exp(change) / np.cosh(twist)])
        weight = weights(sums, factor)
        normal = solve(sums, weight)
        fitting = float(weight.log_determinant + normal.log_information + degrees * np.log(normal.squares))
        log_density.append(3 * (level + change) - 2 * np.log(np.cosh(twist)) - fitting / 2)
        one = individuals(sums, fit.contrasts, factor, normal)
        mean = np.linalg.solve(sums.frame.triangle, normal.fixed)[1] * sums.frame.score_scale
        means.append(one.effects[:, 1] + mean + sums.frame.least_squares[1])
        variances.append(one.totals_covariance[:, 1, 1] * float(normal.squares) / (degrees - 2))
    share = np.exp(np.array(log_density) - max(log_density))
    share /= share.sum()
    expected = share @ np.array(means)
    error = np.sqrt(share @ (np.array(variances) + (np.array(means) - expected) ** 2))
    belief = beliefs(fit)
    mean = belief.weights @ belief.means
    ours = np.sqrt(belief.weights @ (belief.errors**2 + (belief.means - mean) ** 2))
    assert mean == pytest.approx(expected, abs=0.03 * error.min())
    assert ours == pytest.approx(error, rel=0.03)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_interval(seed, dice):
    rows = clinic(seed, patients=12)
    one, other = fitted(rows), fitted(dice.sample(rows, len(rows)))
    order = [other.patients.index(name) for name in one.patients]
    assert intervals(beliefs(one)).lower.tolist() == intervals(beliefs(other)).lower[order].tolist()


@pytest.mark.parametrize(("better", "sign"), [(Better.LOWER, -1), (Better.HIGHER, 1)])
def test_the_chance_of_an_important_change_counts_the_good_side(better, sign):
    belief = mixture([sign * 6.0], [2.0], [1.0])
    assert chance_of_change(belief, 4.0, better) == pytest.approx(ndtr(1.0))


def test_few_patients_get_the_plug_in():
    assert not beliefs(fitted(clinic(3, patients=6))).integrated
