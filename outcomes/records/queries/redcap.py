"""Every visit of a clinic with its answers and scores, for the clinic's own REDCap file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.instruments.scoring import STANDARD_ERROR
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live, live_patients
from outcomes.records.tables import Assessment, Patient, Score, Visit
from outcomes.terms import Absence


@dataclass(frozen=True, slots=True)
class VisitScores:
    """One visit: each answer ("chalder11:3") and score ("chalder11.likert"), and why a score is absent."""

    patient_id: UUID
    code: str
    on_date: date
    values: dict[str, float]
    absences: dict[str, Absence]


def clinic_visits(scope: Scope, session: Session) -> tuple[VisitScores, ...]:
    """Every visit with a score: patients by their numbers, visits by their days and as they were recorded.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("redcap")
    found = _visits(scope, session)
    _answer(found, scope, session)
    return tuple(sorted(found.values(), key=lambda visit: visit.code))


def _visits(scope: Scope, session: Session) -> dict[UUID, VisitScores]:
    """The visits with their scores, each patient's in their order; numbers are sorted alike on every database."""
    columns = (Patient.id, Patient.code, Visit.id, Visit.on_date, Score.scale, Score.value, Score.absence)
    statement = (
        _of_visits(scope, *columns)
        .join(Score, (Score.clinic_id == Assessment.clinic_id) & (Score.assessment_id == Assessment.id))
        .order_by(Patient.id, Visit.on_date, Visit.made_at, Visit.id, Score.scale)
    )
    found: dict[UUID, VisitScores] = {}
    for patient, code, visit, on_date, scale, value, absence in session.execute(statement):
        row = found.setdefault(visit, VisitScores(patient, code, on_date, {}, {}))
        if value is not None:
            row.values[scale] = value
        elif absence is not None:
            row.absences[scale] = absence
    return found


def _answer(found: Mapping[UUID, VisitScores], scope: Scope, session: Session) -> None:
    """Add the answers from which the scores were worked out, and standard errors that were typed in with totals."""
    columns = (Visit.id, Assessment.instrument, Assessment.answers, Assessment.totals)
    for visit, instrument, answers, totals in session.execute(_of_visits(scope, *columns)):
        if visit in found:
            values = found[visit].values
            values.update({f"{instrument}:{item}": float(x) for item, x in (answers or {}).items()})
            typed = {f"{instrument}.{scale}": float(x) for scale, x in (totals or {}).items()}
            values.update({key: x for key, x in typed.items() if key.endswith(STANDARD_ERROR)})


def _of_visits(scope: Scope, *columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of three tables
    """What is asked of every assessment that stands."""
    return (
        select(*columns)
        .select_from(Visit)
        .join(Assessment, (Assessment.clinic_id == Visit.clinic_id) & (Assessment.visit_id == Visit.id))
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .where(live_patients(scope), live(Visit, scope), live(Assessment, scope))
    )
