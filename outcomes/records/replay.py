"""Replaying the trail: what the rows of a clinic must be now, if nobody wrote past the trail.

Only a fingerprint of each row is held while the trail runs by; what a row held is read again from the
trail where a fingerprint does not fit.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, Select, Table, Text, cast, literal_column, select

from outcomes.records import audit
from outcomes.records.base import Base
from outcomes.records.chain import ENTRY, SEAL
from outcomes.records.faults import Fault, FaultKind
from outcomes.records.personal import keyed, lend_personal_key, personal_key


class Replay:
    """The rows of one clinic as its trail tells them."""

    def __init__(self, clinic: UUID) -> None:
        self.clinic = clinic
        self.rows: dict[str, dict[str, int]] = defaultdict(dict)
        self.broken: list[Fault] = []

    def apply(self, position: int, table: str, row_id: str, old: str | None, new: str | None) -> None:
        """Let one entry happen; it must set out from what the entries before it left."""
        rows = self.rows[table]
        if rows.get(row_id) != (None if old is None else hash(old)):
            self.broken.append(Fault(FaultKind.HISTORY_BROKEN, self.clinic, table, row_id, None, position))
        if new is None:
            rows.pop(row_id, None)
        else:
            rows[row_id] = hash(new)

    def faults(self, connection: Connection) -> Iterator[Fault]:
        """Compare with the rows that are there, and say what differs, field by field."""
        if connection.dialect.name == "postgresql":
            lend_personal_key(connection)
        for fault in self.broken:
            yield from self._steps(connection, fault)
        for table in audit.audited_tables():
            if ("clinic_id" in table.c) != (self.clinic == audit.INSTALLATION):
                yield from self._table_faults(connection, table)

    def _table_faults(self, connection: Connection, table: Table) -> Iterator[Fault]:
        expected = self.rows.pop(table.name, {})
        for row_id, text in connection.execute(rows_as_trailed(table, self.clinic, connection.dialect.name)):
            known = expected.pop(row_id, None)
            if known is None:
                yield Fault(FaultKind.ROW_UNKNOWN, self.clinic, table.name, row_id)
            elif known != hash(text):
                told = _told(connection, self.clinic, table.name, row_id)
                key = personal_key(connection.get_execution_options()["audit_key"])
                for field in differing(hidden(key, table.name, told[-1][2]), text):
                    yield Fault(FaultKind.ROW_CHANGED, self.clinic, table.name, row_id, field, told[-1][0])
        for row_id in expected:
            yield Fault(FaultKind.ROW_MISSING, self.clinic, table.name, row_id)

    def _steps(self, connection: Connection, fault: Fault) -> Iterator[Fault]:
        """Name the fields in which a change does not set out from the one before it."""
        name = fault.table or ""
        told = _told(connection, self.clinic, name, fault.row_id or "")
        key = personal_key(connection.get_execution_options()["audit_key"])
        left: str | None = None
        for position, old, new in told:
            if position == fault.position:
                for field in differing(hidden(key, name, left), hidden(key, name, old)):
                    yield Fault(fault.kind, self.clinic, fault.table, fault.row_id, field, position)
            left = new


def rows_as_trailed(table: Table, clinic: UUID, dialect: str) -> Select[str, str]:
    """Select each row's key and contents as the triggers would write them now."""
    name = table.name
    rows: Select[str, str] = select(
        literal_column(audit.row_key(table, dialect, name)).label("row_id"),
        literal_column(audit.row_json(table, dialect, name)).label("contents"),
    ).select_from(table)
    return rows.where(table.c.clinic_id == clinic) if "clinic_id" in table.c else rows


def hidden(key: bytes, table: str, contents: str | None) -> str | None:
    """Return contents with the persons in them hidden: entries of earlier programs name them."""
    if contents is None or table not in Base.metadata.tables:
        return contents
    row = json.loads(contents)
    personal = [name for name in audit.personal_columns(Base.metadata.tables[table]) if row.get(name) is not None]
    return json.dumps(row | {name: keyed(key, row[name]) for name in personal}) if personal else contents


def differing(before: str | None, after: str | None) -> list[str | None]:
    """Return the fields in which two contents of a row differ; [None] where one of them is not there.

    A field that only the later contents have was added by a migration and may be empty; one that only
    the earlier have was removed by one.
    """
    if before is None or after is None:
        return [] if before is after else [None]
    old, new = json.loads(before), json.loads(after)
    return [field for field in new if old.get(field) != new[field]]


def _told(connection: Connection, clinic: UUID, table: str, row_id: str) -> list[tuple[int, str | None, str | None]]:
    """Return what the sealed trail tells of one row: position, old and new contents."""
    told = (
        select(SEAL.c.position, cast(ENTRY.c.old, Text), cast(ENTRY.c.new, Text))
        .join_from(ENTRY, SEAL, (SEAL.c.clinic_id == ENTRY.c.clinic_id) & (SEAL.c.entry_id == ENTRY.c.id))
        .where(ENTRY.c.clinic_id == clinic, ENTRY.c.table_name == table, ENTRY.c.row_id == row_id)
        .order_by(SEAL.c.position)
    )
    return [(position, old, new) for position, old, new in connection.execute(told)]
