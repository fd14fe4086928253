"""Local recoding: groups of at least k patients that lose as little as possible.

A group is written with one label a column: the narrowest that is true of everybody in it. Sweeps find a grouping of any
size in seconds; for a cohort, neighbourhoods of it are then solved exactly. The same data always give the same groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

import numpy as np

from outcomes.privacy import exact
from outcomes.privacy.quasi import Coded, Ints, Label, Quasi
from outcomes.privacy.sweeping import Grouping

SOLVED_AT_ONCE = 80
"""Patients up to which everybody is solved at once."""
NEIGHBOURS = 45
"""Patients of one neighbourhood where there are more of them."""
IMPROVED_UP_TO = 500
"""Patients up to which neighbourhoods are solved exactly; beyond that the sweeps alone do it."""
ROUNDS = 1
LOST_WITH_OUTCOMES = 3.0
"""What a dropped patient weighs in the search: the labels and, with them, everything that was measured."""


class Leftover(StrEnum):
    """What becomes of patients who fit into no group."""

    DROPPED = "dropped"
    STARRED = "starred"


@dataclass(frozen=True, slots=True)
class Group:
    """Patients written alike: their rows, their labels, and the medians of their numbers."""

    rows: tuple[int, ...]
    labels: tuple[Label, ...]
    medians: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Recoded:
    """A recoded table: its groups, who is in none, and what was lost.

    `loss` is the NCP: the mean over all cells of (values covered − 1) / (values − 1), where a dropped patient counts 1.
    """

    names: tuple[str, ...]
    groups: tuple[Group, ...]
    left: tuple[int, ...]
    loss: float
    loss_of: Mapping[str, float]

    @property
    def smallest(self) -> int | None:
        """Size of the smallest group."""
        return min((len(group.rows) for group in self.groups), default=None)

    def labels(self) -> dict[int, tuple[Label, ...]]:
        """Give each row that stays its labels."""
        return {row: group.labels for group in self.groups for row in group.rows}


def recode(
    values: Mapping[str, Sequence[object]],
    quasi: Sequence[Quasi],
    k: int,
    *,
    sensitive: Mapping[str, Sequence[object]] | None = None,
    least: int = 1,
    leftover: Leftover = Leftover.DROPPED,
    thorough: bool = True,
) -> Recoded:
    """Group patients so that each group has k of them and its labels lose as little as possible.

    One row is one patient: somebody with five visits is still one. Patients who fit nowhere are dropped and counted;
    `Leftover.STARRED` writes them as suppressed rows instead, which need no group, as ARX does. It serves for
    comparison only: a suppressed row that stays in a file can still be one alone.

    Parameters:
        values: each quasi-identifier's column, one value a patient.
        quasi: the quasi-identifiers; each knows how its values may be coarsened.
        k: patients in the smallest group.
        sensitive: columns of which every group must show several different values.
        least: how many different values (distinct l-diversity).
        leftover: what becomes of patients who fit nowhere.
        thorough: solve neighbourhoods exactly; False keeps what the sweeps found, for a quick preview.

    Returns:
        The groups with their labels, the rows in none, and the information lost.

    Raises:
        ValueError: k or `least` under 1, no quasi-identifier, or columns of different lengths.
        UnknownValueError: a value that its hierarchy or its limits do not know.

    References:
        Sweeney 2002, https://doi.org/10.1142/S0218488502001648 (k-anonymity); Machanavajjhala et al. 2007,
        https://doi.org/10.1145/1217299.1217302 (l-diversity); Xu et al. 2006, https://doi.org/10.1145/1150402.1150504
        (local recoding and its penalty).

    Example:
        >>> from outcomes.privacy.quasi import Numbers
        >>> done = recode({"age": [31, 33, 34, 58, 60, 61, 62]}, [Numbers("age", 18, 90)], 3)
        >>> sorted((len(group.rows), str(group.labels[0])) for group in done.groups)
        [(3, '31-34'), (4, '58-62')]
        >>> round(done.loss, 3)
        0.05
    """
    rows = _length(values, quasi, sensitive or {}, k, least)
    columns = [column.code(values[column.name]) for column in quasi]
    held = [_numbered(column) for column in (sensitive or {}).values()]
    whole = sum(column.weight for column in columns) / len(columns)
    rules = exact.Rules(k, held, least, whole * (1.0 if leftover is Leftover.STARRED else LOST_WITH_OUTCOMES))
    search = Grouping(columns, rows, k, held, least, rules.alone)
    search.run()
    classes, _ = search.classes()
    if thorough and rows <= IMPROVED_UP_TO:
        classes = _improved(columns, classes, rows, rules)
    return _written(values, quasi, columns, classes, rows)


def _length(
    values: Mapping[str, Sequence[object]],
    quasi: Sequence[Quasi],
    sensitive: Mapping[str, Sequence[object]],
    k: int,
    least: int,
) -> int:
    """Check what was asked and count the rows."""
    if k < 1 or least < 1 or not quasi:
        raise ValueError("a group needs a size, a number of different values and a quasi-identifier")
    lengths = {len(values[column.name]) for column in quasi} | {len(column) for column in sensitive.values()}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths: {sorted(lengths)}")
    return lengths.pop()


def _numbered(column: Sequence[object]) -> Ints:
    """Number the different values of a column."""
    place = {value: number for number, value in enumerate(dict.fromkeys(column))}
    return np.array([place[value] for value in column], dtype=np.int64)


def _improved(columns: Sequence[Coded], classes: list[Ints], rows: int, rules: exact.Rules) -> list[Ints]:
    """Solve everybody at once, or neighbourhoods until a round changes nothing."""
    if rows <= SOLVED_AT_ONCE:
        return _solved(columns, classes, np.arange(rows), rules)
    for _ in range(ROUNDS):
        before = _sum(columns, classes, rows, rules)
        classes = _round(columns, classes, rows, rules)
        if _sum(columns, classes, rows, rules) >= before:
            break
    return classes


def _sum(columns: Sequence[Coded], classes: Sequence[Ints], rows: int, rules: exact.Rules) -> float:
    return exact.total(columns, classes, rows - sum(map(len, classes)), rules.alone)


def _round(columns: Sequence[Coded], classes: list[Ints], rows: int, rules: exact.Rules) -> list[Ints]:
    """Solve neighbourhoods until every row has been in one."""
    seen = np.zeros(rows, dtype=bool)
    while not seen.all():
        start = int(np.nonzero(~seen)[0][0])
        around = _neighbourhood(columns, classes, start, rows)
        seen[around] = True
        inside = set(around.tolist())
        within = [each for each in classes if int(each[0]) in inside]
        outside = [each for each in classes if int(each[0]) not in inside]
        classes = outside + _solved(columns, within, around, rules)
    return classes


def _neighbourhood(columns: Sequence[Coded], classes: Sequence[Ints], start: int, rows: int) -> Ints:
    """Take the classes nearest to a row, whole, and who is in no class, until there are rows enough."""
    alone = np.setdiff1d(np.arange(rows), np.concatenate([*classes, np.zeros(0, dtype=np.int64)]))

    def apart(each: Ints) -> float:
        joined = np.append(each, start)
        return sum(column.weight * column.lost(joined) for column in columns) if start not in each else -1.0

    chosen = [np.array([start]), alone[:NEIGHBOURS]]
    for each in sorted(classes, key=apart):
        chosen.append(each)
        if sum(map(len, chosen)) >= NEIGHBOURS:
            break
    return np.unique(np.concatenate(chosen))


def _solved(columns: Sequence[Coded], classes: list[Ints], rows: Ints, rules: exact.Rules) -> list[Ints]:
    """Group these rows anew where that is better than the classes that they have."""
    answer = exact.best(columns, rows, [np.sort(each) for each in classes], rules)
    if answer is None:
        return classes
    alone = len(rows) - sum(map(len, classes))
    found = answer[1]
    now = exact.total(columns, classes, alone, rules.alone)
    then = exact.total(columns, found, len(rows) - sum(map(len, found)), rules.alone)
    return found if then < now - 1e-9 else classes


def _written(
    values: Mapping[str, Sequence[object]],
    quasi: Sequence[Quasi],
    columns: Sequence[Coded],
    classes: Sequence[Ints],
    rows: int,
) -> Recoded:
    """Write the labels; classes that are written alike are one group."""
    together: dict[tuple[Label, ...], list[int]] = {}
    for each in classes:
        together.setdefault(tuple(column.label(each) for column in columns), []).extend(each.tolist())
    groups = tuple(_group(values, quasi, labels, sorted(members)) for labels, members in together.items())
    left = tuple(sorted(set(range(rows)) - {row for group in groups for row in group.rows}))
    loss_of = {column.name: _loss_of(column, groups, len(left), rows) for column in columns}
    loss = sum(loss_of.values()) / len(loss_of)
    return Recoded(tuple(column.name for column in columns), groups, left, loss, loss_of)


def _loss_of(column: Coded, groups: Sequence[Group], left: int, rows: int) -> float:
    lost = sum(len(group.rows) * column.lost(np.array(group.rows)) for group in groups)
    return (lost + left) / rows if rows else 0.0


def _group(
    values: Mapping[str, Sequence[object]], quasi: Sequence[Quasi], labels: tuple[Label, ...], rows: list[int]
) -> Group:
    """Make one group with the medians of its numbers."""
    return Group(tuple(rows), labels, tuple(_median(values[column.name], rows) for column in quasi))


def _median(values: Sequence[object], rows: Sequence[int]) -> float | None:
    """Give the median of a column of numbers, None of any other."""
    known = [value for value in (values[row] for row in rows) if value is not None]
    numbers = [float(value) for value in known if isinstance(value, int | float) and not isinstance(value, bool)]
    return median(numbers) if numbers and len(numbers) == len(known) else None
