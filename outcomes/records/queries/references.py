"""What a row that another row points to is called: donors by pseudonym, lots and courses by number, visits by date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.tables import (
    Course,
    Donor,
    ImportRun,
    Infusion,
    Lot,
    Membership,
    Patient,
    Protocol,
    Signature,
    Visit,
)

Named = str | int | date | datetime
Names = Mapping[tuple[str, UUID], Named]

NAMES: Mapping[str, Any] = {
    "course_id": Course.number,
    "donor_id": Donor.code,
    "import_id": ImportRun.at,
    "infusion_id": Infusion.on_date,
    "lot_id": Lot.number,
    "membership_id": Membership.display_name,
    "merged_into_id": Patient.code,
    "patient_id": Patient.code,
    "protocol_id": Protocol.number,
    "signature_id": Signature.signed_at,
    "visit_id": Visit.on_date,
}
"""By a column that points to another row, what that row is called."""


def names_of(scope: Scope, session: Session, pointing: Iterable[tuple[str, Any]]) -> Names:
    """Return the names of the rows of the clinic that these columns point to; taken back ones keep theirs."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for column, value in pointing:
        if column in NAMES and value is not None:
            wanted[column].add(UUID(str(value)))
    found: dict[tuple[str, UUID], Named] = {}
    for column, ids in wanted.items():
        name = NAMES[column]
        table = name.class_
        statement = select(table.id, name).where(table.clinic_id == scope.clinic_id, table.id.in_(ids))
        found |= {(column, row_id): told for row_id, told in session.execute(statement)}
    return found
