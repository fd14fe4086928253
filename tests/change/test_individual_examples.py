"""The examples in the science's own documentation run and are right."""

import doctest

import pytest

from outcomes.change import cohort, columns, individual, intervals, warnings, windows


@pytest.mark.parametrize("module", [cohort, columns, individual, intervals, warnings, windows])
def test_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
