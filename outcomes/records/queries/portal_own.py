"""What a patient keeps beside the questionnaires: own activities and the daily diary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.diary import DiaryWeek, diary_weeks
from outcomes.records.queries.reach import cipher_for, live, of_patient, require_patient
from outcomes.records.sealed_rows import opened_text
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import ActivityScore, DiaryDay, Membership, OwnActivity, Visit


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An own activity with its scores by day, the earliest first; `open` while it is asked."""

    id: UUID
    words: str
    made_at: datetime
    open: bool
    scores: tuple[tuple[date, int, UUID], ...]


@dataclass(frozen=True, slots=True)
class Diary:
    """One scale's diary: the value of each day, and the mean of each week."""

    scale: str
    days: Mapping[date, int]
    weeks: tuple[DiaryWeek, ...]


def activities(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> tuple[ActivityRow, ...]:
    """A patient's own activities, those laid aside among them, in the order in which they were taken up.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    require_patient(scope, session, patient_id)
    cipher = cipher_for(scope, session, keys, patient_id)
    scores = _scores(scope, session, patient_id)
    columns = (OwnActivity.id, OwnActivity.words, OwnActivity.made_at, OwnActivity.ended_at)
    found = session.execute(select(*columns).where(of_patient(OwnActivity, scope, patient_id)))
    rows = sorted(found, key=lambda row: row.made_at)
    return tuple(
        ActivityRow(
            row.id,
            opened_text(cipher, "own_activity", "words", row.words) or "",
            row.made_at,
            row.ended_at is None,
            tuple(scores.get(row.id, ())),
        )
        for row in rows
    )


def _scores(scope: Scope, session: Session, patient_id: UUID) -> dict[UUID, list[tuple[date, int, UUID]]]:
    statement = (
        select(ActivityScore.activity_id, Visit.on_date, ActivityScore.value, ActivityScore.visit_id)
        .join(Visit, and_(Visit.clinic_id == ActivityScore.clinic_id, Visit.id == ActivityScore.visit_id))
        .where(of_patient(ActivityScore, scope, patient_id), Visit.deleted_at.is_(None))
        .order_by(Visit.on_date, Visit.made_at)
    )
    found: dict[UUID, list[tuple[date, int, UUID]]] = {}
    for activity_id, on_date, value, visit_id in session.execute(statement):
        found.setdefault(activity_id, []).append((on_date, value, visit_id))
    return found


def diaries(scope: Scope, session: Session, patient_id: UUID) -> dict[str, Diary]:
    """A patient's diary by scale; a scale without any day is left out.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    require_patient(scope, session, patient_id)
    columns = (DiaryDay.scale, DiaryDay.on_date, DiaryDay.value)
    days: dict[str, dict[date, int]] = {}
    for scale, on_date, value in session.execute(select(*columns).where(of_patient(DiaryDay, scope, patient_id))):
        days.setdefault(scale, {})[on_date] = value
    return {scale: Diary(scale, values, diary_weeks(values)) for scale, values in days.items()}


def is_carer(scope: Scope, session: Session, membership_id: UUID | None) -> bool:
    """Whether an account is a carer's."""
    statement = select(Membership.carer).where(live(Membership, scope), Membership.id == membership_id)
    return bool(session.scalar(statement))
