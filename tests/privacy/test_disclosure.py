"""Tables of the public tier: no small count is shown, and none can be worked out."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.privacy.attack import AttackError, intervals, recovered
from outcomes.privacy.cells import counted
from outcomes.privacy.disclosure import (
    AGREEMENT,
    PUBLIC,
    Published,
    TableRules,
    band,
    published,
    published_together,
    statistic,
    tells,
)

FILTERS = {
    "sex": ("female", "female", "female", "male"),
    "route": ("enema", "enema", "colonoscopy", "capsule"),
    "severity": ("mild", "moderate", "moderate", "severe", "very_severe"),
    "verdict": ("better", "same", "same", "worse"),
}


def cohort(number, seed, names=("sex", "route", "severity", "verdict")):
    dice = Random(seed)
    return {name: [dice.choice(FILTERS[name]) for _ in range(number)] for name in names}


def attacked(filters, shown, within=5):
    return recovered(shown.counts, counted(filters), shown.choices, within=within, round_to=shown.rules.round_to)


@pytest.mark.parametrize("number", [30, 60, 120])
def test_an_attacker_recovers_no_withheld_count(number):
    withheld = 0
    for seed in range(2):
        filters = cohort(number, seed)
        shown = published(filters)
        assert all(count == 0 or count >= 11 for count in shown.counts.values() if count is not None)
        assert attacked(filters, shown) == []
        withheld += len(shown.withheld)
    assert withheld > 20


@pytest.mark.full
def test_an_attacker_recovers_no_withheld_count_of_many_cohorts():
    withheld = 0
    for seed in range(60):
        filters = cohort(20 + 7 * seed, seed)
        shown = published(filters)
        assert attacked(filters, shown) == []
        withheld += len(shown.withheld)
    assert withheld > 1000


def test_withholding_small_counts_alone_would_not_do():
    filters = cohort(120, 1)
    truth = counted(filters)
    careless = Published(
        {cell: None if 0 < count < 11 else count for cell, count in truth.items()}, published(filters).choices, PUBLIC
    )
    assert attacked(filters, careless) != []


def test_rounded_counts_are_attacked_as_rounded():
    filters, rules = cohort(60, 3, ("sex", "route")), TableRules(11, 11, round_to=5)
    shown = published(filters, rules)
    assert all(count % 5 == 0 for count in shown.counts.values() if count is not None)
    assert attacked(filters, shown) == []


LATE, SEEN = (("class", "late"),), (("class", "better"),)


def visits_of(*tables):
    """Tables of one visit, each from how many are late, better and worse."""
    return {name: {"class": ["late"] * a + ["better"] * b + ["worse"] * c} for name, a, b, c in tables}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ((20, 20, 20), (20, 24, 16), True),  # the same people are late in both
        ((20, 20, 20), (19, 20, 21), False),  # one patient has come for one scale alone
        ((20, 20, 20), (14, 40, 6), False),  # withheld beside six who are worse, and told by the first
        ((30, 15, 15), (12, 24, 24), True),  # eighteen lie between the two
    ],
)
def test_what_one_table_withholds_another_does_not_tell(first, second, told):
    tables, link = visits_of(("a", *first), ("b", *second)), [("a", LATE), ("b", LATE)]
    shown = published_together(tables, [link])
    assert [shown[name].counts[LATE] is not None for name in tables] == [told, told]
    assert not tells(link, shown, 11)
    assert [attacked(tables[name], shown[name]) for name in tables] == [[], []]
    alone = {name: published(filters) for name, filters in tables.items()}
    assert tells(link, alone, 11) is not told


def test_tables_that_are_not_linked_are_left_as_they_are():
    tables = visits_of(("a", 20, 20, 20), ("b", 14, 40, 6))
    assert published_together(tables, []) == {name: published(filters) for name, filters in tables.items()}


def test_under_agreement_smaller_counts_are_shown():
    filters = cohort(60, 4, ("sex", "route"))
    open_, closed = published(filters, AGREEMENT), published(filters, PUBLIC)
    assert len(open_.withheld) < len(closed.withheld)
    assert attacked(filters, open_, within=2) == []


def test_a_cohort_under_the_minimum_shows_nothing():
    shown = published({"sex": ["f"] * 10})
    assert shown.count() is None
    assert set(shown.counts.values()) == {None}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=11, max_size=80))
def test_no_table_of_two_filters_gives_a_count_away(people):
    one, other = zip(*people, strict=True)
    filters = {"one": one, "other": other}
    assert attacked(filters, published(filters)) == []


def test_subtraction_is_found():
    female, male = (("sex", "f"),), (("sex", "m"),)
    shown = {(): 40, female: 33, male: None}
    assert intervals(shown, {"sex": ["f", "m"]}) == {male: (7, 7)}


def test_counts_that_contradict_each_other_are_refused():
    female, male = (("sex", "f"),), (("sex", "m"),)
    with pytest.raises(AttackError, match="contradict"):
        intervals({(): 10, female: 20, male: None}, {"sex": ["f", "m"]})


def test_too_many_combinations_are_refused():
    with pytest.raises(AttackError, match="too many"):
        intervals({(): 1}, {str(n): list("abcd") for n in range(9)})


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="lengths"):
        counted({"a": ["x"], "b": []})


@pytest.mark.parametrize(("people", "shares"), [(10, None), (11, 3), (39, 3), (40, 5)])
def test_a_distribution_is_a_band_or_nothing(people, shares):
    shown = band(list(range(people)))
    assert shares == (None if shown is None else len(shown.quantiles))


def test_a_statistic_of_few_is_not_given():
    assert statistic([1.0] * 4, max, AGREEMENT) is None
    assert statistic([1.0] * 5, max, AGREEMENT) == 1
