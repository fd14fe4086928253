"""One person's change from the time before FMT: baseline, measurement error, band and verdict.

A change has the raw sign, follow-up minus baseline; only the verdict knows which way the scale points. The band is
the size that 95 of 100 differences would stay inside if nothing had truly changed. Nothing is rounded. Limits are
compared with a relative tolerance of one in a thousand million, because 0.815 - 0.8 is not quite 0.015 in binary.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum, inf, isfinite, sqrt

from outcomes.change.windows import BASELINE_WINDOW, TimePoint, place
from outcomes.instruments.definition import Scale, Threshold
from outcomes.terms import Absence, Better, ErrorKind, Verdict

Z = 1.96
TOLERANCE = 1e-9
PEOPLE_FOR_OWN_ERROR = 20


class Reason(StrEnum):
    """Why a verdict is what it is."""

    BEYOND_BAND = "beyond_band"
    REACHES_THRESHOLD = "reaches_threshold"
    INSIDE_BAND = "inside_band"
    BELOW_THRESHOLD = "below_threshold"
    BELOW_STEP = "below_step"
    NO_SCORE = "no_score"
    NO_BASELINE = "no_baseline"
    NO_DIRECTION = "no_direction"
    NO_ERROR = "no_error"
    AT_FLOOR = "at_floor"
    AT_CEILING = "at_ceiling"


@dataclass(frozen=True, slots=True)
class Reading:
    """One score of one scale on one day, counted from day 0; or the reason why there is none."""

    day: int
    value: float | None
    standard_error: float | None = None
    qualifying: bool = False
    absence: Absence | None = None

    @property
    def measured(self) -> bool:
        """Whether there is a score."""
        return self.value is not None and isfinite(self.value)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The mean of the scores before treatment.

    `standard_error` is that of the mean, from the scores' own errors where all have one. `only_qualifying` says that
    nothing but the score that let the patient into treatment was there to use.
    """

    mean: float
    count: int
    days: tuple[int, ...]
    standard_error: float | None
    only_qualifying: bool


@dataclass(frozen=True, slots=True)
class OwnError:
    """The clinic's own within-person standard deviation, and from how many people it comes."""

    sem: float
    people: int


@dataclass(frozen=True, slots=True)
class ErrorInForce:
    """The measurement error by which changes are judged, and where it comes from."""

    kind: ErrorKind
    sem: float | None
    interval: str | None
    population: str
    source: str
    people: int | None = None
    unverified: bool = False

    @property
    def covers_daily_variation(self) -> bool:
        """Whether the error covers how much a person differs from day to day, and not one occasion only."""
        return self.kind in {ErrorKind.OWN_BASELINES, ErrorKind.RETEST}


@dataclass(frozen=True, slots=True)
class Change:
    """One person's change and what can be said of it.

    `change` is follow-up minus baseline in the scale's units; `index` is the change divided by its standard error;
    `band` is the half-width of usual variation around the baseline. Each is None where it cannot be known.
    """

    verdict: Verdict
    reason: Reason
    change: float | None
    index: float | None
    band: float | None
    threshold: Threshold | None
    error: ErrorInForce | None
    baseline: Baseline | None
    follow_up: Reading | None

    @property
    def reaches_threshold(self) -> bool | None:
        """Whether the change is as large as the important one; None when either is unknown."""
        if self.change is None or self.threshold is None:
            return None
        return reaches(self.change, self.threshold.value)

    @property
    def strong_words(self) -> bool:
        """Whether "usual variation" may be said; otherwise the error covers one occasion only."""
        return self.error is not None and self.error.covers_daily_variation


def exceeds(change: float, limit: float) -> bool:
    """Whether a change is larger than a limit, in either direction."""
    return abs(change) > limit * (1 + TOLERANCE)


def reaches(change: float, limit: float) -> bool:
    """Whether a change is at least as large as a limit, in either direction."""
    return abs(change) >= limit * (1 - TOLERANCE)


