"""What the tests of actions stand on: the catalogue, the work of each of the cast, and twins of all they write."""

import shutil

import pytest

from outcomes.instruments.catalogue import load_catalogue
from tests.databases import open_test_engine
from tests.factories import Maker, make_work
from tests.twins import give_twins


@pytest.fixture(scope="session")
def twinned_template(sqlite_template, tmp_path_factory):
    """A file with the schema in which every row that is written gets a twin in another clinic."""
    path = tmp_path_factory.mktemp("twins") / "template.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    give_twins(engine)
    engine.dispose()
    return path


@pytest.fixture
def alone():
    """Asked for by tests that look at all rows of the database: theirs have no twins."""


@pytest.fixture
def sqlite_url(request, tmp_path):
    """The URL of a SQLite file of this test's own, in which what is written has twins unless it is to be alone."""
    kind = "sqlite_template" if "alone" in request.fixturenames else "twinned_template"
    path = tmp_path / "records.db"
    shutil.copy(request.getfixturevalue(kind), path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue()


@pytest.fixture
def work(session, cast, catalogue):
    return make_work(session, cast.clinician, catalogue)


@pytest.fixture
def make(work):
    return Maker(work)


@pytest.fixture
def as_one(session, cast, catalogue):
    """The work of one of the cast, by name."""
    return lambda name: make_work(session, getattr(cast, name), catalogue)
