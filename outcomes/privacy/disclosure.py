"""Tables that give nobody away: small counts withheld, and with them what would let them be worked out.

Every count of one filter and of every pair of filters is one table with many margins. After the small counts, others
are withheld until an attacker with a linear programme learns no withheld count closely.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

from outcomes.privacy.cells import Cell, choices_of, counted

Link: TypeAlias = Iterable[tuple[str, Cell]]
"""Cells of several tables that count nearly the same people, each with the name of its table."""

PUBLIC_MINIMUM = 11
AGREEMENT_MINIMUM = 5
ENOUGH_FOR_TENTHS = 40
"""People from which the outer tenths of a distribution hold several of them."""


@dataclass(frozen=True, slots=True)
class TableRules:
    """When a count is shown: the smallest one, how wide an attacker must stay in doubt, and rounding."""

    minimum: int
    doubt: int
    round_to: int = 1


PUBLIC = TableRules(PUBLIC_MINIMUM, 11)
AGREEMENT = TableRules(AGREEMENT_MINIMUM, 5)


@dataclass(frozen=True, slots=True)
class Published:
    """Counts that may be shown; None where one is withheld, without saying whether it is small itself."""

    counts: Mapping[Cell, int | None]
    choices: Mapping[str, tuple[str, ...]]
    rules: TableRules

    def count(self, **filters: str) -> int | None:
        """Look up what may be shown of some filters."""
        return self.counts[tuple(sorted(filters.items()))]

    @property
    def withheld(self) -> tuple[Cell, ...]:
        """The cells that are withheld."""
        return tuple(cell for cell, count in self.counts.items() if count is None)


@dataclass(frozen=True, slots=True)
class Band:
    """A distribution as it may be shown: how many, and its quantiles by share."""

    people: int
    quantiles: Mapping[float, float]


def published(
    filters: Mapping[str, Sequence[str]], rules: TableRules = PUBLIC, besides: Iterable[Cell] = ()
) -> Published:
    """Say which counts may be shown, over all filters and all pairs of filters.

    Counts from 1 to under the minimum are withheld. Then further counts are withheld, the smallest that help first,
    until for each withheld count the attacker's bounds lie at least `rules.doubt` apart. A total under the minimum
    withholds everything.

    Parameters:
        filters: for each filter the value of every patient.
        rules: the smallest count, the doubt that must stay, and rounding.
        besides: cells that are withheld whatever they count.

    Returns:
        The counts with None where one is withheld.

    Raises:
        ValueError: columns of different lengths.
        AttackError: too many combinations of filters to be checked.

    References:
        CMS cell size suppression policy; Fischetti & Salazar-González 2001,
        https://doi.org/10.1287/mnsc.47.7.1008.9805 (complementary suppression).

    Example:
        >>> shown = published({"sex": ["f"] * 20 + ["m"] * 14 + ["x"] * 3})
        >>> (shown.count(), shown.count(sex="f"), shown.count(sex="m"), shown.count(sex="x"))
        (37, 20, None, None)
    """
    truth, choices = counted(filters), choices_of(filters)
    if truth[()] < rules.minimum:
        return Published(dict.fromkeys(truth), choices, rules)
    hidden = {cell for cell, count in truth.items() if 0 < count < rules.minimum} | (set(besides) & truth.keys())
    lines = _lines(choices)
    _pair_up(hidden, lines, truth, rules)
    while hidden and not _doubtful(hidden, lines, truth, choices, rules):
        _pair_up(hidden, lines, truth, rules)
    return Published(_shown(truth, hidden, rules), choices, rules)


def published_together(
    tables: Mapping[str, Mapping[str, Sequence[str]]], links: Iterable[Link], rules: TableRules = PUBLIC
) -> dict[str, Published]:
    """Say which counts of several tables may be shown where some of them count nearly the same people.

    Who has not come to a visit yet has not for any scale: what one table withholds another one must not tell. Linked
    counts are all shown or all withheld, and withheld too where two of them lie so near each other that their
    difference is a small count.

    Parameters:
        tables: for each table its filters, as `published` takes them.
        links: cells that count nearly the same people, each with the name of its table.
        rules: as for `published`.

    Returns:
        The counts of each table.

    Raises:
        ValueError: columns of different lengths.
        AttackError: as `published`.

    References:
        CMS cell size suppression policy: no cell of 1 to 10 may be shown or derived.

    Example:
        >>> late = (("class", "late"),)
        >>> tables = {"a": {"class": ["late"] * 20 + ["seen"] * 20}, "b": {"class": ["late"] * 19 + ["seen"] * 21}}
        >>> shown = published_together(tables, [[("a", late), ("b", late)]])
        >>> (shown["a"].counts[late], shown["b"].counts[late])
        (None, None)
    """
    groups = [list(link) for link in links]
    besides: dict[str, set[Cell]] = {name: set() for name in tables}
    shown = {name: published(filters, rules) for name, filters in tables.items()}
    while telling := [link for link in groups if tells(link, shown, rules.minimum)]:
        changed = {name for link in telling for name, _ in link}
        for name, cell in (each for link in telling for each in link):
            besides[name].add(cell)
        shown |= {name: published(tables[name], rules, besides[name]) for name in changed}
    return shown


def tells(link: Iterable[tuple[str, Cell]], shown: Mapping[str, Published], least: int) -> bool:
    """Whether linked counts tell of each other what is withheld of one, or a small count by their difference.

    Parameters:
        link: cells that count nearly the same people, each with the name of its table.
        shown: what is shown of each table.
        least: the smallest count that may be shown.

    Returns:
        True where they do.

    Raises:
        Nothing.

    References:
        None.

    Example:
        >>> one = Published({(): 20}, {}, PUBLIC)
        >>> tells([("a", ()), ("b", ())], {"a": one, "b": Published({(): 31}, {}, PUBLIC)}, 11)
        False
    """
    found = [shown[name].counts[cell] for name, cell in link if cell in shown[name].counts]
    told = sorted(count for count in found if count is not None)
    return 0 < len(told) < len(found) or any(0 < more - less < least for less, more in pairwise(told))


def _shown(truth: Mapping[Cell, int], hidden: set[Cell], rules: TableRules) -> dict[Cell, int | None]:
    """Write the counts, rounded, without those that are hidden."""
    step = rules.round_to
    return {cell: None if cell in hidden else (count + step // 2) // step * step for cell, count in truth.items()}


def _lines(choices: Mapping[str, Sequence[str]]) -> list[tuple[Cell, list[Cell]]]:
    """List every sum: a whole and the parts that make it up."""
    found: list[tuple[Cell, list[Cell]]] = [((), [((name, value),) for value in choices[name]]) for name in choices]
    for one, other in combinations(choices, 2):
        found += [(((one, a),), [((one, a), (other, b)) for b in choices[other]]) for a in choices[one]]
        found += [(((other, b),), [((one, a), (other, b)) for a in choices[one]]) for b in choices[other]]
    return found


def _pair_up(
    hidden: set[Cell], lines: Sequence[tuple[Cell, list[Cell]]], truth: Mapping[Cell, int], rules: TableRules
) -> None:
    """Withhold companions until no sum with a visible whole has hidden parts that add up to less than the doubt."""
    changed = True
    while changed:
        changed = False
        for whole, parts in lines:
            gone = [part for part in parts if part in hidden]
            short = len(gone) == 1 or sum(truth[part] for part in gone) < rules.doubt
            if gone and whole not in hidden and short:
                changed = _withhold(hidden, [*(part for part in parts if part not in hidden)], whole, truth) or changed


def _withhold(hidden: set[Cell], parts: Sequence[Cell], whole: Cell, truth: Mapping[Cell, int]) -> bool:
    """Withhold the smallest part that holds anybody, else the whole; everybody's number always stays."""
    filled = [part for part in parts if truth[part]]
    chosen = min(filled, key=lambda part: (truth[part], part)) if filled else whole
    if not chosen:
        return False
    hidden.add(chosen)
    return True


