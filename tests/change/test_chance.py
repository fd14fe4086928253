"""How many error alone puts beyond one side of the band."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.chance import SIDE, by_chance


def at_most(count, judged):
    """The binomial distribution, written out."""
    return sum(comb(judged, k) * SIDE**k * (1 - SIDE) ** (judged - k) for k in range(count + 1))


@pytest.mark.parametrize(
    ("judged", "expected", "most"), [(0, 0, 0), (1, 0.025, 0), (12, 0.3, 2), (40, 1, 3), (200, 5, 10)]
)
def test_worked_examples(judged, expected, most):
    found = by_chance(judged)
    assert (found.expected, found.most) == (pytest.approx(expected), most)


@given(st.integers(0, 300))
def test_the_limit_is_the_smallest_that_error_alone_seldom_exceeds(judged):
    most = by_chance(judged).most
    assert at_most(most, judged) >= 0.975 - 1e-12
    assert most == 0 or at_most(most - 1, judged) < 0.975


def test_nobody_can_be_judged_less_than_nobody():
    with pytest.raises(ValueError, match="-1"):
        by_chance(-1)
