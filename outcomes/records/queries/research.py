"""What a researcher may see: finished releases, and nothing that is alive."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import ReleaseScope
from outcomes.records.tables import Release

APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A finished release."""

    id: UUID
    title: str
    tier: int
    as_of: datetime


def finished_releases(scope: ReleaseScope, session: Session) -> tuple[ReleaseRow, ...]:
    """The approved releases of a clinic, the newest first."""
    statement = (
        select(Release.id, Release.title, Release.tier, Release.as_of)
        .where(Release.clinic_id == scope.clinic_id, Release.state == APPROVED, Release.deleted_at.is_(None))
        .order_by(Release.as_of.desc())
    )
    return tuple(ReleaseRow(*row) for row in session.execute(statement))
