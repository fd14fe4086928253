"""Invented clinics of any size, the same for the same seed, written through the program's bulk path.

One or two baselines, five follow-ups, three instruments of 9, 15 and 36 items; one patient in twenty is lost before
each visit. Patients began over the last eight years, so that visits of every kind are due today.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from benchmarks.people import INSTRUMENTS, Invented, answers, invent, time_points, visit_days
from outcomes.access.scope import Actor, Scope
from outcomes.actions.assess import AssessmentForm, VisitForm, store, visit_rows
from outcomes.actions.enrol import PatientForm, new_cipher, sealed_values
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.actions.work import Work
from outcomes.change.windows import as_stored
from outcomes.instruments.catalogue import Catalogue
from outcomes.records import audit
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, create_schema, new_session, open_engine
from outcomes.records.tables import (
    Arm,
    Clinic,
    Course,
    Infusion,
    Membership,
    NamePrefix,
    Patient,
    PatientEnding,
    PatientKey,
    ReadLog,
    User,
)
from outcomes.terms import Ending, EntryBasis, Intent, Language, Material, Reached, Role, Route, Severity, Sex

AUDIT_KEY = b"the audit key of the benchmarks.."[:32]
MASTER_KEYS = (("benchmark", b"the master key of the benchmarks"),)
ZONE = "Europe/Istanbul"
SEED = 2026
AT_ONCE = 200
SCALE = "fss9.mean"
"""The scale at which the benchmarks look; it has a retest error."""


@dataclass(frozen=True)
class Made:
    """An invented clinic in a database of its own."""

    people: int
    path: Path
    engine: Engine
    clinician: Actor
    administrator: Actor
    user_id: UUID
    now: datetime

    @property
    def scope(self) -> Scope:
        """All of the clinic."""
        return Scope(self.clinician.clinic_id)

    @property
    def today(self) -> date:
        """The day on which it is looked at."""
        return self.now.date()

    def work(self, session: Session, catalogue: Catalogue) -> Work:
        """The clinician's turn at the records."""
        act_as(session, self.clinician.name_in_trail)
        return Work(session, self.clinician, KeyRing(MASTER_KEYS), catalogue, self.now)


def clinic(people: int, folder: Path, catalogue: Catalogue, now: datetime | None = None) -> Made:
    """Make a clinic, or open the one that was made in this folder today."""
    at = now or datetime.now(UTC)
    path = folder / f"clinic-{people}-{SEED}-{at.date()}-{_schema()}.db"
    if not path.exists():
        part = path.with_suffix(".part")
        for old in (part, Path(f"{part}-wal"), Path(f"{part}-shm")):
            old.unlink(missing_ok=True)
        engine = open_engine(f"sqlite:///{part}", AUDIT_KEY)
        create_schema(engine)
        fill(_opened(engine, part, people, at, found=True), catalogue)
        engine.dispose()
        part.rename(path)
    return _opened(open_engine(f"sqlite:///{path}", AUDIT_KEY), path, people, at)


def _schema() -> str:
    """Name the schema, so that a clinic kept from before a change of it is made anew."""
    return sha256("".join(audit.statements("sqlite")).encode()).hexdigest()[:8]


def _opened(engine: Engine, path: Path, people: int, now: datetime, *, found: bool = False) -> Made:
    with new_session(engine) as session:
        if found:
            _found(session, now)
            session.commit()
        members = {each.role: each for each in session.scalars(select(Membership))}
        staff = {role: Actor(each.clinic_id, each.id, role) for role, each in members.items()}
        user_id = members[Role.CLINICIAN].user_id
    return Made(people, path, engine, staff[Role.CLINICIAN], staff[Role.ADMINISTRATOR], user_id, now)


def _found(session: Session, now: datetime) -> None:
    """Write the clinic and its two members."""
    act_as(session, "program", "benchmark")
    clinic_id = uuid4()
    session.execute(
        insert(Clinic).values(clinic_id=clinic_id, name="Benchmark clinic", time_zone=ZONE, language=Language.ENGLISH)
    )
    for role in (Role.CLINICIAN, Role.ADMINISTRATOR):
        user_id = uuid4()
        user = {"id": user_id, "email": f"{role}@example.org", "uniquifier": user_id.hex, "made_at": now}
        session.execute(insert(User).values(user))
        place = {"clinic_id": clinic_id, "user_id": user_id, "role": role, "display_name": f"A {role}"}
        session.execute(insert(Membership).values(id=uuid4(), **place))


