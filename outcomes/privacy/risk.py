"""Risk measured, not asserted: how small the groups are, who could be found, and what was lost for it.

Everything counts patients: a table here has one row a patient. Imported only where a release is made, for it brings
numpy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.privacy.quasi import Ints

COUNTED_DIRECTLY = 2**22
"""Combinations up to which groups are counted by their number and not sorted."""
TRIALS = 200


@dataclass(frozen=True, slots=True)
class Groups:
    """Patients written alike: how many groups, how large the smallest, and in how many values each differs at least."""

    patients: int
    groups: int
    smallest: int | None
    diversity: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Attack:
    """A simulated attack: what the attacker knew, how often one patient alone fitted, how often a guess was right."""

    known_scores: int
    trials: int
    singled_out: float
    hit_rate: float


@dataclass(frozen=True, slots=True)
class Risk:
    """The measured risk of a release, as it stands in the release and in its report.

    Attributes:
        patients: patients in the release.
        dropped: patients left out because no group took them.
        smallest: size of the smallest group, None of an empty release.
        groups: number of groups.
        prosecutor: the largest chance of finding somebody known to be in the release: 1 / smallest group.
        journalist: the same for somebody of whom it is known only that the population contains them; without figures
            of the population it is taken to be as small as the release, so that the two agree.
        marketer: the share of all patients found when each is matched with somebody of the same group.
        diversity: for each sensitive column, different values in the poorest group.
        closeness: for each sensitive column, the greatest distance of a group's shares from everybody's.
        uniqueness: the share of patients singled out when v of their scores are known and nothing else, v = 0 upwards.
        attacks: simulated attacks with exact knowledge of all quasi-identifiers and of v scores.
        loss: information lost, 0 to 1.
        loss_of: the same column by column.
    """

    patients: int
    dropped: int
    smallest: int | None
    groups: int
    prosecutor: float
    journalist: float
    marketer: float
    diversity: Mapping[str, int | None]
    closeness: Mapping[str, float]
    uniqueness: tuple[float, ...]
    attacks: tuple[Attack, ...]
    loss: float
    loss_of: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """Give the report as plain data."""
        return asdict(self)


def coded(column: Sequence[object]) -> Ints:
    """Number the different values of a column in the order in which they come."""
    place: dict[object, int] = {}
    return np.fromiter((place.setdefault(value, len(place)) for value in column), dtype=np.int64, count=len(column))


def groups_of(quasi: Sequence[Ints], sensitive: Sequence[Ints] = ()) -> Groups:
    """Count groups of rows alike and the different sensitive values in each.

    Parameters:
        quasi: the released quasi-identifiers as whole numbers from 0, one a patient.
        sensitive: sensitive columns in the same form.

    Returns:
        The number of groups, the smallest, and for each sensitive column the fewest different values in a group.

    Raises:
        ValueError: no quasi-identifier.

    References:
        Sweeney 2002, https://doi.org/10.1142/S0218488502001648; Machanavajjhala et al. 2007,
        https://doi.org/10.1145/1217299.1217302 (distinct l-diversity).

    Example:
        >>> groups_of([coded("aabbb")], [coded("xyxxx")])
        Groups(patients=5, groups=2, smallest=2, diversity=(1,))
    """
    if not quasi:
        raise ValueError("groups are made by quasi-identifiers")
    group, count = _grouped(quasi)
    if not len(group):
        return Groups(0, 0, None, tuple(None for _ in sensitive))
    return Groups(
        len(group), len(count), int(count.min()), tuple(_fewest(group, len(count), column) for column in sensitive)
    )


def _grouped(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Number the groups of rows alike and count each."""
    key, combinations = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        width = int(column.max(initial=0)) + 1
        if combinations * width > COUNTED_DIRECTLY:
            key, combinations = _renumbered(key, combinations)
        if combinations * width >= 2**62:
            raise ValueError("too many combinations")
        key, combinations = key * width + column, combinations * width
    key, combinations = _renumbered(key, combinations)
    return key, np.bincount(key, minlength=combinations)


