"""Fixtures of the web: the app over a database of the test's own, and browsers of the cast."""

import shutil
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from outcomes.actions.signing_in import Doorway, begin
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session
from outcomes.settings import Settings
from outcomes.web.app import create_app
from outcomes.web.database import Records
from outcomes.web.security import limiter
from tests.cast import MASTER_KEYS, make_cast
from tests.databases import AUDIT_KEY, empty, fill, open_test_engine, rows_in
from tests.factories import NOON, Maker, make_work
from tests.web.journeys import JOURNEYS, ON_SQLITE_ALONE

MOST_REDIRECTS = 10
SECRET = "a secret for the tests of the web alone"


class Browser(FlaskClient):
    """A browser that reads every answer to its end, so that what is written after it is written."""

    def open(self, *args, **kwargs):
        kwargs.setdefault("buffered", True)
        return super().open(*args, **kwargs)

    def resolve_redirect(self, response, buffered=False):
        assert len(response.history) < MOST_REDIRECTS, f"led in a circle: {response.location}"
        return super().resolve_redirect(response, buffered)


def settings_for(data, url="sqlite://", **changes):
    values = {
        "demo": False,
        "data": data,
        "database_url": url,
        "secret_key": SECRET,
        "master_keys": MASTER_KEYS,
        "audit_key": AUDIT_KEY,
        "port": 8000,
        "public_url": "http://localhost:8000",
    }
    return Settings(**{**values, **changes})


@pytest.fixture(scope="session")
def web_data(tmp_path_factory):
    """The data folder of the web tests; its static files are made once."""
    return tmp_path_factory.mktemp("web")


def made(settings):
    """Make an app whose tests see what went wrong, and post without the token of a page (see test_security)."""
    app = create_app(settings)
    app.test_client_class = Browser
    app.config.update(PROPAGATE_EXCEPTIONS=True, WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_ENABLED=False)
    for kind in (Exception, OperationalError):
        app.error_handler_spec[None][None].pop(kind)
    return app


@pytest.fixture(scope="session")
def web_app(web_data):
    return made(settings_for(web_data))


@pytest.fixture(scope="session")
def web_demo_app(web_data):
    return made(settings_for(web_data, demo=True))


@pytest.fixture(scope="session")
def web_real_app(web_data):
    """The app as it is shipped, behind TLS: errors become pages, forms need their token."""
    app = create_app(settings_for(web_data, public_url="https://outcomes.example"))
    app.test_client_class = Browser
    return app


def over(app, engine):
    """Stand an app on the database of this test; as it is shipped, it reaches nothing unless it says how far."""
    limiter.reset()  # what earlier tests sent counts for nothing here
    before, engine = app.extensions["records"], engine.execution_options(reach=None)
    app.extensions["records"] = Records(before.settings, engine, KeyRing(MASTER_KEYS), _catalogue=before._catalogue)
    return app


@pytest.fixture(scope="session")
def peopled(sqlite_template, tmp_path_factory):
    """A database file with the cast in it, to be copied, and the cast."""
    path = tmp_path_factory.mktemp("peopled") / "peopled.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        session.commit()
    engine.dispose()
    return path, cast


@pytest.fixture(scope="session")
def lasting_engine(tmp_path_factory):
    """One engine for all tests of the web: it keeps the statements it has once compiled."""
    path = tmp_path_factory.mktemp("records") / "records.db"
    return path, open_test_engine(f"sqlite:///{path}")


def fresh(path, source):
    """Put a copy of a database file where an engine will open it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copy(source, path)


@pytest.fixture
def sqlite_engine(request, lasting_engine, sqlite_template, peopled):
    """The engine over a file that is new for every test: with the cast in it for tests of its people, else empty.

    For a journey that is made on PostgreSQL as well, a database there in its place, seen as the program sees it.
    """
    if getattr(request, "param", "sqlite") == "postgresql":
        yield from _on_postgresql(request)
        return
    path, engine = lasting_engine
    source = peopled[0] if "people" in request.fixturenames else sqlite_template
    fresh(path, source)
    yield engine
    engine.dispose()


def _on_postgresql(request):
    engine = request.getfixturevalue("postgres_engine")
    if "people" in request.fixturenames:
        fill(engine, request.getfixturevalue("peopled_rows"))
    yield engine
    empty(engine)


@pytest.fixture(scope="session")
def peopled_rows(peopled):
    """All rows of the file with the cast."""
    engine = open_test_engine(f"sqlite:///{peopled[0]}")
    rows = rows_in(engine)
    engine.dispose()
    return rows


def pytest_generate_tests(metafunc):
    """Make the journeys, and in the long run every test of the web, on PostgreSQL too."""
    if "sqlite_engine" not in metafunc.fixturenames or metafunc.module.__name__ in ON_SQLITE_ALONE:
        return
    if metafunc.function.__name__ in JOURNEYS:
        on_both = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
    elif "full" in metafunc.config.getoption("-m"):
        on_both = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.full])]
    else:
        return
    metafunc.parametrize("sqlite_engine", on_both, indirect=True)


@pytest.fixture
def people(peopled):
    """The cast, committed to the database of this test."""
    return peopled[1]


@pytest.fixture
def app(web_app, sqlite_engine, people):
    return over(web_app, sqlite_engine)


@pytest.fixture
def demo_app(web_demo_app, sqlite_engine, people):
    return over(web_demo_app, sqlite_engine)


@pytest.fixture
def real_app(web_real_app, sqlite_engine, people):
    return over(web_real_app, sqlite_engine)


@pytest.fixture
def visitor(app):
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def wrote(app, sqlite_engine):
    """Write to the database of this test as the program: `wrote(lambda session: ...)`."""

    def write(change):
        with new_session(sqlite_engine) as session:
            act_as(session, "program")
            result = change(session)
            session.commit()
        return result

    return write


def sign_in(app, engine, user_id: UUID, *, secure: bool = False) -> FlaskClient:
    """Return a browser in which a user is signed in."""
    with new_session(engine) as session:
        token = begin(Doorway(session, datetime.now(UTC), SECRET.encode()), user_id, "Firefox, Linux")
        session.commit()
    browser = app.test_client()
    with browser.session_transaction(base_url="https://outcomes.example" if secure else None) as kept:
        kept["_user_id"] = token
        kept["_fresh"] = True
    return browser


@pytest.fixture
def client_of(app, sqlite_engine, people):
    """Return the browser of one of the cast: `client_of("clinician")`; None is a visitor's."""

    def browser(name: str | None) -> FlaskClient:
        if name is None:
            return app.test_client()
        return sign_in(app, sqlite_engine, people.users[name])

    return browser


@pytest.fixture
def noon():
    """Let the tests of this file happen at noon of one day, so that dates in them can be written down."""
    with time_machine.travel(NOON):
        yield


@pytest.fixture
def make(app, sqlite_engine, people):
    """Make records by the real actions, committed, in a clinician's name: `make(lambda maker: maker.patient(...))`."""

    def by(change, name="clinician"):
        actor, catalogue = getattr(people, name), app.extensions["records"].catalogue
        with new_session(sqlite_engine) as session:
            act_as(session, actor.name_in_trail)
            result = change(Maker(make_work(session, actor, catalogue, datetime.now(UTC))))
            session.commit()
        return result

    return by


@pytest.fixture
def clinician(client_of):
    """The browser of a clinician."""
    return client_of("clinician")


@pytest.fixture
def stored(sqlite_engine):
    """Read the database of this test: `stored(lambda session: ...)`."""

    def read(question):
        with new_session(sqlite_engine, read_only=True) as session:
            return question(session)

    return read
