"""The second wall: PostgreSQL keeps clinics, patients and researchers apart whatever a statement asks for."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from outcomes.access.scope import DOOR, Reach, Within, reach_of
from outcomes.actions.accounts import MemberForm, invite
from outcomes.actions.signing_in import Doorway
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records import tenancy
from outcomes.records.audit import INSTALLATION
from outcomes.records.base import Base
from outcomes.records.faults import FaultKind
from outcomes.records.session import act_as, keep_within, new_session, open_engine
from outcomes.records.tables import Membership, Patient, User
from outcomes.records.verify import verify
from outcomes.records.wall import missing_wall, wall_faults, wrong_rights
from outcomes.terms import Role
from tests.cast import make_cast
from tests.databases import AUDIT_KEY, PROGRAM, as_owner, as_superuser, empty
from tests.factories import make_work
from tests.records.every_table import fill_every_table
from tests.web.world import make_world

pytestmark = pytest.mark.postgres

TABLES = Base.metadata.sorted_tables
OF_CLINICS = [table for table in TABLES if "clinic_id" in table.columns]
OF_ACCOUNTS = [table for table in TABLES if "clinic_id" not in table.columns]


def user_of(table):
    """The column that names the person whose row it is, if any does."""
    return table.c.id if table.name == "user_account" else table.c.get("user_id")


TRAIL = {"audit_entry", "audit_seal", "chain_head", "anchor_mark"}
CLINICAL = [table for table in OF_CLINICS if "patient_id" in table.columns or table.name in {"patient", "donor", "lot"}]
NOT_CLINICAL = {"membership", "draft"}  # a place and the own writing, of which one sees the own


def names(table):
    return table.name


@pytest.fixture(scope="module")
def clinics(postgres_engine):
    """Two clinics with a row in every table of each, and the engine of the web, which has no reach of its own."""
    with new_session(postgres_engine) as session:
        cast = make_cast(session)
        make_world(session, cast, load_catalogue())
        fill_every_table(session, cast)
        session.commit()
    engine = open_engine(postgres_engine.url.render_as_string(hide_password=False), AUDIT_KEY)
    yield engine, cast
    engine.dispose()
    empty(postgres_engine)


@contextmanager
def within(engine, reach, actor="nobody in particular"):
    """A session with a reach, rolled back at the end."""
    with new_session(engine, reach=reach) as session:
        act_as(session, actor)
        yield session
        session.rollback()


def staff(cast):
    return reach_of(cast.clinician, cast.users["clinician"])


def reaches(cast):
    """Everybody's reach, by name."""
    found = {name: reach_of(getattr(cast, name), user) for name, user in cast.users.items()}
    return found | {"door": DOOR, "everything": Reach(Within.EVERYTHING)}


def count(session, table, *conditions):
    return session.scalar(select(func.count()).select_from(table).where(*conditions))


def first_row(session, table, *conditions):
    """One row to be written again; what an entry of the trail tells is left out."""
    row = session.execute(select(table).where(*conditions)).mappings().first()
    return {name: value for name, value in row.items() if name not in {"old", "new"}}


# Reading without a condition


def test_there_is_something_to_see_in_every_table_of_both_clinics(clinics):
    engine, cast = clinics
    with within(engine, Reach(Within.EVERYTHING)) as session:
        bare = {t.name for t in TABLES if not count(session, t)}
        bare |= {
            t.name
            for t in OF_CLINICS
            for c in (cast.clinic_id, cast.elsewhere_id)
            if not count(session, t, t.c.clinic_id == c)
        }
    assert bare == set()


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_without_a_reach_no_row_of_any_table_is_seen(clinics, table):
    engine, _ = clinics
    with within(engine, None) as session:
        assert count(session, table) == 0


@pytest.mark.parametrize("table", OF_CLINICS, ids=names)
def test_without_a_condition_a_clinic_gets_its_own_rows_and_all_of_them(clinics, table):
    engine, cast = clinics
    with within(engine, Reach(Within.EVERYTHING)) as session:
        own = count(session, table, table.c.clinic_id == cast.clinic_id)
    with within(engine, staff(cast)) as session:
        seen = session.scalars(select(table.c.clinic_id)).all()
    shared = {INSTALLATION} if table.name == "chain_head" else set()
    assert set(seen) - shared == {cast.clinic_id}
    assert len([each for each in seen if each == cast.clinic_id]) == own


