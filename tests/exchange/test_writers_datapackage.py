"""The data package is valid, and says the truth, by the library of those who wrote the specification."""

import pytest
from frictionless import Package, system, validate

from tests.exchange.releasing import opened, packed, packed_once, release


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    there = tmp_path_factory.mktemp("package")
    opened(packed_once()).extractall(there)
    return there


def test_it_is_valid_with_every_row_key_and_sum(folder):
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["title", "note"])[:5]
    assert report.stats["tasks"] == 6


def test_a_changed_score_is_seen(folder, tmp_path):
    opened(packed_once()).extractall(tmp_path)
    path = tmp_path / "data/csv/long.csv"
    path.write_bytes(path.read_bytes().replace(b",measured,", b",guessed,", 1))
    assert not validate(str(tmp_path / "datapackage.json")).valid


def test_a_missing_number_is_none_and_a_present_one_a_number(folder):
    with system.use_context(trusted=True):
        rows = Package(str(folder / "datapackage.json")).get_resource("long").read_rows()
    assert all((row["value"] is None) == (row["absence"] != "measured") for row in rows)


def test_the_package_of_a_release_of_counts_is_valid(tmp_path):
    opened(packed(release(records=None))[0]).extractall(tmp_path)
    assert validate(str(tmp_path / "datapackage.json")).valid
