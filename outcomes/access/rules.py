"""Who may do what. Two tables: which roles a route admits, and which roles an act is for."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from outcomes.access.scope import Actor
from outcomes.terms import Role, Standing

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
CLINICIANS = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})
PATIENTS = frozenset({Role.PATIENT})
RESEARCHERS = frozenset({Role.RESEARCHER})


class Access(StrEnum):
    """Whom a route admits. Every route declares exactly one."""

    EVERYONE = "everyone"
    SIGNED_IN = "signed_in"
    CLINICIANS = "clinicians"
    ADMINISTRATORS = "administrators"
    PATIENTS = "patients"
    RESEARCHERS = "researchers"
    RELEASES = "releases"
    SECOND_FACTOR = "second_factor"
    SETTING_UP = "setting_up"
    UNLOCKING = "unlocking"


ADMITTED: dict[Access, frozenset[Role]] = {
    Access.SIGNED_IN: frozenset(Role),
    Access.CLINICIANS: CLINICIANS,
    Access.ADMINISTRATORS: ADMINISTRATORS,
    Access.PATIENTS: PATIENTS,
    Access.RESEARCHERS: RESEARCHERS,
    Access.RELEASES: RESEARCHERS | ADMINISTRATORS,
    Access.SECOND_FACTOR: frozenset(Role),
    Access.SETTING_UP: frozenset(Role),
    Access.UNLOCKING: frozenset(Role),
}

# What a sign-in that is not whole is let in to, beside what everybody is: one room each, and no other.
WAITING_ROOMS: dict[Standing, Access] = {
    Standing.OWES_FACTOR: Access.SECOND_FACTOR,
    Standing.SETS_UP: Access.SETTING_UP,
    Standing.LOCKED: Access.UNLOCKING,
}


def admits(access: Access, role: Role | None) -> bool:
    """Tell whether a route admits a role; None stands for somebody who is not signed in."""
    return access is Access.EVERYONE or role in ADMITTED[access]


class Act(StrEnum):
    """What somebody may want to do with a record."""

    SEE_RECORD = "see_record"
    CHANGE_RECORD = "change_record"
    SIGN_RECORD = "sign_record"
    REPORT_ON_ONESELF = "report_on_oneself"
    SEE_COHORT = "see_cohort"
    IMPORT_RECORDS = "import_records"
    MERGE_RECORDS = "merge_records"
    ERASE_RECORD = "erase_record"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_PROTOCOL = "manage_protocol"
    SEE_TRAIL = "see_trail"
    PREPARE_RELEASE = "prepare_release"
    TAKE_RELEASE = "take_release"


ACTS: dict[Act, frozenset[Role]] = {
    Act.SEE_RECORD: CLINICIANS | PATIENTS,
    Act.CHANGE_RECORD: CLINICIANS,
    Act.SIGN_RECORD: CLINICIANS,
    Act.REPORT_ON_ONESELF: PATIENTS,
    Act.SEE_COHORT: CLINICIANS,
    Act.IMPORT_RECORDS: CLINICIANS,
    Act.MERGE_RECORDS: ADMINISTRATORS,
    Act.ERASE_RECORD: ADMINISTRATORS,
    Act.MANAGE_MEMBERS: ADMINISTRATORS,
    Act.MANAGE_PROTOCOL: ADMINISTRATORS,
    Act.SEE_TRAIL: ADMINISTRATORS,
    Act.PREPARE_RELEASE: ADMINISTRATORS,
    Act.TAKE_RELEASE: RESEARCHERS | ADMINISTRATORS,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is about: a clinic, and a patient of it where it is one patient's record."""

    clinic_id: UUID
    patient_id: UUID | None = None


def can(actor: Actor, action: Act, subject: Subject) -> bool:
    """Tell whether an actor may do something: the role's act, in the own clinic, a patient with the own record only."""
    if actor.clinic_id != subject.clinic_id or actor.role not in ACTS[action]:
        return False
    return actor.role is not Role.PATIENT or (actor.patient_id is not None and actor.patient_id == subject.patient_id)