def fill(made: Made, catalogue: Catalogue) -> None:
    """Write the protocol and every patient, a few hundred in one transaction."""
    dice = Random(SEED)
    with new_session(made.engine) as session:
        founder = replace(made.work(session, catalogue), actor=made.administrator)
        points = as_stored(time_points())
        set_protocol(founder, ProtocolForm(SCALE, points, from_date=made.today - timedelta(days=9 * 365)))
        session.commit()
    everybody = invent(made.people, made.today, dice)
    while some := list(islice(everybody, AT_ONCE)):
        with new_session(made.engine) as session:
            _write(made.work(session, catalogue), some, dice, made.today)
            session.commit()


def _write(work: Work, people: Iterable[Invented], dice: Random, today: date) -> None:
    rows: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    visits = []
    for person in people:
        patient_id = uuid4()
        _patient(rows, work, person, patient_id, dice)
        days = list(visit_days(person, today, dice))
        visits += [visit(work, person, patient_id, day, dice) for day in days]
        _looked_at(rows, work, patient_id, person.day_zero + timedelta(days=days[-1]), today)
    for table in (Patient, PatientKey, NamePrefix, Course, Infusion, Arm, PatientEnding):
        if rows[table]:
            work.session.execute(insert(table), rows[table])
    store(work, visits)
    if rows[ReadLog]:
        work.session.execute(insert(ReadLog), rows[ReadLog])


def _patient(rows: Any, work: Work, person: Invented, patient_id: UUID, dice: Random) -> None:
    cipher, key = new_cipher(work, patient_id)
    form = PatientForm(name=person.name, contact=f"{person.code}@example.org", birth_date=person.born)
    place = {"clinic_id": work.clinic_id, "patient_id": patient_id}
    rows[Patient].append(
        {
            "clinic_id": work.clinic_id,
            "id": patient_id,
            "code": person.code,
            "sex": Sex.FEMALE if dice.random() < 0.75 else Sex.MALE,
            "onset_year": person.day_zero.year - dice.randrange(1, 15),
            "entry_basis": EntryBasis.REFERRAL,
            **sealed_values(cipher, form),
        }
    )
    rows[PatientKey].append(key)
    hashes = work.keys.prefix_hashes(work.clinic_id, person.name)
    rows[NamePrefix] += [place | {"prefix_hash": each} for each in sorted(hashes)]
    course = {"id": uuid4(), "number": 1, "intent": Intent.CLINICAL, "indication": "ME/CFS"}
    rows[Course].append(place | course)
    given = {"on_date": person.day_zero, "route": dice.choice(list(Route)), "material": Material.DONOR}
    rows[Infusion].append(place | given | {"id": uuid4(), "course_id": course["id"]})
    compared = dice.random() < 0.15
    arm = {"label": "own stool" if compared else "donor stool", "comparison": compared, "starts_on": person.day_zero}
    rows[Arm].append(place | arm | {"id": uuid4(), "blinded": False})
    if person.lost_before is not None and dice.random() < 0.8:
        ended = min(work.now.date(), person.day_zero + timedelta(days=60 + 200 * person.lost_before))
        rows[PatientEnding].append(place | {"id": uuid4(), "kind": Ending.LOST, "on_date": ended})


def visit(work: Work, person: Invented, patient_id: UUID, day: int, dice: Random) -> Any:
    """Make the rows of one visit, recorded on the day itself."""
    on = person.day_zero + timedelta(days=day)
    level = person.level + (person.change * min(1.0, day / 60) if day > 0 else 0.0) + dice.gauss(0, 0.03)
    form = VisitForm(
        patient_id=patient_id,
        on_date=on,
        assessments=tuple(AssessmentForm(code, answers(work.catalogue[code], level, dice)) for code in INSTRUMENTS),
        reached=Reached.CLINIC,
        severity=Severity.MODERATE if level < 0.7 else Severity.SEVERE,
        time_zone=ZONE,
    )
    return visit_rows(replace(work, now=datetime.combine(on, time(9), UTC)), form)


def _looked_at(rows: Any, work: Work, patient_id: UUID, last: date, today: date) -> None:
    """Let the clinician have looked at everything but the last week's visits."""
    if today - last > timedelta(days=7):
        at = datetime.combine(last, time(18), UTC)
        note = {"membership_id": work.actor.membership_id, "patient_id": patient_id, "at": at, "what": "record"}
        rows[ReadLog].append({"clinic_id": work.clinic_id, "id": uuid4(), **note})
