"""A row in every table of both clinics, made from the metadata: what a table asks for, and no more."""

from datetime import date
from itertools import count
from uuid import uuid4

from sqlalchemy import JSON, Boolean, Date, Float, Integer, LargeBinary, Uuid, insert, select

from outcomes.records.base import Base, Code, Instant, JsonText
from tests.cast import NOW

WRITTEN_BY_THE_DATABASE = {"audit_entry", "audit_seal", "chain_head"}
PLAIN = {Instant: NOW, JsonText: {}, JSON: {}, Boolean: False, Date: date(2026, 1, 2), Float: 1.0}
numbers = count(1000)


def fill_every_table(session, cast):
    """Add a row to each table that has none yet for a clinic, or for an account."""
    for table in Base.metadata.sorted_tables:
        if table.name in WRITTEN_BY_THE_DATABASE:
            continue
        if "clinic_id" in table.columns:
            places = [(cast.clinic_id, cast.patient_id), (cast.elsewhere_id, cast.patient_elsewhere_id)]
            for clinic_id, patient_id in places:
                if session.execute(select(table).where(table.c.clinic_id == clinic_id)).first() is None:
                    known = {"clinic_id": clinic_id, "patient_id": patient_id}
                    session.execute(insert(table).values(row_for(session, table, known)))
        else:
            for user_id in cast.users.values():
                known = {"user_id": user_id}
                if table.name != "user_account":
                    session.execute(insert(table).values(row_for(session, table, known)))
    session.flush()


def row_for(session, table, known):
    """The values without which a row cannot be; what it refers to is there already."""
    row = {name: value for name, value in known.items() if name in table.columns}
    for key in table.foreign_key_constraints:
        pairs = [(element.parent, element.column) for element in key.elements]
        missing = [own for own, _ in pairs if own.name not in row and not own.nullable]
        if missing:
            given = [other == row[own.name] for own, other in pairs if own.name in row]
            found = session.execute(select(*(other for _, other in pairs)).where(*given)).first()
            row |= {own.name: value for (own, _), value in zip(pairs, found, strict=True)}
    for column in table.columns:
        if column.name not in row and not column.nullable and column.default is None and column.server_default is None:
            row[column.name] = value_for(column)
    return row


def value_for(column):
    """Something that fits a column."""
    kind = column.type
    if isinstance(kind, Code):
        return next(iter(kind.words))
    if isinstance(kind, Uuid):
        return uuid4()
    if isinstance(kind, Integer):
        return next(numbers)
    if isinstance(kind, LargeBinary):
        return uuid4().bytes
    for known, value in PLAIN.items():
        if isinstance(kind, known):
            return value
    return f"text {next(numbers)}"