def smallest_step(scale: Scale) -> float:
    """Give the smallest difference two scores can show: the scale's step, or one unit of its last decimal place."""
    return scale.step if scale.step is not None else 10.0**-scale.decimals


def baseline_readings(readings: Sequence[Reading], window: int = BASELINE_WINDOW) -> tuple[Reading, ...]:
    """Choose the scores that make up the baseline, earliest first.

    They are those of the `window` days up to and including day 0. A score of day 0 counts as before treatment: it is
    taken when the patient arrives, and an infusion shows no effect within hours. Scores that qualified the patient for
    treatment are left out when another exists, because a score chosen for being bad is followed by a better one
    even when nothing has changed (regression to the mean).
    """
    within = [each for each in readings if each.measured and -window <= each.day <= 0]
    unselected = [each for each in within if not each.qualifying]
    return tuple(sorted(unselected or within, key=lambda each: each.day))


def baseline(readings: Sequence[Reading], window: int = BASELINE_WINDOW) -> Baseline | None:
    """Average the scores before treatment.

    Parameters:
        readings: all scores of one person on one scale, in any order.
        window: how many days before day 0 still count.

    Returns:
        The baseline, or None when there is no score to use.

    Example:
        >>> baseline([Reading(-24, 28.0), Reading(-2, 26.0), Reading(14, 25.0)]).mean
        27.0
    """
    used = baseline_readings(readings, window)
    if not used:
        return None
    return Baseline(
        mean=fsum(each.value for each in used if each.value is not None) / len(used),
        count=len(used),
        days=tuple(each.day for each in used),
        standard_error=_error_of_mean([each.standard_error for each in used]),
        only_qualifying=all(each.qualifying for each in used),
    )


def _error_of_mean(errors: Sequence[float | None]) -> float | None:
    """Combine the standard errors of single scores into that of their mean; unknown when one is unknown."""
    known = [error for error in errors if error is not None]
    return sqrt(fsum(error**2 for error in known)) / len(errors) if len(known) == len(errors) else None


def at(readings: Sequence[Reading], point: TimePoint, points: Sequence[TimePoint]) -> Reading:
    """Choose the score that stands for a time point.

    Parameters:
        readings: all scores of one person on one scale, in any order.
        point: the time point.
        points: all time points of the protocol, so that each score belongs to one alone.

    Returns:
        Of the scores in the window the one nearest to the target day, the earlier of two equally near; of several on
        the same day the lowest, so that the order of rows never matters. Without a score, a reading
        that says why, where a reason is known.

    Example:
        >>> from outcomes.change.windows import default_time_points
        >>> plan = default_time_points()
        >>> at([Reading(80, 20.0), Reading(94, 18.0)], plan[3], plan).value
        18.0
    """
    inside = [each for each in readings if place(each.day, points) == point]
    scores = [each for each in inside if each.measured]
    return min(scores or inside, key=lambda each: _rank(each, point.day), default=Reading(point.day, None))


def _rank(reading: Reading, target: int) -> tuple[float, ...]:
    """Order the scores of one window, so that ties never depend on the order of rows."""
    value = inf if reading.value is None else reading.value
    error = inf if reading.standard_error is None else reading.standard_error
    reason = inf if reading.absence is None else list(Absence).index(reading.absence)
    return abs(reading.day - target), reading.day, value, error, reason


def smallest_detectable_change(sem: float, baselines: int = 1, follow_ups: int = 1) -> float:
    """Give the half-width of the band of usual variation: 1.96 · SEM · √(1/k₁ + 1/k₂).

    Parameters:
        sem: standard error of measurement, in the scale's units.
        baselines: how many scores the baseline averages (k₁).
        follow_ups: how many scores the follow-up averages (k₂).

    Returns:
        The change that must be exceeded to lie beyond usual variation, in the scale's units.

    Raises:
        ValueError: no baseline or no follow-up.

    References:
        Jacobson & Truax 1991, https://doi.org/10.1037/0022-006X.59.1.12;
        de Vet et al. 2006, https://doi.org/10.1186/1477-7525-4-54.

    Example:
        >>> round(smallest_detectable_change(7.3), 1)
        20.2
    """
    if baselines < 1 or follow_ups < 1:
        raise ValueError("a change needs at least one baseline and one follow-up")
    return Z * sem * sqrt(1 / baselines + 1 / follow_ups)


