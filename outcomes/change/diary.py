"""The weekly mean of a daily diary, and how exact it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum, sqrt

DAYS_NEEDED = 4
FREEDOM_NEEDED = 10


@dataclass(frozen=True, slots=True)
class DiaryWeek:
    """One ISO week of one person on one scale.

    `mean` is None with fewer than four days. `standard_error` is None until this person's own day-to-day scatter is
    known; it covers that scatter alone, not how much whole weeks differ.
    """

    monday: date
    days: int
    mean: float | None
    standard_error: float | None

    @property
    def middle(self) -> date:
        """The Thursday, by which ISO names the week; a chart draws the mean there."""
        return self.monday + timedelta(days=3)


def diary_weeks(days: Mapping[date, float]) -> tuple[DiaryWeek, ...]:
    """Average a diary by ISO week, Monday to Sunday.

    The mean of a week stands for it from four days on, more than half of them: with fewer it would tell which days
    were easy enough to answer. Its standard error is s / √n, where n is the number of days answered and s this
    person's own day-to-day standard deviation, pooled within weeks: √(Σ(x − x̄)² / Σ(k − 1)) over the weeks that
    have a mean. It is given from ten degrees of freedom on, about two full weeks.

    The formula assumes that days of a week are independent of each other. They need not be: with a correlation r of
    neighbouring days the standard error of a long stretch is about √((1 + r) / (1 − r)) times as large, 1.2 times
    with r = 0.2 and 1.7 times with r = 0.5. And it counts scatter within weeks only: two weeks may differ by far more
    than it says, for illness comes in good and bad weeks. It is the smallest error the mean can have, and no band by
    which change is judged.

    Parameters:
        days: the value of each day that has one.

    Returns:
        One entry for each week with at least one day, the earliest first.

    Raises:
        Nothing.

    References:
        Within-person standard deviation: Bland & Altman 1996, https://doi.org/10.1136/bmj.313.7059.744.
        Autocorrelated means: Bayley & Hammersley 1946, https://doi.org/10.2307/2983560.

    Example:
        >>> week = {date(2026, 5, 4 + k): value for k, value in enumerate([6, 7, 5, 6])}
        >>> [(each.monday.isoformat(), each.days, each.mean, each.standard_error) for each in diary_weeks(week)]
        [('2026-05-04', 4, 6.0, None)]
    """
    weeks: dict[date, list[float]] = {}
    for day in sorted(days):
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(float(days[day]))
    scatter = _scatter(values for values in weeks.values() if len(values) >= DAYS_NEEDED)
    return tuple(_week(monday, values, scatter) for monday, values in weeks.items())


def _week(monday: date, values: list[float], scatter: float | None) -> DiaryWeek:
    if len(values) < DAYS_NEEDED:
        return DiaryWeek(monday, len(values), None, None)
    error = None if scatter is None else scatter / sqrt(len(values))
    return DiaryWeek(monday, len(values), fsum(values) / len(values), error)


def _scatter(weeks: Iterable[list[float]]) -> float | None:
    """The pooled within-week standard deviation; None with too few days to know it."""
    whole = list(weeks)
    freedom = sum(len(values) - 1 for values in whole)
    if freedom < FREEDOM_NEEDED:
        return None
    return sqrt(fsum(fsum((x - fsum(v) / len(v)) ** 2 for x in v) for v in whole) / freedom)
