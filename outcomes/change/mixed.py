"""A mixed model by restricted maximum likelihood: how a cohort changed, and how differently its people did.

Every person has an own level and an own change around the cohort's. The model estimates how far people truly differ,
as against how far their scores wander, and from that the best estimate of each person's change with its error.

References:
    Laird NM, Ware JH (1982), Biometrics 38:963, doi:10.2307/2529876.
    Robinson GK (1991), Stat Sci 6:15, doi:10.1214/ss/1177011926 (individual effects and their prediction error).
    Bates D et al. (2015), J Stat Softw 67(1), doi:10.18637/jss.v067.i01.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from outcomes.change.mixed_criterion import Normal, criterion, point_at, scores_left, solve, weights
from outcomes.change.mixed_data import NOTHING, Array, MixedModelError, Sums, reduce
from outcomes.change.mixed_search import on_edge, search

ENOUGH_PATIENTS = 20  # below, screens show no individual estimates


class ModelKind(StrEnum):
    """What the random change is a change of."""

    SLOPE = "slope"
    PRE_POST = "pre-post"
    VISITS = "visits"


class Withheld(StrEnum):
    """Why a screen falls back to a random intercept and shows no individual estimates."""

    SINGULAR = "model_singular"
    FEW_PATIENTS = "fewer_than_20_patients"
    NOT_CONVERGED = "model_not_converged"


@dataclass(frozen=True, slots=True)
class Design:
    """The columns of a model.

    `fixed` has one row per score; `change` is the column whose effect differs between people; `totals` says how the
    cohort's part of a person's level (first row) and change (second row) is made from the fixed effects.
    """

    kind: ModelKind
    names: tuple[str, ...]
    fixed: Array
    change: Array
    totals: Array


@dataclass(frozen=True, slots=True)
class Variance:
    """The covariance of level and change between people, and the variance left within them."""

    intercept: float
    change: float
    covariance: float
    residual: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model. Rows of the individual arrays follow `patients`, in order of first appearance."""

    kind: ModelKind
    patients: tuple[str, ...]
    converged: bool
    singular: bool
    reml_criterion: float
    names: tuple[str, ...]
    estimates: Array
    covariance: Array  # of the estimates
    variance: Variance
    effects: Array  # n x 2: a person's own deviation in level and change (BLUP)
    effects_covariance: Array  # n x 2 x 2: conditional on the data, fixed effects held (lme4's condVar)
    totals: Array  # n x 2: fixed + random
    totals_covariance: Array  # n x 2 x 2: of the prediction error
    sums: Sums
    factor: Array  # relative Cholesky factor in the basis of the search
    random_change: bool
    contrasts: Array

    @property
    def standard_errors(self) -> Array:
        """Standard errors of the fixed effects."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), np.float64)

    @property
    def change(self) -> Array:
        """Every person's change: fixed + random."""
        return self.totals[:, 1]

    @property
    def change_errors(self) -> Array:
        """Prediction error (SD) of every person's change."""
        return np.asarray(np.sqrt(self.totals_covariance[:, 1, 1]), np.float64)


def _columns(first: Mapping[str, Array], covariates: Mapping[str, Array] | None) -> tuple[tuple[str, ...], Array]:
    columns = {**first, **(covariates or {})}
    return tuple(columns), np.column_stack([np.asarray(column, np.float64) for column in columns.values()])


def slope(time: Array, covariates: Mapping[str, Array] | None = None) -> Design:
    """Return a design that is linear in time: level at time 0 and change per unit of time."""
    names, fixed = _columns({"intercept": np.ones_like(time), "change": time}, covariates)
    return Design(ModelKind.SLOPE, names, fixed, time, np.eye(2, fixed.shape[1]))


def before_after(post: Array, covariates: Mapping[str, Array] | None = None) -> Design:
    """Return a design with one level before and another after; `post` is 0 before and 1 after."""
    names, fixed = _columns({"intercept": np.ones_like(post), "change": post}, covariates)
    return Design(ModelKind.PRE_POST, names, fixed, post, np.eye(2, fixed.shape[1]))


