"""Texts that would run: put into every field, and every page and chart opened in a real browser."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.hostile import furnish
from tests.hostile.payloads import LOOK, PAYLOADS
from tests.hostile.site import ROLES, Site
from tests.system.browser import launch, usable
from tests.system.screens import TELL_POLICY

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
KEPT, ICON = "/kept/", "/favicon.ico"
OPEN_ALL = """() => {
  document.querySelectorAll('details').forEach(each => { each.open = true; });
  return [...document.querySelectorAll('[data-figure]')].filter(each => each.clientWidth).length;
}"""
ALL_DRAWN = """() => [...document.querySelectorAll('[data-figure]')]
  .every(each => !each.clientWidth || (each.classList.contains('done') && each.querySelector('svg.main-svg')))"""
LED_AWAY = re.compile("context was destroyed|another navigation")
CLOSED = {
    "next": "an address of the program's own",
    "email": "an address of mail",
    "country": "two letters",
    "view": "one of three",
    "labels": "days by name",
    "sheet": "a name that a workbook holds",
    "content": "the sum of what is signed",
    "lot_id": "a lot",
    "code": "the number of the patient to be erased",
    "survivor": "a number of a patient",
    "duplicate": "a number of a patient",
    "text_version": "a version",
    "text": "a search, shown with what it found",
    **dict.fromkeys(("point.before", "point.after", "point.day"), "a number"),
    "point.instruments": "names of questionnaires",
}
"""Fields that take no free text, and what they take; every other one must have taken in every payload that fits."""
ONCE_IN = 8  # rounds in which those look too whose pages others see as well


class Quiet(WSGIRequestHandler):
    """A server that says nothing."""

    def log(self, *_: Any) -> None:
        """Say nothing."""


class House:
    """The site behind a real server, which also shows again the pages that forms were answered with."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.kept: list[Any] = []
        self.server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Quiet)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _answer(self, environ: dict[str, Any], start: Any) -> Any:
        path = environ["PATH_INFO"]
        if path.startswith(KEPT) and path.removeprefix(KEPT).isdigit():
            answer = self.kept[int(path.removeprefix(KEPT))]
            start("200 OK", [(k, v) for k, v in answer.headers if k not in {"Set-Cookie", "Content-Length"}])
            return [answer.get_data()]
        return self.site.app.wsgi_app(environ, start)


class Visitor:
    """A browser that opens pages and writes down everything that should not happen."""

    def __init__(self, page: Page, url: str, known: Callable[[str], object]) -> None:
        self.page, self.url, self.known = page, url, known
        self.opened = self.charts = 0
        self.complaints: list[str] = []
        page.context.add_init_script(TELL_POLICY)
        page.on("dialog", lambda dialog: (self._note(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self._note(f"error {error}"))
        page.on("console", self._said)
        page.on("request", lambda asked: self._asked(asked.url))

    def _said(self, said: ConsoleMessage) -> None:
        where = urlsplit(said.location["url"]).path
        nobody = KEPT in self.page.url and (self.known(where) or where == ICON)  # nobody's page asks in vain
        if said.type == "error" and not (nobody and "Failed to load" in said.text):
            self._note(f"console {said.text} {where}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self._note(f"asks {url}")

    def _note(self, what: str) -> None:
        if "status of 422" not in what:
            self.complaints.append(f"{self.page.url}: {what}"[:600])

    def be(self, site: Site, role: str | None) -> None:
        """Go on as somebody else."""
        cookie = site.browser(role).get_cookie("outcomes")
        self.page.context.clear_cookies()
        if cookie:
            kept = {"name": "outcomes", "value": cookie.value, "domain": "localhost", "path": "/"}
            self.page.context.add_cookies([kept])

    def open(self, path: str) -> None:
        self.opened += 1
        try:
            self.page.goto(self.url + path, wait_until="load")
            self._look_round()
        except Error as error:
            if not LED_AWAY.search(error.message):
                raise
            self._note("leads away by itself")

    def _look_round(self) -> None:
        charts = self.page.evaluate(OPEN_ALL)
        if charts:
            self.page.wait_for_function(ALL_DRAWN, timeout=60_000)
        self.charts += charts
        for found in self.page.evaluate(LOOK):
            self._note(found)


@pytest.fixture(scope="module")
def chromium():
    lacking = usable()
    if lacking and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(site) -> Iterator[House]:
    made = House(site)
    yield made
    made.server.shutdown()


@pytest.fixture
def visitor(chromium, house):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Visitor(context.new_page(), house.url, house.site.endpoint)
    context.close()


def attack(house: House, visitor: Visitor, first: int, *, roles: tuple[str | None, ...], every: int, most: int) -> None:
    """Put the payloads in, each field beginning with another one, and open the pages there are then.

    `every` says which of the forms that were refused are looked at, `most` how many pages of a kind.
    """
    site = house.site
    payloads = PAYLOADS[first:] + PAYLOADS[:first]
    browsers = site.afresh()
    furnish.people(site, payloads)
    house.kept = furnish.through_forms(site, browsers, payloads, without="clinician")
    furnish.a_file(browsers["administrator"], payloads)
    for number in range(first % every, len(house.kept), every):
        visitor.open(f"{KEPT}{number}")
    for role in roles:
        visitor.be(site, role)
        for path in site.walk(role, most):
            visitor.open(path)


def holds(house: House, visitor: Visitor, pages: int) -> None:
    assert not visitor.complaints, f"{len(visitor.complaints)} complaints\n" + "\n".join(visitor.complaints[:20])
    assert visitor.opened >= pages
    assert visitor.charts >= pages // 20
    assert len(house.site.taken) > 50, house.site.tally  # so many fields took a payload in


def test_no_text_runs_or_leads_away(house, visitor):
    attack(house, visitor, 0, roles=("clinician", "patient"), every=16, most=1)
    holds(house, visitor, 40)


@pytest.mark.full
def test_no_text_runs_or_leads_away_whatever_field_it_is_in(house, visitor):
    for first in range(len(PAYLOADS)):
        roles = ROLES if first % ONCE_IN == 0 else ("administrator", "patient", "researcher")
        attack(house, visitor, first, roles=roles, every=16, most=1)
    tried, taken = house.site.tried, house.site.taken
    placed = f"{sum(map(len, tried.values()))} placements in {len(tried)} fields, {len(taken)} took them in"
    shown = f"{visitor.opened} pages with {visitor.charts} charts, {len(visitor.complaints)} complaints"
    print(f"{len(PAYLOADS)} payloads: {placed}; {shown}; {dict(house.site.tally)}")  # noqa: T201 - the figure
    print(f"took none: {sorted(set(tried) - set(taken))}")  # noqa: T201 - the figure
    assert {name for _, name in set(tried) - set(taken)} <= set(CLOSED)
    assert len(PAYLOADS) >= 40
    assert sum(len(each) == len(PAYLOADS) for each in tried.values()) > 80
    holds(house, visitor, 60 * len(PAYLOADS))


def test_the_watch_is_alive(house, visitor):
    """Pages that take texts for markup are noticed."""
    house.kept = [
        house.site.app.response_class(f"<body><i title='{p}'>{p}</i>", mimetype="text/html") for p in PAYLOADS
    ]
    noticed = set()
    for number in range(len(PAYLOADS)):
        before = len(visitor.complaints)
        visitor.open(f"{KEPT}{number}")
        noticed |= {number} if len(visitor.complaints) > before else set()
    said = "\n".join(visitor.complaints)
    assert [sign for sign in ("handler", "leads away", "element", "script", "asks") if sign not in said] == []
    assert len(noticed) >= 20
