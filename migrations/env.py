"""Run by Alembic on the connection that `outcomes.records.migrating` hands over."""

from alembic import context

from outcomes.records import tables
from outcomes.records.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
assert tables.__all__, "importing them filled the metadata"  # noqa: S101 - a reason for the import
context.run_migrations()
