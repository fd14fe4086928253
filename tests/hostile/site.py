"""The house under attack: the app as shipped over a database of its own, its browsers, and what a crawl finds in it."""

import io
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.sealing import KeyRing
from outcomes.records.session import new_session
from outcomes.web.database import Records
from tests.cast import MASTER_KEYS, Cast, make_cast
from tests.databases import open_test_engine
from tests.hostile.forms import FormReader, FoundForm
from tests.web.conftest import sign_in
from tests.web.matrix import SAMPLES
from tests.web.world import World, make_world

ROLES = ("administrator", "clinician", "patient", "researcher", None)
MOST_PAGES = 3
QUESTIONNAIRES = ("chalder11", "rand36", "own_thinking")
TABLE = "Hasta No;Tarih;hads depression;Not\nX-1;03.05.2024;5;iyi\nX-1;03.06.2024;4;\n"


@dataclass(slots=True)
class Shelf:
    """A SQLite file that is put back as it was, by copying it from a template."""

    path: Path
    template: Path
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_test_engine(f"sqlite:///{self.path}")

    def restore(self) -> Engine:
        self.engine.dispose()
        for end in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        shutil.copy(self.template, self.path)
        return self.engine

    def keep(self) -> None:
        """Take what there is now for the template."""
        self.engine.dispose()
        shutil.copy(self.path, self.template)


@dataclass(slots=True)
class Site:
    """An app over a copy of one database, made anew whenever a batch of attacks is over."""

    app: Flask
    shelf: Any
    cast: Cast
    world: World
    forms: dict[tuple[str | None, str, str], FoundForm] = field(default_factory=dict)
    pages: dict[str | None, dict[str, list[str]]] = field(default_factory=dict)
    tried: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    tally: Counter[int] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=lambda: dict(SAMPLES))

    @property
    def engine(self) -> Engine:
        return self.shelf.engine

    def afresh(self) -> dict[str | None, FlaskClient]:
        """Put the database back as it was and return a browser for each role."""
        self.shelf.restore()
        before: Records = self.app.extensions["records"]
        self.app.extensions["records"] = Records(
            before.settings, self.engine, KeyRing(MASTER_KEYS), _catalogue=before._catalogue
        )
        browsers = {role: self.browser(role) for role in ROLES}
        for role in ("administrator", "clinician"):
            file = {"file": (io.BytesIO(TABLE.encode()), "scores.csv")}
            browsers[role].post("/import", data=file, content_type="multipart/form-data")
        return browsers

    def browser(self, role: str | None) -> FlaskClient:
        return sign_in(self.app, self.engine, self.cast.users[role]) if role else self.app.test_client()

    def endpoint(self, path: str, method: str = "GET") -> str | None:
        try:
            return self.app.url_map.bind("localhost").match(urlsplit(path).path, method)[0]
        except HTTPException:
            return None

    def addresses(self) -> Iterator[tuple[str, str, str]]:
        """Every route with its method and an address that names records of one's own."""
        for rule in self.app.url_map.iter_rules():
            parts = {
                n: self.world.own[n] if n in self.world.own else self.samples.get(n, _part(rule, n))
                for n in rule.arguments
            }
            built = self.app.url_map.bind("localhost").build(rule.endpoint, parts, append_unknown=False)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule.endpoint, method, built.partition("?")[0]

    def crawl(self) -> None:
        """Open every page a role reaches, by address and by link, and keep its forms."""
        browsers = self.afresh()
        self._furnish(browsers)
        for role, browser in browsers.items():
            self.pages[role] = self._crawl(role, browser)

    def _furnish(self, browsers: dict[str | None, FlaskClient]) -> None:
        """Bring about what only the web can: an invitation, drafts with questionnaires. It stays in the template."""
        person = {"name": "Somebody New", "email": "new@example.org", "role": "clinician"}
        door = self.app.url_map.bind("localhost").build("clinic.invite_person", method="POST")
        answer = browsers["administrator"].post(door, data=person, follow_redirects=True)
        self.samples["token"] = answer.text.partition("/invitation/")[2][:43]
        for role in ("administrator", "clinician"):
            patient = self.world.own["patient_id"]
            for code in QUESTIONNAIRES:
                draft = {"switch": "", "add": code}
                browsers[role].post(f"/patients/{patient}/visits/new", data=draft)
        self.shelf.keep()

    def walk(self, role: str | None, most: int, see: Callable[[Any], None] = lambda _: None) -> list[str]:
        """Return the pages a role reaches as things stand now, so many of each kind."""
        return [path for paths in self._crawl(role, self.browser(role), see, most).values() for path in paths]

    def _crawl(
        self,
        role: str | None,
        browser: FlaskClient,
        see: Callable[[Any], None] = lambda _: None,
        most: int = MOST_PAGES,
    ) -> dict[str, list[str]]:
        """Open pages by address and by link, a few of each kind, and keep their forms."""
        ahead = [path for _, method, path in self.addresses() if method == "GET"]
        opened: dict[str, list[str]] = {}
        while ahead:
            path = ahead.pop(0)
            endpoint = self.endpoint(path)
            known = opened.setdefault(endpoint or "", [])
            if endpoint is None or path in known or len(known) >= most:
                continue
            answer = browser.get(path)
            see(answer)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            known.append(path)
            page = FormReader(path, answer.text)
            ahead += [link for link in page.links if link.startswith("/")]
            for form in page.forms:
                self._keep(role, form)
        return opened

    def _keep(self, role: str | None, form: FoundForm) -> None:
        key = (role, self.endpoint(form.path, form.method) or form.path, form.method)
        known = self.forms.setdefault(key, form)
        for name, entry in form.fields.items():
            known.fields.setdefault(name, entry)


def _part(rule: Any, name: str) -> object:
    converter = rule._converters[name].__class__.__name__
    return {"UUIDConverter": "12345678-1234-4234-8234-123456781234", "IntegerConverter": 1}.get(converter, "x")


def make_template(empty: Path, folder: Path) -> tuple[Path, Cast, World]:
    """A database file with the cast and the world of the matrix in it."""
    path = folder / "world.db"
    shutil.copy(empty, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        world = make_world(session, cast, load_catalogue())
        session.commit()
    engine.dispose()
    return path, cast, world
