"""A cohort's scores as columns, and everybody's change at one visit in a few vector operations.

The rules are those of `outcomes.change.individual`; a test holds the two against each other on random cohorts.
Imported only where a cohort is computed, for it brings numpy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outcomes.change.individual import (
    PEOPLE_FOR_OWN_ERROR,
    TOLERANCE,
    ErrorInForce,
    OwnError,
    Reading,
    Reason,
    Z,
    smallest_step,
    verdict_of,
)
from outcomes.change.windows import BASELINE_WINDOW, TimePoint, place
from outcomes.instruments.definition import Scale, Threshold
from outcomes.terms import Absence, Better, Ending, ErrorKind, Verdict

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

VERDICTS = tuple(Verdict)
REASONS = tuple(Reason)
MISSING = "missing"
CLASSES = (*(verdict.value for verdict in VERDICTS), MISSING)
ABSENCES = tuple(Absence)
ENDINGS = tuple(Ending)
FOREVER = np.iinfo(np.int64).max
NOTHING = -1


class Person(NamedTuple):
    """Somebody in the cohort, with or without scores.

    `observed` is how many days have passed since day 0; None when every visit has come round. `ended_day` is the day
    of death, withdrawal or loss, counted from day 0.
    """

    key: str
    observed: int | None = None
    ending: Ending | None = None
    ended_day: int | None = None


class ScoreRow(NamedTuple):
    """One score of one scale, as a query gives it."""

    patient: str
    day: int
    value: float | None
    standard_error: float | None = None
    qualifying: bool = False
    absence: Absence | None = None


class UnknownPersonError(ValueError):
    """A score belongs to nobody in the cohort."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The scores of one scale, in the order of person, day and value, and the people they belong to.

    `patient` is a place in `keys`. A missing value or error is not a number, a code of nothing is -1.
    """

    keys: tuple[str, ...]
    observed: Whole
    ending: Codes
    ended_day: Whole
    patient: Whole
    day: Whole
    value: Numbers
    standard_error: Numbers
    qualifying: Flags
    absence: Codes

    @property
    def people(self) -> int:
        """How many people the cohort has."""
        return len(self.keys)

    def readings(self, person: int) -> tuple[Reading, ...]:
        """Give one person's scores, earliest first."""
        rows = np.flatnonzero(self.patient == person)
        return tuple(self._reading(row) for row in rows)

    def _reading(self, row: np.intp) -> Reading:
        value, error, absence = self.value[row], self.standard_error[row], self.absence[row]
        return Reading(
            int(self.day[row]),
            None if np.isnan(value) else float(value),
            None if np.isnan(error) else float(error),
            bool(self.qualifying[row]),
            None if absence == NOTHING else ABSENCES[absence],
        )

    def only(self, kept: Flags) -> "Columns":
        """Keep some of the people, in their order, with their scores."""
        rows = kept[self.patient]
        place_of = np.cumsum(kept) - 1
        return Columns(
            tuple(key for key, keep in zip(self.keys, kept, strict=True) if keep),
            self.observed[kept],
            self.ending[kept],
            self.ended_day[kept],
            place_of[self.patient[rows]],
            self.day[rows],
            self.value[rows],
            self.standard_error[rows],
            self.qualifying[rows],
            self.absence[rows],
        )


