"""The trail told again from its beginning gives the rows, whatever was written and by whatever path."""

import random
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from outcomes.records.audit import audited_tables, personal_columns, secret_columns
from outcomes.records.base import Base
from outcomes.records.personal import keyed, personal_key
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Exposure, Patient, Score
from outcomes.records.told import value_told
from outcomes.records.verify import verify
from outcomes.terms import ExposureKind
from tests.databases import AUDIT_KEY, as_owner
from tests.records.entries import add_scores, entries_of

KEY_OF_PERSONS = personal_key(AUDIT_KEY)
WORDS = ["", "Işık", "çay", "a'b\"c", "\\", "😀", "\n\t", "0", "null", "x" * 300]
NUMBERS = [None, 0.0, -0.0, 0.1, 1 / 3, 1e-9, 1e300, -7.25, 42.0, 5e-324, 123456789.123456789]


@pytest.fixture
def engine(engine):
    """Here rows are deleted that the program never deletes: as the owner of the tables."""
    return as_owner(engine)


class Operations:
    """Random writes by every path, and a model in plain dicts of what they must leave."""

    def __init__(self, session, cast, chance):
        self.session, self.cast, self.chance = session, cast, chance
        self.dialect = {"sqlite": sqlite, "postgresql": postgresql}[session.get_bind().dialect.name]
        self.exposures = {}
        assessment_id, *rows = add_scores(session, cast, {f"s{number}": 1.0 for number in range(10)})
        self.scores = {row["scale"]: 1.0 for row in rows}
        self.of_scores = (Score.assessment_id == assessment_id,)
        self.blob = None
        self.notes = session.get_one(Patient, (cast.clinic_id, cast.patient_id)).comorbidities

    def one(self):
        choices = [self.insert, self.insert_many, self.orm, self.update_many, self.upsert, self.delete, self.raw]
        self.chance.choice([*choices, self.score, self.patient])()

    def fields(self):
        day = date(2026, 1, 1) + timedelta(self.chance.randrange(900))
        ended = self.chance.choice([None, day])
        words = self.chance.choice(WORDS)
        kind = self.chance.choice(list(ExposureKind))
        return {
            "kind": kind,
            "text": words,
            "started_on": day,
            "ended_on": ended,
            "by_patient": self.chance.random() < 0.5,
        }

    def row(self, row_id, fields):
        return {
            "clinic_id": self.cast.clinic_id,
            "id": row_id,
            "patient_id": self.cast.patient_id,
            "version": 1,
            **fields,
        }

    def insert(self):
        row_id, fields = uuid4(), self.fields()
        self.session.add(Exposure(**self.row(row_id, fields)))
        self.session.flush()
        self.exposures[row_id] = fields

    def insert_many(self):
        new = {uuid4(): self.fields() for _ in range(self.chance.randrange(1, 5))}
        self.session.execute(insert(Exposure), [self.row(row_id, fields) for row_id, fields in new.items()])
        self.exposures |= new

    def some(self):
        return self.chance.choice(list(self.exposures)) if self.exposures else None

    def orm(self):
        if (row_id := self.some()) is None:
            return
        name, value = self.chance.choice(list(self.fields().items()))
        setattr(self.session.get_one(Exposure, (self.cast.clinic_id, row_id)), name, value)
        self.session.flush()
        self.exposures[row_id] = self.exposures[row_id] | {name: value}

    def update_many(self):
        kind, words = self.chance.choice(list(ExposureKind)), self.chance.choice(WORDS)
        self.session.execute(update(Exposure).where(Exposure.kind == kind).values(text=words))
        hit = [row_id for row_id, fields in self.exposures.items() if fields["kind"] == kind]
        self.exposures |= {row_id: self.exposures[row_id] | {"text": words} for row_id in hit}

    def upsert(self):
        row_id, fields = self.some() or uuid4(), self.fields()
        statement = self.dialect.insert(Base.metadata.tables["exposure"]).values(self.row(row_id, fields))
        statement = statement.on_conflict_do_update(index_elements=["clinic_id", "id"], set_=fields)
        self.session.execute(statement)
        self.exposures[row_id] = fields

    def delete(self):
        if (row_id := self.some()) is None or len(self.exposures) < 20:
            return
        self.session.execute(delete(Exposure).where(Exposure.id == row_id))
        del self.exposures[row_id]

    def raw(self):
        self.session.execute(text("UPDATE exposure SET ended_on = NULL WHERE started_on > '2027-06-01'"))
        for row_id, fields in self.exposures.items():
            if fields["started_on"] > date(2027, 6, 1):
                self.exposures[row_id] = fields | {"ended_on": None}

    def score(self):
        scale, value = self.chance.choice(list(self.scores)), self.chance.choice(NUMBERS)
        self.session.execute(update(Score).where(*self.of_scores, Score.scale == scale).values(value=value))
        self.scores[scale] = value

    def patient(self):
        patient = self.session.get_one(Patient, (self.cast.clinic_id, self.cast.patient_id))
        self.blob = patient.birth_date_sealed = self.chance.choice([None, self.chance.randbytes(30)])
        self.notes = patient.comorbidities = self.chance.sample(WORDS, 3)
        self.session.flush()


def told_again(session):
    """Each row as the trail tells it, without any help of the program's own replay."""
    rows = {}
    for entry in entries_of(session):
        place = (entry.table_name, entry.row_id)
        assert rows.get(place) == entry.old
        rows[place] = entry.new
    return {
        (table, row_id): {field: value_told(table, field, raw) for field, raw in row.items()}
        for (table, row_id), row in rows.items()
        if row is not None
    }


def run(engine, cast, seed, operations):
    with new_session(engine) as session:
        act_as(session, "member:1")
        made = Operations(session, cast, random.Random(seed))
        for number in range(operations):
            made.one()
            if number % 25 == 0:
                session.commit()
                act_as(session, f"member:{number}")
        session.commit()
        compare(session, cast, made)
        assert verify(session).sound


def compare(session, cast, made):
    told = told_again(session)
    exposures = {row["id"]: row for (table, _), row in told.items() if table == "exposure"}
    assert set(exposures) == set(made.exposures)
    for row_id, fields in made.exposures.items():
        assert {name: exposures[row_id][name] for name in fields} == fields
    assert {row["scale"]: row["value"] for (table, _), row in told.items() if table == "score"} == made.scores
    patient = told["patient", cast.patient_id.hex]
    assert (patient["birth_date_sealed"], patient["comorbidities"]) == (made.blob, made.notes)
    for table in audited_tables():
        rows = [dict(row) for row in session.execute(select(table)).mappings()]
        for row in rows:
            row.update({name: keyed(KEY_OF_PERSONS, row[name]) for name in personal_columns(table)})
        hidden = set(secret_columns(table))
        assert sorted(_shown(row, hidden) for row in rows) == sorted(
            _shown(row, hidden) for (name, _), row in told.items() if name == table.name
        )


def _shown(row, hidden):
    """A row as text, the same for equal rows: minus zero is zero."""
    values = {name: row[name] for name in sorted(row) if name not in hidden}
    return repr({name: value + 0.0 if isinstance(value, float) else value for name, value in values.items()})


@pytest.mark.parametrize("seed", range(3))
def test_300_random_operations(engine, committed_cast, seed):
    run(engine, committed_cast, seed, 300)


@pytest.mark.full
def test_10_000_random_operations(engine, committed_cast):
    run(engine, committed_cast, 2026, 10_000)
