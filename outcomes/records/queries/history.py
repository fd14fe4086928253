"""The history of one record: every change with its author and reason, and who opened it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, func, literal, select, union_all
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.base import Base
from outcomes.records.queries.reach import key_of_patient, require_patient
from outcomes.records.queries.references import Names, names_of
from outcomes.records.queries.treatment import arm_is_hidden
from outcomes.records.sealed_rows import REASON, opened_by_any, sealed_columns
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import AuditEntry, Membership, Patient, PatientKey, ReadLog

OF_A_PATIENT = (
    "visit",
    "assessment",
    "course",
    "infusion",
    "arm",
    "exposure",
    "adverse_event",
    "case_definition",
    "consent",
    "patient_ending",
    "signature",
    "signature_void",
)
UNTOLD = frozenset({"clinic_id", "id", "version", "patient_id"})
SEALED = frozenset({"name_sealed", "contact_sealed", "birth_date_sealed", "code"})
ARM_TOLD_BY = frozenset({"arm", "infusion"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after. Of a sealed one only the change is known."""

    field: str
    old: Any
    new: Any
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one row. `actor` is the member's name, None for the program itself; `row` is what it held then."""

    id: UUID
    at: datetime
    actor: str | None
    reason: str | None
    table: str
    row_id: str
    operation: str
    changes: tuple[FieldChange, ...]
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """The newest changes of a record, and how many there are in all.

    `withheld` counts rows whose history would tell an arm that is still hidden from this reader.
    """

    entries: tuple[HistoryEntry, ...]
    count: int
    withheld: int
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which part of a record's history is asked for: kinds of rows, one row by its id, one field; None is all."""

    tables: frozenset[str] | None = None
    row_id: UUID | None = None
    field: str | None = None

    def holds(self, table: str, row_id: str) -> bool:
        """Whether a row belongs to that part."""
        return (self.tables is None or table in self.tables) and (self.row_id is None or row_id == self.row_id.hex)


EVERYTHING = Chosen()


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody of the clinic opened the record."""

    name: str
    at: datetime
    what: str


def history(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    patient_id: UUID,
    *,
    skip: int = 0,
    limit: int = 100,
    chosen: Chosen = EVERYTHING,
) -> History:
    """The changes of a patient's record, the newest first. Scores are left out: they follow from the answers.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    require_patient(scope, session, patient_id)
    rows = [row for row in _row_ids(scope, session, patient_id) if chosen.holds(*row)]
    hidden = bool(session.scalar(select(arm_is_hidden(scope, patient_id))))
    kept = [row for row in rows if not (hidden and row[0] in ARM_TOLD_BY)]
    if not kept:
        return History((), 0, len(rows))
    mine = _entries(scope, kept)
    newest = select(mine).order_by(mine.c.at.desc(), mine.c.id.desc())
    opening = _Opening(member_names(scope, session), _ciphers(scope, session, keys, patient_id))
    if chosen.field is not None:
        of_field = [_only(_entry(row, opening), chosen.field) for row in session.execute(newest)]
        entries = [entry for entry in of_field if entry.changes]
        count, found = len(entries), tuple(entries[skip : skip + limit])
    else:
        found = tuple(_entry(row, opening) for row in session.execute(newest.offset(skip).limit(limit)))
        count = session.scalar(select(func.count()).select_from(mine)) or 0
    return History(found, count, len(rows) - len(kept), names_of(scope, session, _pointing(found)))


def _only(entry: HistoryEntry, field: str) -> HistoryEntry:
    return replace(entry, changes=tuple(each for each in entry.changes if each.field == field))


def _pointing(entries: Sequence[HistoryEntry]) -> Iterator[tuple[str, Any]]:
    """What the entries say of other rows."""
    for entry in entries:
        yield from entry.row.items()
        for change in entry.changes:
            yield from ((change.field, change.old), (change.field, change.new))


def columns_told(table: str) -> list[str]:
    """Return the columns of a table whose changes a history tells."""
    return [column.name for column in Base.metadata.tables[table].columns if column.name not in UNTOLD]


