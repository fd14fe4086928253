"""The chain: every audit entry of a clinic is bound to the one before it by a keyed hash.

Entries are sealed at the commit that wrote them, in the same transaction, behind a lock on the row of
the clinic's chain head. The head's position counts the clinic's changes: it is the version of its data.
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, bindparam, cast, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.acting import Acting
from outcomes.records.tables import AuditEntry, AuditSeal, ChainHead

ENTRIES = 2**32

SEALED = tuple(
    cast(column, Text)
    for column in (
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.reason,
        AuditEntry.table_name,
        AuditEntry.row_id,
        AuditEntry.operation,
        AuditEntry.old,
        AuditEntry.new,
    )
)

_entries = (
    select(*SEALED)
    .where(AuditEntry.clinic_id == bindparam("clinic"), AuditEntry.id.between(bindparam("first"), bindparam("last")))
    .order_by(AuditEntry.id)
)
_head = select(ChainHead.position, ChainHead.mac).where(ChainHead.clinic_id == bindparam("clinic")).with_for_update()

# Read and forgotten in one statement, so that a session inside a savepoint seals nothing twice.
_batch_on_postgresql = text(
    "WITH batch AS MATERIALIZED"
    " (SELECT current_setting('app.batch', true) AS name, current_setting('app.clinics', true) AS clinics)"
    " SELECT name, clinics, set_config('app.batch', '', true) FROM batch"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The entries written since the last seal: the clinics they are of, and the range of their ids."""

    clinics: tuple[UUID, ...]
    first: UUID
    last: UUID


def mac_of(key: bytes, before: str, clinic: str, position: int, entry: Sequence[str | None]) -> str:
    """Return the keyed hash of one entry, its place and the hash before it.

    Each field is preceded by its length, so that no two different entries make one message.
    """
    fields = [f"{len(field)}:{field}" if field is not None else "-" for field in entry]
    message = f"{before}|{clinic}|{position}|{''.join(fields)}"
    return hmac.digest(key, message.encode(), "sha256").hex()


def seal(connection: Connection, key: bytes) -> None:
    """Seal the entries that this transaction has written and not yet sealed."""
    batch = _unsealed(connection)
    for clinic in batch.clinics:
        _seal_clinic(connection, key, clinic, batch)


def seal_on_commit(session: Session) -> None:
    """Before a session's commit: seal what its writes caused. Releasing a savepoint is no commit."""
    if not session.info.get("acted") or session.in_nested_transaction():
        return
    session.flush()
    connection = session.connection()
    seal(connection, connection.get_execution_options()["audit_key"])
    session.info["acted"] = False


def data_version(scope: Scope, session: Session) -> int:
    """Return the version of a clinic's data: it grows with every change of an audited row, and only then."""
    position = session.scalar(select(ChainHead.position).where(ChainHead.clinic_id == scope.clinic_id))
    return position or 0


def _unsealed(connection: Connection) -> Batch:
    if connection.dialect.name == "sqlite":
        acting: Acting = connection.info["acting"]
        clinics, prefix = acting.clinics, acting.prefix
        acting.begin_batch()
    else:
        prefix, names, _ = connection.execute(_batch_on_postgresql).one()
        clinics = set((names or "").split()) if prefix else set()
    first = UUID((prefix or "0" * 24) + "0" * 8)
    in_order = sorted(UUID(clinic) for clinic in clinics)  # everybody locks heads in one order
    return Batch(tuple(in_order), first, UUID(int=first.int + ENTRIES - 1))


def _seal_clinic(connection: Connection, key: bytes, clinic: UUID, batch: Batch) -> None:
    position, mac = _locked_head(connection, clinic)
    found = connection.execute(_entries, {"clinic": clinic, "first": batch.first, "last": batch.last})
    seals = list(_chained(key, clinic, position, mac, found))
    if not seals:
        return
    connection.execute(insert(AuditSeal), seals)
    newest = {"position": seals[-1]["position"], "mac": seals[-1]["mac"]}
    connection.execute(update(ChainHead).where(ChainHead.clinic_id == clinic).values(**newest))


def _chained(
    key: bytes, clinic: UUID, position: int, mac: str, entries: Iterable[Sequence[str | None]]
) -> Iterable[dict[str, Any]]:
    for entry_id, *entry in entries:
        position += 1
        mac = mac_of(key, mac, clinic.hex, position, [_plain(entry_id), *entry])
        yield {"clinic_id": clinic, "position": position, "entry_id": UUID(entry_id), "mac": mac}


def _plain(entry_id: str | None) -> str:
    return (entry_id or "").replace("-", "")


def _locked_head(connection: Connection, clinic: UUID) -> tuple[int, str]:
    head = connection.execute(_head, {"clinic": clinic}).one_or_none()
    if head is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        start = dialect.insert(ChainHead).values(clinic_id=clinic, position=0, mac="")
        connection.execute(start.on_conflict_do_nothing())
        head = connection.execute(_head, {"clinic": clinic}).one()
    return head.position, head.mac
