"""What published counts give away: the narrowest interval of every count that was withheld.

The attacker is given everything: all published counts at once, how they were rounded, and which combinations exist.
"""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from outcomes.privacy.cells import Cell

MOST_COMBINATIONS = 20_000
INFEASIBLE = 2


class AttackError(ValueError):
    """The attack cannot be carried out."""


def intervals(
    shown: Mapping[Cell, int | None], choices: Mapping[str, Sequence[str]], round_to: int = 1
) -> dict[Cell, tuple[float, float]]:
    """Work out between which bounds each withheld count must lie.

    Every combination of all filters is an unknown count of patients, 0 or more; every published count is a sum of some
    of them. The bounds of a withheld count are the least and the greatest sum that agrees with all that is published.

    Parameters:
        shown: published counts, None where a count is withheld.
        choices: the values of every filter.
        round_to: published counts were rounded to multiples of this.

    Returns:
        The lower and upper bound of each withheld count.

    Raises:
        AttackError: too many combinations, or published counts that contradict each other.

    References:
        Fischetti & Salazar-González 2001, https://doi.org/10.1287/mnsc.47.7.1008.9805 (the attacker's programme).

    Example:
        >>> sex, left = (("sex", "f"),), (("sex", "m"),)
        >>> intervals({(): 30, sex: 22, left: None}, {"sex": ["f", "m"]})
        {(('sex', 'm'),): (8.0, 8.0)}
    """
    names = sorted(choices)
    combinations = list(product(*(choices[name] for name in names)))
    if len(combinations) > MOST_COMBINATIONS:
        raise AttackError(f"{len(combinations)} combinations are too many")
    matrix, low, high = _published(shown, names, combinations, round_to)
    withheld = [cell for cell, count in shown.items() if count is None]
    return {cell: _bounds(_members(cell, names, combinations), matrix, low, high) for cell in withheld}


def _members(cell: Cell, names: Sequence[str], combinations: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Mark the combinations that a cell counts."""
    place = {name: number for number, name in enumerate(names)}
    asked = [(place[name], value) for name, value in cell]
    return np.array([all(each[where] == value for where, value in asked) for each in combinations], dtype=float)


def _published(
    shown: Mapping[Cell, int | None], names: Sequence[str], combinations: Sequence[tuple[str, ...]], round_to: int
) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Write the published counts as conditions."""
    half = (round_to - 1) / 2
    counts = {cell: count for cell, count in shown.items() if count is not None}
    rows = [_members(cell, names, combinations) for cell in counts]
    matrix = csr_array(np.array(rows).reshape(len(rows), len(combinations)))
    values = np.array(list(counts.values()), dtype=float)
    return matrix, np.maximum(values - half, 0), values + half


def _bounds(cell: np.ndarray, matrix: csr_array, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """Find the least and the greatest sum of a cell."""
    return _end(cell, matrix, low, high, 1), _end(cell, matrix, low, high, -1)


def _end(cell: np.ndarray, matrix: csr_array, low: np.ndarray, high: np.ndarray, sign: int) -> float:
    """Find one end; without an upper end it is infinite."""
    conditions = {"A_eq": matrix, "b_eq": low} if (low == high).all() else _between(matrix, low, high)
    answer = linprog(sign * cell, bounds=(0, None), method="highs", **conditions)
    if answer.status == INFEASIBLE:
        raise AttackError("the published counts contradict each other")
    return round(sign * float(answer.fun), 6) + 0.0 if answer.fun is not None else float("inf")


def _between(matrix: csr_array, low: np.ndarray, high: np.ndarray) -> dict[str, object]:
    """Write two-sided conditions as one-sided ones."""
    both = csr_array(np.concatenate([matrix.toarray(), -matrix.toarray()]))
    return {"A_ub": both, "b_ub": np.concatenate([high, -low])}


def recovered(
    shown: Mapping[Cell, int | None],
    truth: Mapping[Cell, int],
    choices: Mapping[str, Sequence[str]],
    *,
    within: float = 5,
    round_to: int = 1,
) -> list[Cell]:
    """Name the withheld counts that an attacker knows to within some patients.

    Parameters:
        shown: published counts, None where a count is withheld.
        truth: the true counts.
        choices: the values of every filter.
        within: how near is too near.
        round_to: published counts were rounded to multiples of this.

    Returns:
        The withheld cells whose bounds both lie that near to the truth.

    Raises:
        AttackError: as `intervals`.

    References:
        CMS cell size suppression policy: no cell of 1 to 10 may be shown or derived.

    Example:
        >>> sex, left = (("sex", "f"),), (("sex", "m"),)
        >>> recovered({(): 30, sex: 22, left: None}, {left: 8}, {"sex": ["f", "m"]})
        [(('sex', 'm'),)]
    """
    found = intervals(shown, choices, round_to)
    return [cell for cell, (low, high) in found.items() if low >= truth[cell] - within and high <= truth[cell] + within]
