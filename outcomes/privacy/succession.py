"""Releases one after another: what two of them together say of newcomers and of those who left.

Scores join the rows of two releases, whatever identifiers they carry. So whoever stays keeps the group of the earlier
release; newcomers form groups among themselves or wait; and a group that somebody left is not released again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Groups = Sequence[Collection[str]]
"""The groups of one release, each the internal keys of its patients. They are kept sealed and never leave."""


class Shown(StrEnum):
    """What a comparison of two releases would show."""

    NEWCOMERS = "newcomers"
    LEAVERS = "leavers"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Isolated:
    """Patients whom two releases together set apart: the earlier release, how they show, and how many they are."""

    release: int
    shown: Shown
    patients: int


@dataclass(frozen=True, slots=True)
class Carried:
    """What a new release takes over: groups as they were, who is new, and who waits with the group of a leaver."""

    groups: tuple[frozenset[str], ...]
    newcomers: tuple[str, ...]
    withheld: tuple[str, ...]


def isolated(groups: Groups, earlier: Sequence[Groups], k: int) -> tuple[Isolated, ...]:
    """Find sets of fewer than k patients that a release shows when it is laid beside earlier ones.

    Each group now is compared with each group then: the patients in both, those of a group now who were in no group
    then, and those of a group then who are in none now. Each must be nobody or k patients at least.

    Parameters:
        groups: the groups of the release to be made.
        earlier: the groups of every earlier release, the oldest first.
        k: patients in the smallest set that may be shown.

    Returns:
        What would be shown of fewer than k patients; empty when nothing is.

    Raises:
        Nothing.

    References:
        Xiao & Tao 2007, https://doi.org/10.1145/1247480.1247556 (m-invariance: releases of data that change);
        Fung et al. 2010, https://doi.org/10.1145/1749603.1749605.

    Example:
        >>> [each.shown.value for each in isolated([{"a", "b", "c"}], [[{"a", "b"}]], 2)]
        ['newcomers']
    """
    found = []
    for number, before in enumerate(earlier):
        now, then = _everybody(groups), _everybody(before)
        sets = [(Shown.NEWCOMERS, set(group) - then) for group in groups]
        sets += [(Shown.LEAVERS, set(group) - now) for group in before]
        sets += [(Shown.MOVED, set(group) & set(old)) for group in groups for old in before]
        found += [Isolated(number, shown, len(people)) for shown, people in sets if 0 < len(people) < k]
    return tuple(found)


def _everybody(groups: Iterable[Collection[str]]) -> set[str]:
    return {key for group in groups for key in group}


def carried(present: Collection[str], earlier: Sequence[Groups], k: int) -> Carried:
    """Say what a new release takes over from the latest one.

    Parameters:
        present: the internal keys of everybody who may be in the new release.
        earlier: the groups of every earlier release, the oldest first.
        k: patients in the smallest group.

    Returns:
        The groups that stay as they were, the patients who were never released, and those who have to wait: somebody
        of their group has left, or the group would be smaller than k now. Patients of older releases who are not in
        the latest wait too.

    Raises:
        Nothing.

    References:
        Byun et al. 2006, https://doi.org/10.1007/11844662_4 (incremental releases).

    Example:
        >>> kept = carried(["a", "b", "d"], [[["a", "b"], ["c", "d"]]], 2)
        >>> (sorted(kept.groups[0]), kept.newcomers, kept.withheld)
        (['a', 'b'], (), ('d',))
    """
    here = set(present)
    if not earlier:
        return Carried((), tuple(sorted(here)), ())
    latest = [frozenset(group) for group in earlier[-1]]
    whole = tuple(group for group in latest if group <= here and len(group) >= k)
    known = {key for groups in earlier for key in _everybody(groups)}
    return Carried(whole, tuple(sorted(here - known)), tuple(sorted(here & known - _everybody(whole))))


def by_group(groups: Mapping[str, int]) -> tuple[frozenset[str], ...]:
    """Turn group numbers of patients into groups.

    Parameters:
        groups: the group number of every patient in a release.

    Returns:
        The groups in the order of their numbers.

    Raises:
        Nothing.

    References:
        None.

    Example:
        >>> [sorted(group) for group in by_group({"a": 1, "b": 0, "c": 1})]
        [['b'], ['a', 'c']]
    """
    found: dict[int, set[str]] = {}
    for key, number in groups.items():
        found.setdefault(number, set()).add(key)
    return tuple(frozenset(found[number]) for number in sorted(found))
