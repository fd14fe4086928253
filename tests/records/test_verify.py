"""Verification: every class of tampering is found and named, and a sound database is never accused."""

import shutil
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from outcomes.records.anchors import FILE, write_anchors
from outcomes.records.audit import statements
from outcomes.records.faults import SENTENCES, FaultKind
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.records.tables import Exposure
from outcomes.records.verify import verify
from outcomes.terms import ExposureKind
from tests.cast import NOW, make_cast
from tests.databases import as_owner, empty, open_test_engine
from tests.records.tampering import CLASSES, Tamperer, behind_its_back


def fill(engine, chance):
    """Write the cast and some dozens of changes by several actors, in many transactions; return the cast."""
    with new_session(engine) as session:
        cast = make_cast(session)
        session.commit()
        made = []
        for _ in range(25):
            act_as(session, f"member:{chance.randrange(5)}", chance.choice([None, "a reason"]))
            new = [exposure(cast, chance) for _ in range(chance.randrange(1, 3))]
            made += new
            session.execute(insert(Exposure), new)
            edited = session.get_one(Exposure, (cast.clinic_id, chance.choice(made)["id"]))
            edited.text = f"changed {chance.random()}"
            session.commit()
    return cast


def exposure(cast, chance):
    row = {"clinic_id": cast.clinic_id, "id": uuid4(), "patient_id": cast.patient_id, "version": 1}
    day = date(2026, 1, 1) + timedelta(chance.randrange(300))
    return row | {"kind": ExposureKind.DIET, "text": "Işık", "started_on": day, "by_patient": False}


def anchor(engine, folder):
    with new_session(engine) as session:
        written = write_anchors(session, folder, NOW)
        session.commit()
    return written


def faults_of(engine, anchors=None, **more):
    with new_session(engine, read_only=True) as session:
        return verify(session, anchors, **more).faults


@pytest.fixture(scope="module")
def original(sqlite_template, tmp_path_factory):
    """A filled and anchored file, to be copied: (path of the file, folder of anchors, cast)."""
    folder = tmp_path_factory.mktemp("original")
    shutil.copy(sqlite_template, folder / "records.db")
    engine = open_test_engine(f"sqlite:///{folder / 'records.db'}")
    cast = fill(engine, Random(1))
    anchor(engine, folder)
    engine.dispose()
    return folder / "records.db", folder, cast


@pytest.fixture
def copied(original, tmp_path):
    """A copy of that file, open, with its anchors and cast."""
    path, anchors, cast = original
    shutil.copy(path, tmp_path / "copy.db")
    engine = open_test_engine(f"sqlite:///{tmp_path / 'copy.db'}")
    yield engine, anchors, cast
    engine.dispose()


@pytest.fixture
def filled(engine, tmp_path):
    """A filled and anchored database of either kind."""
    cast = fill(engine, Random(2))
    anchor(engine, tmp_path)
    return engine, tmp_path, cast


def tamper(engine, cast, how, seed):
    with behind_its_back(engine) as connection:
        return how(Tamperer(connection, cast.clinic_id, Random(seed)))


def check(engine, anchors, cast, how, seed):
    """Tamper in one way, and see it found and named."""
    assert faults_of(engine, anchors) == ()
    kind, named = tamper(engine, cast, how, seed)
    found = faults_of(engine, anchors)
    fitting = [fault for fault in found if fault.kind is kind]
    assert any(named.items() <= asdict(fault).items() for fault in fitting), (
        f"{how.__name__} {seed}: {kind} {named} not among {found[:5]}"
    )


CLASS = pytest.mark.parametrize("how", CLASSES, ids=[how.__name__ for how in CLASSES])


def test_there_are_fourteen_classes():
    assert len(set(CLASSES)) == 14


@CLASS
@pytest.mark.parametrize("seed", range(2))
def test_tampering_is_found_and_named(copied, how, seed):
    check(*copied, how, seed)


@CLASS
@pytest.mark.postgres
def test_tampering_is_found_and_named_on_postgresql(postgres_engine, tmp_path, how):
    cast = fill(postgres_engine, Random(3))
    anchor(postgres_engine, tmp_path)
    try:
        check(postgres_engine, tmp_path, cast, how, 3)
    finally:
        empty(postgres_engine)


@pytest.mark.full
def test_700_of_700(original, tmp_path):
    path, anchors, cast = original
    found = Counter()
    for how in CLASSES:
        for seed in range(50):
            shutil.copy(path, tmp_path / "mutant.db")
            engine = open_test_engine(f"sqlite:///{tmp_path / 'mutant.db'}")
            check(engine, anchors, cast, how, seed)
            engine.dispose()
            found[how.__name__] += 1
    assert sum(found.values()) == 700


def clean(sqlite_template, tmp_path, seed):
    shutil.copy(sqlite_template, tmp_path / "clean.db")
    engine = open_test_engine(f"sqlite:///{tmp_path / 'clean.db'}")
    fill(engine, Random(seed))
    anchor(engine, tmp_path / str(seed))
    assert faults_of(engine, tmp_path / str(seed)) == ()
    engine.dispose()


def test_no_false_alarm(sqlite_template, tmp_path):
    for seed in range(3):
        clean(sqlite_template, tmp_path, seed)


@pytest.mark.full
def test_no_false_alarm_on_100_databases(sqlite_template, tmp_path):
    for seed in range(100):
        clean(sqlite_template, tmp_path, seed)


def test_without_the_key_nothing_verifies(copied):
    """Nor do the rows that name people, whose names stand in the trail by a hash with that key."""
    engine, anchors, _ = copied
    stranger = open_engine(str(engine.url), b"k" * 32)
    kinds = {fault.kind for fault in faults_of(stranger, anchors)}
    assert kinds == {
        FaultKind.ENTRY_CHANGED,
        FaultKind.ROW_CHANGED,
        FaultKind.ANCHOR_FORGED,
        FaultKind.ANCHOR_LOST,
    }
    stranger.dispose()


