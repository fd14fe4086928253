"""What was imported into a clinic: by whom, when, and how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live
from outcomes.records.tables import ImportRun, Membership

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ImportRunRow:
    """One import. `by` is None for one from the command line."""

    id: UUID
    at: datetime
    by: str | None
    counts: Mapping[str, int]


def import_runs(scope: Scope, session: Session) -> tuple[ImportRunRow, ...]:
    """The newest imports of the clinic, the last one first.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("import_run")
    member = and_(Membership.clinic_id == ImportRun.clinic_id, Membership.id == ImportRun.membership_id)
    statement = (
        select(ImportRun.id, ImportRun.at, Membership.display_name, ImportRun.counts)
        .outerjoin(Membership, member)
        .where(live(ImportRun, scope))
        .order_by(ImportRun.at.desc(), ImportRun.id)
        .limit(SHOWN)
    )
    return tuple(ImportRunRow(*row) for row in session.execute(statement))