def columns(people: Iterable[Person], rows: Iterable[Sequence[Any]]) -> Columns:
    """Turn plain rows into columns.

    Parameters:
        people: everybody in the cohort, also who has no score.
        rows: the scores of one scale in any order, each with the fields of `ScoreRow`.

    Returns:
        The columns; the order of the rows leaves no trace.

    Raises:
        UnknownPersonError: a score belongs to nobody among the people, or a person is named twice.

    Example:
        >>> both = columns([Person("A"), Person("B")], [("A", -2, 26.0), ("A", 91, 18.0)])
        >>> both.people, both.value.tolist()
        (2, [26.0, 18.0])
    """
    known = list(people)
    places = {person.key: index for index, person in enumerate(known)}
    if len(places) != len(known):
        raise UnknownPersonError("two people of the cohort have the same key")
    full = [row if len(row) == len(_EMPTY) else (*row, *_EMPTY[len(row) :]) for row in rows]
    try:
        patient = np.fromiter((places[row[0]] for row in full), np.int64, len(full))
    except KeyError as unknown:
        raise UnknownPersonError("a score belongs to nobody in the cohort") from unknown
    day, value = np.array([row[1] for row in full], dtype=np.int64), _finite([row[2] for row in full])
    error, absence = _finite([row[3] for row in full]), _codes(ABSENCES, [row[5] for row in full])
    order = _order(patient, day, value, error, absence)
    return Columns(
        tuple(places),
        np.array([FOREVER if each.observed is None else each.observed for each in known], dtype=np.int64),
        _codes(ENDINGS, [each.ending for each in known]),
        np.array([FOREVER if each.ended_day is None else each.ended_day for each in known], dtype=np.int64),
        patient[order],
        day[order],
        value[order],
        error[order],
        np.array([row[4] for row in full], dtype=np.bool_)[order],
        absence[order],
    )


_EMPTY = ("", 0, None, None, False, None)
_DAYS = 2**32


def _order(patient: Whole, day: Whole, value: Numbers, error: Numbers, absence: Codes) -> Whole:
    """Order the rows by person and day, and by everything else where a person has two scores on one day."""
    both = patient * _DAYS + day
    order = np.argsort(both, kind="stable")
    ranked = both[order]
    if (ranked[1:] != ranked[:-1]).all():
        return order
    return np.lexsort((absence, absence == NOTHING, error, value, day, patient))


def _finite(values: Sequence[float | None]) -> Numbers:
    """Make a column of numbers in which everything else is not a number."""
    if not any(value is not None for value in values):
        return np.full(len(values), np.nan)
    column = np.array(values, dtype=np.float64)
    column[~np.isfinite(column)] = np.nan
    return column


def _codes(names: Sequence[str], values: Sequence[str | None]) -> Codes:
    """Make a column of places in a list of names."""
    codes: dict[str | None, int] = {None: NOTHING, **{name: code for code, name in enumerate(names)}}
    return np.fromiter((codes[value] for value in values), np.int8, len(values))


@dataclass(frozen=True, slots=True)
class Baselines:
    """Everybody's mean before treatment; not a number, and a count of 0, where there is none."""

    mean: Numbers
    count: Whole
    standard_error: Numbers
    only_qualifying: Flags


def baselines(data: Columns, window: int = BASELINE_WINDOW) -> Baselines:
    """Average everybody's scores before treatment, by the rule of `individual.baseline`."""
    rows, qualifying = baseline_rows(data, window)
    patient = data.patient[rows]
    count = np.bincount(patient, minlength=data.people)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(patient, data.value[rows], data.people) / count
        squares = np.bincount(patient, data.standard_error[rows] ** 2, data.people)
        return Baselines(mean, count, np.sqrt(squares) / count, qualifying & (count > 0))


def baseline_rows(data: Columns, window: int = BASELINE_WINDOW) -> tuple[Whole, Flags]:
    """Choose the rows that make up baselines, and say of everybody whether only qualifying scores are there."""
    rows = np.flatnonzero((data.day >= -window) & (data.day <= 0) & ~np.isnan(data.value))
    patient, qualifying = data.patient[rows], data.qualifying[rows]
    unselected = np.zeros(data.people, dtype=np.bool_)
    unselected[patient[~qualifying]] = True
    return rows[~qualifying | ~unselected[patient]], ~unselected


def own_error(data: Columns, window: int = BASELINE_WINDOW, at_least: int = PEOPLE_FOR_OWN_ERROR) -> OwnError | None:
    """Measure the clinic's own within-person error, by the rule of `individual.own_error`."""
    rows, _ = baseline_rows(data, window)
    patient = data.patient[rows]
    count = np.bincount(patient, minlength=data.people)
    repeated = count > 1
    people = int(repeated.sum())
    if people == 0 or people < at_least:
        return None
    mean = np.bincount(patient, data.value[rows], data.people)[patient] / count[patient]
    squares = np.where(repeated[patient], (data.value[rows] - mean) ** 2, 0.0)
    total = float(squares.sum())
    return OwnError((total / int((count[repeated] - 1).sum())) ** 0.5, people) if total > 0 else None


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Everybody's score at one visit; not a number where missing, with the reason where one is recorded."""

    value: Numbers
    standard_error: Numbers
    day: Whole
    absence: Codes


