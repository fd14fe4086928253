"""Counts of patients by filters: what a cell of a table is, and how many are in each."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import TypeAlias

Cell: TypeAlias = tuple[tuple[str, str], ...]
"""Filters with their values, in the order of their names; the empty cell is everybody."""


def counted(filters: Mapping[str, Sequence[str]]) -> dict[Cell, int]:
    """Count everybody, every value of every filter, and every pair of values of two filters.

    Parameters:
        filters: for each filter the value of every patient.

    Returns:
        The count of every cell, zero where there is nobody.

    Raises:
        ValueError: columns of different lengths.

    References:
        None.

    Example:
        >>> counted({"sex": ["f", "f", "m"]})[(("sex", "f"),)]
        2
    """
    if len({len(column) for column in filters.values()}) > 1:
        raise ValueError("columns of different lengths")
    found = dict.fromkeys(cells_of(choices_of(filters)), 0)
    names = sorted(filters)
    for values in zip(*(filters[name] for name in names), strict=True):
        person = list(zip(names, values, strict=True))
        for size in range(3):
            for cell in combinations(person, size):
                found[cell] += 1
    return found


def choices_of(filters: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the values of every filter, in order."""
    return {name: tuple(sorted(set(filters[name]))) for name in sorted(filters)}


def cells_of(choices: Mapping[str, Sequence[str]]) -> Iterator[Cell]:
    """List everybody, every value and every pair of values."""
    yield ()
    for name in choices:
        yield from (((name, value),) for value in choices[name])
    for one, other in combinations(choices, 2):
        yield from (((one, a), (other, b)) for a, b in product(choices[one], choices[other]))