def own_error(baselines: Iterable[Sequence[float]], at_least: int = PEOPLE_FOR_OWN_ERROR) -> OwnError | None:
    """Measure the error from people whose baseline was taken more than once.

    Parameters:
        baselines: the baseline scores of each person; people with fewer than two tell nothing and are passed over.
        at_least: how many people with two or more are needed.

    Returns:
        The pooled within-person standard deviation, √(Σ(x − x̄)² / Σ(k − 1)), or None when too few people have two
        baselines or nobody's differ at all.

    References:
        Bland & Altman 1996, https://doi.org/10.1136/bmj.313.7059.744.

    Example:
        >>> own_error([(26.0, 28.0)] * 20)
        OwnError(sem=1.4142135623730951, people=20)
    """
    repeated = [scores for scores in baselines if len(scores) > 1]
    if not repeated or len(repeated) < at_least:
        return None
    squares = fsum(fsum((score - fsum(scores) / len(scores)) ** 2 for score in scores) for scores in repeated)
    freedom = sum(len(scores) - 1 for scores in repeated)
    return OwnError(sqrt(squares / freedom), len(repeated)) if squares > 0 else None


_PUBLISHED = (ErrorKind.OWN_BASELINES, ErrorKind.RETEST, ErrorKind.SCORE_LEVEL, ErrorKind.INTERNAL_CONSISTENCY)


def error_in_force(scale: Scale, own: OwnError | None = None) -> ErrorInForce | None:
    """Choose the measurement error that judges a scale's changes.

    Parameters:
        scale: the scale with its published errors.
        own: the clinic's own error, where enough people have two baselines.

    Returns:
        The clinic's own error; else the first published test-retest error; else a score-level one; else one from
        internal consistency. The last two cover one occasion only (`covers_daily_variation`). None without any.

    Example:
        >>> from outcomes.instruments.catalogue import load_catalogue
        >>> found = error_in_force(load_catalogue().scale("mfis21.total"))
        >>> found.kind.value, found.sem, found.covers_daily_variation
        ('retest', 7.3, True)
    """
    if own is not None:
        return ErrorInForce(ErrorKind.OWN_BASELINES, own.sem, None, "", "", own.people)
    usable = [
        each for each in scale.errors if each.kind is ErrorKind.SCORE_LEVEL or (each.sem is not None and each.sem > 0)
    ]
    chosen = min(usable, key=lambda each: _PUBLISHED.index(each.kind), default=None)
    if chosen is None:
        return None
    return ErrorInForce(
        chosen.kind, chosen.sem, chosen.interval, chosen.population, chosen.source, unverified=chosen.unverified
    )


def standard_error_of_change(error: ErrorInForce, base: Baseline, follow_up: Reading) -> float | None:
    """Give the standard error of follow-up minus baseline; None when a score carries no error of its own but should.

    Parameters:
        error: the error in force.
        base: the baseline, for its number of scores or their own errors.
        follow_up: the score to be compared with it.

    Returns:
        SEM · √(1/k₁ + 1), or the two scores' own errors combined.

    References:
        Score-level errors add as √(SE₁² + SE₂²): Hays et al. 2005, https://doi.org/10.1177/0163278705275339.
    """
    if error.kind is not ErrorKind.SCORE_LEVEL:
        return None if error.sem is None else error.sem * sqrt(1 / base.count + 1)
    if base.standard_error is None or follow_up.standard_error is None:
        return None
    return sqrt(base.standard_error**2 + follow_up.standard_error**2)


