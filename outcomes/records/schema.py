"""The schema of a database: made at once from the metadata, or checked against the newest migration.

Changing it is in `outcomes.records.migrating`, apart, because that loads Alembic.
"""

import re
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from outcomes.records import audit, tables, tenancy
from outcomes.records.base import Base

__all__ = ["MIGRATIONS", "create_schema", "newest_revision", "schema_is_current", "tables"]

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def create_schema(engine: Engine, role: str | None = None) -> None:
    """Make every table, trigger and policy as the metadata describes them; for tests and throw-away databases.

    On PostgreSQL `role` is the one by which the program works, apart from the owner who makes all this.
    """
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        audit.install(connection)
        tenancy.install(connection)
        if role is not None:
            tenancy.grant(connection, role)


def newest_revision() -> str:
    """Return the number of the newest migration."""
    names = (path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    return max(name[:4] for name in names if re.match(r"\d{4}_", name))


def schema_is_current(engine: Engine) -> bool:
    """Tell whether the newest migration has been applied, and no later one of a newer program."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        revisions = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    return list(revisions) == [newest_revision()]
