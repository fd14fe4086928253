"""A child process that writes .sav, .dta and .parquet files, so that their libraries and tables stay out of ours.

`python -m outcomes.exchange.writers.packages_process FOLDER AS_OF` reads lines of JSON from its standard input: one
that describes a table, then its blocks, then an empty object; and so on for every table.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from os import environ
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from outcomes.exchange.writers.contents import REASONS, Column, Table, said
from outcomes.exchange.writers.tables import Block
from outcomes.terms import Language

ROOT = Path(__file__).parents[3]
SUFFIXES = ("sav", "dta", "parquet")
PATIENCE = 600.0


class PackagesError(RuntimeError):
    """The child process failed; carries the last line of what it said."""


class Packages:
    """The child process, seen from the one that writes the release."""

    def __init__(self, folder: Path, as_of: datetime) -> None:
        self.folder = folder
        self._said: IO[bytes] = (folder / "child.log").open("w+b")
        command = [sys.executable, "-m", __name__, str(folder), as_of.isoformat()]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        """Leave no process behind, whatever happened."""
        if kind is not None:
            self._process.kill()
        self._process.wait()
        if self._process.stdin:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                self._process.wait()
        self._said.close()

    def table(self, table: Table) -> Self:
        """Begin a table."""
        self._tell({"name": table.name, **spec(table)})
        return self

    def block(self, block: Block) -> None:
        """Hand over some rows."""
        self._tell({"block": block})

    def end(self) -> None:
        """End the table."""
        self._tell({})

    def close(self) -> None:
        """Wait until everything is written.

        Raises:
            PackagesError: the child failed or did not come to an end.
        """
        try:
            if self._process.stdin:
                self._process.stdin.close()
            failed = self._process.wait(PATIENCE) != 0
        except (BrokenPipeError, subprocess.TimeoutExpired):
            failed = True
        if failed:
            raise PackagesError(self._last_words())

    def _tell(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            if self._process.stdin:
                self._process.stdin.write(line)
        except BrokenPipeError:
            self._process.wait()
            raise PackagesError(self._last_words()) from None

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _environment() -> dict[str, str]:
    """Give the child what it needs to start and no secret of ours."""
    kept = {"PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH"}
    return {name: value for name, value in environ.items() if name in kept} | {"POLARS_MAX_THREADS": "1"}


def spec(table: Table) -> dict[str, Any]:
    """Describe a table in plain data."""
    reasons = [(str(code), said(text)[Language.ENGLISH]) for code, text in REASONS.items()]
    title = table.title[Language.ENGLISH]
    return {"title": title, "columns": [_column(column) for column in table.columns], "reasons": reasons}


def _column(column: Column) -> dict[str, Any]:
    codes = [(str(code.code), code.title[Language.ENGLISH]) for code in column.codes]
    title = column.title[Language.ENGLISH]
    told = {"name": column.name, "kind": column.kind.value, "title": title, "codes": codes}
    return told | {"absence": column.absence, "reason": column.reason}


def main(lines: Iterator[bytes], folder: Path, as_of: datetime) -> None:
    """Write every table that comes."""
    for line in lines:
        _write(json.loads(line), lines, folder, as_of)


def _write(told: Mapping[str, Any], lines: Iterator[bytes], folder: Path, as_of: datetime) -> None:
    """Collect one table and write it three times."""
    import polars as pl  # noqa: PLC0415 - the child alone loads it

    from outcomes.exchange.writers import parquet, statistics_packages  # noqa: PLC0415 - they bring polars

    types = parquet.schema(told["columns"])
    parts = [pl.DataFrame([], types)]
    for line in lines:
        message = json.loads(line)
        if not message:
            break
        parts.append(pl.DataFrame(dict(zip(types, message["block"], strict=True)), types))
    frame, name = pl.concat(parts, rechunk=False), told["name"]
    parts.clear()
    parquet.write_parquet(frame, folder / f"{name}.parquet")
    statistics_packages.write_sav(frame, told, folder / f"{name}.sav", as_of)
    statistics_packages.write_dta(frame, told, folder / f"{name}.dta", as_of)


if __name__ == "__main__":
    main(iter(sys.stdin.buffer), Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
