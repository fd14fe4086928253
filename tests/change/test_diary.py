"""The weekly mean of the diary and its error, worked out by hand and as it must behave."""

from datetime import date, timedelta
from math import sqrt
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.diary import DAYS_NEEDED, diary_weeks

MONDAY = date(2026, 5, 4)


def days(*values, start=MONDAY):
    return {start + timedelta(days=k): value for k, value in enumerate(values) if value is not None}


EXAMPLES = [
    ("three days are too few", days(6, 7, 5), [(3, None, None)]),
    ("four are enough; one week alone has no known scatter", days(6, 7, 5, 6), [(4, 6.0, None)]),
    ("any four of the seven", days(None, 8, None, 4, None, 6, 2), [(4, 5.0, None)]),
    ("Sunday ends the week", days(1, 1, 1, 1, 1, 1, 1, 9), [(7, 1.0, None), (1, None, None)]),
    (
        # within weeks: squares 16 and 16 over 6 + 6 degrees of freedom
        "two full weeks: the pooled scatter over the root of the days",
        days(1, 2, 3, 4, 3, 2, 6, 1, 2, 3, 4, 3, 2, 6),
        [(7, 3.0, sqrt(16 / 6 / 7)), (7, 3.0, sqrt(16 / 6 / 7))],
    ),
]


@pytest.mark.parametrize(("title", "diary", "expected"), EXAMPLES, ids=[each[0] for each in EXAMPLES])
def test_worked_examples(title, diary, expected):
    found = diary_weeks(diary)
    assert [(each.days, each.mean, each.standard_error) for each in found] == [
        (n, mean, error if error is None else pytest.approx(error)) for n, mean, error in expected
    ]


def test_a_week_is_named_by_its_monday_and_drawn_on_its_thursday():
    (week,) = diary_weeks(days(1, 2, 3, 4, start=date(2026, 5, 6)))
    assert (week.monday, week.middle) == (MONDAY, date(2026, 5, 7))


TAPS = st.dictionaries(st.integers(0, 60), st.integers(0, 10), min_size=1)


@given(TAPS)
def test_means_lie_within_the_days_and_errors_shrink_with_more_of_them(taps):
    diary = {MONDAY + timedelta(days=k): value for k, value in taps.items()}
    weeks = diary_weeks(diary)
    assert sum(week.days for week in weeks) == len(diary)
    assert [week.monday for week in weeks] == sorted({day - timedelta(days=day.weekday()) for day in diary})
    for week in weeks:
        own = [value for day, value in diary.items() if week.monday <= day <= week.monday + timedelta(days=6)]
        assert (week.mean is None) == (len(own) < DAYS_NEEDED)
        if week.mean is not None:
            assert min(own) - 1e-9 <= week.mean <= max(own) + 1e-9
    known = [(week.days, week.standard_error) for week in weeks if week.standard_error is not None]
    assert len({round(error * sqrt(n), 9) for n, error in known}) <= 1


def test_the_error_is_the_textbooks_one():
    """Two weeks of the same values have the ordinary standard error of either."""
    values = [4, 6, 5, 7, 3, 5, 5]
    first, _ = diary_weeks(days(*values, *values))
    assert first.standard_error == pytest.approx(stdev(values) / sqrt(7))
