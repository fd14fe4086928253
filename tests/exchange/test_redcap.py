"""REDCap's shape both ways: what is written is read back, value for value."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.exchange.readers.redcap import RedcapError, read_data, read_dictionary
from outcomes.exchange.writers.redcap import (
    DICTIONARY,
    RedcapScale,
    RedcapVisit,
    data_dictionary,
    data_file,
    variables,
)
from outcomes.terms import Absence

SCALES = (RedcapScale("chalder11.likert", "Fatigue", 0.0, 33.0), RedcapScale("eq5d.index", "=1+1, a title", None, 1.0))
KEYS = [scale.key for scale in SCALES]
codes = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: value + 0.0)


@st.composite
def visits(draw):
    values = draw(st.dictionaries(st.sampled_from(KEYS), numbers))
    absences = draw(
        st.dictionaries(st.sampled_from([key for key in KEYS if key not in values] or KEYS), st.sampled_from(Absence))
    )
    absences = {key: why for key, why in absences.items() if key not in values}
    return RedcapVisit(draw(codes), draw(st.dates(date(1900, 1, 1), date(2100, 1, 1))), values, absences)


@given(st.lists(visits(), max_size=6))
def test_visits_come_back_as_they_were(told):
    assert read_data(data_file(SCALES, told), variables(SCALES)) == tuple(told)


def test_the_dictionary_comes_back_and_has_redcap_s_columns():
    text = data_dictionary(SCALES)
    assert read_dictionary(text) == SCALES
    assert len(DICTIONARY) == 18
    assert all(name == name.lower() and len(name) <= 26 for name in variables(SCALES).values())


def test_no_cell_begins_to_compute():
    visit = RedcapVisit("=cmd()", date(2026, 5, 12), {KEYS[0]: -3.0})
    line = data_file(SCALES, [visit]).splitlines()[1]
    assert line.startswith("'=cmd()")
    assert ",-3," in line


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ("2026-05-12", "visit_date"),
        ("6.5", "chalder11_likert"),
        ("skipped", "eq5d_index_absent"),
        ("visit_date", "visit_date"),
    ],
)
def test_what_cannot_be_read_is_named(changed, field):
    visit = RedcapVisit("P-1", date(2026, 5, 12), {KEYS[0]: 6.5}, {KEYS[1]: Absence.SKIPPED})
    with pytest.raises(RedcapError) as refused:
        read_data(data_file(SCALES, [visit]).replace(changed, "wrong"), variables(SCALES))
    assert refused.value.field == field
