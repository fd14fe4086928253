"""The audit trail: every write path is in it, nobody can write without being named, nothing in it changes."""

import sqlite3
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from outcomes.records.audit import INSTALLATION
from outcomes.records.base import Base
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import AuditEntry, Draft, Exposure, Patient, PatientKey, ReadLog, Score, User
from outcomes.terms import ExposureKind
from tests.cast import NOW
from tests.databases import as_owner, as_superuser
from tests.records.entries import add_scores, entries_of

EXPOSURE = Base.metadata.tables["exposure"]


@pytest.fixture
def engine(engine):
    """Here rows are deleted that the program never deletes: as the owner of the tables."""
    return as_owner(engine)


def exposure(cast, words="Tatil", **more):
    row = {"clinic_id": cast.clinic_id, "id": uuid4(), "patient_id": cast.patient_id, "text": words}
    return row | {"kind": ExposureKind.TRAVEL, "started_on": date(2026, 1, 2), "version": 1, "by_patient": False} | more


@pytest.fixture
def kept(session, cast):
    """Two exposures that are there already: one ended, one not. Returns them and how many entries there are."""
    rows = [exposure(cast, "Bir", ended_on=date(2026, 2, 3)), exposure(cast, "İki", ended_on=None)]
    session.execute(insert(Exposure), rows)
    act_as(session, "member:1", "a reason")
    return session.get_one(Exposure, key(rows[0])), session.get_one(Exposure, key(rows[1])), len(entries_of(session))


def key(row):
    return row["clinic_id"], row["id"]


def orm_insert(session, cast, *_):
    session.add(Exposure(**exposure(cast)))


def orm_update(_, __, ended, *___):
    ended.text = "Başka"


def orm_delete(session, _, ended, *__):
    session.delete(ended)


def orm_to_null(_, __, ended, *___):
    ended.ended_on = None


def orm_from_null(_, __, ___, lasting):
    lasting.ended_on = date(2026, 3, 4)


def orm_bulk_update(session, cast, *_):
    session.execute(update(Exposure).where(Exposure.patient_id == cast.patient_id).values(text="Hepsi"))


def orm_bulk_insert(session, cast, *_):
    session.execute(insert(Exposure), [exposure(cast), exposure(cast)])


def orm_bulk_delete(session, cast, *_):
    session.execute(delete(Exposure).where(Exposure.patient_id == cast.patient_id))


def orm_bulk_by_key(session, _, ended, lasting):
    rows = [{"clinic_id": row.clinic_id, "id": row.id, "text": "Toplu"} for row in (ended, lasting)]
    session.execute(update(Exposure), rows)


def core_update(session, _, ended, *__):
    session.connection().execute(EXPOSURE.update().where(EXPOSURE.c.id == ended.id).values(text="Core"))


def raw_sql(session, *_):
    session.execute(text("UPDATE exposure SET text = 'raw' WHERE ended_on IS NULL"))


def upsert(session, cast, ended, *_):
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[session.get_bind().dialect.name]
    row = exposure(cast, "Üst", id=ended.id)
    statement = dialect.insert(EXPOSURE).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["clinic_id", "id"], set_={"text": row["text"]}))


def replace(session, cast, ended, *_):
    session.execute(insert(EXPOSURE).prefix_with("OR REPLACE").values(exposure(cast, "Yeni", id=ended.id)))


PATHS = [
    (orm_insert, ["insert"]),
    (orm_update, ["update"]),
    (orm_delete, ["delete"]),
    (orm_to_null, ["update"]),
    (orm_from_null, ["update"]),
    (orm_bulk_update, ["update", "update"]),
    (orm_bulk_insert, ["insert", "insert"]),
    (orm_bulk_delete, ["delete", "delete"]),
    (orm_bulk_by_key, ["update", "update"]),
    (core_update, ["update"]),
    (raw_sql, ["update"]),
    (upsert, ["update"]),
]


def test_there_are_twelve_paths_and_replace_on_sqlite():
    assert len({path for path, _ in PATHS}) == 12


@pytest.mark.parametrize(("path", "operations"), PATHS, ids=[path.__name__ for path, _ in PATHS])
def test_every_path_of_writing_is_in_the_trail(session, cast, kept, path, operations):
    ended, lasting, before = kept
    path(session, cast, ended, lasting)
    session.flush()
    check(entries_of(session)[before:], operations)


