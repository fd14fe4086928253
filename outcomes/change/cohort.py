"""How a cohort changed: shares, means, distributions, flow, loss, ends of the scale, and how domains go together.

Everything starts from `columns.changes`, one visit on one scale. The missing stay in every denominator: a share is of
all for whom the visit has come round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from outcomes.change.columns import (
    ABSENCES,
    CLASSES,
    ENDINGS,
    MISSING,
    NOTHING,
    Changes,
    Columns,
    Flags,
    Numbers,
    Whole,
    baselines,
    changes,
    ends_of_scale,
)
from outcomes.change.individual import ErrorInForce, Z
from outcomes.change.intervals import (
    Correlation,
    Distribution,
    Share,
    Spread,
    correlation,
    distribution,
    quantiles,
    spread,
    wilson,
)
from outcomes.change.warnings import CohortFacts
from outcomes.change.windows import TimePoint, place
from outcomes.instruments.definition import Scale, Threshold
from outcomes.terms import Absence, Better, Ending, Verdict

UNCHANGED = (Verdict.WORSE_WITHIN, Verdict.NO_CHANGE, Verdict.BETTER_WITHIN)


def series(
    data: Columns,
    scale: Scale,
    points: Sequence[TimePoint],
    error: ErrorInForce | None,
    *,
    threshold: Threshold | None = None,
) -> tuple[Changes, ...]:
    """Judge everybody's change at each follow-up of the protocol, earliest first."""
    ahead = sorted((point for point in points if not point.is_baseline), key=lambda point: point.day)
    before = baselines(data)
    return tuple(changes(data, scale, point, points, error, threshold=threshold, known=before) for point in ahead)


@dataclass(frozen=True, slots=True)
class Shares:
    """How many are in each class at one visit, of all for whom it has come round.

    `each` has every verdict and "missing". Better and worse are those beyond the band; unchanged is everything between.
    """

    point: TimePoint
    of: int
    too_early: int
    each: Mapping[str, Share]
    better: Share
    unchanged: Share
    worse: Share
    not_measurable: Share
    missing: Share


def shares(found: Changes) -> Shares:
    """Count the classes at one visit, each share with Wilson's interval.

    Parameters:
        found: everybody's change at the visit.

    Returns:
        The shares of all for whom the visit has come round; who is missing is one of the classes.

    References:
        Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Example:
        >>> from outcomes.change.columns import Person, columns
        >>> from outcomes.change.individual import error_in_force
        >>> from outcomes.change.windows import default_time_points
        >>> from outcomes.instruments.catalogue import load_catalogue
        >>> scale, plan = load_catalogue().scale("mfis21.total"), default_time_points()
        >>> data = columns([Person("A"), Person("B")], [("A", -3, 60.0), ("A", 91, 30.0), ("B", -3, 55.0)])
        >>> counted = shares(changes(data, scale, plan[3], plan, error_in_force(scale)))
        >>> counted.better.count, counted.missing.count, counted.of
        (1, 1, 2)
    """
    counts = _counts(found)
    of = sum(counts.values())
    each = {name: wilson(count, of) for name, count in counts.items()}
    return Shares(
        point=found.point,
        of=of,
        too_early=int((~found.due).sum()),
        each=each,
        better=each[Verdict.BETTER_BEYOND],
        unchanged=wilson(sum(counts[verdict] for verdict in UNCHANGED), of),
        worse=each[Verdict.WORSE_BEYOND],
        not_measurable=each[Verdict.NOT_MEASURABLE],
        missing=each[MISSING],
    )


def _counts(found: Changes) -> dict[str, int]:
    """Count each class among those for whom the visit has come round."""
    counts = np.bincount(found.classes[found.due], minlength=len(CLASSES))
    return {name: int(count) for name, count in zip(CLASSES, counts, strict=True)}


def mean_change(found: Changes) -> Spread:
    """Give the mean change at one visit, its spread between people, and the intervals of both."""
    return spread(found.change)


def mean_score(found: Changes) -> Spread:
    """Give the mean score at one visit, its spread and the intervals of both, over whoever has a score."""
    return spread(found.follow_up)


def mean_baseline(found: Changes) -> Spread:
    """Give the mean baseline, its spread and the intervals of both."""
    return spread(found.baseline)


def quantiles_of_change(found: Changes) -> dict[float, float]:
    """Give the 10th, 25th, 50th, 75th and 90th percentile of the change at one visit."""
    return quantiles(found.change)


def distribution_of_change(found: Changes) -> Distribution:
    """Give the cumulative distribution of the change at one visit, with its band.

    References:
        McLeod et al. 2011, https://doi.org/10.1586/erp.11.12; Massart 1990, https://doi.org/10.1214/aop/1176990746.
    """
    return distribution(found.change)