def test_one_clinic_may_be_looked_at_alone(copied):
    engine, anchors, cast = copied
    tamper(engine, cast, Tamperer.edit_row, 1)
    assert faults_of(engine, anchors, only=cast.scope_elsewhere) == ()
    assert [fault.field for fault in faults_of(engine, anchors, only=cast.scope)] == ["text"]


def test_progress_is_told_and_ends_with_all(copied):
    engine, anchors, _ = copied
    told = []
    with new_session(engine, read_only=True) as session:
        result = verify(session, anchors, tell=lambda done, total: told.append((done, total)))
    assert result.sound
    assert told[-1] == (result.entries, result.entries)


def test_a_write_with_triggers_off_breaks_the_history_at_the_next_change(copied):
    engine, anchors, cast = copied
    _, named = tamper(engine, cast, Tamperer.edit_row, 1)
    with new_session(engine) as session:
        act_as(session, "member:1")
        session.execute(text("UPDATE exposure SET kind = 'drug'"))
        session.commit()
    broken = [fault for fault in faults_of(engine, anchors) if fault.kind is FaultKind.HISTORY_BROKEN]
    assert [(fault.table, fault.row_id, fault.field) for fault in broken] == [("exposure", named["row_id"], "text")]


# Triggers


def trigger_names(engine):
    return {fault.table for fault in faults_of(engine) if fault.kind is FaultKind.TRIGGER_CHANGED}


def test_a_missing_changed_or_added_trigger_is_named(copied):
    engine, _, _ = copied
    weak = next(statement for statement in statements("sqlite") if "audit_score_update" in statement)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_visit_insert")
        connection.exec_driver_sql("DROP TRIGGER audit_score_update")
        connection.exec_driver_sql(weak.replace(" WHEN ", " WHEN 0 AND "))
        connection.exec_driver_sql("CREATE TRIGGER sly AFTER INSERT ON visit BEGIN DELETE FROM read_log; END")
    assert trigger_names(engine) == {"audit_visit_insert", "audit_score_update", "sly"}


REFUSE = next(statement for statement in statements("postgresql") if "FUNCTION audit_refuse()" in statement)
WEAKENED = {
    "audit_visit": (
        "ALTER TABLE visit DISABLE TRIGGER audit_visit",
        "ALTER TABLE visit ENABLE TRIGGER audit_visit",
    ),
    "audit_refuse()": (
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        REFUSE.replace("CREATE", "CREATE OR REPLACE"),
    ),
    "audit_row()": (
        "ALTER FUNCTION audit_row() SET TimeZone='Asia/Tokyo'",
        "ALTER FUNCTION audit_row() SET TimeZone='UTC'",
    ),
}


@pytest.mark.postgres
@pytest.mark.parametrize("name", WEAKENED)
def test_a_trigger_that_is_off_or_hollow_is_named(postgres_engine, name):
    assert trigger_names(postgres_engine) == set()
    for statement, expected in zip(WEAKENED[name], ({name}, set()), strict=True):
        with as_owner(postgres_engine).begin() as connection:
            connection.exec_driver_sql(statement)
        assert trigger_names(postgres_engine) == expected


# Anchors


def test_anchors_are_written_for_chains_that_have_grown(filled):
    engine, folder, cast = filled
    assert len((folder / FILE).read_text("utf-8").splitlines()) == 3
    assert anchor(engine, folder) == 0
    with new_session(engine) as session:
        act_as(session, "member:1")
        session.execute(text("UPDATE patient SET diet = 'x' WHERE code = 'P-002'"))
        session.commit()
    assert anchor(engine, folder) == 1
    assert faults_of(engine, folder) == ()
    assert all(str(cast.patient_id) not in line for line in (folder / FILE).read_text("utf-8").splitlines())


def test_an_older_copy_put_back_is_noticed(original, copied, tmp_path):
    engine, anchors, cast = copied
    shutil.copy(anchors / FILE, tmp_path / FILE)
    with new_session(engine) as session:
        act_as(session, "member:1")
        session.execute(text("UPDATE patient SET diet = 'x' WHERE code = 'P-002'"))
        session.commit()
    anchor(engine, tmp_path)
    assert faults_of(engine, tmp_path) == ()
    older = open_test_engine(f"sqlite:///{original[0]}")
    assert [(fault.kind, fault.clinic_id) for fault in faults_of(older, tmp_path)] == [
        (FaultKind.ANCHOR_UNMET, cast.clinic_id)
    ]
    older.dispose()


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        (lambda lines: lines[:0], {FaultKind.ANCHOR_LOST}),
        (lambda lines: lines[1:], {FaultKind.ANCHOR_LOST}),
        (lambda lines: [*lines, "not an anchor"], {FaultKind.ANCHOR_FORGED}),
        (lambda lines: [*lines, "{}"], {FaultKind.ANCHOR_FORGED}),
        (lambda lines: [line.replace('"position": ', '"position": 9') for line in lines], set(FaultKind)),
    ],
    ids=["empty", "one gone", "a word", "an empty object", "moved"],
)
def test_a_damaged_anchor_file_is_noticed(copied, tmp_path, damage, kinds):
    engine, anchors, _ = copied
    lines = (anchors / FILE).read_text("utf-8").splitlines()
    (tmp_path / FILE).write_text("\n".join(damage(lines)), "utf-8")
    found = {fault.kind for fault in faults_of(engine, tmp_path)}
    assert found
    assert found <= kinds


def test_every_kind_of_fault_has_its_sentence():
    assert set(SENTENCES) == set(FaultKind)
