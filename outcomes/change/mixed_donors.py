"""How much of the spread of change goes with the donor, how much with the patient, how much is error.

The model is score ~ fixed + (1 + change | patient) + (0 + change | donor). A patient's donor multiplies that
patient's own change column, so a donor adds one number per donor to the sums the patients already gave.

References:
    Bates D et al. (2015), J Stat Softw 67(1), doi:10.18637/jss.v067.i01.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outcomes.change.mixed import Design, covariance_between, in_units_of_data
from outcomes.change.mixed_criterion import LOG_TAU, Point, weights
from outcomes.change.mixed_data import Array, MixedModelError, Places, Sums, group, reduce
from outcomes.change.mixed_search import ON_EDGE, descend

STARTS = ((1.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.3, 2.0))
ALL_FREE = np.array([True, True, True, True])
NUDGE = 1e-5  # for the Hessian, from differences of the exact gradient
FEWEST_DONORS = 4
FEWEST_PATIENTS = 4  # of each of those donors


@dataclass(frozen=True, slots=True)
class DonorSplit:
    """Variance of change between donors, between patients of one donor, and of the scores within a patient."""

    donor: float
    patient: float
    error: float
    intercept: float
    covariance: float
    reml_criterion: float
    estimates: Array
    standard_errors: Array
    donors: tuple[str, ...]
    effects: Array  # each donor's deviation from the mean change (BLUP)
    singular: bool
    converged: bool


def enough_donors(donor_of: Mapping[str, str]) -> bool:
    """Tell whether the donors on record can carry a split: at least four with at least four patients each."""
    counts: dict[str, int] = {}
    for donor in donor_of.values():
        counts[donor] = counts.get(donor, 0) + 1
    return sum(count >= FEWEST_PATIENTS for count in counts.values()) >= FEWEST_DONORS


@dataclass(frozen=True, slots=True)
class _Nested:
    """Per-patient sums with each patient's donor, both in canonical order."""

    sums: Sums
    donor: Places
    donors: int
    unit: Array  # the change column of the data in the basis of the search, relative to the scores' scale

    def total(self, values: Array) -> Array:
        """Add up over the patients of each donor."""
        out = np.zeros((self.donors, *values.shape[1:]))
        np.add.at(out, self.donor, values)
        return out


@dataclass(frozen=True, slots=True)
class _State:
    """Everything at one covariance: the criterion, its gradient and the solution."""

    value: float
    gradient: Array
    root: Array
    fixed: Array
    squares: float
    effects: Array


def donor_split(patients: Sequence[str], scores: Array, design: Design, donor_of: Mapping[str, str]) -> DonorSplit:
    """Split the variance of change between donor, patient and error.

    Parameters:
        patients: the patient of each score.
        scores: the scores.
        design: the model's columns.
        donor_of: every patient's one donor.

    Returns:
        The variances in squared score units, and every donor's estimated deviation.

    Raises:
        MixedModelError: `no_donor` for a patient without one, or as `mixed.fit`.

    References:
        Bates et al. (2015), doi:10.18637/jss.v067.i01.

    Example:
        >>> from outcomes.change.mixed import before_after
        >>> scores = np.array([30, 22, 20, 28, 18, 19, 33, 30, 34, 31, 30, 26, 29, 20, 17, 30, 31, 27.0])
        >>> patients = [name for name in "abcdef" for _ in range(3)]
        >>> of = dict(zip("abcdef", "xxyyxy", strict=True))
        >>> found = donor_split(patients, scores, before_after(np.tile([0.0, 1.0, 1.0], 6)), of)
        >>> found.donors, bool(found.effects[0] < found.effects[1])
        (('x', 'y'), True)
    """
    missing = [patient for patient in patients if patient not in donor_of]
    if missing:
        raise MixedModelError("no_donor", f"{len(set(missing))} patients have no donor on record")
    nested, names = _nest(reduce(patients, design.fixed, design.change, np.asarray(scores, np.float64)), donor_of)
    runs = [descend(lambda theta: _point(nested, theta), np.array(start), ALL_FREE) for start in STARTS]
    found = min(runs, key=lambda run: run.point.value)
    return _report(nested, names, found.factor, converged=found.converged)


def _nest(sums: Sums, donor_of: Mapping[str, str]) -> tuple[_Nested, tuple[str, ...]]:
    """Number the donors in the canonical order of their patients, and put them beside the patients' sums."""
    in_order = [""] * len(sums.patients)
    for patient, place in zip(sums.patients, sums.place, strict=True):
        in_order[place] = donor_of[patient]
    names, codes = group(in_order)
    unit = np.linalg.solve(sums.frame.basis, np.array([0.0, 1.0]))
    return _Nested(sums, codes, len(names), unit / np.linalg.norm(unit)), names