@dataclass(frozen=True, slots=True)
class Flow:
    """How people move between classes: `counts[visit, class]` and `moves[visit, from, to]` to the next visit.

    Classes are places in CLASSES. Only people for whom both visits have come round move.
    """

    points: tuple[TimePoint, ...]
    counts: Whole
    moves: Whole


def flow(visits: Sequence[Changes]) -> Flow:
    """Follow everybody's class from visit to visit."""
    size = len(CLASSES)
    classes = [visit.classes.astype(np.int64) for visit in visits]
    counts = [np.bincount(each[each >= 0], minlength=size) for each in classes]
    moves = []
    for one, other in pairwise(classes):
        both = (one >= 0) & (other >= 0)
        moves.append(np.bincount(one[both] * size + other[both], minlength=size * size).reshape(size, size))
    return Flow(
        tuple(visit.point for visit in visits),
        np.array(counts, dtype=np.int64).reshape(-1, size),
        np.array(moves, dtype=np.int64).reshape(-1, size, size),
    )


@dataclass(frozen=True, slots=True)
class Attrition:
    """Who is missing at a visit, why, and what difference it could make.

    The reasons add up to `missing`: an ending on record, too ill to answer, a visit without a usable score, or nothing
    on record. `baseline_difference` is the mean baseline of the missing minus that of the measured. `better` and
    `worse` are the smallest and largest share if none or all of the missing were so; `mean_change` is the mean if all
    the missing had come to the worst and to the best end of the scale.
    """

    point: TimePoint
    due: int
    measured: int
    missing: Share
    died: int
    withdrew: int
    lost: int
    too_ill: int
    no_score: int
    unexplained: int
    baseline_difference: float | None
    better: tuple[float, float] | None
    worse: tuple[float, float] | None
    mean_change: tuple[float, float] | None


def attrition(data: Columns, found: Changes) -> Attrition:
    """Say who is missing at a visit and how far the answer could move if they were known.

    Parameters:
        data: the columns the changes were made from, for endings.
        found: the changes at the visit.

    Returns:
        Counts, and bounds that assume nothing of the missing.

    References:
        Horowitz & Manski 2000, https://doi.org/10.1080/01621459.2000.10473902.
    """
    due, missing = found.due, found.due & np.isnan(found.follow_up)
    ended = missing & (data.ended_day <= found.point.closes)
    answered = missing & ~ended & (found.absence != NOTHING)
    too_ill = answered & (found.absence == ABSENCES.index(Absence.TOO_ILL))
    counts = _counts(found)
    return Attrition(
        point=found.point,
        due=int(due.sum()),
        measured=int((due & ~missing).sum()),
        missing=wilson(int(missing.sum()), int(due.sum())),
        died=_ended(data, ended, Ending.DEATH),
        withdrew=_ended(data, ended, Ending.WITHDRAWAL),
        lost=_ended(data, ended, Ending.LOST),
        too_ill=int(too_ill.sum()),
        no_score=int((answered & ~too_ill).sum()),
        unexplained=int((missing & ~ended & ~answered).sum()),
        baseline_difference=_difference(found.baseline[missing], found.baseline[due & ~missing]),
        better=_bounds(counts[Verdict.BETTER_BEYOND], counts),
        worse=_bounds(counts[Verdict.WORSE_BEYOND], counts),
        mean_change=_bounds_of_mean(found, missing),
    )


def _ended(data: Columns, ended: Flags, ending: Ending) -> int:
    return int((ended & (data.ending == ENDINGS.index(ending))).sum())


def _difference(one: Numbers, other: Numbers) -> float | None:
    first, second = spread(one).mean, spread(other).mean
    return None if first is None or second is None else first - second


def _bounds(count: int, counts: Mapping[str, int]) -> tuple[float, float] | None:
    of = sum(counts.values())
    return (count / of, (count + counts[MISSING]) / of) if of else None


def _bounds_of_mean(found: Changes, missing: Flags) -> tuple[float, float] | None:
    """Put all the missing at the worst, then at the best end of the scale; None without ends or direction."""
    low, high, better = found.scale.minimum, found.scale.maximum, found.scale.better
    known = found.change[np.isfinite(found.change)]
    unknown = found.baseline[missing & np.isfinite(found.baseline)]
    if low is None or high is None or better is None or len(known) + len(unknown) == 0:
        return None
    worst, best = (high, low) if better is Better.LOWER else (low, high)
    of = len(known) + len(unknown)
    total = float(known.sum())
    return (total + float((worst - unknown).sum())) / of, (total + float((best - unknown).sum())) / of


