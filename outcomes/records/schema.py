"""Making the schema: at once from the metadata, or by the migrations."""

from sqlalchemy import Engine

from outcomes.records import audit, tables
from outcomes.records.base import Base

__all__ = ["create_schema", "tables"]


def create_schema(engine: Engine) -> None:
    """Create every table as the metadata describes it; for tests and throw-away databases."""
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        audit.install(connection)
