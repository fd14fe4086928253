"""Mappings: what is written down is read back, and what cannot be understood is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.exchange.readers.columns import TimeKind
from outcomes.exchange.readers.files import read_table
from outcomes.exchange.readers.mapping import ColumnMapping, Field, Key, Layout, mapping_of, read_mapping
from outcomes.exchange.readers.problems import MappingRefused
from outcomes.exchange.readers.suggest import suggest
from outcomes.terms import AnsweredBy, Language, Material, Route
from tests.exchange.making import CATALOGUE, TODAY, csv

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(
    st.builds(
        ColumnMapping,
        columns=st.dictionaries(st.sampled_from(["patient", "hads.depression", "chalder11:3", "fss9.mean@T0"]), NAMES),
        layout=st.sampled_from(Layout),
        time=st.sampled_from(TimeKind),
        at=st.dictionaries(NAMES | st.just(""), NAMES),
        anchor=st.none() | st.dates(date(1900, 1, 1), date(2199, 1, 1)),
        labels=st.dictionaries(NAMES, NAMES | st.integers(-4000, 4000)),
        words=st.dictionaries(st.just("sex"), st.dictionaries(NAMES, st.sampled_from(["female", "male"]))),
        where=st.dictionaries(NAMES, st.lists(NAMES).map(tuple)),
        missing=st.lists(NAMES).map(tuple),
        comparison=st.lists(NAMES).map(tuple),
        route=st.none() | st.sampled_from(Route),
        material=st.none() | st.sampled_from(Material),
        answered_by=st.sampled_from(AnsweredBy),
        language=st.none() | st.sampled_from(Language),
        date_format=st.sampled_from(["YYYY-MM-DD", "DD.MM.YYYY", "M/D/YYYY"]),
        decimal=st.none() | st.sampled_from(".,"),
        encoding=st.none() | st.just("utf-16"),
        delimiter=st.none() | st.sampled_from(";,\t"),
        sheet=st.none() | NAMES,
    )
)
def test_a_mapping_survives_being_written_and_read(mapping):
    assert read_mapping(mapping.as_json()) == mapping


@pytest.mark.parametrize(
    ("data", "code", "key"),
    [
        ({"colums": {}}, "mapping_key", "colums"),
        ({"columns": ["id"]}, "mapping_value", "columns"),
        ({"columns": {"patient": 3}}, "mapping_value", "columns"),
        ({"columns": {"patient": "a\x00b"}}, "mapping_value", "columns"),
        ({"layout": "tall"}, "mapping_value", "layout"),
        ({"time": "years"}, "mapping_value", "time"),
        ({"anchor": "03.05.2024"}, "mapping_value", "anchor"),
        ({"anchor": "0001-01-01"}, "mapping_value", "anchor"),
        ({"anchor": 5}, "mapping_value", "anchor"),
        ({"labels": {"1": 1.5}}, "mapping_value", "labels"),
        ({"labels": {"1": True}}, "mapping_value", "labels"),
        ({"words": {"name": {"a": "b"}}}, "mapping_value", "words"),
        ({"words": {"sex": {"a": "b"}}}, "mapping_value", "words"),
        ({"words": {"nothing": {"a": "b"}}}, "mapping_value", "words"),
        ({"where": {"group": 3}}, "mapping_value", "where"),
        ({"route": "mouth"}, "mapping_value", "route"),
        ({"date_format": "DD.MM.YY"}, "mapping_value", "date_format"),
        ({"decimal": "·"}, "mapping_value", "decimal"),
        ({"delimiter": "|"}, "mapping_value", "delimiter"),
        ({"encoding": "utf-7"}, "mapping_value", "encoding"),
    ],
)
def test_what_means_nothing_is_refused(data, code, key):
    with pytest.raises(MappingRefused) as refused:
        mapping_of(data)
    assert [(problem.code.value, problem.values["key"]) for problem in refused.value.problems] == [(code, key)]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000])
def test_a_mapping_is_written_as_json(text):
    with pytest.raises(MappingRefused, match="mapping_no_json"):
        read_mapping(text)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(MappingRefused) as refused:
        mapping_of({"a": 1, "layout": "tall", "time": "days"})
    assert len(refused.value.problems) == 2


def test_keys_name_a_field_or_a_target_and_its_visit():
    assert (Key.of("time@T0").field, Key.of("time@T0").visit) == (Field.TIME, "T0")
    assert Key.of("fss9.mean").field is None
    assert str(Key("a", "b")) == "a@b"


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            ["Hasta No", "Vizit Tarihi", "FMT Tarihi", "Cinsiyet", "chalder11_1", "chalder11_q2", "FSS", "Yorum"],
            ["A", "03.05.2024", "01.01.2024", "K", "1", "2", "3", "iyi"],
            {
                "columns": {
                    "patient": "Hasta No",
                    "time": "Vizit Tarihi",
                    "fmt": "FMT Tarihi",
                    "sex": "Cinsiyet",
                    "chalder11:1": "chalder11_1",
                    "chalder11:2": "chalder11_q2",
                    "fss9.mean": "FSS",
                },
                "date_format": "DD.MM.YYYY",
            },
        ),
        (
            ["id", "week", "hads_anxiety"],
            ["A", "4", "3"],
            {"columns": {"patient": "id", "time": "week", "hads.anxiety": "hads_anxiety"}, "time": "weeks"},
        ),
        (
            ["id", "visit", "MFIS total"],
            ["A", "Baseline", "3"],
            {"columns": {"patient": "id", "time": "visit", "mfis21.total": "MFIS total"}, "time": "label"},
        ),
        (
            ["id", "fss_T0", "fss_T1", "date_T0", "date_T1"],
            ["A", "3", "4", "2024-01-01", "2024-02-01"],
            {
                "columns": {
                    "patient": "id",
                    "fss9.mean@t0": "fss_T0",
                    "fss9.mean@t1": "fss_T1",
                    "time@t0": "date_T0",
                    "time@t1": "date_T1",
                },
                "layout": "wide",
            },
        ),
        (
            ["id", "fss_baseline", "fss_month_3"],
            ["A", "3", "4"],
            {
                "columns": {"patient": "id", "fss9.mean@baseline": "fss_baseline", "fss9.mean@month_3": "fss_month_3"},
                "layout": "wide",
                "time": "label",
            },
        ),
    ],
)
def test_names_of_columns_suggest_what_they_mean(header, row, expected):
    table = read_table(csv(header, row, sep=";"))
    assert suggest(table, CATALOGUE, TODAY).as_data() == expected


def test_one_impossible_date_does_not_turn_dates_into_names_of_visits():
    rows = [["A", "03.05.2024", "5"], ["A", "31.06.2024", "5"], ["B", "13.02.2024", "5"]]
    mapping = suggest(read_table(csv(["id", "date", "hads depression"], *rows)), CATALOGUE, TODAY)
    assert (mapping.time, mapping.date_format) == (TimeKind.DATE, "DD.MM.YYYY")
