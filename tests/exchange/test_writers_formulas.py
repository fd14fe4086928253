"""Formula injection: hostile texts in every place where a text may stand, read back from every format."""

import csv
import io
import json
from zipfile import ZipFile

import polars as pl
import pyreadstat
import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from outcomes.exchange.writers.contents import NOT_KNOWN, Code, Column, Kind, ReleasedKey, Table
from outcomes.exchange.writers.texts import plain, unguarded
from outcomes.terms import Language
from tests.exchange.payloads import PAYLOADS
from tests.exchange.releasing import opened, packed, release
from tests.exchange.test_writers_texts import STARTS

NUMBERS = [-1.5, -0.0001, 0.0, 1e-300, 12.0, -9900.0, 1234567.125]
WANTED = [(plain(text), plain(text), NUMBERS[n % len(NUMBERS)]) for n, text in enumerate(PAYLOADS)]


def hostile(text):
    return {Language.ENGLISH: text, Language.TURKISH: text}


def table():
    codes = tuple(Code(plain(text), hostile(text)) for text in PAYLOADS)
    columns = (
        Column("word", Kind.TEXT, hostile("=1+1")),
        Column("code", Kind.CODE, hostile("@SUM(1)"), codes),
        Column("number", Kind.NUMBER, hostile("-1+1"), reason=NOT_KNOWN),
    )
    rows = [(text, plain(text), number) for text, (_, _, number) in zip(PAYLOADS, WANTED, strict=True)]
    return Table("hostile", hostile("+1+1"), columns, [[*rows, ("end", plain(PAYLOADS[0]), None)]])


@pytest.fixture(scope="module")
def archive():
    key = ReleasedKey("x", "1", hostile("=1+1"), b"", tuple(PAYLOADS))
    changed = {"title": "=1+1", "country": "@TR", "summaries": (table(),), "keys": (key,)}
    return opened(packed(release(2, **changed))[0])


def read(archive, name):
    """The texts of a delimited file, as a program takes them that cuts at this separator."""
    return archive.read(name).decode()


def test_there_are_payloads_enough():
    assert len(set(PAYLOADS)) >= 30


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_delimited_file_has_a_cell_that_computes(archive, separator):
    names = [name for name in archive.namelist() if name.endswith(".csv")]
    assert len(names) >= 10
    for name in names:
        cells = [
            c for line in csv.reader(io.StringIO(read(archive, name), newline=""), delimiter=separator) for c in line
        ]
        assert [cell for cell in cells if STARTS.match(cell) and not _is_number(cell)] == [], name


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return not cell.strip("-")  # the sign for "none" in the codebook
    return True


def test_csv_gives_every_text_and_number_back(archive):
    _, *lines = csv.reader(io.StringIO(read(archive, "data/csv/hostile.csv"), newline=""), strict=True)
    found = [(unguarded(word), unguarded(code), number) for word, code, number in lines]
    assert [(word, code, float(number)) for word, code, number in found[:-1]] == WANTED
    assert found[-1][2] == "NA"


def test_workbook_has_no_formula_and_no_link(archive):
    content = archive.read("data/release.xlsx")
    parts = ZipFile(io.BytesIO(content))
    sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) >= 6
    assert [sheet for sheet in sheets if b"<f>" in sheet or b"<f " in sheet or b"hyperlink" in sheet] == []
    sheet = load_workbook(io.BytesIO(content))["hostile"]
    rows = list(sheet.iter_rows(min_row=2))
    assert {cell.data_type for row in rows for cell in row[:2]} <= {"s", "inlineStr"}
    assert [row[2].value for row in rows] == [*(number for _, _, number in WANTED), "NA"]
    assert {row[2].data_type for row in rows[:-1]} == {"n"}
    found = [(row[0].value, row[1].value) for row in rows[:-1]]
    assert [_lines(text) for pair in found for text in pair] == [_lines(text) for pair in WANTED for text in pair[:2]]


def _lines(text):
    """A workbook writes the carriage return as an escape; ends of lines are one sign."""
    return unescape(text).replace("\r\n", "\n").replace("\r", "\n")


def test_parquet(archive):
    found = pl.read_parquet(io.BytesIO(archive.read("data/parquet/hostile.parquet"))).rows()
    assert found[:-1] == WANTED


@pytest.mark.parametrize(("folder", "suffix"), [("spss", "sav"), ("stata", "dta")])
def test_packages_keep_texts_texts_and_numbers_numbers(archive, tmp_path, folder, suffix):
    path = tmp_path / f"hostile.{suffix}"
    path.write_bytes(archive.read(f"data/{folder}/hostile.{suffix}"))
    reader = pyreadstat.read_sav if suffix == "sav" else pyreadstat.read_dta
    found, told = reader(str(path), output_format="polars")
    assert found["word"].to_list()[:-1] == [word.rstrip(" ") for word, _, _ in WANTED]
    assert [int(code) for code in found["code"].to_list()[:-1]] == list(range(1, len(PAYLOADS) + 1))
    assert told.variable_value_labels["code"][1] == "=1+1"
    assert found["number"].to_list() == [*(number for _, _, number in WANTED), None]


def test_described_in_json_and_pages_without_markup(archive):
    described = json.loads(archive.read("datapackage.json"))
    assert described["title"] == "=1+1"
    page = archive.read("codebook/codebook.en.html").decode()
    assert "<code>=HYPERLINK(&quot;" in page
