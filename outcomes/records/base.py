"""The base of all tables: the metadata, the column types and the rule of keys.

Clinic rows carry `clinic_id` first in every primary, unique and foreign key, so that the same schema
can be partitioned by clinic. Keys are made by the application; there are no sequences.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, ForeignKeyConstraint, MetaData, String, Text, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """Root of every mapped table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
        UUID: Uuid(),
    }


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; a naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC for storing."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Read a stored instant as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Code(TypeDecorator[StrEnum]):
    """A word of `outcomes.terms`, stored as its text."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, _dialect: Dialect) -> str | None:
        """Store the text of the word; an unknown word is refused."""
        if value is None:
            return None
        return str(value) if isinstance(value, self.words) else self.words(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> StrEnum | None:
        """Read the text as a word."""
        return None if value is None else self.words(value)


class JsonText(TypeDecorator[dict[str, Any]]):
    """A JSON object kept as the very text that was written, so that a seal over it can be checked."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> dict[str, Any] | None:
        """Read the text as an object."""
        return None if value is None else json.loads(value)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


# A column so marked stands in the audit trail by its hash; a table so marked has no trail.
SECRET = {"secret": True}
# A column so marked holds people's own words, sealed with the key of the patient they are about.
SEALED = {"sealed": True}
# A column so marked names a person who has no key of their own; the trail holds a keyed hash of it.
PERSONAL = {"personal": True}
UNAUDITED = {"info": {"audited": False}}


class ClinicRow:
    """Columns of every row that belongs to a clinic.

    `version` travels in forms and grows by one with every edit, so that a stale form is refused.
    """

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-2)
    version: Mapped[int] = mapped_column(default=1, sort_order=90)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant, sort_order=91)


def belongs_to(table: str, column: str | None = None) -> ForeignKeyConstraint:
    """Return the composite foreign key (clinic_id, <table>_id) to a clinic-scoped table."""
    own = column or f"{table}_id"
    return ForeignKeyConstraint(["clinic_id", own], [f"{table}.clinic_id", f"{table}.id"])


def of_clinic() -> ForeignKeyConstraint:
    """Return the foreign key to the clinic itself."""
    return ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"])
