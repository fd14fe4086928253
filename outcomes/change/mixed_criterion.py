"""The restricted-likelihood criterion of the mixed model, with exact first and second derivatives.

With L the Cholesky factor of the random effects' covariance relative to the residual variance, and the residual
variance profiled out, every quantity is a sum over patients of 2 x 2 algebra written out by hand. With S = Z'Z and
G = LL', the matrix that carries everything is W = Z'V^-1 Z = (S + |S| adj G) / |I + SG|, and
[X y]'V^-1[X y] = rest + sum of Gamma' W Gamma, Gamma being a patient's projection on (1, change): sums of
non-negative terms, so that nothing cancels.

References:
    Laird NM, Ware JH (1982), Biometrics 38:963, doi:10.2307/2529876.
    Bates D et al. (2015), J Stat Softw 67(1), doi:10.18637/jss.v067.i01 (the profiled criterion).
    Gilmour AR et al. (1995), Biometrics 51:1440, doi:10.2307/2533274 (derivatives of the restricted likelihood).
"""

from dataclasses import dataclass

import numpy as np

from outcomes.change.mixed_data import Array, Sums

LOG_TAU = float(np.log(2 * np.pi))
TWICE = np.array([1.0, 2.0, 1.0])  # an off-diagonal entry stands in a symmetric matrix twice


@dataclass(frozen=True, slots=True)
class Weights:
    """W = Z'V^-1 Z of every patient for one covariance, or for many (leading axes)."""

    w11: Array
    w12: Array
    w22: Array
    determinant: Array  # |V| of every patient
    log_determinant: Array  # summed over patients


@dataclass(frozen=True, slots=True)
class Normal:
    """The generalised least-squares solution for one covariance, or for many (leading axes)."""

    weighted_level: Array  # first row of W Gamma, n x (p + 1)
    weighted_slope: Array  # second row
    root: Array  # R with R R' = (X'V^-1 X)^-1
    fixed: Array
    squares: Array  # (y - Xb)'V^-1(y - Xb)
    log_information: Array


@dataclass(frozen=True, slots=True)
class Point:
    """The criterion at one covariance with its gradient and Hessian in (l11, l21, l22)."""

    value: float
    gradient: Array
    hessian: Array


def weights(sums: Sums, factor: Array) -> Weights:
    """Return every patient's weights; the last axis of `factor` holds (l11, l21, l22)."""
    l11, l21, l22 = (factor[..., i, None] for i in range(3))
    g11, g12, g22, whole = l11 * l11, l11 * l21, l21 * l21 + l22 * l22, (l11 * l22) ** 2
    determinant = 1 + sums.s11 * g11 + 2 * sums.s12 * g12 + sums.s22 * g22 + sums.determinant * whole
    return Weights(
        (sums.s11 + sums.determinant * g22) / determinant,
        (sums.s12 - sums.determinant * g12) / determinant,
        (sums.s22 + sums.determinant * g11) / determinant,
        determinant,
        np.log(determinant).sum(axis=-1),
    )


def solve(sums: Sums, weight: Weights) -> Normal:
    """Solve the generalised least-squares equations."""
    p = sums.fixed
    level = weight.w11[..., None] * sums.level + weight.w12[..., None] * sums.slope
    slope = weight.w12[..., None] * sums.level + weight.w22[..., None] * sums.slope
    cross = sums.rest + sums.level.T @ level + sums.slope.T @ slope
    lower = np.linalg.cholesky(cross[..., :p, :p])
    root = np.swapaxes(np.linalg.inv(lower), -1, -2)
    target = np.einsum("...ji,...j->...i", root, cross[..., :p, p])
    return Normal(
        level,
        slope,
        root,
        np.einsum("...ij,...j->...i", root, target),
        cross[..., p, p] - (target * target).sum(axis=-1),
        2 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1),
    )


def criterion(sums: Sums, weight: Weights, normal: Normal) -> Array:
    """Return minus twice the profiled restricted log-likelihood, in the units of the search."""
    m = sums.degrees
    value = weight.log_determinant + normal.log_information + m * (1 + LOG_TAU + np.log(normal.squares / m))
    return np.asarray(value, np.float64)


def scores_left(sums: Sums, normal: Normal) -> tuple[Array, Array]:
    """Return Z'V^-1(y - Xb) of every patient."""
    p = sums.fixed
    fixed = normal.fixed[..., None]
    return (
        normal.weighted_level[..., p] - (normal.weighted_level[..., :p] @ fixed)[..., 0],
        normal.weighted_slope[..., p] - (normal.weighted_slope[..., :p] @ fixed)[..., 0],
    )


