"""Several at once: editors of one visit lose nothing silently; one form sent many times makes one visit."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import permutations
from random import Random
from threading import Barrier

import pytest

from config import read_settings
from outcomes.actions import amend, work
from tests.databases import worker_name
from tests.faults.house import ANSWERS, House, words_of
from tests.faults.server import Gunicorn, post
from tests.web.conftest import made, sign_in
from tests.web.pages import Page

MOST_CALLERS = 20
CONFLICT = "Somebody else changed"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="module")
def houses(request, tmp_path_factory):
    """A house on each database, made when it is first asked for."""
    there = {}

    def house(kind):
        if kind not in there:
            data = tmp_path_factory.mktemp(kind) / "house"
            url = None
            if kind == "postgresql":
                url = request.getfixturevalue("postgres_server").new_database(f"together_{worker_name()}")
            there[kind] = House(data, url)
        return there[kind]

    yield house
    for each in there.values():
        each.engine.dispose()


# Editors of one visit


@dataclass
class Editor:
    """One of those who correct the same answers: what was on the form when it was opened, and what is changed in it."""

    browser: object
    path: str
    opened: dict[str, str] = field(default_factory=dict)
    change: tuple[str, str] = ("", "")

    def open(self, chance):
        page = Page(self.browser.get(self.path).text)
        form = page.form_with("version")
        self.opened = {name: values[0] for name, values in form.items()}
        name = chance.choice([name for name in self.opened if name.startswith("chalder11.")])
        self.change = (name, str((int(self.opened[name]) + chance.randrange(1, 4)) % 4))

    def save(self):
        """Send the form as opened, with the change."""
        reason = {"why": "mistyped", "why_more": f"read again {self.change[0]}"}
        return self.browser.post(self.path, data=self.opened | self.sent | reason)

    @property
    def sent(self):
        """The answers as sent."""
        return answers_of(self.opened) | dict([self.change])

    @property
    def version(self):
        return int(self.opened["version"])


@dataclass
class Table:
    """The editors, somebody who only looks, and what happened so far."""

    editors: list[Editor]
    looker: Editor
    counts: Counter = field(default_factory=Counter)

    def stored(self):
        """The version that is stored, and the answers."""
        self.looker.open(Random(0))
        return self.looker.version, answers_of(self.looker.opened)


def answers_of(fields):
    return {name: value for name, value in fields.items() if name.startswith("chalder11.")}


def answers_page(house, browser):
    """Enter a visit and return where its answers are corrected."""
    entry = house.entry()
    form = {"idempotency_key": entry.key, "shown": "own_fatigue,chalder11", "answered_by": "self", "reached": "clinic"}
    saved = browser.post(entry.path, data=form | ANSWERS | {"on_date": entry.on_date.isoformat()})
    assert saved.status_code == 302
    ((visit_id,),) = house.ask("SELECT id FROM visit WHERE on_date = :day", day=entry.on_date.isoformat())
    page = browser.get(f"/patients/{entry.patient_id}/visits/{_dashed(visit_id)}").text
    found = [link for link in Page(page).links if "/assessments/" in link]
    return next(each for each in found if "chalder11.1" in browser.get(each).text)


def _dashed(value):
    text = str(value).replace("-", "")
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def at_once(calls):
    """Do several things at the same instant; return their results in order."""
    barrier = Barrier(len(calls))

    def one(call):
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def interleave(table, chance):
    """Let two or three open and save in a random order, neighbours in that order at the same instant."""
    waiting = chance.sample(table.editors, chance.choice([2, 3]))
    for each in waiting:
        each.open(chance)
    while waiting:
        together = [waiting.pop() for _ in range(min(len(waiting), chance.choice([1, 1, 2, 3])))]
        for each in together:
            if chance.random() < 0.3:
                each.open(chance)
        before = table.stored()
        judge(table, together, before, at_once([each.save for each in together]))


def judge(table, together, before, answers):
    """What was answered and what is stored now came about as if they had saved one after another, in some order."""
    after = table.stored()
    won = [answer.status_code == 302 for answer in answers]
    assert (won, after) in [in_turn(before, together, order) for order in permutations(range(len(together)))], (
        before,
        [(each.version, each.change, each.sent) for each in together],
        won,
        after,
    )
    for each, answer in zip(together, answers, strict=True):
        if answer.status_code != 302:
            check_loser(each, answer, (before, after))
    table.counts.update(won=sum(won), lost=len(won) - sum(won), together=len(together) > 1)


def in_turn(stored, editors, order):
    """Who wins and what is stored in the end when editors save in this order.

    Whoever saw all of what is stored wins, and so does whoever asks for just what is stored already.
    """
    (version, answers), won = stored, [False] * len(editors)
    for place in order:
        one = editors[place]
        won[place] = one.version == version or one.sent == answers
        if won[place]:
            version, answers = version + (one.sent != answers), one.sent
    return won, (version, answers)


def check_loser(editor, answer, moments):
    """The page of who came too late: it says so, shows both values of every field, and holds all that was typed.

    What it shows as stored is so before or after the one who won at the same instant.
    """
    assert answer.status_code == 409, answer.status_code
    assert CONFLICT in words_of(answer.text)
    form = Page(answer.text).form_with("version")
    shown = int(form["version"][0]), sorted(re.findall(r"<td>(\w+)</td><td>(\w+)</td>", answer.text))
    assert shown in [(version, differences(stored, editor.sent)) for version, stored in moments]
    assert {name: form[name] for name in editor.sent} == {name: [mine] for name, mine in editor.sent.items()}
    assert form["why_more"] == [f"read again {editor.change[0]}"]


def differences(stored, sent):
    """Both values of every field that differs."""
    return sorted((stored[name], mine) for name, mine in sent.items() if mine != stored[name])


def edited(house, rounds):
    app = made(read_settings(house.environment(8000)))
    browsers = [sign_in(app, house.engine, house.cast.users["clinician"]) for _ in range(4)]
    path = answers_page(house, browsers[0])
    looker, *editors = [Editor(browser, path) for browser in browsers]
    table, chance = Table(editors, looker), Random()
    for _ in range(rounds):
        interleave(table, chance)
    app.extensions["records"].engine.dispose()
    print(f"{house.engine.dialect.name}: {rounds} interleavings, {dict(table.counts)}")  # noqa: T201 - figures
    return table.counts


@pytest.mark.parametrize("kind", BOTH)
def test_editors_of_one_visit(houses, kind):
    counts = edited(houses(kind), 20)
    assert counts["won"] >= 20
    assert counts["lost"] >= 10
    assert houses(kind).faults() == ()


@pytest.mark.full
@pytest.mark.parametrize("kind", BOTH)
def test_1000_interleavings_of_editors(houses, kind):
    counts = edited(houses(kind), 1000)
    assert counts["won"] >= 1000
    assert counts["lost"] >= 500
    assert counts["together"] >= 300
    assert houses(kind).faults() == ()


# One form, sent many times


def submitted(house, rounds, fault=""):
    server = Gunicorn(house, threads=MOST_CALLERS, fault=fault).start()
    caller, chance, sent, refused = house.caller(), Random(), 0, 0
    entries = [house.entry() for _ in range(rounds)]
    for entry in entries:
        often = chance.randrange(2, MOST_CALLERS + 1)
        fields = entry.fields(caller)
        answers = at_once([lambda f=fields, e=entry: post(server.port, e.path, caller, f)] * often)
        assert {status for status, _, _ in answers} == {302}
        assert len({place for _, place, _ in answers}) == 1
        other = post(server.port, entry.path, caller, entry.fields(caller, **{"own_fatigue.1": "6"}))
        assert other[0] == 422
        assert "already saved with other answers" in words_of(other[2])
        sent, refused = sent + often, refused + 1
    server.stop()
    stored = Counter(
        (_dashed(patient), str(day)) for patient, day in house.ask("SELECT patient_id, on_date FROM visit")
    )
    made_of = [stored[(str(entry.patient_id), entry.on_date.isoformat())] for entry in entries]
    print(f"{house.engine.dialect.name}: {rounds} rounds, {sent} equal forms, {sum(made_of)} visits")  # noqa: T201 - figures
    assert refused == rounds
    assert sent >= rounds * 5
    return made_of


@pytest.mark.parametrize("kind", BOTH)
def test_one_form_sent_many_times_makes_one_visit(houses, kind):
    assert submitted(houses(kind), 12) == [1] * 12


@pytest.mark.full
@pytest.mark.parametrize("kind", BOTH)
def test_1000_forms_sent_many_times_make_1000_visits(houses, kind):
    assert submitted(houses(kind), 1000) == [1] * 1000


@pytest.mark.full
def test_without_the_key_it_makes_many(houses):
    with pytest.raises(AssertionError):
        assert submitted(houses("sqlite"), 3, "drop_the_key") == [1] * 3


@pytest.mark.full
def test_without_the_version_an_overwritten_field_is_found_out(houses, monkeypatch):
    for room in (amend, work):
        monkeypatch.setattr(room, "check_version", lambda *_: None)
    with pytest.raises(AssertionError):
        edited(houses("sqlite"), 40)
