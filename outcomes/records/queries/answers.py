"""The answers of one assessment, as given, for the page that corrects them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live, require_patient
from outcomes.records.tables import Assessment
from outcomes.terms import AnsweredBy, Language


@dataclass(frozen=True, slots=True)
class AnswersRow:
    """One assessment with its answers by item code and its totals by scale code."""

    id: UUID
    visit_id: UUID
    patient_id: UUID
    instrument: str
    key_version: str
    form_version: str | None
    language: Language
    answered_by: AnsweredBy
    answers: Mapping[str, Any]
    totals: Mapping[str, Any]
    version: int


def answers(scope: Scope, session: Session, assessment_id: UUID) -> AnswersRow:
    """Read one assessment.

    Raises:
        NotFound: if the scope does not reach it.
    """
    columns = (
        Assessment.id,
        Assessment.visit_id,
        Assessment.patient_id,
        Assessment.instrument,
        Assessment.key_version,
        Assessment.form_version,
        Assessment.language,
        Assessment.answered_by,
        Assessment.answers,
        Assessment.totals,
        Assessment.version,
    )
    row = session.execute(select(*columns).where(live(Assessment, scope), Assessment.id == assessment_id)).one_or_none()
    if row is None:
        raise NotFound("assessment", assessment_id)
    require_patient(scope, session, row.patient_id)
    return AnswersRow(*row)
