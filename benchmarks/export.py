"""A release of a register's size: text against the bare fetch, FHIR lines against a library of models, and memory."""

import csv
import importlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.bench import SIZES, Bench
from benchmarks.measuring import Job, Row, compared, interleaved, written
from benchmarks.register import FETCHED, Stored, contents, make
from outcomes.exchange.writers.contents import LongRow, ReleaseContents
from outcomes.exchange.writers.delimited import Delimited
from outcomes.exchange.writers.fhir_ndjson import encode, files
from outcomes.exchange.writers.tables import blocks, long_table

ROOT = Path(__file__).parents[1]
ROWS = 174_000
"""Scores of a register of ten thousand patients."""
MODELLED = 200
OURS_LIMIT, CHILD_LIMIT = 60, 150


def export(bench: Bench) -> Iterator[Row]:
    """Measure text, FHIR lines, and the whole file."""
    number = ROWS * bench.largest // SIZES[-1]
    path = bench.folder / f"scores-{number}.db"
    make(path, number)
    yield _text(bench, path, number)
    yield _models(bench, path)
    yield from _whole(path, number)


def _text(bench: Bench, path: Path, number: int) -> Row:
    """Write the long table as text, against the same statement and the bare writer of the standard library."""
    release, out = contents(path, number), bench.folder / "long.csv"
    jobs = {"ours": Job(lambda _: _ours(release, out)), "floor": Job(lambda _: _floor(path, out))}
    return compared(f"export of {number:,} scores as CSV", "fetch and bare csv", interleaved(jobs, bench.rounds), 2.0)


def _ours(release: ReleaseContents, out: Path) -> None:
    table = long_table(release)
    with out.open("w", encoding="utf-8", newline="") as file:
        delimited = Delimited(file, table)
        for block in blocks(table):
            delimited.block(block)


def _floor(path: Path, out: Path) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(LongRow._fields)
        for batch in Stored(path):
            writer.writerows(batch)


def _models(bench: Bench, path: Path) -> Row:
    """Write FHIR lines, against the same resources through a library of models."""
    model = importlib.import_module("fhir.resources.R4B.observation").Observation
    release = contents(path, MODELLED)
    made = next(iter(files(release)["Observation"]()))[:MODELLED]

    def ours(_: object) -> None:
        batch = next(iter(files(release)["Observation"]()))
        "".join(encode(resource) for resource in batch[:MODELLED])

    def peer(_: object) -> None:
        "".join(model.model_validate(resource).model_dump_json() for resource in made)

    found = interleaved({"ours": Job(ours), "peer": Job(peer)}, bench.rounds)
    batch = min(FETCHED, _count(path))
    mine = [seconds / batch for seconds in found["ours"]]
    theirs = [seconds / len(made) for seconds in found["peer"]]
    times = median(other / own for own, other in zip(mine, theirs, strict=True))
    task, floor = "one FHIR line of a release", f"fhir.resources: {written(median(theirs))}"
    return Row(task, written(median(mine)), floor, times, "≥ 50× faster", times >= 50)


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM score").fetchone()[0])


def _whole(path: Path, number: int) -> Iterator[Row]:
    """Write the whole file in an interpreter of its own, and say what it took."""
    command = [sys.executable, "-m", "benchmarks.register", str(path), str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    told: Mapping[str, float] = json.loads(done.stdout)
    yield Row(
        f"release of {number:,} scores in every format: memory above idle",
        f"{told['above']:.0f} MB",
        f"idle: {told['idle']:.0f} MB",
        None,
        f"≤ {OURS_LIMIT} MB",
        told["above"] <= OURS_LIMIT,
    )
    yield Row(
        "its child process for SPSS, Stata and Parquet: memory",
        f"{told['child']:.0f} MB",
        "",
        None,
        f"≤ {CHILD_LIMIT} MB",
        told["child"] <= CHILD_LIMIT,
    )
    said = f"{told['seconds']:.0f} s by the clock, {told['steps']:.0f} words of progress"
    yield Row(f"release of {number:,} scores in every format", f"{told['size']:.1f} MB", said)