def _renumbered(key: Ints, combinations: int) -> tuple[Ints, int]:
    """Number only the combinations that occur."""
    if combinations > COUNTED_DIRECTLY:
        found, place = np.unique(key, return_inverse=True)
        return place.astype(np.int64).ravel(), len(found)
    occurs = np.bincount(key, minlength=combinations) > 0
    return (np.cumsum(occurs) - 1)[key], int(occurs.sum())


def _fewest(group: Ints, groups: int, column: Ints) -> int:
    """Find the fewest different values of a column in any group."""
    pair, pairs = _renumbered(group * (int(column.max()) + 1) + column, groups * (int(column.max()) + 1))
    of_pair = np.zeros(pairs, dtype=np.int64)
    of_pair[pair] = group
    return int(np.bincount(of_pair, minlength=groups).min())


def closeness(group: Ints, column: Ints) -> float:
    """Measure how far the shares of a sensitive value in any group lie from everybody's.

    The distance is half the sum of the differences of shares, which is the earth mover's distance where all values are
    equally far from each other.

    Parameters:
        group: the group of each patient, numbered from 0.
        column: the sensitive value of each patient, numbered from 0.

    Returns:
        The greatest distance, 0 (every group like all) to 1.

    Raises:
        Nothing.

    References:
        Li, Li & Venkatasubramanian 2007, https://doi.org/10.1109/ICDE.2007.367856 (t-closeness).

    Example:
        >>> closeness(coded("aabb"), coded("xyxx"))
        0.25
    """
    if not len(group):
        return 0.0
    table = np.zeros((int(group.max()) + 1, int(column.max()) + 1))
    np.add.at(table, (group, column), 1)
    everybody = table.sum(axis=0) / table.sum()
    return float((np.abs(table / table.sum(axis=1, keepdims=True) - everybody).sum(axis=1) / 2).max())


