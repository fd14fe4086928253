"""A clinic with its own data folder and database, in which servers are run and killed."""

import base64
import os
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from config import read_settings
from outcomes.records.schema import create_schema
from outcomes.records.session import new_session
from outcomes.records.verify import verify
from outcomes.web.app import create_app
from tests.cast import MASTER_KEYS, Cast, make_cast
from tests.databases import AUDIT_KEY, PROGRAM, as_role, open_test_engine, stamp
from tests.web.conftest import SECRET, sign_in
from tests.web.pages import token_in

ANSWERS = {f"chalder11.{item}": "2" for item in range(1, 12)} | {"own_fatigue.1": "5"}
SHOWN = "own_fatigue,chalder11"
LAST_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in clinician: the cookie of the browser and the token of its forms."""

    cookie: str
    token: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit as somebody means to enter it; patient and date together name it among all others."""

    patient_id: UUID
    on_date: date
    key: str = field(default_factory=lambda: str(uuid4()))

    @property
    def path(self) -> str:
        """Where its form is sent."""
        return f"/patients/{self.patient_id}/visits/new"

    def fields(self, caller: Caller, **changed: str) -> dict[str, str]:
        """The form as a browser sends it."""
        said = {"csrf_token": caller.token, "idempotency_key": self.key, "shown": SHOWN, "with": ""}
        words = {"answered_by": "self", "reached": "clinic", "language": "en", "note": "slept badly"}
        return said | words | ANSWERS | {"on_date": self.on_date.isoformat()} | changed


class House:
    """The data folder, the database and the people; the settings of a server come from its environment."""

    def __init__(self, data: Path, url: str | None = None) -> None:
        self.data = data
        _write_keys(data / "keys")
        self.url = url or f"sqlite:///{data / 'outcomes.db'}"
        owner = open_test_engine(self.url)
        on_postgresql = owner.dialect.name == "postgresql"
        create_schema(owner, PROGRAM) if on_postgresql else create_schema(owner)
        stamp(owner)
        if on_postgresql:
            with owner.begin() as connection:
                connection.execute(text(f"GRANT SELECT ON alembic_version TO {PROGRAM}"))
        owner.dispose()
        self.engine: Engine = as_role(owner, PROGRAM) if on_postgresql else open_test_engine(self.url)
        self.cast = self._people()
        self._entries = 0

    def _people(self) -> Cast:
        with new_session(self.engine) as session:
            cast = make_cast(session)
            session.commit()
        self.engine.dispose()
        return cast

    def environment(self, port: int) -> dict[str, str]:
        """The environment of a server of this house."""
        own = {"OUTCOMES_DEMO": "0", "OUTCOMES_DATA": str(self.data), "PORT": str(port), "SECRET_KEY": SECRET}
        return {**os.environ, **own, "DATABASE_URL": self.engine.url.render_as_string(hide_password=False)}

    def caller(self, name: str = "clinician") -> Caller:
        """Sign one of the cast in; the cookie outlives any server."""
        app = create_app(read_settings(self.environment(8000)))
        browser = sign_in(app, self.engine, self.cast.users[name])
        token = token_in(browser.get(f"/patients/{self.cast.patient_id}/visits/new").text)
        cookie = browser.get_cookie("outcomes")
        app.extensions["records"].engine.dispose()
        self.engine.dispose()
        if cookie is None:
            raise RuntimeError("nobody is signed in")
        return Caller(cookie.value, token)

    def entry(self) -> Entry:
        """A visit that nobody has entered yet."""
        self._entries += 1
        patient = (self.cast.patient_id, self.cast.other_patient_id)[self._entries % 2]
        return Entry(patient, LAST_DAY - timedelta(days=self._entries))

    def ask(self, question: str, **values: Any) -> list[Any]:
        """Ask the database behind the program's back."""
        with self.engine.connect() as connection:
            rows = list(connection.execute(text(question), values).all())
        self.engine.dispose()
        return rows

    def faults(self) -> tuple[Any, ...]:
        """What verification finds."""
        with new_session(self.engine, read_only=True) as session:
            found = verify(session).faults
        self.engine.dispose()
        return found

    def is_whole(self) -> bool:
        """Whether SQLite finds its file whole; PostgreSQL has nothing to ask."""
        return self.engine.dialect.name != "sqlite" or self.ask("PRAGMA integrity_check") == [("ok",)]


def _write_keys(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)
    ((name, key),) = MASTER_KEYS
    contents = {
        "master_keys": f"{name} {base64.urlsafe_b64encode(key).decode()}",
        "audit_key": base64.urlsafe_b64encode(AUDIT_KEY).decode(),
    }
    for file, content in contents.items():
        (folder / file).touch(mode=0o600)
        (folder / file).write_text(content + "\n", encoding="ascii")


def words_of(page: str) -> str:
    """A page's text without its tags, for a look at what it says."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
