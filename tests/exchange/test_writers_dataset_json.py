"""Dataset-JSON 1.1: held against the rules of its published schema, written down here, and against its define file."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from tests.exchange.releasing import opened, packed_once

NAMES = ("dm", "qs", "ae", "ex")
TYPES = {"string": str, "integer": int, "double": (int, float)}
MUST = {"datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns"}
MAY = {
    "fileOID", "dbLastModifiedDateTime", "originator", "sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef",
    "isReferenceData", "rows",
}  # fmt: skip
OF_COLUMN = {"itemOID", "name", "label", "dataType", "targetDataType", "length", "displayFormat", "keySequence"}
ODM = {"odm": "http://www.cdisc.org/ns/odm/v1.3"}


def dataset(name):
    return json.loads(opened(packed_once()).read(f"cdisc/{name}.json"))


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_rules_of_the_schema(name):
    told = dataset(name)
    assert told.keys() >= MUST
    assert told.keys() <= MUST | MAY
    assert re.fullmatch(r"1\.1(\.\d+)?", told["datasetJSONVersion"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["datasetJSONCreationDateTime"])
    assert told["sourceSystem"].keys() == {"name", "version"}
    for column in told["columns"]:
        assert {"itemOID", "name", "label", "dataType"} <= column.keys() <= OF_COLUMN
        assert column["dataType"] in TYPES


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_as_wide_and_of_the_types_that_the_columns_say(name):
    told = dataset(name)
    assert told["records"] == len(told["rows"]) > 10
    for row in told["rows"]:
        assert len(row) == len(told["columns"])
        for cell, column in zip(row, told["columns"], strict=True):
            assert cell is None or isinstance(cell, TYPES[column["dataType"]])
            assert cell is not None or column["dataType"] != "string"


@pytest.mark.parametrize("name", NAMES)
def test_names_fit_the_sdtm_and_keys_are_unique(name):
    told = dataset(name)
    names = [column["name"] for column in told["columns"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", each) for each in names)
    assert all(len(column["label"]) <= 40 for column in told["columns"])
    places = [names.index(column["name"]) for column in told["columns"] if "keySequence" in column]
    keys = {tuple(row[place] for place in places) for row in told["rows"]}
    assert len(keys) == len(told["rows"])
    assert {row[names.index("DOMAIN")] for row in told["rows"]} == {name.upper()}


def test_tests_have_short_names_of_their_own():
    told = dataset("qs")
    names = [column["name"] for column in told["columns"]]
    short, scale = names.index("QSTESTCD"), names.index("QSCAT")
    pairs = {(row[short], row[scale]) for row in told["rows"]}
    assert len(pairs) == len({code for code, _ in pairs}) == len({key for _, key in pairs}) == 4
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", code) for code, _ in pairs)


def test_a_score_that_is_not_there_says_so():
    told = dataset("qs")
    place = {column["name"]: number for number, column in enumerate(told["columns"])}
    missing = [row for row in told["rows"] if row[place["QSSTRESN"]] is None]
    assert len(missing) > 50
    assert {row[place["QSSTAT"]] for row in missing} == {"NOT DONE"}
    assert all(row[place["QSREASND"]] for row in missing)


def test_the_define_file_names_every_dataset_and_variable():
    root = ET.fromstring(opened(packed_once()).read("cdisc/define.xml"))  # noqa: S314 - written a line above
    items = {item.attrib["OID"]: item.attrib["Name"] for item in root.iterfind(".//odm:ItemDef", ODM)}
    for name in NAMES:
        told = dataset(name)
        group = root.find(f".//odm:ItemGroupDef[@OID='{told['itemGroupOID']}']", ODM)
        listed = [reference.attrib["ItemOID"] for reference in group.iterfind("odm:ItemRef", ODM)]
        assert listed == [column["itemOID"] for column in told["columns"]]
        assert [items[each] for each in listed] == [column["name"] for column in told["columns"]]
    version = root.find(".//odm:MetaDataVersion", ODM)
    assert version.attrib["OID"] == dataset("dm")["metaDataVersionOID"]
