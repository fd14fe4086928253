"""What revisions need to replace the policies of row-level security: drop all, make those of a file.

A revision that changes a table takes the whole wall down, changes the table and builds the wall of its own file.
The file is drawn up once by `migrations.draft` and never edited. SQLite has no such wall.
"""

from pathlib import Path

from sqlalchemy import Connection

from migrations.triggers import NEXT, VERSIONS

DOWN = """
SELECT format('DROP POLICY %%I ON %%I', polname, relname)
FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace = current_schema()::regnamespace
UNION ALL
SELECT format('ALTER TABLE %%I NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', relname)
FROM pg_class WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT format('DROP FUNCTION %%I()', proname)
FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'reach\\_%%'
"""


def drop_policies(connection: Connection) -> None:
    """Take the wall down: every policy, and the functions they call."""
    if connection.dialect.name == "postgresql":
        for (statement,) in connection.exec_driver_sql(DOWN).all():
            connection.exec_driver_sql(statement)


def make_policies(connection: Connection, revision: str) -> None:
    """Build the wall of a revision's file; those before the third had none."""
    file = policy_file(revision)
    if connection.dialect.name == "postgresql" and file.exists():
        for statement in file.read_text("utf-8").split(NEXT):
            connection.exec_driver_sql(statement)


def policy_file(revision: str) -> Path:
    """Return where a revision's policies stand."""
    return VERSIONS / f"{revision}_policies.postgresql.sql"
