"""A hundred values that nobody else writes, put everywhere: none in a log, an address or a cookie."""

import logging
import random
import re
import subprocess
import sys
from collections.abc import Iterable
from itertools import cycle
from typing import Any
from urllib.parse import quote, unquote

import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from outcomes.cli.setup import _server
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import User
from tests.hostile import furnish
from tests.hostile.attack import Request, send
from tests.hostile.failing import SAID
from tests.hostile.site import ROLES, Site
from tests.hostile.test_server import _wait_for, spoken
from tests.house.source import ROOT
from tests.system.server import free_port
from tests.web.conftest import settings_for

ADDRESSES = re.compile(r'\b(?:href|src|action|formaction|data-src|data-progress|content)="([^"]*)"')
MANY = 100


def canaries() -> list[str]:
    """Names, sentences, scores, addresses and tokens, the same every time."""
    dice = random.Random(100)
    letters = "abcdefghijklmnopqrstuvwxyzçğışöü"
    words = ["".join(dice.choice(letters) for _ in range(9)) for _ in range(MANY)]
    kinds = (
        "Ayşe {}".format,
        "note {} of hers".format,
        "{}@example.org".format,
        "tok_{}".format,
        lambda word: f"4{len(word)}.{dice.randrange(10**6, 10**7)}",
    )
    return [kinds[n % len(kinds)](word) for n, word in enumerate(words)]


CANARIES = canaries()


