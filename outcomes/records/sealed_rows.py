"""Which columns are sealed, and how a row's words are sealed and opened with the key of its patient."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Table

from outcomes.records.base import Base
from outcomes.records.sealing import ERASED, MARK, PatientCipher, SealBroken, sealed_blob

REASON = "reason"


@lru_cache(maxsize=256)
def sealed_columns(table: str) -> frozenset[str]:
    """The columns of a table whose words are sealed."""
    return frozenset(column.name for column in Base.metadata.tables[table].columns if column.info.get("sealed"))


def sealed_tables() -> list[Table]:
    """Every table with a sealed column, parents before children."""
    return [table for table in Base.metadata.sorted_tables if sealed_columns(table.name)]


def needs_key(table: str, values: Mapping[str, Any]) -> bool:
    """Whether anything among these values is to be sealed."""
    return any(_is_own(table, name, values[name]) for name in sealed_columns(table) & values.keys())


def sealed_values(cipher: PatientCipher, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's values with the words of its sealed columns sealed."""
    own = {name for name in sealed_columns(table) & values.keys() if _is_own(table, name, values[name])}
    return dict(values) | {name: cipher.seal_text(f"{table}.{name}", values[name]) for name in own}


def _is_own(table: str, name: str, value: Any) -> bool:  # noqa: ANN401 - whatever a row holds
    """Whether a value says something: what every row says unless told otherwise gives nobody away."""
    default = Base.metadata.tables[table].columns[name].default
    return bool(value) and not (default is not None and value == getattr(default, "arg", None))


def opened_text(cipher: PatientCipher | None, table: str, name: str, stored: str | None) -> str | None:
    """Return the words kept in a column; "erased" where the key of the patient was destroyed."""
    if stored is None or name not in sealed_columns(table):
        return stored
    if cipher is None:
        return stored if sealed_blob(stored) is None else ERASED
    return cipher.open_text(f"{table}.{name}", stored)


def opened_values(cipher: PatientCipher | None, table: str, names: Iterable[str], row: Iterable[Any]) -> list[Any]:
    """Return the values of a row with those of its sealed columns opened."""
    own = sealed_columns(table)
    return [
        opened_text(cipher, table, name, value) if name in own else value
        for name, value in zip(names, row, strict=True)
    ]


def opened_by_any(ciphers: Iterable[PatientCipher], column: str, stored: str) -> str:
    """Return what one of these keys opens; "erased" when none does. `column` is bound as it was on sealing."""
    head, mark, rest = stored.partition(MARK)
    if not mark or sealed_blob(mark + rest) is None:
        return stored
    for cipher in ciphers:
        try:
            return head + cipher.open_text(column, mark + rest)
        except SealBroken:
            continue
    return head + ERASED


def sealed_reason(cipher: PatientCipher, words: str, code: str | None = None) -> str:
    """Return a reason as the trail keeps it: its code in clear, the words somebody typed sealed."""
    head = f"{code}: " if code else ""
    return head + (cipher.seal_text(REASON, words) if words else "")
