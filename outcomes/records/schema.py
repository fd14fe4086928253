"""Making the schema: at once from the metadata, or by the migrations."""

from sqlalchemy import Engine

from outcomes.records.base import Base


def create_schema(engine: Engine) -> None:
    """Create every table as the metadata describes it; for tests and throw-away databases."""
    Base.metadata.create_all(engine)
