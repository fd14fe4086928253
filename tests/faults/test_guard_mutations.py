"""Each guard taken away or turned round turns the tests red; the long run tries every one of them."""

import subprocess
import sys

import pytest

from tests.faults.mutate_guards import ROOT, SHORT, mutants

FEWEST_MUTANTS = 250


def test_there_are_guards_to_take_away():
    assert len(mutants()) >= FEWEST_MUTANTS
    assert len({mutant.name for mutant in mutants()}) >= FEWEST_MUTANTS * 0.9
    assert set(SHORT) <= {mutant.path for mutant in mutants()}


def hunted(*words):
    """Hunt mutants in a process of their own; return its lines."""
    command = [sys.executable, "-m", "tests.faults.mutate_guards", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    lines = [line for line in done.stdout.splitlines() if line.startswith(("killed", "survived", "broken"))]
    assert lines
    return lines


def test_guards_of_every_kind_are_watched():
    lines = hunted("short")
    assert len(lines) >= 8
    assert [line for line in lines if not line.startswith("killed")] == []


@pytest.mark.full
def test_every_guard_is_watched():
    lines = hunted("0", "1")
    assert len(lines) >= FEWEST_MUTANTS
    assert [line for line in lines if not line.startswith("killed")] == []