@pytest.mark.parametrize("table", CLINICAL, ids=names)
def test_a_researcher_sees_no_row_of_a_patient(clinics, table):
    engine, cast = clinics
    with within(engine, reach_of(cast.researcher, cast.users["researcher"])) as session:
        rows = session.execute(select(table)).mappings().all()
    if table.name in NOT_CLINICAL:
        own = cast.researcher.membership_id
        assert {row.get("membership_id", row.get("id")) for row in rows} <= {own}
    else:
        assert rows == []


def test_what_a_researcher_sees_at_all(clinics):
    engine, cast = clinics
    with within(engine, reach_of(cast.researcher, cast.users["researcher"])) as session:
        seen = {table.name for table in OF_CLINICS if count(session, table)}
    releases = {table.name for table in TABLES if table.name.startswith("release")}
    assert seen <= releases | {"clinic", "membership", "idempotency_key", "chain_head", "draft"}
    assert {"release", "clinic", "membership"} <= seen


@pytest.mark.parametrize("table", OF_CLINICS, ids=names)
def test_a_patient_sees_the_own_rows_alone(clinics, table):
    engine, cast = clinics
    with within(engine, reach_of(cast.patient, cast.users["patient"]), cast.patient.name_in_trail) as session:
        rows = session.execute(select(table)).mappings().all()
    assert {row["clinic_id"] for row in rows} <= {cast.clinic_id, INSTALLATION}
    if "patient_id" in table.columns:
        assert {row["patient_id"] for row in rows} <= {cast.patient_id, None}
    elif table.name == "patient":
        assert [row["id"] for row in rows] == [cast.patient_id]
    else:
        allowed = {"clinic", "protocol", "idempotency_key", "chain_head"}
        assert rows == [] or table.name in allowed


def test_a_patient_sees_names_of_staff_and_of_no_other_patient(clinics):
    engine, cast = clinics
    with within(engine, reach_of(cast.patient, cast.users["patient"])) as session:
        seen = session.scalars(select(Membership.id)).all()
    assert set(seen) == {
        getattr(cast, name).membership_id for name in ("patient", "clinician", "researcher", "administrator")
    }


@pytest.mark.parametrize("table", OF_CLINICS, ids=names)
def test_the_front_door_sees_nothing_of_patients(clinics, table):
    engine, _ = clinics
    with within(engine, DOOR) as session:
        seen = count(session, table)
        carers = count(session, table, table.c.purpose == "carer_access") if table.name == "consent" else 0
    assert seen == carers or table.name in {"clinic", "membership", "invitation", "chain_head"}


@pytest.mark.parametrize("table", [table for table in OF_ACCOUNTS if user_of(table) is not None], ids=names)
def test_staff_see_the_accounts_that_have_a_place_with_them(clinics, table):
    engine, cast = clinics
    column = user_of(table)
    here = {user for name, user in cast.users.items() if name != "clinician_elsewhere"}
    with within(engine, staff(cast)) as session:
        assert set(session.scalars(select(column))) <= here
    with within(engine, reach_of(cast.patient, cast.users["patient"])) as session:
        assert set(session.scalars(select(column))) <= {cast.users["patient"]}


# Writing


@pytest.mark.parametrize("table", OF_CLINICS, ids=names)
def test_a_row_of_another_clinic_cannot_be_written(clinics, table):
    engine, cast = clinics
    with within(engine, Reach(Within.EVERYTHING)) as session:
        theirs = first_row(session, table, table.c.clinic_id == cast.elsewhere_id)
    fresh = theirs | ({"id": uuid4()} if "id" in table.primary_key.columns else {})
    with within(engine, staff(cast)) as session, pytest.raises(DBAPIError, match=r"row-level security|triggers alone"):
        session.execute(insert(table).values(fresh))
    with within(engine, staff(cast)) as session:
        free = next((c for c in table.columns if not c.primary_key), table.c.clinic_id)
        change = update(table).where(table.c.clinic_id == cast.elsewhere_id).values({free.name: theirs[free.name]})
        if "UPDATE" in tenancy.rights(table.name):
            assert session.execute(change).rowcount == 0
        if "DELETE" in tenancy.rights(table.name):
            assert session.execute(delete(table).where(table.c.clinic_id == cast.elsewhere_id)).rowcount == 0


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_without_a_reach_nothing_can_be_written(clinics, table):
    engine, _ = clinics
    with within(engine, Reach(Within.EVERYTHING)) as session:
        row = first_row(session, table)
    with within(engine, None) as session, pytest.raises(DBAPIError, match=r"row-level security|triggers alone"):
        session.execute(insert(table).values(row))


