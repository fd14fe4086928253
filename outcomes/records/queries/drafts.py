"""Drafts: what a member has typed and not yet saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.reach import Person, people
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Draft

DRAFT_DAYS = 30


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The fields of one form as last typed. `sequence` is that of the newest field."""

    form: str
    patient_id: UUID | None
    fields: Mapping[str, Any]
    sequence: int
    started_at: datetime
    saved_at: datetime

    @property
    def kept_until(self) -> datetime:
        """When the draft is thrown away if nobody touches it."""
        return self.saved_at + timedelta(days=DRAFT_DAYS)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in a list, without its fields."""

    form: str
    person: Person | None
    filled: int
    started_at: datetime
    saved_at: datetime
    kept_until: datetime


def draft(scope: Scope, session: Session, membership_id: UUID, form: str, now: datetime) -> DraftRow | None:
    """A member's own draft of a form; None when there is none, or it is older than 30 days."""
    columns = (Draft.form, Draft.patient_id, Draft.fields, Draft.sequence, Draft.started_at, Draft.saved_at)
    statement = select(*columns).where(
        Draft.clinic_id == scope.clinic_id,
        Draft.membership_id == membership_id,
        Draft.form == form,
        Draft.saved_at > now - timedelta(days=DRAFT_DAYS),
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else DraftRow(*row)


def drafts(scope: Scope, session: Session, keys: KeyRing, membership_id: UUID, now: datetime) -> tuple[DraftLine, ...]:
    """A member's own drafts, the newest first."""
    statement = (
        select(Draft.form, Draft.patient_id, Draft.fields, Draft.started_at, Draft.saved_at)
        .where(
            Draft.clinic_id == scope.clinic_id,
            Draft.membership_id == membership_id,
            Draft.saved_at > now - timedelta(days=DRAFT_DAYS),
        )
        .order_by(Draft.saved_at.desc())
    )
    rows = list(session.execute(statement))
    persons = people(scope, session, keys, {row.patient_id for row in rows if row.patient_id})
    return tuple(
        DraftLine(
            row.form,
            persons.get(row.patient_id),
            sum(value not in (None, "", []) for value in row.fields.values()),
            row.started_at,
            row.saved_at,
            row.saved_at + timedelta(days=DRAFT_DAYS),
        )
        for row in rows
    )
