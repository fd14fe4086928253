"""The clinic's responder definitions: how often one was changed after data had been seen."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live
from outcomes.records.tables import ResponderDefinition


def changed_after_data(scope: Scope, session: Session) -> int:
    """How many versions of responder definitions were written after data had been seen.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("definitions")
    statement = select(func.count()).where(live(ResponderDefinition, scope), ResponderDefinition.after_data_seen)
    return session.scalar(statement) or 0
