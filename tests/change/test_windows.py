from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.windows import (
    Anchor,
    DueState,
    TimePoint,
    TimePointError,
    as_stored,
    day_zero,
    default_time_points,
    place,
    schedule,
    time_points,
)
from outcomes.terms import Language

PLAN = default_time_points(("chalder11",))
ZERO = date(2026, 5, 12)
POINT = {"code": "m3", "title": {"en": "3 months"}, "day": 91, "before": 14, "after": 14, "instruments": ["fss9"]}


def on(day):
    return ZERO + timedelta(days=day)


def states(today, *visits, ended=None, points=PLAN):
    due = schedule(ZERO, [on(day) for day in visits], points, on(today), None if ended is None else on(ended))
    return {each.point.code: (each.state, each.days) for each in due}


def test_the_default_plan_speaks_both_languages_and_survives_storage():
    assert [(p.code, p.opens, p.day, p.closes) for p in PLAN] == [
        ("baseline", -28, -14, 0),
        ("week_2", 11, 14, 17),
        ("month_1", 23, 30, 37),
        ("month_3", 77, 91, 105),
        ("month_6", 161, 182, 203),
        ("month_12", 335, 365, 395),
        ("month_24", 670, 730, 790),
    ]
    assert all(set(p.title) == set(Language) and p.instruments == ("chalder11",) for p in PLAN)
    assert time_points(as_stored(PLAN)) == PLAN
    assert [p.is_baseline for p in PLAN] == [True] + [False] * 6


@pytest.mark.parametrize(
    ("different", "key"),
    [
        ({"code": ""}, "code"),
        ({"code": 7}, "code"),
        ({"title": {}}, "title"),
        ({"title": {"tr": "3. ay"}}, "title"),
        ({"title": "3 months"}, "title"),
        ({"day": "91"}, "day"),
        ({"day": None}, "day"),
        ({"day": True}, "day"),
        ({"before": -1}, "before"),
        ({"after": 1.5}, "after"),
        ({"instruments": "fss9"}, "instruments"),
        ({"instruments": [9]}, "instruments"),
    ],
)
def test_a_bad_time_point_is_named(different, key):
    with pytest.raises(TimePointError, match="time point 2") as caught:
        time_points([POINT | {"code": "m1"}, POINT | different])
    assert (caught.value.index, caught.value.key) == (1, key)


def test_a_code_occurs_once():
    with pytest.raises(TimePointError, match="occurs twice"):
        time_points([POINT, POINT])


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (-29, None), (-28, "baseline"), (0, "baseline"), (1, None), (11, "week_2"), (17, "week_2"), (18, None),
        (105, "month_3"), (106, None), (140, None), (790, "month_24"), (791, None),
    ],
)  # fmt: skip
def test_a_score_is_placed_by_its_day(day, code):
    found = place(day, PLAN)
    assert (found and found.code) == code


def test_of_overlapping_windows_the_nearest_target_wins():
    early = TimePoint("early", {Language.ENGLISH: "Early"}, 30, 20, 20)
    late = TimePoint("late", {Language.ENGLISH: "Late"}, 50, 20, 20)
    assert [place(day, (late, early)).code for day in (30, 39, 40, 41, 50)] == [
        "early",
        "early",
        "early",
        "late",
        "late",
    ]


def test_day_zero_is_an_infusion_of_the_first_or_the_latest_course():
    courses = [[on(7), on(0)], [], [on(400)]]
    assert day_zero(courses) == ZERO
    assert day_zero(courses, Anchor.LATEST) == on(400)
    assert day_zero([[], []]) is None


def test_before_any_infusion_only_the_baseline_is_open():
    due = schedule(None, [], PLAN, ZERO, None)
    assert [(each.point.code, each.state) for each in due] == [("baseline", DueState.OPEN)]


@pytest.mark.parametrize(("ago", "state"), [(0, DueState.DONE), (28, DueState.DONE), (29, DueState.OPEN)])
def test_a_baseline_before_infusion_grows_stale(ago, state):
    assert schedule(None, [on(-ago)], PLAN, ZERO, None)[0].state is state


def test_nothing_is_due_of_somebody_who_left_before_treatment():
    assert schedule(None, [], PLAN, ZERO, ZERO) == ()


@pytest.mark.parametrize(
    ("today", "visits", "code", "state", "days"),
    [
        (5, [-2], "baseline", DueState.DONE, 0),
        (5, [], "baseline", DueState.MISSED, 5),
        (0, [], "baseline", DueState.CLOSING, 0),
        (5, [], "week_2", DueState.UPCOMING, 6),
        (11, [], "week_2", DueState.CLOSING, 6),
        (18, [], "week_2", DueState.OVERDUE, 1),
        (22, [], "week_2", DueState.OVERDUE, 5),
        (23, [], "week_2", DueState.MISSED, 6),
        (20, [14], "week_2", DueState.DONE, 0),
        (77, [], "month_3", DueState.OPEN, 28),
        (97, [], "month_3", DueState.OPEN, 8),
        (98, [], "month_3", DueState.CLOSING, 7),
        (105, [], "month_3", DueState.CLOSING, 0),
        (900, [], "month_24", DueState.OVERDUE, 110),
        (100, [106], "month_3", DueState.CLOSING, 5),
    ],
)
def test_where_a_visit_stands(today, visits, code, state, days):
    assert states(today, *visits)[code] == (state, days)


def test_dates_are_civil_dates_round_the_target():
    month_3 = schedule(ZERO, [], PLAN, ZERO, None)[3]
    assert (month_3.opens, month_3.target, month_3.closes) == (date(2026, 7, 28), date(2026, 8, 11), date(2026, 8, 25))


def test_after_an_ending_nothing_more_is_expected():
    left = states(400, 14, ended=40)
    assert left == {"baseline": (DueState.MISSED, 400), "week_2": (DueState.DONE, 0), "month_1": (DueState.MISSED, 363)}
    assert "month_1" not in states(400, ended=37)
    assert states(60, ended=50)["month_1"] == (DueState.MISSED, 23)
    assert "month_1" in states(60, 30, ended=30)


@given(st.integers(-60, 900), st.lists(st.integers(-60, 900), max_size=8))
def test_every_time_point_has_one_state_and_days_never_run_backwards(today, visits):
    due = schedule(ZERO, [on(day) for day in visits], PLAN, on(today), None)
    assert [each.point for each in due] == list(PLAN)
    assert all(each.days >= 0 for each in due)
    filled = {place(day, PLAN) for day in visits if day <= today}
    assert {each.point for each in due if each.state is DueState.DONE} == filled - {None}
