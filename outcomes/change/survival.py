"""How long until a change lasts, and how long it is kept: sustained change, its loss, and Kaplan-Meier curves.

A change is sustained when it holds at two visits in a row; it is dated at the first of the two, and only the second
makes it known. It is lost when it fails at two visits in a row, again dated at the first. Nobody can lose what is not
yet confirmed, so the time to loss is counted from the confirming visit (counting from the first would credit everybody
with time in which no loss could happen). A missed visit is no visit in a row.

Visits are weeks apart, so every date is late by up to the distance between two visits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit: when it was (in any unit of time), and whether the change held; None without a score."""

    time: float
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Duration:
    """Time to an event, or without one the time for which it is known not to have happened."""

    time: float
    event: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve: one entry for every time at which anything was observed.

    `at_risk` is counted just before the time. `lower` and `upper` are pointwise; they are nan where the curve has
    reached zero. `standard_error` is that of the logarithm of the curve.
    """

    times: Array
    at_risk: Array
    events: Array
    share: Array
    standard_error: Array
    lower: Array
    upper: Array

    def at_risk_at(self, times: Sequence[float]) -> tuple[int, ...]:
        """Return how many are still under observation just before each of these times."""
        places = np.searchsorted(self.times, np.asarray(times, np.float64), side="left")
        return tuple(int(self.at_risk[place]) if place < len(self.times) else 0 for place in places)

    def median(self) -> float | None:
        """Return the first time at which half or fewer remain without the event, if that was seen."""
        below = np.flatnonzero(self.share <= 0.5 + 1e-12)
        return float(self.times[below[0]]) if len(below) else None


def kaplan_meier(durations: Iterable[Duration], level: float = 0.95) -> Curve:
    """Estimate the share without the event over time.

    Parameters:
        durations: one per person.
        level: confidence level of the pointwise band, made on the log scale with Greenwood's variance.

    Returns:
        The curve with numbers at risk.

    References:
        Kaplan EL, Meier P (1958), J Am Stat Assoc 53:457, doi:10.1080/01621459.1958.10501452.

    Example:
        >>> kaplan_meier([Duration(1, True), Duration(2, False), Duration(3, True)]).share.round(4).tolist()
        [0.6667, 0.6667, 0.0]
    """
    ordered = sorted((duration.time, duration.event) for duration in durations)
    all_times = np.array([time for time, _ in ordered], np.float64)
    happened = np.array([event for _, event in ordered], np.float64)
    times, first = np.unique(all_times, return_index=True)
    at_risk = (len(all_times) - first).astype(np.float64)
    events = np.add.reduceat(happened, first) if len(first) else happened
    share = np.asarray(np.cumprod(1 - events / at_risk), np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.asarray(np.sqrt(np.cumsum(events / (at_risk * (at_risk - events)))), np.float64)
        reach = float(ndtri((1 + level) / 2)) * error
        lower = np.where(share > 0, share * np.exp(-reach), np.nan)
        upper = np.where(share > 0, np.minimum(share * np.exp(reach), 1.0), np.nan)
    return Curve(times, at_risk, events, share, error, lower, upper)


def sustained(visits: Sequence[Seen]) -> Duration | None:
    """Return the time to sustained change; None without any score after the baseline.

    Example:
        >>> sustained([Seen(1, False), Seen(3, True), Seen(6, True)])
        Duration(time=3, event=True)
    """
    start = _first_pair(visits, holds=True)
    if start is not None:
        return Duration(visits[start].time, event=True)
    return _censored(visits)


def lost(visits: Sequence[Seen]) -> Duration | None:
    """Return the time from the visit that confirmed a sustained change to its loss; None when there was none.

    Example:
        >>> lost([Seen(1, True), Seen(3, True), Seen(6, False), Seen(12, False)])
        Duration(time=3, event=True)
    """
    start = _first_pair(visits, holds=True)
    if start is None:
        return None
    confirmed, after = visits[start + 1].time, visits[start + 2 :]
    end = _first_pair(after, holds=False)
    last = after[end] if end is not None else _last(after)
    return Duration(0.0 if last is None else last.time - confirmed, event=end is not None)


def _first_pair(visits: Sequence[Seen], *, holds: bool) -> int | None:
    """Return the first of two visits in a row of one kind."""
    for place in range(len(visits) - 1):
        if visits[place].holds is holds and visits[place + 1].holds is holds:
            return place
    return None


def _last(visits: Sequence[Seen]) -> Seen | None:
    """Return the last visit with a score."""
    return next((visit for visit in reversed(visits) if visit.holds is not None), None)


def _censored(visits: Sequence[Seen]) -> Duration | None:
    last = _last(visits)
    return None if last is None else Duration(last.time, event=False)
