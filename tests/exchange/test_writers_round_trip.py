"""Every score is read back from every format value for value, by readers that are not ours where there is one."""

import csv
import importlib.util
import io
import json
import math

import pandas as pd
import polars as pl
import pyreadstat
import pytest
from openpyxl import load_workbook

from outcomes.actions.releasing.records import released_scale
from outcomes.exchange.writers.contents import (
    FIRST_MISSING,
    MEASURED,
    NO_SCORE,
    NOT_COUNTED,
    NOT_KNOWN,
    REASONS,
    WITHHELD,
    LongRow,
)
from outcomes.exchange.writers.tables import blocks, long_table, scale_names, tables
from outcomes.instruments.catalogue import load_catalogue
from tests.exchange.releasing import long_rows, opened, packed, packed_once, release, with_records

CONTENTS = release()
SCORES = long_rows(CONTENTS)
NAMES = LongRow._fields
REASON_OF = {"day": WITHHELD, "standard_error": NOT_KNOWN, "items_used": NOT_COUNTED, "items": NOT_COUNTED}
NUMBERS = ("day", "value", "standard_error", "items_used", "items", "occurrence")
CODES = {column.name: [code.code for code in column.codes] for column in long_table(CONTENTS).columns if column.codes}


def expected() -> list[tuple]:
    return [tuple(row._replace(absence=row.absence or MEASURED)) for row in SCORES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    there = tmp_path_factory.mktemp("release")
    opened(packed_once()).extractall(there)
    return there


def test_there_is_something_to_read_back():
    assert len(SCORES) > 1000
    assert sum(row.value is None for row in SCORES) > 50
    assert {row.absence for row in SCORES} >= {None, WITHHELD, "too_ill", "total_only"}
    assert any(row.value < 0 for row in SCORES if row.value is not None)


def test_csv_by_the_standard_library(folder):
    with (folder / "data/csv/long.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, strict=True)
    assert tuple(header) == NAMES
    assert [tuple(_of_text(n, cell) for n, cell in zip(NAMES, line, strict=True)) for line in lines] == expected()
    assert "" not in {cell for line in lines for cell in line}


def _of_text(name, cell):
    if name not in NUMBERS:
        return cell
    return None if cell == "NA" else float(cell) if name in {"value", "standard_error"} else int(cell)


def test_csv_by_pandas_without_any_option(folder):
    found = pd.read_csv(folder / "data/csv/long.csv")
    assert found.value.dtype == "float64"
    assert _of_pandas(found) == _comparable(expected())


def _of_pandas(found):
    return _comparable(found.astype({"key_version": str}).itertuples(index=False, name=None))


def _comparable(rows):
    return [tuple(None if isinstance(c, float) and math.isnan(c) else c for c in row) for row in rows]


def test_the_script_for_pandas_that_ships(folder):
    spec = importlib.util.spec_from_file_location("read", folder / "scripts/read.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found = script.tables()
    assert list(found) == [table.name for table in tables(CONTENTS)]
    assert found["long"].absence.cat.categories.tolist() == CODES["absence"]
    assert found["long"].value.count() == sum(row.value is not None for row in SCORES)
    assert found["treatments"].mass_g.isna().sum() == (found["treatments"].mass_g_absence == NOT_KNOWN).sum() > 0


def test_parquet(folder):
    """Every table: R's readers are held against these files."""
    assert pl.read_parquet(folder / "data/parquet/long.parquet").rows() == expected()
    for table in tables(CONTENTS):
        found = pl.read_parquet(folder / f"data/parquet/{table.name}.parquet")
        columns = [[cell for block in blocks(table) for cell in block[n]] for n in range(len(table.columns))]
        assert found.columns == list(table.names)
        assert [found[name].to_list() for name in table.names] == columns


def test_workbook(folder):
    """A workbook keeps fifteen digits of a number, as spreadsheets do."""
    book = load_workbook(folder / "data/release.xlsx", read_only=True)
    assert book.sheetnames == [table.name for table in tables(CONTENTS)]
    header, *rows = book["long"].iter_rows(values_only=True)
    assert header == NAMES
    assert len(rows) == len(SCORES)
    for found, told in zip(rows, expected(), strict=True):
        for name, cell, wanted in zip(NAMES, found, told, strict=True):
            close = pytest.approx(wanted, rel=1e-15, abs=0) if name in NUMBERS and wanted is not None else wanted
            assert cell == ("NA" if wanted is None else close)


def test_stata_by_pandas(folder):
    """Pandas reads .dta by itself; the library that wrote it is not asked."""
    found = pd.read_stata(folder / "data/stata/long.dta", convert_categoricals=False, convert_missing=True)
    letters = {f".{'abcdefghijklmnopqrstuvwxyz'[place]}": code for place, code in enumerate(REASONS)}
    rows = [_decoded(row, lambda cell: letters.get(str(cell))) for row in found.itertuples(index=False, name=None)]
    assert rows == [_reasoned(row) for row in expected()]


def test_stata_labels(folder):
    _, told = pyreadstat.read_dta(folder / "data/stata/long.dta", metadataonly=True)
    assert told.column_names_to_labels["value"] == "Score"
    assert told.variable_value_labels["visit"][1] == "Baseline"
    assert told.variable_value_labels["value"]["a"] == "too ill to answer"


def test_spss(folder):
    found, told = pyreadstat.read_sav(folder / "data/spss/long.sav", user_missing=True, output_format="polars")
    codes = {FIRST_MISSING - place: code for place, code in enumerate(REASONS)}
    assert [_decoded(row, codes.get) for row in found.rows()] == [_reasoned(row) for row in expected()]
    assert told.missing_ranges["value"] == [{"lo": -9999.0, "hi": -9901.0}]
    assert told.variable_value_labels["value"][FIRST_MISSING] == "too ill to answer"
    assert told.column_names_to_labels["value"] == "Score"


def test_spss_takes_coded_reasons_for_missing_unless_asked(folder):
    found, _ = pyreadstat.read_sav(folder / "data/spss/long.sav", output_format="polars")
    assert found["value"].null_count() == sum(row.value is None for row in SCORES)


def _decoded(row, reason):
    """Turn the numbers of codes back into codes, and missing ones into their reasons."""
    cells = []
    for name, cell in zip(NAMES, row, strict=True):
        why = reason(cell) if name in NUMBERS else None
        cells.append(why or (CODES[name][int(cell) - 1] if name in CODES else cell))
    return tuple(cells)


def _reasoned(row):
    """Put the reason where a number is missing, as these two formats do."""
    told = dict(zip(NAMES, row, strict=True))
    return tuple(
        (told["absence"] if name == "value" else REASON_OF[name]) if told[name] is None else told[name]
        for name in NAMES
    )


def test_wide_says_what_long_says(folder):
    found = pl.read_parquet(folder / "data/parquet/wide.parquet")
    names = scale_names(CONTENTS.records)
    told = {}
    for row in found.to_dicts():
        for scale, name in names.items():
            told[row["patient"], row["visit"], row["occurrence"], scale] = row[name], row[f"{name}_absence"]
    given = {(r[0], r[1], r[13], r[3]): (r[4], r[6]) for r in expected()}
    assert {key: cell for key, cell in told.items() if cell[1] != NO_SCORE} == given
    assert told.keys() >= given.keys()


def test_fhir(folder):
    lines = (folder / "fhir/Observation.ndjson").read_text().splitlines()
    found = [_score(json.loads(line)) for line in lines]
    assert found == expected()


def _score(resource):
    told = {
        each["url"].rsplit(":", 1)[1]: next(v for k, v in each.items() if k != "url") for each in resource["extension"]
    }
    absent = resource.get("dataAbsentReason", {"coding": [{}, {"code": MEASURED}]})["coding"][1]["code"]
    return (
        resource["subject"]["reference"].removeprefix("Patient/"),
        told["visit"],
        told.get("planned-day"),
        resource["code"]["coding"][-1]["code"],
        resource.get("valueQuantity", {}).get("value"),
        told.get("standard-error"),
        absent,
        told.get("items-used"),
        told.get("items"),
        told["key-version"],
        told["answered-by"],
        told["language"],
        told["role"],
        told["occurrence"],
    )


def test_dataset_json(folder):
    told = json.loads((folder / "cdisc/qs.json").read_text())
    names = [column["name"] for column in told["columns"]]
    found = [dict(zip(names, row, strict=True)) for row in told["rows"]]
    assert told["records"] == len(found) == len(SCORES)
    pick = [
        (r["QSCAT"], r["QSSTRESN"], r["QSREASND"], r["VISIT"], r["VISITDY"], r["QSMETHOD"], r["QSEVAL"]) for r in found
    ]
    assert pick == [(s.scale, s.value, s.absence or "", s.visit, s.day, s.key_version, s.answered_by) for s in SCORES]


def test_every_scale_of_the_library_at_once_fits_every_format(tmp_path):
    """Names that are too long for one format would leave a clinic that uses them without any release."""
    catalogue = load_catalogue()
    every = tuple(released_scale(catalogue, scale.key) for scale in catalogue.scales())
    contents = with_records(release(2), scales=every)
    opened(packed(contents)[0]).extractall(tmp_path)
    names = [column.name for column in tables(contents)[1].columns]
    assert len(every) > 70
    assert pd.read_stata(tmp_path / "data/stata/wide.dta", convert_categoricals=False).columns.tolist() == names
    assert pyreadstat.read_sav(tmp_path / "data/spss/wide.sav", metadataonly=True)[1].column_names == names


def test_stata_files_are_of_the_kind_that_every_stata_from_14_on_opens(folder):
    """Kind 119, which the library writes unless told, is for Stata/MP alone."""
    for path in (folder / "data/stata").glob("*.dta"):
        assert b"<release>118</release>" in path.read_bytes()[:80], path.name


def test_spss_shows_whole_numbers_as_whole(folder):
    _, told = pyreadstat.read_sav(folder / "data/spss/long.sav", metadataonly=True)
    assert (told.original_variable_types["items"], told.original_variable_types["value"]) == ("F8.0", "F8.2")


def test_nothing_in_any_text_file_is_blank(folder):
    files = list((folder / "data/csv").glob("*.csv"))
    assert len(files) == 6
    for path in files:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        assert all(cell.strip() for line in lines for cell in line), path.name
