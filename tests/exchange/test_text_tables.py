"""Text tables: whatever program and country they come from, the same rows are read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.exchange.readers.files import read_table
from outcomes.exchange.readers.problems import UnreadableFile
from outcomes.exchange.readers.table import MEGABYTE, Limits, header_hash
from tests.exchange.making import csv, refusal

TURKISH = "Çağrı Şığüöİ"
ROWS = (["kod", "ad", "puan"], ["A1", TURKISH, "3"])


@pytest.mark.parametrize(
    ("encoding", "recognised"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("cp1254", "windows-1254"),
    ],
)
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_every_usual_encoding_and_delimiter_gives_the_same_rows(encoding, recognised, sep):
    table = read_table(csv(*ROWS, sep=sep, encoding=encoding))
    assert (table.encoding, table.delimiter) == (recognised, sep)
    assert table.header == ("kod", "ad", "puan")
    assert [row.cells for row in table.rows] == [("A1", TURKISH, "3")]


@pytest.mark.parametrize("encoding", ["cp1254", "iso8859-9", "utf-16"])
def test_a_declared_encoding_is_taken_at_its_word(encoding):
    declared = {"cp1254": "windows-1254", "iso8859-9": "iso-8859-9", "utf-16": "utf-16"}[encoding]
    assert read_table(csv(*ROWS, encoding=encoding), encoding=declared).rows[0].cells[1] == TURKISH


def test_a_capital_with_an_apostrophe_is_not_taken_for_utf_8():
    """In Windows-1254 "İ’" is a pair of bytes that UTF-8 would read as one Arabic letter."""
    assert read_table(csv(["ad"], ["GAZİ’nin ağrısı"], encoding="cp1254")).rows[0].cells == ("GAZİ’nin ağrısı",)


def test_rows_are_numbered_as_a_spreadsheet_numbers_them():
    table = read_table(b'a,b\n\n1,"two\nlines"\n,\n3,4\n')
    assert [(row.number, row.cells) for row in table.rows] == [(3, ("1", "two\nlines")), (5, ("3", "4"))]


def test_the_line_that_names_the_delimiter_is_followed():
    assert read_table(b"sep=;\na;b,c\n1;2\n").header == ("a", "b,c")


def test_cells_lose_the_space_around_them_and_short_rows_are_filled():
    assert read_table("a,b,c\n \u00a01 ,2\n".encode()).rows[0].cells == ("1", "2", None)


def test_columns_are_named_on_one_line_without_invisible_signs():
    assert read_table(b'"a\nb",c\x01d\n1,2\n').header == ("a b", "c d")


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"", "empty_file", None),
        (b"  \n\n", "empty_file", None),
        (b",,\n", "header_missing", 1),
        (b"a,b\n1,2,3\n", "row_too_long", 2),
        (b"a,a\n1,2\n", "header_duplicate", 1),
        (b'a,b\n1,"2\n3,4\n', "quotes", 2),
        (b'a,b\n1,"2"x\n', "quotes", 2),
        (b"a,b,c\n1,2,3\n4,5", "row_too_short", 3),
        (b"a,b\n1,\x00\n", "not_a_table", None),
        (b"%PDF-1.7 ...", "not_a_table", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old_workbook", None),
        (b"PK\x03\x04 and then nothing", "workbook_broken", None),
        ("ad;no\nŞule;1\n".encode() + "Ali Şahin;2\n".encode("cp1254"), "encoding_mixed", None),
        (b"ad;no\n\x81\x8d;1\n", "encoding_wrong", None),
        (b"a,b\n" + b"x" * (10 * MEGABYTE) + b",1\n", "cell_too_long", 2),
        (b"a,b\n" + b"x" * 6000 + b",1\n", "cell_too_long", 2),
        (b"a,b\n1,2\n" * 60_000, "too_many_rows", None),
        (b",".join(b"c%d" % n for n in range(2001)) + b"\n", "too_many_columns", None),
        (b"x" * (20 * MEGABYTE + 1), "file_too_large", None),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(content, code, row):
    with pytest.raises(UnreadableFile) as refused:
        read_table(content)
    assert [(problem.code.value, problem.row) for problem in refused.value.problems] == [(code, row)]


def test_an_encoding_that_does_not_fit_is_refused():
    for declared in ("utf-8", "utf-16"):
        with pytest.raises(UnreadableFile, match="encoding_wrong"):
            read_table(csv(*ROWS, encoding="cp1254") + b"\xff", encoding=declared)
    with pytest.raises(UnreadableFile, match="encoding_unknown"):
        read_table(b"a\n1\n", encoding="utf-7")


def test_limits_can_be_set():
    assert len(read_table(b"a\n1\n2\n", limits=Limits(rows=2)).rows) == 2
    with pytest.raises(UnreadableFile, match="too_many_rows"):
        read_table(b"a\n1\n2\n3\n", limits=Limits(rows=2))


def test_a_header_is_known_again_whatever_the_order_of_its_columns():
    assert header_hash(("a", "b")) == header_hash(("b", "a")) != header_hash(("ab",))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    if not refusal(content):
        table = read_table(content)
        assert all(len(row.cells) == len(table.header) for row in table.rows)
