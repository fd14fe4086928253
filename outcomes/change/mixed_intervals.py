"""How sure one can be of one person's true change.

The plug-in interval takes the estimated covariance for the truth and is too narrow in a small clinic. Up to 200
patients the interval therefore integrates the covariance out: draws of it are weighted by how well they explain the
data (importance sampling with a fixed sequence, so that the same data always give the same interval), and each
person's interval is that of the mixture.

The weight of a draw is its restricted likelihood, with a flat prior on the covariance matrix and on the logarithm of
the residual SD: the most probable covariance is then the REML estimate, and the unit of time or the visit called
zero does not matter.

References:
    Everson PJ, Morris CN (2000), J R Stat Soc B 62:399, doi:10.1111/1467-9868.00239 (the flat prior and its coverage).
    Robinson GK (1991), Stat Sci 6:15, doi:10.1214/ss/1177011926.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr, ndtri

from outcomes.change.mixed import Fit
from outcomes.change.mixed_criterion import Normal, Weights, scores_left, solve, weights
from outcomes.change.mixed_data import Array, Sums
from outcomes.terms import Better

INTEGRATE_UP_TO = 200
DRAWS = 1024
TUNING_DRAWS = 256
TUNING_ROUNDS = 6
TAIL = 5.0  # degrees of freedom of the proposal
WIDER = np.float64(1.1)  # the proposal is a little wider than the posterior it was fitted to
BLOCK = 128  # draws worked on at a time
PRIOR_POWER = 6  # a flat prior on three variances and covariances is worth six powers of the residual SD
FEWEST = 8  # patients seen both early and late; with fewer the flat prior has no end
GOLDEN = (0.8566748838545029, 0.733891856627126, 0.6287067210378087, 0.5385972572236101, 0.46140169820300415)
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of every person's true change: a weighted mixture of normal distributions.

    `means` and `errors` have one row per draw and one column per patient; the plug-in has one row.
    """

    means: Array
    errors: Array
    weights: Array
    integrated: bool

    @property
    def effective_draws(self) -> float:
        """The number of equally weighted draws that would be worth as much."""
        return float(1 / (self.weights @ self.weights))


@dataclass(frozen=True, slots=True)
class Intervals:
    """Interval of every person's true change, in the order of the fit's patients."""

    lower: Array
    upper: Array
    integrated: bool


def beliefs(fit: Fit) -> Beliefs:
    """Return what the data say of every person's true change, the covariance integrated out up to 200 patients.

    Parameters:
        fit: a fit with a random change.

    Returns:
        A mixture for every patient.

    References:
        Everson & Morris (2000), doi:10.1111/1467-9868.00239.
    """
    enough = int((fit.sums.determinant > 0).sum()) >= FEWEST and fit.sums.degrees > 2 * PRIOR_POWER
    if not (fit.random_change and enough and len(fit.patients) <= INTEGRATE_UP_TO):
        return Beliefs(fit.change[None, :], fit.change_errors[None, :], np.ones(1), integrated=False)
    draws = _draw(fit.sums, fit.factor)
    means, errors = _predict(fit, draws)
    return Beliefs(means[:, fit.sums.place], errors[:, fit.sums.place], draws.share, integrated=True)


def intervals(belief: Beliefs, level: float = 0.95) -> Intervals:
    """Return equal-tailed intervals of every person's true change.

    Example:
        >>> one = Beliefs(np.zeros((1, 1)), np.ones((1, 1)), np.ones(1), integrated=False)
        >>> round(float(intervals(one).upper[0]), 3)
        1.96
    """
    tail = (1 - level) / 2
    return Intervals(_quantile(belief, tail), _quantile(belief, 1 - tail), belief.integrated)


def chance_of_change(belief: Beliefs, threshold: float, better: Better) -> Array:
    """Return every person's probability that the true change is an improvement by at least the threshold.

    Parameters:
        belief: from `beliefs`.
        threshold: the size of change, positive.
        better: which way the scale points.

    Example:
        >>> one = Beliefs(np.array([[-6.0]]), np.array([[2.0]]), np.ones(1), integrated=False)
        >>> round(float(chance_of_change(one, 4.0, Better.LOWER)[0]), 3)
        0.841
    """
    sign = -1.0 if better is Better.LOWER else 1.0
    return np.asarray(belief.weights @ ndtr((sign * belief.means - threshold) / belief.errors), np.float64)


def _quantile(belief: Beliefs, share: float) -> Array:
    """Find the quantile of every mixture: Newton's steps, kept inside a bracket that closes."""
    mean = belief.weights @ belief.means
    error = np.sqrt(belief.weights @ (belief.errors**2 + (belief.means - mean) ** 2))
    here = np.asarray(mean + ndtri(share) * error, np.float64)
    low, high = mean - 20 * error, mean + 20 * error
    for _ in range(HALVINGS):
        away = (here - belief.means) / belief.errors
        over = belief.weights @ ndtr(away) - share
        density = belief.weights @ (np.exp(-away * away / 2) / belief.errors) / np.sqrt(2 * np.pi)
        low, high = np.where(over < 0, here, low), np.where(over < 0, high, here)
        step = np.divide(over, density, out=np.zeros_like(over), where=density > 0)
        following = here - step
        inside = (following >= low) & (following <= high) & (density > 0)
        following = np.asarray(np.where(inside, following, (low + high) / 2), np.float64)
        if np.all(np.abs(following - here) <= 1e-11 * error):
            return following
        here = following
    return here


