"""What a mixed model needs to know of the data: one small set of sums for each patient.

A model with a random intercept and a random change sees a patient's scores only through their projection on the
plane of (1, change) and through what is left over. Both are reduced here once, so that a search over covariances
costs a few vector operations over patients, however many scores there are.

Rows and patients are put in an order that their content alone decides. Sums are therefore the same to the last bit
whatever the order of the rows or the names of the patients.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]

NOTHING = 1e-10  # below this share of a column's own size, what is left of it is rounding


class MixedModelError(ValueError):
    """The data cannot carry the model that was asked for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Frame:
    """How the numbers of the search translate back into the units of the data."""

    triangle: Array  # X = QR: R
    least_squares: Array  # ordinary least-squares estimate of the fixed effects
    score_scale: float  # residual SD of that estimate; scores are divided by it
    basis: Array  # random effects of the data = basis @ random effects of the search, times score_scale


@dataclass(frozen=True, slots=True)
class Sums:
    """Per-patient sums, patients in canonical order. The last column of `level` and `slope` belongs to the scores."""

    rows: int
    fixed: int
    s11: Array  # Z'Z of every patient, Z = (1, change)
    s12: Array
    s22: Array
    determinant: Array
    level: Array  # coefficients of [X y] on Z, patient by patient: n x (p + 1)
    slope: Array
    rest: Array  # cross-products of what Z leaves of [X y], all patients together: (p + 1) x (p + 1)
    frame: Frame
    patients: tuple[str, ...]  # in order of first appearance
    place: Places  # canonical position of each of `patients`

    @property
    def degrees(self) -> int:
        """Rows less fixed effects."""
        return self.rows - self.fixed


def group(names: Sequence[str]) -> tuple[tuple[str, ...], Places]:
    """Number the names in order of first appearance."""
    seen: dict[str, int] = {}
    codes = np.fromiter((seen.setdefault(name, len(seen)) for name in names), np.intp, len(names))
    return tuple(seen), codes


def canonical_order(columns: Array) -> Places:
    """Return the order of rows that their content alone decides."""
    return np.lexsort(columns.T[::-1])


def _first_equal(ordered: Array) -> Places:
    """Return for every row the first row equal to it: matrix products may differ in their last bit between the two."""
    new = np.ones(len(ordered), np.bool_)
    new[1:] = np.any(ordered[1:] != ordered[:-1], axis=1)
    return np.asarray(np.flatnonzero(new)[np.cumsum(new) - 1], np.intp)


def _frame(fixed: Array, change: Array, score: Array) -> tuple[Frame, Array, Array, Array]:
    """Return the frame, and the fixed columns, change and scores as the search sees them."""
    orthogonal, triangle = np.linalg.qr(fixed)
    if np.any(np.abs(np.diag(triangle)) <= NOTHING * np.linalg.norm(fixed, axis=0)):
        raise MixedModelError("fixed_effects_not_separable", "the fixed effects cannot be told apart in these data")
    part = orthogonal.T @ score
    left = score - orthogonal @ part
    left -= orthogonal @ (orthogonal.T @ left)
    scale = float(np.sqrt(left @ left / max(len(score) - fixed.shape[1], 1)))
    if scale <= NOTHING * float(np.abs(score).max()):
        raise MixedModelError("no_variation", "the scores do not vary beyond the fixed effects")
    centre = float(change.mean())
    width = float(np.sqrt(np.mean((change - centre) ** 2))) or 1.0
    basis = np.array([[1.0, -centre / width], [0.0, 1.0 / width]])
    frame = Frame(triangle, np.linalg.solve(triangle, part), scale, basis)
    return frame, orthogonal, (change - centre) / width, left / scale


def reduce(patients: Sequence[str], fixed: Array, change: Array, score: Array) -> Sums:
    """Reduce rows to per-patient sums.

    Parameters:
        patients: the patient of each row.
        fixed: the columns of the fixed effects, one row per score.
        change: the column that carries the random change (time, or 0 before and 1 after).
        score: the scores.

    Raises:
        MixedModelError: with fewer rows than fixed effects need, or fixed effects that cannot be told apart.
    """
    if len(score) <= fixed.shape[1]:
        raise MixedModelError("too_few_scores", "there are no more scores than fixed effects")
    names, codes = group(patients)
    given = np.column_stack([change, fixed, score])
    order = canonical_order(given)
    frame, columns, moved, left = _frame(fixed[order], change[order], score[order])
    by_patient = np.argsort(codes[order], kind="stable")
    table = np.column_stack([columns, left])[_first_equal(given[order])][by_patient]
    return _project(names, table, moved[by_patient], codes[order][by_patient], frame)


def _project(names: tuple[str, ...], table: Array, change: Array, codes: Places, frame: Frame) -> Sums:
    """Project every patient's rows on (1, change), patients in canonical order."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    count = np.diff(starts, append=len(codes)).astype(np.float64)
    mean_change = np.add.reduceat(change, starts) / count
    mean = np.add.reduceat(table, starts) / count[:, None]
    away = change - mean_change[codes]
    spread = np.add.reduceat(away * away, starts)
    spread[spread <= NOTHING**2 * count * (1 + mean_change**2)] = 0.0
    moment = np.add.reduceat(away[:, None] * table, starts)
    slope = np.divide(moment, spread[:, None], out=np.zeros_like(moment), where=spread[:, None] > 0)
    left = table - mean[codes] - away[:, None] * slope[codes]
    rest = np.add.reduceat((left[:, :, None] * left[:, None, :]).reshape(len(left), -1), starts)
    key = np.column_stack([count, mean_change, spread, mean, slope, rest])
    order = canonical_order(key)
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    count, mean_change, spread, slope = count[order], mean_change[order], spread[order], slope[order]
    return Sums(
        rows=len(codes),
        fixed=table.shape[1] - 1,
        s11=count,
        s12=count * mean_change,
        s22=spread + count * mean_change**2,
        determinant=count * spread,
        level=mean[order] - slope * mean_change[:, None],
        slope=slope,
        rest=rest[order].sum(axis=0).reshape(table.shape[1], table.shape[1]),
        frame=frame,
        patients=names,
        place=place,
    )
