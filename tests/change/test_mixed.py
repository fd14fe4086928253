"""The mixed model against the published answers of lme4 and against the definition of REML, written out densely."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.change import mixed
from outcomes.change.mixed_criterion import point_at, value_at
from outcomes.change.mixed_data import MixedModelError, reduce
from tests.change.making import REFERENCE
from tests.change.simulated_clinics import clinic

PUBLISHED = {
    "sleepstudy_lme4": ("sleepstudy.csv", "Subject", "Days", "Reaction", lambda time: time),
    "orthodont_lme4": ("orthodont.csv", "Subject", "age0", "distance", lambda time: time),
    "claus_hamd_lme4": ("claus_2020.csv", "id", "time", "hamd", lambda time: time - 1),
    "claus_hamd_prepost_lme4": ("claus_2020.csv", "id", "time", "hamd", lambda time: 1.0 * (time >= 2)),
}


@pytest.fixture(params=PUBLISHED)
def published(request):
    """The answers of lme4 on a published data set, and our fit."""
    if not REFERENCE.is_dir():
        pytest.skip(f"no reference data in {REFERENCE}")
    file, patient, time, score, moved = PUBLISHED[request.param]
    with (REFERENCE / file).open(newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row[score] not in ("", "NA")]
    times = moved(np.array([float(row[time]) for row in rows]))
    scores = np.array([float(row[score]) for row in rows])
    design = mixed.before_after(times) if "prepost" in request.param else mixed.slope(times)
    answer = json.loads((REFERENCE / f"{request.param}.json").read_text())
    return answer, mixed.fit([row[patient] for row in rows], scores, design)


def plain(name):
    try:
        return str(int(float(name)))
    except ValueError:
        return name


def by_patient(answer):
    found = {}
    for row in answer["ranef"]:
        numbers = [value for value in row.values() if not isinstance(value, str)]
        found[next(value for value in row.values() if isinstance(value, str))] = numbers
    return found


def test_it_agrees_with_lme4_on_published_data(published):
    answer, fit = published
    assert fit.converged
    assert fit.reml_criterion == pytest.approx(answer["REMLcrit"], rel=1e-9)
    assert fit.estimates == pytest.approx(list(answer["fixef"].values()), rel=1e-8)
    assert fit.standard_errors == pytest.approx(list(answer["se_fixef"].values()), rel=1e-6)
    assert fit.covariance == pytest.approx(np.array(answer["vcov_fixef"]), rel=1e-5)
    variance = fit.variance
    ours = [variance.intercept, variance.change, variance.covariance, variance.residual]
    assert ours == pytest.approx([row["vcov"] for row in answer["varcorr"]], rel=1e-5)


def test_it_never_lies_above_lme4(published):
    answer, fit = published
    assert fit.reml_criterion <= answer["REMLcrit"] + 1e-9


def test_it_flags_the_singular_fit(published):
    answer, fit = published
    assert fit.singular is answer["singular"]


def test_individual_effects_agree_with_lme4(published):
    answer, fit = published
    expected = by_patient(answer)
    assert len(expected) == len(fit.patients)
    for patient, effects in zip(fit.patients, fit.effects, strict=True):
        assert effects == pytest.approx(expected[plain(patient)], abs=1e-5)


def test_totals_are_fixed_plus_random(published):
    _, fit = published
    assert fit.totals == pytest.approx(fit.effects + fit.estimates, abs=1e-12)


# against the definition


def dense(names, scores, design, between, residual):
    """REML, its estimates and its predictions straight from V = ZGZ' + R, with matrices of full size."""
    patients = list(dict.fromkeys(names))
    n, p = design.fixed.shape
    z = np.zeros((n, 2 * len(patients)))
    for row, name in enumerate(names):
        place = patients.index(name)
        z[row, 2 * place : 2 * place + 2] = 1.0, design.change[row]
    g = np.kron(np.eye(len(patients)), between)
    v = z @ g @ z.T + residual * np.eye(n)
    inverse = np.linalg.inv(v)
    x = design.fixed
    information = x.T @ inverse @ x
    estimates = np.linalg.solve(information, x.T @ inverse @ scores)
    left = scores - x @ estimates
    criterion = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + left @ inverse @ left
    effects = g @ z.T @ inverse @ left
    whole = np.block([[x.T @ x, x.T @ z], [z.T @ x, z.T @ z + residual * np.linalg.pinv(g)]]) / residual
    return criterion + (n - p) * np.log(2 * np.pi), estimates, effects.reshape(-1, 2), np.linalg.inv(whole)


def columns(rows, baselines=1):
    names = [row.patient for row in rows]
    post = np.array([float(row.visit >= baselines) for row in rows])
    return names, np.array([row.score for row in rows]), post