def value_at(sums: Sums, factor: Array) -> float:
    """Return the criterion alone."""
    weight = weights(sums, factor)
    return float(criterion(sums, weight, solve(sums, weight)))


@dataclass(frozen=True, slots=True)
class Parts:
    """The two halves of the criterion with their derivatives in the entries (g11, g12, g22) of the covariance.

    `information` is log|V| + log|X'V^-1 X|; `squares` is (y - Xb)'V^-1(y - Xb).
    """

    information: float
    information_slope: Array
    information_curve: Array
    squares: float
    squares_slope: Array
    squares_curve: Array


def point_at(sums: Sums, factor: Array) -> Point:
    """Return the criterion with exact gradient and Hessian; infinite where rounding leaves no solution."""
    try:
        parts, m = parts_at(sums, factor), sums.degrees
    except np.linalg.LinAlgError:
        return Point(float("inf"), np.zeros(3), np.eye(3))
    if parts.squares <= 0:
        return Point(float("inf"), np.zeros(3), np.eye(3))
    share = m / parts.squares
    value = parts.information + m * (1 + LOG_TAU + np.log(parts.squares / m))
    slope = parts.information_slope + share * parts.squares_slope
    curve = parts.information_curve + share * parts.squares_curve
    curve -= share / parts.squares * np.outer(parts.squares_slope, parts.squares_slope)
    return in_factor(float(value), slope, curve, factor)


def in_factor(value: float, slope: Array, curve: Array, factor: Array) -> Point:
    """Carry derivatives over from the entries of the covariance to those of its Cholesky factor."""
    l11, l21, l22 = factor
    chain = np.array([[2 * l11, 0.0, 0.0], [l21, l11, 0.0], [0.0, 2 * l21, 2 * l22]])
    bend = np.array([[2 * slope[0], slope[1], 0.0], [slope[1], 2 * slope[2], 0.0], [0.0, 0.0, 2 * slope[2]]])
    return Point(value, chain.T @ slope, chain.T @ curve @ chain + bend)


def parts_at(sums: Sums, factor: Array) -> Parts:
    """Return both halves of the criterion with their derivatives."""
    weight = weights(sums, factor)
    normal = solve(sums, weight)
    p = sums.fixed
    q0, q1 = normal.weighted_level[:, :p] @ normal.root, normal.weighted_slope[:, :p] @ normal.root
    s0, s1 = scores_left(sums, normal)
    w = np.array([weight.w11, weight.w12, weight.w22])
    k = np.array([(q0 * q0).sum(axis=1), (q0 * q1).sum(axis=1), (q1 * q1).sum(axis=1)])
    s = np.array([s0 * s0, s0 * s1, s1 * s1])
    middle = q0.T @ q1
    inner = np.array([q0.T @ q0, middle + middle.T, q1.T @ q1])
    pulls = np.array([q0.T @ s0, q0.T @ s1 + q1.T @ s0, q1.T @ s1])
    return Parts(
        float(weight.log_determinant + normal.log_information),
        TWICE * (w - k).sum(axis=1),
        -_trace_products((w - 2 * k) @ w.T) - np.einsum("aij,bji->ab", inner, inner),
        float(normal.squares),
        -TWICE * s.sum(axis=1),
        2 * (_quadratic_products(w @ s.T) - pulls @ pulls.T),
    )


def _trace_products(gram: Array) -> Array:
    """Return the sums of tr(M D_a N D_b) from the Gram matrix of the entries of M and N."""
    first = gram[0, 1] + gram[1, 0]
    last = gram[1, 2] + gram[2, 1]
    middle = 2 * gram[1, 1] + gram[0, 2] + gram[2, 0]
    return np.array([[gram[0, 0], first, gram[1, 1]], [first, middle, last], [gram[1, 1], last, gram[2, 2]]])


def _quadratic_products(gram: Array) -> Array:
    """Return the sums of s'D_a W D_b s from the Gram matrix of the entries of W and of ss'."""
    first = gram[0, 1] + gram[1, 0]
    last = gram[1, 2] + gram[2, 1]
    middle = gram[0, 2] + 2 * gram[1, 1] + gram[2, 0]
    return np.array([[gram[0, 0], first, gram[1, 1]], [first, middle, last], [gram[1, 1], last, gram[2, 2]]])
