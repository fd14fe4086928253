"""Who acts, and which clinic and patients they may see. Every query takes a Scope first."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from outcomes.terms import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in member of a clinic, or the program itself acting for one (`membership_id` is None)."""

    clinic_id: UUID
    membership_id: UUID | None
    role: Role
    patient_id: UUID | None = None

    @property
    def name_in_trail(self) -> str:
        """How the audit trail names this actor."""
        return f"member:{self.membership_id}" if self.membership_id else "program"


@dataclass(frozen=True, slots=True)
class Scope:
    """The clinic, and with `patient_id` the one patient, that a query may read.

    `blinded` hides arms that are still blinded.
    """

    clinic_id: UUID
    patient_id: UUID | None = None
    blinded: bool = True


def scope_of(actor: Actor) -> Scope:
    """Return what an actor may read.

    Raises:
        PermissionError: for a researcher, who reads releases only.
    """
    if actor.role is Role.RESEARCHER:
        raise PermissionError("researchers read releases, never live records")
    if actor.role is Role.PATIENT:
        if actor.patient_id is None:
            raise PermissionError("a patient account without a patient")
        return Scope(actor.clinic_id, actor.patient_id)
    return Scope(actor.clinic_id)


@dataclass(frozen=True, slots=True)
class ReleaseScope:
    """The clinic whose finished releases a researcher may see; it opens no live record."""

    clinic_id: UUID


def release_scope_of(actor: Actor) -> ReleaseScope:
    """Return what may be seen of releases.

    Raises:
        PermissionError: for anybody but researchers and administrators.
    """
    if actor.role not in {Role.RESEARCHER, Role.ADMINISTRATOR}:
        raise PermissionError("releases are for researchers and administrators")
    return ReleaseScope(actor.clinic_id)


class Within(StrEnum):
    """How far a transaction reaches at most."""

    EVERYTHING = "everything"
    CLINIC = "clinic"
    PATIENT = "patient"
    RELEASES = "releases"
    DOOR = "door"


@dataclass(frozen=True, slots=True)
class Reach:
    """What PostgreSQL itself lets a transaction see and write, whatever its statements ask for: the second wall.

    A patient's reach is the own rows, a researcher's the releases; at the front door nobody is known yet and only
    accounts and places can be seen, with a `clinic_id` also written there. A transaction without a reach sees nothing.
    """

    within: Within
    clinic_id: UUID | None = None
    patient_id: UUID | None = None
    membership_id: UUID | None = None
    user_id: UUID | None = None


EVERYTHING = Reach(Within.EVERYTHING)  # the program's own commands: verify, anchor, rescore, back up
DOOR = Reach(Within.DOOR)


def reach_of(actor: Actor, user_id: UUID | None = None) -> Reach:
    """Return the reach of an actor, and of the account behind it.

    Raises:
        PermissionError: for a patient account without a patient.
    """
    if actor.role is Role.PATIENT and actor.patient_id is None:
        raise PermissionError("a patient account without a patient")
    within = {Role.PATIENT: Within.PATIENT, Role.RESEARCHER: Within.RELEASES}.get(actor.role, Within.CLINIC)
    patient_id = actor.patient_id if within is Within.PATIENT else None
    return Reach(within, actor.clinic_id, patient_id, actor.membership_id, user_id)
