"""The chain: every audit entry of a clinic is bound to the one before it by a keyed hash.

Entries are sealed at the commit that wrote them, in the same transaction, behind a lock on the row of
the clinic's chain head. The head's position counts the clinic's changes: it is the version of its data.
"""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.acting import Acting
from outcomes.records.base import Base
from outcomes.records.tables import AuditEntry, AuditSeal, ChainHead

ENTRY, SEAL, HEAD = (Base.metadata.tables[mapped.__tablename__] for mapped in (AuditEntry, AuditSeal, ChainHead))

# What a seal binds, in this order, beside the place and the hash before it.
BOUND = ("id", "at", "actor", "reason", "table_name", "row_id", "operation", "old", "new")
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class _Words:
    """The two statements that run once an entry, in the words of a database: building them would cost more."""

    entries: str
    add: str


_WORDS = {
    "sqlite": _Words(
        f"SELECT {', '.join(BOUND)} FROM audit_entry WHERE clinic_id = ? AND id BETWEEN ? AND ? ORDER BY id",
        "INSERT INTO audit_seal (clinic_id, position, entry_id, mac) VALUES (?, ?, ?, ?)",
    ),
    "postgresql": _Words(
        f"SELECT replace(id::text, '-', ''), {', '.join(BOUND[1:])} FROM audit_entry"
        " WHERE clinic_id = %s::uuid AND id BETWEEN %s::uuid AND %s::uuid ORDER BY id",
        "INSERT INTO audit_seal (clinic_id, position, entry_id, mac) VALUES (%s::uuid, %s, %s::uuid, %s)",
    ),
}
_head = select(HEAD.c.position, HEAD.c.mac).where(HEAD.c.clinic_id == bindparam("clinic")).with_for_update()
_move = (
    update(HEAD)
    .where(HEAD.c.clinic_id == bindparam("clinic"))
    .values(position=bindparam("newest"), mac=bindparam("newest_mac"))
)

# Read and forgotten in one statement, so that a session inside a savepoint seals nothing twice.
_batch_on_postgresql = text(
    "WITH batch AS MATERIALIZED (SELECT current_setting('app.batch', true) AS prefix,"
    " current_setting('app.entries', true) AS entries, current_setting('app.clinics', true) AS clinics)"
    " SELECT prefix, entries, clinics, set_config('app.batch', '', true) FROM batch"
)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The entries written since the last seal: the clinics they are of, how their ids begin, how many there are."""

    clinics: list[UUID]
    prefix: str
    count: int

    def ranges(self) -> Iterator[tuple[str, str]]:
        """Yield the first and last id of each part small enough to be held."""
        for start in range(1, self.count + 1, AT_ONCE):
            yield f"{self.prefix}{start:08x}", f"{self.prefix}{min(start + AT_ONCE - 1, self.count):08x}"


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


def _unsealed(connection: Connection) -> _Batch:
    if connection.dialect.name == "sqlite":
        acting: Acting = connection.info["acting"]
        clinics, prefix, count = acting.clinics, acting.prefix, acting.count
        acting.begin_batch()
    else:
        prefix, entries, names, _ = connection.execute(_batch_on_postgresql).one()
        clinics, count = (set(names.split()), int(entries)) if prefix else (set(), 0)
    return _Batch(sorted(UUID(clinic) for clinic in clinics), prefix, count)  # everybody locks heads in one order


def _seal_clinic(connection: Connection, key: bytes, clinic: UUID, batch: _Batch) -> None:
    words = _WORDS[connection.dialect.name]
    head: tuple[int, str] | None = None
    for first, last in batch.ranges():
        entries = connection.exec_driver_sql(words.entries, (clinic.hex, first, last)).all()
        if entries:
            seals = list(_chained(key, clinic.hex, head or _locked_head(connection, clinic), entries))
            connection.exec_driver_sql(words.add, seals)
            head = seals[-1][1], seals[-1][3]
    if head is not None:
        connection.execute(_move, {"clinic": clinic, "newest": head[0], "newest_mac": head[1]})


def _chained(
    key: bytes, clinic: str, head: tuple[int, str], entries: Iterable[Sequence[str | None]]
) -> Iterator[tuple[str, int, str, str]]:
    position, mac = head
    for entry in entries:
        position += 1
        mac = mac_of(key, mac, clinic, position, entry)
        yield clinic, position, str(entry[0]), mac


def _locked_head(connection: Connection, clinic: UUID) -> tuple[int, str]:
    head = connection.execute(_head, {"clinic": clinic}).one_or_none()
    if head is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        start = dialect.insert(HEAD).values(clinic_id=clinic, position=0, mac="")
        connection.execute(start.on_conflict_do_nothing())
        head = connection.execute(_head, {"clinic": clinic}).one()
    return head.position, head.mac
