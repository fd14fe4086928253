"""Every benchmark runs and says something; how fast things are is no matter for a test."""

from random import Random

import pytest

from benchmarks.__main__ import ALL
from benchmarks.bench import Bench
from benchmarks.measuring import Job, Row, interleaved, written
from benchmarks.people import invent
from benchmarks.report import HEAD, document, line

PEOPLE = 30


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    small = Bench(tmp_path_factory.mktemp("benchmarks"), sizes=(PEOPLE,), rounds=1)
    yield small
    small.close()


@pytest.mark.parametrize("name", ALL)
def test_a_benchmark_fills_its_rows(bench, name):
    rows = list(ALL[name](bench))
    assert rows
    assert all(row.task and row.ours for row in rows)
    assert all(row.met is not None for row in rows if row.target)
    assert all(line(row).count("|") == len(HEAD) + 1 for row in rows)


def test_the_same_seed_makes_the_same_people(bench):
    today = bench.clinic(PEOPLE).today
    assert list(invent(PEOPLE, today, Random(1))) == list(invent(PEOPLE, today, Random(1)))


def test_what_is_prepared_is_handed_over_and_every_job_has_its_turn():
    seen = []
    found = interleaved({"one": Job(seen.append, lambda: 1), "two": Job(seen.append, lambda: 2)}, rounds=3)
    assert {name: len(times) for name, times in found.items()} == {"one": 3, "two": 3}
    assert set(seen) == {1, 2}


def test_times_are_written_in_the_unit_that_suits_them():
    assert [written(seconds) for seconds in (2.5, 0.0123, 0.000004)] == ["2.50 s", "12.3 ms", "4 µs"]


def test_the_report_tells_what_was_missed():
    slow = Row("slow", "2 s", "", None, "≤ 1 s", met=False)
    fast = Row("fast", "1 µs", "nothing: 1 µs", 1.0, "≤ 2×", met=True)
    text = document([slow, fast, Row("seen", "3 s")], (30,), 5)
    assert "1 of 2 targets are met" in text
    assert "| slow | 2 s |  |  | ≤ 1 s | **not met** |" in text
    assert "| seen | 3 s |" in text.partition("## Without a target")[2]
