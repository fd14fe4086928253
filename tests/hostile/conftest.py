"""The app as it is shipped, but for the token of forms (see tests/web/test_security.py): errors become pages."""

import pytest

from outcomes.web.app import create_app
from outcomes.web.security import limiter
from tests.hostile import furnish
from tests.hostile.payloads import PAYLOADS
from tests.hostile.site import Shelf, Site, make_template
from tests.web.conftest import Browser, settings_for


@pytest.fixture(scope="session")
def hostile_app(tmp_path_factory):
    settings = settings_for(tmp_path_factory.mktemp("hostile"))
    settings.packs.mkdir(parents=True)
    (settings.packs / "hostile_pack.toml").write_text(furnish.pack(PAYLOADS[4]), encoding="utf-8")
    app = create_app(settings)
    app.test_client_class = Browser
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture(scope="session")
def site(hostile_app, sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    template, cast, world = make_template(sqlite_template, folder)
    made = Site(hostile_app, Shelf(folder / "records.db", template), cast, world)
    made.crawl()
    yield made
    made.engine.dispose()


@pytest.fixture
def unlimited():
    """Let one machine knock as often as it likes; that it may not is shown elsewhere."""
    limiter.enabled = False
    yield
    limiter.enabled = True
