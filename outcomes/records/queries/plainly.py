"""Rows as the driver gives them, for results too long to make an object of each."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.orm import Session


def plain_rows(session: Session, statement: Executable) -> list[tuple[Any, ...]]:
    """The rows of a statement as tuples, nothing converted: an id is a text on SQLite and a UUID on PostgreSQL."""
    cursor = session.connection().execute(statement).cursor
    return [] if cursor is None else list(cursor.fetchall())


def key_of(value: UUID | str) -> str:
    """An id as 32 letters, from what either driver gives."""
    return value.hex if isinstance(value, UUID) else value


def date_of(value: date | str) -> date:
    """A date from what either driver gives."""
    return value if isinstance(value, date) else date.fromisoformat(value)
