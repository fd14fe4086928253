"""Columns: what holds for one cell holds for its column."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.exchange.readers.columns import Column, TimeKind, codes, date_pattern, dates, moved, numbers, plain
from outcomes.exchange.readers.problems import ProblemCode

TODAY = date(2026, 5, 3)


def _column(*cells):
    return Column("x", range(2, 2 + len(cells)), cells)


def _told(parsed):
    return [(problem.code.value, problem.row) for problem in parsed.problems]


@pytest.mark.parametrize(
    ("cells", "delimiter", "expected"),
    [
        (("1", "2.5", "-3.25", None, "+4"), ",", [1, 2.5, -3.25, None, 4]),
        (("1", "2,5", "−3,25", None, ",5"), ";", [1, 2.5, -3.25, None, 0.5]),
        (("1,234", "2,5"), None, [1.234, 2.5]),
        (("1,234", "2,345"), ";", [1.234, 2.345]),
        (("1.234", "2.345"), ",", [1.234, 2.345]),
        (("0,123",), ",", [0.123]),
        ((7.5, "3"), None, [7.5, 3]),
        (("1e2", "1.5E-1"), ",", [100, 0.15]),
        ((), ",", []),
    ],
)
def test_the_decimal_sign_is_that_of_the_column(cells, delimiter, expected):
    parsed = numbers(_column(*cells), delimiter=delimiter)
    assert (parsed.values, parsed.problems) == (expected, [])


@pytest.mark.parametrize(
    ("cells", "delimiter", "told"),
    [
        (("1,5", "2.5"), ";", [("decimals_mixed", 2)]),
        (("1,234", "2,345"), ",", [("decimals_ambiguous", 2)]),
        (("1.234",), ";", [("decimals_ambiguous", 2)]),
        (("1.234,5",), ";", [("not_a_number", 2)]),
        (("1", "abc", "2 3", "٣", "1_0", "0x1f"), ",", [("not_a_number", row) for row in range(3, 8)]),
        (
            ("NaN", "nan", "inf", "-Infinity", "NA", "n/a", "null", "-"),
            ",",
            [("no_value_word", row) for row in range(2, 10)],
        ),
        (("1e309", "-1e309", float("inf"), float("nan")), ",", [("not_finite", row) for row in range(2, 6)]),
        ((date(2024, 1, 1),), None, [("not_a_number", 2)]),
        (("9" * 400,), ",", [("not_finite", 2)]),
    ],
)
def test_what_is_no_number_is_named(cells, delimiter, told):
    assert _told(numbers(_column(*cells), delimiter=delimiter)) == told


def test_a_declared_decimal_sign_settles_it():
    assert numbers(_column("1,234"), decimal=",", delimiter=",").values == [1.234]
    assert _told(numbers(_column("1.5"), decimal=",")) == [("not_a_number", 2)]


@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=1), st.sampled_from(".,"))
def test_numbers_survive_being_written_and_read(written, sign):
    cells = [str(x).replace(".", sign) for x in written]
    assert numbers(_column(*cells), decimal=sign).values == written


@pytest.mark.parametrize(
    ("cells", "written", "expected"),
    [
        (("2024-02-29", "2024-03-01T10:30:00+03:00"), "YYYY-MM-DD", [date(2024, 2, 29), date(2024, 3, 1)]),
        (("29.02.2024",), "DD.MM.YYYY", [date(2024, 2, 29)]),
        (("1.2.2024", "01.02.2024"), "D.M.YYYY", [date(2024, 2, 1)] * 2),
        (("02/29/2024",), "MM/DD/YYYY", [date(2024, 2, 29)]),
        (("2024-02-29", date(2024, 1, 5), None), "DD.MM.YYYY", [date(2024, 2, 29), date(2024, 1, 5), None]),
    ],
)
def test_dates_are_iso_or_as_declared(cells, written, expected):
    parsed = dates(_column(*cells), TODAY, written)
    assert (parsed.values, parsed.problems) == (expected, [])


@pytest.mark.parametrize(
    ("cell", "written", "code"),
    [
        ("2025-02-29", "YYYY-MM-DD", "date_impossible"),
        ("31.04.2024", "DD.MM.YYYY", "date_impossible"),
        ("0000-01-01", "YYYY-MM-DD", "date_impossible"),
        ("2024-13-01", "YYYY-MM-DD", "date_impossible"),
        ("0001-01-01", "YYYY-MM-DD", "date_too_old"),
        ("1899-12-31", "YYYY-MM-DD", "date_too_old"),
        ("9999-12-31", "YYYY-MM-DD", "date_in_future"),
        ("2026-05-04", "YYYY-MM-DD", "date_in_future"),
        ("03.05.2024", "YYYY-MM-DD", "date_unreadable"),
        ("3.5.2024", "DD.MM.YYYY", "date_unreadable"),
        ("45351", "YYYY-MM-DD", "date_unreadable"),
        (45351.0, "YYYY-MM-DD", "date_unreadable"),
        ("yesterday", "YYYY-MM-DD", "date_unreadable"),
    ],
)
def test_what_is_no_date_is_named(cell, written, code):
    assert _told(dates(_column(cell), TODAY, written)) == [(code, 2)]


@pytest.mark.parametrize("written", ["", "DD.MM", "DD.MM.YY", "DD.DD.YYYY", "%d.%m.%Y", "DD Month YYYY"])
def test_a_format_names_day_month_and_year(written):
    with pytest.raises(ValueError, match="once each"):
        date_pattern(written)


def test_codes_written_as_decimals_lose_the_zero_when_all_are():
    assert codes(_column("1.0", "12.0"), 40).values == ["1", "12"]
    assert codes(_column("1.0", "A-2"), 40).values == ["1.0", "A-2"]
    assert codes(_column(7.0, "A-2", "a  b"), 40).values == ["7", "A-2", "a b"]
    assert _told(codes(_column("x" * 41, "a\u200bb", "a\u202eb"), 40)) == [("patient_unusable", n) for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("amount", "kind", "expected"),
    [
        (92, TimeKind.DAYS, date(2024, 5, 1)),
        (-30, TimeKind.DAYS, date(2023, 12, 31)),
        (2, TimeKind.WEEKS, date(2024, 2, 13)),
        (-1, TimeKind.WEEKS, date(2024, 1, 23)),
        (1, TimeKind.MONTHS, date(2024, 2, 29)),
        (-2, TimeKind.MONTHS, date(2023, 11, 30)),
        (13, TimeKind.MONTHS, date(2025, 2, 28)),
        (0.5, TimeKind.WEEKS, ProblemCode.TIME_NOT_WHOLE),
        (1.5, TimeKind.MONTHS, ProblemCode.TIME_NOT_WHOLE),
        (1e300, TimeKind.DAYS, ProblemCode.TIME_TOO_FAR),
        (-721, TimeKind.MONTHS, ProblemCode.TIME_TOO_FAR),
    ],
)
def test_times_are_counted_from_their_day(amount, kind, expected):
    anchor = date(2024, 1, 30)
    assert moved(anchor, amount, kind) == expected


@given(st.dates(date(1950, 1, 1), date(2030, 1, 1)), st.integers(-600, 600))
def test_months_keep_the_day_or_take_the_last_of_the_month(anchor, months):
    day = moved(anchor, months, TimeKind.MONTHS)
    assert (day.year * 12 + day.month) - (anchor.year * 12 + anchor.month) == months
    assert day.day == anchor.day or (day.day < anchor.day and (day + timedelta(days=1)).day == 1)


def test_words_are_compared_without_case_in_turkish_too():
    assert plain("KADIN") == plain("kadın") == plain("Kadin")
    assert plain("ERKEK") == plain(" erkek ")
