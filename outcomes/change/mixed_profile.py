"""How far people's true changes may differ: a profile interval for the SD of true change.

The SD is held at one value while everything else is fitted again; the interval holds the values whose restricted
likelihood is not significantly worse than the best.

References:
    Bates D et al. (2015), J Stat Softw 67(1), doi:10.18637/jss.v067.i01, section 5.1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from outcomes.change.mixed import Fit
from outcomes.change.mixed_criterion import LOG_TAU, Point, in_factor, parts_at, point_at
from outcomes.change.mixed_data import Array, Sums
from outcomes.change.mixed_search import search

LARGEST = 2.0**12
ALL_FREE = np.array([True, True, True])
LEVEL_ONLY = np.array([True, False, False])


@dataclass(frozen=True, slots=True)
class ChangeSpread:
    """The SD of true change between people with its interval."""

    sd: float
    lower: float
    upper: float


def change_spread(fit: Fit, level: float = 0.95) -> ChangeSpread:
    """Return the SD of true change with its profile interval.

    Parameters:
        fit: a fit with a random change.
        level: the confidence level.

    Returns:
        The SD and its interval in score units (per unit of time for a slope). The lower end is 0 where a model
        without individual change explains the data as well; the upper end is infinite where a handful of patients
        set no limit.

    Raises:
        ValueError: for a fit without a random change.

    References:
        Bates et al. (2015), doi:10.18637/jss.v067.i01.

    Example:
        >>> from outcomes.change.mixed import before_after, fit
        >>> scores = np.array([30, 22, 20, 28, 27, 29, 33, 20, 24, 31, 30, 26, 29, 20, 17, 30, 24, 27.0])
        >>> patients = [name for name in "abcdef" for _ in range(3)]
        >>> found = change_spread(fit(patients, scores, before_after(np.tile([0.0, 1.0, 1.0], 6))))
        >>> round(found.lower, 2), round(found.sd, 2), round(found.upper, 2)
        (1.18, 3.9, 9.66)
    """
    if not fit.random_change:
        raise ValueError("the fit has no random change")
    unit = fit.sums.frame.score_scale * fit.sums.frame.basis[1, 1]
    best = point_at(fit.sums, fit.factor).value
    none = search(lambda factor: point_at(fit.sums, factor), LEVEL_ONLY).point.value
    allowed = float(chdtri(1, 1 - level))
    sd = float(np.sqrt(fit.variance.change))
    lower = 0.0 if none - best <= allowed else _cross(fit.sums, best + allowed, 0.0, sd / unit)
    upper = _cross(fit.sums, best + allowed, _beyond(fit.sums, best + allowed, sd / unit), sd / unit)
    return ChangeSpread(sd, float(lower * unit), float(upper * unit))


def _profile(sums: Sums, sd: float) -> float:
    """Return the smallest criterion with the SD of change held."""
    return search(lambda factor: _held(sums, sd, factor), ALL_FREE).point.value


def _held(sums: Sums, sd: float, factor: Array) -> Point:
    """Return the criterion with the residual variance chosen so that the SD of change is `sd`."""
    parts, m = parts_at(sums, factor), sums.degrees
    spread = factor[1] ** 2 + factor[2] ** 2
    if spread == 0:
        return Point(np.inf, np.zeros(3), np.eye(3))
    last, square = np.array([0.0, 0.0, 1.0]), sd * sd
    value = parts.information + m * (LOG_TAU + np.log(square / spread)) + parts.squares * spread / square
    slope = parts.information_slope + parts.squares_slope * spread / square
    slope = slope + last * (parts.squares / square - m / spread)
    mixed = np.outer(parts.squares_slope, last) / square
    curve = parts.information_curve + parts.squares_curve * spread / square + mixed + mixed.T
    curve[2, 2] += m / spread**2
    return in_factor(float(value), slope, curve, factor)


def _beyond(sums: Sums, allowed: float, sd: float) -> float:
    """Return an SD that is certainly too large."""
    reach = max(sd, 0.1)
    while _profile(sums, reach) <= allowed:
        reach *= 2
        if reach > LARGEST:
            return float("inf")
    return reach


def _cross(sums: Sums, allowed: float, outside: float, inside: float) -> float:
    """Find where the profile crosses the allowed criterion between an SD outside the interval and one inside."""
    if outside == float("inf"):
        return outside
    low, high = max(min(outside, inside), 1e-6), max(outside, inside)
    return float(brentq(lambda sd: _profile(sums, sd) - allowed, low, high, xtol=1e-10, rtol=1e-10))
