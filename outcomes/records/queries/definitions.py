"""The clinic's responder definitions: how often one was changed after data had been seen."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.definitions import Definition, read_definition
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live
from outcomes.records.tables import ResponderDefinition
from outcomes.voice import N_

WRITTEN_BEFORE = N_("Defined by this clinic before follow-up scores were there.")
WRITTEN_AFTER = N_("Defined by this clinic after follow-up scores were there.")


def changed_after_data(scope: Scope, session: Session) -> int:
    """How many versions of responder definitions were written after data had been seen.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("definitions")
    statement = select(func.count()).where(live(ResponderDefinition, scope), ResponderDefinition.after_data_seen)
    return session.scalar(statement) or 0


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One version of a definition. `after_data_seen` says that it was written when follow-up scores were there."""

    name: str
    number: int
    definition: Definition
    frozen_at: datetime | None
    after_data_seen: bool


def definitions(scope: Scope, session: Session) -> tuple[DefinitionRow, ...]:
    """Every version of the clinic's definitions, by name, the newest first.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("definitions")
    table = ResponderDefinition
    statement = select(table).where(live(table, scope)).order_by(table.name, table.number.desc())
    return tuple(
        DefinitionRow(row.name, row.number, read_definition(row.name, row.rule), row.frozen_at, row.after_data_seen)
        for row in session.scalars(statement)
    )


def definitions_in_force(scope: Scope, session: Session) -> tuple[Definition, ...]:
    """The newest version of each definition; its note says whether data were there when it was written."""
    newest: dict[str, Definition] = {}
    for row in definitions(scope, session):
        note = WRITTEN_AFTER if row.after_data_seen else WRITTEN_BEFORE
        newest.setdefault(row.name, replace(row.definition, note=note))
    return tuple(newest.values())
