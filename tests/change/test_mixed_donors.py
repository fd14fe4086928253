import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.change import mixed
from outcomes.change.mixed_data import MixedModelError
from outcomes.change.mixed_donors import donor_split, enough_donors
from tests.change.simulated_clinics import clinic


def split(rows, of=None):
    post = np.array([float(row.visit >= 1) for row in rows])
    of = {row.patient: row.donor for row in rows} if of is None else of
    names, scores = [row.patient for row in rows], np.array([row.score for row in rows])
    return donor_split(names, scores, mixed.before_after(post), of)


def criterion_by_definition(rows, found):
    """REML straight from the full covariance matrix."""
    names, donors = [row.patient for row in rows], [row.donor for row in rows]
    post = np.array([float(row.visit >= 1) for row in rows])
    same = np.equal.outer(names, names)
    together = np.equal.outer(donors, donors)
    crossed, either = np.outer(post, post), np.add.outer(post, post)
    v = same * (found.intercept + found.covariance * either + found.patient * crossed)
    v = v + together * found.donor * crossed + found.error * np.eye(len(rows))
    x, y = np.column_stack([np.ones_like(post), post]), np.array([row.score for row in rows])
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    left = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    known = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + left @ inverse @ left
    return known + (len(y) - 2) * np.log(2 * np.pi)


def test_the_criterion_follows_from_the_definition():
    rows = clinic(2003, patients=32, donors=5, sd_donor=6.0)
    found = split(rows)
    assert found.reml_criterion == pytest.approx(criterion_by_definition(rows, found), rel=1e-10)


def test_donors_that_matter_are_told_apart():
    found = split(clinic(4, patients=60, donors=6, sd_donor=12.0, sd_change=1.0))
    assert found.donor > found.patient
    assert len(found.effects) == len(found.donors) == 6
    assert found.effects.sum() == pytest.approx(0, abs=1e-6)


def test_donors_that_do_not_matter_leave_the_patients_model_alone():
    rows = clinic(2000, patients=42, donors=6, sd_donor=0.0, follow_ups=5)
    plain = mixed.fit(
        [row.patient for row in rows],
        np.array([row.score for row in rows]),
        mixed.before_after(np.array([float(row.visit >= 1) for row in rows])),
    )
    found = split(rows)
    assert found.reml_criterion <= plain.reml_criterion + 1e-8


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 100), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_at_all(seed, dice):
    rows = clinic(seed, patients=24, donors=4, sd_donor=5.0)
    one, other = split(rows), split(dice.sample(rows, len(rows)))
    assert other.reml_criterion == one.reml_criterion
    assert (other.donor, other.patient, other.error) == (one.donor, one.patient, one.error)
    assert dict(zip(other.donors, other.effects, strict=True)) == dict(zip(one.donors, one.effects, strict=True))


@pytest.mark.parametrize(
    ("donors", "patients", "enough"), [(4, 16, True), (4, 15, False), (3, 60, False), (5, 16, False), (0, 0, False)]
)
def test_a_split_needs_four_donors_with_four_patients_each(donors, patients, enough):
    assert enough_donors({f"p{place}": f"d{place % donors}" for place in range(patients)}) is enough


def test_every_patient_needs_a_donor():
    with pytest.raises(MixedModelError) as refused:
        split(clinic(1), {"p0": "d0"})
    assert refused.value.code == "no_donor"
