"""The examples in the documentation of the privacy floor run and are right."""

import doctest

import pytest

from outcomes.privacy import (
    attack,
    columns,
    disclosure,
    hierarchies,
    pseudonyms,
    recoding,
    risk,
    succession,
    tiers,
    words,
)

MODULES = [attack, columns, disclosure, hierarchies, pseudonyms, recoding, risk, succession, tiers, words]


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