def _doubtful(
    hidden: set[Cell],
    lines: Sequence[tuple[Cell, list[Cell]]],
    truth: Mapping[Cell, int],
    choices: Mapping[str, Sequence[str]],
    rules: TableRules,
) -> bool:
    """Attack what would be shown; withhold more beside what was found. True when nothing was found."""
    from outcomes.privacy.attack import intervals  # noqa: PLC0415 - brings scipy

    bounds = intervals(_shown(truth, hidden, rules), choices, rules.round_to)
    known = [cell for cell, (low, high) in bounds.items() if high - low < rules.doubt]
    added = [_beside(cell, hidden, lines, truth) for cell in known]
    return not any(added)


def _beside(cell: Cell, hidden: set[Cell], lines: Sequence[tuple[Cell, list[Cell]]], truth: Mapping[Cell, int]) -> bool:
    """Withhold one count more in a sum that holds the cell, else one anywhere."""
    nearby = [each for whole, parts in lines if cell == whole or cell in parts for each in (whole, *parts)]
    for among in (nearby, list(truth)):
        open_ = [each for each in among if each and each not in hidden and truth[each]]
        if open_:
            hidden.add(min(open_, key=lambda each: (truth[each], each)))
            return True
    return False


def band(values: Sequence[float], rules: TableRules = PUBLIC) -> Band | None:
    """Show a distribution as quantiles, never as single values or lines.

    Quarters are shown from the smallest number of people that may be shown; tenths only where several people lie
    beyond them.

    Parameters:
        values: one value a patient.
        rules: the smallest number of people.

    Returns:
        The band, or None where too few people have a value.

    Raises:
        Nothing.

    References:
        Hyndman & Fan 1996, https://doi.org/10.1080/00031305.1996.10473566 (quantiles, definition 7).

    Example:
        >>> band(range(21)).quantiles
        {0.25: 5.0, 0.5: 10.0, 0.75: 15.0}
        >>> band(range(10)) is None
        True
    """
    if len(values) < rules.minimum:
        return None
    ordered = sorted(values)
    shares = (0.1, 0.25, 0.5, 0.75, 0.9) if len(values) >= ENOUGH_FOR_TENTHS else (0.25, 0.5, 0.75)
    return Band(len(values), {share: _quantile(ordered, share) for share in shares})


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def statistic(values: Sequence[float], of: Callable[[Sequence[float]], float], rules: TableRules) -> float | None:
    """Give a number of a group where the group is large enough to be shown.

    Parameters:
        values: one value a patient.
        of: the statistic.
        rules: the smallest number of people.

    Returns:
        The number, or None where too few people have a value.

    Raises:
        Nothing beyond what the statistic raises.

    References:
        CMS cell size suppression policy.

    Example:
        >>> statistic([1.0] * 10, sum, PUBLIC) is None
        True
    """
    return of(values) if len(values) >= rules.minimum else None