def test_own_rows_cannot_be_given_to_another_clinic(clinics):
    engine, cast = clinics
    with within(engine, staff(cast)) as session, pytest.raises(DBAPIError, match=r"row-level security|never change"):
        session.execute(update(Patient).values(clinic_id=cast.elsewhere_id))


def test_a_patient_writes_neither_for_a_neighbour_nor_to_what_belongs_to_the_clinic(clinics):
    engine, cast = clinics
    with within(engine, reach_of(cast.patient, cast.users["patient"])) as session:
        assert (
            session.execute(update(Patient).where(Patient.id == cast.other_patient_id).values(diet="x")).rowcount == 0
        )
        assert session.execute(text("UPDATE clinic SET name = 'x'")).rowcount == 0
        assert session.execute(text("UPDATE protocol SET number = 9")).rowcount == 0
        assert session.execute(text("UPDATE membership SET role = 'administrator'")).rowcount == 0


def test_a_member_writes_in_every_reach_and_it_is_sealed(clinics):
    engine, cast = clinics
    for name, table in (("clinician", "patient"), ("patient", "patient"), ("researcher", "user_account")):
        column = "language" if table == "user_account" else "country"
        with new_session(engine, reach=reach_of(getattr(cast, name), cast.users[name])) as session:
            act_as(session, getattr(cast, name).name_in_trail)
            assert session.execute(text(f"UPDATE {table} SET {column} = 'tr'")).rowcount
            session.commit()
    with within(engine, Reach(Within.EVERYTHING)) as session:
        assert verify(session).faults == ()


def test_an_address_elsewhere_can_be_invited_but_not_looked_through(clinics):
    engine, cast = clinics
    with within(engine, Reach(Within.EVERYTHING)) as session:
        elsewhere = session.get_one(User, cast.users["clinician_elsewhere"]).email
    with within(engine, reach_of(cast.administrator, cast.users["administrator"])) as session:
        assert session.scalar(select(User.id).where(User.email == elsewhere)) is None
        work = make_work(session, cast.administrator, load_catalogue())
        place = invite(work, MemberForm(elsewhere, "A visitor", Role.CLINICIAN)).membership_id
        assert session.get_one(Membership, (cast.clinic_id, place)).user_id == cast.users["clinician_elsewhere"]


def test_the_front_door_writes_a_place_of_the_clinic_whose_link_was_shown(clinics):
    engine, cast = clinics
    with within(engine, DOOR) as session:
        door = Doorway(session, None, b"key")
        rename = text("UPDATE membership SET display_name = 'x'")
        assert session.execute(rename).rowcount == 0
        tenancy.let_in(door.session, cast.elsewhere_id)
        assert session.execute(rename).rowcount == 1


# The five holes


@contextmanager
def as_the_owner(engine):
    """Change the schema as its owner, and have it back as it was."""
    with as_owner(engine).connect() as connection:
        yield connection
        connection.rollback()


def kinds(connection):
    return {(fault.kind, fault.table) for fault in wall_faults(connection)}


def test_first_hole_the_owner_is_held_back_too(clinics):
    engine, cast = clinics
    with within(as_owner(engine), staff(cast)) as session:
        assert set(session.scalars(select(Patient.clinic_id))) == {cast.clinic_id}
        session.execute(text("ALTER TABLE patient NO FORCE ROW LEVEL SECURITY"))
        assert set(session.scalars(select(Patient.clinic_id))) == {cast.clinic_id, cast.elsewhere_id}
        assert (FaultKind.WALL_CHANGED, "patient") in kinds(session.connection())


PASSAGES = {
    "through()": "CREATE FUNCTION through() RETURNS SETOF patient LANGUAGE sql SECURITY DEFINER"
    " AS 'SELECT * FROM patient'",
    "through": "CREATE VIEW through AS SELECT * FROM patient",
}


@pytest.mark.parametrize("name", PASSAGES)
def test_second_and_third_hole_a_view_and_a_function_of_the_owner_are_named(clinics, name):
    engine, _ = clinics
    with as_the_owner(engine) as connection:
        assert kinds(connection) == set()
        connection.exec_driver_sql(PASSAGES[name])
        assert kinds(connection) == {(FaultKind.WALL_PASSED, name)}


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_fourth_hole_a_pooled_connection_remembers_nothing(clinics, end):
    engine, cast = clinics
    narrow = open_engine(engine.url.render_as_string(hide_password=False), AUDIT_KEY)
    with new_session(narrow, reach=staff(cast)) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
        assert count(session, Patient.__table__)
        getattr(session, end)()
    with narrow.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == first
        assert connection.scalar(text("SELECT count(*) FROM patient")) == 0
        assert connection.scalar(text("SELECT current_setting('app.reach', true)")) in {None, ""}
    narrow.dispose()