def _sequence(count: int) -> Array:
    """Return evenly spread points of the five-dimensional unit cube (a Kronecker sequence)."""
    return np.asarray((0.5 + np.arange(1, count + 1)[:, None] * np.array(GOLDEN)) % 1.0, np.float64)


@dataclass(frozen=True, slots=True)
class _Draws:
    """Draws of the covariance: where they lie, their weights, and the weighted squares each leaves."""

    places: Array
    share: Array
    squares: Array


def _to_factor(place: Array) -> Array:
    """Translate (log SD of level, log SD of change, Fisher's z of their correlation) to Cholesky factors."""
    level, change, correlation = np.exp(place[:, 0]), np.exp(place[:, 1]), np.tanh(place[:, 2])
    return np.stack([level, change * correlation, change / np.cosh(place[:, 2])], axis=1)


def _log_posterior(sums: Sums, place: Array) -> tuple[Array, Array]:
    """Return the log posterior density of each place, up to a constant, and its weighted squares."""
    density, squares = np.empty(len(place)), np.empty(len(place))
    for start in range(0, len(place), BLOCK):
        block = slice(start, start + BLOCK)
        weight = weights(sums, _to_factor(place[block]))
        normal = solve(sums, weight)
        power = sums.degrees - PRIOR_POWER
        likelihood = weight.log_determinant + normal.log_information + power * np.log(normal.squares)
        density[block], squares[block] = -likelihood / 2, normal.squares
    return density + 3 * (place[:, 0] + place[:, 1]) - 2 * np.log(np.cosh(place[:, 2])), squares


def _draw(sums: Sums, factor: Array) -> _Draws:
    """Draw covariances; the proposal is first fitted by a few rounds of weighted moments."""
    level, change = max(abs(factor[0]), 0.2), max(float(np.hypot(factor[1], factor[2])), 0.2)
    centre = np.array([np.log(level), np.log(change), np.arctanh(np.clip(factor[1] / change, -0.8, 0.8))])
    spread = np.asarray(0.7 * np.eye(3), np.float64)
    for _ in range(TUNING_ROUNDS):
        draws = _propose(sums, centre, spread, TUNING_DRAWS)
        centre = draws.share @ draws.places
        away = draws.places - centre
        spread = WIDER * np.linalg.cholesky((draws.share[:, None] * away).T @ away + 1e-3 * np.eye(3))
    return _propose(sums, centre, spread, DRAWS)


def _propose(sums: Sums, centre: Array, spread: Array, count: int) -> _Draws:
    """Draw from a t distribution and weigh each draw."""
    cube = _sequence(count)
    normal = ndtri(cube[:, :3])
    stretch = TAIL / (2 * gammaincinv(TAIL / 2, cube[:, 3]))
    places = centre + np.sqrt(stretch)[:, None] * normal @ spread.T
    density, squares = _log_posterior(sums, places)
    log_share = density + (TAIL + 3) / 2 * np.log1p(stretch * (normal * normal).sum(axis=1) / TAIL)
    share = np.exp(log_share - log_share.max())
    return _Draws(places, share / share.sum(), squares)


def _predict(fit: Fit, draws: _Draws) -> tuple[Array, Array]:
    """Predict every patient's total change, and its error, for every draw; patients in canonical order."""
    factors = _to_factor(draws.places)
    spent = gammaincinv((fit.sums.degrees - PRIOR_POWER) / 2, _sequence(len(factors))[:, 4])
    residual = draws.squares / (2 * spent)
    means, errors = [], []
    for start in range(0, len(factors), BLOCK):
        block = slice(start, start + BLOCK)
        weight = weights(fit.sums, factors[block])
        mean, variance = _predict_block(fit, factors[block], weight, solve(fit.sums, weight))
        means.append(mean)
        errors.append(np.sqrt(variance * residual[block, None]))
    return np.concatenate(means), np.concatenate(errors)


def _predict_block(fit: Fit, factors: Array, weight: Weights, normal: Normal) -> tuple[Array, Array]:
    """Do the algebra of `mixed.individuals` for the change alone, for many covariances at once."""
    sums, frame = fit.sums, fit.sums.frame
    p = sums.fixed
    l11, l21, l22 = (factors[:, i, None] for i in range(3))
    g12, g22 = l11 * l21, l21 * l21 + l22 * l22
    unit = frame.score_scale * frame.basis[1, 1]
    level, slope = scores_left(sums, normal)
    contrast = np.linalg.solve(frame.triangle.T, fit.contrasts[1]) * frame.score_scale
    mean = unit * (g12 * level + g22 * slope) + (normal.fixed @ contrast)[:, None]
    mean += fit.contrasts[1] @ frame.least_squares
    pull = g12[..., None] * normal.weighted_level[..., :p] + g22[..., None] * normal.weighted_slope[..., :p]
    gap = (contrast - unit * pull) @ normal.root
    conditional = unit**2 * (g22 + (l11 * l22) ** 2 * sums.s11) / weight.determinant
    return mean, conditional + (gap * gap).sum(axis=-1)
