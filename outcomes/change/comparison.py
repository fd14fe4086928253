"""Treated people against a comparison group: the only place where a difference may be put down to treatment.

All three figures need a comparison group that was measured on the same schedule. Without one they cannot be estimated.
"""

from dataclasses import dataclass
from math import copysign, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]

FEWEST = 3  # people in each group
FIXED = 3  # an intercept, the group and the baseline


class ComparisonError(ValueError):
    """There is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class IndividualResponse:
    """SD of individual responses, in score units. A negative value says that the treated varied less."""

    sd: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class VariabilityRatio:
    """Logarithm of the ratio of the SDs of change, treated over comparison; 0 means the same spread."""

    log_ratio: float
    standard_error: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Difference between the groups' mean follow-up at the same baseline, treated minus comparison, score units."""

    difference: float
    standard_error: float
    lower: float
    upper: float
    degrees: int


def individual_response(treated: Array, comparison: Array, level: float = 0.95) -> IndividualResponse:
    """Estimate how much responses to treatment themselves differ between people.

    The variance of change in the comparison group is what change varies by without treatment; what the treated vary
    by beyond that is response.

    Parameters:
        treated: changes of the treated (follow-up minus baseline).
        comparison: changes of the comparison group.
        level: confidence level.

    Returns:
        The signed root of the difference of variances; its limits are the signed roots of the limits of that
        difference.

    Raises:
        ComparisonError: with fewer than three people in a group.

    References:
        Atkinson G, Batterham AM (2015), Exp Physiol 100:577, doi:10.1113/EP085070.
        Hopkins WG (2015), J Appl Physiol 118:1444, doi:10.1152/japplphysiol.00098.2015.

    Example:
        >>> found = individual_response(np.array([0.0, 4.0, 8.0]), np.array([1.0, 2.0, 3.0]))
        >>> round(found.sd, 6)
        3.872983
    """
    treated, comparison = _enough(treated), _enough(comparison)
    own, other = float(np.var(treated, ddof=1)), float(np.var(comparison, ddof=1))
    error = sqrt(2 * (own**2 / (len(treated) - 1) + other**2 / (len(comparison) - 1)))
    reach = float(ndtri((1 + level) / 2)) * error
    difference = own - other
    return IndividualResponse(_root(difference), _root(difference - reach), _root(difference + reach))


def variability_ratio(treated: Array, comparison: Array, level: float = 0.95) -> VariabilityRatio:
    """Compare the spread of change between the groups, corrected for small samples.

    Parameters:
        treated: changes of the treated.
        comparison: changes of the comparison group.
        level: confidence level.

    Raises:
        ComparisonError: with fewer than three people in a group, or a group in which nobody differs.

    References:
        Nakagawa S et al. (2015), Methods Ecol Evol 6:143, doi:10.1111/2041-210X.12309.

    Example:
        >>> round(variability_ratio(np.array([0.0, 4.0, 8.0]), np.array([1.0, 2.0, 3.0])).log_ratio, 6)
        1.386294
    """
    treated, comparison = _enough(treated), _enough(comparison)
    own, other = float(np.std(treated, ddof=1)), float(np.std(comparison, ddof=1))
    if own == 0 or other == 0:
        raise ComparisonError("the changes of a group do not differ at all")
    mine, theirs = 1 / (2 * (len(treated) - 1)), 1 / (2 * (len(comparison) - 1))
    ratio, error = log(own / other) + mine - theirs, sqrt(mine + theirs)
    reach = float(ndtri((1 + level) / 2)) * error
    return VariabilityRatio(ratio, error, ratio - reach, ratio + reach)


def mean_difference(
    treated: tuple[Array, Array], comparison: tuple[Array, Array], level: float = 0.95
) -> MeanDifference:
    """Compare mean follow-ups between people with the same baseline (analysis of covariance).

    Parameters:
        treated: baselines and follow-ups of the treated.
        comparison: baselines and follow-ups of the comparison group.
        level: confidence level.

    Raises:
        ComparisonError: with fewer than three people in a group.

    References:
        Vickers AJ, Altman DG (2001), BMJ 323:1123, doi:10.1136/bmj.323.7321.1123.

    Example:
        >>> before, after = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.5, 4.0])
        >>> round(mean_difference((before, after - 2), (before, after)).difference, 6)
        -2.0
    """
    _enough(treated[0]), _enough(comparison[0])
    group = np.concatenate([np.ones(len(treated[0])), np.zeros(len(comparison[0]))])
    baseline = np.concatenate([treated[0], comparison[0]])
    follow_up = np.concatenate([treated[1], comparison[1]])
    within = baseline - np.where(group == 1, treated[0].mean(), comparison[0].mean())
    varies = float(within @ within) > 0
    columns = np.column_stack(
        [np.ones_like(group), group, baseline - baseline.mean()][: FIXED if varies else FIXED - 1]
    )
    orthogonal, triangle = np.linalg.qr(columns)
    found = np.linalg.solve(triangle, orthogonal.T @ follow_up)
    left = follow_up - columns @ found
    degrees = len(group) - columns.shape[1]
    error = sqrt(float(left @ left) / degrees) * float(np.linalg.norm(np.linalg.inv(triangle)[1]))
    reach = float(stdtrit(degrees, (1 + level) / 2)) * error
    difference = float(found[1])
    return MeanDifference(difference, error, difference - reach, difference + reach, degrees)


def _enough(values: Array) -> Array:
    values = np.asarray(values, np.float64)
    if len(values) < FEWEST:
        raise ComparisonError(f"a group has {len(values)} people; {FEWEST} are needed")
    return values


def _root(variance: float) -> float:
    """Return the root of the size with the sign kept."""
    return copysign(sqrt(abs(variance)), variance)