DESIGNS = {
    "slope": lambda rows, _: mixed.slope(np.array([float(row.visit) for row in rows])),
    "before and after": lambda _, post: mixed.before_after(post),
    "with a covariate": lambda rows, post: mixed.before_after(post, {"age": np.array([float(r.age) for r in rows])}),
    "visit means": lambda rows, post: mixed.visit_means([f"v{row.visit}" for row in rows], post),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_criterion_estimates_and_prediction_errors_follow_from_the_definition(name):
    rows = clinic(4, patients=20, baselines=2, sd_change=9, noise=4)
    names, scores, post = columns(rows, 2)
    design = DESIGNS[name](rows, post)
    fit = mixed.fit(names, scores, design)
    assert not fit.singular
    one = fit.variance
    between = np.array([[one.intercept, one.covariance], [one.covariance, one.change]])
    criterion, estimates, effects, errors = dense(names, scores, design, between, one.residual)
    assert fit.reml_criterion == pytest.approx(criterion, rel=1e-10)
    assert fit.estimates == pytest.approx(estimates, rel=1e-7)
    assert fit.effects == pytest.approx(effects, abs=1e-7)
    p = design.fixed.shape[1]
    for place in range(len(fit.patients)):
        pick = np.zeros((2, len(errors)))
        pick[:, :p], pick[:, p + 2 * place : p + 2 * place + 2] = design.totals, np.eye(2)
        assert fit.totals_covariance[place] == pytest.approx(pick @ errors @ pick.T, rel=1e-6)


def test_no_covariance_nearby_is_better():
    rows = clinic(5, patients=16)
    names, scores, post = columns(rows)
    design = mixed.before_after(post)
    fit, dice = mixed.fit(names, scores, design), np.random.default_rng(1)
    one = fit.variance
    for _ in range(40):
        root = np.linalg.cholesky([[one.intercept, one.covariance], [one.covariance, one.change]])
        near = root + dice.normal(scale=0.3, size=(2, 2))
        other = dense(names, scores, design, near @ near.T, one.residual * np.exp(dice.normal(scale=0.1)))[0]
        assert other > fit.reml_criterion


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.05, 3), st.floats(-2, 2), st.floats(0, 3), st.integers(0, 50), st.sampled_from(["slope", "visit means"])
)
def test_gradient_and_hessian_are_exact(l11, l21, l22, seed, name):
    rows = clinic(seed, patients=8)
    names, scores, post = columns(rows)
    design = DESIGNS[name](rows, post)
    sums = reduce(names, design.fixed, design.change, scores)
    at = np.array([l11, l21, l22])
    point = point_at(sums, at)
    nudges = 1e-5 * np.eye(3)
    slope = [(value_at(sums, at + n) - value_at(sums, at - n)) / 2e-5 for n in nudges]
    curve = [(point_at(sums, at + n).gradient - point_at(sums, at - n).gradient) / 2e-5 for n in nudges]
    assert point.gradient == pytest.approx(slope, rel=1e-5, abs=1e-5)
    assert point.hessian == pytest.approx(np.array(curve), rel=1e-5, abs=1e-5)


# what must not matter

SEEDS = st.integers(0, 10_000)


def known(fit):
    """Everything a fit says, by patient."""
    order = np.argsort(fit.patients)
    one = fit.variance
    return np.concatenate(
        [
            [fit.reml_criterion, one.intercept, one.change, one.covariance, one.residual],
            fit.estimates,
            fit.covariance.ravel(),
            fit.totals[order].ravel(),
            fit.totals_covariance[order].ravel(),
        ]
    )


def any_clinic(seed):
    return clinic(seed, patients=5 + seed % 9, baselines=1 + seed % 3, sd_change=float(seed % 7), follow_ups=3)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_at_all(seed, dice):
    rows = any_clinic(seed)
    shuffled = dice.sample(rows, len(rows))
    design = lambda these: mixed.slope(np.array([float(row.visit) for row in these]))  # noqa: E731 (said twice)
    names, scores, _ = columns(rows)
    again, other, _ = columns(shuffled)
    first, second = mixed.fit(names, scores, design(rows)), mixed.fit(again, other, design(shuffled))
    assert known(first).tolist() == known(second).tolist()


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_names_of_patients_change_nothing_at_all(seed):
    names, scores, post = columns(any_clinic(seed))
    first = mixed.fit(names, scores, mixed.before_after(post))
    second = mixed.fit([f"{hash(name):x}" for name in names], scores, mixed.before_after(post))
    assert first.totals.tolist() == second.totals.tolist()
    assert first.reml_criterion == second.reml_criterion


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(-1e4, 1e4), st.floats(0.01, 100), st.sampled_from([1.0, -1.0]))
def test_scores_may_be_shifted_stretched_and_flipped(seed, shift, stretch, sign):
    names, scores, post = columns(any_clinic(seed))
    first = mixed.fit(names, scores, mixed.before_after(post))
    second = mixed.fit(names, shift + sign * stretch * scores, mixed.before_after(post))
    size = stretch * 60
    assert second.change == pytest.approx(sign * stretch * first.change, abs=1e-6 * size)
    assert second.change_errors == pytest.approx(stretch * first.change_errors, abs=1e-6 * size)
    assert second.totals[:, 0] == pytest.approx(shift + sign * stretch * first.totals[:, 0], abs=1e-6 * size)
    assert second.variance.change == pytest.approx(stretch**2 * first.variance.change, abs=1e-6 * size**2)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from([-2020.0, 7.0, 365.0]), st.sampled_from([1.0, 30.4, 1 / 365.25]))
