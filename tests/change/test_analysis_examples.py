"""The examples in the documentation of models, curves, comparisons and definitions run and are right."""

import doctest

import pytest

from outcomes.change import (
    analysis,
    comparison,
    mixed,
    mixed_donors,
    mixed_intervals,
    mixed_profile,
    sensitivity,
    survival,
)

MODULES = [analysis, comparison, mixed, mixed_donors, mixed_intervals, mixed_profile, sensitivity, survival]


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
