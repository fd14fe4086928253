"""The zip as a whole: the same bytes each time, written as a stream, complete, with progress; and what is refused."""

import csv
import io
import json
import re
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from zipfile import BadZipFile, ZipFile

import pytest
import time_machine

from outcomes.exchange.writers.contents import (
    MEASURED,
    NO_SCORE,
    OUTSIDE,
    Column,
    ContentsError,
    Kind,
    LongRow,
    Table,
)
from outcomes.exchange.writers.package import write_package
from outcomes.exchange.writers.packages_process import Packages, PackagesError
from outcomes.exchange.writers.readme import NAMES
from outcomes.exchange.writers.tables import absences
from outcomes.exchange.writers.workbook import Workbook
from outcomes.privacy.tiers import Tier
from tests.exchange.releasing import (
    AS_OF,
    long_rows,
    name_of,
    opened,
    packed,
    packed_once,
    patients,
    release,
    scales,
    summary_table,
    titled,
    with_records,
)

PEOPLE = 40
DATES = re.compile(rb"\b(19|20)\d\d-[01]\d-[0-3]\d|\b[0-3]\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d\d")


class OneWay(io.RawIOBase):
    """A target that can only be written to, as a network connection or an encrypting file."""

    def __init__(self):
        super().__init__()
        self.taken = []

    def writable(self):
        return True

    def write(self, data):
        self.taken.append(bytes(data))
        return len(data)


def test_the_same_release_again_gives_the_same_bytes_years_later():
    first = packed_once()
    with time_machine.travel(datetime(2031, 12, 31, 23, 59, tzinfo=AS_OF.tzinfo), tick=True):
        again, _ = packed(release())
    assert sha256(again).hexdigest() == sha256(first).hexdigest()


def test_the_zone_of_the_instant_makes_no_difference():
    there = AS_OF.astimezone(timezone(timedelta(hours=3)))
    assert packed(release(as_of=there))[0] == packed_once()


def test_a_target_that_cannot_be_moved_back_takes_the_same_bytes():
    target = OneWay()
    manifest = write_package(release(), target)
    whole = b"".join(target.taken)
    assert whole == packed_once()
    assert max(map(len, target.taken)) <= 1 << 20
    assert (manifest.size, manifest.sha256) == (len(whole), sha256(whole).hexdigest())


def test_sums_are_those_of_the_files():
    archive = opened(packed_once())
    assert archive.testzip() is None
    listed = json.loads(archive.read("manifest.json"))["files"]
    assert {each["path"] for each in listed} == set(archive.namelist()) - {"SHA256SUMS", "manifest.json"}
    for each in listed:
        content = archive.read(each["path"])
        assert (len(content), sha256(content).hexdigest()) == (each["bytes"], each["sha256"])
    assert archive.read("SHA256SUMS").decode().splitlines() == [f"{each['sha256']}  {each['path']}" for each in listed]


def test_every_format_is_there():
    names = set(opened(packed_once()).namelist())
    tables = ("long", "wide", "patients", "treatments", "events", "summary")
    formats = (("csv", "csv"), ("parquet", "parquet"), ("spss", "sav"), ("stata", "dta"))
    assert names >= {f"data/{folder}/{table}.{suffix}" for table in tables for folder, suffix in formats}
    assert names >= {f"fhir/{kind}.ndjson" for kind in ("Patient", "Observation", "Procedure", "AdverseEvent")}
    assert names >= {f"cdisc/{name}" for name in ("dm.json", "qs.json", "ae.json", "ex.json", "define.xml")}
    assert names >= {f"scripts/read.{suffix}" for suffix in ("R", "py", "do", "sps")}
    assert names >= {
        "README.md",
        "BENIOKU.md",
        "datapackage.json",
        "risk/risk.json",
        "warnings.json",
        "data/release.xlsx",
    }
    assert names >= {
        "codebook/codebook.csv",
        "codebook/codebook.en.html",
        "codebook/codebook.tr.html",
        "definitions.json",
    }
    assert names >= {"keys/chalder11-1.toml", "keys/sources.csv"}


