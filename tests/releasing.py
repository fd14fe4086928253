"""A clinic with enough patients for releases, written by the same actions as a real one."""

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from uuid import UUID
from zipfile import ZipFile

from sqlalchemy import Engine

from outcomes.access.scope import Actor
from outcomes.actions import report_event
from outcomes.actions.enrol import ConsentForm
from outcomes.actions.release import ReleaseForm, approve, ask
from outcomes.actions.release_build import Bench, build
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Release
from outcomes.terms import Material, Purpose, Relation, Role, Route, Sex, WorkStatus
from outcomes.web.database import write_apart
from tests.cast import MASTER_KEYS, Cast, add_member, add_user, make_cast
from tests.databases import open_test_engine
from tests.factories import NOON, TODAY, Maker, make_work

BOTH = (Purpose.RESEARCH_AGGREGATE, Purpose.RESEARCH_RECORD_LEVEL)
CANARY = "zxkanarya"
SCALES = ("own_fatigue.score", "own_thinking.score")
COLUMNS = (
    *("sex", "country", "age", "years_ill", "work_status", "route", "material", "state", "donor_kind", "donor"),
    "events",
)
DAYS = (-7, 30, 91, 182)


@dataclass
class House:
    """A database with a crowd in it, and whoever acts there."""

    engine: Engine
    cast: Cast
    catalogue: object
    data: Path

    @cached_property
    def second(self) -> Actor:
        """Another administrator."""
        with new_session(self.engine) as session:
            actor = second_administrator(session, self.cast)
            session.commit()
        return actor

    def bench(self, actor=None, **changed):
        """What a building works with."""
        actor = actor or self.cast.administrator
        given = {"thorough": False, **changed}
        return Bench(self.engine, KeyRing(MASTER_KEYS), self.catalogue, self.data, actor, write_apart, **given)

    def wrote(self, do, actor=None, now=NOON):
        """Do something as somebody and commit it."""
        actor = actor or self.cast.administrator
        with new_session(self.engine) as session:
            act_as(session, actor.name_in_trail)
            result = do(make_work(session, actor, self.catalogue, now))
            session.commit()
        return result

    def read(self, question):
        """Ask the database."""
        with new_session(self.engine, read_only=True) as session:
            return question(session)


def consents(purposes, on):
    return tuple(ConsentForm(purpose, on, "1") for purpose in purposes)


def crowd(work, number, seed=3, *, purposes=BOTH, offset=0) -> list[UUID]:
    """Write patients with scores, events and words that must never leave."""
    make, dice = Maker(work), Random(seed)
    donors = [make.donor(f"D-{offset + n:02}", note=f"{CANARY} donor") for n in range(3)]
    return [_patient(make, dice, offset + n, donors, purposes) for n in range(number)]


def _patient(make, dice, number, donors, purposes):
    zero = TODAY - timedelta(days=dice.choice((200, 240, 300)))
    made = make.patient(
        f"{CANARY}-{number:03}",
        name=f"{CANARY} Işık",
        contact=f"{CANARY}@example.org",
        birth_date=date(zero.year - dice.randint(24, 60), 1 + number % 12, 1 + number % 28),
        sex=dice.choice((Sex.FEMALE, Sex.FEMALE, Sex.MALE)),
        country="TR",
        onset_year=zero.year - dice.randint(1, 15),
        work_status=dice.choice((WorkStatus.FULL_TIME, WorkStatus.SICK_LEAVE, WorkStatus.DISABILITY)),
        medication=f"{CANARY} pills",
        diet=f"{CANARY} soup",
        consents=consents(purposes, zero),
    )
    route = dice.choice((Route.COLONOSCOPY, Route.COLONOSCOPY, Route.CAPSULE))
    made.course(zero, route=route, material=Material.DONOR, donor_id=dice.choice(donors), note=f"{CANARY} infusion")
    seen = DAYS[: dice.choice((4, 4, 4, 3, 2))]
    for day in seen:
        fatigue, thinking = dice.randint(1, 10), None if dice.random() < 0.1 else dice.randint(0, 10)
        visit = {"note": f"{CANARY} note"}
        made.scored(zero + timedelta(days=day), visit=visit, fatigue=fatigue, thinking=thinking)
    if dice.random() < 0.3:
        event = report_event.EventForm(
            f"{CANARY} headache", zero + timedelta(days=3), 1, Relation.UNLIKELY, Relation.UNLIKELY
        )
        report_event.report_event(make.work, made.id, event)
    return made.id


def second_administrator(session, cast) -> Actor:
    """Another administrator of the same clinic."""
    act_as(session, "program", "a second administrator")
    user = add_user(session, "second.administrator@example.org")
    return add_member(session, user, cast.clinic_id, Role.ADMINISTRATOR, None)


def furnish(template, folder, number=60) -> House:
    """A house over a copy of an empty database, with a crowd in it."""
    path = folder / "house.db"
    shutil.copy(template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        session.commit()
    house = House(engine, cast, load_catalogue(), folder)
    house.wrote(lambda work: crowd(work, number), cast.clinician)
    return house


def copied(house, folder) -> House:
    """Another house with the same people and records, to be changed."""
    path = folder / "house.db"
    with closing(sqlite3.connect(house.engine.url.database)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return House(open_test_engine(f"sqlite:///{path}"), house.cast, house.catalogue, folder)


def wanted(tier, **changed) -> ReleaseForm:
    """What somebody asks for."""
    return ReleaseForm(
        **{"title": "First", "purpose": "A trial", "tier": tier, "scales": SCALES, "columns": COLUMNS} | changed
    )


def built(house, tier, actor=None, now=NOON, **changed) -> UUID:
    """A release, built to its end."""
    release_id = house.wrote(lambda work: ask(work, wanted(tier, **changed)), actor, now)
    build(house.bench(actor), release_id)
    return release_id


def row_of(house, release_id) -> Release:
    """The stored row of a release."""
    return house.read(lambda session: session.get(Release, (house.cast.clinic_id, release_id)))


def approved(house, release_id) -> UUID:
    """A release that another administrator approved."""
    other = house.second
    house.wrote(lambda work: approve(work, release_id, row_of(house, release_id).version), other)
    return release_id


def zipped(house, release_id) -> ZipFile:
    """The file of a release, opened."""
    with house.bench().room(release_id).read() as file:
        return ZipFile(BytesIO(file.read()))


def table(archive, name) -> list[dict]:
    """A table of a release's text files."""
    return list(csv.DictReader(StringIO(archive.read(f"data/csv/{name}.csv").decode())))


def every_byte(archive) -> Iterator[tuple[str, bytes]]:
    """Every file of a release, and every file within those that are zips themselves."""
    for name in archive.namelist():
        content = archive.read(name)
        yield name, content
        if content[:2] == b"PK":
            yield from ((f"{name}/{inner}", data) for inner, data in every_byte(ZipFile(BytesIO(content))))
