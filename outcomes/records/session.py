"""Engines and sessions: how the house speaks to SQLite and PostgreSQL.

A writing transaction on SQLite begins IMMEDIATE: a deferred one that reads and then writes fails at
once when somebody else wrote in between. A reading session is refused every write by the database.

The key of the audit chain travels with the engine (`audit_key` among its execution options), so that
every session bound to it can seal what it commits. So does the reach of its transactions: PostgreSQL is told
of it at the beginning of each, and forgets it at the end (see `outcomes.records.tenancy`).
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from outcomes.access.scope import Reach, Scope, Within
from outcomes.records import tenancy
from outcomes.records.acting import Acting
from outcomes.records.chain import seal_on_commit
from outcomes.records.personal import lend_personal_key, personal_key
from outcomes.records.quiet import keep_rows_out_of_logs
from outcomes.records.schema import create_schema

__all__ = [
    "RecordsSession",
    "act_as",
    "create_schema",
    "is_transient",
    "keep_within",
    "new_session",
    "open_engine",
    "reach_held",
    "reaches",
    "whole_clinic",
    "with_retry",
]

AUDIT_KEY_BYTES = 32
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-16000",  # an import's pages, so that they are not written twice
)
TRANSIENT_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
TRANSIENT_SQLITE_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
FIRST_PAUSE = 0.02
LONGEST_WAIT = 5.0
"""Seconds; somebody waits for the answer."""

T = TypeVar("T")


class RecordsSession(Session):
    """A session whose commit seals the audit entries it caused (see `outcomes.records.chain`)."""


event.listen(RecordsSession, "before_commit", seal_on_commit)


def _tell_reach(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """Tell a new transaction of the reach that its session was given after it was opened."""
    reach: Reach | None = session.info.get("reach")
    if reach is not None and connection.dialect.name == "postgresql":
        tenancy.tell(connection, reach)


event.listen(RecordsSession, "after_begin", _tell_reach)


def open_engine(url: str, audit_key: bytes, reach: Reach | None = None) -> Engine:
    """Open the database at a `sqlite:///path` or `postgresql://` URL.

    Parameters:
        url: Where the records are.
        audit_key: The 32 bytes that key the audit chain.
        reach: How far transactions reach that are given no reach of their own; without it they see nothing.
    """
    if len(audit_key) != AUDIT_KEY_BYTES:
        raise ValueError(f"the audit key has {AUDIT_KEY_BYTES} bytes")
    keep_rows_out_of_logs()
    address = _address(url)
    engine = create_engine(
        address,
        json_serializer=json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode,
        execution_options={"audit_key": audit_key, "reach": reach},
        hide_parameters=True,  # errors are logged, and values are personal
        **_options(address),
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_prepare_sqlite, personal_key(audit_key)))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def new_session(engine: Engine, *, read_only: bool = False, reach: Reach | None = None) -> Session:
    """Return a session; a read-only one sees one state of the database and cannot write.

    Its transactions reach as far as the engine's, unless another reach is given.
    """
    if reach is not None:
        engine = engine.execution_options(reach=reach)
    if read_only:
        one_state = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        reader = engine.execution_options(read_only=True, postgresql_readonly=True, **one_state)
        return RecordsSession(reader, autoflush=False)
    return RecordsSession(engine)


def act_as(session: Session, actor: str, reason: str | None = None) -> None:
    """Name the actor, and the reason, of everything written from here to the end of this transaction."""
    if not actor:
        raise ValueError("an actor needs a name")
    session.info["acted"] = True
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        acting: Acting = connection.info["acting"]
        acting.name(actor, reason)
        return
    settings = text("SELECT set_config('app.actor', :actor, true), set_config('app.reason', :reason, true)")
    connection.execute(settings, {"actor": actor, "reason": reason or ""})
    lend_personal_key(connection)


def keep_within(session: Session, reach: Reach) -> None:
    """Give a session another reach from here on, in this transaction and in those after it."""
    session.info["reach"] = reach
    if session.in_transaction() and session.get_bind().dialect.name == "postgresql":
        tenancy.tell(session.connection(), reach)


def reach_held(session: Session) -> Reach | None:
    """How far a session reaches: as far as it was last told, else as far as it was opened to."""
    held: Reach | None = session.info.get("reach") or session.get_bind().get_execution_options().get("reach")
    return held


def reaches(session: Session, scope: Scope) -> bool:
    """Whether what a session sees is all that a scope means: under a narrower reach rows would be missing unnoticed."""
    held = reach_held(session)
    if held is None or held.within is Within.EVERYTHING:
        return held is not None
    whole = held.within is Within.CLINIC
    own = held.within is Within.PATIENT and scope.patient_id is not None and scope.patient_id == held.patient_id
    return (whole or own) and held.clinic_id == scope.clinic_id


@contextmanager
def whole_clinic(session: Session, clinic_id: UUID) -> Iterator[Session]:
    """Yield a session that sees all of a clinic: this one where it does, else a reading one of its own.

    For figures of the whole clinic that may be told to a patient, whose own session sees the patient's rows alone.
    """
    if reaches(session, Scope(clinic_id)):
        yield session
        return
    engine = session.get_bind().engine
    with new_session(engine, read_only=True, reach=Reach(Within.CLINIC, clinic_id)) as wide:
        yield wide


def is_transient(error: DBAPIError) -> bool:
    """Tell whether the same work may succeed when tried again: a busy database or a serialisation failure."""
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in TRANSIENT_SQLITE_CODES
    return getattr(cause, "sqlstate", None) in TRANSIENT_SQLSTATES


def with_retry(work: Callable[[], T], *, attempts: int = 4, pause: Callable[[float], None] = time.sleep) -> T:
    """Do a whole transaction again when the database was busy or could not serialise it.

    `work` opens its own session and commits it; after the last attempt, or once it has taken as long as one wait for
    a lock may, the error is raised as it is.
    """
    until = time.monotonic() + LONGEST_WAIT
    for attempt in range(attempts - 1):
        try:
            return work()
        except DBAPIError as error:
            if not is_transient(error) or time.monotonic() > until:
                raise
            pause(FIRST_PAUSE * 2**attempt)
    return work()


def _address(url: str) -> URL:
    address = make_url(url)
    if address.drivername in {"postgres", "postgresql"}:
        return address.set(drivername="postgresql+psycopg")
    return address


def _options(address: URL) -> dict[str, object]:
    if address.get_backend_name() == "sqlite":
        return {}
    return {
        "pool_pre_ping": True,
        "connect_args": {"options": "-c timezone=UTC -c bytea_output=hex", "connect_timeout": 5},
    }


def _prepare_sqlite(key: bytes, connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the begin event below begins transactions
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    record.info["acting"] = Acting.of(connection, key)


def _begin_postgresql(connection: Connection) -> None:
    reach: Reach | None = connection.get_execution_options().get("reach")
    if reach is not None:
        tenancy.tell(connection, reach)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    reading, changing_schema = options.get("read_only", False), options.get("changing_schema", False)
    acting: Acting = connection.info["acting"]
    acting.forget()
    mode = (f"PRAGMA query_only={int(reading)}", f"PRAGMA foreign_keys={int(not changing_schema)}")
    if connection.info.get("mode") != mode:
        for pragma in mode:
            connection.exec_driver_sql(pragma)
        connection.info["mode"] = mode
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
