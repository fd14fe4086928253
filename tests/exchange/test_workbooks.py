"""Workbooks: read like text tables, and refused before they can do harm."""

import io
import random
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.exchange.readers.files import read_table
from tests.exchange.making import refusal, streamed_workbook, with_part, workbook

GOOD = workbook(["id", "date", "dep"], ["Şule", date(2024, 2, 29), 12.5], ["7", datetime(2024, 3, 1, 10, 30), 3])  # noqa: DTZ001 - as openpyxl wants it
SHARED = streamed_workbook(["id"], ["Şule"])
SHEET = "xl/worksheets/sheet1.xml"


def _refusal(content, **options):
    return [(problem.code.value, problem.row, problem.values.get("cell")) for problem in refusal(content, **options)]


def _in_sheet(old, new, content=GOOD):
    def changed(part):
        assert old in part
        return part.replace(old, new, 1)

    return with_part(content, SHEET, changed)


@pytest.mark.parametrize("write", [workbook, streamed_workbook, lambda *rows: streamed_workbook(*rows, shared=False)])
def test_texts_numbers_and_dates_are_read_from_every_writer(write):
    table = read_table(
        write(["id", "when", "x"], ["Işık ğüşöç", date(2024, 2, 29), -0.25], ["b", date(1900, 1, 5), 1e300])
    )
    assert table.header == ("id", "when", "x")
    assert [row.cells for row in table.rows] == [
        ("Işık ğüşöç", date(2024, 2, 29), -0.25),
        ("b", date(1900, 1, 5), 1e300),
    ]


def test_a_time_of_day_is_left_off_a_date():
    assert read_table(GOOD).rows[1].cells == ("7", date(2024, 3, 1), 3.0)


def test_the_first_sheet_that_is_not_hidden_is_read_unless_another_is_named():
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["n"])
    book.active.sheet_state = "hidden"
    for name in ("First", "Second"):
        sheet = book.create_sheet(name)
        sheet.append(["id"])
        sheet.append([name])
    out = io.BytesIO()
    book.save(out)
    assert read_table(out.getvalue()).rows[0].cells == ("First",)
    assert read_table(out.getvalue(), sheet="Second").rows[0].cells == ("Second",)
    assert _refusal(out.getvalue(), sheet="Third") == [("sheet_missing", None, None)]


def test_the_calendar_of_1904_is_known():
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["d"])
    book.active.append([date(2024, 2, 29)])
    out = io.BytesIO()
    book.save(out)
    assert read_table(out.getvalue()).rows[0].cells == (date(2024, 2, 29),)


@pytest.mark.parametrize("code", ["dd/mm/yyyy", '"on" d mmm', "[$-41F]d mmmm yyyy", "yyyy\\-mm"])
def test_whatever_shows_a_day_is_a_date(code):
    book = openpyxl.Workbook()
    book.active.append(["d"])
    book.active.append([45351])
    book.active["A2"].number_format = code
    out = io.BytesIO()
    book.save(out)
    assert read_table(out.getvalue()).rows[0].cells == (date(2024, 2, 29),)


@pytest.mark.parametrize("code", ["0.00", "[Red]0", "mm:ss", "h:mm", "General", '0 "days"'])
def test_whatever_shows_no_day_is_a_number(code):
    book = openpyxl.Workbook()
    book.active.append(["d"])
    book.active.append([45351])
    book.active["A2"].number_format = code
    out = io.BytesIO()
    book.save(out)
    assert read_table(out.getvalue()).rows[0].cells == (45351.0,)


def test_formulas_are_refused_each_with_its_cell():
    content = workbook(["id", "x"], ["a", "=1+1"], ["b", 2], ["=A2", "=SUM(B2:B3)"])
    assert _refusal(content) == [("formula", 2, "B2"), ("formula", 4, "A4"), ("formula", 4, "B4")]


