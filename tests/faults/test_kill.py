"""kill -9 under load: what was acknowledged is there, whole and once, whatever dies at whatever moment."""

import os
import time
from dataclasses import dataclass
from random import Random

import pytest

from tests.databases import worker_name
from tests.faults.house import House
from tests.faults.load import Clients, Recount, recount
from tests.faults.postgres import OwnPostgres
from tests.faults.server import Gunicorn

CALLERS = 4
MOST_BETWEEN = 10


@dataclass(frozen=True, slots=True)
class Toll:
    """What a run did and what it found."""

    kills: int
    acknowledged: int
    again: int
    found: Recount


def under_load(house, server, kills, blow, after=lambda: None):
    """Have clients enter visits and deal blows at random moments; recount when all is over."""
    chance, clients, dealt = Random(), Clients(house, server, [house.caller() for _ in range(CALLERS)]), 0
    clients.start()
    clients.wait_for(1)
    while dealt < kills:
        clients.wait_for(len(clients.acknowledged) + chance.randrange(MOST_BETWEEN))
        time.sleep(chance.uniform(0, 0.05))
        dealt += blow(dealt)
    clients.finish()
    after()
    server.stop()
    return Toll(dealt, len(clients.acknowledged), clients.again, recount(house, clients))


def workers_and_now_and_then_all(server, every):
    """A blow that kills the worker, and each so many times the master too."""

    def blow(dealt):
        if dealt % every == every - 1:
            server.kill()
            server.start()
            return 1
        return int(server.kill_worker())

    return blow


def database_and_workers(server, postgres):
    """A blow that stops PostgreSQL at once, and in turn one that kills the worker."""

    def blow(dealt):
        if dealt % 2:
            return int(server.kill_worker())
        postgres.stop_at_once()
        postgres.start()
        return 1

    return blow


def tell(name, toll):
    print(f"{name}: {toll}")  # noqa: T201 - the figures of a run
    return toll


def on_sqlite(tmp_path, kills, every, fault=""):
    house = House(tmp_path / "house")
    server = Gunicorn(house, fault=fault).start()
    return tell("SQLite", under_load(house, server, kills, workers_and_now_and_then_all(server, every)))


def on_postgresql(tmp_path, kills, fault="", *, durable=True):
    postgres = OwnPostgres(f"faults-{os.getpid()}-{worker_name()}", durable=durable)
    try:
        house = House(tmp_path / "house", postgres.new_database("faults"))
        server = Gunicorn(house, fault=fault).start()
        return tell("PostgreSQL", under_load(house, server, kills, database_and_workers(server, postgres)))
    finally:
        postgres.stop()


def test_killed_on_sqlite(tmp_path):
    toll = on_sqlite(tmp_path, 8, 8)
    assert toll.kills == 8
    assert toll.acknowledged >= 20
    assert toll.found.sound, toll


@pytest.mark.postgres
def test_killed_on_postgresql(tmp_path):
    toll = on_postgresql(tmp_path, 2)
    assert toll.kills == 2
    assert toll.acknowledged >= 5
    assert toll.found.sound, toll


@pytest.mark.full
def test_500_kills_on_sqlite(tmp_path):
    toll = on_sqlite(tmp_path, 500, 20)
    assert toll.kills == 500
    assert toll.acknowledged >= 2000
    assert toll.again >= 250
    assert toll.found.unheard >= 1
    assert toll.found.sound, toll


@pytest.mark.full
@pytest.mark.postgres
def test_500_blows_on_postgresql(tmp_path):
    toll = on_postgresql(tmp_path, 500)
    assert toll.kills == 500
    assert toll.acknowledged >= 2000
    assert toll.again >= 250
    assert toll.found.unheard >= 1
    assert toll.found.sound, toll


@pytest.mark.full
def test_an_acknowledgement_before_the_commit_is_found_out(tmp_path):
    toll = on_sqlite(tmp_path, 40, 100, "acknowledge_before_the_commit")
    assert toll.found.lost > 0, toll


@pytest.mark.full
def test_a_dropped_key_is_found_out(tmp_path):
    toll = on_sqlite(tmp_path, 60, 100, "drop_the_key")
    assert toll.found.twice > 0, toll


@pytest.mark.full
@pytest.mark.postgres
def test_a_postgresql_that_does_not_wait_for_its_disk_is_found_out(tmp_path):
    toll = on_postgresql(tmp_path, 20, durable=False)
    assert toll.found.lost > 0, toll
