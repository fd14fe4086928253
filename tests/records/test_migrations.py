"""Migrations: up, down and up again on a filled database; what they make is what the metadata say."""

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, inspect, select, text

from migrations.draft import DIALECTS, policies_changed, trigger_text, triggers_changed
from migrations.triggers import VERSIONS
from outcomes.records import audit
from outcomes.records.base import Base
from outcomes.records.migrating import downgrade, upgrade
from outcomes.records.schema import newest_revision, schema_is_current
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import AuditSeal, Patient
from tests.cast import make_cast
from tests.conftest import BOTH
from tests.databases import open_test_engine, worker_name

ACCOUNTS = {
    "account_link",
    "challenge",
    "passkey",
    "recovery_code",
    "sign_in",
    "sign_in_attempt",
    "used_code",
    "user_account",
}
REVISIONS = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))


@pytest.fixture(params=BOTH)
def bare(request, tmp_path):
    """A database with nothing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'bare.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database(f"bare_{worker_name()}")
    engine = open_test_engine(url)
    yield engine
    engine.dispose()


def rows_of(engine):
    """Every row of every table, as the database shows it."""
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def fill(engine):
    with new_session(engine) as session:
        make_cast(session)
        session.commit()
    edit(engine, "Akdeniz")


def edit(engine, diet):
    with new_session(engine) as session:
        act_as(session, "program")
        patient = session.scalars(select(Patient).limit(1)).one()
        patient.diet, patient.comorbidities = diet, ["ibs"]
        session.commit()


def test_upgraded_it_is_current_and_before_it_was_not(bare):
    assert not schema_is_current(bare)
    upgrade(bare, REVISIONS[0])
    assert not schema_is_current(bare)
    upgrade(bare)
    assert schema_is_current(bare)


def test_upgrading_twice_changes_nothing(bare):
    upgrade(bare)
    fill(bare)
    before = rows_of(bare)
    upgrade(bare)
    assert rows_of(bare) == before


@pytest.mark.parametrize("below", REVISIONS[:-1])
def test_down_and_up_again_keeps_every_row_and_goes_on_sealing(bare, below):
    upgrade(bare)
    fill(bare)
    before = rows_of(bare)
    downgrade(bare, below)
    upgrade(bare)
    assert rows_of(bare) == before
    edit(bare, "vegan")
    with new_session(bare) as session:
        entries = session.scalar(text("SELECT count(*) FROM audit_entry"))
        assert len(session.scalars(select(AuditSeal)).all()) == entries > len(before["audit_entry"])


def test_taken_down_altogether_it_leaves_nothing(bare):
    upgrade(bare)
    fill(bare)
    downgrade(bare, "base")
    assert inspect(bare).get_table_names() == ["alembic_version"]
    upgrade(bare)
    fill(bare)


def test_migrations_and_metadata_agree(bare):
    upgrade(bare)
    with bare.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_and_metadata_make_the_same_triggers():
    assert not triggers_changed()
    assert all("audit_score" in trigger_text(dialect) for dialect in DIALECTS)


def test_migrations_and_metadata_make_the_same_policies():
    assert not policies_changed()


def test_revisions_are_numbered_without_a_gap_and_never_import_the_program():
    assert [int(number) for number in REVISIONS] == list(range(1, len(REVISIONS) + 1))
    assert newest_revision() == REVISIONS[-1]
    assert all("outcomes" not in path.read_text("utf-8") for path in VERSIONS.glob("[0-9]*.py"))


def test_on_sqlite_a_migration_that_leaves_loose_rows_is_refused(tmp_path):
    engine = open_test_engine(f"sqlite:///{tmp_path / 'loose.db'}")
    upgrade(engine)
    fill(engine)
    downgrade(engine, REVISIONS[0])
    with new_session(engine.execution_options(changing_schema=True)) as session:
        session.execute(text("DELETE FROM user_account"))
        session.commit()
    with pytest.raises(ValueError, match="row they refer to"):
        upgrade(engine)
    assert not schema_is_current(engine)


@pytest.mark.postgres
def test_every_table_of_a_clinic_can_be_partitioned_by_clinic(postgres_server):
    engine = open_test_engine(postgres_server.new_database(f"parted_{worker_name()}"))
    parted = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        copied = table.to_metadata(parted)
        if "clinic_id" in copied.columns:
            copied.dialect_options["postgresql"]["partition_by"] = "HASH (clinic_id)"
    with engine.begin() as connection:
        parted.create_all(connection)
        for table in _parted(parted):
            for part in range(2):
                values = f"FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
                connection.exec_driver_sql(f"CREATE TABLE {table.name}_{part} PARTITION OF {table.name} {values}")
        audit.install(connection)
    assert len(_parted(parted)) >= 30
    fill(engine)
    with new_session(engine) as session:
        entry = session.execute(text("SELECT new FROM audit_entry WHERE operation = 'update'")).one()
        assert json.loads(entry.new)["diet"] == "Akdeniz"
    engine.dispose()


def _parted(metadata):
    return [table for table in metadata.sorted_tables if "clinic_id" in table.columns]


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_the_clinic_leads_every_key(table):
    if "clinic_id" not in table.columns:
        assert table.name in ACCOUNTS
        return
    keys = [list(constraint.columns) for constraint in table.constraints if len(constraint.columns)]
    assert all(key[0].name == "clinic_id" for key in keys if key[0].name != "user_id")
    for foreign in table.foreign_key_constraints:
        assert foreign.column_keys[0] == "clinic_id" or foreign.referred_table.name == "user_account"
