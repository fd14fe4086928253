"""Every column of every table is classified, and only four kinds may leave."""

import re

import pytest

from outcomes.privacy.columns import LEAVING, Kind, NotAllowedError, allowed, catalogue, kind_of
from outcomes.records import tables  # noqa: F401 - fills the metadata
from outcomes.records.base import Base

COLUMNS = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}


def test_every_column_is_classified():
    assert len(COLUMNS) > 200
    assert COLUMNS - set(catalogue()) == set(), "say in outcomes/privacy/columns.toml what it would tell of a person"


def test_the_catalogue_names_no_column_that_is_gone():
    assert set(catalogue()) - COLUMNS == set()


def test_what_leaves_is_neither_key_nor_date_nor_text_nor_secret():
    leaving = {column for column, kind in catalogue().items() if kind in LEAVING}
    typed = re.compile(r"(^|_)(id|note|reason|name|code|text|words|hash|sealed|at|on)$")
    assert len(leaving) > 40
    assert {column for column in leaving if typed.search(column.split(".")[1])} == set()


@pytest.mark.parametrize(
    "column", ["patient.name_sealed", "patient.id", "visit.on_date", "visit.note", "user_account.email", "patient.new"]
)
def test_what_may_not_leave_is_refused(column):
    with pytest.raises(NotAllowedError, match=re.escape(column)):
        allowed("score.value", column)


def test_a_new_column_never_leaves_by_itself():
    assert kind_of("patient.shoe_size") is None
    assert kind_of("patient.sex") is Kind.QUASI
