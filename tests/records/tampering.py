"""Fourteen ways to tamper with records and their trail, by somebody who owns the database but not the key.

Each changes one randomly chosen place and returns what a verification must say of it: the kind of fault,
and the table, row, field or position that it must name.
"""

import json
import random
from contextlib import contextmanager
from hashlib import sha256

from sqlalchemy import Text, Uuid, cast, delete, insert, literal, select, text, update

from outcomes.records.base import Base
from outcomes.records.chain import BOUND, ENTRY, HEAD, SEAL, mac_of
from outcomes.records.faults import FaultKind
from tests.databases import SUPERUSER, as_role

EXPOSURE = Base.metadata.tables["exposure"]


@contextmanager
def behind_its_back(engine):
    """A connection on which no trigger fires; afterwards every trigger is as it was."""
    if engine.dialect.name == "sqlite":
        with engine.execution_options(changing_schema=True).begin() as connection:
            there = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _ in there:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            yield connection
            for _, statement in there:
                connection.exec_driver_sql(statement)
        return
    with as_role(engine, SUPERUSER).begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection


class Tamperer:
    """Somebody with full access to the database of one clinic."""

    def __init__(self, connection, clinic_id, chance: random.Random):
        self.connection, self.clinic, self.chance = connection, clinic_id, chance
        self.run = connection.execute

    def rows(self):
        found = self.run(select(EXPOSURE).where(EXPOSURE.c.clinic_id == self.clinic).order_by(EXPOSURE.c.id))
        return found.mappings().all()

    def entries(self):
        """The chain of the clinic: position, id, table and row of each entry."""
        joined = ENTRY.join(SEAL, (SEAL.c.entry_id == ENTRY.c.id) & (SEAL.c.clinic_id == ENTRY.c.clinic_id))
        chain = select(SEAL.c.position, ENTRY).select_from(joined).where(ENTRY.c.clinic_id == self.clinic)
        return self.run(chain.order_by(SEAL.c.position)).mappings().all()

    def change(self, table, row, **values):
        keys = [column == row[column.name] for column in table.primary_key.columns]
        self.run(update(table).where(*keys).values(**values))

    # rows

    def edit_row(self):
        row = self.chance.choice(self.rows())
        self.change(EXPOSURE, row, text=row["text"] + "!")
        return FaultKind.ROW_CHANGED, {"table": "exposure", "row_id": row["id"].hex, "field": "text"}

    def delete_row(self):
        row = self.chance.choice(self.rows())
        self.run(delete(EXPOSURE).where(EXPOSURE.c.id == row["id"]))
        return FaultKind.ROW_MISSING, {"table": "exposure", "row_id": row["id"].hex}

    def add_row(self):
        row = dict(self.chance.choice(self.rows())) | {"id": self.new_id()}
        self.run(insert(EXPOSURE), row)
        return FaultKind.ROW_UNKNOWN, {"table": "exposure", "row_id": row["id"].hex}

    def new_id(self):
        return type(self.clinic)(int=self.chance.getrandbits(128))

    # entries

    def edit_entry_value(self):
        entry = self.chance.choice(
            [entry for entry in self.entries() if entry["new"] and entry["table_name"] == "exposure"]
        )
        return self.edit_entry(entry, new=_json(entry["new"] | {"text": "forged"}))

    def edit_entry_user(self):
        return self.edit_entry(self.chance.choice(self.entries()), actor="member:forged")

    def edit_entry_time(self):
        return self.edit_entry(self.chance.choice(self.entries()), at="2020-01-01T00:00:00.000Z")

    def edit_entry(self, entry, **values):
        self.change(ENTRY, entry, **values)
        named = {"table": entry["table_name"], "row_id": entry["row_id"], "position": entry["position"]}
        return FaultKind.ENTRY_CHANGED, named

    def delete_entry(self):
        entry = self.chance.choice(self.entries()[1:-1])
        self.run(delete(ENTRY).where(ENTRY.c.id == entry["id"]))
        kind = FaultKind.ENTRY_MISSING
        if self.chance.random() < 0.5:
            self.run(delete(SEAL).where(SEAL.c.clinic_id == self.clinic, SEAL.c.position == entry["position"]))
            kind = FaultKind.SEAL_MISSING
        return kind, {"position": entry["position"]}

    def insert_copy(self):
        entry = self.chance.choice(self.entries())
        new_id = self.new_id()
        others = [column for column in ENTRY.columns if column.name not in {"id", "clinic_id"}]
        copied = select(literal(self.clinic, Uuid()), literal(new_id, Uuid()), *others).where(ENTRY.c.id == entry["id"])
        names = ["clinic_id", "id", *(column.name for column in others)]
        self.run(insert(ENTRY).from_select(names, copied))
        named = {"table": entry["table_name"], "row_id": entry["row_id"]}
        if self.chance.random() < 0.5:
            return FaultKind.ENTRY_UNSEALED, named
        position, mac = self.run(select(HEAD.c.position, HEAD.c.mac).where(HEAD.c.clinic_id == self.clinic)).one()
        seal = {"clinic_id": self.clinic, "position": position + 1, "entry_id": new_id, "mac": mac}
        self.run(insert(SEAL), seal)
        self.run(update(HEAD).where(HEAD.c.clinic_id == self.clinic).values(position=position + 1))
        return FaultKind.ENTRY_CHANGED, named | {"position": position + 1}

    def swap_entries(self):
        one, other = self.chance.sample(self.entries(), 2)
        for here, there in ((one, other), (other, one)):
            place = (SEAL.c.clinic_id == self.clinic) & (SEAL.c.position == here["position"])
            self.run(update(SEAL).where(place).values(entry_id=there["id"]))
        return FaultKind.ENTRY_CHANGED, {"position": one["position"], "row_id": other["row_id"]}

    # the end of the trail

    def cut_tail(self):
        entries = self.entries()
        kept = self.chance.randrange(len(entries) // 2, len(entries) - 1)
        return self.cut(entries, kept)

    def cut_tail_and_put_row_back(self):
        """Undo the newest changes altogether: rows, entries, seals and head are as they were before them."""
        entries = self.entries()
        kept = len(entries) - self.chance.randrange(1, 6)
        for entry in reversed(entries[kept:]):
            self.put_back(entry)
        return self.cut(entries, kept)

    def put_back(self, entry):
        assert entry["table_name"] == "exposure", "the newest entries are of exposures"
        same = EXPOSURE.c.id == type(self.clinic)(entry["row_id"])
        if entry["operation"] == "insert":
            self.run(delete(EXPOSURE).where(same))
        elif entry["operation"] == "update":
            self.run(update(EXPOSURE).where(same).values(text=entry["old"]["text"]))

    def cut(self, entries, kept):
        gone = [entry["id"] for entry in entries[kept:]]
        self.run(delete(ENTRY).where(ENTRY.c.clinic_id == self.clinic, ENTRY.c.id.in_(gone)))
        self.run(delete(SEAL).where(SEAL.c.clinic_id == self.clinic, SEAL.c.position > kept))
        last = select(SEAL.c.mac).where(SEAL.c.clinic_id == self.clinic, SEAL.c.position == kept)
        values = {"position": kept, "mac": self.run(last).scalar_one()}
        self.run(update(HEAD).where(HEAD.c.clinic_id == self.clinic).values(**values))
        return FaultKind.ANCHOR_UNMET, {"clinic_id": self.clinic, "position": len(entries)}

    def empty_both(self):
        clinic_entries = len(self.entries())
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "anchor_mark":
                self.run(delete(table))
        return FaultKind.ANCHOR_UNMET, {"clinic_id": self.clinic, "position": clinic_entries}

    # with a chain made anew, under a key of the tamperer's own

    def edit_user_and_rehash(self):
        entry = self.chance.choice(self.entries())
        told = self.edit_entry(entry, actor="member:forged")
        self.rehash(entry["position"])
        return told

    def edit_last_value_and_rehash(self):
        entry = next(entry for entry in reversed(self.entries()) if entry["operation"] != "delete")
        row_id = type(self.clinic)(entry["row_id"])
        forged = f"forged {self.chance.random()}"
        told = self.edit_entry(entry, new=_json(entry["new"] | {"text": forged}))
        self.run(update(EXPOSURE).where(EXPOSURE.c.id == row_id).values(text=forged))
        self.rehash(entry["position"])
        return told

    def rehash(self, position):
        columns = [cast(ENTRY.c[name], Text) for name in BOUND]
        joined = ENTRY.join(SEAL, (SEAL.c.entry_id == ENTRY.c.id) & (SEAL.c.clinic_id == ENTRY.c.clinic_id))
        of_clinic = ENTRY.c.clinic_id == self.clinic
        chain = select(SEAL.c.position, *columns).select_from(joined).where(of_clinic, SEAL.c.position >= position)
        before = select(SEAL.c.mac).where(SEAL.c.clinic_id == self.clinic, SEAL.c.position == position - 1)
        mac = self.run(before).scalar() or ""
        for place, entry_id, *rest in self.run(chain.order_by(SEAL.c.position)).all():
            plain_id = entry_id.replace("-", "")
            mac = mac_of(sha256(b"a guess").digest(), mac, self.clinic.hex, place, [plain_id, *rest])
            at = (SEAL.c.clinic_id == self.clinic) & (SEAL.c.position == place)
            self.run(update(SEAL).where(at).values(mac=mac))
        self.run(update(HEAD).where(HEAD.c.clinic_id == self.clinic).values(mac=mac))


def _json(contents):
    """What JsonText is given: the text as it is to stand in the table."""
    return json.dumps(contents, ensure_ascii=False)


CLASSES = [
    Tamperer.edit_row,
    Tamperer.delete_row,
    Tamperer.add_row,
    Tamperer.edit_entry_value,
    Tamperer.edit_entry_user,
    Tamperer.edit_entry_time,
    Tamperer.delete_entry,
    Tamperer.insert_copy,
    Tamperer.swap_entries,
    Tamperer.cut_tail,
    Tamperer.cut_tail_and_put_row_back,
    Tamperer.edit_user_and_rehash,
    Tamperer.edit_last_value_and_rehash,
    Tamperer.empty_both,
]