def test_replace_is_in_the_trail_as_what_it_is(sqlite_engine):
    with new_session(sqlite_engine) as session:
        act_as(session, "program")
        cast = _cast(session)
        row = exposure(cast, "Eski")
        session.execute(insert(Exposure), [row])
        act_as(session, "member:1", "a reason")
        before = len(entries_of(session))
        replace(session, cast, session.get_one(Exposure, key(row)))
        check(entries_of(session)[before:], ["delete", "insert"])


def _cast(session):
    from tests.cast import make_cast  # noqa: PLC0415 - the fixture is for both databases, this is for one

    return make_cast(session)


def check(entries, operations):
    assert [entry.operation for entry in entries] == operations
    for entry in entries:
        assert (entry.actor, entry.reason, entry.table_name) == ("member:1", "a reason", "exposure")
        assert (entry.old is None) == (entry.operation == "insert")
        assert (entry.new is None) == (entry.operation == "delete")
        assert entry.old != entry.new
        assert entry.row_id == UUID((entry.new or entry.old)["id"]).hex
        assert entry.at.endswith("Z")


def test_old_and_new_are_whole_rows_with_the_changed_field_in_them(session, kept):
    kept[0].ended_on = None
    session.flush()
    entry = entries_of(session)[-1]
    assert (entry.old["ended_on"], entry.new["ended_on"]) == ("2026-02-03", None)
    assert set(entry.new) == set(EXPOSURE.columns.keys())
    assert entry.new["text"] == "Bir"


def test_writing_the_same_again_changes_nothing_and_is_no_entry(session, kept):
    session.execute(update(Exposure).values(text=Exposure.text, ended_on=Exposure.ended_on))
    assert len(entries_of(session)) == kept[2]


def test_what_a_savepoint_takes_back_leaves_no_entry(session, cast, kept):
    with session.begin_nested() as savepoint:
        orm_insert(session, cast)
        session.flush()
        savepoint.rollback()
    kept[0].text = "Sonra"
    session.flush()
    assert [entry.operation for entry in entries_of(session)[kept[2] :]] == ["update"]


def test_the_actor_may_change_within_a_transaction(session, kept):
    kept[0].text = "Bir daha"
    session.flush()
    act_as(session, "member:2")
    kept[1].text = "İki daha"
    session.flush()
    assert [(entry.actor, entry.reason) for entry in entries_of(session)[kept[2] :]] == [
        ("member:1", "a reason"),
        ("member:2", None),
    ]


def test_a_score_s_key_and_numbers_are_exact(session, cast):
    assessment_id, *_ = add_scores(session, cast, {"one": 0.1 + 0.2, "two": None, "three": -7.0, "four": 1e-7})
    told = {entry.row_id: entry.new["value"] for entry in entries_of(session) if entry.table_name == "score"}
    place = f"{cast.patient_id.hex}/{assessment_id.hex}/"
    assert told == {place + "one": 0.1 + 0.2, place + "two": None, place + "three": -7.0, place + "four": 1e-7}
    stored = session.scalars(select(Score.value).where(Score.scale == "one")).one()
    assert stored == told[place + "one"]


def test_json_is_kept_as_json(session, cast):
    patient = session.get_one(Patient, (cast.clinic_id, cast.patient_id))
    patient.comorbidities = ["ibs", "ağrı"]
    session.flush()
    assert entries_of(session)[-1].new["comorbidities"] == ["ibs", "ağrı"]


def test_bytes_are_hexadecimal(session, cast):
    entry = next(entry for entry in entries_of(session) if entry.row_id == cast.patient_id.hex)
    blob = session.get_one(Patient, (cast.clinic_id, cast.patient_id)).name_sealed
    assert entry.new["name_sealed"].removeprefix("\\x") == blob.hex()


def test_secrets_stand_in_the_trail_by_their_hash(session, cast):
    user = session.get_one(User, cast.users["clinician"])
    user.password_hash, user.second_factor_secret = "$argon2id$secret", "JBSWY3DPEHPK3PXP"
    session.flush()
    user.password_hash = "$argon2id$other"
    session.flush()
    first, second = entries_of(session)[-2:]
    assert first.clinic_id == INSTALLATION
    assert first.new["password_hash"] == second.old["password_hash"] != second.new["password_hash"]
    assert first.old["password_hash"] is None
    everything = repr([(entry.old, entry.new) for entry in entries_of(session)])
    wrapped = session.scalars(select(PatientKey.wrapped)).all()
    for secret in ("argon2id", "JBSWY3DPEHPK3PXP", user.uniquifier, *(key.hex() for key in wrapped)):
        assert secret not in everything


