"""The cast: the people by whom behaviour is shown, in one clinic and elsewhere."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from outcomes.access.scope import Actor, Scope
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as
from outcomes.records.tables import Clinic, Membership, NamePrefix, Patient, PatientKey, User
from outcomes.terms import Language, Role, Sex

MASTER_KEYS = (("test", b"the master key of test databases"),)
NOW = datetime(2026, 5, 3, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """Two clinics and those who act in them.

    `patient` is Ayşe Yılmaz, code P-001; `other_patient` is Işık Çağlayan, code P-002, of the same
    clinic, without an account; `patient_elsewhere` is of the other clinic and has the code P-001 too.
    """

    clinic_id: UUID
    elsewhere_id: UUID
    clinician: Actor
    clinician_elsewhere: Actor
    patient: Actor
    researcher: Actor
    administrator: Actor
    patient_id: UUID
    other_patient_id: UUID
    patient_elsewhere_id: UUID
    users: dict[str, UUID]  # by the name of the actor

    @property
    def scope(self) -> Scope:
        """All of the clinic."""
        return Scope(self.clinic_id)

    @property
    def scope_elsewhere(self) -> Scope:
        """All of the other clinic."""
        return Scope(self.elsewhere_id)


def email(name: str) -> str:
    """The address of one of the cast, by the actor's name."""
    return f"{name.replace('_', '.')}@example.org"


def make_cast(session: Session, keys: KeyRing | None = None) -> Cast:
    """Write the cast into a database, flushed and not committed."""
    act_as(session, "program", "cast")
    ring = keys or KeyRing(MASTER_KEYS)
    here, elsewhere = (_clinic(session, name) for name in ("Bosphorus Clinic", "Elsewhere Clinic"))
    patient_id = add_patient(session, ring, here, "P-001", "Ayşe Yılmaz")
    people = {
        "clinician": (here, Role.CLINICIAN, None),
        "clinician_elsewhere": (elsewhere, Role.CLINICIAN, None),
        "patient": (here, Role.PATIENT, patient_id),
        "researcher": (here, Role.RESEARCHER, None),
        "administrator": (here, Role.ADMINISTRATOR, None),
    }
    users = {name: add_user(session, email(name)) for name in people}
    actors = {name: add_member(session, users[name], *place) for name, place in people.items()}
    return Cast(
        clinic_id=here,
        elsewhere_id=elsewhere,
        patient_id=patient_id,
        other_patient_id=add_patient(session, ring, here, "P-002", "Işık Çağlayan"),
        patient_elsewhere_id=add_patient(session, ring, elsewhere, "P-001", "Elif Şahin"),
        users=users,
        **actors,
    )


def _clinic(session: Session, name: str) -> UUID:
    clinic = Clinic(clinic_id=uuid4(), name=name, time_zone="Europe/Istanbul", language=Language.ENGLISH)
    session.add(clinic)
    session.flush()
    return clinic.clinic_id


def add_user(session: Session, address: str) -> UUID:
    """Write an account without a password."""
    user = User(id=uuid4(), email=address, uniquifier=uuid4().hex, made_at=NOW)
    session.add(user)
    session.flush()
    return user.id


def add_member(session: Session, user_id: UUID, clinic_id: UUID, role: Role, patient_id: UUID | None) -> Actor:
    """Give an account its place in a clinic."""
    membership_id = uuid4()
    place = {"clinic_id": clinic_id, "id": membership_id, "user_id": user_id, "patient_id": patient_id}
    session.add(Membership(**place, role=role, display_name=f"A {role.value}"))
    session.flush()
    return Actor(clinic_id, membership_id, role, patient_id)


def add_patient(session: Session, keys: KeyRing, clinic_id: UUID, code: str, name: str) -> UUID:
    """Write a patient with a sealed name that can be searched for."""
    patient_id = uuid4()
    master_key_id, wrapped = keys.new_patient_key(clinic_id, patient_id)
    cipher = keys.open_patient_key(master_key_id, wrapped, clinic_id, patient_id)
    place = {"clinic_id": clinic_id, "patient_id": patient_id}
    sealed = cipher.seal("name", name)
    session.add(Patient(clinic_id=clinic_id, id=patient_id, code=code, name_sealed=sealed, sex=Sex.FEMALE))
    session.flush()
    session.add(PatientKey(**place, master_key_id=master_key_id, wrapped=wrapped))
    session.add_all(NamePrefix(**place, prefix_hash=prefix) for prefix in keys.prefix_hashes(clinic_id, name))
    session.flush()
    return patient_id