def visit_means(visit: Sequence[str], post: Array, covariates: Mapping[str, Array] | None = None) -> Design:
    """Return a design with a mean for every visit and a change that differs between people.

    A person's change is the mean of the visits after (each weighing the same) less the mean of those before, plus
    the person's own deviation.

    Raises:
        MixedModelError: when all visits are before, or all after.
    """
    labels = list(dict.fromkeys(visit))
    chosen = np.array([labels.index(label) for label in visit])
    first = {label: (chosen == place).astype(np.float64) for place, label in enumerate(labels)}
    after = np.array([post[chosen == place].max() for place in range(len(labels))]) > 0
    if after.all() or not after.any():
        raise MixedModelError("no_before_and_after", "there must be visits both before and after")
    names, fixed = _columns(first, covariates)
    totals = np.zeros((2, fixed.shape[1]))
    totals[0, : len(labels)] = ~after / (~after).sum()
    totals[1, : len(labels)] = after / after.sum() - totals[0, : len(labels)]
    return Design(ModelKind.VISITS, names, fixed, post, totals)


def fit(patients: Sequence[str], scores: Array, design: Design, *, random_change: bool = True) -> Fit:
    """Fit score ~ fixed effects + (1 + change | patient) by restricted maximum likelihood.

    Parameters:
        patients: the patient of each score.
        scores: the scores, in any order.
        design: `slope(...)`, `before_after(...)` or `visit_means(...)`.
        random_change: False keeps only the random intercept.

    Returns:
        The fit, with every person's total (fixed + random) level and change and their prediction errors.

    Raises:
        MixedModelError: `not_finite`, `too_few_scores`, `fixed_effects_not_separable`, `no_variation`,
            `one_patient`, `no_repeated_scores`, `change_not_separable` (nothing is left to tell change from error)
            or `level_not_separable` (the same of the level).

    References:
        Laird & Ware (1982), doi:10.2307/2529876; Robinson (1991), doi:10.1214/ss/1177011926.

    Example:
        >>> patients = [name for name in "abcdef" for _ in range(3)]
        >>> scores = np.array([30, 22, 20, 28, 27, 29, 33, 20, 24, 31, 30, 26, 29, 20, 17, 30, 24, 27.0])
        >>> found = fit(patients, scores, before_after(np.tile([0.0, 1.0, 1.0], 6)))
        >>> round(float(found.estimates[1]), 6)
        -6.333333
    """
    scores = np.asarray(scores, np.float64)
    if not (np.isfinite(scores).all() and np.isfinite(design.fixed).all()):
        raise MixedModelError("not_finite", "scores, times and covariates must be finite numbers")
    sums = reduce(patients, design.fixed, np.asarray(design.change, np.float64), scores)
    _refuse_unseparable(sums, random_change=random_change)
    return fit_sums(sums, design, random_change=random_change)


def _refuse_unseparable(sums: Sums, *, random_change: bool) -> None:
    """Refuse data in which the random effects explain every score whatever their size."""
    if len(sums.patients) < 2:  # noqa: PLR2004 (one person does not vary)
        raise MixedModelError("one_patient", "there is only one patient")
    if sums.rows == len(sums.patients):
        raise MixedModelError("no_repeated_scores", "no patient has more than one score")
    seen_changing = bool((sums.determinant > 0).any())
    if random_change and not (seen_changing and _unexplained(sums, sums.rest) > NOTHING):
        raise MixedModelError("change_not_separable", "change cannot be told from error: too few scores per patient")
    within = sums.slope * (sums.determinant / sums.s11)[:, None]
    if _unexplained(sums, sums.rest + sums.slope.T @ within) <= NOTHING:
        raise MixedModelError("level_not_separable", "the level cannot be told from error: scores follow without error")


def _unexplained(sums: Sums, within: Array) -> float:
    """Return what the fixed effects leave of the scores within patients, as a share of the residual variance."""
    p = sums.fixed
    explained = within[p, :p] @ np.linalg.pinv(within[:p, :p], rcond=NOTHING, hermitian=True) @ within[:p, p]
    return float(within[p, p] - explained) / sums.rows