def test_a_session_keeps_its_reach_from_one_transaction_to_the_next(clinics):
    engine, cast = clinics
    with new_session(engine, reach=DOOR) as session:
        assert count(session, Patient.__table__) == 0
        keep_within(session, staff(cast))
        for finish in (session.commit, session.rollback):
            assert count(session, Patient.__table__) == 2
            finish()


def test_fifth_hole_keys_that_are_checked_past_the_policies_begin_with_the_clinic(clinics):
    engine, cast = clinics
    with within(engine, staff(cast)) as session:
        code = session.scalars(select(Patient.code).where(Patient.id == cast.patient_id)).one()
    with within(engine, Reach(Within.EVERYTHING)) as session:
        assert code in session.scalars(select(Patient.code).where(Patient.clinic_id == cast.elsewhere_id)).all()
    row = {"clinic_id": cast.clinic_id, "id": uuid4(), "patient_id": cast.patient_elsewhere_id}
    row |= {"purpose": "research", "text_version": "1", "given_on": "2026-01-01", "version": 1}
    statement = text(f"INSERT INTO consent ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})")
    with within(engine, staff(cast)) as session, pytest.raises(IntegrityError, match="foreign key"):
        session.execute(statement, row)


# The role, and the verification


def test_the_program_s_role_owns_nothing_and_has_no_right_too_many(clinics):
    engine, _ = clinics
    with engine.connect() as connection:
        assert missing_wall(connection) is None
        assert wrong_rights(connection) == []
    with as_owner(engine).connect() as connection:
        assert missing_wall(connection) == "owner"
    with as_superuser(engine).connect() as connection:
        assert missing_wall(connection) == "superuser"


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE draft",
        "DELETE FROM patient",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET actor = 'x'",
        "UPDATE audit_seal SET mac = 'x'",
        "ALTER TABLE patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE patient DISABLE TRIGGER audit_patient",
        "DROP POLICY reach_write ON patient",
        "CREATE VIEW through AS SELECT 1",
        "SET ROLE outcomes_owner",
        "SET session_replication_role = replica",
    ],
)
def test_what_the_program_s_role_may_not(clinics, statement):
    engine, _ = clinics
    with (
        within(engine, Reach(Within.EVERYTHING)) as session,
        pytest.raises(ProgrammingError, match=r"denied|must be owner"),
    ):
        session.execute(text(statement))


BROKEN = {
    "ALTER TABLE score DISABLE ROW LEVEL SECURITY": "score",
    "ALTER TABLE score NO FORCE ROW LEVEL SECURITY": "score",
    "DROP POLICY reach_write ON score": "score",
    "CREATE POLICY sly ON score USING (true)": "score",
    "ALTER POLICY reach_write ON score USING (true)": "score",
    "ALTER POLICY reach_write ON score WITH CHECK (true)": "score",
    "ALTER POLICY reach_write ON score TO outcomes_program": "score",
    "CREATE OR REPLACE FUNCTION reach_door() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'": "reach_door()",
    "ALTER FUNCTION reach_clinic() SECURITY DEFINER": "reach_clinic()",
}


@pytest.mark.parametrize("statement", BROKEN)
def test_a_wall_that_was_changed_is_named(clinics, statement):
    engine, _ = clinics
    with as_the_owner(engine) as connection:
        connection.exec_driver_sql(statement)
        assert (FaultKind.WALL_CHANGED, BROKEN[statement]) in kinds(connection)


@pytest.mark.parametrize(
    "statement", [f"GRANT DELETE ON score, patient TO {PROGRAM}", f"REVOKE INSERT ON patient FROM {PROGRAM}"]
)
def test_rights_that_were_changed_are_named(clinics, statement):
    engine, _ = clinics
    back = {"GRANT": f"REVOKE DELETE ON patient FROM {PROGRAM}", "REVOKE": f"GRANT INSERT ON patient TO {PROGRAM}"}
    try:
        with as_owner(engine).begin() as connection:
            connection.exec_driver_sql(statement)
        with engine.connect() as connection:
            assert kinds(connection) == {(FaultKind.RIGHTS_CHANGED, "patient")}
    finally:
        with as_owner(engine).begin() as connection:
            connection.exec_driver_sql(back[statement.split()[0]])


def test_every_table_has_a_policy_and_none_speaks_of_a_role():
    assert {policy.table for policy in tenancy.policies()} == {table.name for table in TABLES}
    assert not any(" TO " in policy.statement for policy in tenancy.policies())