def follow_ups(data: Columns, point: TimePoint, points: Sequence[TimePoint]) -> FollowUps:
    """Choose everybody's score at a visit, by the rule of `individual.at`."""
    belongs = _belonging(point, tuple(points))
    near = np.flatnonzero((data.day >= point.opens) & (data.day <= point.closes))
    rows = near[belongs[data.day[near] - point.opens]]
    chosen = rows[_first_of_each(data, rows, point.day)]
    people = data.people
    found = FollowUps(
        np.full(people, np.nan), np.full(people, np.nan), np.full(people, point.day), np.full(people, NOTHING, np.int8)
    )
    who = data.patient[chosen]
    found.value[who], found.standard_error[who] = data.value[chosen], data.standard_error[chosen]
    found.day[who], found.absence[who] = data.day[chosen], data.absence[chosen]
    return found


@lru_cache(maxsize=256)
def _belonging(point: TimePoint, points: tuple[TimePoint, ...]) -> Flags:
    """Say of each day of a window whether it belongs to its visit, where windows overlap; a plan is asked often."""
    days = np.array([place(day, points) == point for day in range(point.opens, point.closes + 1)])
    days.flags.writeable = False
    return days


def _first_of_each(data: Columns, rows: Whole, target: int) -> Whole:
    """Find each person's best row: with a score, nearest to the target, then earlier, then lower."""
    patient = data.patient[rows]
    if len(rows) < 2 or (patient[1:] != patient[:-1]).all():  # noqa: PLR2004  (one row has no neighbour)
        return np.arange(len(rows))
    day, value = data.day[rows], data.value[rows]
    order = np.lexsort((value, day, np.abs(day - target), np.isnan(value), patient))
    ranked = patient[order]
    return order[np.concatenate(([True], ranked[1:] != ranked[:-1]))]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everybody's change at one visit, in the order of the cohort's people.

    `verdict` and `reason` are places in VERDICTS and REASONS. `due` says for whom the visit has come round: its window
    has closed, or a score is there already. Only they are counted in shares; the others are too early.
    """

    scale: Scale
    point: TimePoint
    error: ErrorInForce | None
    threshold: Threshold | None
    baseline: Numbers
    baselines: Whole
    only_qualifying: Flags
    follow_up: Numbers
    day: Whole
    absence: Codes
    change: Numbers
    index: Numbers
    band: Numbers
    verdict: Codes
    reason: Codes
    due: Flags

    @property
    def classes(self) -> Codes:
        """Each person's place in CLASSES; -1 for whom the visit has not come round."""
        places = np.where(np.isnan(self.follow_up), np.int8(CLASSES.index(MISSING)), self.verdict)
        return np.where(self.due, places, np.int8(NOTHING)).astype(np.int8)


