"""When scores are due, and which time point a score belongs to.

Days are counted from day 0, the day of an infusion; days before it are negative. Nothing here is stored: windows,
due dates and their states are worked out on reading from the protocol, the dates of visits and today's date.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from outcomes.terms import Language

BASELINE_WINDOW = 28
CLOSING_DAYS = 7


class TimePointError(ValueError):
    """A time point of a protocol cannot be read; names its place in the list, the key and what is wrong."""

    def __init__(self, index: int, key: str, reason: str) -> None:
        super().__init__(f"time point {index + 1}, {key}: {reason}")
        self.index = index
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TimePoint:
    """One planned occasion: its target day, how early and how late it may be, and what is asked."""

    code: str
    title: Mapping[Language, str] = field(hash=False)
    day: int
    before: int
    after: int
    instruments: tuple[str, ...] = ()

    @property
    def opens(self) -> int:
        """First day of the window."""
        return self.day - self.before

    @property
    def closes(self) -> int:
        """Last day of the window."""
        return self.day + self.after

    @property
    def is_baseline(self) -> bool:
        """Whether the whole window lies before treatment; day 0 still counts as before."""
        return self.closes <= 0

    def holds(self, day: int) -> bool:
        """Whether the day lies in the window."""
        return self.opens <= day <= self.closes


class Anchor(StrEnum):
    """Which course of FMT day 0 belongs to."""

    FIRST = "first"
    LATEST = "latest"


class DueState(StrEnum):
    """Where a planned visit stands today."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSING = "closing"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class DueVisit:
    """A planned visit of one patient.

    `days` counts until the window opens (upcoming), until it closes (open, closing), since it closed (overdue,
    missed), and is 0 when done or when there is no day 0 yet.
    """

    point: TimePoint
    opens: date
    target: date
    closes: date
    state: DueState
    days: int


def default_time_points(instruments: Sequence[str] = ()) -> tuple[TimePoint, ...]:
    """Give the plan a clinic starts with: a baseline and six follow-ups, each with the same instruments.

    The target days lie close to those of the published FMT trials and of the AGA registry (1, 3, 6, 12, 24 months);
    the windows are a proposal of this program, for no published ones were found.
    """
    asked = tuple(instruments)
    return tuple(TimePoint(code, titles, day, before, after, asked) for code, titles, day, before, after in _DEFAULTS)


def _titles(english: str, turkish: str) -> Mapping[Language, str]:
    return {Language.ENGLISH: english, Language.TURKISH: turkish}


_DEFAULTS = (
    ("baseline", _titles("Baseline", "Başlangıç"), -14, 14, 14),
    ("week_2", _titles("2 weeks", "2. hafta"), 14, 3, 3),
    ("month_1", _titles("1 month", "1. ay"), 30, 7, 7),
    ("month_3", _titles("3 months", "3. ay"), 91, 14, 14),
    ("month_6", _titles("6 months", "6. ay"), 182, 21, 21),
    ("month_12", _titles("12 months", "12. ay"), 365, 30, 30),
    ("month_24", _titles("24 months", "24. ay"), 730, 60, 60),
)


def time_points(raw: Sequence[Mapping[str, Any]]) -> tuple[TimePoint, ...]:
    """Read the time points of a protocol as stored.

    Parameters:
        raw: one mapping a time point with code, title (by language), day, before, after, instruments.

    Returns:
        The time points, earliest target day first.

    Raises:
        TimePointError: a key is absent, of the wrong kind, negative where it may not be, or a code occurs twice.

    Example:
        >>> [point.code for point in time_points(as_stored(default_time_points()))][:2]
        ['baseline', 'week_2']
    """
    points = tuple(_time_point(index, entry) for index, entry in enumerate(raw))
    codes = [point.code for point in points]
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise TimePointError(index, "code", f"{code!r} occurs twice")
    return tuple(sorted(points, key=lambda point: (point.day, point.code)))


def as_stored(points: Sequence[TimePoint]) -> list[dict[str, Any]]:
    """Turn time points into the plain values a protocol stores."""
    return [
        {
            "code": point.code,
            "title": {language.value: words for language, words in point.title.items()},
            "day": point.day,
            "before": point.before,
            "after": point.after,
            "instruments": list(point.instruments),
        }
        for point in points
    ]


def _time_point(index: int, entry: Mapping[str, Any]) -> TimePoint:
    code = entry.get("code")
    if not isinstance(code, str) or not code:
        raise TimePointError(index, "code", "a short name is needed")
    instruments = entry.get("instruments", ())
    if isinstance(instruments, str) or not all(isinstance(each, str) for each in instruments):
        raise TimePointError(index, "instruments", "a list of instrument codes is needed")
    return TimePoint(
        code,
        _title(index, entry.get("title")),
        _whole(index, entry, "day"),
        _whole(index, entry, "before", least=0),
        _whole(index, entry, "after", least=0),
        tuple(instruments),
    )


def _title(index: int, raw: object) -> Mapping[Language, str]:
    if not isinstance(raw, Mapping) or not raw.get(Language.ENGLISH):
        raise TimePointError(index, "title", "an English title is needed")
    return {language: raw[language] for language in Language if raw.get(language)}


