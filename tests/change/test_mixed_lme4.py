"""More than 200 invented clinics, most of them small: every fit converges and none is worse than lme4's best."""

import csv
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from outcomes.change import mixed
from outcomes.change.mixed_donors import donor_split
from tests.change.simulated_clinics import cases, write_table

HERE = Path(__file__).parent
ANSWERS = HERE / "lme4_answers.csv"
DIGITS = 1e-8  # answers are stored with ten


@cache
def answers(path=ANSWERS):
    with path.open(newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def numbers(text):
    return np.array([float(word) for word in text.split()])


def design_of(case):
    post = np.array([float(row.visit >= case.baselines) for row in case.rows])
    if case.kind == "slope":
        return mixed.slope(np.array([float(row.visit) for row in case.rows]))
    if case.kind == "visits":
        return mixed.visit_means([str(row.visit) for row in sorted(case.rows, key=lambda row: row.visit)], post)
    covariates = {"age": np.array([float(row.age) for row in case.rows])} if case.kind == "covariate" else None
    return mixed.before_after(post, covariates)


@cache
def fitted_clinics():
    """Every small clinic with its fit and what lme4 says of it."""
    return [(case.name, fitted(case), answers()[case.name]) for case in cases() if case.kind == "clinic"]


def fitted(case):
    rows = sorted(case.rows, key=lambda row: row.visit) if case.kind == "visits" else case.rows
    sorted_case = case._replace(rows=rows)
    names, scores = [row.patient for row in rows], np.array([row.score for row in rows])
    return mixed.fit(names, scores, design_of(sorted_case), random_change=case.kind != "level")


OTHERS = [case for case in cases() if case.kind not in {"clinic", "donor"}]
DONORS = [case for case in cases() if case.kind == "donor"]


def test_two_hundred_small_clinics_converge_and_none_lies_above_lme4():
    for name, fit, expected in fitted_clinics():
        assert fit.converged, name
        assert fit.reml_criterion <= float(expected["criterion"]) + 1e-9, name
        assert fit.reml_criterion <= float(expected["default"]) + 1e-9, name


def test_two_hundred_small_clinics_have_lme4s_answers():
    for name, fit, expected in fitted_clinics():
        assert fit.singular is (expected["singular"] == "1"), name
        assert fit.reml_criterion == pytest.approx(float(expected["criterion"]), rel=1e-9), name
        assert fit.estimates == pytest.approx(numbers(expected["fixed"]), rel=1e-7), name
        assert fit.standard_errors == pytest.approx(numbers(expected["se"]), rel=1e-6), name
        close(fit, numbers(expected["variance"]))


def close(fit, expected):
    """Compare variances; those near zero on the scale of the residual variance."""
    one = fit.variance
    ours = np.array([one.intercept, one.change, one.covariance, one.residual])
    assert ours == pytest.approx(expected, rel=1e-4, abs=1e-5 * one.residual)


@pytest.mark.parametrize("case", OTHERS, ids=[case.name for case in OTHERS])
def test_other_designs_have_lme4s_answers(case):
    fit, expected = fitted(case), answers()[case.name]
    assert fit.converged
    assert fit.reml_criterion <= float(expected["criterion"]) + 1e-9
    assert fit.reml_criterion == pytest.approx(float(expected["criterion"]), rel=1e-9)
    assert fit.estimates == pytest.approx(numbers(expected["fixed"]), rel=1e-7, abs=1e-7)
    assert fit.standard_errors == pytest.approx(numbers(expected["se"]), rel=1e-6)
    order = [fit.patients.index(name) for name in dict.fromkeys(row.patient for row in case.rows)]
    column = 0 if case.kind == "level" else 1
    assert fit.effects[order, column] == pytest.approx(numbers(expected["effects"]), abs=1e-4)
    conditional = fit.effects_covariance[order, column, column]
    assert conditional == pytest.approx(numbers(expected["conditional"]), rel=1e-4, abs=1e-6 * fit.variance.residual)


@pytest.mark.parametrize("case", DONORS, ids=[case.name for case in DONORS])
def test_the_split_between_donor_patient_and_error_is_lme4s(case):
    expected = answers()[case.name]
    scores = np.array([row.score for row in case.rows])
    of = {row.patient: row.donor for row in case.rows}
    found = donor_split([row.patient for row in case.rows], scores, design_of(case), of)
    assert found.converged
    assert found.reml_criterion <= float(expected["criterion"]) + 1e-8
    assert found.singular is (expected["singular"] == "1")
    assert found.estimates == pytest.approx(numbers(expected["fixed"]), rel=1e-6)
    assert found.standard_errors == pytest.approx(numbers(expected["se"]), rel=1e-5)
    ours = [found.intercept, found.patient, found.covariance, found.donor, found.error]
    assert ours == pytest.approx(numbers(expected["variance"]), rel=1e-4, abs=1e-5 * found.error)


@pytest.mark.full
def test_the_stored_answers_are_lme4s(tmp_path):
    program = shutil.which("Rscript")
    asked = [str(program), "-e", 'stopifnot(requireNamespace("lme4", quietly = TRUE))']
    if program is None or subprocess.run(asked, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("no Rscript with lme4 (Debian: r-cran-lme4)")
    table, fresh = tmp_path / "table.csv", tmp_path / "answers.csv"
    write_table(table)
    subprocess.run([program, str(HERE / "lme4_answers.R"), str(table), str(fresh)], check=True)  # noqa: S603
    for name, row in answers(fresh).items():
        stored = answers()[name]
        assert float(row["criterion"]) == pytest.approx(float(stored["criterion"]), rel=DIGITS)
        assert numbers(row["fixed"]) == pytest.approx(numbers(stored["fixed"]), rel=1e-6, abs=1e-6)
