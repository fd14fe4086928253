"""Scripts for the safe room, as pages show them: a researcher's own, or all of a release for who looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import ReleaseScope
from outcomes.records.tables import ReleaseScript
from outcomes.terms import ScriptState


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A script. `output` is there for who looks at it, and for the researcher once it was passed on."""

    id: UUID
    title: str
    at: datetime
    state: str
    version: int
    script: str = field(repr=False)
    told: Mapping[str, Any] | None
    output: Mapping[str, Any] | None = field(repr=False)


def scripts(
    scope: ReleaseScope, session: Session, release_id: UUID, sent_by: UUID | None = None
) -> tuple[ScriptRow, ...]:
    """The scripts of a release, the newest first; `sent_by` keeps to one member's, and to what was passed on."""
    table = ReleaseScript
    columns = (table.id, table.title, table.at, table.state, table.version, table.script, table.told, table.output)
    statement = (
        select(*columns)
        .where(table.clinic_id == scope.clinic_id, table.release_id == release_id, table.deleted_at.is_(None))
        .order_by(table.at.desc(), table.id)
    )
    if sent_by is None:
        return tuple(ScriptRow(*row) for row in session.execute(statement))
    own = session.execute(statement.where(table.membership_id == sent_by))
    return tuple(_held(ScriptRow(*row)) for row in own)


def _held(row: ScriptRow) -> ScriptRow:
    """Leave out what has not been passed on."""
    output = row.output if row.state == ScriptState.PASSED_ON else None
    return ScriptRow(row.id, row.title, row.at, row.state, row.version, row.script, row.told, output)
