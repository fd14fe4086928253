"""A release as R reads it: its .sav and .dta files by haven, its text files by the script that ships with it.

What R should find is worked out from the Parquet files and the codebook of the same release.
"""

import csv
import math
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from outcomes.exchange.writers.texts import unguarded

SCRIPT = Path(__file__).with_name("read_back.R")
LINE, CELL = "\x1e", "\x1f"
STATA_LABEL, SPSS_LABEL, SPSS_VALUE_LABEL, FILE_LABEL = 80, 255, 120, 60
"""Bytes of a label that each format holds."""


@cache
def lacking() -> str | None:
    """Say why R cannot read here; None when it can."""
    found = shutil.which("Rscript")
    if found is None:
        return "there is no R on this machine (Debian: r-cran-haven)"
    asked = [found, "-e", 'stopifnot(requireNamespace("haven", quietly = TRUE))']
    if subprocess.run(asked, capture_output=True, check=False).returncode:  # noqa: S603 - our own line
        return "R is here without its package haven (Debian: r-cran-haven)"
    return None


def demand() -> None:
    """Go on only where R can read; where CI asks for it, fail instead of passing it over."""
    reason = lacking()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def read_back(folder: Path, into: Path, locale: str = "C.UTF-8") -> dict[str, list[list[str]]]:
    """Let R read a release that lies open in a folder; what it found, by file."""
    into.mkdir(exist_ok=True)
    command = [str(shutil.which("Rscript")), str(SCRIPT), str(folder), str(into)]
    environment = os.environ | {"LC_ALL": locale}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - our own
    assert ran.returncode == 0, ran.stderr
    return {path.name: _lines(path.read_bytes().decode()) for path in into.iterdir()}


def _lines(text: str) -> list[list[str]]:
    return [line.split(CELL) for line in text.split(LINE)[:-1]]


def of_csv(cells: list[list[str]]) -> list[list[object]]:
    """The cells of R as values: numbers as numbers, the rest as it stands."""
    return [[float.fromhex(cell[1:]) if cell[0] == "n" else cell for cell in line] for line in cells]


class Described:
    """A release as its own Parquet files and codebook tell it, cell for cell as R should find it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.columns = _codebook(folder, "codebook")
        self.codes = _codebook(folder, "codes")
        self.reasons = {row["code"]: row for row in _codebook(folder, "reasons")}
        self.tables = list(dict.fromkeys(row["table"] for row in self.columns))

    def of(self, table: str) -> list[dict[str, str]]:
        """The columns of a table."""
        return [row for row in self.columns if row["table"] == table]

    def titles(self, table: str, column: str) -> dict[str, str]:
        """The codes of a column with their titles, in the order of their numbers."""
        own = [row for row in self.codes if (row["table"], row["column"]) == (table, column)]
        assert [int(row["number"]) for row in own] == list(range(1, len(own) + 1))
        return {row["code"]: row["title_en"] for row in own}

    def cells(self, table: str, kind: str) -> list[list[object]]:
        """The cells that R should find in a file of this kind, the names of the columns first."""
        columns = self.of(table)
        codes = {c["column"]: list(self.titles(table, c["column"])) for c in columns if c["type"] == "code"}
        rows = pl.read_parquet(self.folder / f"data/parquet/{table}.parquet").to_dicts()
        written = [[self._cell(column, row, kind, codes) for column in columns] for row in rows]
        return [[column["column"] for column in columns], *written]

    def _cell(self, column: dict[str, str], row: dict[str, object], kind: str, codes: dict[str, list[str]]) -> object:
        name, value = column["column"], row[column["column"]]
        if column["type"] == "text" or (column["type"] == "code" and kind == "csv"):
            return f"t{value if kind != 'csv' else value.replace(chr(13) + chr(10), chr(10)).replace(chr(13), chr(10))}"
        if column["type"] == "code":
            return float(codes[name].index(value) + 1)
        if value is not None:
            return float(value)
        if kind == "csv":
            return "NA"
        why = row[column["reason_in"]] if column["reason_in"] != "none" else column["only_reason"]
        return "a" + self.reasons[why]["spss" if kind == "sav" else "stata"]

    def words(self, table: str, kind: str) -> set[tuple[str, ...]]:
        """The labels that R should find in a file of this kind, apart from that of the table."""
        stata, found = kind == "dta", set()
        for column in self.of(table):
            name = column["column"]
            found.add(("column", name, cut(column["title_en"], STATA_LABEL if stata else SPSS_LABEL)))
            for number, title in enumerate(self.titles(table, name).values(), 1):
                found.add(("label", name, str(number), title if stata else cut(title, SPSS_VALUE_LABEL)))
            found |= self._reasons(table, column, stata=stata)
        return found

    def _reasons(self, table: str, column: dict[str, str], *, stata: bool) -> set[tuple[str, ...]]:
        """The labels of what stands for a missing number; Stata's only where one is missing."""
        name = column["column"]
        if column["reason_in"] == column["only_reason"] == "none":
            return set()
        if stata and not pl.read_parquet(self.folder / f"data/parquet/{table}.parquet")[name].null_count():
            return set()
        titles = {row["stata" if stata else "spss"]: row["title_en"] for row in self.reasons.values()}
        labels = {("label", name, sign, title) for sign, title in titles.items()}
        return labels if stata else labels | {("missing", name, "-9999", "-9901")}


def cut(text: str, most: int) -> str:
    """A label as long as the format holds it."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def _codebook(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"codebook/{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: unguarded(value) for key, value in row.items()} for row in csv.DictReader(file)]


def values(cells: list[list[str]]) -> list[list[object]]:
    """What R found, numbers as numbers."""
    header, *rows = cells
    return [header, *([float.fromhex(cell[1:]) if cell[0] == "n" else cell for cell in row] for row in rows)]


def faults(folder: Path, into: Path, locale: str = "C.UTF-8") -> tuple[int, list[str]]:
    """Read a release in R and hold every cell and label against what it says of itself: cells seen, what differs.

    R reads a decimal number of a text file to the last bit but one; haven takes the very bits of .sav and .dta files.
    """
    found, told, wrong, seen = read_back(folder, into, locale), Described(folder), [], 0
    assert len(found) == len(told.tables) * 5
    for table in told.tables:
        for kind in ("csv", "sav", "dta"):
            there, wanted = values(found[f"{table}.{kind}.cells"]), told.cells(table, kind)
            seen += sum(map(len, there[1:]))
            wrong += [f"{table}.{kind}: {pair}" for pair in differing(there, wanted, kind)]
            if kind != "csv":
                labels = {tuple(line) for line in found[f"{table}.{kind}.words"] if line[0] != "table"}
                wrong += [f"{table}.{kind}: {each}" for each in labels ^ told.words(table, kind)]
    return seen, wrong


def differing(there: list[list[object]], wanted: list[list[object]], kind: str) -> list[object]:
    """The cells that differ, and rows of another number or width."""
    if list(map(len, there)) != list(map(len, wanted)):
        return ["another shape"]
    pairs = ((a, b) for one, other in zip(there, wanted, strict=True) for a, b in zip(one, other, strict=True))
    return [(a, b) for a, b in pairs if a != b and not (kind == "csv" and is_near(a, b))]


def is_near(one: object, other: object) -> bool:
    """Whether two numbers are neighbours, with none between them."""
    numbers = isinstance(one, float) and isinstance(other, float)
    return numbers and one in {math.nextafter(other, math.inf), math.nextafter(other, -math.inf)}
