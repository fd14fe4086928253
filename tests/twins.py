"""A twin of every clinic row: a row under the same ids, with other values, in a clinic that nobody works in.

Ids are made at random, so a statement that forgets the clinic still finds the right row, and no test would tell.
Where every row has a twin, it finds two, shows what is not its own, or would write where nobody may: that is refused.
SQLite only; PostgreSQL has its second wall.
"""

from sqlalchemy import Column, Date, Engine, Float, Numeric, String, Table, Text, UniqueConstraint

from outcomes.records.base import Base
from outcomes.records.session import act_as, new_session

MARK = "dddddddd"
WITHOUT = {"audit_entry", "audit_seal", "chain_head", "anchor_mark"}  # the trail of a twin is its own
OTHERWISE = {
    ("membership", "active"): "0",  # the people of the one clinic have no place in the other
    ("course", "number"): "{} + 40",  # so that counting on from another clinic's shows
    ("protocol", "number"): "{} + 40",
    ("responder_definition", "number"): "{} + 40",
}
AS_IT_IS = {("clinic", "time_zone")}
OTHER_VALUES = {
    Date: "date({}, '-1 day')",
    Float: "{} + 0.5",
    Numeric: "{} + 0.5",
    String: "{} || '~'",
    Text: "{} || '~'",
}
TWIN = """
CREATE TRIGGER twin_{name} AFTER INSERT ON "{name}" WHEN substr(NEW.clinic_id, 1, 8) <> '{mark}'
BEGIN INSERT INTO "{name}" ({columns}) VALUES ('{mark}' || substr(NEW.clinic_id, 9){values}); END
"""
COPY = """
INSERT INTO "{name}" ({columns}) SELECT '{mark}' || substr(own.clinic_id, 9){values} FROM "{name}" AS own
"""
LEAVE_ALONE = """
CREATE TRIGGER twin_{name}_{act} BEFORE {act} ON "{name}" WHEN substr(OLD.clinic_id, 1, 8) = '{mark}'
BEGIN SELECT RAISE(ABORT, 'a row of {name} in another clinic was written'); END
"""


def give_twins(engine: Engine, *, at_once: bool = False) -> None:
    """Give every row that is there a twin, or every row that will be written one that nobody may change."""
    with new_session(engine) as session:
        act_as(session, "program", "twins")
        for table in Base.metadata.sorted_tables:
            if "clinic_id" in table.c and table.name not in WITHOUT:
                for statement in [_copy(table)] if at_once else _triggers(table):
                    session.connection().exec_driver_sql(statement)
        session.commit()


def _copy(table: Table) -> str:
    return COPY.format(**_told(table, "own"))


def _triggers(table: Table) -> list[str]:
    told = _told(table, "NEW")
    return [TWIN.format(**told), *(LEAVE_ALONE.format(act=act, **told) for act in ("UPDATE", "DELETE"))]


def _told(table: Table, source: str) -> dict[str, str]:
    others = [column for column in table.c if column.name != "clinic_id"]
    columns = ", ".join(f'"{name}"' for name in ("clinic_id", *(column.name for column in others)))
    values = "".join(f", {_value(table, column, source)}" for column in others)
    return {"name": table.name, "mark": MARK, "columns": columns, "values": values}


def _value(table: Table, column: Column[object], source: str) -> str:
    """What a twin has in a column: something else, unless rows are found by it."""
    keys = {each for key in table.constraints if isinstance(key, UniqueConstraint) for each in key.columns}
    found_by = (
        column.primary_key or bool(column.foreign_keys) or column in keys or (table.name, column.name) in AS_IT_IS
    )
    as_it_is = f'{source}."{column.name}"'
    other = "{}" if found_by else OTHER_VALUES.get(type(column.type), "{}")
    return OTHERWISE.get((table.name, column.name), other).format(as_it_is)