@dataclass(frozen=True, slots=True)
class Ends:
    """How many stood at the lowest and highest possible score, before treatment and at the visit."""

    floor_before: Share
    ceiling_before: Share
    floor_at_visit: Share
    ceiling_at_visit: Share


def ends(found: Changes) -> Ends:
    """Count who stands at an end of the scale, among those who have a baseline and among those measured.

    References:
        Terwee et al. 2007, https://doi.org/10.1016/j.jclinepi.2006.03.012 (15 % as the mark).
    """
    return Ends(*_ends(found.scale, found.baseline), *_ends(found.scale, found.follow_up))


def _ends(scale: Scale, values: Numbers) -> tuple[Share, Share]:
    known = values[np.isfinite(values)]
    floor, ceiling = ends_of_scale(scale, known)
    return wilson(int(floor.sum()), len(known)), wilson(int(ceiling.sum()), len(known))


def correlations(found: Sequence[Changes]) -> dict[tuple[str, str], Correlation]:
    """Correlate the changes of every two scales over the same people at the same visit.

    Parameters:
        found: changes made from columns of the same people, one for each scale. Scales without a direction are passed
            over.

    Returns:
        By the keys of the two scales, the correlation turned so that positive means better in both.
    """
    turned = {each.scale.key: _gain(each) for each in found if each.scale.better is not None}
    keys = list(turned)
    return {
        (one, other): correlation(turned[one], turned[other])
        for place, one in enumerate(keys)
        for other in keys[place + 1 :]
    }


def _gain(found: Changes) -> Numbers:
    """Give the changes with the sign turned so that more is better."""
    return -found.change if found.scale.better is Better.LOWER else found.change


@dataclass(frozen=True, slots=True)
class Summary:
    """The table of one visit. `error_sd` is the spread of change that measurement error alone would make."""

    point: TimePoint
    people: int
    measured: int
    change: Spread
    quantiles: Mapping[float, float]
    error_sd: float | None
    shares: Shares
    ends: Ends
    missing: Share


def summary(found: Changes) -> Summary:
    """Sum up one visit on one scale.

    Example:
        'summary'
    """
    counted = shares(found)
    return Summary(
        point=found.point,
        people=counted.of,
        measured=counted.of - counted.missing.count,
        change=mean_change(found),
        quantiles=quantiles_of_change(found),
        error_sd=error_sd(found),
        shares=counted,
        ends=ends(found),
        missing=counted.missing,
    )


def error_sd(found: Changes) -> float | None:
    """Give the standard deviation of change that measurement error alone makes; None without an error.

    It is the root mean square of the people's standard errors, SEM · √(1/k₁ + 1/k₂) for each with their own number of
    baselines. Spread beyond it is the only sign that people truly changed differently, and natural course makes it too.
    """
    known = found.band[np.isfinite(found.band)] / Z
    return float(np.sqrt(np.mean(known**2))) if len(known) else None


def out_of_window(data: Columns, points: Sequence[TimePoint]) -> int:
    """Count the scores that lie in no window."""
    days, counts = np.unique(data.day[~np.isnan(data.value)], return_counts=True)
    return sum(int(n) for day, n in zip(days, counts, strict=True) if place(int(day), points) is None)


def facts(data: Columns, found: Changes, points: Sequence[TimePoint], entered: Flags | None = None) -> CohortFacts:
    """Collect what the warnings of one visit on one scale rest on.

    Parameters:
        data: the columns the changes were made from.
        found: the changes at the visit.
        points: all time points of the protocol.
        entered: for each person whether a score let them into treatment. Whose baseline is nothing but a qualifying
            score is counted in any case.

    Returns:
        The facts for `warnings.cautions`. What scores do not tell (a comparison group, versions, languages, scales,
        definitions, the model) is added with `dataclasses.replace`.
    """
    stand = ends(found)
    by_score = found.only_qualifying if entered is None else found.only_qualifying | entered
    return CohortFacts(
        people=int(found.due.sum()),
        measured=int((found.due & ~np.isnan(found.follow_up)).sum()),
        with_baseline=stand.floor_before.of,
        single_baseline=int((found.baselines == 1).sum()),
        entered_on_score=int((by_score & found.due).sum()),
        at_floor=stand.floor_before.count,
        at_ceiling=stand.ceiling_before.count,
        out_of_window=out_of_window(data, points),
        threshold=None if found.threshold is None else found.threshold.value,
        band=quantiles(found.band, (0.5,)).get(0.5),
        error=found.error,
    )
