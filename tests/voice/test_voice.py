"""The voice: numbers, dates, lists and order as each language writes them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.terms import Language
from outcomes.voice import Voice

EN = Voice(Language.ENGLISH)
TR = Voice(Language.TURKISH)


@pytest.mark.parametrize(
    ("x", "decimals", "english", "turkish"),
    [
        (4.8, None, "4.8", "4,8"),
        (9.0, None, "9", "9"),
        (9.0, 1, "9.0", "9,0"),
        (-9.0, 1, "−9.0", "−9,0"),
        (2.675, 2, "2.68", "2,68"),
        (0.125, None, "0.13", "0,13"),
        (-0.04, 1, "0.0", "0,0"),
        (0.5, 0, "1", "1"),
        (1234.5, None, "1,234.5", "1.234,5"),
        (12, None, "12", "12"),
    ],
)
def test_a_number_is_written_as_the_language_writes_it(x, decimals, english, turkish):
    assert EN.number(x, decimals) == english
    assert TR.number(x, decimals) == turkish


@pytest.mark.parametrize(
    ("x", "decimals", "written"),
    [(4.8, None, "+4.8"), (-9, 1, "−9.0"), (0, 1, "0.0"), (0.004, None, "0"), (-0.004, 2, "0.00"), (0.05, 1, "+0.1")],
)
def test_a_change_carries_its_sign(x, decimals, written):
    assert EN.signed(x, decimals) == written


@given(st.floats(-1e9, 1e9), st.sampled_from([None, 0, 1, 2]))
def test_a_change_and_its_opposite_differ_in_the_sign_alone(x, decimals):
    assert EN.signed(x, decimals).lstrip("+−") == EN.signed(-x, decimals).lstrip("+−")


@pytest.mark.parametrize(
    ("share", "decimals", "english", "turkish"),
    [(0.29, 0, "29 %", "%29"), (1, 0, "100 %", "%100"), (0.125, 1, "12.5 %", "%12,5"), (-0.03, 0, "−3 %", "−%3")],
)
def test_a_share_is_written_as_percentage(share, decimals, english, turkish):
    assert EN.percent(share, decimals) == english
    assert TR.percent(share, decimals) == turkish


@pytest.mark.parametrize(
    ("style", "english", "turkish"),
    [
        ("short", "3 May", "3 May"),
        ("medium", "3 May 2026", "3 Mayıs 2026"),
        ("full", "Sunday 3 May 2026", "3 Mayıs 2026 Pazar"),
    ],
)
def test_a_date_is_written_in_words(style, english, turkish):
    assert EN.date(date(2026, 5, 3), style) == english
    assert TR.date(date(2026, 5, 3), style) == turkish


def test_a_moment_is_told_in_the_time_zone_of_the_clinic():
    late = datetime(2026, 5, 2, 22, 30, tzinfo=UTC)
    assert EN.moment(late, "Europe/Istanbul") == "3 May 2026, 01:30"


def test_days_are_counted_from_the_infusion():
    assert (EN.day(92), EN.day(-24)) == ("day 92", "day −24")
    assert (TR.day(92), TR.day(-24)) == ("92. gün", "−24. gün")


def test_a_title_falls_back_to_english():
    titles = {Language.ENGLISH: "Fatigue"}
    assert TR.pick(titles) == "Fatigue"
    assert TR.pick({**titles, Language.TURKISH: "Yorgunluk"}) == "Yorgunluk"


def test_parts_are_joined_with_and():
    assert EN.join(["a", "b", "c"]) == "a, b and c"
    assert TR.join(["a", "b", "c"]) == "a, b ve c"
    assert EN.join([]) == ""


def test_turkish_letters_sort_in_the_turkish_order():
    names = ["Zeynep", "Çiğdem", "İnci", "Ilgın", "Cem", "Ömer", "Oya", "Şule", "Sena", "Ümit", "Uğur", "Demir", "Âdem"]
    expected = "Âdem Cem Çiğdem Demir Ilgın İnci Oya Ömer Sena Şule Uğur Ümit Zeynep"
    assert TR.sorted(names, key=str) == expected.split()


def test_english_sorts_accents_with_their_bare_letters_and_digits_first():
    assert EN.sorted(["zoo", "Éclair", "apple", "9", "Eel"], key=str) == ["9", "apple", "Éclair", "Eel", "zoo"]


@given(st.lists(st.text()))
def test_sorting_loses_nothing(texts):
    for voice in (EN, TR):
        assert sorted(voice.sorted(texts, key=str)) == sorted(texts)


def test_values_reach_their_places_and_a_lone_percent_sign_stays():
    assert EN.say("%(who)s answered", who="Cem") == "Cem answered"
    assert EN.say("50 % at floor") == "50 % at floor"
    assert EN.say("") == ""


def test_counting_chooses_the_form_and_formats_the_number():
    assert EN.count("%(n)s patient", "%(n)s patients", 1) == "1 patient"
    assert EN.count("%(n)s patient", "%(n)s patients", 1200) == "1,200 patients"