class Watch(logging.Handler):
    """Hears every logger at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = logging.Formatter().format(record)
        self.heard.append(f"{record.name}: {told} {record.args!r}")


@pytest.fixture
def watch():
    """Every logger at DEBUG, those that are made meanwhile too."""
    watch, root = Watch(), logging.getLogger()
    names = [name for name in logging.root.manager.loggerDict if not name.startswith(("asyncio", "faker"))]
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(watch)
    old, _ = root.level, root.setLevel(logging.DEBUG)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield watch
    root.removeHandler(watch)
    root.setLevel(old)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def found_in(texts: Iterable[str]) -> list[str]:
    """The canaries in some texts, plain or as an address writes them."""
    whole = "\n".join(texts)
    whole = f"{whole}\n{unquote(whole)}\n{unquote(whole.replace('+', ' '))}"
    return [canary for canary in CANARIES if canary in whole]


class Trap:
    """Collects whatever leaves besides the page itself: addresses and cookies."""

    def __init__(self, site: Site) -> None:
        self.site, self.answers = site, 0
        self.addresses: list[str] = []
        self.cookies: list[str] = []

    def see(self, answer: Any) -> None:
        self.answers += 1
        self.addresses.append(answer.headers.get("Location", ""))
        if answer.mimetype == "text/html":
            self.addresses += ADDRESSES.findall(answer.text)
        for cookie in answer.headers.getlist("Set-Cookie"):
            self.cookies += [cookie, self._opened(cookie)]

    def _opened(self, cookie: str) -> str:
        """What a signed cookie says to whoever reads it: it is signed, not sealed."""
        signer = self.site.app.session_interface.get_signing_serializer(self.site.app)
        value = cookie.partition("=")[2].partition(";")[0]
        return repr(signer.loads_unsafe(value)[1]) if signer else ""


@pytest.fixture
def trap(site):
    return Trap(site)


def test_no_value_is_in_a_log_an_address_or_a_cookie(site, trap, watch, unlimited):
    browsers = site.afresh()
    furnish.people(site, tuple(CANARIES), arms=False)
    for answer in furnish.through_forms(site, browsers, tuple(CANARIES), "clinician", skipped=("next",)):
        trap.see(answer)
    for role in ROLES:
        if role != "clinician":  # an administrator sees all that a clinician does
            site.walk(role, 1, see=trap.see)
    assert trap.answers > 100
    assert len(watch.heard) > 100
    assert found_in(trap.cookies) == []
    assert [address for address in set(trap.addresses) if found_in([address])] == []
    assert [said for said in watch.heard if found_in([said])][:5] == []


@pytest.mark.parametrize("many", [15, pytest.param(MANY, marks=pytest.mark.full)])
def test_nothing_asked_for_is_in_a_log(site, trap, watch, unlimited, many):
    """Queries, addresses that are none, headers, failed sign-ins: what a stranger sends is a value like any other."""
    browsers, given = site.afresh(), cycle(CANARIES)
    for role in ("administrator", "patient", None):
        for _, method, path in site.addresses():
            if "logout" not in path:
                query = f"q={quote(next(given))}&name={quote(next(given))}"
                send(browsers[role], Request(role, method, f"{path}?{query}", headers=[("User-Agent", CANARIES[3])]))
        for canary in CANARIES[:many]:
            browsers[role].get(f"/patients/{quote(canary)}", headers={"Referer": f"http://localhost/{quote(canary)}"})
    for canary in CANARIES[:many]:
        trap.see(site.app.test_client().post("/login", data={"email": canary, "password": canary}))
        trap.see(site.app.test_client().post("/invitation/" + quote(canary), data={"password": canary}))
    assert trap.answers == 2 * many
    assert found_in(watch.heard) == []
    assert found_in(trap.cookies) == []


def errors(canary: str) -> list[Exception]:
    cause = ValueError(canary)
    return [
        ValueError(canary),
        KeyError(canary),
        UnicodeEncodeError("utf-8", canary, 0, 1, canary),
        IntegrityError("INSERT INTO patient VALUES (:a)", {"a": canary}, cause, hide_parameters=True),
        DataError("UPDATE patient SET code = :a", {"a": canary}, cause, hide_parameters=True),
        OperationalError("SELECT :a", {"a": canary}, cause, hide_parameters=True),
    ]


def test_an_error_in_a_view_tells_no_value(site, trap, watch, monkeypatch, unlimited):
    browsers = site.afresh()
    for number, error in enumerate(each for canary in CANARIES[:20] for each in errors(canary)):

        def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        fail.access = site.app.view_functions["clinic.worklist"].access  # type: ignore[attr-defined]
        monkeypatch.setitem(site.app.view_functions, "clinic.worklist", fail)
        answer = browsers["clinician"].get(f"/worklist?q={quote(CANARIES[number % MANY])}")
        assert answer.status_code in {500, 503}
        assert found_in([answer.text.replace(quote(CANARIES[number % MANY]), "")]) in ([], [CANARIES[number % MANY]])
        trap.see(answer)
    assert sum("unexpected_error" in each for each in watch.heard) >= 120
    assert found_in(watch.heard) == []


def test_an_error_in_the_database_tells_no_value(site, watch):
    site.afresh()
    for canary in CANARIES:
        with new_session(site.engine) as session:
            act_as(session, "program")
            for _ in range(2):
                session.add(User(email=canary, uniquifier=canary, made_at=None))
            with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever the database says
                session.flush()
            logging.getLogger("outcomes").error("failed", exc_info=raised.value)
            session.rollback()
    assert sum("failed" in each for each in watch.heard) >= MANY
    assert found_in(watch.heard) == []


def test_the_watch_is_alive(site, trap, watch):
    for canary in CANARIES:
        logging.getLogger("sqlalchemy.engine").debug("row %s", canary)
    trap.addresses = [f"/x?q={quote(canary)}" for canary in CANARIES]
    assert found_in(watch.heard) == CANARIES
    assert found_in(trap.addresses) == CANARIES
    assert len(set(CANARIES)) == MANY


def test_the_web_server_logs_no_visit_and_no_value(tmp_path):
    port = free_port()
    command = _server(settings_for(tmp_path, port=port))
    assert command[0] == "gunicorn"
    assert not any("access" in option for option in command)
    with (tmp_path / "log").open("wb") as log:
        arguments = [sys.executable, "-m", *command[:-1], "tests.hostile.failing:app"]
        server = subprocess.Popen(arguments, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603 - our own server
    try:
        _wait_for(port)
        for path in ("/at-once", "/late"):
            spoken(f"GET {path}?name={quote(SAID)} HTTP/1.1\r\nHost: localhost\r\n\r\n", port)
        spoken(f"GET /{SAID} HTTP/1.1\r\nBad Header {SAID}\r\n\r\n", port)
    finally:
        server.terminate()
        server.wait(timeout=20)
    said = (tmp_path / "log").read_text()
    assert said.count("server_error kind=ValueError") == 2
    assert "invalid_request" in said
    assert not re.search("Ayşe|Ay%C5%9Fe|41.37219|at-once|late", said)
