"""Everything that is recorded of one patient, for the patient to take home and for a clinician to hand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.members import ClinicView, clinic
from outcomes.records.queries.portal_own import ActivityRow, Diary, activities, diaries
from outcomes.records.queries.portal_reports import ReportRow, reports
from outcomes.records.queries.reach import columns, of_patient
from outcomes.records.queries.record import PatientRecord, patient_record
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Assessment, Visit
from outcomes.terms import AnsweredBy, AssessmentState, Language


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One questionnaire with every answer, total and day of answering."""

    id: UUID
    visit_id: UUID
    instrument: str
    key_version: str
    form_version: str | None
    language: Language
    wording_version: str | None
    answered_by: AnsweredBy
    state: AssessmentState
    started_at: datetime | None
    finished_at: datetime | None
    answers: Mapping[str, Any]
    totals: Mapping[str, Any]
    given_on: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Whole:
    """One patient's record with all answers, and what the patient keeps beside it."""

    clinic: ClinicView
    record: PatientRecord
    filled: tuple[FilledRow, ...]
    activities: tuple[ActivityRow, ...]
    diaries: Mapping[str, Diary]
    reports: tuple[ReportRow, ...]


def whole(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID, today: date) -> Whole:
    """Read everything of one patient.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    return Whole(
        clinic=clinic(scope, session),
        record=patient_record(scope, session, keys, patient_id, today),
        filled=_filled(scope, session, patient_id),
        activities=activities(scope, session, keys, patient_id),
        diaries=diaries(scope, session, patient_id),
        reports=reports(scope, session, keys, patient_id),
    )


def _filled(scope: Scope, session: Session, patient_id: UUID) -> tuple[FilledRow, ...]:
    statement = (
        select(*columns(FilledRow, Assessment))
        .join(Visit, and_(Visit.clinic_id == Assessment.clinic_id, Visit.id == Assessment.visit_id))
        .where(of_patient(Assessment, scope, patient_id), Visit.deleted_at.is_(None))
        .order_by(Visit.on_date, Visit.made_at, Assessment.instrument)
    )
    return tuple(FilledRow(*row) for row in session.execute(statement))
