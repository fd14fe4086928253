"""Recoding: every group has k, every label is true, nobody is lost, and little is given up."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.disclosure import SMALL, hierarchy, reached, samples, table
from outcomes.privacy.hierarchies import HierarchyError, flat, shipped, tree, under
from outcomes.privacy.quasi import SCORES_WEIGH, Numbers, Pattern, Shared, Span, UnknownValueError
from outcomes.privacy.recoding import LOST_WITH_OUTCOMES, Leftover, recode

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "deidentification"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference data in {REFERENCE}")
VISITS = ("b", "m3", "m6")
QUASI = (
    tree("place", [("a", "ab", "*"), ("b", "ab", "*"), ("c", "cd", "*"), ("d", "cd", "*")]),
    Numbers("age", 0, 90),
    Pattern("visits", VISITS),
)

rows = st.tuples(
    st.sampled_from("abcd"),
    st.none() | st.integers(0, 90),
    st.lists(st.sampled_from(VISITS), unique=True).map(tuple),
    st.sampled_from("xyz"),
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def columns_of(people):
    place, age, visits, _ = zip(*people, strict=True)
    return {"place": place, "age": age, "visits": visits}


def checked(people, done, k, least):
    """Check everything that a recoding promises."""
    placed = [row for group in done.groups for row in group.rows]
    assert sorted([*placed, *done.left]) == list(range(len(people)))
    assert all(len(group.rows) >= k for group in done.groups)
    assert all(len({people[row][3] for row in group.rows}) >= least for group in done.groups)
    assert len({group.labels for group in done.groups}) == len(done.groups)
    values = columns_of(people)
    for row, labels in done.labels().items():
        for column, label in zip(QUASI, labels, strict=True):
            assert column.covers(label, values[column.name][row])
    assert 0 <= done.loss <= 1
    assert all(0 <= loss <= 1 for loss in done.loss_of.values())


@quick
@given(st.lists(rows, min_size=1, max_size=40), st.integers(1, 7), st.integers(1, 3))
def test_a_quick_recoding_keeps_its_promises(people, k, least):
    sensitive = {"s": [person[3] for person in people]}
    checked(people, recode(columns_of(people), QUASI, k, sensitive=sensitive, least=least, thorough=False), k, least)


@settings(quick, max_examples=12)
@given(st.lists(rows, min_size=1, max_size=16), st.integers(1, 5), st.integers(1, 2))
def test_a_thorough_recoding_keeps_its_promises_and_loses_no_more(people, k, least):
    sensitive = {"s": [person[3] for person in people]}
    quickly, done = (
        recode(columns_of(people), QUASI, k, sensitive=sensitive, least=least, thorough=thorough)
        for thorough in (False, True)
    )
    checked(people, done, k, least)
    assert searched(done, len(people)) <= searched(quickly, len(people)) + 1e-9


def searched(done, people):
    """What the search keeps small: scores and patients left out weigh more in it than in the figure."""
    weights = {"place": 1.0, "age": 1.0, "visits": SCORES_WEIGH}
    lost = sum(weight * done.loss_of[name] for name, weight in weights.items())
    return (lost + (LOST_WITH_OUTCOMES - 1) * sum(weights.values()) * len(done.left) / people) / len(weights)


def test_scores_are_kept_before_ages():
    """Of two ways of making groups, the one that withholds fewer visits is taken, though its ages are wider."""
    ages, visits = [30, 30, 31, 31, 70, 70, 71, 71], [VISITS, VISITS, VISITS[:1], VISITS[:1]] * 2
    done = recode({"age": ages, "visits": visits}, QUASI[1:], 4)
    assert (done.left, done.loss_of["visits"]) == ((), 0)


def test_a_larger_k_loses_more_on_average():
    dice, mean = Random(5), {}
    crowds = [
        [(dice.choice("abcd"), dice.randrange(91), VISITS[: dice.randrange(4)], "x") for _ in range(60)]
        for _ in range(5)
    ]
    for k in (2, 4, 8, 16):
        mean[k] = sum(recode(columns_of(people), QUASI, k, thorough=False).loss for people in crowds) / 5
    assert mean[2] < mean[4] < mean[8] < mean[16]


def test_the_same_data_give_the_same_groups():
    dice = Random(3)
    people = [(dice.choice("abcd"), dice.randrange(91), VISITS, "x") for _ in range(30)]
    assert recode(columns_of(people), QUASI, 4) == recode(columns_of(people), QUASI, 4)


def test_twins_stay_as_they_are():
    done = recode({"place": "aaabbb"}, QUASI[:1], 3)
    assert (done.loss, Counter(group.labels for group in done.groups)) == (0, {("a",): 1, ("b",): 1})


def test_a_group_shares_its_visits_and_the_others_are_withheld():
    done = recode({"visits": [VISITS, VISITS, VISITS[:2]]}, [Pattern("visits", VISITS)], 3)
    assert done.groups[0].labels == (Shared(("b", "m3"), ("m6",)),)
    assert done.loss == pytest.approx(2 / 8)


def test_numbers_are_written_with_their_true_range_and_a_median():
    done = recode({"age": [31, 33, 38]}, [Numbers("age", 0, 90)], 3)
    assert (done.groups[0].labels, done.groups[0].medians) == ((Span(31, 38),), (33,))


def test_who_fits_nowhere_is_dropped_and_counted_or_starred():
    values = {"place": "aaaad", "other": "pppps"}
    quasi = [QUASI[0], flat("other", "ps")]
    starred = recode(values, quasi, 4, leftover=Leftover.STARRED)
    assert (starred.left, starred.loss) == ((4,), pytest.approx(1 / 5))
    alone = recode({"place": "abc"}, QUASI[:1], 4)
    assert (alone.groups, alone.left, alone.loss) == ((), (0, 1, 2), 1)


def test_missing_numbers_are_never_given_a_range_by_themselves():
    done = recode({"age": [None, None, 30, 31]}, [Numbers("age", 0, 90)], 2)
    assert {str(group.labels[0]) for group in done.groups} == {"None", "30-31"}


@pytest.mark.parametrize(("values", "k"), [({"place": "ab"}, 0), ({"place": "ab", "age": [1]}, 2)])
def test_what_cannot_be_asked_is_refused(values, k):
    with pytest.raises(ValueError, match=r"group|lengths"):
        recode(values, [column for column in QUASI if column.name in values], k)


@pytest.mark.parametrize(("name", "values"), [("place", ["z"]), ("age", [91]), ("visits", [("m99",)])])
def test_an_unknown_value_is_refused_by_name(name, values):
    column = next(column for column in QUASI if column.name == name)
    with pytest.raises(UnknownValueError, match=name):
        recode({name: values}, [column], 1)


@pytest.mark.parametrize(
    "paths",
    [
        [("a", "*"), ("a", "*")],
        [("a", "*"), ("b", "x", "*")],
        [("a", "x"), ("b", "y")],
        [("a", "x", "*"), ("b", "x", "+")],
    ],
)
def test_what_is_no_hierarchy_is_refused(paths):
    with pytest.raises(HierarchyError):
        tree("t", paths)


def test_the_shipped_hierarchies_are_hierarchies():
    assert shipped("country").paths["TR"] == ("TR", "Western Asia", "Asia", "*")
    assert len(shipped("country").paths) == 250
    with pytest.raises(HierarchyError, match="XX"):
        under("country", ["XX"])


@needs_reference
@pytest.mark.parametrize(("n", "k"), [(20, 3), (20, 5), (20, 11), (40, 5), (40, 11)])
def test_no_more_is_lost_than_arx_loses(n, k):
    arx = reached(REFERENCE)[n, k][:3]
    losses, _, _ = samples(REFERENCE, n, k, len(arx))
    assert sum(losses) <= sum(arx)


@needs_reference
@pytest.mark.full
@pytest.mark.parametrize("n", [20, 40, 80, 200])
@pytest.mark.parametrize("k", [3, 5, 11])
def test_no_more_is_lost_than_arx_loses_in_any_cell(n, k):
    arx = reached(REFERENCE)[n, k]
    losses, _, _ = samples(REFERENCE, n, k, len(arx))
    assert len(losses) == 10
    assert sum(losses) <= sum(arx)


@needs_reference
def test_starred_rows_are_the_only_ones_outside_a_group():
    trees = [hierarchy(REFERENCE, name) for name in SMALL]
    values = table(REFERENCE / "samples" / "s40_0.csv", SMALL)
    done = recode(values, trees, 5, leftover=Leftover.STARRED)
    assert done.smallest >= 5
    assert len(done.labels()) + len(done.left) == 40
