"""Two releases laid beside each other set nobody apart."""

from collections import defaultdict

import pytest

from outcomes.privacy.succession import Carried, Shown, by_group, carried, isolated
from outcomes.privacy.tiers import Reason, RefusedError, prepare
from tests.privacy.crowds import VISITS, crowd

K = 5
SEED, NEXT = bytes(32), bytes(range(32))


def found_by_an_attacker(first, second):
    """Join two releases by what was measured, and collect who shares a fate: the groups then and now."""
    fates = defaultdict(set)
    then = {row.key: row.group for row in first.rows}
    now = {row.key: row.group for row in second.rows}
    for key in then.keys() | now.keys():
        fates[then.get(key), now.get(key)].add(key)
    return {fate: people for fate, people in fates.items() if len(people) < K}


@pytest.mark.parametrize("more", [1, 2, 3])
def test_a_few_newcomers_wait_until_they_are_a_group_with_others_never_released(more):
    people = crowd(60, 21)
    first = prepare(people, VISITS, SEED, thorough=False)
    second = prepare([*people, *crowd(more, 99)], VISITS, NEXT, earlier=[first.groups], thorough=False)
    assert found_by_an_attacker(first, second) == {}
    before, after = ({row.key for row in done.rows} for done in (first, second))
    assert before <= after
    assert len(after - before) == 0 or len(after - before) >= K
    assert (Reason.WAITING in [because.reason for because in second.reasons]) == (after == before)


def test_without_looking_back_newcomers_would_be_found():
    people = crowd(60, 21)
    first = prepare(people, VISITS, SEED, thorough=False)
    careless = prepare([*people, *crowd(2, 99)], VISITS, NEXT, thorough=False)
    assert found_by_an_attacker(first, careless) != {}
    assert isolated(careless.groups, [first.groups], K)


def test_many_newcomers_come_in_groups_of_their_own():
    people = crowd(60, 21)
    first = prepare(people, VISITS, SEED, thorough=False)
    second = prepare([*people, *crowd(30, 99)], VISITS, NEXT, earlier=[first.groups], thorough=False)
    assert len(second.rows) > len(first.rows) + 20
    assert found_by_an_attacker(first, second) == {}


def test_who_withdraws_takes_the_group_along():
    people = crowd(80, 22)
    first = prepare(people, VISITS, SEED, thorough=False)
    gone = first.rows[0].key
    second = prepare([p for p in people if p.key != gone], VISITS, NEXT, earlier=[first.groups], thorough=False)
    assert gone not in {row.key for row in second.rows}
    assert found_by_an_attacker(first, second) == {}


def test_a_third_release_is_held_against_both():
    people = crowd(60, 23)
    releases = [prepare(people, VISITS, SEED, thorough=False)]
    for step in (1, 2):
        everybody = [*people, *crowd(20 * step, 50)]
        earlier = [each.groups for each in releases]
        releases.append(prepare(everybody, VISITS, NEXT, earlier=earlier, thorough=False))
    assert found_by_an_attacker(releases[0], releases[2]) == {}
    assert found_by_an_attacker(releases[1], releases[2]) == {}


@pytest.mark.parametrize(
    ("now", "then", "shown"),
    [
        ([{1, 2, 3}], [{1, 2, 3}], []),
        ([{1, 2, 3}], [{1, 2}], [Shown.NEWCOMERS]),
        ([{1, 2}], [{1, 2, 3}], [Shown.LEAVERS]),
        ([{1, 2, 3}, {4, 5}], [{1, 2}, {3, 4, 5}], [Shown.MOVED]),
        ([{1, 2}, {3, 4}], [{1, 2}], []),
    ],
)
def test_what_is_isolated(now, then, shown):
    assert [each.shown for each in isolated(now, [then], 2)] == shown


def test_a_first_release_takes_over_nothing():
    assert carried(["b", "a"], [], 2) == Carried((), ("a", "b"), ())


def test_groups_by_number():
    assert by_group({"a": 2, "b": 2}) == (frozenset("ab"),)


def test_when_nobody_may_be_shown_the_release_is_refused():
    people = crowd(60, 24)
    first = prepare(people, VISITS, SEED, thorough=False)
    one_of_each = {min(group) for group in first.groups}
    rest = [person for person in people if person.key not in one_of_each]
    with pytest.raises(RefusedError) as refused:
        prepare(rest, VISITS, NEXT, earlier=[first.groups], thorough=False)
    assert refused.value.because.reason is Reason.NO_GROUP