def changes(
    data: Columns,
    scale: Scale,
    point: TimePoint,
    points: Sequence[TimePoint],
    error: ErrorInForce | None,
    *,
    threshold: Threshold | None = None,
    window: int = BASELINE_WINDOW,
    known: Baselines | None = None,
) -> Changes:
    """Judge everybody's change at one visit.

    Parameters:
        data: the cohort's scores on the scale.
        scale: the scale, for its direction, ends, step and default threshold.
        point: the visit.
        points: all time points of the protocol.
        error: the measurement error in force.
        threshold: the important change to use instead of the scale's default.
        window: how many days before day 0 count as baseline.
        known: the baselines of these data, where they have been worked out already.

    Returns:
        For each person what `individual.change` gives.

    References:
        Jacobson & Truax 1991, https://doi.org/10.1037/0022-006X.59.1.12.

    Example:
        >>> from outcomes.change.individual import error_in_force
        >>> from outcomes.change.windows import default_time_points
        >>> from outcomes.instruments.catalogue import load_catalogue
        >>> scale, plan = load_catalogue().scale("mfis21.total"), default_time_points()
        >>> data = columns([Person("A"), Person("B")], [("A", -3, 60.0), ("A", 91, 30.0), ("B", -3, 55.0)])
        >>> found = changes(data, scale, plan[3], plan, error_in_force(scale))
        >>> [VERDICTS[code].value for code in found.verdict]
        ['better_beyond', 'not_measurable']
    """
    before, after = known or baselines(data, window), follow_ups(data, point, points)
    chosen = threshold or scale.default_threshold
    moved = after.value - before.mean
    error_of_change = _standard_errors(error, before, after)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(error_of_change > 0, moved / error_of_change, np.nan)
    error_of_change[np.isnan(moved)] = np.nan
    reason = _reasons(scale, before.mean, after.value, Z * error_of_change, chosen)
    return Changes(
        scale=scale,
        point=point,
        error=error,
        threshold=chosen,
        baseline=before.mean,
        baselines=before.count,
        only_qualifying=before.only_qualifying,
        follow_up=after.value,
        day=after.day,
        absence=after.absence,
        change=moved,
        index=index,
        band=Z * error_of_change,
        verdict=_VERDICT_OF[((moved < 0) == (scale.better is Better.LOWER)).astype(np.int8), reason],
        reason=reason,
        due=(data.observed >= point.closes) | ~np.isnan(after.value),
    )


def _standard_errors(error: ErrorInForce | None, before: Baselines, after: FollowUps) -> Numbers:
    """Give everybody's standard error of change, not a number where unknown."""
    if error is None or (error.sem is None and error.kind is not ErrorKind.SCORE_LEVEL):
        return np.full(len(before.mean), np.nan)
    if error.kind is ErrorKind.SCORE_LEVEL or error.sem is None:
        return np.sqrt(before.standard_error**2 + after.standard_error**2)
    with np.errstate(divide="ignore"):
        return error.sem * np.sqrt(1 / before.count + 1)


def _reasons(scale: Scale, before: Numbers, after: Numbers, band: Numbers, threshold: Threshold | None) -> Codes:
    """Give everybody's reason, the strongest last."""
    size = np.abs(after - before)
    limit = smallest_step(scale) / 2 if threshold is None else threshold.value
    small, large = (Reason.BELOW_STEP, Reason.INSIDE_BAND) if threshold is None else _BY_THRESHOLD
    found = np.where(size >= limit * (1 - TOLERANCE), _REASON[large], _REASON[small]).astype(np.int8)
    found[size > band * (1 + TOLERANCE)] = _REASON[Reason.BEYOND_BAND]
    _mark_ends(scale, before, after, found)
    found[np.isnan(band)] = _REASON[Reason.NO_ERROR]
    if scale.better is None:
        found[:] = _REASON[Reason.NO_DIRECTION]
    found[np.isnan(before)] = _REASON[Reason.NO_BASELINE]
    found[np.isnan(after)] = _REASON[Reason.NO_SCORE]
    return found


def _mark_ends(scale: Scale, before: Numbers, after: Numbers, found: Codes) -> None:
    """Mark who began and stayed at the same end of the scale."""
    floor, ceiling = ends_of_scale(scale, before)
    still_floor, still_ceiling = ends_of_scale(scale, after)
    found[floor & still_floor] = _REASON[Reason.AT_FLOOR]
    found[ceiling & still_ceiling] = _REASON[Reason.AT_CEILING]


def ends_of_scale(scale: Scale, values: Numbers) -> tuple[Flags, Flags]:
    """Say which values lie at the lowest and which at the highest end of the scale."""
    low = -np.inf if scale.minimum is None else scale.minimum + TOLERANCE * max(1.0, abs(scale.minimum))
    high = np.inf if scale.maximum is None else scale.maximum - TOLERANCE * max(1.0, abs(scale.maximum))
    return values <= low, (values >= high) & ~(values <= low)


_BY_THRESHOLD = (Reason.BELOW_THRESHOLD, Reason.REACHES_THRESHOLD)
_REASON = {reason: np.int8(place) for place, reason in enumerate(REASONS)}


_VERDICT_OF = np.array(
    [[VERDICTS.index(verdict_of(reason, better=better)) for reason in REASONS] for better in (False, True)], np.int8
)
