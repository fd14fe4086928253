"""Changing the schema by the numbered migrations, in one transaction that is sealed like any other."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from outcomes.access.scope import EVERYTHING
from outcomes.records import tenancy
from outcomes.records.schema import MIGRATIONS
from outcomes.records.session import act_as, new_session


def upgrade(engine: Engine, revision: str = "head", role: str | None = None) -> None:
    """Apply the migrations up to a revision.

    On PostgreSQL `role` is the one by which the program works, apart from the owner who changes the schema.
    """
    with _changing(engine) as session:
        command.upgrade(_config(session), revision)
        if role is not None:
            tenancy.grant(session.connection(), role)
        _finish(session)


def downgrade(engine: Engine, revision: str) -> None:
    """Take migrations back down to a revision; "base" leaves nothing."""
    with _changing(engine) as session:
        command.downgrade(_config(session), revision)
        _finish(session)


def _changing(engine: Engine) -> Session:
    session = new_session(engine.execution_options(changing_schema=True), reach=EVERYTHING)
    act_as(session, "program", "migration")
    if engine.dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('migration'))"))  # one process at a time
    return session


def _config(session: Session) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(MIGRATIONS.parent))
    config.attributes["connection"] = session.connection()
    return config


def _finish(session: Session) -> None:
    """Commit, unless rows point to rows that are gone: SQLite does not watch while tables are rebuilt."""
    if session.connection().dialect.name == "sqlite":
        loose = session.execute(text("PRAGMA foreign_key_check")).all()
        if loose:
            raise ValueError(f"the migration left {len(loose)} rows without the row they refer to: {loose[0]}")
    session.commit()
