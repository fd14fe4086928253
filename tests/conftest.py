"""Fixtures shared by all rooms: databases of both kinds, sessions, keys and the cast."""

import shutil

import pytest
from hypothesis import settings

from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, create_schema, new_session
from tests.cast import MASTER_KEYS, make_cast
from tests.databases import PROGRAM, PostgresServer, as_role, empty, open_test_engine, run_name, stamp, worker_name
from tests.statements import watch

watch()

# How long an example takes says how busy the machine is; speed is measured by `make bench`.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_modifyitems(config, items):
    """Leave the long runs out unless they are asked for by `-m full`."""
    if "full" in config.getoption("-m"):
        return
    long = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A file with the schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = open_test_engine(f"sqlite:///{path}")
    create_schema(engine)
    stamp(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    """The URL of a SQLite file of this test's own, with the schema and nothing in it."""
    path = tmp_path / "records.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server():
    server = PostgresServer(run_name())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_engine(postgres_server):
    """The worker's PostgreSQL database, as the program's role sees it; whoever uses it leaves it empty."""
    owner = open_test_engine(postgres_server.new_database(f"records_{worker_name()}"))
    create_schema(owner, PROGRAM)
    owner.dispose()
    engine = as_role(owner, PROGRAM)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url):
    engine = open_test_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=BOTH)
def engine(request):
    """An empty database with the schema: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_engine")
        return
    engine = request.getfixturevalue("postgres_engine")
    yield engine
    empty(engine)


@pytest.fixture
def session(engine):
    """A writing session in which the program acts; after a commit, name an actor again with `act_as`."""
    with new_session(engine) as session:
        act_as(session, "program")
        yield session
        session.rollback()


@pytest.fixture
def keys():
    return KeyRing(MASTER_KEYS)


@pytest.fixture
def committed_cast(engine):
    """The people of the tests, committed, for tests that open sessions of their own."""
    with new_session(engine) as session:
        cast = make_cast(session)
        session.commit()
    return cast


@pytest.fixture
def cast(session):
    """The people of the tests, flushed but not committed."""
    return make_cast(session)
