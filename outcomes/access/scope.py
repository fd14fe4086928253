"""Who acts, and which clinic and patients they may see. Every query takes a Scope first."""

from dataclasses import dataclass
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
