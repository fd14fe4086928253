"""What revisions need to replace the audit triggers: drop all, make those of a file.

A revision that changes an audited table drops the triggers, changes the table and makes the triggers
of its own pair of files. The files are drawn up once by `migrations.draft` and never edited.
"""

from pathlib import Path

from sqlalchemy import Connection

VERSIONS = Path(__file__).parent / "versions"
NEXT = "\n-- next\n"

ON_SQLITE = "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'"
ON_POSTGRESQL = """
SELECT format('DROP TRIGGER %%I ON %%I', tgname, relname)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND tgparentid = 0 AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT * FROM (
    SELECT format('DROP FUNCTION %%I()', proname) FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'audit%%' ORDER BY proname
) AS functions
"""


def drop_triggers(connection: Connection) -> None:
    """Drop every audit trigger, and the functions they call."""
    query = ON_SQLITE if connection.dialect.name == "sqlite" else ON_POSTGRESQL
    for (statement,) in connection.exec_driver_sql(query).all():
        connection.exec_driver_sql(statement)


def make_triggers(connection: Connection, revision: str) -> None:
    """Make the triggers of a revision's file."""
    for statement in trigger_file(revision, connection.dialect.name).read_text("utf-8").split(NEXT):
        connection.exec_driver_sql(statement)


def trigger_file(revision: str, dialect: str) -> Path:
    """Return where a revision's triggers for a database stand."""
    return VERSIONS / f"{revision}_triggers.{dialect}.sql"