def change(
    scale: Scale,
    base: Baseline | None,
    follow_up: Reading,
    error: ErrorInForce | None,
    threshold: Threshold | None = None,
) -> Change:
    """Judge one person's change on one scale.

    The change is *beyond* when it exceeds the band; *within* when it reaches the threshold but not the band; else there
    is no measurable change. Without a threshold, no change is less than half the smallest difference the scale can
    show, and anything from there to the band is *within*. It cannot be measured without score, baseline, direction or
    error, nor when both baseline and follow-up lie at the same end of the scale: there a further change in that
    direction leaves no trace.

    Parameters:
        scale: the scale, for its direction, ends, step and default threshold.
        base: the person's baseline.
        follow_up: the score to be judged.
        error: the error in force.
        threshold: the important change to use instead of the scale's default.

    Returns:
        The change with verdict and reason, and everything they rest on.

    References:
        Jacobson & Truax 1991, https://doi.org/10.1037/0022-006X.59.1.12.

    Example:
        >>> from outcomes.instruments.catalogue import load_catalogue
        >>> scale = load_catalogue().scale("mfis21.total")
        >>> before = baseline([Reading(-20, 62.0), Reading(-3, 58.0)])
        >>> found = change(scale, before, Reading(91, 40.0), error_in_force(scale))
        >>> found.verdict.value, found.change, round(found.band, 1)
        ('better_beyond', -20.0, 17.5)
    """
    chosen = threshold or scale.default_threshold
    moved = follow_up.value - base.mean if base and follow_up.value is not None and follow_up.measured else None
    spread = standard_error_of_change(error, base, follow_up) if error and base and moved is not None else None
    band = None if spread is None else Z * spread
    reason = _hindrance(scale, base, follow_up, band) or _size(scale, moved or 0.0, band or 0.0, chosen)
    return Change(
        verdict=verdict_of(reason, better=((moved or 0.0) < 0) is (scale.better is Better.LOWER)),
        reason=reason,
        change=moved,
        index=moved / spread if moved is not None and spread else None,
        band=band,
        threshold=chosen,
        error=error,
        baseline=base,
        follow_up=follow_up,
    )


def _hindrance(scale: Scale, base: Baseline | None, follow_up: Reading, band: float | None) -> Reason | None:
    """Say what stands in the way of a verdict, if anything does."""
    if follow_up.value is None or not follow_up.measured:
        return Reason.NO_SCORE
    if base is None:
        return Reason.NO_BASELINE
    if scale.better is None:
        return Reason.NO_DIRECTION
    if band is None:
        return Reason.NO_ERROR
    end = end_of_scale(scale, base.mean)
    return end if end is not None and end is end_of_scale(scale, follow_up.value) else None


def end_of_scale(scale: Scale, value: float) -> Reason | None:
    """Say at which end of the scale a value lies: its lowest (floor), its highest (ceiling), or neither."""
    if scale.minimum is not None and value <= scale.minimum + TOLERANCE * max(1.0, abs(scale.minimum)):
        return Reason.AT_FLOOR
    if scale.maximum is not None and value >= scale.maximum - TOLERANCE * max(1.0, abs(scale.maximum)):
        return Reason.AT_CEILING
    return None


def _size(scale: Scale, moved: float, band: float, threshold: Threshold | None) -> Reason:
    if exceeds(moved, band):
        return Reason.BEYOND_BAND
    if threshold is not None:
        return Reason.REACHES_THRESHOLD if reaches(moved, threshold.value) else Reason.BELOW_THRESHOLD
    return Reason.INSIDE_BAND if reaches(moved, smallest_step(scale) / 2) else Reason.BELOW_STEP


def verdict_of(reason: Reason, *, better: bool) -> Verdict:
    """Give the verdict that a reason stands for, in the direction of the change."""
    if reason is Reason.BEYOND_BAND:
        return Verdict.BETTER_BEYOND if better else Verdict.WORSE_BEYOND
    if reason in {Reason.REACHES_THRESHOLD, Reason.INSIDE_BAND}:
        return Verdict.BETTER_WITHIN if better else Verdict.WORSE_WITHIN
    small = reason in {Reason.BELOW_THRESHOLD, Reason.BELOW_STEP}
    return Verdict.NO_CHANGE if small else Verdict.NOT_MEASURABLE
