"""Founds the demo clinic: one sign-in a role, a protocol, and the cohort. Only ever in an empty database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from outcomes.access.scope import Actor
from outcomes.actions.accounts import ClinicForm, Invited, MemberForm, found_clinic, invite
from outcomes.actions.demo.cohort import demo_time_points, fill
from outcomes.actions.demo.people import Story, people
from outcomes.actions.demo.told import tell
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.actions.reading import Reading, write_down
from outcomes.actions.signing_in import Doorway, accept
from outcomes.actions.work import Work
from outcomes.change.windows import as_stored
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as
from outcomes.terms import Language, Role

CLINIC = ClinicForm(
    "Demo clinic",
    "Europe/Istanbul",
    Language.ENGLISH,
    "TR",
    "the clinic by day, 112 at night",
)
NAMES = {
    Role.ADMINISTRATOR: "Selin Aydemir (demo)",
    Role.CLINICIAN: "Dr A. Demirel (demo)",
    Role.RESEARCHER: "Dr R. Okafor (demo)",
}
NEWS = 5
"""So many patients have scores that the demo's clinician has not looked at yet."""


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """A way into the demo."""

    role: Role
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Making:
    """What making the demo needs."""

    session: Session
    keys: KeyRing
    catalogue: Catalogue
    now: datetime
    secret: bytes


def sign_ins() -> tuple[DemoSignIn, ...]:
    """Return the sign-ins of the demo, the same for every start."""
    return tuple(
        DemoSignIn(role, _email(role), f"walnut-{number}-harbour-lantern")
        for number, role in enumerate((Role.CLINICIAN, Role.PATIENT, Role.RESEARCHER, Role.ADMINISTRATOR), start=1)
    )


def make_demo(making: Making, progress: Callable[[int, int], None] = lambda _done, _of: None) -> UUID:
    """Found the demo clinic with everybody in it and return its id.

    The records are written as if months ago and looked at since, but for the newest of a few people.
    """
    founder = MemberForm(_email(Role.ADMINISTRATOR), NAMES[Role.ADMINISTRATOR], Role.ADMINISTRATOR)
    founded = found_clinic(making.session, CLINIC, founder, making.now)
    _enter(making, Role.ADMINISTRATOR, founded.administrator)
    turn = _turn(making, Actor(founded.clinic_id, founded.administrator.membership_id, Role.ADMINISTRATOR))
    points = as_stored(demo_time_points())
    set_protocol(turn, ProtocolForm("chalder11.likert", points, "chalder11.likert"))
    clinician = _member(making, turn, Role.CLINICIAN)
    _member(making, turn, Role.RESEARCHER)
    patients = fill(_turn(making, clinician), progress=progress)
    steady = patients[_steady_one()]
    patient = _member(making, _turn(making, clinician), Role.PATIENT, steady)
    _look_at(making, clinician, patients)
    tell(_turn(making, patient), clinician, steady)
    return founded.clinic_id


def _steady_one() -> int:
    """The demo's patient is one who improved and has been followed for long."""
    found = (i for i, p in enumerate(people()) if p.story is Story.RELAPSE and p.baselines > 1 and not p.leaves_after)
    return next(found)


def _email(role: Role) -> str:
    return f"{role}@demo.example"


def _turn(making: Making, actor: Actor) -> Work:
    act_as(making.session, actor.name_in_trail)
    return Work(making.session, actor, making.keys, making.catalogue, making.now)


def _member(making: Making, work: Work, role: Role, patient_id: UUID | None = None) -> Actor:
    name = NAMES.get(role) or "Demo patient"
    invited = invite(work, MemberForm(_email(role), name, role, patient_id=patient_id))
    _enter(making, role, invited)
    return Actor(work.clinic_id, invited.membership_id, role, patient_id)


def _enter(making: Making, role: Role, invited: Invited) -> None:
    password = next(each.password for each in sign_ins() if each.role is role)
    name = NAMES.get(role) or "Demo patient"
    accept(Doorway(making.session, making.now, making.secret), invited.token, name, password, "demo")


def _look_at(making: Making, clinician: Actor, patients: Sequence[UUID]) -> None:
    """Let the clinician have seen everybody but the last few."""
    if clinician.membership_id is None:
        return
    seen = tuple(
        Reading(clinician.clinic_id, uuid4(), clinician.membership_id, patient_id, "record")
        for patient_id in patients[:-NEWS]
    )
    write_down(making.session, seen, uuid4(), making.now + timedelta(seconds=1))