@pytest.mark.usefixtures("cast")
def test_tables_without_a_trail_leave_none(session, cast):
    before = len(entries_of(session))
    place = {"clinic_id": cast.clinic_id, "membership_id": cast.clinician.membership_id, "patient_id": cast.patient_id}
    session.add(ReadLog(**place, id=uuid4(), at=NOW, what="record"))
    session.add(Draft(**place, form="visit", fields={"a": 1}, started_at=NOW, saved_at=NOW))
    session.flush()
    assert len(entries_of(session)) == before


def test_every_other_table_has_a_trail():
    """What lives for minutes, what repeats other rows, and what says who looked or came in, has no trail of its own."""
    silent = {table.name for table in Base.metadata.sorted_tables if not table.info.get("audited", True)}
    trail = {"audit_entry", "audit_seal", "chain_head", "anchor_mark"}
    at_the_door = {"sign_in", "sign_in_attempt", "account_link", "challenge", "used_code"}
    assert silent == trail | at_the_door | {"read_log", "draft", "idempotency_key", "name_prefix", "reminder"}


def test_a_write_without_an_actor_is_refused(engine, committed_cast):
    with new_session(engine) as session, pytest.raises(IntegrityError, match="actor"):
        session.execute(text("UPDATE patient SET diet = 'x'"))


def test_an_actor_is_forgotten_at_the_end_of_the_transaction(engine, committed_cast):
    with new_session(engine) as session:
        for finish in (session.commit, session.rollback):
            act_as(session, "member:1")
            session.execute(text("UPDATE patient SET diet = 'x'"))
            finish()
            with pytest.raises(IntegrityError, match="actor"):
                session.execute(text("UPDATE patient SET diet = 'y'"))
            session.rollback()


MOVE = (
    "UPDATE membership SET clinic_id = (SELECT other.clinic_id FROM clinic AS other"
    " WHERE other.clinic_id <> membership.clinic_id) WHERE role = 'researcher'"
)
REFUSED = [
    ("UPDATE audit_entry SET actor = 'member:9'", "append-only"),
    ("DELETE FROM audit_entry", "append-only"),
    ("UPDATE audit_seal SET mac = 'x'", "append-only"),
    ("DELETE FROM audit_seal", "append-only"),
    ("DELETE FROM chain_head", "append-only"),
    ("UPDATE chain_head SET position = position - 1", "only grows"),
    ("INSERT INTO audit_entry SELECT * FROM audit_entry", "triggers alone"),
    ("UPDATE membership SET id = user_id WHERE role = 'researcher'", "never change"),
    (MOVE, "never change"),
]


@pytest.mark.parametrize(("statement", "words"), REFUSED, ids=[statement for statement, _ in REFUSED])
def test_the_trail_and_keys_of_rows_do_not_change(engine, committed_cast, statement, words):
    with new_session(as_superuser(engine)) as session:
        act_as(session, "member:1")
        with pytest.raises(IntegrityError, match=words):
            session.execute(text(statement))


@pytest.mark.postgres
@pytest.mark.parametrize(
    "table", ["audit_entry", "audit_seal", "chain_head", "score", "visit CASCADE", "clinic CASCADE"]
)
def test_nothing_audited_is_truncated(postgres_engine, table):
    with new_session(as_owner(postgres_engine)) as session:
        act_as(session, "member:1")
        with pytest.raises(DBAPIError, match=r"append-only|never truncated"):
            session.execute(text(f"TRUNCATE {table}"))


def test_a_foreign_client_of_the_file_cannot_write(sqlite_engine):
    with new_session(sqlite_engine) as session:
        _cast(session)
        session.commit()
    with sqlite3.connect(sqlite_engine.url.database) as foreign, pytest.raises(sqlite3.Error, match="no such function"):
        foreign.execute("UPDATE patient SET code = 'X'")


def test_entries_of_one_transaction_stand_in_the_order_of_writing(session, cast):
    rows = [exposure(cast, str(number)) for number in range(300)]
    session.execute(insert(Exposure), rows)
    told = [entry.new["text"] for entry in entries_of(session) if entry.table_name == "exposure"]
    assert told == [str(number) for number in range(300)]
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == len(entries_of(session))
