"""Generated requests over every form and route: no crash, nothing of the inside shown, nothing foreign touched."""

import logging
import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Response, redirect
from sqlalchemy import text

from outcomes.records.base import Base
from outcomes.records.session import act_as, new_session
from tests.hostile.attack import Attacker, Request, faults, send
from tests.hostile.site import Site

BATCH = 250
MOST_GROWTH = 50 * 1024 * 1024
PAGE = 4096
TYPES = re.compile(r"text/\w+; charset=utf-8|application/[\w.+-]+|image/[\w.+-]+")
NO_MARK = {"read_log", "sign_in"}  # being seen, which happens by itself


def memory() -> int:
    """How much this process holds, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def elsewhere(site: Site) -> dict[str, list[str]]:
    """Every row of the clinic in which nobody of the attackers has a place."""
    tables = [t for t in Base.metadata.sorted_tables if "clinic_id" in t.columns and t.name not in NO_MARK]
    with site.engine.connect() as connection:
        return {
            table.name: sorted(
                map(repr, connection.execute(table.select().where(table.c.clinic_id == site.cast.elsewhere_id)).all())
            )
            for table in tables
        }


class Siege:
    """Sends requests in batches, each over a fresh copy of the database, and counts what came back."""

    def __init__(self, site: Site, seed: int, log: pytest.LogCaptureFixture) -> None:
        self.site = site
        self.log = log
        self.attacker = Attacker(site, seed)
        self.sent: Counter[tuple[str | None, str]] = Counter()
        self.answers: Counter[int] = Counter()
        self.faults: list[str] = []

    def run(self, many: int) -> None:
        ahead = self.attacker.sweep()
        while sum(self.sent.values()) < many:
            self._batch([ahead.pop() if ahead else self.attacker.any() for _ in range(BATCH)])

    def _batch(self, requests: list[Request]) -> None:
        browsers = self.site.afresh()
        before = elsewhere(self.site)
        for request in requests:
            if self._ask(browsers[request.role], request) and request.role:
                browsers[request.role] = self.site.browser(request.role)
                if browsers[request.role].get("/account").status_code != 200:  # let go, or locked out, by this attack
                    browsers = self._anew(before)
        self._look_round(browsers)
        self._compare(before)

    def _anew(self, before):
        self._compare(before)
        return self.site.afresh()

    def _compare(self, before: dict[str, list[str]]) -> None:
        after = elsewhere(self.site)
        if after != before:
            changed = [name for name in before if before[name] != after[name]]
            self.faults.append(f"something of another clinic was changed: {changed}\n\n")

    def _ask(self, browser, request: Request) -> bool:
        """Send one request; tell whether its sender has to sign in again."""
        try:
            answer = send(browser, request)
        except Exception as error:  # noqa: BLE001 - whatever comes through the server is a finding
            self.faults.append(f"{request.told()}\n  came through: {error!r}")
            return False
        self.sent[(self.site.endpoint(request.path, request.method), request.method)] += 1
        self.answers[answer.status_code] += 1
        if found := faults(request, answer):
            where = self.log.records[-1].getMessage() if self.log.records else ""
            self.faults += [f"{request.told()}\n  {fault}\n  {where}" for fault in found]
        self.log.clear()
        return answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login")

    def _look_round(self, browsers) -> None:
        """Open the pages again: what was stored in a batch must not break what shows it."""
        for role in ("clinician", "patient"):
            for paths in self.site.pages[role].values():
                for path in paths[:1]:
                    self._ask(browsers[role], Request(role, "GET", path))


@pytest.fixture
def siege(site, unlimited, caplog):
    caplog.set_level(logging.ERROR)
    return lambda seed: Siege(site, seed, caplog)


def holds(siege: Siege, many: int) -> None:
    assert not siege.faults, f"{len(siege.faults)} faults, such as\n" + "\n".join(siege.faults[:20])
    assert sum(siege.sent.values()) >= many
    assert {route[:2] for route in siege.attacker.routes} <= set(siege.sent), "a route was never asked"
    taken = sum(n for status, n in siege.answers.items() if status in {200, 302, 409, 422})
    assert taken > many / 3, siege.answers  # most requests come as far as the view


def test_nothing_breaks(siege):
    short = siege(1)
    short.run(400)
    holds(short, 400)


@pytest.mark.full
def test_nothing_breaks_under_ten_thousand_requests(siege):
    warm = siege(2)
    warm.run(1000)
    before, long = memory(), siege(3)
    long.run(10_000)
    print(f"{sum(long.sent.values())} requests: {sorted(long.answers.items())}, +{(memory() - before) >> 20} MB")  # noqa: T201 - the figure
    holds(long, 10_000)
    assert memory() - before < MOST_GROWTH


def every_get(site):
    """Every answer to a GET, for each of three roles."""
    browsers = site.afresh()
    for role in ("administrator", "patient", None):
        for _, method, path in site.addresses():
            if method == "GET":
                yield path, browsers[role].get(path, headers={"Origin": "https://evil.example"})


def test_no_other_site_may_read_an_answer_and_each_names_its_type(site, unlimited):
    for path, answer in every_get(site):
        assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == [], path
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not answer.get_data() or TYPES.fullmatch(answer.content_type), path


def test_extra_fields_are_assigned_to_nothing(site, unlimited):
    """Names of columns that no form has are sent with every form: the rows that result are as without them."""
    browsers = site.afresh()
    before = elsewhere(site)
    extra = {"clinic_id": str(site.cast.elsewhere_id), "role": "administrator", "is_admin": "1", "active": "1"}
    extra |= {"id": str(site.world.foreign["patient_id"]), "deleted_at": "2026-01-01", "uniquifier": "x"}
    for (role, endpoint, method), form in site.forms.items():
        if method == "POST" and role in {"clinician", "patient"} and endpoint != "accounts.logout":
            held = {name: entry.likely() for name, entry in form.fields.items() if entry.kind != "button"}
            browsers[role].post(form.path, data={**extra, **held})
    assert elsewhere(site) == before
    with site.engine.connect() as connection:
        rows = connection.execute(text("SELECT role, count(*) FROM membership GROUP BY role")).all()
    assert {row[0]: row[1] for row in rows}.get("administrator") == 1


class Leaky:
    """Views that do what none should."""

    def fails(self) -> Any:
        raise ValueError("planted")

    def tells(self) -> Any:
        return "Traceback (most recent call last)"

    def sends_away(self) -> Any:
        return redirect("//evil.example/")

    def answers_itself(self) -> Any:
        return Response("no", 404)


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("fails", "status 500"),
        ("tells", "tells of its inside"),
        ("sends_away", "leads away"),
        ("answers_itself", "is not a page of ours"),
    ],
)
def test_a_view_that_does_wrong_is_found(siege, site, monkeypatch, planted, told):
    short, login = siege(4), site.app.view_functions["accounts.login"]
    assert faults(Request(None, "GET", "/login"), send(site.app.test_client(), Request(None, "GET", "/login"))) == []
    view = getattr(Leaky(), planted)
    monkeypatch.setitem(site.app.view_functions, "accounts.login", partial(view))
    site.app.view_functions["accounts.login"].access = login.access
    short._batch([Request(None, "GET", "/login")])
    assert any(told in fault for fault in short.faults), short.faults


def test_a_row_of_another_clinic_that_changes_is_found(siege, site, monkeypatch):
    short = siege(4)

    def meddles() -> Any:
        with new_session(site.engine) as session:
            act_as(session, "program")
            session.execute(text("UPDATE patient SET country = 'XX'"))
            session.commit()
        return "done"

    meddles.access = site.app.view_functions["accounts.login"].access
    monkeypatch.setitem(site.app.view_functions, "accounts.login", meddles)
    short._batch([Request(None, "GET", "/login")])
    assert any("of another clinic was changed" in fault and "'patient'" in fault for fault in short.faults), (
        short.faults
    )


def test_there_is_enough_to_attack(siege, site):
    forms = siege(4).attacker.forms
    site.afresh()
    assert sum(map(len, elsewhere(site).values())) > 10
    assert len(forms) > 60
    assert sum(len(form.fields) for _, form in forms) > 400
