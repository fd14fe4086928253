"""The file of a release: one zip with every format, written from front to back in constant memory.

Each table is read once for text, workbook and the child process together; FHIR and Dataset-JSON read the scores again.
The same contents always give the same bytes.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from outcomes.exchange.writers import codebook, dataset_json, fhir_ndjson
from outcomes.exchange.writers.contents import Progress, ReleaseContents, Step, Table
from outcomes.exchange.writers.datapackage import datapackage
from outcomes.exchange.writers.delimited import Delimited, rows
from outcomes.exchange.writers.manifest import Archive, Manifest
from outcomes.exchange.writers.packages_process import SUFFIXES, Packages
from outcomes.exchange.writers.readme import NAMES, readme
from outcomes.exchange.writers.tables import blocks, tables
from outcomes.exchange.writers.workbook import Workbook
from outcomes.terms import Language

SCRIPTS = Path(__file__).with_name("scripts")
FOLDERS = {"sav": "spss", "dta": "stata", "parquet": "parquet"}
ONE, ALL, OF_RECORDS = "@TABLE@", "@TABLES@", "@RECORDS@"
"""What stands in a script for the name of one table, for all of them, and before a line that records alone need."""
OFTEN = 2_000
"""Rows between two words of progress in files that are written row by row."""


def silent(_: Step) -> None:
    """Tell nobody."""


def write_package(
    contents: ReleaseContents, target: BinaryIO, tell: Progress = silent, workspace: Path | None = None
) -> Manifest:
    """Write a release as one zip.

    Workbook, SPSS, Stata and Parquet need files of their own while they are made; they lie in a folder that only this
    account can read, and are gone afterwards.

    Parameters:
        contents: everything the release says.
        target: takes the bytes; it need not be seekable.
        tell: is told how far it is.
        workspace: where the passing files lie; the system's own place unless told.

    Returns:
        Every file with its size and sum, and those of the whole.

    Raises:
        ContentsError: the contents contradict their own description.
        PackagesError: SPSS, Stata or Parquet files could not be written.
    """
    listed = tables(contents)
    with Archive(target, contents.as_of) as archive, TemporaryDirectory(dir=workspace) as folder:
        for language, name in NAMES.items():
            archive.put(name, readme(contents, language))
        counts = _tables(contents, listed, archive, Path(folder), tell)
        _fhir(contents, archive, tell, counts)
        _datasets(contents, archive, tell, counts)
        _papers(contents, listed, archive)
        archive.seal(contents.release)
    return archive.manifest()


def _tables(
    contents: ReleaseContents, listed: Sequence[Table], archive: Archive, folder: Path, tell: Progress
) -> dict[str, int]:
    """Write every table in every tabular format; return how many rows each has."""
    book = Workbook(folder / "release.xlsx", contents.title, contents.as_of)
    with Packages(folder, contents.as_of) as packages:
        counts = {table.name: _table(contents, table, archive, book, packages, tell) for table in listed}
        tell(Step("workbook", 0))
        book.close()
        archive.take("data/release.xlsx", folder / "release.xlsx")
        tell(Step("packages", 0))
        packages.close()
    for table in listed:
        for suffix in SUFFIXES:
            name = f"{table.name}.{suffix}"
            archive.take(f"data/{FOLDERS[suffix]}/{name}", folder / name)
    return counts


def _table(
    contents: ReleaseContents, table: Table, archive: Archive, book: Workbook, packages: Packages, tell: Progress
) -> int:
    """Write one table to three places at once."""
    done, of = 0, contents.records.scores if contents.records and table.name == "long" else None
    with archive.text(f"data/csv/{table.name}.csv") as file:
        places = (Delimited(file, table), book.table(table), packages.table(table))
        for block in blocks(table):
            for place in places:
                place.block(block)
            done += len(block[0])
            tell(Step(table.name, done, of))
    packages.end()
    return done


def _fhir(contents: ReleaseContents, archive: Archive, tell: Progress, counts: dict[str, int]) -> None:
    """Write the resources, a file a kind."""
    for kind, batches in fhir_ndjson.files(contents).items():
        done, of = 0, counts.get("long") if kind == "Observation" else None
        with archive.text(f"fhir/{kind}.ndjson") as file:
            for batch in batches():
                file.writelines(fhir_ndjson.encode(resource) + "\n" for resource in batch)
                done += len(batch)
                tell(Step(f"fhir.{kind}", done, of))


def _datasets(contents: ReleaseContents, archive: Archive, tell: Progress, counts: dict[str, int]) -> None:
    """Write the datasets and their define file."""
    found = dataset_json.datasets(contents)
    sources = {"DM": "patients", "QS": "long", "AE": "events", "EX": "treatments"}
    for dataset in found:
        of = counts[sources[dataset.name]]
        with archive.text(f"cdisc/{dataset.name.lower()}.json") as file:
            file.write(dataset_json.head(contents, dataset, of))
            for done, row in enumerate(dataset.rows()):
                file.write((",\n" if done else "\n") + dataset_json.encode(row))
                if done % OFTEN == 0:
                    tell(Step(f"cdisc.{dataset.name}", done, of))
            file.write("\n]}\n")
    if found:
        archive.put("cdisc/define.xml", dataset_json.define(contents, found))


def _papers(contents: ReleaseContents, listed: Sequence[Table], archive: Archive) -> None:
    """Write what explains the data."""
    for name, header, lines in (
        ("codebook", codebook.COLUMNS, codebook.columns(listed)),
        ("codes", codebook.CODES, codebook.codes(listed)),
        ("reasons", codebook.REASON_COLUMNS, codebook.reasons()),
        ("scales", codebook.SCALES, codebook.scales(contents)),
        ("visits", codebook.VISITS, codebook.visits(contents)),
    ):
        with archive.text(f"codebook/{name}.csv") as file:
            rows(file, header, lines)
    for language in Language:
        archive.put(f"codebook/codebook.{language.value}.html", codebook.page(contents, listed, language))
        words = contents.risk_words.get(language, ())
        archive.put(f"risk/risk.{language.value}.txt", "".join(f"{sentence}\n" for sentence in words))
    archive.put("risk/risk.json", _json(contents.risk))
    archive.put("warnings.json", _json([dict(each) for each in contents.warnings]))
    archive.put("definitions.json", _json(_definitions(contents)))
    _keys(contents, archive)
    for script in sorted(SCRIPTS.glob("*.in")):
        text = script.read_text(encoding="utf-8")
        archive.put(f"scripts/{script.stem}", written_for(text, listed, records=contents.records is not None))
    archive.put("datapackage.json", _json(datapackage(contents, listed, archive.written)))


def written_for(script: str, listed: Sequence[Table], *, records: bool) -> str:
    """Write a script for the tables that a release has: lines about one table for each, those about records if any."""
    names = [table.name for table in listed]
    found: list[str] = []
    for is_of_one, lines in groupby(script.splitlines(keepends=True), lambda line: ONE in line):
        block = "".join(line for line in lines if records or not line.startswith(OF_RECORDS))
        found += [block.replace(ONE, name) for name in names] if is_of_one else [block]
    return "".join(found).replace(ALL, " ".join(names)).replace(OF_RECORDS, "")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _definitions(contents: ReleaseContents) -> list[dict[str, object]]:
    return [
        {
            "number": each.number,
            "title": each.title,
            "rule": dict(each.rule),
            "words": dict(each.words),
            "after_data_seen": each.after_data_seen,
        }
        for each in contents.definitions
    ]


def _keys(contents: ReleaseContents, archive: Archive) -> None:
    """Write the scoring keys, and the sources they were made from."""
    if not contents.keys:
        return
    for key in contents.keys:
        with archive.binary(f"keys/{key.instrument}-{key.version}.toml") as file:
            file.write(key.file)
    with archive.text("keys/sources.csv") as file:
        sources = [(key.instrument, key.version, source) for key in contents.keys for source in key.sources]
        rows(file, ("instrument", "version", "source"), sources)