def _entries(scope: Scope, rows: Sequence[tuple[str, str]]) -> Subquery:
    """The entries about these rows; a part for each table, so that both databases find them by their index."""
    by_table = {name: [row_id for table, row_id in rows if table == name] for name, _ in rows}
    parts = [
        select(AuditEntry.__table__).where(
            AuditEntry.clinic_id == scope.clinic_id, AuditEntry.table_name == name, AuditEntry.row_id.in_(ids)
        )
        for name, ids in by_table.items()
    ]
    return union_all(*parts).subquery("mine")


def _row_ids(scope: Scope, session: Session, patient_id: UUID) -> list[tuple[str, str]]:
    """The table and the key, as the trail writes it, of every row of a patient, deleted ones included."""
    tables = Base.metadata.tables
    parts = [
        select(literal(name).label("table_name"), tables[name].c.id).where(
            tables[name].c.clinic_id == scope.clinic_id, tables[name].c.patient_id == patient_id
        )
        for name in OF_A_PATIENT
    ]
    found = session.execute(union_all(*parts))
    return [("patient", patient_id.hex), *((name, row_id.hex) for name, row_id in found)]


def member_names(scope: Scope, session: Session) -> Mapping[str, str]:
    """The names of all members, present and past, by how the trail calls them."""
    statement = select(Membership.id, Membership.display_name).where(Membership.clinic_id == scope.clinic_id)
    return {f"member:{row.id}": row.display_name for row in session.execute(statement)}


@dataclass(frozen=True, slots=True)
class _Opening:
    """What turns an entry into words: the members' names, and the keys of the patient and of records merged into it."""

    names: Mapping[str, str]
    ciphers: Sequence[PatientCipher]


def _ciphers(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID) -> list[PatientCipher]:
    own = (
        select(PatientKey)
        .join(Patient, key_of_patient())
        .where(
            PatientKey.clinic_id == scope.clinic_id, (Patient.id == patient_id) | (Patient.merged_into_id == patient_id)
        )
    )
    return [
        keys.open_patient_key(row.master_key_id, row.wrapped, scope.clinic_id, row.patient_id)
        for row in session.scalars(own)
    ]


def _entry(row: Any, opening: _Opening) -> HistoryEntry:  # noqa: ANN401 - a row of the trail
    old, new = (_opened(opening, row.table_name, each or {}) for each in (row.old, row.new))
    return HistoryEntry(
        id=row.id,
        at=datetime.fromisoformat(row.at),
        actor=opening.names.get(row.actor),
        reason=row.reason and opened_by_any(opening.ciphers, REASON, row.reason),
        table=row.table_name,
        row_id=row.row_id,
        operation=row.operation,
        changes=tuple(changes_between(old, new)),
        row={name: value for name, value in (new or old).items() if name not in SEALED},
    )


def _opened(opening: _Opening, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    own = {name for name in sealed_columns(table) & values.keys() if values[name] is not None}
    return dict(values) | {name: opened_by_any(opening.ciphers, f"{table}.{name}", str(values[name])) for name in own}


def changes_between(
    old: Mapping[str, Any], new: Mapping[str, Any], hidden: frozenset[str] = SEALED
) -> Iterator[FieldChange]:
    """Yield each field in which a row differs; of a hidden one, that it does."""
    for name in (*new, *(name for name in old if name not in new)):
        before, after = old.get(name), new.get(name)
        if name in UNTOLD or before == after:
            continue
        if name in hidden:
            yield FieldChange(name, None, None, sealed=True)
        else:
            yield FieldChange(name, before, after)


def looks(scope: Scope, session: Session, patient_id: UUID, limit: int = 100) -> tuple[Look, ...]:
    """Who of the clinic opened a patient's record, the newest first.

    Raises:
        NotFound: if the scope does not reach the patient.
    """
    require_patient(scope, session, patient_id)
    statement = (
        select(Membership.display_name, ReadLog.at, ReadLog.what)
        .join(Membership, (Membership.clinic_id == ReadLog.clinic_id) & (Membership.id == ReadLog.membership_id))
        .where(ReadLog.clinic_id == scope.clinic_id, ReadLog.patient_id == patient_id)
        .order_by(ReadLog.at.desc())
        .limit(limit)
    )
    return tuple(Look(*row) for row in session.execute(statement))
