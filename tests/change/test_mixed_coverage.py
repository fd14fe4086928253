"""The short version of benchmarks/coverage.py, and its full one."""

import pytest

from benchmarks.coverage import BASELINES, false_better, interval_coverage
from outcomes.terms import ErrorKind


@pytest.mark.parametrize(("patients", "clinics", "least"), [(20, 40, 0.88), (50, 20, 0.91), (200, 4, 0.90)])
def test_intervals_of_individual_change_cover_the_truth(patients, clinics, least):
    one = interval_coverage(patients, 1, clinics)
    assert least <= one.integrated <= 0.99
    assert one.fewest_draws > 200


def test_the_plug_in_interval_would_not_do():
    assert interval_coverage(20, 1, 40).plug_in < 0.88


@pytest.mark.parametrize("which", BASELINES)
def test_nothing_rarely_looks_better_with_a_retest_error(which):
    assert false_better(ErrorKind.RETEST, which, people=5000) <= 0.07


def test_internal_consistency_would_see_improvement_where_there_is_none():
    assert false_better(ErrorKind.INTERNAL_CONSISTENCY, "rule", people=5000) > 0.10


@pytest.mark.full
@pytest.mark.parametrize("baselines", [1, 2, 3])
@pytest.mark.parametrize(
    ("patients", "clinics", "least", "most"), [(20, 400, 0.88, 1), (50, 300, 0.93, 0.97), (200, 100, 0.93, 0.97)]
)
def test_intervals_cover_as_often_as_they_say(patients, baselines, clinics, least, most):
    assert least <= interval_coverage(patients, baselines, clinics).integrated <= most
