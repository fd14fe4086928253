"""Writing down who opened whose record, and that a person was here. Never part of the reader's own transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from outcomes.records.session import act_as
from outcomes.records.tables import ReadLog, SignIn


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at one patient's record."""

    clinic_id: UUID
    id: UUID
    membership_id: UUID
    patient_id: UUID
    what: str


def write_down(session: Session, notes: tuple[Reading, ...], sign_in_id: UUID, at: datetime) -> None:
    """Add looks to the read log, and note when a sign-in was last used."""
    act_as(session, "program")
    session.add_all(
        ReadLog(
            clinic_id=note.clinic_id,
            id=note.id,
            membership_id=note.membership_id,
            patient_id=note.patient_id,
            at=at,
            what=note.what,
        )
        for note in notes
    )
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < at).values(seen_at=at))
    session.flush()