def test_the_scripts_read_the_tables_that_there_are_and_no_others():
    counts = opened(packed(release(tier=Tier.PUBLIC, records=None))[0])
    for archive in (opened(packed_once()), counts):
        tables = {name.split("/")[-1].removesuffix(".csv") for name in archive.namelist() if "data/csv/" in name}
        stata, spss = (archive.read(f"scripts/read.{suffix}").decode() for suffix in ("do", "sps"))
        assert set(re.search("foreach table in (.*) {", stata)[1].split()) == tables
        assert set(re.findall("data/spss/(.*).sav", spss)) == set(re.findall("DATASET NAME (.*)[.]", spss)) == tables
        assert ("absence" in stata, "absence" in spss) == ("long" in tables, "long" in tables)
        assert "@" not in stata + spss


def test_the_release_s_instant_is_the_only_time_in_it():
    archive = opened(packed_once())
    book = ZipFile(io.BytesIO(archive.read("data/release.xlsx")))
    parts = {name: archive.read(name) for name in archive.namelist() if not name.startswith(("keys/", "data/release"))}
    parts |= {f"xlsx/{name}": book.read(name) for name in book.namelist()}
    assert len(parts) > 60
    told = {match.group() for content in parts.values() for match in DATES.finditer(content)}
    assert told == {b"2026-05-03", b"03 May 20", b"03 May 26"}
    assert {entry.date_time for entry in archive.infolist()} == {(2026, 5, 3, 9, 40, 0)}


def test_it_says_how_far_it_is():
    steps = []
    packed(release(), steps.append)
    parts = list(dict.fromkeys(step.part for step in steps))
    assert parts[:3] == ["long", "wide", "patients"]
    assert {"workbook", "packages", "fhir.Observation", "cdisc.QS"} <= set(parts)
    last = {step.part: step for step in steps}
    assert last["long"].done == len(long_rows(release())) == last["fhir.Observation"].of


def test_the_page_on_top_says_what_the_release_is_in_both_languages():
    archive = opened(packed_once())
    english, turkish = archive.read("README.md").decode(), archive.read("BENIOKU.md").decode()
    assert "pseudonymised" in english
    assert "anonymised" not in english.replace("pseudonymised", "")
    assert "It was written after data had been seen." in english
    assert "Nobody was compared with anybody." in english
    assert "takma adlı" in turkish
    assert "5 kişilik gruplar." in turkish


def test_no_word_of_one_language_stands_on_the_page_of_the_other():
    archive = opened(packed_once())
    heads = [re.findall("^## (.*)$", archive.read(name).decode(), re.MULTILINE) for name in NAMES.values()]
    assert len(heads[0]) == len(heads[1]) == 5
    assert not set(heads[0]) & set(heads[1])


def test_only_counts_are_called_anonymised():
    counts = opened(packed(release(tier=Tier.PUBLIC, records=None, summaries=(summary_table(),)))[0])
    for archive, word in ((counts, True), (opened(packed_once()), False)):
        for name in NAMES.values():
            text = archive.read(name).decode().lower()
            assert bool(re.search("(?<!pseud)anonymi[sz]ed|anonimleştirilmiş", text)) == word, name
            assert ("pseudonymised" in text or "takma adlı" in text) != word, name


def test_the_codebook_tells_of_each_scale_its_range_and_direction_and_of_each_visit_its_days():
    archive = opened(packed_once())
    told = list(csv.DictReader(io.StringIO(archive.read("codebook/scales.csv").decode())))
    assert [row["scale"] for row in told] == [scale.key for scale in scales()]
    assert {(row["scale"], row["lowest"], row["highest"], row["better"], row["unit"]) for row in told} >= {
        ("chalder11.likert", "0.0", "33.0", "lower", "points"),
        ("eq5d.index", "NA", "1.0", "higher", "index"),
    }
    days = list(csv.DictReader(io.StringIO(archive.read("codebook/visits.csv").decode())))
    assert ("month_3", "91", "77", "105") in {tuple(row.values())[:1] + tuple(row.values())[3:] for row in days}
    page = archive.read("codebook/codebook.en.html").decode()
    assert "0 to 33" in page
    assert "77 to 105" in page
    assert page.count("too few items answered") == 2  # among the reasons, and as a code of one column
    assert "The same codes as long.absence." in page