def _report(nested: _Nested, names: tuple[str, ...], theta: Array, *, converged: bool) -> DonorSplit:
    """Translate the solution into the units of the data."""
    sums, frame, state = nested.sums, nested.sums.frame, _state(nested, theta)
    residual = state.squares / sums.degrees
    between = covariance_between(sums, theta[:3]) * residual
    scale = frame.score_scale / float(np.linalg.norm(np.linalg.solve(frame.basis, np.array([0.0, 1.0]))))
    root = np.linalg.solve(frame.triangle, state.root) * frame.score_scale
    return DonorSplit(
        donor=float(theta[3] ** 2 * residual * scale**2),
        patient=float(between[1, 1]),
        error=residual * frame.score_scale**2,
        intercept=float(between[0, 0]),
        covariance=float(between[0, 1]),
        reml_criterion=in_units_of_data(sums, state.value),
        estimates=np.linalg.solve(frame.triangle, state.fixed) * frame.score_scale + frame.least_squares,
        standard_errors=np.sqrt(residual * (root * root).sum(axis=1)),
        donors=names,
        effects=state.effects * scale,
        singular=bool(np.any(np.abs(theta[[0, 2, 3]]) < ON_EDGE)),
        converged=converged,
    )


def _point(nested: _Nested, theta: Array) -> Point:
    """Return criterion, exact gradient, and a Hessian from differences of the gradient."""
    state = _state(nested, theta)
    nudges = NUDGE * np.eye(len(theta))
    rows = [(_state(nested, theta + n).gradient - _state(nested, theta - n).gradient) / (2 * NUDGE) for n in nudges]
    curve = np.array(rows)
    return Point(state.value, state.gradient, (curve + curve.T) / 2)


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Z'V0^-1 of everything, patients alone; and its sums over the patients of each donor."""

    w: Array
    reach: Array  # Z'V0^-1 z, z being the change column that a donor moves
    both: Array  # Z'V0^-1 [X y]
    strength: Array  # z'V0^-1 z of each donor
    moment: Array  # z'V0^-1 [X y] of each donor
    log_determinant: float


def _weigh(nested: _Nested, factor: Array) -> _Weighted:
    """Weigh patients as if donors made no difference."""
    sums, unit = nested.sums, nested.unit
    weight = weights(sums, factor)
    w = np.stack([np.stack([weight.w11, weight.w12], 1), np.stack([weight.w12, weight.w22], 1)], 1)
    both = w @ np.stack([sums.level, sums.slope], axis=1)
    reach = w @ unit
    moment = nested.total(np.einsum("a,nai->ni", unit, both))
    return _Weighted(w, reach, both, nested.total(reach @ unit), moment, float(weight.log_determinant))


def _state(nested: _Nested, theta: Array) -> _State:
    """Evaluate the criterion and its exact gradient at (l11, l21, l22, donor SD)."""
    sums, p, m = nested.sums, nested.sums.fixed, nested.sums.degrees
    base, variance = _weigh(nested, theta[:3]), theta[3] ** 2
    share = 1 / (1 + variance * base.strength)  # what donors leave of each donor's own weight
    taken = (variance * share)[:, None] * base.moment
    cross = sums.rest + sums.level.T @ base.both[:, 0] + sums.slope.T @ base.both[:, 1] - base.moment.T @ taken
    root = np.linalg.inv(np.linalg.cholesky(cross[:p, :p])).T
    target = root.T @ cross[:p, p]
    fixed, squares = root @ target, float(cross[p, p] - target @ target)
    value = base.log_determinant - np.log(share).sum() - 2 * np.log(np.diag(root)).sum()
    value += m * (1 + LOG_TAU + np.log(squares / m))
    contrast = np.append(-fixed, 1.0)
    both = base.both - base.reach[:, :, None] * taken[nested.donor][:, None, :]
    left, inner = both @ contrast, both[:, :, :p] @ root
    matrix = base.w.sum(axis=0) - np.einsum("na,nb,n->ab", base.reach, base.reach, (variance * share)[nested.donor])
    matrix -= np.einsum("nai,nbi->ab", inner, inner) + m / squares * left.T @ left
    slope = 2 * matrix @ np.array([[theta[0], 0.0], [theta[1], theta[2]]])
    kept = share[:, None] * base.moment
    residue = kept @ contrast
    pull = (base.strength * share).sum() - ((kept[:, :p] @ root) ** 2).sum() - m / squares * residue @ residue
    gradient = np.array([slope[0, 0], slope[1, 0], slope[1, 1], 2 * theta[3] * pull])
    return _State(float(value), gradient, root, fixed, squares, variance * residue)
