"""Records: a table taken over in bulk, and the audit trail verified."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from uuid import uuid4

from benchmarks.bench import Bench
from benchmarks.clinics import AUDIT_KEY, Made, clinic
from benchmarks.measuring import Job, Row, compared, interleaved
from benchmarks.people import invent, visit_days
from outcomes.access.scope import scope_of
from outcomes.actions.import_ import ImportDesk, dry_run, import_file, read_with
from outcomes.actions.importing.rows import ImportRows, rows_of_plan, store
from outcomes.actions.work import Work
from outcomes.exchange.readers.mapping import ColumnMapping, mapping_of
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.base import Base
from outcomes.records.session import SQLITE_PRAGMAS, new_session, open_engine
from outcomes.records.verify import verify
from outcomes.terms import Language

HEADER = "id;name;sex;fmt;date;fss9.mean;hads.depression;hads.anxiety"
MAPPING = {
    "columns": {
        "patient": "id",
        "name": "name",
        "sex": "sex",
        "fmt": "fmt",
        "time": "date",
        "fss9.mean": "fss9.mean",
        "hads.depression": "hads.depression",
        "hads.anxiety": "hads.anxiety",
    },
    "route": "enema",
    "material": "donor",
}
TABLES = ("patient", "patient_key", "name_prefix", "course", "infusion", "visit", "assessment", "score")
ENTRIES = 50_000


def table(people: int, made: Made) -> bytes:
    """Write the table of an invented clinic: a row a visit, three scores in it."""
    dice, lines = Random(people), [HEADER]
    for person in invent(people, made.today, dice):
        sex = "female" if dice.random() < 0.75 else "male"
        for day in visit_days(person, made.today, dice):
            on, scores = person.day_zero + timedelta(days=day), (dice.randrange(0, 22) for _ in range(2))
            fatigue = dice.randrange(9, 64) / 9
            told = (person.code, person.name, sex, person.day_zero, on, f"{fatigue:.4f}", *scores)
            lines.append(";".join(map(str, told)))
    return ("\n".join(lines) + "\n").encode()


@dataclass
class Desk:
    """Where a table is taken over again and again: an empty clinic that is copied before each time."""

    made: Made
    catalogue: Catalogue
    folder: Path
    content: bytes
    mapping: ColumnMapping
    last: Work | None = None

    def opened(self) -> Work:
        """Open a fresh copy of the empty clinic; the copy before it goes."""
        path = self.folder / "import.db"
        if self.last is not None:
            self.last.session.close()
            self.last.session.get_bind().dispose()
        remove(path)
        shutil.copy(self.made.path, path)
        engine = open_engine(f"sqlite:///{path}", AUDIT_KEY)
        self.last = replace(self.made, path=path, engine=engine).work(new_session(engine), self.catalogue)
        return self.last

    def planned(self) -> tuple[Work, ImportRows]:
        """Do everything up to the storing."""
        work = self.opened()
        parsed = read_with(self.content, self.mapping)
        plan = dry_run(
            ImportDesk(scope_of(work.actor), work.session, work.keys, work.catalogue, work.today), parsed, self.mapping
        )
        return work, replace_run(rows_of_plan(work, plan, self.mapping, uuid4(), Language.ENGLISH))

    def whole(self, work: Work) -> None:
        """Take the table over."""
        import_file(work, self.content, self.mapping)
        work.session.commit()

    def stored(self, given: tuple[Work, ImportRows]) -> None:
        """Store what was planned."""
        work, rows = given
        for _ in store(work, rows):
            pass
        work.session.commit()


def replace_run(rows: ImportRows) -> ImportRows:
    """Let the visits name no import, for none was written."""
    for visit in rows.by_table["visit"]:
        visit["import_id"] = None
    return rows


def desk(bench: Bench, people: int) -> Desk:
    """Set a desk up for a table of so many people."""
    made = clinic(0, bench.folder, bench.catalogue)
    made.engine.dispose()
    return Desk(made, bench.catalogue, bench.folder, table(people, made), mapping_of(MAPPING))


def bulk_import(bench: Bench) -> Iterator[Row]:
    """Take a table over, against the same rows given to the driver for tables without triggers."""
    ready = desk(bench, bench.middle)
    work = ready.opened()
    ready.whole(work)
    raw = Raw(bench.folder / "import.db", bench.folder)
    jobs = {
        "ours": Job(ready.stored, ready.planned),
        "floor": Job(raw.store, raw.opened),
        "whole": Job(ready.whole, ready.opened),
    }
    found = interleaved(jobs, bench.rounds)
    floor = f"raw executemany of the same {raw.count:,} rows"
    why = "more than half of it are the triggers, which write each row once more as JSON"
    yield compared(f"bulk import of {bench.middle:,} patients: storing, audited", floor, found, 6, why)
    found["ours"] = found["whole"]
    yield compared("the same from the file: read, checked, scored, sealed, stored", floor, found, 6, why)


def remove(path: Path) -> None:
    """Remove a database and what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


class Raw:
    """The rows of an import given to the driver as they are: same tables, keys and indexes, no triggers."""

    def __init__(self, imported: Path, folder: Path) -> None:
        self.path = folder / "raw.db"
        source = sqlite3.connect(imported)
        self.rows = {name: source.execute(f"SELECT * FROM {name}").fetchall() for name in (*BEFORE, *TABLES)}
        self.count = sum(len(self.rows[name]) for name in TABLES)
        source.close()

    def opened(self) -> sqlite3.Connection:
        """Open a fresh database with what the rows refer to."""
        remove(self.path)
        engine = open_engine(f"sqlite:///{self.path}", AUDIT_KEY)
        Base.metadata.create_all(engine)
        engine.dispose()
        connection = sqlite3.connect(self.path, isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        self._store(connection, BEFORE)
        return connection

    def store(self, connection: sqlite3.Connection) -> None:
        """Give the driver every row."""
        self._store(connection, TABLES)

    def _store(self, connection: sqlite3.Connection, names: tuple[str, ...]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for name in names:
            marks = ",".join("?" * len(self.rows[name][0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", self.rows[name])
        connection.execute("COMMIT")


BEFORE = ("clinic", "user_account", "membership", "import_run")


def checked(made: Made) -> int:
    """Verify a clinic's trail and say how many entries it has."""
    with new_session(made.engine, read_only=True) as session:
        found = verify(session, only=made.scope)
    if not found.sound:
        raise RuntimeError(f"the trail is not sound: {found.faults[:3]}")
    return found.entries


def audit(bench: Bench) -> Iterator[Row]:
    """Verify the audit trail: chain, replay against the rows, triggers."""
    made = bench.clinic(bench.middle)
    entries = checked(made)
    found = interleaved({"ours": Job(lambda _: checked(made))}, bench.rounds)
    pace = entries / median(found["ours"])
    task = f"audit verify, {entries:,} entries"
    yield Row(task, f"{pace:,.0f} entries/s", "", None, f"≥ {ENTRIES:,} entries/s", pace >= ENTRIES)
