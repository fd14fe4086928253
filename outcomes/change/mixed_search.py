"""Newton's method for the criterion of the mixed model, safe at the edge of what a covariance can be.

A zero on the Cholesky diagonal is always a stationary point, whether or not it is the best one. The search
therefore looks at the curvature there, steps off where the criterion bends down, and looks again. Where the
covariance found is singular it starts over from another place as well.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from outcomes.change.mixed_criterion import Point
from outcomes.change.mixed_data import Array, Flags

STEPS = 100
LONGEST = 4.0  # no step is longer than this many times the size of where it starts
DECREMENT = 1e-9  # Newton's own forecast of what is left to gain
SHORTEST = 1e-10
FLAT = 1e-10  # the least curvature that is believed, in units of each entry's own
RIDGE = 1e-7  # a curvature below minus this bends down
STILL = 0.1  # a step shorter than this, along a direction that bends down, has found a ridge
KICK = 0.5  # how far to step off a ridge
ON_EDGE = 1e-4  # a smaller Cholesky diagonal counts as zero, as in lme4
FIRST = (1.0, 0.0, 1.0)
SECOND = (0.2, 0.0, 2.0)

Criterion = Callable[[Array], Point]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a search ended."""

    factor: Array
    point: Point
    converged: bool
    steps: int


def on_edge(factor: Array, free: Flags) -> bool:
    """Tell whether a covariance is singular (or as good as)."""
    return bool(np.any(np.abs(factor[[0, 2]][free[[0, 2]]]) < ON_EDGE))


def search(criterion: Criterion, free: Flags) -> Found:
    """Find the covariance with the smallest criterion; `free` marks the entries that may move."""
    first = descend(criterion, np.array(FIRST) * free, free)
    if first.converged and not on_edge(first.factor, free):
        return first
    second = descend(criterion, np.array(SECOND) * free, free)
    return second if second.point.value < first.point.value - DECREMENT else first


def descend(criterion: Criterion, start: Array, free: Flags) -> Found:
    """Walk downhill from one start until Newton's forecast says that nothing is left to gain."""
    factor, point = start, criterion(start)
    for step in range(STEPS):
        move, forecast = _direction(point, free, float(np.linalg.norm(factor)))
        if forecast < DECREMENT:
            return _polish(criterion, factor, point, free, step)
        reached = _shorten(criterion, factor, point, move)
        if reached is None:
            return Found(factor, point, forecast < SHORTEST**0.5, step)
        factor, point = reached
    return Found(factor, point, False, STEPS)


def _direction(point: Point, free: Flags, size: float) -> tuple[Array, float]:
    """Return a downhill step that flees every direction in which the criterion bends down, and its forecast gain.

    Entries are measured in units of their own curvature, because a large spread and a small one may meet.
    """
    hessian = point.hessian[np.ix_(free, free)]
    own = np.abs(np.diag(hessian))
    unit = 1 / np.sqrt(np.maximum(own, FLAT * own.max() + SHORTEST**2))
    values, vectors = np.linalg.eigh(unit[:, None] * hessian * unit)
    slope = vectors.T @ (unit * point.gradient[free])
    curve = np.maximum(np.abs(values), FLAT)
    inside = -slope / curve
    forecast = float((slope * slope / curve).sum() / 2)
    flees = (values < -RIDGE) & (np.abs(inside) < STILL)
    inside[flees] = np.where(slope[flees] > 0, -KICK, KICK)
    forecast += float((-values[flees]).sum()) * KICK**2 / 2
    move = np.zeros(len(free))
    move[free] = unit * (vectors @ inside)
    length = float(np.linalg.norm(move))
    return move * min(1.0, LONGEST * max(size, 0.5) / max(length, SHORTEST)), forecast


def _shorten(criterion: Criterion, factor: Array, point: Point, move: Array) -> tuple[Array, Point] | None:
    """Halve the step until the criterion falls."""
    scale = 1.0
    while scale > SHORTEST:
        there = criterion(factor + scale * move)
        if there.value < point.value:
            return factor + scale * move, there
        scale /= 4
    return None


def _polish(criterion: Criterion, factor: Array, point: Point, free: Flags, steps: int) -> Found:
    """Take full Newton steps as long as they shrink the gradient: the criterion is flat to rounding here."""
    for extra in range(4):
        move, _ = _direction(point, free, float(np.linalg.norm(factor)))
        there = criterion(factor + move)
        if np.linalg.norm(there.gradient[free]) >= 0.5 * np.linalg.norm(point.gradient[free]):
            return Found(factor, point, True, steps + extra)
        factor, point = factor + move, there
    return Found(factor, point, True, steps + 4)
