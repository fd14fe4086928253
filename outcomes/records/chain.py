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
from outcomes.records.base import Base
from outcomes.records.tables import AuditEntry, AuditSeal, ChainHead

ENTRIES = 2**32

ENTRY, SEAL, HEAD = (Base.metadata.tables[mapped.__tablename__] for mapped in (AuditEntry, AuditSeal, ChainHead))

# What a seal binds, in this order, beside the place and the hash before it.
BOUND = ("id", "at", "actor", "reason", "table_name", "row_id", "operation", "old", "new")

# Built once: a visit's commit runs each of them, and building costs more than running.
_entries = (
    select(*(cast(ENTRY.c[name], Text) for name in BOUND))
    .where(ENTRY.c.clinic_id == bindparam("clinic"), ENTRY.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(ENTRY.c.id)
)
_head = select(HEAD.c.position, HEAD.c.mac).where(HEAD.c.clinic_id == bindparam("clinic")).with_for_update()
_move = (
    update(HEAD)
    .where(HEAD.c.clinic_id == bindparam("clinic"))
    .values(position=bindparam("newest"), mac=bindparam("newest_mac"))
)
_add = insert(SEAL)

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
    position = session.scalar(select(HEAD.c.position).where(HEAD.c.clinic_id == scope.clinic_id))
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
    entries = connection.execute(_entries, {"clinic": clinic, "first": batch.first, "last": batch.last}).all()
    if not entries:
        return
    position, mac = _locked_head(connection, clinic)
    seals = list(_chained(key, clinic, position, mac, entries))
    connection.execute(_add, seals)
    newest = seals[-1]
    move = {"clinic": clinic, "newest": newest["position"], "newest_mac": newest["mac"]}
    connection.execute(_move, move)


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
        start = dialect.insert(HEAD).values(clinic_id=clinic, position=0, mac="")
        connection.execute(start.on_conflict_do_nothing())
        head = connection.execute(_head, {"clinic": clinic}).one()
    return head.position, head.mac
