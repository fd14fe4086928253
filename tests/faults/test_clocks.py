"""Days and clocks: a civil day is the clinic's, wherever the server stands and whatever its clock does."""

import os
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import time_machine
from sqlalchemy import Date, literal, select

from config import read_settings
from outcomes.access.scope import EVERYTHING
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.queries.days import days_after, days_from, today_in
from outcomes.records.session import act_as, new_session
from outcomes.web import database
from tests.factories import Maker, make_work
from tests.faults.house import ANSWERS, House, words_of
from tests.faults.server import Gunicorn, post
from tests.web.conftest import made, sign_in
from tests.web.pages import Page

SERVERS = ("UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "Europe/Istanbul")
ISTANBUL = (  # from when, in UTC, the clocks of Istanbul stood how many hours ahead
    ("2010-10-31T01:00", 2),
    ("2011-03-28T01:00", 3),
    ("2011-10-30T01:00", 2),
    ("2014-03-31T01:00", 3),
    ("2014-10-26T01:00", 2),
    ("2015-03-29T01:00", 3),
    ("2015-11-08T01:00", 2),
    ("2016-03-27T01:00", 3),
)
EDGES = (
    *(date(2015, 3, day) for day in (28, 29, 30)),
    *(date(2015, 10, 25), date(2015, 11, 7), date(2015, 11, 8), date(2015, 11, 9)),
    *(date(2016, 2, 28), date(2016, 2, 29), date(2016, 3, 1)),
    *(date(2016, 3, day) for day in (26, 27, 28)),
    *(date(2016, 10, 30), date(2016, 12, 31), date(2017, 1, 1), date(2017, 3, 26)),
    *(date(2024, 2, 29), date(2024, 12, 31), date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)),
    date(2028, 2, 29),
)
FIRST, LAST = datetime(2014, 11, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
LIBRARIES = (Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"), Path("/usr/lib/faketime/libfaketime.so.1"))


def hours_ahead(instant):
    """How far Istanbul was ahead, by a table of its own rather than by the machine's."""
    return [hours for since, hours in ISTANBUL if datetime.fromisoformat(since).replace(tzinfo=UTC) <= instant][-1]


def civil(instant):
    return (instant + timedelta(hours=hours_ahead(instant))).date()


def begins(day):
    """The instant at which a day begins in Istanbul, which never changes its clocks at midnight in these years."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return next(
        at for at in (midnight - timedelta(hours=3), midnight - timedelta(hours=2)) if at + ahead(at) == midnight
    )


def ahead(instant):
    return timedelta(hours=hours_ahead(instant))


def instants(day):
    """The first and the last second of a day, two between, and those beside it."""
    start, end = begins(day), begins(day + timedelta(1))
    within = (start, start + timedelta(hours=2, minutes=30), start + timedelta(hours=12), end - timedelta(seconds=1))
    return within, (start - timedelta(seconds=1), end)


@contextmanager
def server_in(zone):
    """Let this process stand in a time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize("zone", SERVERS)
def test_today_is_the_clinic_s_day(zone):
    looked = 0
    with server_in(zone):
        for day in EDGES:
            within, beside = instants(day)
            assert {today_in("Europe/Istanbul", at) for at in within} == {day}
            assert [today_in("Europe/Istanbul", at) for at in beside] == [day - timedelta(1), day + timedelta(1)]
            looked += len(within) + len(beside)
    assert looked >= 130


def test_today_agrees_at_10000_random_instants():
    chance, span = Random(1), int((LAST - FIRST).total_seconds())
    for _ in range(10000):
        at = FIRST + timedelta(seconds=chance.randrange(span))
        assert today_in("Europe/Istanbul", at) == civil(at)


@pytest.mark.parametrize("seed", [1])
def test_the_databases_count_days_as_the_calendar_does(engine, seed):
    chance, days = Random(seed), [*EDGES, *(day + timedelta(1) for day in EDGES)]
    with new_session(engine, read_only=True, reach=EVERYTHING) as session:
        for _ in range(300):
            day, other, more = chance.choice(days), chance.choice(days), chance.randrange(-800, 800)
            question = select(days_after(literal(day, Date), more), days_from(literal(day, Date), literal(other, Date)))
            moved, apart = session.execute(question).one()
            assert (moved, apart) == (day + timedelta(more), (other - day).days)


# Pages


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made_of = House(tmp_path_factory.mktemp("clocks") / "house")
    yield made_of
    made_of.engine.dispose()


@pytest.fixture(scope="module")
def app(house):
    app = made(read_settings(house.environment(8000)))
    yield app
    app.extensions["records"].engine.dispose()


def treated(house, day):
    """A patient treated 91 days before a day, with a visit the day before; the id."""
    with new_session(house.engine) as session:
        actor = house.cast.clinician
        act_as(session, actor.name_in_trail)
        maker = Maker(make_work(session, actor, load_catalogue(), begins(day)))
        patient = maker.patient(f"T-{day}-{time.monotonic_ns()}").course(day - timedelta(91))
        patient.scored(day - timedelta(1), fatigue=5)
        session.commit()
    return patient.id


def pages(app, house, patient, at, zone):
    """What somebody reads at an instant, of a server in a zone."""
    with server_in(zone), time_machine.travel(at, tick=False):
        browser = sign_in(app, house.engine, house.cast.users["clinician"])
        paths = (f"/patients/{patient}/visits/new", f"/patients/{patient}", "/worklist")
        answers = [browser.get(path) for path in paths]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        opened = Page(answers[0].text).form_with("idempotency_key")["on_date"]
    return opened, tuple(words_of(answer.text) for answer in answers)


def days_of(app, house, day, zones, count):
    """Read the pages all over one civil day, of servers all over the world; return how many differ."""
    patient, seen, looked = treated(house, day), set(), 0
    for at in instants(day)[0][:count] + instants(day)[0][-1:]:
        for zone in zones:
            opened, texts = pages(app, house, patient, at, zone)
            assert opened == [day.isoformat()]
            seen.add(texts)
            looked += 1
    return looked, len(seen) - 1


def test_a_day_is_the_same_day_on_every_page(app, house):
    figures = [days_of(app, house, day, SERVERS[1:3], 1) for day in (EDGES[1], EDGES[8], EDGES[14])]
    assert sum(looked for looked, _ in figures) == 12
    assert [differ for _, differ in figures] == [0, 0, 0]


@pytest.mark.full
def test_every_edge_is_the_same_day_on_every_page(app, house):
    figures = [days_of(app, house, day, SERVERS, 1) for day in EDGES]  # its first and its last second
    looked, differ = (sum(each[which] for each in figures) for which in (0, 1))
    print(f"clocks: {looked} times three pages read, {differ} days differ")  # noqa: T201 - the figures of a run
    assert looked == 2 * len(SERVERS) * len(EDGES) >= 230
    assert differ == 0


def visit(browser, patient, day, key):
    form = {"idempotency_key": key, "shown": "chalder11,own_fatigue", "on_date": day.isoformat()} | ANSWERS
    return browser.post(f"/patients/{patient}/visits/new", data=form).status_code


@pytest.mark.parametrize("day", [date(2016, 2, 29), date(2015, 11, 8), date(2026, 12, 31)])
def test_a_visit_of_today_is_taken_and_one_of_tomorrow_is_not(app, house, day):
    patient = house.cast.patient_id
    for zone in SERVERS[1:3]:
        for at in (begins(day), begins(day + timedelta(1)) - timedelta(seconds=1)):
            with server_in(zone), time_machine.travel(at):
                browser = sign_in(app, house.engine, house.cast.users["clinician"])
                assert visit(browser, patient, day, f"{zone} {at}") == 302
                assert visit(browser, patient, day + timedelta(1), f"{zone} {at} late") == 422


# A clock that steps back


def test_a_clock_that_steps_back_leaves_trail_and_sign_ins_sound(app, house):
    start = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    patient, path = house.cast.other_patient_id, f"/patients/{house.cast.other_patient_id}/visits"
    with time_machine.travel(start):
        browser, gone = (sign_in(app, house.engine, house.cast.users["clinician"]) for _ in range(2))
        assert visit(browser, patient, start.date(), "before") == 302
        browser.put(f"{path}/draft", json={"fields": {"note": "first"}, "sequence": 1})
        gone.post("/logout")
    with time_machine.travel(start - timedelta(hours=2)):
        assert browser.get("/patients").status_code == 302  # a cookie from the future opens nothing
        browser = sign_in(app, house.engine, house.cast.users["clinician"])
        assert visit(browser, patient, start.date(), "after") == 302
        assert visit(browser, patient, start.date(), "before") == 302
        kept = browser.put(f"{path}/draft", json={"fields": {"note": "second"}, "sequence": 2})
        assert kept.status_code == 200
        assert Page(browser.get(f"{path}/new").text).form_with("idempotency_key")["note"] == ["second"]
        assert gone.get("/patients").status_code == 302
    with time_machine.travel(start + timedelta(hours=11)):
        assert browser.get("/patients").status_code == 302
    assert house.faults() == ()


@pytest.mark.full
def test_the_machine_s_own_clock_steps_back(tmp_path):
    library = next((str(path) for path in LIBRARIES if path.exists()), None)
    if library is None:
        pytest.skip("libfaketime is not installed")
    house = House(tmp_path / "house")
    server = Gunicorn(house)
    for shift in (0, -3600, -86400, 0):
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=shift)):
            caller = house.caller()
        server.start({"LD_PRELOAD": library, "FAKETIME": f"{shift:+d}s"})
        for _ in range(10):
            entry = house.entry()
            assert post(server.port, entry.path, caller, entry.fields(caller))[0] == 302
        server.kill()
    trail = house.ask(
        "SELECT audit_entry.at FROM audit_seal JOIN audit_entry ON audit_entry.id = audit_seal.entry_id"
        " WHERE audit_entry.table_name = 'visit' ORDER BY audit_seal.position"
    )
    times = [at for (at,) in trail]
    back = sum(later < earlier for earlier, later in pairwise(times))
    print(f"clocks: {len(times)} visits in the order of the trail, whose clock went back {back} times")  # noqa: T201
    assert len(times) == 40
    assert back == 2
    assert house.faults() == ()


@pytest.mark.full
def test_the_server_s_own_day_is_found_out(app, house, monkeypatch):
    monkeypatch.setattr(database, "today_in", lambda _zone, _now: datetime.now().date())  # noqa: DTZ005 - broken on purpose
    with pytest.raises(AssertionError):
        days_of(app, house, EDGES[1], SERVERS[1:3], 1)
