"""The best grouping of a few rows, by integer programming.

Every class that could be written is a place that some rows may go to; a place is opened with at least k rows or not at
all. Finding the cheapest choice is a location problem with lower bounds (Guha, Meyerson & Munagala 2000), and for a
cohort or a neighbourhood of one HiGHS solves it to within a fraction of a per cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from outcomes.privacy.quasi import Coded, Floats, Ints, Split, different

GAP = 0.01
MOST_NODES = 100
MOST_PLACES = 450
MOST_PAIRS = 4500
"""Above so many pairs of row and place the least promising places are left out."""


@dataclass(frozen=True, slots=True)
class Place:
    """A class that could be written: the rows it covers, and what each of them would lose."""

    rows: Ints
    loss: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What every class must have: so many rows, so many different values in each sensitive column."""

    k: int
    sensitive: Sequence[Ints] = ()
    least: int = 1
    alone: float = 1.0


def best(columns: Sequence[Coded], rows: Ints, now: Sequence[Ints], rules: Rules) -> tuple[float, list[Ints]] | None:
    """Group some rows anew: the total loss and the classes; rows in no class stand alone. None without an answer."""
    places = _promising(_places(columns, rows, rules.k), rows, _losses(columns, rows, now, rules), rules)
    known = {place.rows.tobytes() for place in places}
    places += [Place(each, _loss(columns, each)) for each in now if each.tobytes() not in known]
    if not places:
        return None
    plain = _solved(places, rows, replace(rules, least=1))
    if plain is None or rules.least == 1 or all(_diverse_enough(each, rules) for each in plain[1]):
        return plain
    return _solved(places, rows, rules)


def _diverse_enough(rows: Ints, rules: Rules) -> bool:
    """Whether a class has enough different values of every sensitive column."""
    return all(len(np.unique(column[rows])) >= rules.least for column in rules.sensitive)


def _loss(columns: Sequence[Coded], rows: Ints) -> float:
    return sum(column.weight * column.lost(rows) for column in columns) / len(columns)


def total(columns: Sequence[Coded], classes: Iterable[Ints], alone: int, cost: float) -> float:
    """Add up what all rows lose."""
    return sum(len(rows) * _loss(columns, rows) for rows in classes) + alone * cost


def _losses(columns: Sequence[Coded], rows: Ints, now: Sequence[Ints], rules: Rules) -> Floats:
    """Say what every row loses as it is grouped now."""
    loss = np.full(len(rows), rules.alone)
    for each in now:
        loss[np.searchsorted(rows, each)] = _loss(columns, each)
    return loss


def _places(columns: Sequence[Coded], rows: Ints, k: int) -> list[Place]:
    """List the classes that could be written: every way of coarsening, each written as narrowly as its rows allow."""
    found: dict[bytes, Place] = {}
    parted = [Split(split.group[rows], split.groups, split.loss[rows]) for column in columns for split in column.splits]
    ends = np.cumsum([0, *(len(column.splits) for column in columns)]).tolist()
    splits = [different(parted[low:high]) for low, high in pairwise(ends)]
    for way in product(*splits):
        key = np.zeros(len(rows), dtype=np.int64)
        for split in way:
            key = key * split.groups + split.group
        order = np.argsort(key, kind="stable")
        for part in np.split(order, np.nonzero(np.diff(key[order]))[0] + 1):
            if len(part) >= k:
                covered = rows[part]
                name = covered.tobytes()
                if name not in found:
                    found[name] = Place(covered, _loss(columns, covered))
    return list(found.values())


def _promising(places: list[Place], rows: Ints, loss: Floats, rules: Rules) -> list[Place]:
    """Keep the places that could save most, as many as can be weighed against each other in a second or two."""

    def saving(place: Place) -> float:
        gains = np.sort(loss[np.searchsorted(rows, place.rows)] - place.loss)[::-1]
        return float(gains[: rules.k].sum() + np.maximum(gains[rules.k :], 0).sum())

    useful = [place for place in places if place.loss < rules.alone]
    ranked = sorted(useful, key=lambda place: (-saving(place), place.loss, place.rows.tobytes()))
    pairs = np.cumsum([len(place.rows) for place in ranked])
    return [place for place, used in zip(ranked[:MOST_PLACES], pairs, strict=False) if used <= MOST_PAIRS]