def _whole(index: int, entry: Mapping[str, Any], key: str, least: int | None = None) -> int:
    number = entry.get(key)
    if not isinstance(number, int) or isinstance(number, bool):
        raise TimePointError(index, key, "a whole number of days is needed")
    if least is not None and number < least:
        raise TimePointError(index, key, f"at least {least} is needed")
    return number


def place(day: int, points: Sequence[TimePoint]) -> TimePoint | None:
    """Find the time point to which a day belongs.

    Parameters:
        day: days from day 0.
        points: the protocol's time points; their windows may overlap.

    Returns:
        Of the windows that hold the day, the one with the nearest target (of two equally near, the earlier); None when
        the day lies outside every window.

    Example:
        >>> place(94, default_time_points()).code
        'month_3'
        >>> place(140, default_time_points()) is None
        True
    """
    # `holds`, written out: lists of patients ask this thousands of times
    holding = [point for point in points if -point.before <= day - point.day <= point.after]
    if len(holding) < 2:  # noqa: PLR2004  (windows seldom overlap)
        return holding[0] if holding else None
    return min(holding, key=lambda point: (abs(day - point.day), point.day))


def day_zero(courses: Sequence[Sequence[date]], anchor: Anchor = Anchor.FIRST) -> date | None:
    """Find the day from which days are counted: the first infusion of the first or of the latest course.

    Verdicts always compare with the time before the first course, due dates run from the latest.

    Parameters:
        courses: the dates of the infusions of each course, in any order; a course may be without any yet.
        anchor: which course counts.

    Returns:
        The date, or None before any infusion.

    Example:
        >>> day_zero([[date(2026, 5, 19), date(2026, 5, 12)], [date(2027, 1, 4)]])
        datetime.date(2026, 5, 12)
    """
    starts = [min(infusions) for infusions in courses if infusions]
    return (min if anchor is Anchor.FIRST else max)(starts, default=None)


def schedule(
    day_zero: date | None,
    visit_dates: Sequence[date],
    points: Sequence[TimePoint],
    today: date,
    ended_on: date | None = None,
) -> tuple[DueVisit, ...]:
    """Work out what is due of one patient, and when.

    Parameters:
        day_zero: day of the infusion from which days count, or None before any.
        visit_dates: dates of the visits on record.
        points: the protocol's time points.
        today: the civil date at the clinic.
        ended_on: the day of death, withdrawal or loss to follow-up. Windows still open on that day, or later, are no
            longer expected and are left out unless a visit fills them.

    Returns:
        One entry a time point, in the order of their windows. Before any infusion only baselines are given: open, or
        done when a visit of the last days, as many as the window has, is on record. A baseline that was not taken
        before day 0 is missed at once, for it cannot be made up for.

    Example:
        >>> for due in schedule(date(2026, 5, 12), [date(2026, 5, 10)], default_time_points(), date(2026, 8, 20))[:4]:
        ...     print(due.point.code, due.state, due.days)
        baseline done 0
        week_2 missed 83
        month_1 missed 63
        month_3 closing 5
    """
    ordered = sorted(points, key=lambda point: (point.opens, point.day))
    if day_zero is None:
        return tuple(
            _before_treatment(point, visit_dates, today) for point in ordered if point.is_baseline and not ended_on
        )
    filled = {place((visit - day_zero).days, points) for visit in visit_dates if visit <= today}
    due = (_due(point, day_zero, today, ordered, done=point in filled) for point in ordered)
    return tuple(due) if ended_on is None else _after_ending(due, ended_on)


def _after_ending(due: Iterable[DueVisit], ended_on: date) -> tuple[DueVisit, ...]:
    """Keep what was done or missed before the ending; nobody is overdue after it."""
    kept = (each for each in due if each.state is DueState.DONE or each.closes < ended_on)
    return tuple(replace(each, state=DueState.MISSED) if each.state is DueState.OVERDUE else each for each in kept)


def _before_treatment(point: TimePoint, visit_dates: Sequence[date], today: date) -> DueVisit:
    """Say whether a baseline is fresh enough to serve if FMT were given today."""
    oldest = today + timedelta(days=point.opens)
    done = any(oldest <= visit <= today for visit in visit_dates)
    return DueVisit(point, today, today, today, DueState.DONE if done else DueState.OPEN, 0)


def _due(point: TimePoint, zero: date, today: date, points: Sequence[TimePoint], *, done: bool) -> DueVisit:
    target = zero + timedelta(point.day)
    state, days = (DueState.DONE, 0) if done else _standing(point, (today - zero).days, points)
    return DueVisit(point, target - timedelta(point.before), target, target + timedelta(point.after), state, days)


def _standing(point: TimePoint, day: int, points: Sequence[TimePoint]) -> tuple[DueState, int]:
    """Say where a visit that was not made stands on this day."""
    if day < point.opens:
        return DueState.UPCOMING, point.opens - day
    left = point.closes - day
    if left >= 0:
        return (DueState.CLOSING if left <= CLOSING_DAYS else DueState.OPEN), left
    followed = point.is_baseline or any(point.opens < later.opens <= day for later in points)
    return (DueState.MISSED if followed else DueState.OVERDUE), -left