def test_the_origin_and_unit_of_time_do_not_matter(seed, origin, unit):
    rows = any_clinic(seed)
    names, scores, _ = columns(rows)
    time = np.array([float(row.visit) for row in rows])
    first = mixed.fit(names, scores, mixed.slope(time))
    second = mixed.fit(names, scores, mixed.slope((time + origin) * unit))
    assert unit * second.change == pytest.approx(first.change, abs=1e-6)
    assert second.variance.residual == pytest.approx(first.variance.residual, rel=1e-6)
    assert second.singular is first.singular


# what it refuses, and where it falls back


@pytest.mark.parametrize(
    ("names", "post", "scores", "code"),
    [
        ("aabbcc", [0, 1] * 3, [1, 2, 3, 5, 4, 9], "change_not_separable"),
        ("aaabbb", [0, 0, 0, 1, 1, 1], [1, 2, 3, 5, 4, 9], "change_not_separable"),
        ("abcdef", [0, 1] * 3, [1, 2, 3, 5, 4, 9], "no_repeated_scores"),
        ("aaaaaa", [0, 1] * 3, [1, 2, 3, 5, 4, 9], "one_patient"),
        ("aaabbb", [0, 0, 0] * 2, [1, 2, 3, 5, 4, 9], "fixed_effects_not_separable"),
        ("aaabbb", [0, 1, 1] * 2, [4, 4, 4, 4, 4, 4], "no_variation"),
        ("aaabbb", [0, 1, 1] * 2, [1, 2, float("nan"), 5, 4, 9], "not_finite"),
        ("ab", [0, 1], [1, 2], "too_few_scores"),
    ],
)
def test_it_refuses_what_cannot_carry_the_model(names, post, scores, code):
    with pytest.raises(MixedModelError) as refused:
        mixed.fit(list(names), np.array(scores, float), mixed.before_after(np.array(post, float)))
    assert refused.value.code == code


def test_a_level_without_error_is_refused_as_well():
    names, scores = list("aaab"), np.array([1.0, 2, 3, 7])
    with pytest.raises(MixedModelError) as refused:
        mixed.fit(names, scores, mixed.slope(np.array([0.0, 1, 2, 0])), random_change=False)
    assert refused.value.code == "level_not_separable"


def test_equal_rows_of_two_patients_may_change_places():
    rows = [row._replace(score=round(row.score / 5) * 5.0) for row in clinic(324, patients=10)]
    names, scores, post = columns(rows)
    first = mixed.fit(names, scores, mixed.before_after(post))
    second = mixed.fit(names[::-1], scores[::-1], mixed.before_after(post[::-1]))
    assert known(first).tolist() == known(second).tolist()


def test_two_scores_a_person_carry_a_random_intercept():
    names, scores, post = list("aabbccdd"), np.array([1.0, 2, 3, 5, 4, 9, 6, 6]), np.tile([0.0, 1.0], 4)
    fit = mixed.fit(names, scores, mixed.before_after(post), random_change=False)
    change = scores[1::2] - scores[::2]
    assert fit.estimates[1] == pytest.approx(change.mean())
    assert fit.standard_errors[1] == pytest.approx(change.std(ddof=1) / 2)
    assert fit.variance.change == 0.0


@pytest.mark.parametrize(
    ("patients", "sd_change", "reason"),
    [(19, 6, mixed.Withheld.FEW_PATIENTS), (40, 0, mixed.Withheld.SINGULAR), (40, 6, None)],
)
def test_screens_fall_back_to_a_random_intercept(patients, sd_change, reason):
    names, scores, post = columns(clinic(12, patients=patients, sd_change=sd_change, baselines=2), 2)
    design = mixed.before_after(post)
    full = mixed.fit(names, scores, design)
    shown = mixed.on_screen(full, design)
    assert shown.withheld is reason
    assert shown.fit.random_change is (reason is None)
    assert shown.fit is full if reason is None else shown.fit.variance.change == 0.0


def test_visit_means_compare_the_visits_after_with_those_before():
    rows = clinic(8, patients=30, baselines=2, lost=0)
    names, scores, post = columns(rows, 2)
    fit = mixed.fit(names, scores, mixed.visit_means([f"v{row.visit}" for row in rows], post))
    means = [np.mean([row.score for row in rows if row.visit == visit]) for visit in range(6)]
    assert fit.estimates == pytest.approx(means)
    assert fit.change.mean() == pytest.approx(np.mean(means[2:]) - np.mean(means[:2]))


def test_visit_means_need_both_sides():
    with pytest.raises(MixedModelError):
        mixed.visit_means(["a", "b"], np.ones(2))