def test_a_release_of_counts_has_no_record_in_it():
    content, _ = packed(release(tier=Tier.PUBLIC, records=None))
    names = opened(content).namelist()
    assert "data/csv/summary.csv" in names
    assert not [name for name in names if name.startswith(("fhir/", "cdisc/")) or "long" in name or "patients" in name]
    with pytest.raises(ContentsError, match="records"):
        release(tier=Tier.PUBLIC)


def test_a_score_outside_every_window_has_no_day():
    row = LongRow(name_of(0), OUTSIDE, None, scales()[0].key, 3.0, None, None, 8, 8, "1", "self", "en", "further")
    archive = opened(packed(with_records(release(1), long=[[row]]))[0])
    assert ",outside,NA,chalder11.likert,3.0," in archive.read("data/csv/long.csv").decode()
    assert b"planned-day" not in archive.read("fhir/Observation.ndjson")


GOOD = LongRow(name_of(0), "month_3", 91, "chalder11.likert", 3.0, None, None, 8, 8, "1", "self", "en", "visit")
BAD = {
    "a value without its reason": GOOD._replace(value=None),
    "a reason beside a value": GOOD._replace(absence="too_ill"),
    "an unknown scale": GOOD._replace(scale="made.up"),
    "an unknown reason": GOOD._replace(value=None, absence="lost in the post"),
    "an unknown visit": GOOD._replace(visit="2026-05-03"),
    "a number that is none": GOOD._replace(value=float("nan")),
    "a number that stands for a reason": GOOD._replace(value=-9907.0),
    "no patient": GOOD._replace(patient=None),
    "no version": GOOD._replace(key_version=None),
    "no occurrence": GOOD._replace(occurrence=None),
}


@pytest.mark.parametrize("row", BAD.values(), ids=BAD)
def test_what_contradicts_its_description_is_refused_and_leaves_no_whole_zip(row):
    target = io.BytesIO()
    with pytest.raises(ContentsError):
        write_package(with_records(release(1), long=[[row]]), target)
    with pytest.raises(BadZipFile):
        ZipFile(target)


@pytest.mark.parametrize("rows", [[GOOD, GOOD], [GOOD, GOOD._replace(patient="B"), GOOD._replace(visit="month_6")]])
def test_scores_that_stand_twice_or_apart_are_refused(rows):
    with pytest.raises(ContentsError):
        packed(with_records(release(1), long=[rows]))


def test_nothing_is_left_on_the_disk(tmp_path):
    write_package(release(2), io.BytesIO(), workspace=tmp_path)
    with pytest.raises(ContentsError):
        write_package(with_records(release(1), long=[[BAD["no patient"]]]), io.BytesIO(), workspace=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_child_process_that_fails_is_told_of(tmp_path):
    words = Column("word", Kind.TEXT, titled("Word"))

    def write():
        with Packages(tmp_path, AS_OF) as packages:
            packages.table(Table("t", titled("T"), (words,), []))
            packages.block([[{"no": "text"}]])
            packages.end()
            packages.close()

    with pytest.raises(PackagesError):
        write()


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(tmp_path):
    from openpyxl import load_workbook  # noqa: PLC0415 - one test reads a workbook here

    table = summary_table([("s", "v", f"q{n}", float(n)) for n in range(7)])
    book = Workbook(tmp_path / "b.xlsx", "T", AS_OF, most_rows=3)
    sheets = book.table(table)
    sheets.block([list(column) for column in zip(*table.batches[0], strict=True)])
    book.close()
    read = load_workbook(tmp_path / "b.xlsx")
    assert [sheet.title for sheet in read] == ["summary", "summary_2", "summary_3"]
    numbers = [row[3] for sheet in read for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert numbers == list(range(7))


def test_reasons_keep_their_places():
    """The place of a reason is its code in files already given away."""
    assert [code.code for code in absences()][:8] == [
        MEASURED, "too_ill", "skipped", "items_missing", "not_asked", "out_of_range", "total_only", NO_SCORE,
    ]  # fmt: skip


def test_patients_are_those_of_the_table():
    ids = {row[0] for row in patients(PEOPLE).batches[0]}
    lines = opened(packed_once()).read("data/csv/long.csv").decode().splitlines()[1:]
    assert {line.split(",")[0] for line in lines} == ids
