"""Reading what the trail tells: the two databases write some values differently into it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Float, LargeBinary, Uuid

from outcomes.records import tables
from outcomes.records.base import Base, Code, Instant

__all__ = ["tables", "value_told"]


def value_told(table: str, field: str, raw: Any) -> Any:  # noqa: ANN401 - JSON in, any column's value out
    """Return a field of an audit entry as the value that the column had.

    A secret stays its hash, and a field that no longer exists stays as it was written.
    """
    column = Base.metadata.tables[table].columns.get(field)
    if raw is None or column is None or column.info.get("secret"):
        return raw
    return _read(column, raw)


def _read(column: Column[Any], raw: Any) -> Any:  # noqa: ANN401 - as above
    kind = column.type
    if isinstance(kind, Instant):
        return _instant(raw)
    if isinstance(kind, Code):
        return kind.words(raw)
    if isinstance(kind, LargeBinary):
        return bytes.fromhex(raw.removeprefix("\\x"))
    plain: dict[type, Callable[[Any], Any]] = {Uuid: UUID, Date: date.fromisoformat, Boolean: bool, Float: float}
    return next((read(raw) for of, read in plain.items() if isinstance(kind, of)), raw)


def _instant(raw: str) -> datetime:
    instant = datetime.fromisoformat(raw)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