def test_a_sheet_full_of_formulas_is_given_up_early():
    assert len(_refusal(workbook(["x"], *(["=1"] for _ in range(500))))) == 50


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (GOOD[:-60], "workbook_broken"),
        (GOOD[: len(GOOD) // 2], "workbook_broken"),
        (_in_sheet(b"</sheetData>", b""), "workbook_broken"),
        (_in_sheet(b"<sheetData>", b'<!DOCTYPE x [<!ENTITY e "1">]><sheetData>'), "workbook_broken"),
        (_in_sheet(b"<worksheet", b'<?xml version="1.0" encoding="klingon"?><worksheet'), "workbook_broken"),
        (
            with_part(GOOD, SHEET, lambda _: b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "x">]><w/>'),
            "workbook_broken",
        ),
        (with_part(GOOD, "xl/workbook.xml", lambda _: b"<workbook/>"), "workbook_broken"),
        (
            with_part(GOOD, "xl/_rels/workbook.xml.rels", lambda part: part.replace(b"sheet1", b"sheet9")),
            "workbook_broken",
        ),
        (with_part(GOOD, "xl/bomb.bin", lambda _: bytes(70 * 1024 * 1024)), "unzipped_too_large"),
        (_in_sheet(b"<v>0</v>", b"<v>-1</v>", SHARED), "workbook_broken"),
        (_in_sheet(b"<v>0</v>", b"<v>999</v>", SHARED), "workbook_broken"),
        (_in_sheet(b"<v>12.5</v>", b"<f>1+1</f><v>2</v>"), "formula"),
        (_in_sheet(b'r="C2"', b'r="XFD2"'), "too_many_columns"),
        (_in_sheet(b"<v>45351</v>", b"<v>1e309</v>"), "date_impossible"),
        (_in_sheet(b"<v>45351</v>", b"<v>60</v>"), "date_impossible"),
        (_in_sheet(b"<v>45351</v>", b"<v>-5000000</v>"), "date_impossible"),
        (workbook(["a"], ["x" * 6000]), "cell_too_long"),
    ],
)
def test_a_damaged_or_hostile_workbook_is_refused_with_its_reason(content, code):
    assert _refusal(content)[0][0] == code


def test_a_nest_of_elements_is_not_unpacked():
    deep = b"<row>" * 200_000
    assert _refusal(_in_sheet(b"<sheetData>", b"<sheetData>" + deep))[0][0] == "workbook_broken"


def test_an_error_in_a_cell_is_named():
    content = with_part(
        GOOD, SHEET, lambda part: part.replace(b'<c r="C2" t="n"><v>12.5</v>', b'<c r="C2" t="e"><v>#DIV/0!</v>')
    )
    assert _refusal(content) == [("cell_error", None, "C2")]


def test_a_locked_archive_is_refused():
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        for part in archive.filelist:
            part.flag_bits |= 1
        archive.writestr("more", b"x")
        archive.filelist[-1].flag_bits |= 1
    assert _refusal(out.getvalue()) == [("workbook_locked", None, None)]


def test_no_escape_smuggles_in_what_cannot_be_written():
    texts = b"<is><t>a_x0000_b_xD800_c_x0041_</t></is>"
    book = _in_sheet(b"</sheetData>", b"<row r='9'><c r='A9' t='inlineStr'>" + texts + b"</c></row></sheetData>")
    assert read_table(book).rows[-1].cells[0] == "a\ufffdb\ufffdcA"


def test_numbers_that_are_none_stay_texts_to_be_refused_by_the_column():
    content = _in_sheet(b"<v>12.5</v>", b"<v>NaN</v>")
    assert read_table(content).rows[0].cells[2] == "NaN"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(seed):
    dice, content = random.Random(seed), bytearray(GOOD)
    for _ in range(dice.randint(1, 8)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    assert refusal(bytes(content)) is not None


SCRAPS = (b"", b"<", b">", b'"', b"-1", b"99999999999", b"\xff")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["xl/workbook.xml", SHEET, "xl/styles.xml", "xl/sharedStrings.xml"]))
def test_a_workbook_with_any_part_scrambled_is_read_or_refused(seed, path):
    content = SHARED if path == "xl/sharedStrings.xml" else GOOD
    dice = random.Random(seed)

    def scrambled(part):
        changed = bytearray(part)
        for _ in range(dice.randint(1, 6)):
            start = dice.randrange(len(changed))
            changed[start : start + dice.randint(0, 3)] = dice.choice(SCRAPS)
        return bytes(changed)

    assert refusal(with_part(content, path, scrambled)) is not None
