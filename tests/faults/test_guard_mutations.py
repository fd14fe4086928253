"""Each guard taken away or turned round turns the tests red; the long run tries every one of them."""

import subprocess
import sys

import pytest

from tests.faults.mutate_guards import REDUNDANT, ROOT, mutants

FEWEST_MUTANTS = 750
FEWEST_IN_SHORT = 20
ENDS = ("killed", "survived", "unmet", "broken", "declared")


def test_there_are_guards_to_take_away():
    names = {mutant.name for mutant in mutants()}
    assert len(names) >= FEWEST_MUTANTS
    assert set(REDUNDANT) <= names


def hunted(*words):
    """Hunt mutants in a process of their own; return its lines."""
    command = [sys.executable, "-m", "tests.faults.guard_hunt", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    lines = [line for line in done.stderr.splitlines() if line.startswith(ENDS)]
    assert lines, done.stderr
    return lines


def test_guards_of_every_kind_are_watched():
    lines = hunted("short")
    assert len(lines) >= FEWEST_IN_SHORT
    assert [line for line in lines if not line.startswith("killed")] == []


@pytest.mark.full
def test_every_guard_is_watched():
    lines = hunted("all")
    assert len(lines) >= FEWEST_MUTANTS
    assert [line for line in lines if not line.startswith(("killed", "declared"))] == []
