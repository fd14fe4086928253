"""The clinics of an installation, for a command that must be told into which of them it imports."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.records.tables import Clinic
from outcomes.terms import Language


@dataclass(frozen=True, slots=True)
class ClinicName:
    """A clinic, by what it is called, the language it speaks and where it is."""

    id: UUID
    name: str
    language: Language
    time_zone: str


def clinics(session: Session, wanted: str | None = None) -> tuple[ClinicName, ...]:
    """Return the clinics, or those whose name or id is the one wanted, by name."""
    statement = select(Clinic.clinic_id, Clinic.name, Clinic.language, Clinic.time_zone).order_by(
        Clinic.name, Clinic.clinic_id
    )
    found = (ClinicName(*row) for row in session.execute(statement))
    return tuple(clinic for clinic in found if wanted in {None, clinic.name, str(clinic.id)})
