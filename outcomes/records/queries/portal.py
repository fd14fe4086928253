"""What a patient sees: the own record, and when the clinic last looked at it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.members import ClinicView, clinic
from outcomes.records.queries.record import PatientRecord, patient_record
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Membership, ReadLog
from outcomes.terms import Role


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A patient's own page. `looked_at` is when a clinician last opened the record, `looked_by` who."""

    record: PatientRecord
    clinic: ClinicView
    looked_at: datetime | None
    looked_by: str | None


def own_record(scope: Scope, session: Session, keys: KeyRing, today: date) -> OwnRecord:
    """Read the record of the patient whose scope this is.

    Raises:
        NotFound: if the scope is not one patient's.
    """
    if scope.patient_id is None:
        raise NotFound("patient")
    record = patient_record(scope, session, keys, scope.patient_id, today)
    statement = (
        select(ReadLog.at, Membership.display_name)
        .join(Membership, (Membership.clinic_id == ReadLog.clinic_id) & (Membership.id == ReadLog.membership_id))
        .where(
            ReadLog.clinic_id == scope.clinic_id,
            ReadLog.patient_id == scope.patient_id,
            Membership.role.in_((Role.CLINICIAN, Role.ADMINISTRATOR)),
        )
        .order_by(ReadLog.at.desc())
    )
    at, name = session.execute(statement).first() or (None, None)
    return OwnRecord(record, clinic(scope, session), at, name)
