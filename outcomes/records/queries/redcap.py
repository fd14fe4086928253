"""Every visit of a clinic with its scores, for the clinic's own REDCap file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live, live_patients
from outcomes.records.tables import Assessment, Patient, Score, Visit
from outcomes.terms import Absence


@dataclass(frozen=True, slots=True)
class VisitScores:
    """One visit: each scale's value, or why there is none."""

    code: str
    on_date: date
    values: Mapping[str, float]
    absences: Mapping[str, Absence]


def clinic_visits(scope: Scope, session: Session) -> tuple[tuple[UUID, VisitScores], ...]:
    """Every visit with a score, with the id of its patient: patients by their numbers, visits by their days.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("redcap")
    statement = (
        select(Patient.id, Patient.code, Visit.id, Visit.on_date, Score.scale, Score.value, Score.absence)
        .join(Assessment, (Assessment.clinic_id == Score.clinic_id) & (Assessment.id == Score.assessment_id))
        .join(Visit, (Visit.clinic_id == Assessment.clinic_id) & (Visit.id == Assessment.visit_id))
        .join(Patient, (Patient.clinic_id == Score.clinic_id) & (Patient.id == Score.patient_id))
        .where(live_patients(scope), live(Visit, scope))
        .order_by(Patient.code, Visit.on_date, Visit.made_at, Visit.id, Score.scale)
    )
    found: dict[UUID, tuple[UUID, VisitScores, dict[str, float], dict[str, Absence]]] = {}
    for patient, code, visit, on_date, scale, value, absence in session.execute(statement):
        if visit not in found:
            values: dict[str, float] = {}
            absences: dict[str, Absence] = {}
            found[visit] = (patient, VisitScores(code, on_date, values, absences), values, absences)
        if value is not None:
            found[visit][2][scale] = value
        elif absence is not None:
            found[visit][3][scale] = absence
    return tuple((patient, visit) for patient, visit, _, _ in found.values())