class _Model:
    """A linear programme written row by row."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, columns: Iterable[int], values: Iterable[float], low: float, high: float) -> None:
        """Add one condition."""
        before = len(self.column)
        self.column += columns
        self.value += values
        self.row += [len(self.low)] * (len(self.column) - before)
        self.low.append(low)
        self.high.append(high)

    def condition(self, variables: int) -> LinearConstraint:
        """Give all conditions at once."""
        shape = (len(self.low), variables)
        return LinearConstraint(
            coo_array((self.value, (self.row, self.column)), shape=shape).tocsr(), self.low, self.high
        )


def _solved(places: list[Place], rows: Ints, rules: Rules) -> tuple[float, list[Ints]] | None:
    """Choose the places and who goes where."""
    who = np.concatenate([np.searchsorted(rows, place.rows) for place in places])
    where = np.repeat(np.arange(len(places)), [len(place.rows) for place in places])
    pairs, count = len(who), len(rows)
    opened = pairs + count
    model = _Model()
    _everybody_once(model, who, count)
    _enough_or_closed(model, where, opened, len(places), rules.k)
    further = _diverse(model, rows[who], where, opened + len(places), opened, rules)
    cost = np.concatenate(
        [
            np.array([place.loss for place in places])[where],
            np.full(count, rules.alone),
            np.zeros(len(places) + further),
        ]
    )
    whole = np.ones(len(cost))
    if not rules.sensitive or rules.least < 2:  # noqa: PLR2004 - with two different values the classes no longer nest
        whole[:opened] = 0
    answer = milp(
        cost,
        constraints=model.condition(len(cost)),
        integrality=whole,
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": GAP, "node_limit": MOST_NODES},
    )
    return None if answer.x is None else (float(answer.fun), _classes(answer.x[:pairs], who, where, rows))


def _classes(going: Floats, who: Ints, where: Ints, rows: Ints) -> list[Ints]:
    """Read who goes where from the answer."""
    taken = np.nonzero(going > 0.5)[0]  # noqa: PLR2004 - yes or no
    places = np.unique(where[taken])
    return [np.sort(rows[who[taken[where[taken] == place]]]) for place in places]


def _everybody_once(model: _Model, who: Ints, count: int) -> None:
    """Send every row to one place, or let it stand alone."""
    order = np.argsort(who, kind="stable")
    starts = np.searchsorted(who[order], np.arange(count + 1))
    for row in range(count):
        mine = [*order[starts[row] : starts[row + 1]].tolist(), len(who) + row]
        model.add(mine, [1.0] * len(mine), 1, 1)


def _enough_or_closed(model: _Model, where: Ints, opened: int, places: int, k: int) -> None:
    """Open a place with k rows or more, or let nobody go there."""
    starts = np.searchsorted(where, np.arange(places + 1)).tolist()
    for place in range(places):
        going = list(range(starts[place], starts[place + 1]))
        model.add([*going, opened + place], [*[1.0] * len(going), -float(k)], 0, np.inf)
        for pair in going:
            model.add([pair, opened + place], [1.0, -1.0], -np.inf, 0)


def _diverse(model: _Model, rows: Ints, where: Ints, first: int, opened: int, rules: Rules) -> int:
    """Ask every open place for enough different sensitive values; return how many variables that took."""
    used = 0
    if rules.least < 2:  # noqa: PLR2004 - one value is always there
        return 0
    for column in rules.sensitive:
        values = column[rows]
        for place in range(int(where.max()) + 1):
            here = np.nonzero(where == place)[0]
            present = []
            for value in np.unique(values[here]):
                mine = here[values[here] == value].tolist()
                model.add([*mine, first + used], [*[1.0] * len(mine), -1.0], 0, np.inf)
                present.append(first + used)
                used += 1
            model.add([*present, opened + place], [*[1.0] * len(present), -float(rules.least)], 0, np.inf)
    return used