def uniqueness(series: Sequence[Sequence[object]], known: int, seed: int = 0, trials: int = TRIALS) -> float:
    """Measure how many patients are singled out by some of their own scores.

    For each patient some of the scores present are drawn; the patient is singled out when nobody else has the same
    scores at the same visits. With none known nobody is singled out among two or more.

    Parameters:
        series: each patient's scores in the order of visits, None where missing.
        known: how many scores somebody knows.
        seed: the draws are the same for the same seed.
        trials: draws in all, spread evenly over the patients; every patient has one at least.

    Returns:
        The share of draws that fit one patient only; patients with fewer scores are drawn with all that they have.

    Raises:
        ValueError: a negative number of scores.

    References:
        Rocher, Hendrickx & de Montjoye 2019, https://doi.org/10.1038/s41467-019-10933-3; de Montjoye et al. 2013,
        https://doi.org/10.1038/srep01376 (unicity of trajectories).

    Example:
        >>> uniqueness([[5, 4], [5, 3], [6, 3]], 2)
        1.0
    """
    if known < 0:
        raise ValueError("nobody knows fewer scores than none")
    if not series:
        return 0.0
    table, dice = _scores(series), Random(seed)  # noqa: S311 - a simulation that runs again the same
    draws = max(1, trials // len(series))
    fitting = [_fitting(table, row, known, dice) for row in range(len(series)) for _ in range(draws)]
    return sum(len(fits) == 1 for fits in fitting) / len(fitting)


def _scores(series: Sequence[Sequence[object]]) -> Ints:
    """Number each visit's scores; a missing one is −1."""
    visits = max(map(len, series))
    columns = [[row[visit] if visit < len(row) else None for row in series] for visit in range(visits)]
    numbered = [np.where([value is None for value in column], -1, coded(column)) for column in columns]
    return np.stack(numbered, axis=1) if numbered else np.zeros((len(series), 0), dtype=np.int64)


def _fitting(table: Ints, row: int, known: int, dice: Random, among: Ints | None = None) -> Ints:
    """Find the patients who have the same scores as one at visits drawn by lot."""
    people = np.arange(len(table)) if among is None else among
    present = np.nonzero(table[row] >= 0)[0].tolist()
    drawn = np.array(dice.sample(present, min(known, len(present))), dtype=np.int64)
    alike: NDArray[np.bool_] = (table[people][:, drawn] == table[row, drawn]).all(axis=1)
    return people[alike]


def attacked(
    group: Ints, series: Sequence[Sequence[object]], known: int, seed: int = 0, trials: int = TRIALS
) -> Attack:
    """Simulate somebody who knows all quasi-identifiers of a patient, and some scores besides.

    The attacker takes the patient's group, keeps those whose scores fit, and names one of them.

    Parameters:
        group: the group of each patient, numbered from 0.
        series: each patient's scores in the order of visits, None where missing.
        known: how many scores the attacker knows.
        seed: the draws are the same for the same seed.
        trials: attacks in all, spread evenly over the patients; every patient has one at least.

    Returns:
        How often one patient alone fitted, and how often the name was right.

    Raises:
        ValueError: a negative number of scores.

    References:
        El Emam & Dankar 2008, https://doi.org/10.1197/jamia.M2716 (prosecutor risk); Branson et al. 2020,
        https://doi.org/10.1186/s13063-020-4120-y (a real attack on trial data).

    Example:
        >>> attacked(coded("aabb"), [[1], [1], [2], [3]], 0).hit_rate
        0.5
    """
    if known < 0:
        raise ValueError("nobody knows fewer scores than none")
    if not len(group):
        return Attack(known, 0, 0.0, 0.0)
    table, dice = _scores(series), Random(seed)  # noqa: S311 - a simulation that runs again the same
    draws = max(1, trials // len(group))
    fits = [
        len(_fitting(table, row, known, dice, np.nonzero(group == group[row])[0]))
        for row in range(len(group))
        for _ in range(draws)
    ]
    return Attack(known, len(fits), sum(n == 1 for n in fits) / len(fits), sum(1 / n for n in fits) / len(fits))


def measured(
    labels: Sequence[Sequence[str]],
    sensitive: Mapping[str, Sequence[object]],
    series: Sequence[Sequence[object]],
    *,
    dropped: int = 0,
    loss_of: Mapping[str, float] | None = None,
    population: int | None = None,
    most_known: int = 6,
) -> Risk:
    """Measure the whole risk of a table as it would leave.

    Parameters:
        labels: each patient's quasi-identifiers as written.
        sensitive: the sensitive columns, one value a patient.
        series: each patient's scores of one scale in the order of visits, None where missing.
        dropped: patients left out because no group took them.
        loss_of: information lost by column.
        population: how many patients the smallest group stands for outside the release, where somebody knows it.
        most_known: scores that an attacker may know at most.

    Returns:
        The risk; `as_json` gives it as plain data.

    Raises:
        ValueError: columns of different lengths.

    References:
        El Emam 2013, Guide to the De-Identification of Personal Health Information, https://doi.org/10.1201/b14764;
        WP216, Opinion 05/2014 on anonymisation techniques (singling out, linkability, inference).

    Example:
        >>> risk = measured([["f"], ["f"], ["m"], ["m"]], {}, [[1], [2], [1], [2]], most_known=1)
        >>> (risk.smallest, risk.prosecutor, risk.marketer, risk.attacks[1].hit_rate)
        (2, 0.5, 0.5, 1.0)
    """
    if any(len(column) != len(labels) for column in (series, *sensitive.values())):
        raise ValueError("columns of different lengths")
    columns = [coded(column) for column in zip(*labels, strict=True)] or [np.zeros(len(labels), dtype=np.int64)]
    group, _ = _grouped(columns)
    found = groups_of(columns, [coded(column) for column in sensitive.values()])
    highest = 1 / found.smallest if found.smallest else 0.0
    lost = dict(loss_of or {})
    return Risk(
        patients=found.patients,
        dropped=dropped,
        smallest=found.smallest,
        groups=found.groups,
        prosecutor=highest,
        journalist=1 / max(population, found.smallest or 1) if population else highest,
        marketer=found.groups / found.patients if found.patients else 0.0,
        diversity=dict(zip(sensitive, found.diversity, strict=True)),
        closeness={name: closeness(group, coded(column)) for name, column in sensitive.items()},
        uniqueness=tuple(0.0 if not known else uniqueness(series, known) for known in range(most_known + 1)),
        attacks=tuple(attacked(group, series, known) for known in range(most_known + 1)),
        loss=sum(lost.values()) / len(lost) if lost else 0.0,
        loss_of=lost,
    )
