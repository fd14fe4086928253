"""Tables as comma-separated files: UTF-8, RFC 4180, one header line, NA for a number that is not there."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from outcomes.exchange.writers.contents import Table
from outcomes.exchange.writers.tables import Block
from outcomes.exchange.writers.texts import guarded

MISSING = "NA"


class Writes(Protocol):
    """Something that takes text."""

    def write(self, text: str, /) -> object:
        """Take some text."""


class Delimited:
    """One table on its way into a file."""

    def __init__(self, file: Writes, table: Table) -> None:
        self._numbers = [column.kind.is_number for column in table.columns]
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow(table.names)

    def block(self, block: Block) -> None:
        """Write some rows."""
        columns = zip(self._numbers, block, strict=True)
        ready = [_numbers(cells) if is_number else _texts(cells) for is_number, cells in columns]
        self._writer.writerows(zip(*ready, strict=True))


def _numbers(cells: Sequence[Any]) -> Sequence[Any]:
    return [MISSING if cell is None else cell for cell in cells] if None in cells else cells


def _texts(cells: Sequence[str]) -> Sequence[str]:
    safe = {text: guarded(text) for text in set(cells)}
    return [safe[text] for text in cells]


def rows(file: Writes, header: Sequence[str], lines: Iterable[Sequence[str | int | float]]) -> None:
    """Write a small table of texts and numbers."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    for line in lines:
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in line])
