import numpy as np
import pytest
from scipy.optimize import minimize

from outcomes.change import mixed
from outcomes.change.mixed_profile import change_spread
from tests.change.simulated_clinics import clinic
from tests.change.test_mixed import dense


def fitted(rows, *, random_change=True):
    post = np.array([float(row.visit >= 2) for row in rows])
    names, scores = [row.patient for row in rows], np.array([row.score for row in rows])
    return mixed.fit(names, scores, mixed.before_after(post), random_change=random_change)


def worse_by(rows, sd):
    """How much worse the best model is in which true change has this SD, by brute force on the full matrices."""
    post = np.array([float(row.visit >= 2) for row in rows])
    names, scores, design = (
        [row.patient for row in rows],
        np.array([row.score for row in rows]),
        mixed.before_after(post),
    )

    def criterion(free):
        level, twist, residual = np.exp(free[0]), np.tanh(free[1]), np.exp(free[2])
        between = np.array([[level**2, level * twist * sd], [level * twist * sd, sd**2]])
        return dense(names, scores, design, between, residual)[0]

    best = min(minimize(criterion, [1.5, start, 3.0], method="Nelder-Mead").fun for start in (-0.5, 0.5))
    return best - mixed.fit(names, scores, design).reml_criterion


def test_at_the_ends_of_the_interval_the_model_is_just_significantly_worse():
    rows = clinic(2, patients=12, baselines=2, sd_change=8, noise=4)
    found = change_spread(fitted(rows))
    assert 0 < found.lower < found.sd < found.upper
    assert worse_by(rows, found.lower) == pytest.approx(3.8415, abs=2e-3)
    assert worse_by(rows, found.upper) == pytest.approx(3.8415, abs=2e-3)


def test_the_interval_reaches_zero_where_nobody_differs():
    found = change_spread(fitted(clinic(9, patients=30, baselines=2, sd_change=0)))
    assert found.lower == 0
    assert found.upper > 0


@pytest.mark.parametrize("seed", range(12))
def test_the_estimate_lies_inside_the_interval(seed):
    found = change_spread(fitted(clinic(seed, baselines=2, patients=8 + 3 * seed, sd_change=float(seed))))
    assert 0 <= found.lower <= found.sd <= found.upper


def test_a_wider_level_gives_a_wider_interval():
    fit = fitted(clinic(2, patients=30, baselines=2, sd_change=8))
    narrow, wide = change_spread(fit, 0.8), change_spread(fit, 0.99)
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_without_a_random_change_there_is_no_spread():
    with pytest.raises(ValueError, match="no random change"):
        change_spread(fitted(clinic(2), random_change=False))


def test_a_handful_of_patients_may_set_no_upper_limit():
    names, post = list("aaaabb"), np.array([0.0, 1, 1, 1, 1, 1])
    fit = mixed.fit(names, np.array([924.0, 759, 356, 558, 462, 846]), mixed.before_after(post))
    found = change_spread(fit)
    assert (found.lower, found.upper) == (0.0, float("inf"))


@pytest.mark.full
def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    runs = [change_spread(fitted(clinic(seed, patients=40, baselines=2))) for seed in range(400)]
    assert 0.92 <= np.mean([run.lower <= 5.0 <= run.upper for run in runs]) <= 0.98