def fit_sums(sums: Sums, design: Design, *, random_change: bool) -> Fit:
    """Fit the model to sums made before."""
    free = np.array([True, random_change, random_change])
    found = search(lambda factor: point_at(sums, factor), free)
    weight = weights(sums, found.factor)
    normal = solve(sums, weight)
    individual = individuals(sums, design.totals, found.factor, normal)
    root = np.linalg.solve(sums.frame.triangle, normal.root) * sums.frame.score_scale
    residual = float(normal.squares) / sums.degrees
    between = covariance_between(sums, found.factor) * residual
    estimates = np.linalg.solve(sums.frame.triangle, normal.fixed) * sums.frame.score_scale + sums.frame.least_squares
    return Fit(
        kind=design.kind,
        patients=sums.patients,
        converged=found.converged,
        singular=on_edge(found.factor, free),
        reml_criterion=in_units_of_data(sums, float(criterion(sums, weight, normal))),
        names=design.names,
        estimates=estimates,
        covariance=residual * root @ root.T,
        variance=Variance(
            float(between[0, 0]),
            float(between[1, 1]),
            float(between[0, 1]),
            residual * sums.frame.score_scale**2,
        ),
        effects=individual.effects,
        effects_covariance=residual * individual.effects_covariance,
        totals=individual.effects + design.totals @ estimates,
        totals_covariance=residual * individual.totals_covariance,
        sums=sums,
        factor=found.factor,
        random_change=random_change,
        contrasts=design.totals,
    )


def in_units_of_data(sums: Sums, value: float) -> float:
    """Translate a criterion of the search into the units of the data."""
    frame = sums.frame
    rescaled = 2 * sums.degrees * np.log(frame.score_scale) + 2 * np.log(np.abs(np.diag(frame.triangle))).sum()
    return float(value + rescaled)


def covariance_between(sums: Sums, factor: Array) -> Array:
    """Return the relative covariance of level and change in the units of the data."""
    root = sums.frame.score_scale * sums.frame.basis @ np.array([[factor[0], 0.0], [factor[1], factor[2]]])
    return np.asarray(root @ root.T, np.float64)


@dataclass(frozen=True, slots=True)
class Individuals:
    """Individual effects in the units of the data, variances relative to the residual variance."""

    effects: Array
    effects_covariance: Array
    totals_covariance: Array


def individuals(sums: Sums, contrasts: Array, factor: Array, normal: Normal) -> Individuals:
    """Predict every patient's effects, with their conditional and their prediction-error covariance.

    The error of fixed + random is that of the random effects given the data, plus what the uncertainty of the fixed
    effects adds: (C - GZ'V^-1 X) (X'V^-1 X)^-1 (...)'.
    """
    root = sums.frame.score_scale * sums.frame.basis
    half = root @ np.array([[factor[0], 0.0], [factor[1], factor[2]]])
    between = half @ np.array([[factor[0], factor[1]], [0.0, factor[2]]])  # (basis) G, towards the data's units
    left = np.stack(scores_left(sums, normal), axis=1)[sums.place]
    p = sums.fixed
    pull = np.stack([normal.weighted_level[:, :p], normal.weighted_slope[:, :p]], axis=1)[sums.place] @ normal.root
    own = (contrasts @ np.linalg.solve(sums.frame.triangle, normal.root)) * sums.frame.score_scale
    gap = own - between @ pull
    inner = _conditional(sums, factor)[sums.place]
    conditional = root @ inner @ root.T
    return Individuals(left @ between.T, conditional, conditional + gap @ np.swapaxes(gap, -1, -2))


def _conditional(sums: Sums, factor: Array) -> Array:
    """Return (G^-1 + S)^-1 of every patient as L (I + L'SL)^-1 L', which no zero on the diagonal can upset."""
    lower = np.array([[factor[0], 0.0], [factor[1], factor[2]]])
    own = np.stack([sums.s11, sums.s12, sums.s12, sums.s22], axis=-1).reshape(-1, 2, 2)
    inside = lower.T @ own @ lower + np.eye(2)
    return np.asarray(lower @ np.linalg.inv(inside) @ lower.T, np.float64)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen may show of a model: the fit, and why it is not the full one."""

    fit: Fit
    withheld: Withheld | None


def on_screen(full: Fit, design: Design) -> Shown:
    """Return the full model where it can be trusted, else the one with a random intercept alone.

    With a reason to withhold, individual estimates stay hidden as well.
    """
    reason = withheld(full)
    return Shown(full if reason is None else fit_sums(full.sums, design, random_change=False), reason)


def withheld(full: Fit) -> Withheld | None:
    """Say why individual estimates of this fit are not for screens, if so."""
    if len(full.patients) < ENOUGH_PATIENTS:
        return Withheld.FEW_PATIENTS
    if not full.converged:
        return Withheld.NOT_CONVERGED
    return Withheld.SINGULAR if full.singular else None
