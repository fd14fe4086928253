"""Drafts: what a member has typed and not yet saved."""

import json
from base64 import b64decode, b64encode
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
EMPTY: tuple[Any, ...] = (None, "", [], False)


@dataclass(frozen=True, slots=True)
class Typed:
    """The value of one field and the sequence number it came with."""

    value: Any
    sequence: int


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
    """One draft in a list, without its fields; `filled` says how many of them hold something."""

    form: str
    person: Person | None
    filled: int
    started_at: datetime
    saved_at: datetime
    kept_until: datetime


def closed(
    keys: KeyRing, clinic_id: UUID, membership_id: UUID, form: str, typed: Mapping[str, Typed]
) -> dict[str, str]:
    """Seal the fields of a draft with a new key of its own."""
    master_key_id, wrapped = keys.new_patient_key(clinic_id, membership_id)
    cipher = keys.open_patient_key(master_key_id, wrapped, clinic_id, membership_id)
    text = json.dumps({name: [each.value, each.sequence] for name, each in typed.items()}, ensure_ascii=False)
    sealed = cipher.seal(f"draft {form}", text)
    return {"key": master_key_id, "wrapped": b64encode(wrapped).decode(), "sealed": b64encode(sealed).decode()}


def opened_fields(
    keys: KeyRing, clinic_id: UUID, membership_id: UUID, form: str, stored: Mapping[str, str]
) -> dict[str, Typed]:
    """Open the fields of a draft."""
    if not stored:
        return {}
    wrapped, sealed = b64decode(stored["wrapped"]), b64decode(stored["sealed"])
    cipher = keys.open_patient_key(stored["key"], wrapped, clinic_id, membership_id)
    return {name: Typed(*each) for name, each in json.loads(cipher.open(f"draft {form}", sealed)).items()}


def draft(
    scope: Scope, session: Session, keys: KeyRing, membership_id: UUID, form: str, *, now: datetime
) -> DraftRow | None:
    """A member's own draft of a form; None when there is none, or it is older than 30 days."""
    statement = select(Draft).where(
        Draft.clinic_id == scope.clinic_id,
        Draft.membership_id == membership_id,
        Draft.form == form,
        Draft.saved_at > now - timedelta(days=DRAFT_DAYS),
    )
    row = session.scalar(statement)
    if row is None:
        return None
    fields = _values(keys, row)
    return DraftRow(row.form, row.patient_id, fields, row.sequence, row.started_at, row.saved_at)


def drafts(scope: Scope, session: Session, keys: KeyRing, membership_id: UUID, now: datetime) -> tuple[DraftLine, ...]:
    """A member's own drafts, the newest first."""
    statement = (
        select(Draft)
        .where(
            Draft.clinic_id == scope.clinic_id,
            Draft.membership_id == membership_id,
            Draft.saved_at > now - timedelta(days=DRAFT_DAYS),
        )
        .order_by(Draft.saved_at.desc())
    )
    rows = list(session.scalars(statement))
    persons = people(scope, session, keys, {row.patient_id for row in rows if row.patient_id})
    return tuple(
        DraftLine(
            form=row.form,
            person=persons.get(row.patient_id) if row.patient_id else None,
            filled=sum(value not in EMPTY for value in _values(keys, row).values()),
            started_at=row.started_at,
            saved_at=row.saved_at,
            kept_until=row.saved_at + timedelta(days=DRAFT_DAYS),
        )
        for row in rows
    )


def _values(keys: KeyRing, row: Draft) -> dict[str, Any]:
    typed = opened_fields(keys, row.clinic_id, row.membership_id, row.form, row.fields)
    return {name: each.value for name, each in typed.items() if each.value is not None}
